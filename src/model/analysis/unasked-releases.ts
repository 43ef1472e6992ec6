import { refusedValues, type Acquire, type LinkedFunction, type Release } from '../ir/program.ts';
import { emptyState, lockKey } from './state.ts';
import type { Summaries } from './summaries.ts';
import { waysThrough, type Reached } from './ways.ts';

/** A lock that may not have been taken, which nobody asks, and that is given back all the same. */
export interface UnaskedRelease {
  readonly taken: Acquire;
  readonly release: Release;
}

/** Releases that are come to where a trylock, or a wait that a signal ends, has not taken the lock. */
export function unaskedReleasesOf(fn: LinkedFunction, summaries: Summaries): readonly UnaskedRelease[] {
  const { ir } = fn;
  const unasked = ir.steps.flatMap((step) => (step.kind === 'acquire' && step.isUnasked && !isBackingOff(step) ? [step] : []));
  if (unasked.length === 0 || asksWhetherHeld(fn)) return [];
  const from = { ...emptyState, facts: new Map(ir.conditions.map(({ key, values }) => [key, values])) };
  const releases = new Set<unknown>(ir.steps.filter(({ kind }) => kind === 'release'));
  const ways = waysThrough(ir, from, summaries.effects(fn), (place) => releases.has(place), true);
  if (ways.isCut) return [];
  return unasked.flatMap((taken) => {
    const own = releasesOf(taken, fn).find((release) => ways.to(release).some((way) => isUntaken(taken, way)));
    return own ? [{ taken, release: own }] : [];
  });
}

/** A wound/wait mutex is only refused to who has a context. */
export function isBackingOff({ isTry, success, lock }: Acquire): boolean {
  return isTry && success === 'zero' && lock.kind !== 'semaphore';
}

/** Code that asks the lock itself need not ask how it was taken. */
export function asksWhetherHeld({ ir }: LinkedFunction): boolean {
  return ir.blocks.some(({ next }) =>
    next.some(({ conditions }) => conditions.some(({ key }) => /_is_(?:write_)?(?:locked|held)/.test(key))),
  );
}

function releasesOf({ lock }: Acquire, { ir }: LinkedFunction): readonly Release[] {
  return ir.steps.flatMap((step) =>
    step.kind === 'release' && step.lock.place === lock.place && lockKey(step.lock) === lockKey(lock) ? [step] : [],
  );
}

/** Whether a way came by where the lock was not taken, and has none of its class. */
function isUntaken(step: Acquire, { state }: Reached): boolean {
  const { result, lock } = step;
  return state.facts.get(result) === refusedValues(step) && !state.held.some((held) => lockKey(held.lock) === lockKey(lock));
}
