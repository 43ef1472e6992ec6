import type { Mode } from '../ir/program.ts';

/** How an operation uses a field of the state: what it can be in conflict with. */
export const READ = 1;
export const WRITE = 2;
/** Takes an exclusive lock, and waits for it. */
export const ACQUIRE = 4;
export const RELEASE = 8;
/** Takes a lock, or learns that it cannot, or that a signal came: possible whoever has it. */
export const TRY = 16;
export const READER_ENTER = 32;
export const READER_EXIT = 64;
export const SYNC_BEGIN = 128;
export const SYNC_END = 256;

/**
 * What each use conflicts with: done the other way round, two operations in conflict may give another state or stop one
 * another. A release and an acquisition of one lock are never both enabled; readers of SRCU notice only the beginning of a
 * grace period, and leaving before or after that is the same.
 */
export const conflictsWith: Readonly<Record<number, number>> = {
  [READ]: WRITE,
  [WRITE]: READ | WRITE,
  [ACQUIRE]: ACQUIRE | TRY,
  [RELEASE]: TRY,
  [TRY]: ACQUIRE | TRY | RELEASE,
  [READER_ENTER]: SYNC_BEGIN,
  [READER_EXIT]: 0,
  [SYNC_BEGIN]: READER_ENTER,
  [SYNC_END]: 0,
};

/** A lock as one thread holds it. */
export interface HeldInstance {
  /** Number of the instance. */
  readonly lock: number;
  readonly lockClass: string;
  readonly mode: Mode;
  readonly isTry: boolean;
  readonly isUnchecked: boolean;
  readonly subclass: string;
}

/** Readers, writers that wait, and the writer of a rwlock or rwsem, in one number. */
export const READERS = 63;
export const WAITING_WRITER = 64;
export const WRITER = 4096;

/** One way an operation can end: the new value of its field, and the places the thread may be at then. */
export interface Alternative {
  readonly value: number;
  readonly next: readonly number[];
}

/** What a thread is about to do. */
export type Operation =
  | { readonly kind: 'end' }
  /** Reads or changes one variable or lock; by the old value, none if it has to wait. */
  | {
      readonly kind: 'access';
      readonly field: number;
      readonly use: number;
      /** Whether it writes what depends on values read before. */
      readonly isComputed: boolean;
      readonly effect: (old: number) => readonly Alternative[];
    }
  /** Waits for a condition over several variables, and may change one of them (`update`, -1 for none) when it goes on. */
  | {
      readonly kind: 'wait';
      readonly fields: readonly number[];
      readonly update: number;
      /** The new value of `update` (0 without) if the condition holds for these values; undefined if it does not. */
      readonly holds: (values: readonly number[]) => number | undefined;
      readonly next: readonly number[];
      /** Where a signal leads, at any time; empty if none can come. */
      readonly signal: readonly number[];
    }
  | {
      readonly kind: 'reader-enter' | 'reader-exit' | 'sync-begin' | 'sync-end';
      readonly domain: number;
      readonly next: readonly number[];
    };

/** What is wrong at a place, whatever else goes on. */
export interface Violation {
  readonly property: string;
  readonly message: string;
  /** Of a data race: what is accessed. */
  readonly variable?: number;
}
