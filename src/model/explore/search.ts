import { brokenFinal } from './finals.ts';
import { RunError } from './run-error.ts';
import { StateStore } from './store.ts';
import { StubbornSets } from './stubborn.ts';
import type { System } from './system.ts';

export interface Limits {
  /** States; unlimited if absent. */
  readonly states?: number;
  /** Bytes for threads, states and their index; unlimited if absent. */
  readonly memory?: number;
}

export interface SearchOptions {
  readonly isReduced: boolean;
  readonly limits: Limits;
  readonly wantsDeadlocks: boolean;
  /** Threads that take steps at all, as a mask; the others stay where they start. All if absent. */
  readonly only?: number;
  /** Called about every 20,000 states; may throw to stop. */
  readonly progress?: (progress: Progress) => void;
  /** Gets a 1 for each place that some thread comes to. */
  readonly reached?: Uint8Array;
}

export interface Progress {
  readonly states: number;
  readonly transitions: number;
  /** Bytes. */
  readonly memory: number;
  /** Steps from the start, of the states being looked at. */
  readonly depth: number;
}

/** One step of a run: the thread that takes it, and which of its alternatives. */
export interface Move {
  readonly thread: number;
  readonly alternative: number;
}

/** What ended a search early. */
export type Found =
  | { readonly kind: 'violation'; readonly thread: number; readonly moves: readonly Move[]; readonly initial: number }
  | { readonly kind: 'deadlock'; readonly threads: number; readonly moves: readonly Move[]; readonly initial: number }
  | { readonly kind: 'final'; readonly final: number; readonly moves: readonly Move[]; readonly initial: number };

export interface SearchResult extends Progress {
  readonly found?: Found;
  /** The limit that was reached: not all states were seen. */
  readonly limit?: 'states' | 'memory';
}

/** Steps without a choice that are run through at once. */
const chainLimit = 10_000;

/**
 * Breadth-first over the states of a system. With reduction, states where only one thing can happen are run through and not
 * kept. Ends at the first violation.
 */
export class Search {
  private readonly store: StateStore;
  private readonly sets: StubbornSets;
  private readonly current: Int32Array;
  private readonly next: Int32Array;
  private transitions = 0;
  private depth = 0;

  constructor(
    private readonly system: System,
    private readonly options: SearchOptions,
  ) {
    const { states, memory = Infinity } = options.limits;
    this.store = new StateStore(system.words, states, memory - system.bytes);
    this.sets = new StubbornSets(system);
    this.current = new Int32Array(system.words);
    this.next = new Int32Array(system.words);
  }

  run(): SearchResult {
    const { store, options } = this;
    for (let i = 0; i < this.system.initialCount && store.cut === undefined; i++) {
      const initial = this.system.initialState(i);
      for (let t = 0; t < this.system.threads.length; t++)
        if (this.system.hasViolation[this.system.placeOf(initial, 0, t)] === 1)
          return this.result({ kind: 'violation', thread: t, moves: [], initial: i });
      store.add(initial, -1);
      if (options.reached) for (let t = 0; t < this.system.threads.length; t++) options.reached[this.system.placeOf(initial, 0, t)] = 1;
    }
    let levelEnd = store.count;
    for (let number = 0; number < store.count; number++) {
      if (number === levelEnd) {
        this.depth++;
        levelEnd = store.count;
      }
      if (number % 20_000 === 19_999) options.progress?.(this.progress());
      const found = this.expand(number);
      if (found) return this.result(found);
      if (store.cut) return { ...this.progress(), limit: store.cut };
    }
    return this.progress();
  }

  private progress(): Progress {
    return { states: this.store.count, transitions: this.transitions, memory: this.store.bytes, depth: this.depth };
  }

  private result(found: Found): SearchResult {
    return { ...this.progress(), found };
  }

  /** Keeps every state that can come next; what is wrong here or on the way, if anything is. */
  private expand(number: number): Found | undefined {
    const { system, store, sets, current, next } = this;
    store.load(number, current);
    const chosen = sets.choose(current, 0, this.options.isReduced) & (this.options.only ?? -1);
    const ended = this.atRest(current, chosen, () => this.pathTo(number));
    if (ended) return ended;
    for (let t = 0; t < system.threads.length; t++) {
      if ((chosen & (1 << t)) === 0) continue;
      const place = system.placeOf(current, 0, t);
      const list = system.alternatives(current, 0, t, place);
      for (let a = system.listStart[list]!; a < system.listStart[list + 1]!; a++) {
        next.set(current);
        system.apply(next, 0, t, place, a);
        this.transitions++;
        const found = this.follow(next, t, number, { thread: t, alternative: a });
        if (found) return found;
      }
    }
    return undefined;
  }

  private waiting(): number {
    let waiting = 0;
    for (let t = 0; t < this.system.threads.length; t++) if (this.sets.waits(t)) waiting |= 1 << t;
    return waiting;
  }

  /** Runs through steps without a choice, and keeps the state where there is one again. */
  private follow(state: Int32Array, mover: number, parent: number, first: Move): Found | undefined {
    const { system, sets } = this;
    const path = (): readonly Move[] => [...this.pathTo(parent).moves, ...this.retrace(parent, first, chain)];
    let chain = 0;
    for (let thread = mover; ; chain++) {
      if (this.options.reached) this.options.reached[system.placeOf(state, 0, thread)] = 1;
      if (system.hasViolation[system.placeOf(state, 0, thread)] === 1)
        return { kind: 'violation', thread, moves: path(), initial: this.pathTo(parent).initial };
      if (!this.options.isReduced || chain >= chainLimit) break;
      const chosen = sets.choose(state, 0, true);
      if (this.options.wantsDeadlocks && sets.waits(thread)) {
        const stuck = sets.stuck(state, 0, chosen === 0);
        if (stuck !== 0) return { kind: 'deadlock', threads: stuck, moves: path(), initial: this.pathTo(parent).initial };
      }
      if (chosen === 0 || (chosen & (chosen - 1)) !== 0) break;
      const t = 31 - Math.clz32(chosen);
      const place = system.placeOf(state, 0, t);
      const list = system.alternatives(state, 0, t, place);
      const alternative = system.listStart[list]!;
      if (system.listStart[list + 1]! !== alternative + 1) break;
      system.apply(state, 0, t, place, alternative);
      this.transitions++;
      thread = t;
    }
    this.store.add(state, parent);
    return undefined;
  }

  /** What is to be said of a state where nothing can happen, or somebody waits in vain. */
  private atRest(state: Int32Array, chosen: number, path: () => { moves: readonly Move[]; initial: number }): Found | undefined {
    const mayBeStuck = chosen === 0 || this.options.wantsDeadlocks;
    const stuck = mayBeStuck && this.waiting() !== 0 ? this.sets.stuck(state, 0, chosen === 0) : 0;
    if (stuck !== 0) return this.options.wantsDeadlocks ? { kind: 'deadlock', threads: stuck, ...path() } : undefined;
    // A deadlock is no end that a scenario says anything of.
    if (chosen !== 0 || this.options.only !== undefined) return undefined;
    const final = brokenFinal(this.system, state);
    return final < 0 ? undefined : { kind: 'final', final, ...path() };
  }

  /** Moves from an initial state to one that was kept, found again from each to the next. */
  private pathTo(number: number): { readonly moves: readonly Move[]; readonly initial: number } {
    const numbers = [number];
    for (let n = number; this.store.parent(n) >= 0; n = this.store.parent(n)) numbers.unshift(this.store.parent(n));
    const moves: Move[] = [];
    for (const [i, from] of numbers.entries()) {
      const to = numbers[i + 1];
      if (to !== undefined) moves.push(...this.movesBetween(from, to));
    }
    const start = new Int32Array(this.system.words);
    this.store.load(numbers[0]!, start);
    return { moves, initial: this.system.initialNumber(start) };
  }

  private movesBetween(from: number, to: number): readonly Move[] {
    const { system } = this;
    const state = new Int32Array(system.words);
    const target = new Int32Array(system.words);
    this.store.load(to, target);
    this.store.load(from, state);
    const chosen = this.sets.choose(state, 0, this.options.isReduced) & (this.options.only ?? -1);
    for (let t = 0; t < system.threads.length; t++) {
      if ((chosen & (1 << t)) === 0) continue;
      this.store.load(from, state);
      const list = system.alternatives(state, 0, t, system.placeOf(state, 0, t));
      for (let a = system.listStart[list]!; a < system.listStart[list + 1]!; a++) {
        const moves = this.retrace(from, { thread: t, alternative: a }, Infinity, target);
        if (moves.length > 0) return moves;
      }
    }
    throw new RunError('a state was not found again');
  }

  /** The moves of a chain: `length` of them after the first, or up to a state; none if the chain does not end there. */
  private retrace(from: number, first: Move, length: number, target?: Int32Array): readonly Move[] {
    const { system } = this;
    const state = new Int32Array(system.words);
    this.store.load(from, state);
    const moves = [first];
    system.apply(state, 0, first.thread, system.placeOf(state, 0, first.thread), first.alternative);
    for (;;) {
      if (!target && moves.length > length) return moves;
      const chosen = this.options.isReduced && moves.length <= chainLimit ? this.sets.choose(state, 0, true) : 0;
      const t = 31 - Math.clz32(chosen);
      const place = chosen === 0 ? 0 : system.placeOf(state, 0, t);
      const list = chosen === 0 ? -1 : system.alternatives(state, 0, t, place);
      const isEnd = chosen === 0 || (chosen & (chosen - 1)) !== 0 || system.listStart[list + 1]! !== system.listStart[list]! + 1;
      if (isEnd) return target?.every((word, w) => word === state[w]) ? moves : [];
      const alternative = system.listStart[list]!;
      system.apply(state, 0, t, place, alternative);
      moves.push({ thread: t, alternative });
    }
  }
}
