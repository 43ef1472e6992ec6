import type { ChangedFinding, Reviewed } from '../compare/changes.ts';
import type { Review } from '../review-api.ts';

/** What a report does not show, but counts. */
export interface LeftOut {
  /** Findings that the baseline has. */
  readonly inBaseline?: number;
  /** Findings that are less sure than was asked for. */
  readonly lessSure?: number;
}

/** A review with those findings alone that are wanted, suppressed ones too. */
export function filterReview(review: Review, isWanted: (finding: ChangedFinding) => boolean): Review {
  const only = <T extends Reviewed>(reviewed: T): T => ({
    ...reviewed,
    findings: reviewed.findings.filter(isWanted),
    suppressed: reviewed.suppressed.filter(({ finding }) => isWanted(finding)),
  });
  return { ...review, whole: only(review.whole), patches: review.patches.map(only) };
}
