import type { Contract } from '../analysis/contract.ts';
import { withoutSubclass } from '../analysis/contexts.ts';
import { lockApi, type LockOperation } from '../ir/lock-api.ts';
import type { Location } from '../source/location.ts';
import type { Cause, ContractChange, PatchPlace } from './changes.ts';
import { without } from './lists.ts';
import type { PatchedLines, Side } from './patched-lines.ts';

/** Returns that are named. */
const mostNamed = 3;

export type Told = Pick<ContractChange, 'messages' | 'warnings' | 'leaks'>;

/** Locks that a function comes to return with, or no longer does. `isChanged`: the patch changes the function itself. */
export function returnChanges(before: Contract | undefined, after: Contract, isChanged: boolean, lines: PatchedLines): Told {
  const told = { messages: [] as string[], warnings: [] as string[], leaks: [] as Location[] };
  const gain = (classes: readonly string[], said: string, sites = classes.flatMap((lockClass) => returnsWith(after, lockClass))): void => {
    if (classes.length === 0) return;
    const distinct = [...new Map(sites.map((at) => [`${at.line}:${at.column}`, at])).values()];
    // A remark stands under the return where the patch has it.
    const isShown = distinct.length === 1 && lines.changedAt('after', distinct[0]!) !== undefined;
    const text = said.replace('%', classes.join(', '));
    told.messages.push(`${text}${whereText(distinct)}`);
    told.warnings.push(`${text}${isShown ? '' : whereText(distinct)}`);
    told.leaks.push(...distinct);
  };
  const lose = (classes: readonly string[], said: string): void => {
    if (classes.length > 0) told.messages.push(said.replace('%', classes.join(', ')));
  };
  const forgotten = before ? [] : forgottenIn(after);
  gain(forgotten, 'is new, and gives back % on some ways out, and returns with it on others');
  const always = without(after.returnsHeld, [...forgotten, ...(before?.returnsHeld ?? [])]);
  // A new function that returns with a lock is meant to, on those ways that its result tells.
  gain(always, 'now returns with % held', before ? undefined : []);
  if (before) lose(without(before.returnsHeld, after.returnsHeld), 'no longer returns with % held');
  // Some exits that hold a lock are ways that cannot be taken: only what an edit of the function adds to them says something.
  if (isChanged && before?.mayReturnHeld && after.mayReturnHeld) {
    const [old, now] = [without(before.mayReturnHeld, after.returnsHeld), without(after.mayReturnHeld, before.returnsHeld)];
    gain(without(now, old), 'can now return with % held');
    lose(without(old, now), 'can no longer return with % held');
  }
  return told;
}

/** Where a function returns with a lock that it took; nowhere where it always does. */
function returnsWith({ returns }: Contract, lockClass: string): readonly Location[] {
  const surely = returns.filter(({ held }) => held.includes(lockClass));
  if (surely.length === returns.length) return [];
  return (surely.length > 0 ? surely : returns.filter(({ mayHold }) => mayHold.includes(lockClass))).map(({ at }) => at);
}

/**
 * Locks that a function keeps on some ways out and gives back on others, without its result to tell: told of a new one, which no
 * caller can know. Where one return is reached with the lock and without, something was asked before it: `if (locked) unlock();`.
 */
function forgottenIn({ returns, returnsHeld, mayReturnHeld, unlocks }: Contract): readonly string[] {
  if (!mayReturnHeld) return [];
  const isForgotten = (lockClass: string): boolean =>
    unlocks.includes(withoutSubclass(lockClass)) &&
    returns.some(({ held }) => held.includes(lockClass)) &&
    returns.some(({ mayHold }) => !mayHold.includes(lockClass));
  const errors = returnsHeld.filter((lockClass) => returns.every(({ mayHold, isError }) => isError || !mayHold.includes(lockClass)));
  return [...mayReturnHeld, ...errors].filter(isForgotten).sort();
}

/** The line to tell of them at: a return that the patch writes, a jump on the way to one, an unlock that it takes away, a lock that it takes. */
export function placeOfLeak(
  leaks: readonly Location[],
  own: Readonly<Partial<Record<Side, Location>>>,
  lines: PatchedLines,
): PatchPlace | undefined {
  if (leaks.length === 0) return undefined;
  const last = Math.max(...leaks.map(({ line }) => line));
  const changed = (side: Side, end?: number): readonly Cause[] => {
    const at = own[side];
    return at ? lines.changedWithin(side, at.file, at.line, end ?? at.endLine) : [];
  };
  const written =
    leaks.map((at) => lines.changedAt('after', at)).find((cause) => cause !== undefined) ??
    changed('after', last).findLast(({ text }) => /\bgoto\s+\w+\s*;/.test(text)) ??
    changed('before').find(({ text }) => names(text, 'release')) ??
    changed('after', last).find(({ text }) => names(text, 'acquire'));
  return written && { patch: written.patch, line: written.line };
}

function names(text: string, does: LockOperation['does']): boolean {
  return [...text.matchAll(/\w+/g)].some(([name]) => lockApi.get(name)?.does === does);
}

/** `, at drivers/foo.c:12`; empty where nothing is named. */
function whereText(leaks: readonly Location[]): string {
  if (leaks.length === 0) return '';
  const named = leaks.slice(0, mostNamed).map(({ file, line }) => `${file}:${line}`);
  return `, at ${named.join(', ')}${leaks.length > mostNamed ? ` and ${leaks.length - mostNamed} more` : ''}`;
}
