import type { LinkedFunction, Program } from '../ir/program.ts';
import { folderOf } from '../source/tree.ts';

interface Links {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

const linked = new WeakMap<Program, Links>();

/** Whether one file calls the other by name: those of two drivers that share a library do not. */
export function areLinked({ ir: { file: a } }: LinkedFunction, { ir: { file: b } }: LinkedFunction, program: Program): boolean {
  const { files } = linksOf(program);
  return a === b || files.has(`${a}\0${b}`) || files.has(`${b}\0${a}`);
}

/** Whether anything in the folder of one file calls by name what is in the folder of the other. Headers are for all. */
export function areFoldersLinked(a: string, b: string, program: Program): boolean {
  const [here, there] = [folderOf(a), folderOf(b)];
  if (here === there || a.endsWith('.h') || b.endsWith('.h')) return true;
  const { folders } = linksOf(program);
  return folders.has(`${here}\0${there}`) || folders.has(`${there}\0${here}`);
}

function linksOf(program: Program): Links {
  const known = linked.get(program);
  if (known) return known;
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const fn of program.functions)
    for (const step of fn.ir.steps)
      if (step.kind === 'call' && step.name !== undefined)
        for (const { function: target } of program.targets(step, fn)) {
          const pair = `${fn.ir.file}\0${target.ir.file}`;
          if (files.has(pair)) continue;
          files.add(pair);
          folders.add(`${folderOf(fn.ir.file)}\0${folderOf(target.ir.file)}`);
        }
  const links = { files, folders };
  linked.set(program, links);
  return links;
}
