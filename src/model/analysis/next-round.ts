import { ANY, type Assign, type LinkedFunction, type Program } from '../ir/program.ts';
import { refusedReleasesOf } from './refused-releases.ts';
import { endingAt, since, startingBehind } from './since.ts';
import { isOfVariable, type Held } from './state.ts';
import type { Summaries } from './summaries.ts';
import { isTakenIfAsked } from './taken-if-asked.ts';
import { waysThrough } from './ways.ts';

/**
 * Whether a loop comes again to the step that takes a lock with that very lock held: a global, or a field of what a variable leads to, which
 * is the same then. What is called gives the lock back wherever it may.
 */
export function isHeldNextRound(fn: LinkedFunction, held: Held, program: Program, summaries: Summaries): boolean {
  const { step } = held;
  if (step.kind !== 'acquire' || !isOfVariable(held.lock) || isTakenIfAsked(fn.ir, step)) return false;
  // What is asked the wrong way round is told as that.
  if (refusedReleasesOf(fn, program, summaries).some(({ taken }) => taken === step)) return false;
  const after = since(fn, held, program, summaries, true);
  if (!after) return false;
  const again: Assign = { kind: 'assign', target: '', values: ANY, same: '', at: step.at };
  const round = endingAt(startingBehind(fn.ir, step), step, again);
  return after.starts.some((start) => {
    const ways = waysThrough(round, start, after.effects, (place) => place === again, true);
    return !ways.isCut && ways.to(again).some(({ state }) => state.held.some((each) => each.step === step && each.isStale !== true));
  });
}
