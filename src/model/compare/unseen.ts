import { interruptApi, lockApi } from '../ir/lock-api.ts';
import type { LinkedFunction, Program, Step } from '../ir/program.ts';
import { codeOf } from '../source/characters.ts';
import type { Location, Problem } from '../source/location.ts';
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
  const changed = (['after', 'before'] as const).flatMap((side) => {
    const other = side === 'after' ? 'before' : 'after';
    return changedCode(side, sides[side], textsOf(other, sides[other], lines), lines);
  });
  const operations = changed.flatMap(operationsOn);
  const jumps = changed.flatMap(jumpsOn);
  const cut = [...new Set((['after', 'before'] as const).flatMap((side) => cutShort(side, sides[side].picture, lines)))].sort();
  const reasons: string[] = [];
  if (operations.length > 0) reasons.push(`changed lines take or give back locks, or call what does: ${some([...new Set(operations)])}`);
  if (jumps.length > 0) reasons.push(`changed lines go another way where locks are held: ${some([...new Set(jumps)])}`);
  if (cut.length > 0) reasons.push(`not all ways into or through ${some(cut)} are followed`);
  return reasons;
}

/** The same for what was not looked at. */
export function unfollowedText({ file, message }: Problem): string {
  return `${file}: ${message}`;
}

/** Changed lines of one file. */
interface ChangedCode {
  readonly file: string;
  readonly changed: ReadonlySet<number>;
  readonly code: LineIndex;
  /** Steps of its functions that have to do with locks, function by function. */
  readonly steps: readonly (readonly Location[])[];
}

/** The changed lines, but for those of functions that only move: they change nothing. */
function changedCode(
  side: Side,
  { programs, picture, read }: Seen,
  others: ReadonlySet<string>,
  lines: PatchedLines,
): readonly ChangedCode[] {
  return [...lines.files(side)].flatMap((file): ChangedCode[] => {
    const changed = new Set([...lines.changedIn(side, file)].map(([line]) => line));
    const text = changed.size > 0 && /\.[chS]$/.test(file) ? read(file) : undefined;
    if (text === undefined) return [];
    const code = new LineIndex(codeOf(text));
    for (const { name, at } of functionsIn(picture, file))
      if (others.has(textOf(name, at, code))) for (let line = at.line; line <= at.endLine; line++) changed.delete(line);
    const steps = programs.flatMap((program) =>
      program.functions
        .filter(({ ir }) => ir.file === file)
        .map((fn) => fn.ir.steps.filter((step) => isOfLocks(step, fn, program)).map((step) => fn.locate(step.at))),
    );
    return [{ file, changed, code, steps }];
  });
}

/** Guards, and functions that are named for what they do to locks, as `lock_sock()` is: nobody may have read them. */
export const namedForLocks = /^(scoped_)?(cond_)?guard$|(^|_)(un|try)?lock(_|$)/;

/** Lock operations on changed lines as `spin_lock (drivers/foo.c:12)`: what was understood of them, then names of the API in other code. */
function operationsOn({ file, changed, code, steps }: ChangedCode): readonly string[] {
  const at = new Map<string, number>();
  for (const { line, column } of steps.flat()) {
    const name = /^\w+/.exec(code.lineText(line).slice(column - 1))?.[0];
    if (changed.has(line) && name !== undefined) at.set(`${name} (${file}:${line})`, line);
  }
  for (const line of changed) {
    for (const [, name] of code.lineText(line).matchAll(/\b(\w+)\s*\(/g))
      if (lockApi.has(name!) || interruptApi.has(name!) || namedForLocks.test(name!)) at.set(`${name!} (${file}:${line})`, line);
  }
  return [...at].sort(([a, i], [b, j]) => i - j || (a < b ? -1 : 1)).map(([said]) => said);
}

/** Jumps on changed lines from or to between the first and the last lock operation of a function: whether a lock is given back there may hang on them. */
function jumpsOn({ file, changed, code, steps }: ChangedCode): readonly string[] {
  const locked = steps.map((at) => at.map(({ line }) => line)).filter((at) => at.length > 1);
  const spans = locked.map((at) => ({ first: Math.min(...at), last: Math.max(...at) }));
  return [...changed].flatMap((line) =>
    [...code.lineText(line).matchAll(/\b(?:(return|break|continue)\b|(goto)\s+(\w+))/g)].flatMap(([, leaving, jumping, label]) => {
      const isPart = spans.some(({ first, last }) => first < line && line < last);
      const leadsThere = jumping !== undefined && spans.some(({ first, last }) => line < first && isLabelled(label!, code, first, last));
      return isPart || leadsThere ? [`${leaving ?? jumping!} (${file}:${line})`] : [];
    }),
  );
}

/** Whether one of these lines begins with a label, both ends included. */
function isLabelled(label: string, code: LineIndex, first: number, last: number): boolean {
  const start = new RegExp(`^\\s*${label}\\s*:`);
  for (let line = first; line <= last; line++) if (start.test(code.lineText(line))) return true;
  return false;
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
