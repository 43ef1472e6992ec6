import { ACQUIRE, conflictsWith, READ, READER_ENTER, READER_EXIT, SYNC_BEGIN, SYNC_END, WRITE, type Operation } from './operation.ts';
import type { System } from './system.ts';

/** What one operation does to one field; domains of SRCU are fields behind all others. */
export interface Use {
  readonly field: number;
  readonly use: number;
}

/** Exclusive locks that reductions know of: the first so many, as bits of a mask. */
export const lockBits = 31;

/**
 * For every place, what the thread may still do from there on: by field, how it is used and which exclusive locks are held
 * then. Two threads at places with no conflict in their futures can be run one after the other.
 */
export class Futures {
  /** Exclusive locks held at each place, as a mask. */
  readonly held: Int32Array;
  readonly uses: readonly (readonly Use[])[];
  private readonly fieldCount: number;
  /** By place and field, the number of a list of future uses; 0 for none. */
  private readonly index: Int32Array;
  /** Uses and locks held, in pairs. */
  private readonly lists: Int32Array[] = [new Int32Array(0)];

  constructor(system: System) {
    const { memory } = system.setup;
    const locks = memory.variables.length;
    this.fieldCount = system.fields.length;
    this.held = Int32Array.from(system.places, ({ held }) =>
      held.reduce((mask, h) => (h.mode === 'exclusive' && h.lock < lockBits ? mask | (1 << h.lock) : mask), 0),
    );
    this.uses = system.places.map(({ operation }) => usesOf(operation, locks));
    this.index = new Int32Array(system.places.length * this.fieldCount);
    const known = new Map<string, number>();
    for (const [t, automaton] of system.threads.entries()) {
      const base = system.base[t]!;
      const future = this.collect(
        automaton.places.length,
        base,
        automaton.places.map((_, i) => automaton.nextOf(i)),
        locks,
      );
      for (const [i, items] of future.entries()) this.store(base + i, items, known);
    }
  }

  /** What each place and all behind it do, as sets of `field:use:locks`. */
  private collect(count: number, base: number, next: readonly (readonly number[])[], locks: number): readonly ReadonlySet<string>[] {
    const future = Array.from({ length: count }, (_, i) => {
      const held = this.held[base + i]!;
      // A lock that is waited for is as good as held: who holds it keeps this from happening.
      return new Set(
        this.uses[base + i]!.map(
          ({ field, use }) => `${field}:${use}:${use === ACQUIRE && field - locks < lockBits ? held | (1 << (field - locks)) : held}`,
        ),
      );
    });
    const before: number[][] = Array.from({ length: count }, () => []);
    next.forEach((list, i) => list.forEach((to) => before[to]!.push(i)));
    const queue = new Set(future.keys());
    for (const place of queue) {
      queue.delete(place);
      for (const earlier of before[place]!) {
        const { size } = future[earlier]!;
        for (const item of future[place]!) future[earlier]!.add(item);
        if (future[earlier]!.size > size) queue.add(earlier);
      }
    }
    return future;
  }

  private store(place: number, items: ReadonlySet<string>, known: Map<string, number>): void {
    const byField = new Map<number, [number, number][]>();
    for (const item of items) {
      const [field, use, held] = item.split(':').map(Number) as [number, number, number];
      const list = byField.get(field);
      if (list) list.push([use, held]);
      else byField.set(field, [[use, held]]);
    }
    for (const [field, list] of byField) {
      // One with fewer locks says all that one with more would.
      const needed = list.filter(
        ([use, held], i) => !list.some(([u, h], j) => j !== i && u === use && (h & held) === h && (h !== held || j < i)),
      );
      const key = needed
        .map(([use, held]) => `${use}:${held}`)
        .sort()
        .join();
      let id = known.get(key);
      if (id === undefined) {
        known.set(key, (id = this.lists.length));
        this.lists.push(Int32Array.from(needed.flat()));
      }
      this.index[place * this.fieldCount + field] = id;
    }
  }

  /** Whether the thread at `place` may come to do what conflicts with `use` of a field, while the locks of `held` are held by another. */
  conflicts(place: number, field: number, use: number, held: number): boolean {
    const list = this.lists[this.index[place * this.fieldCount + field]!]!;
    const against = conflictsWith[use]!;
    for (let i = 0; i < list.length; i += 2) if ((list[i]! & against) !== 0 && (list[i + 1]! & held) === 0) return true;
    return false;
  }
}

function usesOf(operation: Operation, locks: number): readonly Use[] {
  switch (operation.kind) {
    case 'end':
      return [];
    case 'access':
      return [{ field: operation.field, use: operation.use }];
    case 'wait':
      return operation.fields.map((field) => ({ field, use: field === operation.update ? WRITE : READ }));
    default:
      return [{ field: locks + operation.domain, use: domainUse[operation.kind] }];
  }
}

const domainUse = { 'reader-enter': READER_ENTER, 'reader-exit': READER_EXIT, 'sync-begin': SYNC_BEGIN, 'sync-end': SYNC_END } as const;
