import type { Automaton } from './automaton.ts';
import { ACQUIRE, conflictsWith, READ, READER_ENTER, READER_EXIT, SYNC_BEGIN, SYNC_END, WRITE, type Operation } from './operation.ts';
import { RunError } from './run-error.ts';
import type { System } from './system.ts';
import { heldMasks, lockBits } from './waits.ts';

/** What one operation does to one field; domains of SRCU are fields behind all others. */
export interface Use {
  readonly field: number;
  readonly use: number;
}

/** Numbers in all rows together. */
const rowLimit = 1 << 25;

/** A use with the exclusive locks held then, as a mask. */
type Item = Use & { readonly held: number };

/**
 * For every place, what the thread may still do from there on: by field, how it is used and which exclusive locks are held
 * then. Two threads at places with no conflict in their futures can be run one after the other.
 */
export class Futures {
  /** Exclusive locks held at each place, as a mask. */
  readonly held: Int32Array;
  readonly uses: readonly (readonly Use[])[];
  /** Where the row of a place starts in `rows`: by field, the number of a list of future uses; 0 for none. */
  private readonly row: Int32Array;
  private readonly rows: Int32Array;
  /** Uses and locks held, in pairs. */
  private readonly lists: Int32Array[] = [new Int32Array(0)];

  constructor(system: System) {
    const locks = system.setup.memory.variables.length;
    this.held = heldMasks(system);
    this.uses = system.places.map(({ operation }) => usesOf(operation, locks));
    this.row = new Int32Array(system.places.length);
    const rows: number[] = [];
    const known = new Map<string, number>();
    for (const [t, automaton] of system.threads.entries()) {
      const base = system.base[t]!;
      const { items, width, sets } = this.collect(automaton, base, locks);
      const rowOf = new Map<string, number>();
      for (let i = 0; i < automaton.places.length; i++) {
        const set = sets.subarray(i * width, (i + 1) * width);
        const key = set.join();
        let row = rowOf.get(key);
        if (row === undefined) {
          rowOf.set(key, (row = rows.length));
          system.fields.forEach(() => rows.push(0));
          if (rows.length > rowLimit) throw new RunError('threads have too many places, and there are too many variables, to be explored');
          for (const [field, list] of byField(items, set)) rows[row + field] = this.list(list, known);
        }
        this.row[base + i] = row;
      }
    }
    this.rows = Int32Array.from(rows);
  }

  /** What each place of a thread and all behind it do, as sets of bits. */
  private collect(automaton: Automaton, base: number, locks: number): { items: readonly Item[]; width: number; sets: Int32Array } {
    const count = automaton.places.length;
    const items: Item[] = [];
    const numbers = new Map<string, number>();
    const own = Array.from({ length: count }, (_, i) =>
      this.uses[base + i]!.map(({ field, use }) => {
        const now = this.held[base + i]!;
        // A lock that is waited for is as good as held: who holds it keeps this from happening.
        const held = use === ACQUIRE && field - locks < lockBits ? now | (1 << (field - locks)) : now;
        const key = `${field}:${use}:${held}`;
        const number = numbers.get(key) ?? items.push({ field, use, held }) - 1;
        numbers.set(key, number);
        return number;
      }),
    );
    const width = (items.length + 31) >>> 5;
    const sets = new Int32Array(count * width);
    own.forEach((list, i) => list.forEach((item) => (sets[i * width + (item >>> 5)]! |= 1 << (item & 31))));
    const before: number[][] = Array.from({ length: count }, () => []);
    for (let i = 0; i < count; i++) for (const to of automaton.nextOf(i)) before[to]!.push(i);
    const isOpen = new Uint8Array(count).fill(1);
    const open = Array.from({ length: count }, (_, i) => i);
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      isOpen[place] = 0;
      for (const earlier of before[place]!) {
        let isNew = false;
        for (let w = 0; w < width; w++) {
          const now = sets[earlier * width + w]!;
          const joined = now | sets[place * width + w]!;
          if (joined === now) continue;
          sets[earlier * width + w] = joined;
          isNew = true;
        }
        if (!isNew || isOpen[earlier] === 1) continue;
        isOpen[earlier] = 1;
        open.push(earlier);
      }
    }
    return { items, width, sets };
  }

  private list(items: readonly Item[], known: Map<string, number>): number {
    // One with fewer locks says all that one with more would.
    const needed = items.filter(
      ({ use, held }, i) => !items.some((o, j) => j !== i && use === o.use && (o.held & held) === o.held && (o.held !== held || j < i)),
    );
    const key = needed
      .map(({ use, held }) => `${use}:${held}`)
      .sort()
      .join();
    let id = known.get(key);
    if (id === undefined) {
      known.set(key, (id = this.lists.length));
      this.lists.push(Int32Array.from(needed.flatMap(({ use, held }) => [use, held])));
    }
    return id;
  }

  /** Whether the thread at `place` may come to do what conflicts with `use` of a field, while the locks of `held` are held by another. */
  conflicts(place: number, field: number, use: number, held: number): boolean {
    const list = this.lists[this.rows[this.row[place]! + field]!]!;
    const against = conflictsWith[use]!;
    for (let i = 0; i < list.length; i += 2) if ((list[i]! & against) !== 0 && (list[i + 1]! & held) === 0) return true;
    return false;
  }
}

function byField(items: readonly Item[], set: Int32Array): ReadonlyMap<number, readonly Item[]> {
  const fields = new Map<number, Item[]>();
  for (const [i, item] of items.entries()) {
    if ((set[i >>> 5]! & (1 << (i & 31))) === 0) continue;
    const list = fields.get(item.field);
    if (list) list.push(item);
    else fields.set(item.field, [item]);
  }
  return fields;
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
