import type { Refused } from '../patch/applied.ts';
import type { PatchReview, Review } from '../review-api.ts';

/** A part of the patches that was not looked at, and why. */
interface NotReviewed {
  /** Of the tree, where it is known. */
  readonly file?: string;
  readonly message: string;
}

/** What of the patches could not be read, and what of them does not fit the tree. */
export function notReviewed({ unread = [], patches }: Pick<Review, 'unread' | 'patches'>): readonly NotReviewed[] {
  const refused = patches.flatMap(({ applied }, i) =>
    applied.refused.map((part) => ({ file: part.file, message: refusedText(part, patches.length > 1 ? i : undefined) })),
  );
  return [...unread.map((problem) => ({ message: unreadText(problem) })), ...refused];
}

/** Whether something of this patch, or of what it has to do with, was not looked at; what could not be read may be of any. */
export function isReviewedInPart({ unread = [] }: Pick<Review, 'unread'>, { applied, unfollowed }: PatchReview): boolean {
  return unread.length > 0 || applied.refused.length > 0 || unfollowed.length > 0;
}

/** Whether nothing of this patch fits the tree: there is nothing to answer then. */
export function isLeftOut({ applied }: Pick<PatchReview, 'applied'>): boolean {
  return applied.state === 'none' && applied.refused.length > 0;
}

/** The line counts in the file that the patches came in. */
export function unreadText({ line, message }: NonNullable<Review['unread']>[number]): string {
  return `not read: ${message}${line > 0 ? ` (line ${line} of what was read)` : ''}`;
}

/** `patch`: which of several, counted from 0. */
export function refusedText({ line, message }: Refused, patch?: number): string {
  return `left out: ${message} (line ${line} of ${patch === undefined ? 'the patch' : `patch ${patch + 1}`})`;
}
