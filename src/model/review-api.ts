import type { Reviewed } from './compare/changes.ts';
import type { Applied } from './patch/applied.ts';
import type { Moved } from './patch/moved.ts';
import type { Patch, PatchSet } from './patch/patch.ts';
import type { LeftOut } from './report/left-out.ts';
import type { CheckStats, RequestOptions } from './reviewer-api.ts';
import type { Problem } from './source/location.ts';

export interface ReviewRequest extends RequestOptions {
  /** In the order in which they are put on. */
  readonly patches: readonly Patch[];
  /** As for a check. */
  readonly orders?: readonly string[];
  /** The patches are what is changed in the tree: that it has them is nothing to tell. */
  readonly isInTree?: boolean;
  /** What of the patches could not be read, to be told with what is said of the rest. */
  readonly unread?: PatchSet['problems'];
}

/** What some patches change in the locking of a tree. */
export interface Review {
  /** In the order of the request. */
  readonly patches: readonly PatchReview[];
  /** All of them together: the tree before the first, and after the last. Of a single patch, its own. */
  readonly whole: Reviewed;
  /** As for a check: of the whole, or of the patch that more was read for. */
  readonly stats: CheckStats;
  /** What could not be read or understood in what the patches change, or could be before them. */
  readonly problems: readonly Problem[];
  /** As in the request. */
  readonly unread?: PatchSet['problems'];
  /** Of the whole, where not all findings were asked for. */
  readonly leftOut?: LeftOut;
}

export interface PatchReview extends Reviewed {
  /** How it was put on; `reversed` where the tree had it, and it was taken off for the comparison. */
  readonly applied: Applied;
  /** Hunks of it at other lines than the patch says. */
  readonly moved: readonly Moved[];
  /** C files that were analyzed for it. */
  readonly files: number;
  /** Where not all findings were asked for. */
  readonly leftOut?: LeftOut;
}
