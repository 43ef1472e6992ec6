import type { OpenedPatches, PatchOrigin } from '../host/patch-source.ts';
import type { Patch, PatchSet } from '../model/patch/patch.ts';
import type { Review } from '../model/review-api.ts';
import type { FileText } from '../model/source/tree.ts';
import type { Revisions } from '../protocol/review.ts';
import type {
  Assertable,
  CheckResult,
  FunctionLocks,
  GuardedField,
  HeldHint,
  LockClass,
  LockHover,
  PathsRequest,
  PathsResult,
  Progress,
  ResolvedRule,
} from '../model/reviewer-api.ts';

/** What the analysis thread is asked. `root` is the absolute path of a tree, other paths are relative to it. */
export type WorkerRequest = {
  readonly root: string;
  /** Further files with documented orders. */
  readonly orders: readonly string[];
} & (
  | { readonly kind: 'check'; readonly paths: readonly string[]; readonly enabled: readonly string[] }
  | { readonly kind: 'orders'; readonly paths: readonly string[] }
  | { readonly kind: 'paths'; readonly paths: readonly string[]; readonly target: PathsRequest['target'] }
  | { readonly kind: 'functions' | 'locks'; readonly path: string }
  | { readonly kind: 'held'; readonly path: string; readonly from: number; readonly to: number }
  | { readonly kind: 'assertable'; readonly path: string; readonly line: number }
  | { readonly kind: 'guarded'; readonly path: string; readonly lockClass: string }
  | { readonly kind: 'hover'; readonly path: string; readonly line: number; readonly column: number }
  /** `commit`: the tree as it was there, instead of as it is on disk and in the editor. */
  | {
      readonly kind: 'review';
      readonly patches: readonly Patch[];
      readonly isInTree: boolean;
      readonly unread: PatchSet['problems'];
      readonly commit?: string;
    }
  | { readonly kind: 'text'; readonly path: string; readonly commit?: string }
  | { readonly kind: 'patches'; readonly from: PatchOrigin; readonly withGit: boolean }
  /** Of the git repository that the tree is in. */
  | { readonly kind: 'revisions' }
);

/** What is asked about patches, and needs no reviewer. */
export type PatchRequest = Extract<WorkerRequest, { kind: 'patches' | 'revisions' }>;

export interface WorkerAnswers {
  check: CheckResult;
  hover: LockHover | undefined;
  functions: readonly FunctionLocks[];
  held: readonly HeldHint[];
  guarded: readonly GuardedField[];
  assertable: Assertable | undefined;
  locks: readonly LockClass[];
  orders: readonly ResolvedRule[];
  paths: PathsResult;
  review: Review;
  text: FileText;
  patches: OpenedPatches | { readonly error: string };
  revisions: Revisions;
}

/** An open document that is new or changed since the last request; without text: closed. */
export interface DocumentChange {
  /** Absolute path. */
  readonly file: string;
  readonly text?: string;
}

export interface ToWorker {
  readonly id: number;
  readonly documents: readonly DocumentChange[];
  /** Files may have changed on disk since the last request. */
  readonly refresh: boolean;
  readonly request: WorkerRequest;
  /** One 32-bit word, not 0 once the request is cancelled: the thread is busy then and reads no messages. */
  readonly cancel: SharedArrayBuffer;
}

/** What the thread is started with. */
export interface WorkerData {
  /** Folder where answers to checks are kept. */
  readonly cache: string | undefined;
}

export type FromWorker =
  | { readonly id: number; readonly kind: 'progress'; readonly progress: Progress }
  | { readonly id: number; readonly kind: 'answer'; readonly answer: WorkerAnswers[keyof WorkerAnswers] }
  | { readonly id: number; readonly kind: 'cancelled' }
  /** For the log. */
  | { readonly id?: undefined; readonly kind: 'notice'; readonly notice: string }
  | { readonly id: number; readonly kind: 'failed'; readonly error: string };
