import { CpuChanges } from '../analysis/cpu-changes.ts';
import { interruptsOf, takenBy } from '../analysis/cpu-state.ts';
import { mismatchesOf, type Mismatch } from '../analysis/mismatches.ts';
import { isUnknownLock, type LinkedFunction } from '../ir/program.ts';
import type { Range } from '../source/location.ts';
import type { CheckInput, Draft } from './check.ts';
import { Doubts } from './confidence.ts';
import type { CpuLeft, Hop } from './finding.ts';
import { calleeOf } from './witness.ts';

/** A lock that is given back by another kind of unlock than it was taken by. */
export function checkMismatchedRelease(input: CheckInput): readonly Draft[] {
  const { program, summaries, isAskedFor } = input;
  const changes = CpuChanges.of(program, summaries);
  return program.functions.flatMap((fn) => {
    if (!isAskedFor(fn.ir.file) || fn.ir.syntaxErrors.length > 0 || fn.ir.cuts?.length) return [];
    const mismatches = mismatchesOf(fn, program, summaries, changes);
    return mismatches.map((each) => describe(fn, each, input));
  });
}

function describe(fn: LinkedFunction, { held, release, left, isUnsaved }: Mismatch, input: CheckInput): Draft {
  const doubts = new Doubts();
  // Which lock it is does not matter here: what it is called in this function says enough.
  const lockClass = isUnknownLock(held.lock.lockClass) ? release.lock.place : held.lock.lockClass;
  const taken = takenBy(held)!;
  const hop = (at: Range, text: string, does: 'acquire' | 'release'): Hop => {
    return { at: fn.locate(at), function: fn.ir.name, text, lock: { does, lockClass, mode: held.mode } };
  };
  const leaves: readonly CpuLeft[] = isUnsaved ? ['interrupts-unsaved'] : left ? leavesOf(left) : [];
  const isOnOnly = !isUnsaved && left?.irqs.base === 'on' && left.softirqs === 0 && !left.irqs.isOff;
  const isHarmless = isOnOnly && !isEnteredWithInterruptsOff(fn, input);
  if (isHarmless)
    doubts.add(`no caller was found that has interrupts off: where they always are on, nothing but the two operations is wrong`, 0);
  const { line } = fn.locate(held.step.at);
  const by = held.step.kind === 'call' ? ` by ${held.inside!.ir.name}` : '';
  const what = `gives ${lockClass} back with ${release.name}(), but it was taken with ${taken.name}()${by} (line ${line})`;
  return {
    check: 'mismatched-release',
    severity: isHarmless ? 'warning' : 'error',
    confidence: doubts.confidence,
    message: `${fn.ir.name} ${what}${leaves.length > 0 ? `: ${leaves.map((each) => words[each]).join(', and ')}` : ''}`,
    at: fn.locate(release.at),
    function: fn.ir.name,
    about: [lockClass],
    acquires: lockClass,
    held: [lockClass],
    witnesses: [
      [
        held.step.kind === 'call'
          ? { ...hop(held.step.at, `calls ${held.inside!.ir.name}, which takes ${lockClass}`, 'acquire'), calls: calleeOf(held.inside!.ir) }
          : hop(held.step.at, `takes ${lockClass} with ${taken.name}()`, 'acquire'),
        hop(release.at, `gives ${lockClass} back with ${release.name}()`, 'release'),
      ],
    ],
    ...(leaves.length > 0 && { leaves }),
    reasons: doubts.sentences,
  };
}

const words: Readonly<Record<CpuLeft, string>> = {
  'softirqs-off': 'softirqs stay off',
  'softirqs-on': 'softirqs are turned on that were not turned off here',
  'interrupts-off': 'interrupts stay off',
  'interrupts-on': 'interrupts are on afterwards, whatever they were before',
  'interrupts-unsaved': 'what it restores interrupts from was never saved',
};

function leavesOf({ softirqs, irqs }: NonNullable<Mismatch['left']>): readonly CpuLeft[] {
  return [
    ...(softirqs > 0 ? (['softirqs-off'] as const) : softirqs < 0 ? (['softirqs-on'] as const) : []),
    ...(irqs.isOff ? (['interrupts-off'] as const) : irqs.base === 'on' ? (['interrupts-on'] as const) : []),
  ];
}

function isEnteredWithInterruptsOff(fn: LinkedFunction, { contexts }: CheckInput): boolean {
  return contexts.of(fn).some((context) => context.held.some(({ held }) => ['irq', 'irqsave'].includes(interruptsOf(held) ?? '')));
}
