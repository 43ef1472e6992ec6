import { comparisonKey } from '../ir/comparisons.ts';
import {
  ANY,
  isConstantName,
  isUnknownLock,
  NEGATIVE,
  POSITIVE,
  ZERO,
  refusedValues,
  type Acquire,
  type AllocationFlags,
  type Assign,
  type Call,
  type Condition,
  type FunctionIr,
  type LockRef,
  type Release,
  type Step,
} from '../ir/program.ts';
import type { Range } from '../source/location.ts';
import { afterCall, interruptsOf, turned, withPair, type CpuChange, type CpuState } from './cpu-state.ts';
import {
  assume,
  droppedKey,
  emptyState,
  fitsMode,
  forget,
  join,
  lockKey,
  mentions,
  parameterOf,
  stateKey,
  withBits,
  type Dropped,
  type Held,
  type State,
} from './state.ts';

/** What a call does to the locks its caller sees, for one set of values it may return. */
export interface Outcome {
  readonly acquired: readonly Held[];
  /** Locks of the caller's that it releases and does not take back. */
  readonly released: readonly Dropped[];
  readonly values: number;
  /** Told only where it is followed, and there is something to tell. */
  readonly cpu?: CpuChange;
}

/** What a call may do, by the function called. */
export interface Effect {
  readonly ir: FunctionIr;
  readonly outcomes: readonly Outcome[];
}

/** The effects of a call; none where it leaves the locks as they were. */
export type Effects = (call: Call) => readonly Effect[];

/** One way to return. */
export interface Exit {
  readonly at: Range;
  readonly state: State;
}

/** One way to return, with the values it may return. */
export interface ValuedExit {
  readonly state: State;
  readonly values: number;
}

export interface Flow {
  /** States in which each step that matters is reached. */
  readonly points: ReadonlyMap<Step, readonly State[]>;
  readonly outcomes: readonly Outcome[];
  /** Where it returns, and how. */
  readonly exits: readonly Exit[];
  /** More ways through it than are followed: what it says is incomplete. */
  readonly isCut: boolean;
}

/** States of a block, and of a step, that are followed at the most. */
const stateLimit = 24;

/**
 * Held sets of one function, by forward data flow over its graph. A state is a set of locks held and released relative to
 * entry, with what is known of conditions on the way; states with equal locks are joined, so it ends.
 */
export function flowOf(ir: FunctionIr, effects: Effects, from = emptyState): Flow {
  const entry = assume(from, ir.conditions) ?? from;
  const arriving = new Map<number, Map<string, Arrived>>();
  const queue = new BlockQueue(ir.blocks.length);
  let isCut = false;
  const arrive = (block: number, state: State): void => {
    let states = arriving.get(block);
    if (!states) arriving.set(block, (states = new Map()));
    const key = stateKey(state);
    const known = states.get(key);
    if (known) {
      const joined = join(known.state, state);
      if (!joined) return;
      known.state = joined;
      known.isNews = true;
    } else if (states.size >= stateLimit) {
      isCut = true;
      return;
    } else states.set(key, { state, isNews: true });
    queue.add(block);
  };
  arrive(0, entry);
  for (let block = queue.take(); block >= 0; block = queue.take()) {
    const { steps, next } = ir.blocks[block]!;
    for (const arrived of arriving.get(block)!.values()) {
      if (!arrived.isNews) continue;
      arrived.isNews = false;
      for (const after of run(steps, arrived.state, effects, undefined)) {
        for (const edge of next) {
          const there = assume(after, edge.conditions);
          if (there) arrive(edge.to, there);
        }
      }
    }
  }
  const points = new Points();
  const exits: (Exit & ValuedExit)[] = [];
  for (const [block, states] of arriving) {
    const { steps, returns } = ir.blocks[block]!;
    for (const { state } of states.values()) {
      for (const after of run(steps, state, effects, points)) {
        if (returns) exits.push({ at: returns.at, state: after, values: exitValues(after, returns) });
      }
    }
  }
  return { points: points.states, outcomes: outcomesOf(exits), exits, isCut: isCut || points.isCut };
}

/** A state of a block, and whether the block has not been run from it yet as it is now. */
interface Arrived {
  state: State;
  isNews: boolean;
}

/** Blocks to be looked at, the lowest first. */
class BlockQueue {
  private readonly waits: Uint8Array;
  private lowest: number;

  constructor(count: number) {
    this.waits = new Uint8Array(count);
    this.lowest = count;
  }

  add(block: number): void {
    this.waits[block] = 1;
    if (block < this.lowest) this.lowest = block;
  }

  /** -1 where none is left. */
  take(): number {
    const block = this.waits.indexOf(1, this.lowest);
    if (block < 0) return -1;
    this.waits[block] = 0;
    this.lowest = block + 1;
    return block;
  }
}

/** What a function returns in a state, as `Condition.values`. */
export function exitValues(state: State, { values, key }: { readonly values: number; readonly key: string }): number {
  return values & valueOf(state.facts, key);
}

/** What allocation flags say where these facts hold. */
export function flagValues({ values, key }: AllocationFlags, facts: ReadonlyMap<string, number>): number {
  return values & valueOf(facts, key);
}

function valueOf(facts: ReadonlyMap<string, number>, key: string): number {
  if (key === '') return ANY;
  if (key.startsWith('!')) {
    const inner = valueOf(facts, key.slice(1));
    return (inner & ZERO ? POSITIVE : 0) | (inner & (POSITIVE | NEGATIVE) ? ZERO : 0);
  }
  return facts.get(key) ?? ANY;
}

/** Runs a block's steps; a step that can end in several ways forks the state. */
function run(steps: readonly Step[], from: State, effects: Effects, points: Points | undefined): readonly State[] {
  let states: readonly State[] = [from];
  for (const step of steps) {
    if (points && step.kind !== 'assign') for (const state of states) points.add(step, state);
    const next: State[] = [];
    for (const state of states) next.push(...apply(step, state, effects));
    states = next;
    if (states.length === 0) return states;
  }
  return states;
}

/** States in which steps are reached, each once. */
class Points {
  readonly states = new Map<Step, State[]>();
  isCut = false;

  add(step: Step, state: State): void {
    const list = this.states.get(step);
    if (!list) this.states.set(step, [state]);
    else if (list.some((known) => stateKey(known) === stateKey(state))) return;
    else if (list.length < stateLimit) list.push(state);
    else this.isCut = true;
  }
}

/** States after a step: several where it can end in several ways, none where it cannot be. */
export function apply(step: Step, state: State, effects: Effects): readonly State[] {
  const after = applied(step, state, effects);
  return state.cpu ? after.map((each) => ({ ...each, ...(each.cpu && { cpu: cpuAfter(step, state, each, each.cpu) }) })) : after;
}

/** What a step itself does to softirqs and interrupts, and whether that fits what the lock was taken with. */
function cpuAfter(step: Step, before: State, after: State, cpu: CpuState): CpuState {
  switch (step.kind) {
    case 'toggle':
      return turned(cpu, step.does, step);
    case 'acquire':
      // One of several of a loop is one entry: how many there are is not known.
      if (before.held.some((held) => held.step === step)) return step.interrupts ? { ...cpu, isLost: true } : cpu;
      return after.held === before.held ? cpu : turned(cpu, 'off', step);
    case 'release': {
      const held = soleAt(step.lock, before);
      const isLike = !held || interruptsOf(held) === step.interrupts;
      return turned(isLike ? cpu : withPair(cpu, held, step), 'on', step);
    }
    default:
      return cpu;
  }
}

/** The lock held at a place, where there is no doubt which one that is. */
export function soleAt(lock: LockRef, { held }: State): Held | undefined {
  const key = lockKey(lock);
  const same = held.filter((h) => lockKey(h.lock) === key);
  return same.length === 1 && same[0]!.lock.place === lock.place && same[0]!.isStale !== true ? same[0] : undefined;
}

function applied(step: Step, state: State, effects: Effects): readonly State[] {
  switch (step.kind) {
    case 'acquire':
      return acquire(step, state);
    case 'release':
      return [release(step.lock, step, state)];
    case 'sync':
      return [state];
    case 'call':
      return call(step, state, effects);
    case 'assign': {
      const facts = step.bits ? afterBits(state.facts, step.target, step.bits) : forget(state.facts, step.target);
      const values = step.values & (step.same === '' ? ANY : valueIn(state, step.same));
      if (values !== ANY) facts.set(step.target, values);
      if (step.number !== undefined && step.number !== 0)
        facts.set(comparisonKey({ place: step.target, equals: { value: step.number } }), POSITIVE | NEGATIVE);
      if (isConstantName(step.same)) facts.set(`${step.target}==${step.same}`, POSITIVE | NEGATIVE);
      const fresh = state.fresh.has(step.target) ? without(state.fresh, step.target) : state.fresh;
      const target = step.bits ? comparisonKey({ place: step.target, mask: step.bits.mask }) : step.target;
      const changed = step.isOfParameter && !state.changed.has(target) ? new Set(state.changed).add(target) : state.changed;
      return [{ ...state, held: afterAssignment(state.held, step.target), facts, fresh, changed }];
    }
    case 'allocate':
      return [{ ...state, fresh: new Set(state.fresh).add(step.variable) }];
    case 'publish':
      return state.fresh.has(step.variable) ? [{ ...state, fresh: without(state.fresh, step.variable) }] : [state];
    default:
      return [state];
  }
}

/** What is known of a variable's value: of one that leads to a lock that is held, also that it is not null. */
function valueIn({ facts, held }: State, name: string): number {
  const values = valueOf(facts, name);
  const leads = held.some(({ lock, isStale }) => isStale !== true && lock.root === name && lock.place.startsWith(`${name}->`));
  return leads ? values & ~ZERO || values : values;
}

function afterBits(facts: State['facts'], place: string, { mask, values, same = '' }: NonNullable<Assign['bits']>): Map<string, number> {
  return withBits(facts, place, mask, values & (same === '' ? ANY : valueOf(facts, same)));
}

function afterAssignment(held: readonly Held[], target: string): readonly Held[] {
  const changes = (h: Held): boolean => h.isStale !== true && mentions(h.lock.place, target);
  return held.some(changes) ? held.map((h) => (changes(h) ? { ...h, isStale: true } : h)) : held;
}

function without(set: ReadonlySet<string>, value: string): ReadonlySet<string> {
  const copy = new Set(set);
  copy.delete(value);
  return copy;
}

function acquire(step: Acquire, state: State): readonly State[] {
  const isPrivate = step.lock.root !== '' && state.fresh.has(step.lock.root);
  const held: Held = { lock: step.lock, mode: step.mode, isTry: step.isTry, isPrivate, subclass: step.subclass, step };
  // In a loop the locks of many objects are one entry: told apart they would never end.
  const again = state.held.some((h) => h.step === step);
  const taken: State = again ? state : { ...state, held: [...state.held, held] };
  if (step.success === 'always') return [taken];
  const onSuccess = step.success === 'nonzero' ? POSITIVE | NEGATIVE : ZERO;
  return both(taken, state, step.result, onSuccess, refusedValues(step));
}

function both(yes: State, no: State, key: string, onYes: number, onNo: number): readonly State[] {
  return [fact(yes, { key, values: onYes }), fact(no, { key, values: onNo })];
}

function fact(state: State, condition: Condition): State {
  return { ...state, facts: new Map(state.facts).set(condition.key, condition.values) };
}

/** Gives back the lock held at this place, else the last one of its class, else one the caller holds. */
function release(lock: LockRef, step: Release, state: State): State {
  const key = lockKey(lock);
  const isHere = (h: Held): boolean => h.lock.place === lock.place && h.isStale !== true;
  let index = state.held.findLastIndex((h) => isHere(h) && lockKey(h.lock) === key && fitsMode(step, h));
  if (index < 0) index = state.held.findLastIndex((h) => lockKey(h.lock) === key && fitsMode(step, h));
  if (index < 0) index = state.held.findLastIndex(isHere);
  if (index < 0) index = state.held.findLastIndex((h) => lockKey(h.lock) === key);
  if (index < 0)
    index = state.held.findLastIndex(
      (h) => h.lock.kind === lock.kind && (isUnknownLock(h.lock.lockClass) || isUnknownLock(lock.lockClass)),
    );
  if (index >= 0) return { ...state, held: state.held.toSpliced(index, 1) };
  // Two of one class at the most, as double_unlock gives back: a loop would never end.
  const dropped: Dropped = { key, mode: step.mode, ...(step.isOfEither && { isOfEither: true }), kind: lock.kind };
  const times = state.dropped.filter((known) => droppedKey(known) === droppedKey(dropped)).length;
  return times > 1 ? state : { ...state, dropped: [...state.dropped, dropped] };
}

function call(step: Call, state: State, effects: Effects): readonly State[] {
  const possible = effects(step);
  if (possible.length === 0) return [state];
  const next: State[] = [];
  const seen = new Set<string>();
  for (const [number, { ir, outcomes }] of possible.entries()) {
    // Of definitions under opposite configurations only that of this path is called.
    const entered = possible.length > 1 ? assume(state, [...ir.conditions, ...otherwise(ir, possible)]) : state;
    if (!entered) continue;
    for (const outcome of outcomes) {
      let after = entered;
      for (const dropped of outcome.released) {
        const lock = droppedInCaller(dropped, step);
        const { mode, isOfEither } = dropped;
        after = release(lock, { kind: 'release', at: step.at, lock, mode, ...(isOfEither && { isOfEither }) }, after);
      }
      const acquired = outcome.acquired.map((held): Held => {
        const lock = inCaller(held.lock, step);
        return { ...held, lock, isPrivate: held.isPrivate || state.fresh.has(lock.root), step, inside: { ir, held } };
      });
      const added = acquired.filter((h) => !after.held.some((known) => known.step === step && lockKey(known.lock) === lockKey(h.lock)));
      if (added.length > 0) after = { ...after, held: [...after.held, ...added] };
      if (outcome.values !== ANY) after = fact(after, { key: step.result, values: outcome.values });
      if (after.cpu && outcome.cpu) after = { ...after, cpu: afterCall(after.cpu, outcome.cpu) };
      const key = `${stateKey(after)}=${outcome.values}${number}`;
      if (seen.has(key)) continue;
      seen.add(key);
      next.push(after);
    }
  }
  return next;
}

/** What holds where a definition without conditions is meant: not those under which another stands in for it. */
function otherwise(ir: FunctionIr, possible: readonly Effect[]): readonly Condition[] {
  if (ir.conditions.length > 0) return [];
  const standIns = possible.filter((other) => other.ir !== ir && other.ir.conditions.length === 1);
  return standIns.map(({ ir: { conditions } }) => ({ key: conditions[0]!.key, values: ANY & ~conditions[0]!.values }));
}

/** A callee's lock as the caller names it. */
export function inCaller(lock: LockRef, call: Call): LockRef {
  if (lock.lockClass === '' && lock.parameter >= 0) {
    const passed = call.arguments[lock.parameter]?.lock;
    return passed ? { ...passed, kind: lock.kind } : { ...lock, parameter: -1, place: `?${lock.place}` };
  }
  const passed = lock.rootParameter >= 0 ? call.arguments[lock.rootParameter] : undefined;
  const cpu = lock.cpu ?? passed?.cpu;
  const there = { ...lock, ...(cpu && { cpu }), rootParameter: -1 };
  if (passed?.variable === undefined) return { ...there, root: '' };
  return { ...there, place: passed.variable + lock.place.slice(lock.root.length), root: passed.variable };
}

/** A lock that a callee gave back for its caller, as that names it. */
export function droppedInCaller({ key, kind }: Dropped, call: Call): LockRef {
  const parameter = parameterOf(key);
  return inCaller({ lockClass: parameter < 0 ? key : '', parameter, place: key, root: '', rootParameter: -1, kind }, call);
}

/** Its key, if the call tells which lock it is; its own otherwise. */
export function keyInCaller(key: string, call: Call | undefined): string {
  const passed = call?.arguments[parameterOf(key)]?.lock;
  return passed ? lockKey(passed) : key;
}

/**
 * What the exits have in common, for each value returned: a lock is left held only if every exit with that value holds it,
 * so that a path this analysis sees and the code excludes does not leak a lock into every caller.
 */
export function outcomesOf(exits: readonly ValuedExit[]): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  for (const bit of [ZERO, POSITIVE, NEGATIVE]) {
    const these = exits.filter((exit) => exit.values & bit);
    const first = these[0];
    if (!first) continue;
    const acquired = net(first.state).acquired.filter(
      (h) => isOwned(h) && these.every((exit) => net(exit.state).acquired.some((other) => lockKey(other.lock) === lockKey(h.lock))),
    );
    const released = mostOf(these.map((exit) => net(exit.state).released));
    const key = (o: Omit<Outcome, 'values'>): string =>
      `${o.acquired.map((h) => `${lockKey(h.lock)}:${h.mode}`).join()}-${o.released.map(droppedKey).join()}`;
    const same = outcomes.findIndex((o) => key(o) === key({ acquired, released }));
    if (same >= 0) outcomes[same] = { ...outcomes[same]!, values: outcomes[same]!.values | bit };
    else outcomes.push({ acquired, released, values: bit });
  }
  return outcomes;
}

/** What any of the lists has, each as often as the list that has it most. */
function mostOf(lists: readonly (readonly Dropped[])[]): readonly Dropped[] {
  const most = new Map<string, readonly Dropped[]>();
  for (const list of lists) {
    for (const dropped of list) {
      const key = droppedKey(dropped);
      const same = list.filter((other) => droppedKey(other) === key);
      if (same.length > (most.get(key)?.length ?? 0)) most.set(key, same);
    }
  }
  return [...most].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, same]) => same);
}

/** A semaphore has no owner: who takes it need not be who gives it back, so it is no lock of the caller's. */
export function isOwned(held: Held): boolean {
  return held.lock.kind !== 'semaphore';
}

/** A lock of the caller's that was released and taken again is as it was. */
export function net(state: State): { acquired: readonly Held[]; released: readonly Dropped[] } {
  const released = [...state.dropped];
  const acquired: Held[] = [];
  for (const held of state.held) {
    const at = released.findIndex((dropped) => dropped.key === lockKey(held.lock) && fitsMode(dropped, held));
    if (at >= 0) released.splice(at, 1);
    else if (held.lock.lockClass !== '' || held.lock.parameter >= 0) acquired.push(held);
  }
  return { acquired, released };
}

export function isNeutral(outcomes: readonly Outcome[]): boolean {
  return outcomes.every((o) => o.acquired.length === 0 && o.released.length === 0);
}
