import type { Remark } from '../model/compare/remarks.ts';
import type { Changes } from '../model/compare/changes.ts';
import type { FileChange, MailHead } from '../model/patch/patch.ts';
import type { Applied } from '../model/patch/applied.ts';
import type { Moved } from '../model/patch/moved.ts';
import type { Unchanged } from '../model/report/unchanged.ts';
import type { Problem } from '../model/source/location.ts';

/** Reviewing patches; part of `Requests`. */
export interface ReviewRequests {
  /** Says what patches change in the locking. Cancelled by `$/cancelRequest`. The server keeps the last few for the requests below. */
  'lockstep/review': { params: ReviewParams; result: ReviewView };
  /** A file before or after one patch of a review. */
  'lockstep/reviewText': { params: ReviewTextParams; result: { readonly text: string } };
  /** A mail that answers one patch of a review. */
  'lockstep/reply': { params: ReplyParams; result: { readonly text: string } };
  /** What of a repository may be reviewed. */
  'lockstep/revisions': { params: { readonly uri: string }; result: Revisions };
}

/** Where patches come from. `name` is what a person calls it; of a revision the revision itself, unless told otherwise. */
export type PatchSource =
  | { readonly kind: 'file'; readonly uri: string }
  | { readonly kind: 'text'; readonly name: string; readonly text: string; readonly uri?: string }
  | { readonly kind: 'revision'; readonly revision: string; readonly name?: string }
  | { readonly kind: 'changes'; readonly isStaged: boolean };

export interface ReviewParams {
  /** Any file or folder of the tree. */
  readonly uri: string;
  readonly source: PatchSource;
  /** Git may be run: for changes and revisions, and to find what a mail is put on. Yes, unless told otherwise. */
  readonly withGit?: boolean;
  /** Progress is reported as `WorkDoneProgress` under this token. */
  readonly workDoneToken?: number | string;
}

export interface ReviewView {
  /** Names the review in later requests. */
  readonly id: number;
  /** File name, subject of the series, or revision. */
  readonly title: string;
  /** Folder of the tree, as a URI. */
  readonly tree: string;
  readonly patches: readonly PatchView[];
  /** All patches together; the remarks' places lead to the patches. */
  readonly whole: ReviewedView;
  readonly problems: readonly Problem[];
  /** What of the patches could not be read; lines of the file that they came in. */
  readonly unread: readonly { readonly line: number; readonly message: string }[];
  /** What a person should know of how it was done: merges left out, a base commit that was used. */
  readonly notices: readonly string[];
}

export interface PatchView extends ReviewedView {
  readonly subject: string;
  readonly number: number;
  readonly total: number;
  readonly mail?: Pick<MailHead, 'from' | 'date' | 'messageId'>;
  /** The file that the patch is in, and the line of it that is line 1 of the patch; absent where there is none. */
  readonly source?: { readonly uri: string; readonly firstLine: number };
  readonly state: Applied['state'];
  readonly refused: Applied['refused'];
  /** Hunks at other lines than the patch says. */
  readonly moved: readonly Moved[];
  readonly files: readonly FileView[];
}

export interface FileView extends Pick<FileChange, 'kind' | 'before' | 'after' | 'line'> {
  readonly hasTexts: boolean;
  readonly hunks: readonly HunkView[];
}

/** Where a hunk is in the two texts: which lines of them stand beside each other. */
export interface HunkView {
  /** Lines, counted from 1, that it begins at, or would begin at if it had any on that side. */
  readonly before: number;
  readonly after: number;
  /** Of each of its lines ` `, `-` or `+`. */
  readonly marks: string;
}

export interface ReviewedView {
  readonly remarks: readonly RemarkView[];
  readonly untouched: number;
  /** What has to do with it and was not looked at: too many files or functions, or none that is known. */
  readonly unfollowed: readonly string[];
  readonly changes: Changes;
  /** Set where no change in the locking is seen. */
  readonly unchanged?: Unchanged;
  /** `1 more of less confidence`, and what shows it: findings that are not among the remarks. */
  readonly lessSure?: string;
}

/** Lines and columns count from 1. */
export interface RemarkView extends Remark {
  /** `by removing "mutex_lock(&kvm->lock);"`: the changed lines that did it. */
  readonly cause?: string;
  /** Where it is shown: a file of the tree, and which of its two texts. Absent where it is about no line. */
  readonly shown?: {
    readonly patch: number;
    readonly side: 'before' | 'after';
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly endLine: number;
    readonly endColumn: number;
  };
}

export interface ReviewTextParams {
  readonly review: number;
  /** Counted from 0. */
  readonly patch: number;
  readonly side: 'before' | 'after';
  /** Relative to the tree. */
  readonly file: string;
}

export interface ReplyParams {
  readonly review: number;
  readonly patch: number;
  /** Ids of the remarks that it makes. */
  readonly remarks: readonly string[];
}

export interface Revisions {
  /** The last commits of the current branch, newest first. */
  readonly commits: readonly { readonly hash: string; readonly subject: string; readonly author: string; readonly date: string }[];
  /** Branches of series under review, with their range: `b4/review/…`. */
  readonly series: readonly { readonly name: string; readonly subject: string; readonly range: string }[];
}
