import type { Confidence } from '../checks/finding.ts';
import type { ChangedFinding, Reviewed } from '../compare/changes.ts';
import { passingIn } from '../compare/passing.ts';
import type { Review } from '../review-api.ts';
import { isConfident, leastConfidence } from './confidence.ts';

/** What a report does not show, but counts. */
export interface LeftOut {
  /** Findings that the baseline has. */
  readonly inBaseline?: number;
  /** Findings that are less sure than was asked for. */
  readonly lessSure?: number;
  /** Of a review: how many of these come with the patch. */
  readonly lessSureNew?: number;
  /** The confidence that has to be asked for to be shown all of them. */
  readonly shownAt?: Confidence;
}

/** Where a person says how sure findings have to be. */
const places = { option: '--minimum-confidence', setting: 'the setting lockstep.minimumConfidence at' } as const;

interface Wanted {
  readonly minimumConfidence: Confidence;
  /** Ids that are known; what is fixed is told whether it is known or not. */
  readonly baseline?: ReadonlySet<string> | undefined;
}

/** A review with those findings alone that are wanted, suppressed ones too; of the others it says how many there are. */
export function filterReview(review: Review, { minimumConfidence, baseline }: Wanted): Review {
  const isKnown = ({ id, change }: ChangedFinding): boolean => change !== 'fixed' && baseline?.has(id) === true;
  const isWanted = (finding: ChangedFinding): boolean => isConfident(finding, minimumConfidence) && !isKnown(finding);
  const only = <T extends Reviewed>(reviewed: T): T => ({
    ...reviewed,
    findings: reviewed.findings.filter(isWanted),
    suppressed: reviewed.suppressed.filter(({ finding }) => isWanted(finding)),
  });
  const leftOut = ({ findings }: Pick<Reviewed, 'findings'>): LeftOut => {
    const unknown = findings.filter((finding) => !isKnown(finding));
    const lessSure = unknown.filter((finding) => !isConfident(finding, minimumConfidence));
    return {
      ...(baseline && { inBaseline: findings.length - unknown.length }),
      ...{ lessSure: lessSure.length, lessSureNew: lessSure.filter(({ change }) => change === 'new').length },
      ...(lessSure.length > 0 && { shownAt: leastConfidence(lessSure) }),
    };
  };
  const passing = passingIn(review.patches).map(({ finding }) => finding);
  return {
    ...review,
    ...{ whole: only(review.whole), leftOut: leftOut({ findings: [...review.whole.findings, ...passing] }) },
    patches: review.patches.map((patch) => ({ ...only(patch), leftOut: leftOut(patch) })),
  };
}

/** Whether something new of a patch was not sure enough to be shown. */
export function hasUnsure({ leftOut }: { readonly leftOut?: LeftOut }): boolean {
  return (leftOut?.lessSureNew ?? 0) > 0;
}

/** `2 more of less confidence`, of a review how many are new, and what shows them; nothing where there are none. */
export function lessSureLines({ lessSure = 0, lessSureNew = 0, shownAt }: LeftOut = {}, place: keyof typeof places): readonly string[] {
  if (lessSure === 0) return [];
  const news = lessSureNew > 0 ? `${lessSureNew} new; ` : '';
  const how = shownAt === undefined ? '' : ` (${news}${places[place]} ${shownAt} shows ${lessSure === 1 ? 'it' : 'them'})`;
  return [`${lessSure} more of less confidence${how}`];
}
