import { comparisonKey, comparisonOf } from '../ir/comparisons.ts';
import {
  POSITIVE,
  ZERO,
  type Acquire,
  type Assign,
  type Condition,
  type LinkedFunction,
  type Program,
  type Release,
  type Step,
} from '../ir/program.ts';
import type { Flow } from './flow.ts';
import { since, takesTwo } from './since.ts';
import { drops, holds, isOfVariable, lockKey, type Held } from './state.ts';
import { surelyGivesBack } from './sure-releases.ts';
import type { Summaries } from './summaries.ts';
import { waysThrough, type Trail } from './ways.ts';

/** Calls through which it is looked for where a read side begins. */
const deepest = 3;

/** A lock that a function takes and gives back, and then gives back once more: at another place, or where a loop comes again. */
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
  const inRounds = droppedInRounds(flow);
  if (dropped.size === 0 && inRounds.size === 0) return [];
  const found = new Map<Step, ExtraRelease>();
  for (const step of fn.ir.steps) {
    if (step.kind !== 'acquire' || mayFail(step, fn)) continue;
    const key = lockKey(step.lock);
    if (releasesAt(step, fn).length === 0) continue;
    const mayBeOther = dropped.has(key);
    if (!mayBeOther && !inRounds.has(key)) continue;
    const extras = extraOf(fn, step, program, summaries);
    // What is given back once too often in each round is so behind the loop as well.
    const rounds = extras.filter(({ first, again }) => first === again);
    const others = extras.filter(({ first }) => mayBeOther && rounds.every((round) => round.first !== first));
    for (const extra of [...rounds, ...others]) {
      const mistake = isEndOfScope(extra.again) ? extra.first : extra.again;
      if (!found.has(mistake)) found.set(mistake, extra);
    }
  }
  return [...found.values()];
}

/** Locks that are given back where they are not held. A loop need not come to an end then: what it asks for stays as it is. */
function droppedInRounds({ points }: Flow): ReadonlySet<string> {
  const keys = [...points].flatMap(([step, states]) => {
    if (step.kind !== 'release') return [];
    const key = lockKey(step.lock);
    return states.some((state) => drops(state, key) || !holds(state, key)) ? [key] : [];
  });
  return new Set(keys);
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
  return ir.steps.some(
    (step) => step.kind === 'acquire' && (step.isTry || step.isUnasked === true) && lockKey(step.lock) === lockKey(lock),
  );
}

function extraOf(fn: LinkedFunction, step: Acquire, program: Program, summaries: Summaries): readonly ExtraRelease[] {
  const { lock, mode, isTry, subclass } = step;
  const held: Held = { lock, mode, isTry, subclass, step, isPrivate: false };
  const after = since(fn, held, program, summaries);
  if (!after) return [];
  const key = lockKey(lock);
  const releases = new Set<unknown>(releasesAt(step, fn));
  return after.starts.flatMap((start) => {
    // Forgotten where a variable of the place gets another value: in the next round of a loop it names another lock then.
    const facts = isOfVariable(lock) ? new Map(start.facts).set(lock.place, POSITIVE) : start.facts;
    const ways = waysThrough(after.rest, { ...start, facts }, after.effects, (place) => releases.has(place), true);
    if (ways.isCut) return [];
    return releasesAt(step, fn).flatMap((again) =>
      ways.to(again).flatMap(({ state, trail }): ExtraRelease[] => {
        const first = givenBackBy(trail, step);
        const isGone = !state.held.some((other) => lockKey(other.lock) === key) && state.dropped.every((drop) => drop.key !== key);
        // What is dropped for a while under a condition is taken again under the same one: both ask, and get one answer.
        const isOther = first !== again || (isOfVariable(lock) && state.facts.has(lock.place));
        const isSure = first !== undefined && isOther && isGivenBy(first) && !isNested(first);
        return isSure && isGone && !isElsewhere(trail) && !isGuessed(again, trail, fn, first === again) ? [{ held, first, again }] : [];
      }),
    );
  });

  function isGivenBy(first: Step): boolean {
    return first.kind !== 'call' || surelyGivesBack(first, lock, fn, program, summaries);
  }

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

/**
 * Whether a release hangs on a flag that the function keeps itself, and of which nothing was known until it was asked there; of one that a loop
 * comes to again, whether it does so at all.
 */
function isGuessed(again: Release, trail: Trail | undefined, { ir }: LinkedFunction, isOfRound: boolean): boolean {
  const block = ir.blocks.findIndex(({ steps }) => steps.includes(again));
  if (isOfRound) return askedBefore(block, ir).some(({ key }) => isSet(comparisonOf(key)?.place ?? key, ir));
  const asked = ir.blocks.flatMap(({ next }) => next.flatMap((edge) => (edge.to === block ? edge.conditions : [])));
  const kept = asked.filter(({ key }) => /->|\./.test(key) && isKept(key, ir));
  return kept.length > 0 && kept.every(({ key }) => trail?.after.facts.has(key) !== true);
}

/** What is asked on the one way to a block, back to where ways meet. */
export function askedBefore(block: number, { blocks }: LinkedFunction['ir']): readonly Condition[] {
  const reached = new Set([0]);
  for (const at of reached) for (const { to } of blocks[at]!.next) reached.add(to);
  const asked: Condition[] = [];
  const seen = new Set<number>();
  for (let at = block; !seen.has(at);) {
    seen.add(at);
    const into = [...reached].flatMap((from) => blocks[from]!.next.flatMap((edge) => (edge.to === at ? [{ from, edge }] : [])));
    if (into.length !== 1) break;
    asked.push(...into[0]!.edge.conditions);
    at = into[0]!.from;
  }
  return asked;
}

/** Whether a function, or what it lends it to, may set a variable. */
function isSet(place: string, { blocks }: LinkedFunction['ir']): boolean {
  const given = blocks.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'assign' && step.target === place ? [step] : [])));
  return given.some(({ isLent, values }) => isLent === true || (values & ZERO) === 0);
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
