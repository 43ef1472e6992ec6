import type { Finding, SuppressedFinding, Witness } from './checks/finding.ts';
import type { Location, Problem } from './source/location.ts';
import type { Definition, LockPath, PathTarget } from './path/lock-path.ts';
import type { Rule } from './orders/rule.ts';
import type { PartAnswer } from './part-answer.ts';
import type { Part } from './parts.ts';
import type { Review, ReviewRequest } from './review-api.ts';

/**
 * Told while a long request runs, for each architecture anew: files scanned, of those that are known to be included so far; C files
 * whose functions are read; functions that are analyzed; of a review, steps of the comparison.
 */
export interface Progress {
  readonly phase: 'index' | 'read' | 'analyze' | 'compare';
  readonly done: number;
  readonly total: number;
  /** Of a request that is done in parts, as a series patch by patch: those that are done, and all of them; what a series changes together comes last, and is none. */
  readonly part?: { readonly what: 'part' | 'patch'; readonly done: number; readonly total: number };
}

export interface RequestOptions {
  readonly progress?: (progress: Progress) => void;
  /** Asked often; when it answers true the request throws `Cancelled`. */
  readonly cancelled?: () => boolean;
}

export interface CheckRequest extends RequestOptions {
  /** Folders and files, relative to the tree. Findings are reported for places below them only. */
  readonly paths: readonly string[];
  /** Further files with documented orders, in the words of locking.rst. */
  readonly orders?: readonly string[];
  /**
   * How much is read besides the paths: `paths`, nothing but headers; `module`, also what is linked with
   * them (their folder, and what its Makefile names). The editor uses `module` for open files.
   */
  readonly scope: 'paths' | 'module';
  /** Checks that are off otherwise: `CheckRecord.isOptional`. */
  readonly enabled?: readonly string[];
}

export interface HoverOptions extends RequestOptions {
  /** As for a check. */
  readonly orders?: readonly string[];
}

export interface CheckStats {
  readonly files: number;
  readonly headers: number;
  readonly functions: number;
  /** Functions that contain a syntax problem. */
  readonly functionsWithProblems: number;
  readonly lockOperations: number;
  /** Lock operations whose lock class could not be told. */
  readonly unresolvedLockOperations: number;
  readonly calls: number;
  /** Calls whose callee was not read (through a pointer nobody sets, or to a function that is defined elsewhere). */
  readonly callsNotFollowed: number;
  readonly rules: number;
  readonly architectures: readonly string[];
  /** Into which the sources were split, if they were: calls from one to another count as not followed. */
  readonly parts?: number;
}

export interface CheckResult {
  /** Sorted by place, then check. */
  readonly findings: readonly Finding[];
  /** In the same order. They are no part of the findings. */
  readonly suppressed: readonly SuppressedFinding[];
  readonly problems: readonly Problem[];
  readonly stats: CheckStats;
}

/** A lock operation under the cursor. */
export interface LockHover {
  readonly at: Location;
  /** `acquires`, `tries to acquire`, `releases`, `waits for readers of`. */
  readonly operation: string;
  readonly lockClass: string;
  readonly mode: 'exclusive' | 'shared';
  /** Locks that may be held when control gets here, outermost first, with where each was taken and the calls from there. */
  readonly held: readonly {
    readonly lockClass: string;
    readonly mode: 'exclusive' | 'shared';
    readonly chain: Witness;
  }[];
  /** Documented orders that speak of this lock class. */
  readonly rules: readonly ResolvedRule[];
}

/** What a function does with locks, and what it needs of its callers: lock classes. */
export interface FunctionLocks {
  readonly function: string;
  /** The whole definition. */
  readonly at: Location;
  /** Taken in it, and not only in what it calls. */
  readonly takes: readonly string[];
  /** It says that they are held: `lockdep_assert_held()`, `__must_hold()`. */
  readonly asserts: readonly string[];
  /** Others that are held on every way into it, as far as its callers are all known. */
  readonly always: readonly string[];
  /** Held when it returns; not sure: on some ways. */
  readonly returnsHeld: readonly { readonly lockClass: string; readonly isSure: boolean }[];
  /** Of its caller's, given back. */
  readonly releases: readonly { readonly lockClass: string; readonly isSure: boolean }[];
  /** It may sleep; `by-flags`: only where the allocation flags that it is passed allow it. */
  readonly sleeps?: 'may' | 'by-flags';
}

/** A place in a file behind which other locks are held than before it. */
export interface HeldHint {
  /** Counted from 1. */
  readonly line: number;
  /** `entry`: the head of a function, and what its callers hold; no lock of those is missing that were read. */
  readonly at: 'entry' | 'line';
  /** The last taken first, and before all others those that are held on every way; empty where none is known to be held. */
  readonly locks: readonly HintedLock[];
  /** Why there may be more, or less: parts of sentences. */
  readonly doubts: readonly string[];
}

export interface HintedLock {
  /** Its class, with how it is held. */
  readonly text: string;
  /** The same where there is little room. */
  readonly short: string;
  /** `if-taken`: what stands there may have failed to take it; `at-times`: on some ways through the function, or into it. */
  readonly sure: 'always' | 'if-taken' | 'at-times' | 'by-some-callers';
  /** Where it was taken, and the calls from there, on a shortest way. */
  readonly chain: Witness;
}

/** Locks that all callers of a function hold, and that it could say to be held. */
export interface Assertable {
  readonly function: string;
  /** Where its declarations end. */
  readonly firstStatement: Location;
  /** `text`: the statement that says so. */
  readonly locks: readonly { readonly lockClass: string; readonly text: string }[];
  /** All its callers were read. */
  readonly isSure: boolean;
}

/** A lock class of what is read for a file. */
export interface LockClass {
  readonly lockClass: string;
  /** `mutex`, `spinlock`, `rcu`. */
  readonly kind: string;
  readonly takers: readonly LockTaker[];
  /** Taken while it is held. */
  readonly inside: readonly LockNeighbour[];
  /** Held while it is taken. */
  readonly outside: readonly LockNeighbour[];
}

/** A field or a variable that a lock is held at nearly everywhere it is accessed. */
export interface GuardedField {
  /** `struct kvm.nr_memslots`. */
  readonly field: string;
  /** Places that have the lock, of all that count. */
  readonly guarded: number;
  readonly total: number;
  /** One of those that have it. */
  readonly example: LockTaker;
  /** Those that never have it. */
  readonly open: readonly LockTaker[];
}

export interface LockTaker {
  readonly function: string;
  readonly at: Location;
}

/** With the place of the shortest way on which the inner of the two is taken. */
export interface LockNeighbour extends LockTaker {
  readonly lockClass: string;
  /** How many places take the two like this. */
  readonly places: number;
}

export interface PathsRequest extends RequestOptions {
  /**
   * Folders and files, relative to the tree: what is read for callers, with what is linked with those that have the target. Empty:
   * the target's own file, or the files of the whole tree that define such a function.
   */
  readonly paths: readonly string[];
  readonly target: PathTarget;
  /** As for a check. */
  readonly orders?: readonly string[];
}

export interface PathsResult {
  /** The shortest first. Empty where the target is not found, or stands for functions of several files. */
  readonly paths: readonly LockPath[];
  /** There are more, or some were too long to follow. */
  readonly isCut: boolean;
  /** What the target may mean, by place: to choose from if there are several files. */
  readonly definitions: readonly Definition[];
  /** Where nothing was found: names that are much like the target's. */
  readonly similar: readonly string[];
  /** What could not be read or understood in the target's files. */
  readonly problems: readonly Problem[];
}

/** A documented order with the lock classes its names stand for in this tree (undefined: not found in what was read). */
export interface ResolvedRule extends Rule {
  readonly outerClass?: string;
  readonly innerClass?: string;
}

/** The core, as every shell uses it. Throws only `Cancelled` or on a bug of ours. */
export interface Reviewer {
  check(request: CheckRequest): CheckResult;
  /** How a check is split: the same request on the same tree is always split alike. */
  parts(request: CheckRequest): readonly Part[];
  /** Checks one of several parts. `resultOf` makes the answer to the request of them. */
  checkPart(request: CheckRequest, part: Part): PartAnswer;
  /** Lock operation at a place (line and column from 1) of the file as the tree gives it now. */
  hover(file: string, line: number, column: number, options?: HoverOptions): LockHover | undefined;
  /** What the functions of a file do with locks, in the order of the file as the tree gives it now. */
  functions(file: string, options?: HoverOptions): readonly FunctionLocks[];
  /** Where other locks are held than before, on the lines of a file that are named, as the tree gives it now. */
  held(file: string, lines: { readonly from: number; readonly to: number }, options?: HoverOptions): readonly HeldHint[];
  /** What the function whose head has this line could say of its callers' locks; nothing where there are none, or it says so. */
  assertable(file: string, line: number, options?: HoverOptions): Assertable | undefined;
  /** Lock classes of a file and of what it is linked with, by name. */
  locks(file: string, options?: HoverOptions): readonly LockClass[];
  /** What a lock class guards, in what `locks` speaks of: inferred from all accesses, which takes its time. */
  guarded(file: string, lockClass: string, options?: HoverOptions): readonly GuardedField[];
  /** Ways from entries to a function or a line, with the locks taken and given back on them. */
  paths(request: PathsRequest): PathsResult;
  /** What patches change in the locking. The tree is as it was when it is done. */
  review(request: ReviewRequest): Review;
  /** These files may have changed, come or gone (all, when none is named): the next request reads them again. */
  forget(paths?: readonly string[]): void;
  /** Files that nobody knows of may have come: the next request lists folders again, and Documentation for orders. */
  relist(): void;
  /** Documented orders that apply to the paths. */
  orders(request: Omit<CheckRequest, 'scope'>): readonly ResolvedRule[];
}

export class Cancelled extends Error {
  constructor() {
    super('cancelled');
  }
}
