import {
  ANY,
  NEGATIVE,
  POSITIVE,
  ZERO,
  type Condition,
  flagsKey,
  isConfigurationKey,
  isUnknownLock,
  type Acquire,
  type Call,
  type CallTarget,
  type FunctionIr,
  type LinkedFunction,
  type LockKind,
  type LockRef,
  type Mode,
  type Program,
  type Sync,
} from '../ir/program.ts';
import { inCaller, valuesOf } from './flow.ts';
import { lockKey, parameterOf, type Held, type State } from './state.ts';
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
  /** What is known of the configuration, and of what the parameters point to. */
  readonly facts: ReadonlyMap<string, number>;
  readonly caller?: { readonly context: Context; readonly call: Call; readonly via: string; readonly candidates: number };
  /** Calls from the entry function. */
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

/** Ways into a function, by the locks held, that are followed at the most. */
const contextLimit = 48;
/** Ways in with the same locks but other facts; beyond them only the configuration counts. */
const factLimit = 6;
/** Ways in with the same locks but another configuration, together with those. */
const configurationLimit = 12;

export interface Contexts {
  of(fn: LinkedFunction): readonly Context[];
  /** Functions with more ways in than are followed. */
  readonly cut: ReadonlySet<LinkedFunction>;
}

/**
 * Breadth-first over the call graph from functions that nobody calls, so that every chain is a shortest one. `tell` is told of how
 * many functions a way in is known. `apart` tells ways in apart that are the same by their lock classes.
 */
export function findContexts(
  program: Program,
  summaries: Pick<Summaries, 'flow' | 'reaches'>,
  tell: (done: number) => void,
  apart?: (context: Context) => string,
): Contexts {
  const byFunction: (Map<string, Context[]> | undefined)[] = new Array<Map<string, Context[]> | undefined>(program.functions.length).fill(
    undefined,
  );
  const cut = new Set<LinkedFunction>();
  const passing = new Passing();
  let reached = 0;
  let queue: Context[] = [];
  const isEntry = findEntries(program);
  const add = (context: Context): void => {
    const { fn } = context;
    let all = byFunction[fn.id];
    if (!all) {
      byFunction[fn.id] = all = new Map<string, Context[]>();
      reached++;
    }
    const key = apart ? `${contextKey(context)}\0${apart(context)}` : contextKey(context);
    const same = all.get(key) ?? [];
    // A way in that assumes less of the configuration covers this one.
    if (same.some((known) => isSubset(known.facts, context.facts))) return;
    const configuration = configurationOf(context.facts);
    if (same.length >= factLimit && configuration.size < context.facts.size) {
      add({ ...context, facts: configuration });
      return;
    }
    if (same.length >= configurationLimit || (same.length === 0 && all.size >= contextLimit)) {
      cut.add(fn);
      return;
    }
    same.push(context);
    all.set(key, same);
    queue.push(context);
  };
  const root = (fn: LinkedFunction): void => {
    add(rootContext(fn));
  };
  const walk = (): void => {
    while (queue.length > 0) {
      const level = queue;
      queue = [];
      for (const context of level) {
        tell(reached);
        for (const [step, states] of summaries.flow(context.fn).points) {
          if (step.kind !== 'call') continue;
          const entered = context.caller && { call: context.caller.call, by: context.caller.context.fn };
          const targets = program.targets(step, context.fn, entered).filter((t) => summaries.reaches(t.function));
          if (targets.length === 0) continue;
          for (const state of states) {
            const there = enter(context, state);
            if (!there) continue;
            for (const target of targets) {
              const callee = passing.into(target, context, state, step, there);
              if (callee) add(callee);
            }
          }
        }
      }
    }
  };
  for (const fn of program.functions) if (summaries.reaches(fn) && isEntry(fn)) root(fn);
  walk();
  // Only recursion calls these.
  for (const fn of program.functions) {
    if (!summaries.reaches(fn) || byFunction[fn.id]) continue;
    root(fn);
    walk();
  }
  return { of: (fn) => [...(byFunction[fn.id]?.values() ?? [])].flat(), cut };
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
  return { fn, held: [], bound: none, fresh: nobody, facts, depth: 0 };
}

/** Ways into functions by way of calls. Facts are renamed once for all calls that pass them on. */
export class Passing {
  readonly names = new FactNames();

  /** The way into a callee from a state of its caller, with what `enter` says of that; undefined where configurations contradict. */
  into(
    target: CallTarget,
    context: Context,
    state: State,
    call: Call,
    there: { readonly held: readonly HeldLock[]; readonly facts: ReadonlyMap<string, number> },
  ): Context | undefined {
    const fn = target.function;
    const facts = merge(
      this.names.inCallee(there.facts, call, fn),
      fn.ir.conditions.map((c) => [c.key, c.values] as const),
    );
    if (!facts) return undefined;
    const caller = { context, call, via: target.via, candidates: target.candidates };
    return { fn, held: there.held, ...passed(context, state, call), facts, caller, depth: context.depth + 1 };
  }
}

/** Locks held at a state of a function entered in a context; undefined where configurations contradict each other. */
export function enter(context: Context, state: State): { held: readonly HeldLock[]; facts: ReadonlyMap<string, number> } | undefined {
  const facts = merge(context.facts, state.facts);
  if (!facts) return undefined;
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
  return { held: taken.length === 0 && kept.length === context.held.length ? context.held : [...kept, ...taken], facts };
}

/** What the callers hold and this function has not released. */
function withoutDropped(context: Context, state: State): readonly HeldLock[] {
  if (state.dropped.length === 0) return context.held;
  let kept = context.held;
  for (const { key, mode, kind } of state.dropped) {
    const parameter = parameterOf(key);
    const bound = parameter < 0 ? key : context.bound.get(parameter)?.lockClass;
    // Where the caller's code hides which lock a pointer means (`spin_unlock(ptl)`) it is the last of its kind.
    const isHidden = bound === undefined || bound.startsWith('?') || isUnknownLock(bound);
    const isBound = (h: HeldLock): boolean => bind(h.held.lock, h.context).lockClass === bound;
    const same = (h: HeldLock): boolean => (isHidden && !kept.some(isBound) ? h.kind === kind : isBound(h));
    let at = kept.findLastIndex((h) => same(h) && h.mode === mode);
    if (at < 0) at = kept.findLastIndex(same);
    if (at >= 0) kept = kept.toSpliced(at, 1);
  }
  return kept;
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
      const isPrivate = (lock.root !== '' && state.fresh.has(lock.root)) || context.fresh.has(lock.rootParameter);
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
  return new Map([...facts].filter(([key]) => isConfigurationKey(key)));
}

/** Facts as callees see them; the same few conditions are asked for at thousands of calls. */
export class FactNames {
  private readonly variables = new Map<string, string | undefined>();
  private readonly renamed = new Map<string, string>();
  private readonly compared = new WeakMap<FunctionIr, Map<string, Set<string>>>();

  /** Facts that still mean something in a callee: the configuration, and what speaks of one argument only. */
  inCallee(facts: ReadonlyMap<string, number>, call: Call, callee: LinkedFunction): ReadonlyMap<string, number> {
    const there = new Map<string, number>();
    for (const [key, values] of facts) {
      if (isConfigurationKey(key)) {
        there.set(key, values);
        continue;
      }
      const variable = this.soleVariable(key);
      const index = variable === undefined ? -1 : call.arguments.findIndex((argument) => argument.variable === variable);
      const parameter = callee.ir.parameters[index];
      if (variable !== undefined && parameter !== undefined) there.set(this.rename(key, variable, parameter), values);
    }
    for (const [index, argument] of call.arguments.entries()) {
      const parameter = callee.ir.parameters[index];
      const values = argument.values ?? (argument.test ? truthOf(argument.test, facts) : ANY);
      if (values !== ANY && parameter !== undefined) there.set(parameter, values);
      const flags = argument.flags && valuesOf(argument.flags, facts);
      if (flags !== undefined && flags !== ANY && parameter !== undefined) there.set(flagsKey(parameter), flags);
      if (argument.constant !== undefined && parameter !== undefined) there.set(`${parameter}==${argument.constant}`, POSITIVE | NEGATIVE);
    }
    return this.withoutOthers(there, callee);
  }

  /** Where a parameter is one named constant, it is none of the others that the callee compares it with. */
  private withoutOthers(facts: Map<string, number>, callee: LinkedFunction): ReadonlyMap<string, number> {
    for (const [key, values] of [...facts]) {
      const at = key.indexOf('==');
      if (at <= 0 || (values & ZERO) !== 0) continue;
      const parameter = key.slice(0, at);
      for (const other of this.comparedIn(callee).get(parameter) ?? []) if (other !== key) facts.set(other, ZERO);
    }
    return facts;
  }

  /** Comparisons of a function's parameters with named constants, by parameter. */
  private comparedIn({ ir }: LinkedFunction): ReadonlyMap<string, ReadonlySet<string>> {
    let compared = this.compared.get(ir);
    if (compared) return compared;
    this.compared.set(ir, (compared = new Map()));
    for (const block of ir.blocks) {
      for (const { key } of block.next.flatMap((edge) => edge.conditions)) {
        const [, parameter, constant] = /^(\w+)==([A-Z][A-Z0-9_]+)$/.exec(key) ?? [];
        if (parameter === undefined || constant === 'NULL' || !ir.parameters.includes(parameter)) continue;
        const keys = compared.get(parameter);
        if (keys) keys.add(key);
        else compared.set(parameter, new Set([key]));
      }
    }
    return compared;
  }

  /** A fact of one variable as one of another. */
  rename(key: string, variable: string, parameter: string): string {
    if (variable === parameter) return key;
    const id = `${key}\0${parameter}`;
    let name = this.renamed.get(id);
    if (name === undefined) this.renamed.set(id, (name = key.replace(new RegExp(`(?<![\\w.>])${variable}\\b`, 'g'), parameter)));
    return name;
  }

  /** The only variable that a fact speaks of. */
  soleVariable(key: string): string | undefined {
    if (!this.variables.has(key)) this.variables.set(key, soleVariable(key));
    return this.variables.get(key);
  }
}

/** What the known facts make of a condition: ZERO where it cannot hold, nonzero where it must. */
function truthOf({ key, values }: Condition, facts: ReadonlyMap<string, number>): number {
  const known = facts.get(key) ?? ANY;
  if ((known & values) === 0) return ZERO;
  return (known & ~values) === 0 ? POSITIVE | NEGATIVE : ANY;
}

/** The only variable in a condition's text; constants, fields and names of functions do not count. */
function soleVariable(key: string): string | undefined {
  let only: string | undefined;
  for (const match of key.matchAll(/(?<![\w.>@])([a-z_]\w*)(?!\w*\()/gi)) {
    const name = match[1]!;
    if (/^[A-Z0-9_]+$/.test(name) || name === only) continue;
    if (only !== undefined) return undefined;
    only = name;
  }
  return only;
}

/** `struct node.lock/1`: a nested subclass is a lock class of its own, as in /proc/lockdep. */
export function className(lock: LockRef, subclass: string): string {
  if (subclass === '' || lock.lockClass === '') return lock.lockClass;
  return `${lock.lockClass}/${subclass === 'SINGLE_DEPTH_NESTING' ? '1' : subclass}`;
}

/** A lock that the caller passes, by the class it has there. */
export function bind(lock: LockRef, context: Context): LockRef {
  if (lock.lockClass !== '' || lock.parameter < 0) return lock;
  const bound = context.bound.get(lock.parameter);
  return bound ? { ...lock, lockClass: bound.lockClass } : lock;
}

function passed(context: Context, state: State, call: Call): { bound: ReadonlyMap<number, LockRef>; fresh: ReadonlySet<number> } {
  let bound: Map<number, LockRef> | undefined;
  let fresh: Set<number> | undefined;
  for (const [index, argument] of call.arguments.entries()) {
    if (argument.lock) {
      const lock = bind(
        inCaller({ lockClass: '', parameter: index, place: '', root: '', rootParameter: -1, kind: argument.lock.kind }, call),
        context,
      );
      if (lock.lockClass !== '') (bound ??= new Map()).set(index, lock);
    }
    const { variable } = argument;
    if (variable === undefined) continue;
    const parameter = context.fn.ir.parameters.indexOf(variable);
    if (state.fresh.has(variable) || (parameter >= 0 && context.fresh.has(parameter))) (fresh ??= new Set()).add(index);
  }
  return { bound: bound ?? none, fresh: fresh ?? nobody };
}

const none: ReadonlyMap<number, LockRef> = new Map();
const nobody: ReadonlySet<number> = new Set();

/** Both sets of facts; undefined where they contradict each other. */
export function merge(a: ReadonlyMap<string, number>, b: Iterable<readonly [string, number]>): ReadonlyMap<string, number> | undefined {
  let both: Map<string, number> | undefined;
  for (const [key, values] of b) {
    const known = (both ?? a).get(key) ?? ANY;
    const now = known & values;
    if (now === 0) return undefined;
    if (now === known) continue;
    both ??= new Map(a);
    both.set(key, now);
  }
  return both ?? a;
}

/** Whether all that `a` says is also said by `b`. */
export function isSubset(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  for (const [key, values] of a) if (b.get(key) !== values) return false;
  return true;
}

function callsParameter(fn: LinkedFunction): boolean {
  return fn.ir.steps.some((step) => step.kind === 'call' && step.pointer?.some((value) => value.kind === 'parameter'));
}

function contextKey(context: Context): string {
  let key = '';
  for (const h of context.held) key += `${h.lockClass}:${h.mode}${h.isPrivate ? 'p' : ''};`;
  for (const [index, lock] of context.bound) key += `${index}=${lockKey(lock)};`;
  for (const index of context.fresh) key += `f${index};`;
  // What a parameter points to tells ways in apart only where it is called.
  if (context.caller && callsParameter(context.fn))
    key += JSON.stringify(context.caller.call.arguments.map((argument) => argument.functions));
  return key;
}
