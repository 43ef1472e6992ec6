import type { Location } from '../source/location.ts';

/** A way through the source from an entry to a place, with what it does to locks. Plain data. */
export interface LockPath {
  /** Functions it goes through, in the order they are first entered; steps name them by number. */
  readonly functions: readonly PathFunction[];
  /** In the order they happen; the first enters, the last is the place asked for. */
  readonly steps: readonly PathStep[];
  /** Configuration it assumes: `CONFIG_LOCKDEP`, `!CONFIG_SMP`. */
  readonly config: readonly string[];
}

export interface PathFunction {
  readonly name: string;
  /** Where it is defined. */
  readonly file: string;
  readonly line: number;
  /** Of those called only to take or give back a lock: not on the way to the place. */
  readonly isAside: boolean;
}

export interface PathStep {
  /** `wait`: for the readers of a domain; `reach`: the place asked for, where it is no other of these. */
  readonly kind: 'entry' | 'call' | 'acquire' | 'release' | 'wait' | 'reach';
  readonly at: Location;
  /** Number of the function that contains the place. */
  readonly function: number;
  /** Of a call: number of the function called. */
  readonly callee?: number;
  /** Numbers of the functions the task is in, outermost first. */
  readonly functions: readonly number[];
  /** In words: `takes struct kvm.lock`. */
  readonly text: string;
  /** What it takes, gives back or waits for. */
  readonly lock?: PathLock;
  /** Pointer field that a call goes through or an entry is kept in: `kvm_vcpu_fops.unlocked_ioctl`. */
  readonly via?: string;
  /** Of a call through a pointer: how many functions it may mean. */
  readonly candidates?: number;
  /** After it, in the order they were taken. */
  readonly held: readonly PathLock[];
  /** Documented orders that it breaks. */
  readonly breaks: readonly BrokenOrder[];
}

export interface PathLock {
  readonly lockClass: string;
  readonly mode: 'exclusive' | 'shared';
  /** Read side of a (S)RCU domain. */
  readonly isReadSide: boolean;
}

/** A documented order, with the lock held that should have been taken inside. */
export interface BrokenOrder {
  readonly inner: string;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** What to find paths to: a function, by its file where there are several, or a line. */
export type PathTarget =
  | { readonly function: string; readonly file?: string }
  /** Counted from 1. */
  | { readonly file: string; readonly line: number };

/** A function that a target means. */
export interface Definition {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}
