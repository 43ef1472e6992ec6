import type { Acquire, LinkedFunction, Program, Step } from '../ir/program.ts';
import { apply } from './flow.ts';
import { since, startingBehind, type Since } from './since.ts';
import { lockKey, type Held, type State } from './state.ts';
import type { Summaries } from './summaries.ts';
import { waysThrough } from './ways.ts';

/** A lock that one round of a loop takes, told apart from what the next rounds take at the same step. */
export interface OfRound {
  readonly held: Held;
  readonly after: Since;
}

/**
 * What follows a step that a loop comes to again with the lock of another object held, as by a `continue` before the unlock. Undefined where
 * that does not happen, and where what a round takes may be given back later: by a loop of its own, or by another name.
 */
export function leftBehind(fn: LinkedFunction, held: Held, program: Program, summaries: Summaries): OfRound | undefined {
  const { step } = held;
  const key = lockKey(held.lock);
  const first = step.kind === 'acquire' ? since(fn, held, program, summaries, true) : undefined;
  if (!first) return undefined;
  // What is held is told apart by the step that took it: that of the first round has one of its own.
  const own: Acquire = { ...(step as Acquire) };
  const starts = first.starts.map((state) => ({
    ...state,
    held: state.held.map((each) => (each.step === step ? { ...each, step: own } : each)),
  }));
  const rest = startingBehind(fn.ir, step);
  const releases = rest.blocks.flatMap(({ steps }) => steps.filter(first.isRelease));
  const wanted = new Set<unknown>([step, ...releases]);
  const all = starts.map((from) => waysThrough(rest, from, first.effects, (place) => wanted.has(place), true));
  const statesAt = (place: Step): readonly State[] => all.flatMap((ways) => ways.to(place).map(({ state }) => state));
  const left = statesAt(step).flatMap((state) => state.held.filter((each) => each.step === own));
  const isLost = left.length > 0 && left.every(({ isStale }) => isStale === true) && all.every(({ isCut }) => !isCut);
  if (!isLost || releases.some((release) => first.mayKeep(release) || statesAt(release).some((state) => isOther(release, state))))
    return undefined;
  return { held: { ...held, step: own }, after: { ...first, rest, starts, again: step } };

  /** Whether it gives back what an earlier round took, or there is one of the class that was taken elsewhere. */
  function isOther(release: Step, state: State): boolean {
    const isOld = (each: Held): boolean => each.step === own && each.isStale === true;
    if (state.held.some((each) => lockKey(each.lock) === key && each.step !== own && each.step !== step)) return true;
    return state.held.some(isOld) && apply(release, state, first!.effects).some((after) => !after.held.some(isOld));
  }
}
