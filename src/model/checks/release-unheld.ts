import { extraReleasesOf, isEndOfScope, type ExtraRelease } from '../analysis/extra-releases.ts';
import { refusedReleasesOf } from '../analysis/refused-releases.ts';
import { unaskedReleasesOf, type UnaskedRelease } from '../analysis/unasked-releases.ts';
import { untakenReleasesOf } from '../analysis/untaken-releases.ts';
import { isUnknownLock, type LinkedFunction, type Step } from '../ir/program.ts';
import type { CheckInput, Draft } from './check.ts';
import { Doubts } from './confidence.ts';
import type { Hop } from './finding.ts';

/** A lock that is given back where it is not held: a second time, or where it was not taken, whether or not anybody asked. */
export function checkReleaseUnheld({ program, summaries, source, isAskedFor }: CheckInput): readonly Draft[] {
  return program.functions.flatMap((fn) => {
    if (!isAskedFor(fn.ir.file) || fn.ir.syntaxErrors.length > 0) return [];
    const extra = extraReleasesOf(fn, program, summaries).filter(({ held }) => !isUnknownLock(held.lock.lockClass));
    const unasked = unaskedReleasesOf(fn, summaries).filter(({ taken }) => !isUnknownLock(taken.lock.lockClass));
    const refused = refusedReleasesOf(fn, program, summaries).filter(({ taken }) => !isUnknownLock(taken.lock.lockClass));
    const untaken = untakenReleasesOf(fn, summaries, source).filter(({ taken }) => !isUnknownLock(taken.lock.lockClass));
    return [
      ...extra.map((each) => describe(fn, each)),
      ...unasked.map((each) => describeUnasked(fn, each)),
      ...refused.map((each) => describeRefused(fn, each)),
      ...untaken.map((each) => describeUntaken(fn, each)),
    ];
  });
}

function describe(fn: LinkedFunction, { held, first, again }: ExtraRelease): Draft {
  const { lockClass } = held.lock;
  const takes = [held.step, `takes ${lockClass}`] as const;
  const lineOf = ({ at }: Step): number => fn.locate(at).line;
  const ends = [first, again].find(isEndOfScope);
  if (first === again) {
    const message = `${fn.ir.name} gives ${lockClass} back in each round of a loop, and has it in the first one only`;
    return draft(fn, lockClass, message, [takes, [first, `gives ${lockClass} back`], [again, 'comes to it again, with the lock not held']]);
  }
  if (!ends) {
    const message = `${fn.ir.name} gives ${lockClass} back, which it has given back already (line ${lineOf(first)})`;
    return draft(fn, lockClass, message, [
      takes,
      [first, `gives ${lockClass} back`],
      [again, `gives ${lockClass} back, which is not held`],
    ]);
  }
  // Where its scope ends nothing is written: what is written by hand is what is too much.
  const written = ends === first ? again : first;
  const does = ends === first ? 'gave back already as its scope ended' : 'gives back again as its scope ends';
  const message = `${fn.ir.name} gives ${lockClass} back at line ${lineOf(written)}, which the guard at line ${lineOf(ends)} ${does}`;
  const hops = [first, again].map((step) => {
    const where = step === ends ? ' as the scope of the guard ends' : '';
    return [step, `gives ${lockClass} back${where}${step === again ? ', which is not held' : ''}`] as const;
  });
  return { ...draft(fn, lockClass, message, [takes, ...hops]), at: fn.locate(written.at) };
}

function describeUnasked(fn: LinkedFunction, { taken, release }: UnaskedRelease): Draft {
  const { lockClass } = taken.lock;
  const what = taken.isTry ? 'trylock' : 'interruptible wait';
  const message = `${fn.ir.name} gives ${lockClass} back, which the ${what} at line ${fn.locate(taken.at).line} may not have taken: its result is not asked for`;
  return draft(fn, lockClass, message, [
    [taken, `tries to take ${lockClass}, and does not ask whether it did`],
    [release, `gives ${lockClass} back, which may not be held`],
  ]);
}

function describeRefused(fn: LinkedFunction, { taken, release }: UnaskedRelease): Draft {
  const { lockClass } = taken.lock;
  const what = taken.isTry ? 'trylock' : 'interruptible wait';
  const message = `${fn.ir.name} gives ${lockClass} back where the ${what} at line ${fn.locate(taken.at).line} has not taken it`;
  return draft(fn, lockClass, message, [
    [taken, `does not get ${lockClass}`],
    [release, `gives ${lockClass} back, which is not held`],
  ]);
}

function describeUntaken(fn: LinkedFunction, { taken, release }: UnaskedRelease): Draft {
  const { lockClass } = taken.lock;
  const message = `${fn.ir.name} gives ${lockClass} back also where it has not taken it: the way leads around line ${fn.locate(taken.at).line}`;
  return draft(fn, lockClass, message, [
    [taken, `takes ${lockClass}, on other ways`],
    [release, `gives ${lockClass} back, which is not held on a way around that`],
  ]);
}

/** At the last of the steps that lead to it. */
function draft(fn: LinkedFunction, lockClass: string, message: string, steps: readonly (readonly [Step, string])[]): Draft {
  const doubts = new Doubts();
  const hops = steps.map(([{ at, kind }, text]): Hop => {
    const does = kind === 'release' ? 'release' : 'acquire';
    return { at: fn.locate(at), function: fn.ir.name, text, lock: { does, lockClass, mode: 'exclusive' } };
  });
  return {
    check: 'release-unheld',
    severity: doubts.severity('error'),
    confidence: doubts.confidence,
    message,
    at: hops.at(-1)!.at,
    function: fn.ir.name,
    about: [lockClass],
    acquires: lockClass,
    held: [],
    witnesses: [hops],
    reasons: doubts.sentences,
  };
}
