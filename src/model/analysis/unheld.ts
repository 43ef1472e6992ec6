import type { Assert, Assign, Call, CallTarget, FunctionIr, LinkedFunction, LockRef, Mode, Program, Step } from '../ir/program.ts';
import { ANY, isUnknownLock, POSITIVE } from '../ir/program.ts';
import { append } from '../source/multimap.ts';
import type { AccessSource } from './accesses.ts';
import { enter, Passing, rootContext, type Context } from './contexts.ts';
import { inCaller, keyInCaller, type Flow } from './flow.ts';
import { emptyState, lockKey, type State } from './state.ts';
import type { Summaries } from './summaries.ts';
import { isAt, surelyGivesBack } from './sure-releases.ts';
import { waysThrough } from './ways.ts';

/** A step that says that a lock is held, or a call that comes to one; the lock as the function names it. */
export interface AssertWay {
  readonly fn: LinkedFunction;
  readonly step: Assert | Call;
  readonly lock: LockRef;
  readonly inner?: { readonly target: CallTarget; readonly way: AssertWay };
  readonly calls: number;
}

/** How a function shows that the lock is not held, or not as it has to be. */
export type Contradiction =
  | { readonly kind: 'given back'; readonly at: Step }
  | { readonly kind: 'taken after'; readonly at: Step }
  | { readonly kind: 'shared'; readonly at: Step };

/** A lock that is said to be held, where the function that gets there shows that it is not. */
export interface Unheld {
  readonly way: AssertWay;
  readonly assertion: Assert;
  readonly shown: Contradiction;
}

/** A step that takes the lock or gives it back, or may. */
interface Operation {
  readonly step: Step;
  /** It surely gives back this very lock. */
  readonly givesBack: boolean;
}

/** Calls from where a lock is known not to be held to where it is said to be, followed at the most. */
const deepest = 6;
/** Functions gone through for one assertion. */
const mostPlaces = 400;

/**
 * Places at which a lock is said to be held and is not. Nobody has to know what callers hold: a function that has given the lock back
 * itself, or takes it itself afterwards, shows that it is not held in between. What only its callers could tell goes up to them.
 */
export class Assertions {
  private readonly callers = new Map<
    LinkedFunction,
    { readonly caller: LinkedFunction; readonly call: Call; readonly target: CallTarget }[]
  >();
  private readonly passing: Passing;
  /** Whether a way is gone from its entry on, by what is known there: facts that are the same are one object. */
  private readonly asked = new Map<AssertWay, Map<Context['facts'], boolean>>();

  constructor(
    private readonly program: Program,
    private readonly summaries: Summaries,
    private readonly source: AccessSource,
  ) {
    this.passing = new Passing(program);
    for (const caller of program.functions) {
      for (const call of caller.ir.steps) {
        if (call.kind !== 'call') continue;
        for (const target of program.targets(call, caller)) {
          // One of several functions behind a pointer may well be called where the lock is held, and the others not.
          if (target.candidates > 1) continue;
          append(this.callers, target.function, { caller, call, target });
        }
      }
    }
  }

  /** Of all assertions of a function, the nearest places that contradict them, each once. */
  unheld(fn: LinkedFunction): readonly Unheld[] {
    return fn.ir.steps.flatMap((step) => (step.kind === 'assert' && isTold(step.asserted) ? this.contradictions(fn, step) : []));
  }

  private contradictions(fn: LinkedFunction, assertion: Assert): readonly Unheld[] {
    const found: Unheld[] = [];
    const seen = new Set<string>();
    const ways: AssertWay[] = [{ fn, step: assertion, lock: assertion.asserted, calls: 0 }];
    // The list grows while it is read: callers come behind what they call.
    for (const way of ways) {
      if (!isOpen(way, this.summaries.wholeFlow(way.fn), assertion.mode)) continue;
      const shown = this.contradiction(way, assertion);
      if (shown === 'unclear') continue;
      if (shown) found.push({ way, assertion, shown });
      else if (way.calls < deepest && ways.length < mostPlaces) {
        for (const { caller, call, target } of this.callers.get(way.fn) ?? []) {
          const lock = inCaller(way.lock, call);
          const key = `${caller.id}:${call.at.start}:${lockKey(lock)}`;
          if (seen.has(key) || !isTold(lock)) continue;
          seen.add(key);
          ways.push({ fn: caller, step: call, lock, inner: { target, way }, calls: way.calls + 1 });
        }
      }
    }
    return found;
  }

  /** Whether the function shows by itself that the lock is not held. `unclear`: it does more with it than is understood. */
  private contradiction(way: AssertWay, assertion: Assert): Contradiction | 'unclear' | undefined {
    const { fn, step, lock } = way;
    const operations = this.operations(fn, lock);
    if (operations.length === 0) return undefined;
    // It has to do with the lock: what decides whether it is held there may be known to its callers.
    if (!mayContradict(fn.ir, way, operations)) return 'unclear';
    const effects = this.summaries.effects(fn);
    const from: State = { ...emptyState, facts: rootContext(fn).facts };
    const marked = withMarks(fn.ir, lock, step, operations);
    const ways = waysThrough(marked, from, effects, (place) => place === step || isTaking(place, lock), true);
    if (ways.isCut || this.isUnclear(way, step.at.start)) return 'unclear';
    for (const { state } of ways.to(step)) {
      const held = state.held.filter((each) => lockKey(each.lock) === lockKey(lock));
      const shared =
        assertion.mode === 'exclusive' &&
        held.length === 1 &&
        held[0]!.mode === 'shared' &&
        held[0]!.step.kind === 'acquire' &&
        isAt(held[0]!.lock, lock);
      const given = held.length === 0 && !hidesLock(state) ? markIn(state, givenBack) : undefined;
      const at = shared ? held[0]!.step : operations.find((each) => each.step.at.start === given)?.step;
      if (at && this.arrives(way, state, rootContext(fn))) return { kind: shared ? 'shared' : 'given back', at };
    }
    for (const { step: taking } of operations) {
      if (!isTaking(taking, lock) || this.isUnclear(way, taking.at.start)) continue;
      const after = ways.to(taking).filter(({ state }) => isEntered(state, lock) && markIn(state, saidHeld) !== undefined);
      if (after.length > 0 && ways.to(step).some(({ state }) => isEntered(state, lock) && this.arrives(way, state, rootContext(fn))))
        return { kind: 'taken after', at: taking };
    }
    return 'unclear';
  }

  /** Steps that take the lock or give it back, or may. */
  private operations(fn: LinkedFunction, lock: LockRef): readonly Operation[] {
    const key = lockKey(lock);
    const effects = this.summaries.effects(fn);
    return fn.ir.steps.flatMap((step): readonly Operation[] => {
      if (step.kind === 'acquire' || step.kind === 'release')
        return lockKey(step.lock) === key ? [{ step, givesBack: step.kind === 'release' && isAt(step.lock, lock) }] : [];
      if (step.kind !== 'call') return [];
      const outcomes = effects(step).flatMap((effect) => effect.outcomes);
      const takes = outcomes.some(({ acquired }) => acquired.some((held) => lockKey(inCaller(held.lock, step)) === key));
      const mayGive = outcomes.some(({ released }) => released.some((dropped) => keyInCaller(dropped.key, step) === key));
      if (!takes && !mayGive) return [];
      return [{ step, givesBack: !takes && surelyGivesBack(step, lock, fn, this.program, this.summaries) }];
    });
  }

  /** Something that was not read, or is behind a pointer, may take the lock or give it back up to some place. */
  private isUnclear({ fn, step, lock }: AssertWay, end: number): boolean {
    const key = lockKey(lock);
    if (this.source.unread(fn).some(({ name, start }) => start < end && takingWords.test(name))) return true;
    return fn.ir.steps.some((each) => {
      if (each === step || each.at.start > end || each.kind !== 'call') return false;
      const targets = this.program.targets(each, fn);
      if (targets.length === 0) return takingWords.test(fieldsOf(each));
      const told = this.summaries.effects(fn)(each);
      return targets.some(({ function: { ir, id } }) => {
        const { outcomes } = this.summaries.flow(this.program.functions[id]!);
        const changes = outcomes.some(
          ({ acquired, released }) =>
            acquired.some((held) => lockKey(inCaller(held.lock, each)) === key) ||
            released.some((dropped) => keyInCaller(dropped.key, each) === key),
        );
        return changes ? told.length === 0 : ir.notes.some(({ does }) => does !== 'hold');
      });
    });
  }

  /** Whether what is known in a state does not keep the way from going on to the assertion. */
  private arrives(way: AssertWay, state: State, context: Context): boolean {
    const { inner, step } = way;
    if (!inner || step.kind !== 'call') return true;
    const bare = { ...state, facts: new Map([...state.facts].filter(([key]) => !isMark(key))) };
    const there = enter(context, bare);
    const callee = there && this.passing.into(inner.target, context, bare, step, there);
    if (!callee) return false;
    return this.goesThrough(inner.way, callee);
  }

  /** Whether the assertion is come to from the entry of a function, with what is known there. */
  private goesThrough(way: AssertWay, entered: Context): boolean {
    const { fn, step, lock } = way;
    let asked = this.asked.get(way);
    if (!asked) this.asked.set(way, (asked = new Map()));
    const known = asked.get(entered.facts);
    if (known !== undefined) return known;
    const from = { ...emptyState, facts: entered.facts };
    const ways = waysThrough(fn.ir, from, this.summaries.effects(fn), (place) => place === step, true);
    const arrives = ways.to(step).some(({ state }) => isEntered(state, lock) && this.arrives(way, state, entered));
    asked.set(entered.facts, arrives);
    return arrives;
  }
}

/** Words of the names of functions that take locks. */
export const takingWords = /lock|acquire|begin|enter|claim|freeze|suspend|grab/i;

function fieldsOf({ pointer }: Call): string {
  return (pointer ?? []).map((value) => (value.kind === 'field' ? value.field : '')).join();
}

/** Whether it can be told which lock it is. */
function isTold(lock: LockRef): boolean {
  if (lock.kind === 'rcu' || lock.kind === 'srcu') return false;
  return lock.lockClass === '' ? lock.parameter >= 0 : !isUnknownLock(lock.lockClass);
}

/** Whether the step is reached in some state in which the function does not hold the lock as it has to be. */
function isOpen({ step, lock }: AssertWay, flow: Flow, mode: Mode | undefined): boolean {
  if (flow.isCut) return false;
  const key = lockKey(lock);
  return (flow.points.get(step) ?? []).some((state) => {
    if (hidesLock(state)) return false;
    const held = state.held.filter((each) => lockKey(each.lock) === key);
    return held.length === 0 || (mode === 'exclusive' && held.every((each) => each.mode === 'shared'));
  });
}

/** A lock is held of which it is not known which it is. */
function hidesLock({ held }: State): boolean {
  return held.some(({ lock }) => isUnknownLock(lock.lockClass));
}

/** Whether the lock is as it was on entry. */
function isEntered({ held, dropped }: State, lock: LockRef): boolean {
  const key = lockKey(lock);
  return !held.some((each) => lockKey(each.lock) === key) && !dropped.some((each) => each.key === key);
}

function isTaking(place: object, lock: LockRef): place is Step {
  const step = place as Step;
  return (
    'kind' in place && step.kind === 'acquire' && !step.isTry && step.success === 'always' && step.subclass === '' && isAt(step.lock, lock)
  );
}

/** Marks are facts that name the lock's place: they are forgotten where a variable of it gets another value. */
const givenBack = 'given back';
const saidHeld = 'said held';

function isMark(key: string): boolean {
  return key.startsWith(givenBack) || key.startsWith(saidHeld);
}

function markIn({ facts }: State, mark: string): number | undefined {
  for (const key of facts.keys()) if (key.startsWith(mark)) return Number(/\d+/.exec(key)![0]);
  return undefined;
}

/** A function with marks where it gives the lock back, and where it says that it is held. */
function withMarks(ir: FunctionIr, lock: LockRef, asserting: Step, operations: readonly Operation[]): FunctionIr {
  const known = new Map(operations.map((operation) => [operation.step, operation]));
  const mark = (text: string, { at }: Step, values = POSITIVE): Assign => ({
    kind: 'assign',
    at,
    target: `${text} ${at.start} ${lock.place}`,
    values,
    same: '',
  });
  const cleared = [
    mark(saidHeld, asserting, ANY),
    ...operations.flatMap(({ step, givesBack }) => (givesBack ? [mark(givenBack, step, ANY)] : [])),
  ];
  const marksOf = (step: Step): readonly Step[] => {
    if (step === asserting) return [mark(saidHeld, step)];
    const operation = known.get(step);
    return operation ? [...cleared, ...(operation.givesBack ? [mark(givenBack, step)] : [])] : [];
  };
  return { ...ir, blocks: ir.blocks.map((block) => ({ ...block, steps: block.steps.flatMap((step) => [step, ...marksOf(step)]) })) };
}

/** Whether, branches aside, the step lies behind one that gives the lock back, or before one that takes it, with nothing of the lock in between. */
function mayContradict(ir: FunctionIr, { step, lock }: AssertWay, operations: readonly Operation[]): boolean {
  const own = new Set(operations.map((operation) => operation.step));
  const isShared = operations.some((operation) => operation.step.kind === 'acquire' && operation.step.mode === 'shared');
  if (isShared || leadsTo(ir, step, own, (to) => isTaking(to, lock))) return true;
  return operations.some((operation) => operation.givesBack && leadsTo(ir, operation.step, own, (to) => to === step));
}

/** Whether a step leads to another, not by way of what stops it. */
function leadsTo({ blocks }: FunctionIr, from: Step, stops: ReadonlySet<Step>, isEnd: (step: Step) => boolean): boolean {
  const waiting = blocks.flatMap(
    ({ steps, next }): { readonly steps: readonly Step[]; readonly next: readonly { readonly to: number }[] }[] => {
      const at = steps.lastIndexOf(from);
      return at < 0 ? [] : [{ steps: steps.slice(at + 1), next }];
    },
  );
  const seen = new Set<number>();
  for (const { steps, next } of waiting) {
    const at = steps.findIndex((step) => isEnd(step) || stops.has(step));
    if (at >= 0 && isEnd(steps[at]!)) return true;
    if (at >= 0) continue;
    for (const { to } of next) {
      if (seen.has(to)) continue;
      seen.add(to);
      waiting.push(blocks[to]!);
    }
  }
  return false;
}

/** Whether nothing but the assertion hangs on a branch: what decides there may be whether the lock has to be held. */
export function isConditional({ blocks }: FunctionIr, assertion: Assert): boolean {
  return blocks.some(({ steps, next }, at) => {
    if (!steps.includes(assertion) || steps.some((step) => step.kind !== 'assert')) return false;
    const [entering, after] = [into(at), next.length === 1 ? next[0]!.to : -1];
    const branches = entering.length === 1 && blocks[entering[0]!]!.next.length > 1;
    return branches && after >= 0 && into(after).length > 1;
  });

  function into(block: number): readonly number[] {
    return blocks.flatMap(({ next }, from) => (next.some(({ to }) => to === block) ? [from] : []));
  }
}

/** What a function is said to do with a lock of its caller's, and does the other way round wherever it returns. */
export function contraryNotes(
  fn: LinkedFunction,
  summaries: Summaries,
): readonly { readonly does: 'acquire' | 'release'; readonly lock: LockRef }[] {
  const { notes } = fn.ir;
  const { exits, isCut } = summaries.flow(fn);
  if (isCut || exits.length === 0) return [];
  return notes.flatMap(({ does, lock }) => {
    const key = lockKey(lock);
    const others = notes.filter((other) => lockKey(other.lock) === key);
    if (does === 'hold' || !isTold(lock) || others.some((other) => other.does !== does)) return [];
    const isContrary = exits.every(({ state }) => {
      const [isHeld, isGiven] = [
        state.held.some((held) => lockKey(held.lock) === key),
        state.dropped.some((dropped) => dropped.key === key),
      ];
      return does === 'release' ? isHeld && !isGiven : isGiven && !isHeld;
    });
    return isContrary ? [{ does, lock }] : [];
  });
}
