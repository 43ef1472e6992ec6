import {
  ANY,
  isConfigurationKey,
  isUnknownLock,
  type Acquire,
  type Call,
  type CallTarget,
  type Cpu,
  type LinkedFunction,
  type LockKind,
  type LockRef,
  type Mode,
  type Program,
  type Sync,
} from '../ir/program.ts';
import { cpuOf } from './cpus.ts';
import { both, FactTable, Facts, PassedFacts } from './facts.ts';
import { inCaller } from './flow.ts';
import { fitsMode, isChangedBy, parameterOf, type Held, type State } from './state.ts';
import type { Summaries } from './summaries.ts';

/** A lock held at a point, with the call chain's context it was taken in. */
export interface HeldLock {
  readonly lockClass: string;
  readonly kind: LockKind;
  readonly mode: Mode;
  readonly isTry: boolean;
  readonly isPrivate: boolean;
  readonly place: string;
  readonly fn: LinkedFunction;
  readonly held: Held;
  readonly context: Context;
}

/** One way to enter a function: what its callers hold, and the shortest chain of calls that does so. */
export interface Context {
  readonly fn: LinkedFunction;
  readonly held: readonly HeldLock[];
  /** Lock classes of parameters that are locks. */
  readonly bound: ReadonlyMap<number, LockRef>;
  /** Parameters whose object nobody else can reach. */
  readonly fresh: ReadonlySet<number>;
  /** Parameters that lead to what each CPU has of its own. */
  readonly cpus: ReadonlyMap<number, Cpu>;
  /** What is known of the configuration, and of what the parameters point to. */
  readonly facts: ReadonlyMap<string, number>;
  readonly caller?: { readonly context: Context; readonly call: Call } & Pick<CallTarget, 'via' | 'candidates' | 'doubt'>;
  /** The function that the way begins with. */
  readonly entry: LinkedFunction;
  /** Calls from there. */
  readonly depth: number;
}

/** A lock about to be taken, or readers about to be waited for, with everything held there. */
export interface Arrival {
  readonly step: Acquire | Sync;
  readonly lockClass: string;
  readonly mode: Mode;
  readonly isPrivate: boolean;
  readonly held: readonly HeldLock[];
  /** Configuration the way to it assumes. */
  readonly config: ReadonlyMap<string, number>;
  readonly context: Context;
}

export interface Contexts {
  of(fn: LinkedFunction): readonly Context[];
  /** Functions with more ways in than are followed. */
  readonly cut: ReadonlySet<LinkedFunction>;
}

/** Tells entries from functions that something else calls. */
export function findEntries(program: Program): (fn: LinkedFunction) => boolean {
  const called = new Uint8Array(program.functions.length);
  const calledByPointer = new Uint8Array(program.functions.length);
  for (const fn of program.functions) {
    for (const step of fn.ir.steps) {
      if (step.kind !== 'call') continue;
      for (const target of program.targets(step, fn)) {
        if (target.function !== fn) called[target.function.id] = 1;
        if (target.via !== '') calledByPointer[target.function.id] = 1;
      }
    }
  }
  // What is kept in a pointer that nothing here calls is called from elsewhere: a file operation, a work item.
  return (fn) => called[fn.id] === 0 || (calledByPointer[fn.id] === 0 && program.enteredBy(fn).length > 0);
}

/** The way into an entry: nothing is held, and nothing is known but the configuration it is defined under. */
export function rootContext(fn: LinkedFunction): Context {
  const facts = new Map(fn.ir.conditions.map((c) => [c.key, c.values]));
  return { fn, held: [], bound: none, fresh: nobody, cpus: noCpus, facts, entry: fn, depth: 0 };
}

/** Where a way begins. */
export function beginningOf(context: Context): Context {
  let first = context;
  while (first.caller) first = first.caller.context;
  return first;
}

/** Ways into functions by way of calls. Facts are renamed once for all calls that pass them on. */
export class Passing {
  readonly table = new FactTable();
  readonly facts: PassedFacts;

  constructor(program: Pick<Program, 'targets'>) {
    this.facts = new PassedFacts(this.table, program);
  }

  /** The way into a callee from a state of its caller, with what `enter` says of that; undefined where configurations contradict. */
  into(
    target: CallTarget,
    context: Context,
    state: State,
    call: Call,
    there: { readonly held: readonly HeldLock[]; readonly facts: ReadonlyMap<string, number> },
  ): Context | undefined {
    const fn = target.function;
    const literals = this.facts.inCallee(this.table.literals(there.facts), call, context.fn, fn);
    if (!literals) return undefined;
    const facts = this.table.of(literals);
    const caller = { ...target, context, call };
    return { fn, held: there.held, ...passed(context, state, call), facts, caller, entry: context.entry, depth: context.depth + 1 };
  }
}

/** Locks held at a state of a function entered in a context; undefined where configurations contradict each other. */
export function enter(context: Context, state: State): { held: readonly HeldLock[]; facts: ReadonlyMap<string, number> } | undefined {
  const facts = merge(factsLeft(context, state), state.facts);
  return facts && { held: heldAt(context, state), facts };
}

/** What was known on entry and still is. */
function factsLeft({ facts }: Context, { changed }: State): ReadonlyMap<string, number> {
  if (changed.size === 0) return facts;
  if (facts instanceof Facts) return facts.table.of(facts.table.without(facts.literals, changed));
  return new Map([...facts].filter(([key]) => ![...changed].some((target) => isChangedBy(key, target))));
}

/** Locks held at a state of a function entered in a context. */
export function heldAt(context: Context, state: Pick<State, 'held' | 'dropped'>): readonly HeldLock[] {
  const kept = withoutDropped(context, state);
  const taken = state.held.flatMap((held): HeldLock[] => {
    const lock = bind(held.lock, context);
    if (lock.lockClass === '') return [];
    const isPrivate = held.isPrivate || context.fresh.has(lock.rootParameter);
    return [
      {
        lockClass: className(lock, held.subclass),
        kind: held.lock.kind,
        mode: held.mode,
        isTry: held.isTry,
        isPrivate,
        place: lock.place,
        fn: context.fn,
        held,
        context,
      },
    ];
  });
  return taken.length === 0 && kept.length === context.held.length ? context.held : [...kept, ...taken];
}

/** What the callers hold and this function has not released. */
function withoutDropped(context: Context, state: Pick<State, 'dropped'>): readonly HeldLock[] {
  if (state.dropped.length === 0) return context.held;
  let kept = context.held;
  for (const dropped of state.dropped) {
    const { key, kind } = dropped;
    const parameter = parameterOf(key);
    const bound = parameter < 0 ? key : context.bound.get(parameter)?.lockClass;
    // Where the caller's code hides which lock a pointer means (`spin_unlock(ptl)`) it is the last of its kind.
    const isHidden = bound === undefined || bound.startsWith('?') || isUnknownLock(bound);
    const isBound = (h: HeldLock): boolean => bind(h.held.lock, h.context).lockClass === bound;
    const same = (h: HeldLock): boolean => (isHidden && !kept.some(isBound) ? h.kind === kind : isBound(h));
    let at = kept.findLastIndex((h) => same(h) && fitsMode(dropped, h));
    if (at < 0) at = kept.findLastIndex(same);
    if (at >= 0) kept = kept.toSpliced(at, 1);
  }
  return kept;
}

/** Whether the object with a lock was made on this way, and nobody else can have come to it. */
export function isFresh({ root, rootParameter }: Pick<LockRef, 'root' | 'rootParameter'>, state: State, context: Context): boolean {
  return (root !== '' && state.fresh.has(root)) || context.fresh.has(rootParameter);
}

/** Every acquisition and wait in a context. */
export function arrivalsIn(context: Context, summaries: Summaries): readonly Arrival[] {
  const arrivals: Arrival[] = [];
  for (const [step, states] of summaries.flow(context.fn).points) {
    if (step.kind !== 'acquire' && step.kind !== 'sync') continue;
    const lock = bind(step.lock, context);
    if (lock.lockClass === '') continue;
    for (const state of states) {
      const entered = enter(context, state);
      if (!entered) continue;
      const isPrivate = isFresh(lock, state, context);
      const subclass = step.kind === 'acquire' ? step.subclass : '';
      arrivals.push({
        step,
        lockClass: className(lock, subclass),
        mode: step.kind === 'acquire' ? step.mode : 'exclusive',
        isPrivate,
        held: entered.held,
        config: configurationOf(entered.facts),
        context,
      });
    }
  }
  return arrivals;
}

/** Those facts that hold throughout a chain of calls. */
export function configurationOf(facts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return facts instanceof Facts ? facts.configuration : new Map([...facts].filter(([key]) => isConfigurationKey(key)));
}

/** `struct node.lock/1`: a nested subclass is a lock class of its own, as in /proc/lockdep. */
export function className(lock: LockRef, subclass: string): string {
  if (subclass === '' || lock.lockClass === '') return lock.lockClass;
  return `${lock.lockClass}/${subclass === 'SINGLE_DEPTH_NESTING' ? '1' : subclass}`;
}

/** `struct node.lock/1` is documented as `struct node.lock`. */
export function withoutSubclass(lockClass: string): string {
  return lockClass.replace(/\/\w+$/, '');
}

/** A lock that the caller passes, by the class it has there. */
export function bind(lock: LockRef, context: Context): LockRef {
  if (lock.lockClass !== '' || lock.parameter < 0) return lock;
  const bound = context.bound.get(lock.parameter);
  return bound ? { ...lock, lockClass: bound.lockClass } : lock;
}

/** What a call passes of locks, of objects that nobody else can reach and of what CPUs have, by the parameter they become. */
export function passed(context: Context, state: State, call: Call): Pick<Context, 'bound' | 'fresh' | 'cpus'> {
  let bound: Map<number, LockRef> | undefined;
  let fresh: Set<number> | undefined;
  let cpus: Map<number, Cpu> | undefined;
  for (const [index, argument] of call.arguments.entries()) {
    if (argument.lock) {
      const lock = bind(
        inCaller({ lockClass: '', parameter: index, place: '', root: '', rootParameter: -1, kind: argument.lock.kind }, call),
        context,
      );
      const cpu = cpuOf(lock, context);
      if (lock.lockClass !== '') (bound ??= new Map()).set(index, cpu ? { ...lock, cpu } : lock);
    }
    const { variable } = argument;
    const parameter = variable === undefined ? -1 : context.fn.ir.parameters.indexOf(variable);
    const cpu = argument.cpu ?? context.cpus.get(parameter);
    if (cpu) (cpus ??= new Map()).set(index, cpu);
    if (variable === undefined) continue;
    if (state.fresh.has(variable) || (parameter >= 0 && context.fresh.has(parameter))) (fresh ??= new Set()).add(index);
  }
  return { bound: bound ?? none, fresh: fresh ?? nobody, cpus: cpus ?? noCpus };
}

export const none: ReadonlyMap<number, LockRef> = new Map();
export const nobody: ReadonlySet<number> = new Set();
export const noCpus: ReadonlyMap<number, Cpu> = new Map();

/** Both sets of facts; undefined where they contradict each other. */
export function merge(a: ReadonlyMap<string, number>, b: Iterable<readonly [string, number]>): ReadonlyMap<string, number> | undefined {
  if (a instanceof Facts && b instanceof Map) {
    const literals = both(a.literals, a.table.literals(b));
    return literals && a.table.of(literals);
  }
  let merged: Map<string, number> | undefined;
  for (const [key, values] of b) {
    const known = (merged ?? a).get(key) ?? ANY;
    const now = known & values;
    if (now === 0) return undefined;
    if (now === known) continue;
    merged ??= new Map(a);
    merged.set(key, now);
  }
  return merged ?? a;
}

/** Whether all that `a` says is also said by `b`. */
export function isSubset(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  for (const [key, values] of a) if (b.get(key) !== values) return false;
  return true;
}
