import {
  ANY,
  type Acquire,
  type Assign,
  type FunctionIr,
  type LinkedFunction,
  type Program,
  type Release,
  type Step,
} from '../ir/program.ts';
import { begins } from './extra-releases.ts';
import { apply } from './flow.ts';
import { endingAt, startingBehind } from './since.ts';
import { drops, emptyState, holds, lockKey, mentions, type State } from './state.ts';
import type { Summaries } from './summaries.ts';
import { asksWhetherHeld, isBackingOff, type UnaskedRelease } from './unasked-releases.ts';
import { waysThrough, type Place, type Reached, type Ways } from './ways.ts';

/** Calls through which it is looked for whether the lock is taken after all. */
const deepest = 3;

/**
 * Locks that are given back on all ways out from where a trylock, or a wait that a signal ends, has failed: it was asked the wrong way round, or
 * the jump goes to the wrong label. Not where no branch asks for it, as in `WARN_ON(!mutex_trylock(lock));`.
 */
export function refusedReleasesOf(fn: LinkedFunction, program: Program, summaries: Summaries): readonly UnaskedRelease[] {
  let found = known.get(summaries);
  if (!found) known.set(summaries, (found = new Map<LinkedFunction, readonly UnaskedRelease[]>()));
  let own = found.get(fn);
  if (!own) found.set(fn, (own = findRefused(fn, program, summaries)));
  return own;
}

/** Several ask for them. */
const known = new WeakMap<Summaries, Map<LinkedFunction, readonly UnaskedRelease[]>>();

function findRefused(fn: LinkedFunction, program: Program, summaries: Summaries): readonly UnaskedRelease[] {
  const asked = fn.ir.steps.flatMap((step) => (step.kind === 'acquire' && isAsked(step) ? [step] : []));
  if (asked.length === 0) return [];
  const { exits, isCut } = summaries.flow(fn);
  const dropped = asked.filter(({ lock }) => exits.some(({ state }) => drops(state, lockKey(lock))));
  if (isCut || dropped.length === 0 || asksWhetherHeld(fn)) return [];
  return dropped.flatMap((taken) => {
    const release = refusedRelease(fn, taken, program, summaries);
    return release ? [{ taken, release }] : [];
  });
}

/** Of a semaphore anybody may let the next one in. */
function isAsked(step: Acquire): boolean {
  return step.success !== 'always' && !step.isUnasked && !isBackingOff(step) && step.lock.kind !== 'semaphore';
}

function refusedRelease(fn: LinkedFunction, taken: Acquire, program: Program, summaries: Summaries): Release | undefined {
  const { lock } = taken;
  const key = lockKey(lock);
  const effects = summaries.effects(fn);
  const facts = new Map(fn.ir.conditions.map((condition) => [condition.key, condition.values]));
  // Where a loop comes again says no more than the first time; what is dropped for a while is the caller's.
  const comingTo = (of: FunctionIr): Ways => waysThrough(of, { ...emptyState, facts }, effects, (place) => place === taken, true);
  const all = comingTo(fn.ir);
  const before = all.isCut ? comingTo(endingAt(fn.ir, taken, taken)) : all;
  const starts = before.to(taken).flatMap(({ state }) => (holds(state, key) || drops(state, key) ? [] : [state]));
  if (before.isCut || starts.length === 0) return undefined;
  const after = starts.flatMap((state) => apply(taken, state, effects));
  const again: Assign = { ...nothing, at: taken.at };
  const { rest, marks } = marked(endingAt(startingBehind(fn.ir, taken), taken, again));
  const follow = (state: State): Ways => waysThrough(rest, state, effects, () => true, true);
  const failed = after.filter((state) => !holds(state, key)).map(follow);
  const held = after.filter((state) => holds(state, key)).map(follow);
  if ([...failed, ...held].some((ways) => ways.isCut)) return undefined;
  const exits = [...rest.blocks.flatMap(({ returns }) => (returns ? reaching(failed, returns) : [])), ...reaching(failed, again)];
  if (exits.length === 0 || exits.some(({ state }) => !drops(state, key))) return undefined;
  const without = fn.ir.steps.filter((step) => reaching(failed, step).some(({ state }) => !holds(state, key) && !drops(state, key)));
  if (without.some(mayTake)) return undefined;
  const release = without.find(
    (step): step is Release => step.kind === 'release' && step.lock.place === lock.place && lockKey(step.lock) === key,
  );
  // Where it was taken the way is another one: around the release, as by `continue`, or through what is of it alone.
  const isAround = release !== undefined && reaching(held, release).length === 0;
  const isAskedFor = isAround || marks.some((mark) => reaching(held, mark).length > 0 && reaching(failed, mark).length === 0);
  return isAskedFor ? release : undefined;

  /** Whether the lock may be taken after all, or its name mean another. */
  function mayTake(step: Step): boolean {
    if (step.kind === 'assign') return mentions(lock.place, step.target);
    return step.kind === 'call' && program.targets(step, fn).some((target) => begins(target.function, key, program, deepest));
  }
}

const nothing = { kind: 'assign', target: '', values: ANY, same: '' } as const;

/** A function with a step in each block that says that it was come to. */
function marked(ir: FunctionIr): { readonly rest: FunctionIr; readonly marks: readonly Step[] } {
  const marks = ir.blocks.map((): Assign => ({ ...nothing, at: ir.range }));
  return { rest: { ...ir, blocks: ir.blocks.map((block, i) => ({ ...block, steps: [marks[i]!, ...block.steps] })) }, marks };
}

function reaching(all: readonly Ways[], place: Place): readonly Reached[] {
  return all.flatMap((ways) => ways.to(place));
}
