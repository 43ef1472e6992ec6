import type { PatchPlace, Reviewed } from '../model/compare/changes.ts';
import { causeText, remarksOf, type Remark } from '../model/compare/remarks.ts';
import { unfollowedText } from '../model/compare/unseen.ts';
import type { PlacedHunk } from '../model/patch/applied.ts';
import type { PatchSet } from '../model/patch/patch.ts';
import { lessSureLines } from '../model/report/left-out.ts';
import { unchangedIn } from '../model/report/unchanged.ts';
import type { PatchReview, Review } from '../model/review-api.ts';
import type { HunkView, PatchView, RemarkView, ReviewedView, ReviewView } from '../protocol/review.ts';
import { uriOf } from './places.ts';

interface Made {
  readonly id: number;
  readonly title: string;
  readonly root: string;
  readonly set: PatchSet;
  readonly review: Review;
  readonly notices: readonly string[];
  /** The file that the patches were read from. */
  readonly uri?: string;
}

/** A review as a client shows it: remarks with the places of the texts that it may ask for. */
export function viewOf({ id, title, root, set, review, notices, uri }: Made): ReviewView {
  return {
    ...{ id, title, tree: uriOf(root, ''), notices, problems: review.problems, unread: review.unread ?? [] },
    patches: review.patches.map((reviewed, i) => {
      const patch = set.patches[i]!;
      return patchView(reviewed, patch, i, review, uri);
    }),
    whole: reviewedView({ ...review.whole, ...(review.leftOut && { leftOut: review.leftOut }) }, review),
  };
}

function patchView(
  reviewed: PatchReview,
  { subject, number, total, mail, firstLine }: PatchSet['patches'][number],
  index: number,
  review: Review,
  uri: string | undefined,
): PatchView {
  const { applied, moved } = reviewed;
  return {
    ...{ subject, number, total, state: applied.state, refused: applied.refused, moved },
    ...(mail && { mail: { from: mail.from, date: mail.date, messageId: mail.messageId } }),
    ...(uri !== undefined && firstLine !== undefined && { source: { uri, firstLine } }),
    files: applied.files.map(({ change: { kind, before, after, isBinary, line }, hunks }) => ({
      ...{ kind, line, hasTexts: !isBinary, hunks: hunks.map(hunkView) },
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    })),
    ...reviewedView(reviewed, review, index),
  };
}

/** A hunk that has no line on a side names the line before it. */
function hunkView({ beforeStart, afterStart, lines }: PlacedHunk): HunkView {
  const marks = lines.map(({ kind }) => kind).join('');
  return { before: beforeStart + (/[ -]/.test(marks) ? 0 : 1), after: afterStart + (/[ +]/.test(marks) ? 0 : 1), marks };
}

/** `index`: of the patch; of the whole series where not given. */
function reviewedView(reviewed: Reviewed & Pick<Review, 'leftOut'>, review: Review, index?: number): ReviewedView {
  const [lessSure] = lessSureLines(reviewed.leftOut, 'setting');
  const unchanged = unchangedIn(review, index === undefined ? undefined : review.patches[index]);
  return {
    remarks: remarksOf(reviewed).map((remark) => remarkView(remark, review, index)),
    untouched: reviewed.untouched,
    unfollowed: reviewed.unfollowed.map(unfollowedText),
    changes: reviewed.changes,
    ...(unchanged && { unchanged }),
    ...(lessSure !== undefined && { lessSure }),
  };
}

function remarkView(remark: Remark, review: Review, index: number | undefined): RemarkView {
  const cause = remark.finding && causeText(remark.finding);
  const shown = shownAt(remark, review, index);
  return { ...remark, ...(cause !== undefined && { cause }), ...(shown && { shown }) };
}

/** A finding is shown where it is; accesses at the line of the patch that they are told at. */
function shownAt({ finding, access, place }: Remark, { patches }: Review, index: number | undefined): RemarkView['shown'] {
  if (finding) {
    const side = finding.change === 'fixed' ? 'before' : 'after';
    const { file, line, column, endLine, endColumn } = finding.at;
    return { patch: index ?? (side === 'before' ? 0 : patches.length - 1), side, file, line, column, endLine, endColumn };
  }
  const line = place && lineOf(place, patches);
  if (line) return line;
  const site = (access?.after ?? access?.before)?.sites[0]?.at;
  if (!site) return undefined;
  const { file, column, endLine, endColumn } = site;
  const side = access?.after ? 'after' : 'before';
  return { patch: index ?? (side === 'before' ? 0 : patches.length - 1), side, file, line: site.line, column, endLine, endColumn };
}

/** Where a line of a patch is in its texts. */
function lineOf({ patch, line }: PatchPlace, patches: readonly PatchReview[]): RemarkView['shown'] {
  for (const { change, hunks } of patches[patch]?.applied.files ?? []) {
    const found = hunks.flatMap(({ lines }) => lines).find((each) => each.line === line);
    if (!found) continue;
    const side = found.after === undefined ? 'before' : 'after';
    const [file, at] = [change[side], found[side]];
    if (file === undefined || at === undefined) return undefined;
    const start = found.text.length - found.text.trimStart().length;
    return { patch, side, file, line: at, column: start + 1, endLine: at, endColumn: found.text.trimEnd().length + 1 };
  }
  return undefined;
}
