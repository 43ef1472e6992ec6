import type { ChangedFinding, Changes, ContractChange, PatchPlace, Reviewed, Taker } from '../compare/changes.ts';
import { passingIn, patchName } from '../compare/passing.ts';
import { isProblem, remarksOf } from '../compare/remarks.ts';
import type { Patch } from '../patch/patch.ts';
import type { Review } from '../review-api.ts';
import { findingJson, locationJson, witnessJson } from './json.ts';
import { lessSureLines } from './left-out.ts';
import { refusedText, unreadText } from './not-reviewed.ts';
import { count, jsonText, plain, plainLine } from './plain.ts';
import { renderReview } from './review-text.ts';

/** The contract's number: raised when a field changes its meaning or goes away, not when one is added. */
const version = 1;

/** The whole on top, as `check` has it; then each patch by itself. */
export function renderReviewJson(review: Review, patches: readonly Patch[]): string {
  return jsonText({
    version,
    ...reviewedJson(review.whole, patches),
    passing: passingIn(review.patches).map(({ patch, finding }) => ({ patch: patch + 1, ...placedJson(finding, patches) })),
    patches: review.patches.map((each, i) => {
      const { subject, number, total, mail } = patches[i]!;
      return {
        subject,
        number,
        total,
        ...(mail ? { messageId: mail.messageId } : {}),
        state: each.applied.state,
        refused: each.applied.refused.map(({ file, line, message }) => ({ file, line, message })),
        moved: each.moved.map(({ file, line, message }) => ({ file, line, message })),
        ...reviewedJson(each, patches),
        ...(each.leftOut ? { leftOut: each.leftOut } : {}),
      };
    }),
    problems: review.problems.map(({ file, line, message }) => ({ file, line, message })),
    unread: unreadJson(review, patches),
    stats: { ...review.stats, ...review.leftOut },
  });
}

/** All that was not looked at: what could not be read, then what does not fit. */
function unreadJson(review: Review, patches: readonly Patch[]): readonly object[] {
  const refused = review.patches.flatMap(({ applied }, patch) =>
    applied.refused.map(({ file, line, message }) => {
      const first = patches[patch]?.firstLine;
      return { line: first === undefined ? 0 : first + line - 1, message, file, patchLine: placeJson({ patch, line }, patches) };
    }),
  );
  return [...(review.unread ?? []).map(({ line, message }) => ({ line, message })), ...refused];
}

function reviewedJson({ findings, untouched, suppressed, changes, unseen }: Reviewed, patches: readonly Patch[]): object {
  const place = ({ place }: { readonly place?: PatchPlace }): object => (place ? { patchLine: placeJson(place, patches) } : {});
  return {
    findings: findings.map((finding) => placedJson(finding, patches)),
    untouched,
    suppressed: suppressed.map(({ finding, reason }) => ({ ...placedJson(finding, patches), reason })),
    changes: changesJson(changes, place),
    unseen,
  };
}

function placedJson(finding: ChangedFinding, patches: readonly Patch[]): object {
  const causes = finding.causes.map((cause) => ({ ...placeJson(cause, patches), sign: cause.sign, text: cause.text, file: cause.file }));
  const { change, goneWith, cameWith } = finding;
  return {
    ...{ ...findingJson(finding), change },
    ...(causes.length > 0 ? { causes } : {}),
    ...(goneWith ? { goneWith: goneWith.patch + 1 } : {}),
    ...(cameWith ? { cameWith: cameWith.patch + 1 } : {}),
    ...(finding.place ? { patchLine: placeJson(finding.place, patches) } : {}),
  };
}

/** `line` counts in the text of the patch; `fileLine` in the file it came in, where it has lines of its own there. */
function placeJson({ patch, line }: PatchPlace, patches: readonly Patch[]): object {
  const first = patches[patch]?.firstLine;
  return { patch: patch + 1, line, ...(first === undefined ? {} : { fileLine: first + line - 1 }) };
}

function changesJson(
  { classes, renames, types, edges, contracts, accesses, rules }: Changes,
  place: (of: { readonly place?: PatchPlace }) => object,
): object {
  const takerJson = ({ function: name, at }: Taker): object => ({ function: name, at: locationJson(at) });
  const classJson = (change: Changes['classes']['added'][number]): object => {
    const { lockClass, kind, takers, outer, inner, guards } = change;
    return { class: lockClass, kind, takers: takers.map(takerJson), outer, inner, guards, ...place(change) };
  };
  const edgeJson = (change: Changes['edges']['added'][number]): object => {
    const { outer, inner, isReadSide, witness } = change;
    return { outer, inner, isReadSide, witness: witnessJson(witness), ...place(change) };
  };
  const ruleJson = (change: Changes['rules']['added'][number]): object => {
    const { outer, inner, file, line, text } = change;
    return { outer, inner, file, line, text, ...place(change) };
  };
  return {
    classes: { added: classes.added.map(classJson), removed: classes.removed.map(classJson) },
    renames: renames.map(({ from, to, kind, takers, ...rest }) => ({ from, to, kind, takers: takers.map(takerJson), ...place(rest) })),
    types: types.map(({ lockClass, before, after, misfits, unread, ...rest }) => ({
      ...{ class: lockClass, before, after },
      misfits: misfits.map(({ operation, function: name, at }) => ({ operation, function: name, at: locationJson(at) })),
      ...(unread.length > 0 && { unread: unread.map(takerJson) }),
      ...place(rest),
    })),
    edges: { added: edges.added.map(edgeJson), removed: edges.removed.map(edgeJson) },
    contracts: contracts.map(({ function: name, at, before, after, messages, follows, ...rest }) => ({
      function: name,
      at: locationJson(at),
      messages,
      ...(follows ? { follows } : {}),
      ...(before ? { before: contractJson(before) } : {}),
      ...(after ? { after: contractJson(after) } : {}),
      ...place(rest),
    })),
    accesses: accesses.map(({ place: name, messages, verdict, before, after, at }) => ({
      place: name,
      messages,
      verdict,
      ...(before ? { before } : {}),
      ...(after ? { after } : {}),
      ...(at ? place({ place: at }) : {}),
    })),
    rules: { added: rules.added.map(ruleJson), removed: rules.removed.map(ruleJson) },
  };
}

/** What callers have to know; not how it was found. */
function contractJson(contract: NonNullable<ContractChange['after']>): object {
  const { function: name, file, takes, acquisitions, returnsHeld, releases, onSomeWays, held, handed, asserts, isCut } = contract;
  return { function: name, file, takes, acquisitions, returnsHeld, releases, onSomeWays, held, handed, asserts, isCut };
}

/** One answer to `b4 review`: its maintainer guide, "CI check integration". */
interface CheckAnswer {
  readonly tool: 'lockstep';
  readonly status: 'pass' | 'warn' | 'fail';
  readonly summary: string;
  readonly details?: string;
}

/**
 * What b4 asks of a check of one patch: an array of answers; one for each new finding, also of one that a later patch takes away,
 * each function that leaves other locks to its callers, the parts that do not fit, and what could not be read; else one that it passes.
 */
export function renderB4(review: Review, patches: readonly Patch[]): string {
  const { whole } = review;
  const details = renderReview(review, patches);
  const leftOut = (lines: readonly string[]): string => `${lines.map(plain).join('\n')}\n\n${details}`;
  const news = whole.findings.filter(isProblem);
  const passing = passingIn(review.patches).filter(({ finding }) => isProblem(finding));
  const refused = review.patches.flatMap((patch) => patch.applied.refused);
  const answers: CheckAnswer[] = news.map(({ severity, message, at, check }) => ({
    tool: 'lockstep',
    status: severity === 'error' ? 'fail' : 'warn',
    summary: plainLine(`${at.file}:${at.line}: ${message} [${check}]`),
    details,
  }));
  for (const { patch, finding, goneWith } of passing) {
    const when = `new with ${patchName(patches[patch]!)}, gone with ${goneWith.name}`;
    const summary = plainLine(`${finding.at.file}:${finding.at.line}: ${when}: ${finding.message} [${finding.check}]`);
    answers.push({ tool: 'lockstep', status: 'warn', summary, details });
  }
  for (const { title, contract, type, isSaid } of remarksOf(whole)) {
    const at = contract?.at ?? type?.misfits[0]?.at;
    const status = type ? 'fail' : 'warn';
    if (at && isSaid) answers.push({ tool: 'lockstep', status, summary: plainLine(`${at.file}:${at.line}: ${title}`), details });
  }
  if (refused.length > 0)
    answers.push({
      tool: 'lockstep',
      status: 'warn',
      summary: `${count(refused.length, 'part')} of the patch could not be put on the tree`,
      details: leftOut(refused.map((part) => `${part.file}: ${refusedText(part)}`)),
    });
  const unread = review.unread ?? [];
  if (unread.length > 0)
    answers.push({
      tool: 'lockstep',
      status: 'warn',
      summary: `not all of the patch could be read: ${count(unread.length, 'problem')}`,
      details: leftOut(unread.map(unreadText)),
    });
  if (answers.length === 0) answers.push({ tool: 'lockstep', status: 'pass', summary: passedText(review), details });
  return jsonText(answers);
}

function passedText({ whole: { findings, changes, unfollowed }, leftOut }: Review): string {
  const fixed = findings.filter(({ change }) => change === 'fixed').length;
  const open = changes.accesses.filter(({ verdict }) => verdict === 'open').length;
  return [
    `no new finding${leftOut?.lessSureNew ? ' that is sure enough' : ''}${unfollowed.length > 0 ? ' in what was looked at' : ''}`,
    ...(fixed > 0 ? [`${fixed} fixed`] : []),
    ...(open > 0 ? [`${count(open, 'place')} whose accesses may meet`] : []),
    ...lessSureLines(leftOut, 'option'),
  ].join(', ');
}
