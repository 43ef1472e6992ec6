import {
  ANY,
  NEGATIVE,
  POSITIVE,
  type Acquire,
  type Block,
  type Call,
  type Edge,
  type FunctionIr,
  type LinkedFunction,
  type Program,
  type Step,
} from '../ir/program.ts';
import type { Range } from '../source/location.ts';
import { apply, exitValues, isOwned, type Effect, type Effects, type Outcome } from './flow.ts';
import { emptyState, lockKey, parameterOf, type Held, type State } from './state.ts';
import type { Summaries } from './summaries.ts';
import { waysThrough, type Reached } from './ways.ts';

type Return = NonNullable<Block['returns']>;

/** A lock that a function takes, and holds where it returns. */
export interface Leak {
  readonly held: Held;
  /** Returns that leave it held, in the order of the source. */
  readonly returns: readonly Range[];
  /** Where it is given back on other ways; empty: on none. */
  readonly releases: readonly Range[];
}

/**
 * Locks that a function gives back on some ways out and leaves held on others, without a difference in what it returns by which a
 * caller could know; and locks that it never gives back. A lock may be held on purpose where it returns success, or a pointer.
 */
export function leaksOf(fn: LinkedFunction, program: Program, summaries: Summaries): readonly Leak[] {
  const flow = summaries.flow(fn);
  if (flow.isCut || fn.ir.returns === 'pointer') return [];
  const taken = new Map<Acquire | Call, Held>();
  for (const { state } of flow.exits)
    for (const held of state.held)
      if (!held.isPrivate && isOwned(held) && !isHandedOn(held) && !isBackingOff(held) && !taken.has(held.step)) taken.set(held.step, held);
  return [...taken.values()].flatMap((held) =>
    takesTwo(fn, held, program, summaries) ? [] : (leakOf(fn, held, releasing(fn, lockKey(held.lock), program, summaries)) ?? []),
  );
}

/** What is called takes two locks of the class: which of them are given back cannot be told. */
export function takesTwo(fn: LinkedFunction, { step, inside }: Held, program: Program, summaries: Pick<Summaries, 'flow'>): boolean {
  const callee = step.kind === 'call' ? program.targets(step, fn).find((target) => target.function.ir === inside?.ir)?.function : undefined;
  const key = inside && lockKey(inside.held.lock);
  return (
    callee !== undefined &&
    summaries.flow(callee).exits.some(({ state }) => state.held.filter(({ lock }) => lockKey(lock) === key).length > 1)
  );
}

/** A wound/wait mutex is taken again and again until all that are wanted are held. */
function isBackingOff({ step, isTry }: Held): boolean {
  return isTry && step.kind === 'acquire' && step.success !== 'nonzero';
}

/** The task that takes it need not be the one that gives it back. */
function isHandedOn({ step, inside }: Held): boolean {
  return step.kind === 'acquire' ? step.isHandedOn === true : inside !== undefined && isHandedOn(inside.held);
}

/** What calls do, where one that may give a lock back does so: through a pointer, by a function that is passed, in some configuration. */
function releasing(fn: LinkedFunction, key: string, program: Program, summaries: Summaries): Effects {
  const effects = summaries.effects(fn);
  const known = new Map<Call, ReturnType<Effects>>();
  return (call) => {
    let found = known.get(call);
    if (!found) known.set(call, (found = effectsOf(call)));
    return found;
  };

  function effectsOf(call: Call): ReturnType<Effects> {
    const targets = program.targets(call, fn).map((target) => target.function);
    const effectOf = ({ ir, id }: LinkedFunction): Effect => ({ ir, outcomes: summaries.flow(program.functions[id]!).outcomes });
    const noted = targets.filter(
      ({ ir: { notes } }) => notes.some(({ does }) => does === 'release') && !notes.some(({ does }) => does === 'acquire'),
    );
    const giving = [
      ...targets.map(effectOf).filter(({ outcomes }) => givesBack(outcomes, key, call)),
      ...program
        .passedIn(call, fn)
        .map(effectOf)
        .filter(({ outcomes }) => givesBack(outcomes, key, undefined)),
      ...noted.map(({ ir }): Effect => ({
        ir,
        outcomes: [{ acquired: [], released: [{ key, mode: 'exclusive', kind: 'mutex' }], values: ANY }],
      })),
    ];
    return giving.length === 0 ? effects(call) : giving;
  }
}

/** Whether a lock of the caller's may be given back, be it one that is passed. */
function givesBack(outcomes: readonly Outcome[], key: string, call: Call | undefined): boolean {
  const keyOf = (released: string): string => {
    const passed = call?.arguments[parameterOf(released)]?.lock;
    return passed ? lockKey(passed) : released;
  };
  return outcomes.some(({ released }) => released.some((lock) => keyOf(lock.key) === key));
}

function leakOf({ ir }: LinkedFunction, held: Held, effects: Effects): Leak | undefined {
  const key = lockKey(held.lock);
  const releases = (step: Step): boolean => isRelease(step, key, effects);
  const after = startingBehind(ir, held.step);
  const starts = statesBehind(ir, held, effects);
  const all = starts?.flatMap((start) => exitsOf(after, start) ?? []);
  if (!starts || !all || all.length === 0 || all.some(({ isOther }) => isOther)) return undefined;
  if (all.every(({ isHeld }) => isHeld)) return { held, returns: rangesOf(all), releases: [] };
  const asked = withoutAsking(after, releases);
  const strict = starts.flatMap((start) => exitsOf(asked, start) ?? []);
  const given = strict.filter(({ isHeld }) => !isHeld).reduce((values, exit) => values | exit.values, 0);
  const leaking = strict.filter(({ isHeld, values }) => isHeld && ((values & given) !== 0 || values === NEGATIVE));
  if (given === 0 || leaking.length === 0) return undefined;
  const places = after.blocks.flatMap(({ steps }) => steps.filter(releases).map(({ at }) => at));
  return { held, returns: rangesOf(leaking), releases: distinct(places) };

  function exitsOf(of: FunctionIr, from: State): readonly Out[] | undefined {
    const ways = waysThrough(of, from, effects, () => true, true);
    if (ways.isCut) return undefined;
    return of.blocks.flatMap(({ returns }) => (returns === undefined ? [] : ways.to(returns).map((way) => outOf(way, returns, held))));
  }
}

/** States right behind the step that takes a lock, on each way to it; undefined where it cannot be told which of a class is given back. */
function statesBehind(ir: FunctionIr, { step, lock, inside }: Held, effects: Effects): readonly State[] | undefined {
  const key = lockKey(lock);
  const ways = waysThrough(
    ir,
    { ...emptyState, facts: new Map(ir.conditions.map((c) => [c.key, c.values])) },
    effects,
    (place) => place === step,
    true,
  );
  if (ways.isCut) return undefined;
  const states: State[] = [];
  for (const { state } of ways.to(step)) {
    // A lock of the caller's that was given back for a while is taken again.
    if (state.dropped.some((dropped) => dropped.key === key) || state.held.some((held) => lockKey(held.lock) === key)) return undefined;
    for (const after of apply(step, state, effects)) {
      if (!after.held.some((held) => held.step === step)) continue;
      const facts = new Map(after.facts);
      // An object whose lock was taken is there.
      if (lock.root !== '' && lock.place.startsWith(`${lock.root}->`)) facts.set(lock.root, POSITIVE);
      if (step.kind === 'call' && inside?.ir.returns === 'pointer') facts.set(step.result, POSITIVE);
      states.push({ ...after, facts });
    }
  }
  return states;
}

interface Out {
  readonly at: Range;
  readonly values: number;
  readonly isHeld: boolean;
  /** Another lock of the class is held instead. */
  readonly isOther: boolean;
}

function outOf({ state }: Reached, returns: Return, { step, lock }: Held): Out {
  const same = state.held.filter((held) => lockKey(held.lock) === lockKey(lock));
  const isHeld = same.some((held) => held.step === step);
  return { at: returns.at, values: exitValues(state, returns), isHeld, isOther: same.length > (isHeld ? 1 : 0) };
}

function rangesOf(exits: readonly Out[]): readonly Range[] {
  return distinct(exits.map(({ at }) => at));
}

function distinct(ranges: readonly Range[]): readonly Range[] {
  return [...new Map(ranges.map((range) => [range.start, range])).values()].sort((a, b) => a.start - b.start);
}

function isRelease(step: Step, key: string, effects: Effects): boolean {
  if (step.kind === 'release') return lockKey(step.lock) === key;
  return step.kind === 'call' && effects(step).some(({ outcomes }) => givesBack(outcomes, key, step));
}

/** The rest of a function, behind one of its steps. */
function startingBehind(ir: FunctionIr, step: Step): FunctionIr {
  const moved = ir.blocks.map((block): Block => ({ ...block, next: block.next.map((edge): Edge => ({ ...edge, to: edge.to + 1 })) }));
  const own = moved.find(({ steps }) => steps.includes(step));
  if (!own) return { ...ir, blocks: [] };
  return { ...ir, blocks: [{ ...own, steps: own.steps.slice(own.steps.indexOf(step) + 1) }, ...moved] };
}

/**
 * A function without the edges that go around a release where what decides was known before: in `if (locked) unlock();` the answer
 * goes with how the lock was taken. What was found out in between decides about something else, as `if (error) goto out;` does.
 */
function withoutAsking(ir: FunctionIr, releases: (step: Step) => boolean): FunctionIr {
  const entering = predecessorsOf(ir);
  const removed = new Set<Edge>();
  const assigned = new Set(reachable(ir).flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'assign' ? [step.target] : []))));
  for (const [start, block] of ir.blocks.entries()) {
    if (!block.steps.some(releases)) continue;
    const after = joinBehind(start);
    if (after === undefined) continue;
    for (let at = start; ;) {
      const before = branchAbove(at);
      if (before === undefined) break;
      const others = ir.blocks[before]!.next.filter(({ to }) => !leadsTo(to, at));
      const around = others.filter((edge) => ends(edge.to) === after && isAsked(edge));
      for (const edge of around) removed.add(edge);
      if (around.length < others.length) break;
      at = before;
    }
  }
  return { ...ir, blocks: ir.blocks.map((block) => ({ ...block, next: block.next.filter((edge) => !removed.has(edge)) })) };

  function isAsked({ conditions }: Edge): boolean {
    return conditions.every(({ key }) => ![...assigned].some((target) => target !== '' && key.replace(/^!/, '').startsWith(target)));
  }

  /** Where ways meet again behind a block. */
  function joinBehind(block: number): number | undefined {
    const seen = new Set<number>();
    for (let at = block; !seen.has(at);) {
      seen.add(at);
      const { next } = ir.blocks[at]!;
      if (next.length !== 1) return undefined;
      at = next[0]!.to;
      if (entering[at]!.length > 1) return ends(at);
    }
    return undefined;
  }

  /** The branch that a block is one side of. */
  function branchAbove(block: number): number | undefined {
    const seen = new Set<number>();
    for (let at = block; !seen.has(at);) {
      seen.add(at);
      const [before, ...more] = entering[at]!;
      if (before === undefined || more.length > 0) return undefined;
      if (ir.blocks[before]!.next.length > 1) return before;
      at = before;
    }
    return undefined;
  }

  function leadsTo(from: number, to: number): boolean {
    const seen = new Set<number>();
    for (let at = from; !seen.has(at);) {
      if (at === to) return true;
      seen.add(at);
      const { next } = ir.blocks[at]!;
      if (next.length !== 1) return false;
      at = next[0]!.to;
    }
    return false;
  }

  /** The first block from here where something happens. */
  function ends(block: number): number {
    const seen = new Set<number>();
    let at = block;
    for (; !seen.has(at); at = ir.blocks[at]!.next[0]!.to) {
      seen.add(at);
      const { steps, next, returns } = ir.blocks[at]!;
      if (steps.length > 0 || returns !== undefined || next.length !== 1 || next[0]!.conditions.length > 0) return at;
    }
    return at;
  }
}

function reachable({ blocks }: FunctionIr): readonly Block[] {
  const seen = new Set([0]);
  for (const at of seen) for (const { to } of blocks[at]!.next) seen.add(to);
  return [...seen].map((at) => blocks[at]!);
}

function predecessorsOf(ir: FunctionIr): readonly (readonly number[])[] {
  const entering = ir.blocks.map((): number[] => []);
  for (const [from, { next }] of ir.blocks.entries()) for (const { to } of next) entering[to]!.push(from);
  return entering;
}
