import { calledBy } from './call-graph.ts';
import { ANY, type Assert, type Call, type FunctionIr, type LinkedFunction, type Program } from '../ir/program.ts';
import { flowOf, isNeutral, type Effect, type Effects, type Flow, type Outcome } from './flow.ts';
import { emptyState, type State } from './state.ts';
import { withoutGivenUnread } from './unread-givers.ts';

/** Flow of every function, callees first, and which functions can reach a lock at all. */
export interface Summaries {
  flow(fn: LinkedFunction): Flow;
  /** The same, and of a function in which nothing is locked or given back also what is known at its steps. */
  wholeFlow(fn: LinkedFunction): Flow;
  /** What the calls of a function do to its locks. */
  effects(fn: LinkedFunction): Effects;
  /** Whether the function, or something it calls, acquires a lock, waits for others, or ends a wait. */
  reaches(fn: LinkedFunction): boolean;
  /** All functions: what is called before what calls it, but for one call of each circle. */
  readonly calleesFirst: readonly LinkedFunction[];
}

/** A flow, with all it was computed from. */
interface Computed {
  readonly flow: Flow;
  /** Of each call, in their order. */
  readonly effects: readonly (readonly Effect[])[];
}

/** Flows of functions that did not change, from one analysis to the next. */
export class FlowCache {
  private flows = new Map<FunctionIr, Computed>();
  private next = new Map<FunctionIr, Computed>();

  /** Effects are compared by identity: one that was computed anew is another one. */
  get(ir: FunctionIr, effects: Computed['effects'], compute: () => Flow): Flow {
    const known = this.next.get(ir) ?? this.flows.get(ir);
    const entry = known && areSame(known.effects, effects) ? known : { flow: compute(), effects };
    this.next.set(ir, entry);
    return entry.flow;
  }

  /** Takes over what another cache has: a flow is of its IR, whatever program that is in. */
  adopt(other: FlowCache): void {
    for (const [ir, computed] of other.flows) if (!this.flows.has(ir)) this.flows.set(ir, computed);
  }

  /** Ends an analysis: what it did not use is dropped. */
  turn(): void {
    this.flows = this.next;
    this.next = new Map();
  }
}

function areSame(a: Computed['effects'], b: Computed['effects']): boolean {
  return a.every((of, call) => {
    const other = b[call]!;
    return of.length === other.length && of.every(({ ir, outcomes }, i) => ir === other[i]!.ir && outcomes === other[i]!.outcomes);
  });
}

/** What a call does whose function never returns, or is looked at later: the locks are as they were. */
const untouched: readonly Outcome[] = [{ acquired: [], released: [], values: ANY }];

export function summarize(program: Program, cache: FlowCache, stop?: () => void): Summaries {
  const flows: (Flow | undefined)[] = new Array<Flow | undefined>(program.functions.length).fill(undefined);
  const reaching = new Uint8Array(program.functions.length);
  const isTrivial = new Uint8Array(program.functions.length);
  const effectsIn = (fn: LinkedFunction): Effects => {
    return (call) => {
      const targets = program.targets(call, fn);
      // Through a pointer any of several may run: an effect they do not share is not one.
      if (targets.length > 1 && targets[0]!.via !== '') return [];
      const known = targets.map((target) => ({ ir: target.function.ir, outcomes: flows[target.function.id]?.outcomes ?? [] }));
      if (known.every(({ outcomes }) => isNeutral(outcomes) && (known.length > 1 || outcomes.length < 2))) return [];
      return known.map(({ ir, outcomes }) => ({ ir, outcomes: outcomes.length > 0 ? outcomes : untouched }));
    };
  };
  const order = calleesFirst(program);
  for (const fn of order) {
    stop?.();
    const effects = effectsIn(fn);
    let hasLock = false;
    const all: (readonly Effect[])[] = [];
    for (const step of fn.ir.steps) {
      if (step.kind === 'await' || step.kind === 'complete') reaching[fn.id] = 1;
      if (step.kind === 'acquire' || step.kind === 'sync' || step.kind === 'release') {
        hasLock = true;
        if (step.kind !== 'release') reaching[fn.id] = 1;
      }
      if (step.kind !== 'call') continue;
      const possible = effects(step);
      all.push(possible);
      if (possible.length > 0) hasLock = true;
      if (reaching[fn.id] === 0 && program.targets(step, fn).some((target) => reaching[target.function.id] === 1)) reaching[fn.id] = 1;
    }
    isTrivial[fn.id] = hasLock || reaching[fn.id] === 1 ? 0 : 1;
    flows[fn.id] =
      isTrivial[fn.id] === 1
        ? trivialFlow(fn.ir)
        : withoutGivenUnread(
            fn,
            cache.get(fn.ir, all, () => flowOf(fn.ir, effects)),
            effects,
            (call) => program.targets(call, fn).length === 0,
          );
  }
  // Recursion: what a cycle of calls reaches, all of it reaches.
  for (let changed = true; changed;) {
    changed = false;
    for (const fn of program.functions) {
      if (reaching[fn.id] === 1) continue;
      const reaches = fn.ir.steps.some(
        (step) => step.kind === 'call' && program.targets(step, fn).some((t) => reaching[t.function.id] === 1),
      );
      if (!reaches) continue;
      reaching[fn.id] = 1;
      changed = true;
    }
  }
  cache.turn();
  const flow = (fn: LinkedFunction): Flow => flows[fn.id]!;
  const wholeFlow = (fn: LinkedFunction): Flow => (isTrivial[fn.id] === 1 ? locklessFlow(fn.ir) : flow(fn));
  return { flow, wholeFlow, effects: effectsIn, reaches: (fn) => reaching[fn.id] === 1, calleesFirst: order };
}

/** Each depends on its function alone. */
const lockless = new WeakMap<FunctionIr, Flow>();
const trivial = new WeakMap<FunctionIr, Flow>();

function locklessFlow(ir: FunctionIr): Flow {
  let flow = lockless.get(ir);
  if (!flow) lockless.set(ir, (flow = flowOf(ir, () => [])));
  return flow;
}

/** A function that reaches no lock: nobody asks under what conditions it calls. */
function trivialFlow(ir: FunctionIr): Flow {
  let flow = trivial.get(ir);
  if (flow) return flow;
  const points = new Map<Assert | Call, readonly State[]>();
  const entry: State = { ...emptyState, facts: new Map(ir.conditions.map((c) => [c.key, c.values])) };
  for (const step of ir.steps) if (step.kind === 'call' || step.kind === 'assert') points.set(step, [entry]);
  trivial.set(ir, (flow = { points, outcomes: [], exits: [], isCut: false }));
  return flow;
}

/** Post-order over the call graph; in a cycle some function comes before a callee of its. */
function calleesFirst(program: Program): readonly LinkedFunction[] {
  const order: LinkedFunction[] = [];
  const seen = new Uint8Array(program.functions.length);
  const stack: { fn: LinkedFunction; calls: readonly LinkedFunction[]; at: number }[] = [];
  const enter = (fn: LinkedFunction): void => {
    seen[fn.id] = 1;
    const calls = calledBy(fn, program);
    stack.push({ fn, calls, at: 0 });
  };
  for (const root of program.functions) {
    if (seen[root.id] === 0) enter(root);
    for (let top = stack[stack.length - 1]; top; top = stack[stack.length - 1]) {
      const callee = top.calls[top.at++];
      if (callee === undefined) {
        order.push(top.fn);
        stack.pop();
      } else if (seen[callee.id] === 0) enter(callee);
    }
  }
  return order;
}
