import { interruptApi, lockApi } from '../ir/lock-api.ts';
import type { LinkedFunction, Program, Step } from '../ir/program.ts';
import { codeOf } from '../source/characters.ts';
import type { Location } from '../source/location.ts';
import { LineIndex } from '../source/text.ts';
import { some } from './lists.ts';
import type { PatchedLines, Side } from './patched-lines.ts';
import type { FunctionUse, Picture } from './picture.ts';

/** One side of a patch. */
export interface Seen {
  readonly programs: readonly Program[];
  readonly picture: Picture;
  /** Text of a file; undefined where it is not there. */
  read(file: string): string | undefined;
}

/** Why a patch may change more in the locking than was seen, one clause each; none of a patch that changes no code of locks. */
export function whatMayBeUnseen(sides: Readonly<Record<Side, Seen>>, lines: PatchedLines): readonly string[] {
  const operations = (['after', 'before'] as const).flatMap((side) => {
    const other = side === 'after' ? 'before' : 'after';
    return operationsOf(side, sides[side], textsOf(other, sides[other], lines), lines);
  });
  const cut = [...new Set((['after', 'before'] as const).flatMap((side) => cutShort(side, sides[side].picture, lines)))].sort();
  const jumps = (['after', 'before'] as const).flatMap((side) => jumpsOf(side, sides[side], lines));
  const reasons: string[] = [];
  if (operations.length > 0) reasons.push(`changed lines take or give back locks, or call what does: ${some(operations)}`);
  if (jumps.length > 0) reasons.push(`changed lines go another way where locks are held: ${some([...new Set(jumps)])}`);
  if (cut.length > 0) reasons.push(`not all ways into or through ${some(cut)} are followed`);
  return reasons;
}

/** Lock operations on changed lines as `spin_lock (drivers/foo.c:12)`: what was understood of them, then names of the API in other code. */
function operationsOf(side: Side, { programs, picture, read }: Seen, others: ReadonlySet<string>, lines: PatchedLines): readonly string[] {
  const found = new Set<string>();
  for (const file of lines.files(side)) {
    const changed = new Set([...lines.changedIn(side, file)].map(([line]) => line));
    const text = changed.size > 0 && /\.[chS]$/.test(file) ? read(file) : undefined;
    if (text === undefined) continue;
    const code = new LineIndex(codeOf(text));
    // A function that only moves changes nothing.
    for (const { name, at } of functionsIn(picture, file))
      if (others.has(textOf(name, at, code))) for (let line = at.line; line <= at.endLine; line++) changed.delete(line);
    const at = new Map<string, number>();
    for (const program of programs) {
      for (const fn of program.functions) {
        if (fn.ir.file !== file) continue;
        for (const step of fn.ir.steps) {
          if (!isOfLocks(step, fn, program)) continue;
          const { line, column } = fn.locate(step.at);
          const name = /^\w+/.exec(code.lineText(line).slice(column - 1))?.[0];
          if (changed.has(line) && name !== undefined) at.set(`${name} (${file}:${line})`, line);
        }
      }
    }
    for (const line of changed) {
      for (const [, name] of code.lineText(line).matchAll(/\b(\w+)\s*\(/g))
        if (lockApi.has(name!) || interruptApi.has(name!) || /^(scoped_)?(cond_)?guard$/.test(name!))
          at.set(`${name!} (${file}:${line})`, line);
    }
    for (const [said] of [...at].sort(([a, i], [b, j]) => i - j || (a < b ? -1 : 1))) found.add(said);
  }
  return [...found];
}

/** Jumps on changed lines between the first and the last lock operation of a function: whether a lock is given back there may hang on them. */
function jumpsOf(side: Side, { programs, read }: Seen, lines: PatchedLines): readonly string[] {
  return [...lines.files(side)].flatMap((file) => {
    const changed = [...lines.changedIn(side, file)].map(([line]) => line);
    const text = changed.length > 0 && /\.[ch]$/.test(file) ? read(file) : undefined;
    if (text === undefined) return [];
    const code = new LineIndex(codeOf(text));
    const locked = programs.flatMap((program) =>
      program.functions.flatMap((fn) => {
        const at =
          fn.ir.file === file ? fn.ir.steps.filter((step) => isOfLocks(step, fn, program)).map((step) => fn.locate(step.at).line) : [];
        return at.length > 1 ? [{ first: Math.min(...at), last: Math.max(...at) }] : [];
      }),
    );
    return changed
      .filter((line) => locked.some(({ first, last }) => first < line && line < last))
      .flatMap((line) =>
        [...code.lineText(line).matchAll(/\b(return|goto|break|continue)\b/g)].map(([, word]) => `${word!} (${file}:${line})`),
      );
  });
}

/** Functions of the files that the patch touches, whatever file they are in. */
function textsOf(side: Side, { picture, read }: Seen, lines: PatchedLines): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const file of lines.files(side)) {
    const text = /\.[ch]$/.test(file) ? read(file) : undefined;
    if (text === undefined) continue;
    const code = new LineIndex(codeOf(text));
    for (const { name, at } of functionsIn(picture, file)) texts.add(textOf(name, at, code));
  }
  return texts;
}

function functionsIn({ functions }: Picture, file: string): readonly FunctionUse[] {
  return [...functions.values()].filter(({ at }) => at.file === file);
}

function textOf(name: string, { line, endLine }: Location, code: LineIndex): string {
  return [name, ...Array.from({ length: endLine - line + 1 }, (_, i) => code.lineText(line + i))].join('\n');
}

/** What it does itself, or what it calls does itself, be it under a pointer. */
function isOfLocks(step: Step, fn: LinkedFunction, program: Program): boolean {
  const isOperation = ({ kind }: Step): boolean => ['acquire', 'release', 'sync', 'toggle'].includes(kind);
  return (
    isOperation(step) || (step.kind === 'call' && program.targets(step, fn).some((target) => target.function.ir.steps.some(isOperation)))
  );
}

/** Functions near with more ways through them than are followed, and changed ones with more ways in. */
function cutShort(side: Side, { functions }: Picture, lines: PatchedLines): readonly string[] {
  return [...functions.values()].flatMap(({ name, at, contract }) => {
    if (!contract?.isCut) return [];
    return contract.isCutWithin || lines.changedWithin(side, at.file, at.line, at.endLine).length > 0 ? [name] : [];
  });
}
