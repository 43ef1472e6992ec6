import { StateStore } from './store.ts';
import { StubbornSets } from './stubborn.ts';
import type { System } from './system.ts';

/** How much one lock is waited for, over all states of a scenario. */
export interface LockContention {
  readonly lock: string;
  /** Share of the states in which somebody waits for it, 0 to 1. */
  readonly share: number;
  /** Most threads that wait at once. */
  readonly longestQueue: number;
  /** Most steps that others take while one waits; undefined where there is no bound. */
  readonly longestWait: number | undefined;
}

export interface Contention {
  readonly states: number;
  /** Locks that anybody ever waits for, by name. */
  readonly locks: readonly LockContention[];
  /** Functions that two threads are in at once in some state, and neither waits. */
  readonly together: readonly string[];
}

interface Count {
  states: number;
  queue: number;
  wait: number;
}

/**
 * Looks at every state, without reductions: shares of fewer states would mean nothing. Undefined if there are more states than
 * `limit`.
 */
export function measureContention(system: System, limit: number): Contention | undefined {
  const graph = new StateGraph(system);
  return graph.build(limit) ? graph.measure() : undefined;
}

class StateGraph {
  private readonly store: StateStore;
  private readonly sets: StubbornSets;
  private readonly state: Int32Array;
  private readonly next: Int32Array;
  /** How many steps lead to each state. */
  private readonly entering: number[] = [];
  private readonly counts = new Map<number, Count>();
  private readonly functions: readonly ReadonlySet<string>[];
  private readonly together = new Set<string>();

  constructor(private readonly system: System) {
    this.store = new StateStore(system.words);
    this.sets = new StubbornSets(system);
    this.state = new Int32Array(system.words);
    this.next = new Int32Array(system.words);
    this.functions = system.places.map((place) => new Set(place.functions));
  }

  build(limit: number): boolean {
    if (this.system.initialCount > limit) return false;
    for (let i = 0; i < this.system.initialCount; i++) this.entering[this.store.add(this.system.initialState(i), -1) >> 1] ??= 0;
    for (let number = 0; number < this.store.count; number++) {
      if (this.store.count > limit) return false;
      this.successors(number, (to) => {
        this.entering[to] = (this.entering[to] ?? 0) + 1;
      });
    }
    return true;
  }

  private successors(number: number, visit: (to: number) => void): void {
    const { system, state, next } = this;
    this.store.load(number, state);
    const enabled = this.sets.choose(state, 0, false);
    for (let t = 0; t < system.threads.length; t++) {
      if ((enabled & (1 << t)) === 0) continue;
      const place = system.placeOf(state, 0, t);
      const list = system.alternatives(state, 0, t, place);
      for (let a = system.listStart[list]!; a < system.listStart[list + 1]!; a++) {
        next.set(state);
        system.apply(next, 0, t, place, a);
        visit(this.store.add(next, number) >> 1);
      }
    }
  }

  /** In an order in which every state comes after all that lead to it, so that the longest wait is known when it is passed on. */
  measure(): Contention {
    const threads = this.system.threads.length;
    const waited = new Uint16Array(this.store.count * threads);
    const open = [...this.entering.keys()].filter((n) => this.entering[n] === 0);
    let done = 0;
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      done++;
      const from = number;
      this.look(from, waited);
      this.successors(from, (to) => {
        for (let t = 0; t < threads; t++) {
          const length = waited[from * threads + t]!;
          if (length > waited[to * threads + t]!) waited[to * threads + t] = length;
        }
        const left = this.entering[to]! - 1;
        this.entering[to] = left;
        if (left === 0) open.push(to);
      });
    }
    const isBounded = done === this.store.count;
    // Loops are left out of the order: their states are counted, their waits have no bound.
    if (!isBounded) for (const [number, left] of this.entering.entries()) if (left > 0) this.look(number, waited);
    const { locks, variables } = this.system.setup.memory;
    return {
      states: this.store.count,
      locks: [...this.counts]
        .map(([field, count]) => ({
          lock: locks[field - variables.length]!.name,
          share: count.states / this.store.count,
          longestQueue: count.queue,
          longestWait: isBounded ? count.wait : undefined,
        }))
        .sort((a, b) => b.share - a.share || (a.lock < b.lock ? -1 : 1)),
      together: [...this.together].sort(),
    };
  }

  /** Counts one state, and lets those that wait in it have waited one step more. */
  private look(number: number, waited: Uint16Array): void {
    const { system, state } = this;
    const threads = system.threads.length;
    this.store.load(number, state);
    this.sets.choose(state, 0, false);
    const queues = new Map<number, number>();
    let running = 0;
    for (let t = 0; t < threads; t++) {
      const place = system.placeOf(state, 0, t);
      const step = system.places[place]!.step;
      if (!this.sets.waits(t)) {
        waited[number * threads + t] = 0;
        if (step) running |= 1 << t;
        continue;
      }
      const field =
        step?.kind === 'sync'
          ? system.setup.memory.variables.length + system.field[place]!
          : step?.kind === 'acquire'
            ? system.field[place]!
            : -1;
      if (field < 0) continue;
      const length = Math.min(++waited[number * threads + t]!, 0xffff);
      queues.set(field, (queues.get(field) ?? 0) + 1);
      const count = this.counts.get(field) ?? { states: 0, queue: 0, wait: 0 };
      this.counts.set(field, { ...count, wait: Math.max(count.wait, length - 1) });
    }
    for (const [field, queue] of queues) {
      const count = this.counts.get(field)!;
      count.states++;
      count.queue = Math.max(count.queue, queue);
    }
    this.meet(running);
  }

  private meet(running: number): void {
    const { system, state } = this;
    for (let t = 0; t < system.threads.length; t++) {
      if ((running & (1 << t)) === 0) continue;
      const own = this.functions[system.placeOf(state, 0, t)]!;
      for (let u = t + 1; u < system.threads.length; u++) {
        if ((running & (1 << u)) === 0) continue;
        for (const name of this.functions[system.placeOf(state, 0, u)]!) if (own.has(name)) this.together.add(name);
      }
    }
  }
}
