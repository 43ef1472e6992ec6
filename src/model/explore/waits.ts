import { ACCESS, END, get, SYNC_END_OP, type System } from './system.ts';

/** Exclusive locks that have a bit in a mask: the first so many. */
export const lockBits = 31;

/** Exclusive locks held at each place, as a mask. */
export function heldMasks({ places }: System): Int32Array {
  return Int32Array.from(places, ({ held }) =>
    held.reduce((mask, h) => (h.mode === 'exclusive' && h.lock < lockBits ? mask | (1 << h.lock) : mask), 0),
  );
}

/** Who waits in a state, and for whom: what a search and a replay say alike. */
export class Waits {
  /** Place of each thread, and whether it can go on from there, in the state looked at last. */
  readonly place: Int32Array;
  readonly isEnabled: Uint8Array;
  private readonly threads: number;

  constructor(
    private readonly system: System,
    private readonly held: Int32Array = heldMasks(system),
  ) {
    this.threads = system.threads.length;
    this.place = new Int32Array(this.threads);
    this.isEnabled = new Uint8Array(this.threads);
  }

  /** Looks at a state, which all else is about then. Threads that can go on, as a mask. */
  look(states: Int32Array, at: number): number {
    let enabled = 0;
    for (let t = 0; t < this.threads; t++) {
      const place = this.system.placeOf(states, at, t);
      this.place[t] = place;
      this.isEnabled[t] = this.system.alternatives(states, at, t, place) >= 0 ? 1 : 0;
      if (this.isEnabled[t] === 1) enabled |= 1 << t;
    }
    return enabled;
  }

  /** Whether the thread is at a step that it cannot take. */
  waits(thread: number): boolean {
    return this.isEnabled[thread] === 0 && this.system.kind[this.place[thread]!] !== END;
  }

  /** The same, of a thread that does not wait for work as a matter of course. */
  waitsInNeed(thread: number): boolean {
    return this.waits(thread) && !this.system.places[this.place[thread]!]!.isIdle;
  }

  /** Threads that hold what a thread waits for. */
  waitsFor(thread: number, states: Int32Array, at: number): readonly number[] {
    const holders = this.holders(thread, states, at);
    return Array.from({ length: this.threads }, (_, t) => t).filter((t) => (holders & (1 << t)) !== 0);
  }

  /** Threads that hold what `t` waits for, as a mask, each of which is enough to keep it waiting; 0 if it waits for no holder. */
  holders(t: number, states: Int32Array, at: number): number {
    const { system } = this;
    const place = this.place[t]!;
    if (system.kind[place] === SYNC_END_OP) return get(states, at, system.domains.get(system.field[place]!)!.awaited[t]!);
    if (system.kind[place] !== ACCESS) return 0;
    const lock = system.field[place]! - system.setup.memory.variables.length;
    if (lock < 0) return 0;
    const { kind } = system.setup.memory.locks[lock]!;
    if (lock < lockBits && kind !== 'rwlock' && kind !== 'rwsem') {
      for (let u = 0; u < this.threads; u++) if ((this.held[this.place[u]!]! & (1 << lock)) !== 0) return 1 << u;
      return 0;
    }
    const isReader = system.places[place]!.step?.kind === 'acquire' && (system.places[place]!.step as { mode?: string }).mode === 'shared';
    let exclusive = 0;
    let shared = 0;
    let waiting = 0;
    for (let u = 0; u < this.threads; u++) {
      if (u === t) continue;
      const other = system.places[this.place[u]!]!;
      for (const h of other.held) {
        if (h.lock !== lock) continue;
        if (h.mode === 'exclusive') exclusive |= 1 << u;
        else shared |= 1 << u;
      }
      if (other.part > 0 && system.field[this.place[u]!] === system.field[place]) waiting |= 1 << u;
    }
    if (exclusive !== 0) return exclusive;
    return isReader ? waiting : shared;
  }
}
