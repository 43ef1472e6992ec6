import type { Reviewed } from '../compare/changes.ts';
import { isUnchanged } from '../compare/remarks.ts';
import { passingIn } from '../compare/passing.ts';
import type { PatchReview, Review } from '../review-api.ts';

/** Said where no change in the locking is seen. */
export interface Unchanged {
  /** As far as was looked: `no change in the locking that is seen in what fits`. */
  readonly text: string;
  /** Why there may be one, a clause each. */
  readonly reasons: readonly string[];
}

/** Of one patch of a review, or of all of them together; undefined where something changes. */
export function unchangedIn({ unread = [], ...review }: Review, patch?: PatchReview): Unchanged | undefined {
  const reviewed: Reviewed & Pick<Review, 'leftOut'> = patch ?? { ...review.whole, ...(review.leftOut && { leftOut: review.leftOut }) };
  if (!isUnchanged(reviewed)) return undefined;
  const isRefused = (patch ? [patch] : review.patches).some(({ applied }) => applied.refused.length > 0);
  const part = [...(unread.length > 0 ? ['could be read'] : []), ...(isRefused ? ['fits'] : [])];
  const text = [
    ...(!patch && passingIn(review.patches).length > 0 ? ['in the end,'] : []),
    'no change in the locking',
    ...(reviewed.unseen.length > 0 ? ['that is seen'] : []),
    ...(part.length > 0 ? [`in what ${part.join(' and ')}`] : []),
    ...(reviewed.leftOut?.lessSureNew ? ['but for what is less sure'] : []),
  ];
  return { text: text.join(' '), reasons: reviewed.unseen };
}
