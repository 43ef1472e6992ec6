import { Futures } from './futures.ts';
import { READ } from './operation.ts';
import { END, type System } from './system.ts';
import { Waits } from './waits.ts';

/**
 * Chooses, in each state, threads whose next steps are enough to explore: a stubborn set (A. Valmari, "Stubborn sets for
 * reduced state space generation", 1990). Every deadlock and every broken claim that can be reached still is.
 *
 * An operation that another can only disturb while holding a lock that is held here needs nobody else, and one that waits
 * for a lock needs its holder alone.
 */
export class StubbornSets {
  private readonly futures: Futures;
  /** Places from which a thread may come back to where it was: taken without the others, they could be put off for ever. */
  private readonly closesLoop: Uint8Array;
  private readonly threads: number;
  private readonly waiting: Waits;
  private readonly place: Int32Array;
  private readonly isEnabled: Uint8Array;

  constructor(private readonly system: System) {
    const known = ahead.get(system) ?? lookAhead(system);
    ahead.set(system, known);
    this.futures = known.futures;
    this.closesLoop = known.closesLoop;
    this.threads = system.threads.length;
    this.waiting = new Waits(system, known.futures.held);
    this.place = this.waiting.place;
    this.isEnabled = this.waiting.isEnabled;
  }

  /** Threads to go on with, as a mask: of all that are enabled, if `isReduced` is false. 0 if none is. */
  choose(states: Int32Array, at: number, isReduced: boolean): number {
    const enabled = this.waiting.look(states, at);
    if (!isReduced || (enabled & (enabled - 1)) === 0) return enabled;
    let best = enabled;
    let fewest = bits(enabled);
    for (let t = 0; t < this.threads && fewest > 1; t++) {
      if (this.isEnabled[t] === 0) continue;
      const chosen = this.close(t, states, at) & enabled;
      const count = bits(chosen);
      if (count >= fewest || this.couldIgnore(chosen)) continue;
      best = chosen;
      fewest = count;
    }
    return best;
  }

  private couldIgnore(chosen: number): boolean {
    for (let t = 0; t < this.threads; t++) if ((chosen & (1 << t)) !== 0 && this.closesLoop[this.place[t]!] === 1) return true;
    return false;
  }

  /** The smallest set of threads around one that no thread outside it can disturb. */
  private close(seed: number, states: Int32Array, at: number): number {
    let members = 1 << seed;
    let done = 0;
    while (done !== members) {
      const open = members & ~done;
      const t = 31 - Math.clz32(open & -open);
      done |= 1 << t;
      if (this.isEnabled[t] === 1) members |= this.disturbers(t, members);
      else members |= this.enablers(t, members, states, at);
    }
    return members;
  }

  /** Threads outside a set that may come to do what conflicts with what `t` does next. */
  private disturbers(t: number, members: number): number {
    const place = this.place[t]!;
    const held = this.futures.held[place]!;
    let found = 0;
    for (const { field, use } of this.futures.uses[place]!) {
      for (let u = 0; u < this.threads; u++) {
        if (((members | found) & (1 << u)) === 0 && this.futures.conflicts(this.place[u]!, field, use, held)) found |= 1 << u;
      }
    }
    return found;
  }

  /** Threads without which `t`, which has to wait, waits on; one holder of a lock is enough. */
  private enablers(t: number, members: number, states: Int32Array, at: number): number {
    const place = this.place[t]!;
    if (this.system.kind[place] === END) return 0;
    const holders = this.waiting.holders(t, states, at);
    if (holders !== 0) return (holders & members) !== 0 ? 0 : holders & -holders;
    let found = 0;
    for (const { field } of this.futures.uses[place]!) {
      for (let u = 0; u < this.threads; u++) if (u !== t && this.futures.conflicts(this.place[u]!, field, ANY_CHANGE, 0)) found |= 1 << u;
    }
    return found;
  }

  /**
   * Threads that wait and whom nobody can wake any more, as a mask, given that `choose` has just looked at this state: each
   * waits for one that is among them or has ended. One that sleeps idly may be woken, unless nothing can happen at all.
   */
  stuck(states: Int32Array, at: number, isAtRest: boolean): number {
    let among = 0;
    for (let t = 0; t < this.threads; t++) {
      if (this.isEnabled[t] === 0 && (isAtRest || !this.system.places[this.place[t]!]!.isIdle)) among |= 1 << t;
    }
    for (let changed = true; changed;) {
      changed = false;
      for (let t = 0; t < this.threads; t++) {
        if ((among & (1 << t)) === 0 || this.system.kind[this.place[t]!] === END) continue;
        const holders = this.waiting.holders(t, states, at);
        const isStuck = holders !== 0 ? (holders & among) !== 0 : (this.enablers(t, 0, states, at) & ~among) === 0;
        if (isStuck) continue;
        among &= ~(1 << t);
        changed = true;
      }
    }
    let stuck = 0;
    for (let t = 0; t < this.threads; t++) {
      const place = this.place[t]!;
      if ((among & (1 << t)) !== 0 && this.system.kind[place] !== END && !this.system.places[place]!.isIdle) stuck |= 1 << t;
    }
    return stuck;
  }

  /** Threads that hold what a thread waits for in a state that `choose` has just looked at. */
  waitsFor(thread: number, states: Int32Array, at: number): readonly number[] {
    return this.waiting.waitsFor(thread, states, at);
  }

  /** Whether the thread is at a step that it cannot take, in a state that `choose` has just looked at. */
  waits(thread: number): boolean {
    return this.waiting.waits(thread);
  }
}

interface Ahead {
  readonly futures: Futures;
  readonly closesLoop: Uint8Array;
}

/** Worked out once for each system: a run that is shortened takes many searches. */
const ahead = new WeakMap<System, Ahead>();

function lookAhead(system: System): Ahead {
  const closesLoop = new Uint8Array(system.places.length);
  for (const [t, thread] of system.threads.entries()) {
    const next = thread.places.map((_, i) => thread.nextOf(i));
    for (const place of backEdges(next, thread.start)) closesLoop[system.base[t]! + place] = 1;
  }
  return { futures: new Futures(system), closesLoop };
}

/** What every change of a field conflicts with. */
const ANY_CHANGE = READ;

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Places with a step back to one that led to them: every loop of the thread has one. */
function backEdges(next: readonly (readonly number[])[], start: readonly number[]): ReadonlySet<number> {
  const found = new Set<number>();
  const state = new Uint8Array(next.length);
  for (const root of start) {
    if (state[root] !== 0) continue;
    const stack: { place: number; at: number }[] = [{ place: root, at: 0 }];
    state[root] = 1;
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const to = next[top.place]![top.at++];
      if (to === undefined) {
        state[top.place] = 2;
        stack.pop();
      } else if (state[to] === 1) found.add(top.place);
      else if (state[to] === 0) {
        state[to] = 1;
        stack.push({ place: to, at: 0 });
      }
    }
  }
  return found;
}
