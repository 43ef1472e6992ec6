import { withoutSubclass } from '../analysis/contexts.ts';
import type { Finding } from '../checks/finding.ts';
import { isJump, isUnlock } from './changed-text.ts';
import type { Cause } from './changes.ts';
import type { PatchedLines, Side } from './patched-lines.ts';
import { changesIn, functionKey, type Picture } from './picture.ts';

const check = 'missing-release';

/** Lock classes that functions leave held, or give back, by mistake, as findings say, by `functionKey`. */
export function mistakesIn(
  { findings, suppressed }: Picture,
  check: 'missing-release' | 'release-unheld',
): ReadonlyMap<string, readonly string[]> {
  const leaks = new Map<string, string[]>();
  for (const finding of [...findings, ...suppressed.map((each) => each.finding)]) {
    if (finding.check !== check) continue;
    const key = functionKey(finding.at.file, finding.function);
    leaks.set(key, [...(leaks.get(key) ?? []), finding.acquires]);
  }
  return leaks;
}

/**
 * Changed lines that leave a lock held on a way out, or did so, the one to tell it at first: returns, else a jump on the way to one;
 * unlocks that go or come; else the lock that is taken. None of a finding of another check, and of one that comes from elsewhere.
 */
export function causesOfLeak(
  finding: Finding,
  side: Side,
  pictures: Readonly<Record<Side, Picture>>,
  lines: PatchedLines,
): readonly Cause[] {
  if (finding.check !== check) return [];
  const { witnesses, acquires, at, function: name } = finding;
  const ends = witnesses.flatMap((witness) => witness.slice(-1)).map((hop) => hop.at);
  const takes = witnesses.flatMap((witness) => witness.slice(0, 1)).map((hop) => hop.at);
  const returns = ends.flatMap((end) => lines.changedAt(side, end) ?? []);
  const between = [Math.min(...takes.map(({ line }) => line)), Math.max(...ends.map(({ line }) => line))] as const;
  const jump = lines.changedWithin(side, at.file, ...between).findLast(isJump);
  const written = returns.length > 0 ? returns : jump ? [jump] : [];
  const given = side === 'after' ? '-' : '+';
  const unlocks = changesIn(at.file, name, pictures, lines).filter((cause) => cause.sign === given && isUnlock(cause));
  const lock = new RegExp(`\\b${lastName(acquires)}\\b`);
  const own = unlocks.filter(({ text }) => lock.test(text));
  // Where nothing else says it, an unlock may be of that lock by another name.
  if (written.length > 0 || own.length > 0) return [...written, ...own];
  const called = finding.witnesses.flatMap((witness) => leftByCallee(witness, lock, given, pictures, lines));
  if (called.length > 0) return called;
  const taken = takes.flatMap((take) => lines.changedAt(side, take) ?? []);
  return taken.length > 0 ? taken : unlocks;
}

/** Whether the function that leaves a lock held takes it and gives it back on the other side. */
export function isLeftByPatch(
  { at: { file }, function: name, acquires }: Finding,
  side: Side,
  pictures: Readonly<Record<Side, Picture>>,
  lines: PatchedLines,
): boolean {
  const [own, other] = side === 'after' ? [lines.nameBefore(file), pictures.before] : [file, pictures.after];
  const contract = other.functions.get(functionKey(own, name))?.contract;
  return contract !== undefined && contract.takes.includes(acquires) && !contract.returnsHeld.includes(acquires);
}

/** Unlocks of what a way calls first, where that returns with the lock since the patch. */
function leftByCallee(
  witness: Finding['witnesses'][number],
  lock: RegExp,
  given: Cause['sign'],
  pictures: Readonly<Record<Side, Picture>>,
  lines: PatchedLines,
): readonly Cause[] {
  const callee = witness[0]?.calls;
  if (!callee) return [];
  return changesIn(callee.file, callee.function, pictures, lines).filter(
    (cause) => cause.sign === given && isUnlock(cause) && lock.test(cause.text),
  );
}

/** `struct foo.lock` → `lock`. */
function lastName(lockClass: string): string {
  return /\w*$/.exec(withoutSubclass(lockClass))![0];
}
