import type { Location } from '../source/location.ts';

export type CheckId =
  | 'documented-order'
  | 'lock-order-cycle'
  | 'sync-deadlock'
  | 'double-acquire'
  | 'missing-release'
  | 'release-unheld'
  | 'mismatched-release'
  | 'sleep-in-atomic'
  | 'irq-inversion'
  | 'lock-contract'
  | 'unprotected-access'
  | 'suppression';
export type Severity = 'error' | 'warning' | 'information';
export type Confidence = 'high' | 'medium' | 'low';

/** What a check is: documentation, command line help and SARIF rules are all made from it. */
export interface CheckRecord {
  readonly id: CheckId;
  /** One line. */
  readonly title: string;
  /** What is reported, why it matters, when it stays quiet. Plain sentences, Markdown allowed. */
  readonly explanation: string;
  /** It runs only where it is asked for. */
  readonly isOptional?: true;
}

/** One place on the way to an acquisition: a lock taken, or a call made, in the order in which they happen. */
export interface Hop {
  readonly at: Location;
  /** Function that contains the place. */
  readonly function: string;
  /** What happens here, in words: `takes struct kvm_vcpu.mutex`, `calls kvm_riscv_vcpu_exit`. */
  readonly text: string;
  /** The pointer field a call goes through: `struct kvm_vcpu_sbi_extension.handler`. */
  readonly via?: string;
  /** Of a call: what is called. */
  readonly calls?: Callee;
  /** What is done to which lock, where something is. */
  readonly lock?: HopLock;
}

/** A function that a hop calls. */
export interface Callee {
  readonly function: string;
  readonly file: string;
}

export interface HopLock {
  /** `enter`: the read side of RCU or SRCU. `run`, `await`: not of a lock but of what others wait for, a work item or a timer. */
  readonly does: 'acquire' | 'enter' | 'release' | 'synchronize' | 'run' | 'await';
  readonly lockClass: string;
  readonly mode: 'exclusive' | 'shared';
}

/** A chain of hops, entry function first, the acquisition that the finding is about last. */
export type Witness = readonly Hop[];

/** What a function leaves behind on its CPU. */
export type CpuLeft = 'softirqs-off' | 'softirqs-on' | 'interrupts-off' | 'interrupts-on' | 'interrupts-unsaved';

export interface Finding {
  /** Check, file, function and the locks whose order it is about: stable under edits elsewhere, of rules and of callers too. */
  readonly id: string;
  readonly check: CheckId;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** One line that names both locks, or says what is wrong with a suppression. */
  readonly message: string;
  readonly at: Location;
  /** Empty outside of functions. */
  readonly function: string;
  /** Lock class acquired (or waited for) at the place; empty where something else is called that sleeps, and, as are chains, for a suppression. */
  readonly acquires: string;
  /** Lock classes held there, in the order they were taken. */
  readonly held: readonly string[];
  /**
   * Lock classes of which it says that they are taken in this order, and what closes the circle: with check, file and function they
   * are its id. What else is held is not part of them, or a new caller would make another finding of it.
   */
  readonly about: readonly string[];
  /** One chain for each direction; a cycle of n locks has n. */
  readonly witnesses: readonly Witness[];
  /** Of a lock that is not given back on any way to its returns: where it is, on ways to others. */
  readonly releases?: readonly Location[];
  /** Of a lock that is given back otherwise than it was taken: what is off then, or on again, and was not before. */
  readonly leaves?: readonly CpuLeft[];
  /** The documented rule that is broken. */
  readonly order?: { readonly file: string; readonly line: number; readonly text: string };
  /** Configuration the chain assumes: `CONFIG_LOCKDEP`, `!CONFIG_SMP`. */
  readonly config?: readonly string[];
  /** Why it is as sure as it says, and how far it looked: one sentence each. */
  readonly reasons: readonly string[];
  /** How sure it is where another tree shows that the function returns without the lock: then no caller that was not read can count on it. */
  readonly asChange?: Sureness;
}

/** How sure a finding is, why, and with it how bad. */
export type Sureness = Pick<Finding, 'severity' | 'confidence' | 'reasons'>;

/** A finding that a comment at its place asks not to be told. */
export interface SuppressedFinding {
  readonly finding: Finding;
  /** In the words of the comment. */
  readonly reason: string;
}
