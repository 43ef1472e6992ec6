import {
  answerFor,
  answerForMask,
  comparisonKey,
  comparisonOf,
  outlivesBits,
  signOf,
  type Comparison,
  type Integer,
} from '../ir/comparisons.ts';
import {
  ANY,
  isConstantName,
  NEGATIVE,
  POSITIVE,
  ZERO,
  type Acquire,
  type Call,
  type Condition,
  type FunctionIr,
  type LockKind,
  type LockRef,
  type Mode,
} from '../ir/program.ts';
import { cpuKey, type CpuState } from './cpu-state.ts';

/** A lock taken in a function, or by something it called and not given back. */
export interface Held {
  readonly lock: LockRef;
  readonly mode: Mode;
  /** Taken by a trylock form. */
  readonly isTry: boolean;
  /** Its object was allocated here and nobody else can reach it yet. */
  readonly isPrivate: boolean;
  /** A variable of its place has another value since: the place names another lock now. */
  readonly isStale?: boolean;
  readonly subclass: string;
  /** The acquisition, or the call that returned with the lock held. */
  readonly step: Acquire | Call;
  /** For a call: the function that took it, and how it holds it there. Where that function stands is the program's to say. */
  readonly inside?: { readonly ir: FunctionIr; readonly held: Held };
}

/** A lock of the caller's that a function gave back. */
export interface Dropped {
  /** See `lockKey`. */
  readonly key: string;
  readonly mode: Mode;
  /** As for `Release`. */
  readonly isOfEither?: boolean;
  readonly kind: LockKind;
}

/** One way to be at a point of a function, relative to its entry. */
export interface State {
  readonly held: readonly Held[];
  /** Locks that were held on entry and have been released here. */
  readonly dropped: readonly Dropped[];
  /** What is known of values: key → sum of ZERO, POSITIVE, NEGATIVE. */
  readonly facts: ReadonlyMap<string, number>;
  /** Variables whose object nobody else can reach. */
  readonly fresh: ReadonlySet<string>;
  /** Parameters, what is reached through them and bits of that, which were given another value since entry: what was known of them then is not so any more. */
  readonly changed: ReadonlySet<string>;
  /** Followed only where it is there at entry. */
  readonly cpu?: CpuState;
}

export const emptyState: State = { held: [], dropped: [], facts: new Map(), fresh: new Set(), changed: new Set() };

/** Whether what gives a lock back fits how it is held. */
export function fitsMode(given: { readonly mode: Mode; readonly isOfEither?: boolean }, held: { readonly mode: Mode }): boolean {
  return given.isOfEither === true || given.mode === held.mode;
}

/** What identifies a lock within one function: its class, the parameter it is, or its text. */
export function lockKey(lock: LockRef): string {
  if (lock.lockClass !== '') return lock.lockClass;
  return lock.parameter >= 0 ? `@${lock.parameter}` : `?${lock.place}`;
}

/** Whether it is a global, or a field of what a variable leads to: while that has its value, the place names one lock. */
export function isOfVariable({ place }: LockRef): boolean {
  return /^\w+(?:->\w+)?(?:\.\w+)*$/.test(place);
}

/** Whether a lock is held that was taken since entry, by its key. */
export function holds({ held }: State, key: string): boolean {
  return held.some(({ lock }) => lockKey(lock) === key);
}

/** Whether one that was held on entry was given back. */
export function drops({ dropped }: State, key: string): boolean {
  return dropped.some((each) => each.key === key);
}

/** Number of the parameter that a key names; -1 where it names a class or a place. */
export function parameterOf(key: string): number {
  return key.startsWith('@') ? Number(key.slice(1)) : -1;
}

/** Keys by list: states share the lists that a step leaves as they are. */
const heldKeys = new WeakMap<readonly Held[], string>();

/** Same locks held and dropped, in the same order, and the same CPU state where that is followed: what tells states apart. */
export function stateKey({ held, dropped, cpu }: State): string {
  if (cpu) return `${stateKey({ ...emptyState, held, dropped })}${cpuKey(cpu)}`;
  if (held.length === 0 && dropped.length === 0) return '';
  let key = heldKeys.get(held);
  if (key === undefined) {
    key = '';
    for (const h of held)
      key += `${lockKey(h.lock)}\u0001${h.lock.place}\u0001${h.mode}\u0001${h.isTry ? 't' : ''}${h.isPrivate ? 'p' : ''}${h.isStale ? 's' : ''};`;
    heldKeys.set(held, key);
  }
  for (const d of dropped) key += `-${droppedKey(d)};`;
  return key;
}

export function droppedKey({ key, mode, kind }: Dropped): string {
  return `${key}\u0001${mode}\u0001${kind}`;
}

/** Adds facts; undefined where they contradict what is known. */
export function assume(state: State, conditions: readonly Condition[]): State | undefined {
  if (conditions.length === 0) return state;
  let facts: Map<string, number> | undefined;
  for (const { key, values } of conditions) {
    const known = valuesOf(facts ?? state.facts, key);
    const now = known & values;
    if (now === 0) return undefined;
    if (now === known) continue;
    facts ??= new Map(state.facts);
    facts.set(key, now);
  }
  return facts ? { ...state, facts } : state;
}

/** What is known of a value. What equals one named constant, as a name of an enumeration, equals no other. */
function valuesOf(facts: ReadonlyMap<string, number>, key: string): number {
  const known = facts.get(key);
  if (known !== undefined) return known;
  const comparison = comparisonOf(key);
  if (comparison) return answerOf(comparison, facts);
  const at = key.indexOf('==');
  if (at < 0 || !isConstantName(key.slice(at + 2))) return ANY;
  const start = key.slice(0, at + 2);
  for (const [other, values] of facts)
    if ((values & ZERO) === 0 && other.startsWith(start) && isConstantName(other.slice(at + 2))) return ZERO;
  return ANY;
}

/** What the known facts answer to a comparison with an integer. */
function answerOf(comparison: Comparison, facts: ReadonlyMap<string, number>): number {
  const { place, mask, equals } = comparison;
  const sign = facts.get(place) ?? ANY;
  if (sign === ZERO) return answerFor(comparison, 0);
  if (equals && !mask && equals.value >= 0 && (sign & signOf(equals.value)) === 0) return ZERO;
  for (const [other, values] of facts) {
    if (!other.startsWith(place)) continue;
    const known = comparisonOf(other);
    if (known?.place !== place) continue;
    const isInteger = known.equals && !known.mask && (values & ZERO) === 0;
    const isMasked = known.mask && !known.equals && !known.below;
    const answer = isInteger
      ? answerFor(comparison, known.equals.value)
      : isMasked
        ? answerForMask(comparison, known.mask.value, values)
        : ANY;
    if (answer !== ANY) return answer;
  }
  return ANY;
}

/** Forgets what depends on a variable or place that gets a new value. */
export function forget(facts: ReadonlyMap<string, number>, target: string): Map<string, number> {
  const kept = new Map<string, number>();
  for (const [key, values] of facts) if (!mentions(key, target)) kept.set(key, values);
  return kept;
}

/** The facts after only some bits of a place have changed. */
export function withBits(facts: ReadonlyMap<string, number>, place: string, mask: Integer, values: number): Map<string, number> {
  const kept = new Map<string, number>();
  for (const [key, known] of facts) {
    const comparison = comparisonOf(key);
    const outlives = comparison?.place === place && outlivesBits(comparison, known, mask.value, values);
    if (outlives || !mentions(key, place) || (key === place && known === ZERO && values === ZERO)) kept.set(key, known);
  }
  if (values !== ANY) kept.set(comparisonKey({ place, mask }), values);
  if ((values & ZERO) === 0) kept.set(place, POSITIVE | NEGATIVE);
  return kept;
}

/** Whether a text has a variable or place in it. */
export function mentions(key: string, target: string): boolean {
  if (target === '') return false;
  let at = key.indexOf(target);
  while (at >= 0) {
    const before = key[at - 1] ?? '';
    const after = key[at + target.length] ?? '';
    if (!/[\w.>]/.test(before) && !/\w/.test(after)) return true;
    at = key.indexOf(target, at + 1);
  }
  return false;
}

/** Whether what is known of a value may not be so any more where a place, or only a bit of it, has another value. */
export function isChangedBy(key: string, target: string): boolean {
  const bits = comparisonOf(target);
  if (!bits?.mask) return mentions(key, target);
  const comparison = comparisonOf(key);
  const outlives = comparison?.place === bits.place && outlivesBits(comparison, ANY, bits.mask.value, ANY);
  return !outlives && mentions(key, bits.place);
}

/** Two states with the same locks become one that knows what both know; undefined when `a` already covers `b`. */
export function join(a: State, b: State): State | undefined {
  let facts: Map<string, number> | undefined;
  for (const [key, values] of a.facts) {
    const union = values | (b.facts.get(key) ?? ANY);
    if (union === values) continue;
    facts ??= new Map(a.facts);
    if (union === ANY) facts.delete(key);
    else facts.set(key, union);
  }
  let fresh: Set<string> | undefined;
  for (const variable of a.fresh) {
    if (b.fresh.has(variable)) continue;
    fresh ??= new Set(a.fresh);
    fresh.delete(variable);
  }
  const isChanged = [...b.changed].some((target) => !a.changed.has(target));
  if (!facts && !fresh && !isChanged) return undefined;
  const changed = isChanged ? new Set([...a.changed, ...b.changed]) : a.changed;
  return { ...a, facts: facts ?? a.facts, fresh: fresh ?? a.fresh, changed };
}
