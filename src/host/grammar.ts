import { readFileSync } from 'node:fs';
import { findBeside, ownFolder } from './beside.ts';

/** What `createReviewer` needs to parse C. */
export interface Grammar {
  readonly runtimeWasm: Uint8Array;
  readonly grammarWasm: Uint8Array;
}

/** Reads the wasm files that lie next to the bundle, or in `node_modules` where nothing is bundled. */
export function loadGrammar(): Grammar {
  return {
    runtimeWasm: readFirst(['web-tree-sitter.wasm', 'tree-sitter.wasm', 'node_modules/web-tree-sitter/web-tree-sitter.wasm']),
    grammarWasm: readFirst(['tree-sitter-c.wasm', 'node_modules/tree-sitter-c/tree-sitter-c.wasm']),
  };
}

function readFirst(names: readonly string[]): Uint8Array {
  const file = findBeside(names);
  if (file === undefined) throw new Error(`cannot find ${names[0]} beside or above ${ownFolder()}`);
  return readFileSync(file);
}
