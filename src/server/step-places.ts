import { createDiskTree } from '../host/disk-tree.ts';
import type { ModelProgram, Simulation } from '../model/simulate.ts';
import { LineIndex } from '../model/source/text.ts';
import type { Tree } from '../model/source/tree.ts';
import { findFunctions, findOperation, type CFunction } from './c-places.ts';
import type { StepPlace } from './simulator-messages.ts';

type Counterexample = NonNullable<Simulation['counterexample']>;
type At = Counterexample['steps'][number]['at'];

/** Files that are searched for the functions of a model, and their characters in sum: a model may name any folder. */
const fileLimit = 1000;
const characterLimit = 32_000_000;

/**
 * Places of steps, waiting threads and the last step: the line of the model, and the line of the C function of the same name
 * in the first tree that has any function of the run.
 */
export function placeSteps(program: ModelProgram, counterexample: Counterexample | undefined, trees: readonly string[]): StepPlace[] {
  if (!counterexample) return [];
  const { steps, waiting, last } = counterexample;
  const all = [...steps, ...waiting, ...(last ? [last] : [])].map(({ functions, at }) => ({ name: functions.at(-1) ?? '', at }));
  const lines = new LineIndex(program.text);
  const found = searchTrees(program, new Set(all.map(({ name }) => name)), trees);
  return all.map(({ name, at }): StepPlace => {
    const fn = found?.functions.get(name);
    const source = found && fn && { tree: found.tree, ...lineOf(fn, program, name, at) };
    return { ...(at && { modelLine: lines.line(at.start) }), ...(source && { source }) };
  });
}

function lineOf(fn: CFunction, program: ModelProgram, name: string, at: At): { path: string; line: number; isOperation: boolean } {
  const model = program.functions.find((each) => each.name === name);
  const found = at && model && findOperation(fn, program.text, model, at);
  return { path: fn.file, line: found ?? fn.line, isOperation: found !== undefined };
}

interface Found {
  readonly tree: string;
  readonly functions: ReadonlyMap<string, CFunction>;
}

function searchTrees({ sources }: ModelProgram, names: ReadonlySet<string>, trees: readonly string[]): Found | undefined {
  for (const tree of trees) {
    const functions = search(createDiskTree(tree), sources, names);
    if (functions.size > 0) return { tree, functions };
  }
  return undefined;
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
