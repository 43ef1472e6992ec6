import { comparisonKey } from '../ir/comparisons.ts';
import { ZERO, type Acquire, type Assign, type LinkedFunction, type Program, type Release, type Step } from '../ir/program.ts';
import { since, takesTwo } from './since.ts';
import { lockKey, type Held } from './state.ts';
import type { Summaries } from './summaries.ts';
import { waysThrough, type Trail } from './ways.ts';

/** Calls through which it is looked for where a read side begins. */
const deepest = 3;

/** A lock that a function takes and gives back, and then gives back once more. */
export interface ExtraRelease {
  readonly held: Held;
  readonly first: Step;
  readonly again: Release;
}

/** Releases of what a function took itself and has given back already, on a way of its own. */
export function extraReleasesOf(fn: LinkedFunction, program: Program, summaries: Summaries): readonly ExtraRelease[] {
  const flow = summaries.flow(fn);
  if (flow.isCut) return [];
  const dropped = new Set(flow.exits.flatMap(({ state }) => state.dropped.map(({ key }) => key)));
  if (dropped.size === 0) return [];
  const found = new Map<Step, ExtraRelease>();
  for (const step of fn.ir.steps) {
    if (step.kind !== 'acquire' || !dropped.has(lockKey(step.lock)) || releasesAt(step, fn).length < 2 || mayFail(step, fn)) continue;
    for (const extra of extraOf(fn, step, program, summaries)) {
      const mistake = isEndOfScope(extra.again) ? extra.first : extra.again;
      if (!found.has(mistake)) found.set(mistake, extra);
    }
  }
  return [...found.values()];
}

/** A guard gives back what it took, and nothing is written there. */
export function isEndOfScope({ at }: Step): boolean {
  return at.start === at.end;
}

function releasesAt({ lock }: Acquire, { ir }: LinkedFunction): readonly Release[] {
  return ir.steps.flatMap((step) =>
    step.kind === 'release' && step.lock.place === lock.place && lockKey(step.lock) === lockKey(lock) ? [step] : [],
  );
}

/** Where code does not ask whether a lock was taken that may be not, it knows more than can be told here. */
function mayFail({ lock }: Acquire, { ir }: LinkedFunction): boolean {
  return ir.steps.some((step) => step.kind === 'acquire' && step.success !== 'always' && lockKey(step.lock) === lockKey(lock));
}

function extraOf(fn: LinkedFunction, step: Acquire, program: Program, summaries: Summaries): readonly ExtraRelease[] {
  const { lock, mode, isTry, subclass } = step;
  const held: Held = { lock, mode, isTry, subclass, step, isPrivate: false };
  const after = since(fn, held, program, summaries);
  if (!after) return [];
  const key = lockKey(lock);
  const releases = new Set<unknown>(releasesAt(step, fn));
  return after.starts.flatMap((start) => {
    const ways = waysThrough(after.rest, start, after.effects, (place) => releases.has(place), true);
    if (ways.isCut) return [];
    return releasesAt(step, fn).flatMap((again) =>
      ways.to(again).flatMap(({ state, trail }): ExtraRelease[] => {
        const first = givenBackBy(trail, step);
        const isGone = !state.held.some((other) => lockKey(other.lock) === key) && state.dropped.every((drop) => drop.key !== key);
        // What is dropped for a while under a condition is taken again under the same one: both ask, and get one answer.
        const isSure = first !== undefined && first !== again && !after.mayKeep(first) && !isNested(first);
        return isSure && isGone && !isElsewhere(trail) && !isGuessed(again, trail, fn) ? [{ held, first, again }] : [];
      }),
    );
  });

  /** Read sides nest: what is called may end one that it began itself. */
  function isNested(first: Step): boolean {
    if (first.kind !== 'call' || (lock.kind !== 'rcu' && lock.kind !== 'srcu')) return false;
    return program.targets(first, fn).some((target) => begins(target.function, key, program, deepest));
  }

  /** Whether the lock is taken with one of its class held, or by a function that may take two: which is given back cannot be told. */
  function isElsewhere(trail: Trail | undefined): boolean {
    for (let at = trail; at; at = at.previous) {
      const same = at.after.held.filter((each) => lockKey(each.lock) === key);
      if (same.length > 1 || same.some((each) => takesTwo(fn, each, program, summaries))) return true;
    }
    return false;
  }
}

/** Whether a release hangs on a flag that the function keeps itself, and of which nothing was known until it was asked there. */
function isGuessed(again: Release, trail: Trail | undefined, { ir }: LinkedFunction): boolean {
  const block = ir.blocks.findIndex(({ steps }) => steps.includes(again));
  const asked = ir.blocks.flatMap(({ next }) => next.flatMap((edge) => (edge.to === block ? edge.conditions : [])));
  const kept = asked.filter(({ key }) => /->|\./.test(key) && isKept(key, ir));
  return kept.length > 0 && kept.every(({ key }) => trail?.after.facts.has(key) !== true);
}

/** Whether a function sets a flag. */
function isKept(key: string, { blocks }: LinkedFunction['ir']): boolean {
  const given = blocks.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'assign' ? valuesGiven(step, key) : [])));
  return given.some((values) => (values & ZERO) === 0);
}

function valuesGiven({ target, values, bits }: Assign, key: string): readonly number[] {
  if (target === key) return [values];
  return bits && comparisonKey({ place: target, mask: bits.mask }) === key ? [bits.values] : [];
}

/** Whether a function, or what it calls, takes a lock of a class. */
export function begins(fn: LinkedFunction, key: string, program: Program, deep: number): boolean {
  return fn.ir.steps.some((step) => {
    if (step.kind === 'acquire') return lockKey(step.lock) === key;
    return step.kind === 'call' && deep > 0 && program.targets(step, fn).some((target) => begins(target.function, key, program, deep - 1));
  });
}

/** The step that gave a lock back which an acquisition took, where the place meant the same lock all along. */
function givenBackBy(trail: Trail | undefined, { lock }: Acquire): Step | undefined {
  for (let at = trail; at; at = at.previous) {
    const before = at.before.held.find((held) => held.lock.place === lock.place);
    if (before && !at.after.held.some((held) => held.step === before.step)) return before.isStale ? undefined : at.step;
  }
  return undefined;
}
