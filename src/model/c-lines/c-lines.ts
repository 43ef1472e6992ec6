import type { ModelProgram } from '../ir/execution.ts';
import type { Range } from '../source/location.ts';
import type { Tree } from '../source/tree.ts';
import { findFunctions, findOperation, type CFunction } from './c-function.ts';

/** A line of C that a step of a model stands for. */
export interface CLine {
  /** Relative to the tree. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The line has the operation; otherwise it is where the function begins. */
  readonly isOperation: boolean;
}

/** Files that are searched for the functions of a model, and their characters in sum: a model may name any folder. */
const fileLimit = 1000;
const characterLimit = 32_000_000;

/** The C functions of a tree that have the names of a model's. Texts are searched, nothing is parsed: it takes milliseconds. */
export class CLines {
  private readonly functions: ReadonlyMap<string, CFunction>;

  constructor(
    private readonly program: ModelProgram,
    tree: Tree,
  ) {
    this.functions = search(tree, program.sources, new Set(program.functions.map(({ name }) => name)));
  }

  /** No function of the model is in the tree. */
  get isEmpty(): boolean {
    return this.functions.size === 0;
  }

  /** Where C does what the model does at a place of a function; undefined if the tree has no function of the name. */
  at(fn: string, at: Range | undefined): CLine | undefined {
    const found = this.functions.get(fn);
    if (!found) return undefined;
    const model = this.program.functions.find(({ name }) => name === fn);
    const line = at && model && findOperation(found, this.program.text, model, at);
    return { file: found.file, line: line ?? found.line, isOperation: line !== undefined };
  }
}

function search(tree: Tree, sources: readonly string[], names: ReadonlySet<string>): Map<string, CFunction> {
  const found = new Map<string, CFunction>();
  let characters = 0;
  for (const file of filesOf(tree, sources)) {
    const read = tree.read(file);
    if ('error' in read) continue;
    characters += read.text.length;
    if (characters > characterLimit) break;
    for (const fn of findFunctions(file, read.text, names)) if (!found.has(fn.name)) found.set(fn.name, fn);
  }
  return found;
}

/** C files and headers of the files and folders named, and of what is below. */
function filesOf(tree: Tree, sources: readonly string[]): string[] {
  const files: string[] = [];
  const open = sources.map((path) => path.replace(/\/+$/, ''));
  for (const path of open) {
    if (files.length >= fileLimit || open.length > fileLimit) break;
    const entries = tree.list(path);
    if (!entries && /\.[ch]$/.test(path)) files.push(path);
    for (const { name, kind } of entries ?? []) {
      const below = path === '' ? name : `${path}/${name}`;
      if (kind === 'folder') open.push(below);
      else if (/\.[ch]$/.test(name)) files.push(below);
    }
  }
  return files;
}
