import {
  NEGATIVE,
  POSITIVE,
  ZERO,
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
import { callGraphOf } from './call-graph.ts';
import { exitValues, isOwned, type Flow } from './flow.ts';
import { leftBehind } from './left-behind.ts';
import { refusedReleasesOf } from './refused-releases.ts';
import { since, type Since } from './since.ts';
import { holds, lockKey, type Held } from './state.ts';
import type { Summaries } from './summaries.ts';
import { isGiven } from './unread-givers.ts';
import { waysThrough, type Place, type Reached, type Ways } from './ways.ts';

type Return = NonNullable<Block['returns']>;

/** A lock that a function takes, and holds where it returns. */
export interface Leak {
  readonly held: Held;
  /** Returns that leave it held, in the order of the source. */
  readonly returns: readonly Range[];
  /** Where it is given back on other ways; empty: on none. */
  readonly releases: readonly Range[];
  /** Some ways come to one of these returns with the lock given back. */
  readonly isShared: boolean;
  /** What is called through a pointer on every way to these returns, is given the lock or its object, and was not read: it may give it back. */
  readonly mayGive?: Call;
  /** The function that it called for the lock has returned a number above zero on each way to these returns. */
  readonly isAboveZero?: true;
  /** What it returns is an error where the lock is held alone: callers could know by it. */
  readonly isTold?: true;
  /** A round of a loop leaves it held, and the next one takes that of another object. */
  readonly isOfRound?: true;
}

/**
 * Locks that a function gives back on some ways out and leaves held on others, without a difference in what it returns by which a
 * caller could know, or where it is an error that they would know by; and locks that it never gives back. A lock may be held on
 * purpose where it returns success, or a pointer.
 */
export function leaksOf(fn: LinkedFunction, program: Program, summaries: Summaries): readonly Leak[] {
  const flow = summaries.flow(fn);
  if (flow.isCut) return [];
  const taken = new Map<Acquire | Call, Held>();
  for (const { state } of flow.exits)
    for (const held of state.held)
      if (!held.isPrivate && isOwned(held) && !isHandedOn(held) && !isBackingOff(held) && !taken.has(held.step)) taken.set(held.step, held);
  if (taken.size === 0) return [];
  const refused = new Set(refusedReleasesOf(fn, program, summaries).map((each): Step => each.taken));
  const isRun = isRunByItself(fn, program);
  const called = [isRun, ...calledIn(fn, program, summaries), ...refused];
  const last = lastLeaks.get(flow);
  if (last?.called.length === called.length && last.called.every((each, i) => each === called[i])) return last.leaks;
  const leaks = [...taken.values()].flatMap((held) => {
    // Where the lock is given back only if it was not taken, what a loop comes again with says nothing of it.
    const isOnce = refused.has(held.step);
    const key = lockKey(held.lock);
    if (isTakenTwice(key, flow, held.step)) return [];
    const isAgain = !isOnce && held.step.kind === 'acquire' && flow.points.get(held.step)?.some((state) => holds(state, key)) === true;
    const round = isAgain ? leftBehind(fn, held, program, summaries) : undefined;
    if (isAgain && !round) return [];
    const rest = round?.after ?? since(fn, held, program, summaries, isOnce);
    const found = rest && leakOf(round?.held ?? held, rest, { hasObject: fn.ir.returns === 'pointer', isRun });
    // What no round gives back may be meant for somebody else.
    const isMeant = round !== undefined && found?.releases.length === 0;
    const leak = isMeant || !found ? undefined : { ...found, held, ...(round && ofRound(found)) };
    const mayGive = leak && giverOn(leak, rest!, (call) => program.targets(call, fn).length === 0 && isGiven(call, held.lock));
    return leak ? [{ ...leak, ...(mayGive && { mayGive }) }] : [];
  });
  lastLeaks.set(flow, { called, leaks });
  return leaks;
}

/** Told where the loop has come to its end: the mistake is at none of the returns. */
function ofRound({ returns }: Leak): Pick<Leak, 'returns' | 'isShared' | 'isOfRound'> {
  return { returns: returns.slice(-1), isShared: true, isOfRound: true };
}

/** What was found in a function, by its flow, and what that hung on besides: after an edit most flows are what they were. */
const lastLeaks = new WeakMap<Flow, { readonly called: readonly unknown[]; readonly leaks: readonly Leak[] }>();

/** For each call what it may run, with what that does: the same objects where nothing changed. */
function calledIn(fn: LinkedFunction, program: Program, summaries: Summaries): readonly unknown[] {
  return fn.ir.steps.flatMap((step): unknown[] => {
    if (step.kind !== 'call') return [];
    const functions = [...program.targets(step, fn).map((target) => target.function), ...program.passedIn(step, fn)];
    return [step, ...functions.flatMap((each) => [each.ir, summaries.flow(each)])];
  });
}

/** Taken with one of its class held, but by the step itself in a loop: what is left then is not forgotten, but one too many. */
function isTakenTwice(key: string, { points }: Flow, itself: Step): boolean {
  return [...points].some(
    ([step, states]) =>
      step.kind === 'acquire' && step !== itself && lockKey(step.lock) === key && states.some((state) => holds(state, key)),
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

/** Whether an interrupt or a timer alone enters a function: who does so then knows nothing of its locks, whatever it returns. */
function isRunByItself(fn: LinkedFunction, program: Program): boolean {
  const isRun = program.enteredBy(fn).some(({ runsIn }) => runsIn === 'hardirq' || runsIn === 'softirq');
  return isRun && !callGraphOf(program).callers.has(fn);
}

/** `hasObject`: it returns a pointer. What that leads to may be what is held; an error and NULL lead to nothing. */
function leakOf(
  held: Held,
  after: Since,
  { hasObject, isRun }: { readonly hasObject: boolean; readonly isRun: boolean },
): Leak | undefined {
  const { rest, isRelease } = after;
  const all = exitsOf(rest, held, after);
  if (all.length === 0 || all.some(({ isOther }) => isOther)) return undefined;
  if (all.every(({ isHeld }) => isHeld)) return hasObject ? undefined : { held, returns: rangesOf(all), releases: [], isShared: false };
  const asked = withoutAsking(rest, isRelease);
  const strict = exitsOf(asked, held, after);
  const given = strict.filter(({ isHeld }) => !isHeld).reduce((values, exit) => values | exit.values, 0);
  const tellsNobody = (values: number): boolean =>
    isRun || (hasObject ? (values & POSITIVE) === 0 : (values & given) !== 0 || values === NEGATIVE);
  const silent = strict.filter(({ isHeld, values }) => isHeld && tellsNobody(values));
  const isTold = silent.length === 0;
  const leaking = isTold && !hasObject ? strict.filter(({ isHeld, values }) => isHeld && (values & NEGATIVE) !== 0) : silent;
  if (given === 0 || leaking.length === 0) return undefined;
  const places = rest.blocks.flatMap(({ steps }) => steps.filter(isRelease).map(({ at }) => at));
  const isShared = all.some(({ at, isHeld }) => !isHeld && leaking.some((leak) => leak.at.start === at.start));
  const isAboveZero = held.step.kind === 'call' && leaking.every(({ values }) => values === POSITIVE);
  return {
    ...{ held, returns: rangesOf(leaking), releases: distinct(places), isShared },
    ...(isAboveZero && { isAboveZero }),
    ...(isTold && { isTold }),
  };
}

/** Ways out of a function, or a part of it, from behind the step that takes a lock. */
function exitsOf(of: FunctionIr, held: Held, { starts, effects, again }: Since): readonly Out[] {
  const lent = lentFlags(of);
  // With a lock of a later round held it is that one's way out.
  const reaching = (ways: Ways, returns: Return): readonly Reached[] =>
    ways.to(returns).filter(({ state }) => again === undefined || !state.held.some(({ step }) => step === again));
  // Ways of rounds are many.
  const ends = again && new Set<Place>(of.blocks.flatMap(({ returns }) => returns ?? []));
  return starts.flatMap((from) => {
    const ways = waysThrough(of, from, effects, (place) => ends?.has(place) ?? true, true);
    if (ways.isCut) return [];
    return of.blocks.flatMap(({ returns }) =>
      returns === undefined ? [] : reaching(ways, returns).map((way) => outOf(way, returns, held, lent)),
    );
  });
}

/** A call that every way that leaves the lock held goes by, and nothing behind it gives the lock back. */
function giverOn({ held, returns }: Leak, after: Since, mayGive: (call: Call) => boolean): Call | undefined {
  const { rest, isRelease } = after;
  const leadsOn = (from: number): boolean => reachable(rest, from).some(({ steps }) => steps.some(isRelease));
  const givers = new Map<Block, Call>();
  for (const block of rest.blocks) {
    const call = block.steps.find((step): step is Call => step.kind === 'call' && mayGive(step));
    const isLast = call && !block.steps.slice(block.steps.indexOf(call)).some(isRelease);
    if (isLast && block.next.every(({ to }) => !leadsOn(to))) givers.set(block, call);
  }
  if (givers.size === 0) return undefined;
  const around = { ...rest, blocks: rest.blocks.map((block) => (givers.has(block) ? { ...block, next: [], returns: undefined } : block)) };
  const left = exitsOf(around, held, after).filter(({ isHeld, at }) => isHeld && returns.some(({ start }) => start === at.start));
  return left.length > 0 ? undefined : [...givers.values()][0];
}

interface Out {
  readonly at: Range;
  readonly values: number;
  readonly isHeld: boolean;
  /** Another lock of the class is held instead. */
  readonly isOther: boolean;
}

function outOf({ state }: Reached, returns: Return, { step, lock }: Held, lent: readonly string[]): Out {
  const same = state.held.filter((held) => lockKey(held.lock) === lockKey(lock));
  const isGivenByCallee = lent.some((flag) => state.facts.get(flag) === ZERO);
  const isHeld = !isGivenByCallee && same.some((held) => held.step === step);
  return { at: returns.at, values: exitValues(state, returns), isHeld, isOther: same.length > (isHeld ? 1 : 0) };
}

/** Flags that a function sets and lends, as in `int locked = 1; walk(mm, &locked);`: by zero the callee says that it has given the lock back. */
function lentFlags({ blocks }: FunctionIr): readonly string[] {
  const assigns = blocks.flatMap(({ steps }) => steps.filter((step) => step.kind === 'assign'));
  const lent = assigns.flatMap(({ target, isLent }) => (isLent ? [target] : []));
  return lent.filter((flag) => assigns.some(({ target, values }) => target === flag && (values & ZERO) === 0));
}

function rangesOf(exits: readonly Out[]): readonly Range[] {
  return distinct(exits.map(({ at }) => at));
}

function distinct(ranges: readonly Range[]): readonly Range[] {
  return [...new Map(ranges.map((range) => [range.start, range])).values()].sort((a, b) => a.start - b.start);
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

function reachable({ blocks }: FunctionIr, from = 0): readonly Block[] {
  const seen = new Set([from]);
  for (const at of seen) for (const { to } of blocks[at]!.next) seen.add(to);
  return [...seen].map((at) => blocks[at]!);
}

function predecessorsOf(ir: FunctionIr): readonly (readonly number[])[] {
  const entering = ir.blocks.map((): number[] => []);
  for (const [from, { next }] of ir.blocks.entries()) for (const { to } of next) entering[to]!.push(from);
  return entering;
}
