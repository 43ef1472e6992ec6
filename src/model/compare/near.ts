import { callGraphOf, reachedFrom } from '../analysis/call-graph.ts';
import type { AccessSource } from '../analysis/accesses.ts';
import type { LinkedFunction, Program } from '../ir/program.ts';
import type { Problem } from '../source/location.ts';
import { some } from './lists.ts';
import type { PatchedLines, Side } from './patched-lines.ts';
import { functionKey } from './picture.ts';

/** A program, and what reads its functions' accesses. */
interface Analyzed {
  readonly program: Program;
  readonly source: AccessSource;
}

/**
 * Tells the functions whose contract a patch may change: those with a changed line, or that a changed macro is read in, what they call, and in the files it touches what
 * calls them and is called over any number of calls. All of these files, where it changes more than functions.
 */
export function functionsNear(
  analyses: Record<Side, readonly Analyzed[]>,
  lines: PatchedLines,
  isTouched: (file: string) => boolean,
): Record<Side, (fn: LinkedFunction) => boolean> {
  const near = new Set<string>();
  const keyOf = (side: Side, fn: LinkedFunction): string => keyBefore(side, fn, lines);
  let isAll = false;
  for (const side of ['before', 'after'] as const) {
    for (const analyzed of analyses[side]) {
      const { program } = analyzed;
      for (const fn of usersOfReplaced(analyzed, side, lines)) near.add(keyOf(side, fn));
      const changed = changedFunctions(program, side, lines);
      if (!changed) {
        isAll = true;
        continue;
      }
      for (const fn of around(program, changed)) if (isTouched(fn.ir.file)) near.add(keyOf(side, fn));
      for (const fn of calledBy(program, changed)) near.add(keyOf(side, fn));
    }
  }
  const isNear = (side: Side) => (fn: LinkedFunction) => (isAll && isTouched(fn.ir.file)) || near.has(keyOf(side, fn));
  return { before: isNear('before'), after: isNear('after') };
}

/** What a function of either side is called before the patch: `functionKey` there. */
export function keyBefore(side: Side, { ir }: LinkedFunction, lines: PatchedLines): string {
  return functionKey(side === 'after' ? lines.nameBefore(ir.file) : ir.file, ir.name);
}

/** Users of one patch's macros and inlines that are looked at, at the most: a macro of a whole subsystem is not. */
const mostUsers = 200;

/** Functions that what the patch changes is read in: macros, and inlines of headers. None where there are too many. */
export function usersOfReplaced(analyzed: Analyzed, side: Side, lines: PatchedLines): readonly LinkedFunction[] {
  const { users } = replacedIn(analyzed, side, lines);
  return users.length > mostUsers ? [] : users;
}

/** Says which macros and inlines that the patch changes have too many users. */
export function usersLeftOut(analyzed: Analyzed, side: Side, lines: PatchedLines): readonly Problem[] {
  const { replaced, users } = replacedIn(analyzed, side, lines);
  const [first] = replaced;
  if (!first || users.length <= mostUsers) return [];
  const names = some(replaced.map(({ name }) => name));
  return [{ file: first.file, line: 0, message: `${users.length} functions use ${names}: how the change reaches them is not followed` }];
}

function replacedIn(
  { program, source }: Analyzed,
  side: Side,
  lines: PatchedLines,
): { readonly replaced: readonly { readonly name: string; readonly file: string }[]; readonly users: readonly LinkedFunction[] } {
  const replaced = [...lines.files(side)].flatMap((file) => {
    const changed = [...lines.changedIn(side, file)].filter(([, text]) => isCode(text)).map(([line]) => line);
    return source.replacedOn(file, changed).map((name) => ({ name, file }));
  });
  const isUser = replaced.length > 0 ? source.mentioning(replaced.map(({ name }) => name)) : () => false;
  return { replaced, users: program.functions.filter(isUser) };
}

/** A line that is no comment, as far as it can be told by itself. */
function isCode(text: string): boolean {
  return !/^\s*($|\/[/*]|\*)/.test(text);
}

/** What functions call themselves, in whatever file. */
export function calledBy(program: Program, functions: readonly LinkedFunction[]): readonly LinkedFunction[] {
  const calls = functions.flatMap((fn) => fn.ir.steps.flatMap((step) => (step.kind === 'call' ? program.targets(step, fn) : [])));
  return calls.map((target) => target.function);
}

/** Undefined where other lines of code changed too. */
function changedFunctions(program: Program, side: Side, lines: PatchedLines): readonly LinkedFunction[] | undefined {
  const byFile = new Map<string, LinkedFunction[]>();
  for (const fn of program.functions) {
    if (!lines.touches(side, fn.ir.file)) continue;
    const known = byFile.get(fn.ir.file);
    if (known) known.push(fn);
    else byFile.set(fn.ir.file, [fn]);
  }
  const found = new Set<LinkedFunction>();
  for (const file of lines.files(side)) {
    const functions = (byFile.get(file) ?? []).map((fn) => ({ fn, range: fn.locate(fn.ir.range) }));
    for (const [line, text] of lines.changedIn(side, file)) {
      if (!isCode(text)) continue;
      const inside = functions.filter(({ range }) => range.line <= line && line <= range.endLine);
      if (inside.length === 0 && /\.[ch]$/.test(file)) return undefined;
      for (const { fn } of inside) found.add(fn);
    }
  }
  return [...found];
}

function around(program: Program, changed: readonly LinkedFunction[]): ReadonlySet<LinkedFunction> {
  const { callers, callees } = callGraphOf(program);
  return new Set([...reachedFrom(changed, callers), ...reachedFrom(changed, callees)]);
}
