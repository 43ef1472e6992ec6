import {
  ANY,
  flagsKey,
  isConfigurationKey,
  ZERO,
  type Acquire,
  type Call,
  type CallTarget,
  type FunctionIr,
  type LinkedFunction,
  type LockKind,
  type Program,
  type Sleep,
  type Step,
  type Sync,
} from '../ir/program.ts';
import { contextQuestions, isSleepingRoot } from '../ir/sleep-api.ts';
import { isSubset, merge } from './contexts.ts';
import { both, FactTable, PassedFacts } from './facts.ts';
import { droppedInCaller, flagValues } from './flow.ts';
import { renamed, soleVariable } from './names.ts';
import { droppedKey, lockKey, type Dropped, type State } from './state.ts';
import type { Summaries } from './summaries.ts';

/** A step at which a task may go to sleep. */
export type SleepingStep = Acquire | Sync | Sleep;

/** One way from a function's entry to where it sleeps: a step of its own, or of what it calls. */
export interface SleepWay {
  readonly step: SleepingStep | Call;
  /** How the step is reached. */
  readonly state: State;
  readonly inner?: { readonly target: CallTarget; readonly way: SleepWay };
  /** Parameter whose allocation flags have to allow it; -1 without. */
  readonly flags: number;
  /** What has to be known of the configuration and of the parameters on entry. */
  readonly facts: ReadonlyMap<string, number>;
  /** Locks of the caller's that are given back before. */
  readonly dropped: readonly Dropped[];
  readonly calls: number;
  readonly pointers: number;
}

/** Ways that differ by what they ask of the caller, kept of a function at the most. */
const wayLimit = 8;

/** Locks that a task sleeps for. */
export const sleepingKinds: ReadonlySet<LockKind> = new Set<LockKind>(['mutex', 'rwsem', 'semaphore']);

/** Whether a task waits at a step, or may. */
export function isSleeping(step: Step): step is SleepingStep {
  if (step.kind === 'acquire') return !step.isTry && sleepingKinds.has(step.lock.kind);
  return step.kind === 'sync' || step.kind === 'sleep';
}

/**
 * Which functions may sleep, and on which ways, callees first. Ways are found for those functions that are asked for and
 * what they call. A call by which a circle of calls is closed is not followed.
 */
export class Sleeps {
  private readonly may: Uint8Array;
  private readonly rank: Int32Array;
  private readonly ways: (readonly SleepWay[] | undefined)[];
  private readonly table = new FactTable();
  private readonly passed: PassedFacts;
  private readonly assigned = new WeakMap<FunctionIr, ReadonlySet<string>>();

  constructor(
    private readonly program: Program,
    private readonly summaries: Summaries,
  ) {
    this.passed = new PassedFacts(this.table, program);
    const { length } = program.functions;
    this.may = new Uint8Array(length);
    this.rank = new Int32Array(length);
    this.ways = new Array<readonly SleepWay[] | undefined>(length).fill(undefined);
    for (const [rank, fn] of summaries.calleesFirst.entries()) {
      this.rank[fn.id] = rank;
      if (fn.ir.isHosted) continue;
      const sleeps = fn.ir.steps.some((step) => isSleeping(step) || (step.kind === 'call' && this.targets(step, fn).length > 0));
      if (sleeps) this.may[fn.id] = 1;
    }
  }

  /** What a call may sleep in: a function that was read and is not among the roots, through a pointer that means no other. */
  targets(call: Call, caller: LinkedFunction): readonly CallTarget[] {
    if (call.name !== undefined && isSleepingRoot(call.name)) return [];
    const all = this.program.targets(call, caller);
    if (all.length === 0 || (all.length > 1 && all[0]!.via !== '')) return [];
    return all.filter(({ function: { id } }) => this.may[id] === 1 && this.rank[id]! < this.rank[caller.id]!);
  }

  /** Ways on which a step sleeps that is reached in a state. */
  at(step: SleepingStep | Call, state: State, fn: LinkedFunction): readonly SleepWay[] {
    if (asksContext(state.facts)) return [];
    if (step.kind !== 'call') return this.own(step, state, fn);
    const found: SleepWay[] = [];
    for (const target of this.targets(step, fn)) {
      for (const way of this.of(target.function)) {
        const outer = this.through(step, state, fn, target, way);
        if (outer) found.push(outer);
      }
    }
    return found;
  }

  /** Ways on which a function sleeps. */
  of(fn: LinkedFunction): readonly SleepWay[] {
    const known = this.ways[fn.id];
    if (known) return known;
    const wanted = new Set([fn]);
    for (const each of wanted)
      for (const step of each.ir.steps)
        if (step.kind === 'call')
          for (const target of this.targets(step, each)) if (!this.ways[target.function.id]) wanted.add(target.function);
    for (const each of [...wanted].sort((a, b) => this.rank[a.id]! - this.rank[b.id]!)) this.ways[each.id] = this.find(each);
    return this.ways[fn.id]!;
  }

  private find(fn: LinkedFunction): readonly SleepWay[] {
    const found: SleepWay[] = [];
    for (const [step, states] of this.summaries.wholeFlow(fn).points) {
      if (step.kind !== 'call' && !isSleeping(step)) continue;
      for (const state of states) for (const way of this.at(step, state, fn)) keep(found, way);
    }
    return found.sort(compareWays).slice(0, wayLimit);
  }

  private own(step: SleepingStep, state: State, fn: LinkedFunction): readonly SleepWay[] {
    let flags = -1;
    if (step.kind === 'sleep') {
      if (step.isFault && ((state.facts.get(faultsOff) ?? ANY) & ZERO) === 0) return [];
      const needed = step.flags ? this.neededFlags(step.flags, state, fn) : -1;
      if (needed === undefined) return [];
      flags = needed;
    }
    return [{ step, state, flags, facts: this.onEntry(state, fn), dropped: state.dropped, calls: 0, pointers: 0 }];
  }

  /** -1 where flags allow to sleep; the parameter that tells; undefined where they do not, or nobody knows. */
  private neededFlags(flags: NonNullable<Sleep['flags']>, state: State, fn: LinkedFunction): number | undefined {
    const values = flagValues(flags, state.facts);
    if ((values & ZERO) === 0) return -1;
    if (values !== ANY) return undefined;
    const parameter = fn.ir.parameters.findIndex((name) => flagsKey(name) === flags.key);
    return parameter >= 0 && !this.assignedIn(fn).has(fn.ir.parameters[parameter]!) ? parameter : undefined;
  }

  private through(call: Call, state: State, fn: LinkedFunction, target: CallTarget, way: SleepWay): SleepWay | undefined {
    let flags = -1;
    if (way.flags >= 0) {
      const { variable, flags: written } = call.arguments[way.flags] ?? {};
      const asked = written ?? (variable === undefined ? undefined : { values: ANY, key: flagsKey(variable) });
      const needed = asked && this.neededFlags(asked, state, fn);
      if (needed === undefined) return undefined;
      flags = needed;
    }
    const callee = target.function;
    const there = this.passed.inCallee(this.table.literals(state.facts), call, fn, callee);
    if (!there || !both(there, this.table.literals(way.facts))) return undefined;
    const facts = merge(this.onEntry(state, fn), this.asArguments(way.facts, call, callee, fn));
    if (!facts) return undefined;
    return {
      step: call,
      state,
      inner: { target, way },
      flags,
      facts,
      dropped: droppedBy(call, state, way.dropped),
      calls: way.calls + 1,
      pointers: way.pointers + (target.via === '' ? 0 : 1),
    };
  }

  /** Those facts of a state that held on entry already: of the configuration, and of parameters that never change. */
  private onEntry(state: State, fn: LinkedFunction): ReadonlyMap<string, number> {
    const kept = new Map<string, number>();
    for (const [key, values] of state.facts) {
      const variable = isConfigurationKey(key) ? undefined : soleVariable(key);
      if (isConfigurationKey(key) || (variable !== undefined && this.isSteady(variable, fn))) kept.set(key, values);
    }
    return kept;
  }

  /** What has to be known in a callee, as its caller would know it. */
  private *asArguments(
    facts: ReadonlyMap<string, number>,
    call: Call,
    callee: LinkedFunction,
    caller: LinkedFunction,
  ): Iterable<readonly [string, number]> {
    for (const [key, values] of facts) {
      if (isConfigurationKey(key)) {
        yield [key, values];
        continue;
      }
      const parameter = soleVariable(key) ?? '';
      const variable = call.arguments[callee.ir.parameters.indexOf(parameter)]?.variable;
      if (variable !== undefined && this.isSteady(variable, caller)) yield [renamed(key, parameter, variable), values];
    }
  }

  private isSteady(variable: string, fn: LinkedFunction): boolean {
    return fn.ir.parameters.includes(variable) && !this.assignedIn(fn).has(variable);
  }

  private assignedIn({ ir }: LinkedFunction): ReadonlySet<string> {
    let names = this.assigned.get(ir);
    if (!names) {
      names = new Set(ir.blocks.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'assign' ? [step.target] : []))));
      this.assigned.set(ir, names);
    }
    return names;
  }
}

/** Where it is known whether page faults are off. */
const faultsOff = 'pagefault_disabled()';

/** Whether the code itself has asked if it may sleep. */
export function asksContext(facts: ReadonlyMap<string, number>): boolean {
  for (const key of facts.keys()) if (contextQuestions.test(key)) return true;
  return false;
}

/** Locks of the caller's that are given back when a callee sleeps: by then, here and there. */
function droppedBy(call: Call, state: State, inner: readonly Dropped[]): readonly Dropped[] {
  if (inner.length === 0) return state.dropped;
  const dropped = [...state.dropped];
  const own = state.held.map((held) => lockKey(held.lock));
  for (const { key, mode, kind } of inner) {
    const here = lockKey(droppedInCaller({ key, mode, kind }, call));
    const taken = own.indexOf(here);
    if (taken >= 0) own.splice(taken, 1);
    else dropped.push({ key: here, mode, kind });
  }
  return dropped;
}

/** Adds a way, unless one is known that asks no more of the caller; drops those that ask more. */
function keep(ways: SleepWay[], way: SleepWay): void {
  if (ways.some((known) => covers(known, way))) return;
  const left = ways.filter((known) => !covers(way, known));
  ways.splice(0, ways.length, ...left, way);
}

function covers(a: SleepWay, b: SleepWay): boolean {
  const dropped = new Set(b.dropped.map(droppedKey));
  return (
    (a.flags < 0 || a.flags === b.flags) &&
    compareWays(a, b) <= 0 &&
    isSubset(a.facts, b.facts) &&
    a.dropped.every((lock) => dropped.has(droppedKey(lock)))
  );
}

/** Surer and shorter ways first. */
export function compareWays(a: SleepWay, b: SleepWay): number {
  return a.pointers - b.pointers || a.facts.size - b.facts.size || a.calls - b.calls;
}
