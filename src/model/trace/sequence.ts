import type { Action as Explored } from '../explore/action.ts';

/**
 * What a sequence diagram shows: lanes, and what happens on them one after the other. Plain data: it goes to a webview, into files
 * and back. Texts are as the source has them, hostile ones too: whoever renders them escapes them.
 */
export interface Sequence {
  /** What it is of, in a few words: `before: Start against AIA init`, `kvm_sbi_hsm_vcpu_start from kvm_vcpu_ioctl`. */
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly summary: string;
  readonly lanes: readonly Lane[];
  readonly steps: readonly SequenceStep[];
  /** Of a run: who waits for whom at its end, whatever the last step is about. */
  readonly waiting?: readonly Wait[];
}

export interface Lane {
  readonly name: string;
  /** `thread` of a simulation, `function` of a path, `lock` of either. */
  readonly kind: 'thread' | 'function' | 'lock';
  /** Lanes of a group stand side by side under its name: `vCPUs`, `ioctls`, `locks`. Empty: none. */
  readonly group: string;
}

/** What a step does: what one of a run does, or a call from one function of a path into another. */
export type Action = Explored | 'call';

/** Why a step is to be found in a second. */
export type Mark = 'cycle' | 'race' | 'torn' | 'order' | 'broken' | 'found';

export interface SequenceStep {
  /** Lane of the thread or function that does it. */
  readonly lane: number;
  /** Lane of the lock that it acts on, or of the function that is called; absent if it has none. */
  readonly to?: number;
  readonly action: Action;
  /** In words: `takes vm.lock`. */
  readonly text: string;
  /** What it acts on, as the source names it, if anything: `vm.lock`. */
  readonly object?: string;
  readonly mode?: 'exclusive' | 'shared';
  /** Functions that the thread is in, outermost first. */
  readonly functions: readonly string[];
  /** What the thread (of a path: the task) holds after it, in the order it was taken. */
  readonly held: readonly string[];
  /** New values of shared variables, by name. */
  readonly changed: Readonly<Record<string, number>>;
  /** After it: who waits for whom. */
  readonly waiting: readonly Wait[];
  /** Of a call: the pointer field that it goes through. */
  readonly via?: string;
  readonly mark?: Mark;
  /** What the mark says, in a sentence; with `documented`, the order and where it stands. */
  readonly note?: string;
  readonly source?: SequencePlace;
  readonly model?: SequencePlace;
  /** Of a simulation: threads that could have gone on instead of this step's. */
  readonly instead?: readonly Alternative[];
}

export interface Wait {
  /** Lane of the thread that waits. */
  readonly lane: number;
  /** What it waits for: `vm.lock`, `readers of vm.srcu`. */
  readonly object: string;
  /** Lanes of the threads that hold it; none where it waits for what others are to do. */
  readonly holders: readonly number[];
}

export interface SequencePlace {
  /** Absent where the place is in no file that can be opened. */
  readonly uri?: string;
  /** As a person calls the file: relative to its tree. */
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  /** The line has the operation; otherwise it is where the function begins. */
  readonly isOperation: boolean;
}

export interface Alternative {
  readonly thread: string;
  /** What it would do. */
  readonly text: string;
  /** What tells it from others of the same thread; given back as it is. */
  readonly move: number;
}
