import { ANY, type Call, type LinkedFunction, type Program } from '../ir/program.ts';
import { flowOf, isNeutral, type Effects, type Flow } from './flow.ts';
import { emptyState, type State } from './state.ts';

/** Flow of every function, callees first, and which functions can reach a lock at all. */
export interface Summaries {
  flow(fn: LinkedFunction): Flow;
  /** Whether the function, or something it calls, acquires a lock or waits for readers. */
  reaches(fn: LinkedFunction): boolean;
}

/** Flows of functions that did not change, from one analysis to the next. */
export class FlowCache {
  private flows = new Map<string, { flow: Flow; effects: string }>();
  private next = new Map<string, { flow: Flow; effects: string }>();

  get(fn: LinkedFunction, effects: string, compute: () => Flow): Flow {
    const key = `${fn.ir.file}\0${fn.ir.name}\0${fn.ir.range.end}`;
    const known = this.flows.get(key) ?? this.next.get(key);
    const entry = known?.effects === effects && this.irOf.get(known.flow) === fn.ir ? known : { flow: compute(), effects };
    this.irOf.set(entry.flow, fn.ir);
    this.next.set(key, entry);
    return entry.flow;
  }

  /** Ends an analysis: what it did not use is dropped. */
  turn(): void {
    this.flows = this.next;
    this.next = new Map();
  }

  private readonly irOf = new WeakMap<Flow, unknown>();
}

export function summarize(program: Program, cache: FlowCache): Summaries {
  const flows: (Flow | undefined)[] = new Array<Flow | undefined>(program.functions.length).fill(undefined);
  const reaching = new Uint8Array(program.functions.length);
  for (const fn of calleesFirst(program)) {
    const effects: Effects = (call) => {
      const targets = program.targets(call, fn);
      // Through a pointer any of several may run: an effect they do not share is not one.
      if (targets.length > 1 && targets[0]!.via !== '') return [];
      const known = targets.map((target) => ({ fn: target.function, outcomes: flows[target.function.id]?.outcomes ?? [] }));
      if (known.every(({ outcomes }) => isNeutral(outcomes) && (known.length > 1 || outcomes.length < 2))) return [];
      return known.map(({ fn: callee, outcomes }) => ({
        fn: callee,
        outcomes: outcomes.length > 0 ? outcomes : [{ acquired: [], released: [], values: ANY }],
      }));
    };
    let hasLock = false;
    let signature = '';
    for (const step of fn.ir.steps) {
      if (step.kind === 'acquire' || step.kind === 'sync' || step.kind === 'release') {
        hasLock = true;
        if (step.kind !== 'release') reaching[fn.id] = 1;
      }
      if (step.kind !== 'call') continue;
      const of = effects(step);
      if (of.length > 0) {
        hasLock = true;
        signature += `${step.at.start}:${of.map((e) => `${e.fn.ir.file}:${e.fn.ir.name}(${e.outcomes.map((o) => `${o.acquired.map((h) => h.lock.lockClass + h.lock.parameter + h.mode).join()}-${o.released.join()}=${o.values}`).join('|')})`).join('&')};`;
      }
      if (reaching[fn.id] === 0 && program.targets(step, fn).some((target) => reaching[target.function.id] === 1)) reaching[fn.id] = 1;
    }
    flows[fn.id] = hasLock || reaching[fn.id] === 1 ? cache.get(fn, signature, () => flowOf(fn.ir, effects)) : trivialFlow(fn);
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
  return { flow: (fn) => flows[fn.id]!, reaches: (fn) => reaching[fn.id] === 1 };
}

/** A function that reaches no lock: nobody asks under what conditions it calls. */
function trivialFlow(fn: LinkedFunction): Flow {
  const points = new Map<Call, readonly State[]>();
  const entry: State = { ...emptyState, facts: new Map(fn.ir.conditions.map((c) => [c.key, c.values])) };
  for (const step of fn.ir.steps) if (step.kind === 'call') points.set(step, [entry]);
  return { points, outcomes: [], isCut: false };
}

/** Post-order over the call graph; in a cycle some function comes before a callee of its. */
function calleesFirst(program: Program): readonly LinkedFunction[] {
  const order: LinkedFunction[] = [];
  const seen = new Uint8Array(program.functions.length);
  const stack: { fn: LinkedFunction; calls: readonly LinkedFunction[]; at: number }[] = [];
  const enter = (fn: LinkedFunction): void => {
    seen[fn.id] = 1;
    const calls = fn.ir.steps.flatMap((step) => (step.kind === 'call' ? program.targets(step, fn).map((t) => t.function) : []));
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
