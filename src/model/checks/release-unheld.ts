import { extraReleasesOf, type ExtraRelease } from '../analysis/extra-releases.ts';
import { isUnknownLock, type LinkedFunction, type Step } from '../ir/program.ts';
import type { CheckInput, Draft } from './check.ts';
import { Doubts } from './confidence.ts';
import type { Hop } from './finding.ts';

/** A lock that is given back where it is not held: a second time, by the function that took it. */
export function checkReleaseUnheld({ program, summaries, isAskedFor }: CheckInput): readonly Draft[] {
  return program.functions.flatMap((fn) => {
    if (!isAskedFor(fn.ir.file) || fn.ir.syntaxErrors.length > 0) return [];
    const extra = extraReleasesOf(fn, program, summaries);
    return extra.flatMap((each) => (isUnknownLock(each.held.lock.lockClass) ? [] : [describe(fn, each)]));
  });
}

function describe(fn: LinkedFunction, { held, first, again }: ExtraRelease): Draft {
  const doubts = new Doubts();
  const { lockClass } = held.lock;
  const hop = ({ at }: Step, text: string): Hop => ({ at: fn.locate(at), function: fn.ir.name, text });
  return {
    check: 'release-unheld',
    severity: doubts.severity('error'),
    confidence: doubts.confidence,
    message: `${fn.ir.name} gives ${lockClass} back, which it has given back already (line ${fn.locate(first.at).line})`,
    at: fn.locate(again.at),
    function: fn.ir.name,
    about: [lockClass],
    acquires: lockClass,
    held: [],
    witnesses: [
      [
        hop(held.step, `takes ${lockClass}`),
        hop(first, `gives ${lockClass} back`),
        hop(again, `gives ${lockClass} back, which is not held`),
      ],
    ],
    reasons: doubts.sentences,
  };
}
