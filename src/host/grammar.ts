import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

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
  for (const folder of foldersAbove(ownFolder())) {
    for (const name of names) {
      const file = path.join(folder, name);
      if (existsSync(file)) return readFileSync(file);
    }
  }
  throw new Error(`cannot find ${names[0]} beside or above ${ownFolder()}`);
}

/** The bundle is CommonJS and has `__dirname`; the source, run as it is, is an ES module. */
function ownFolder(): string {
  return typeof __dirname === 'string' ? __dirname : path.dirname(fileURLToPath(import.meta.url));
}

function foldersAbove(start: string): string[] {
  const parent = path.dirname(start);
  return parent === start ? [start] : [start, ...foldersAbove(parent)];
}
