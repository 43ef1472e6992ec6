import type { Witness } from '../checks/finding.ts';
import type {
  AccessChange,
  AccessSite,
  ChangedFinding,
  Changes,
  ClassChange,
  LockTypeChange,
  Reviewed,
  Taker,
} from '../compare/changes.ts';
import { callsUnderText, lockTypeText, misfitText } from '../compare/lock-types.ts';
import { passingIn, patchName } from '../compare/passing.ts';
import { causeText } from '../compare/remarks.ts';
import { unfollowedText } from '../compare/unseen.ts';
import type { Patch } from '../patch/patch.ts';
import type { PatchReview, Review } from '../review-api.ts';
import type { Problem } from '../source/location.ts';
import { lessSureLines } from './left-out.ts';
import { refusedText, unreadText } from './not-reviewed.ts';
import { count, plain } from './plain.ts';
import { findingLines, problemLine } from './text.ts';
import { unchangedIn, type Unchanged } from './unchanged.ts';

/** Functions named of those that take a lock. */
const takersNamed = 8;
/** Accesses named of those to one place, unless the patch writes more of them. */
const sitesNamed = 8;

/** A review of some patches: one part each, of several the whole as well, then problems, then one line that counts. */
export function renderReview(review: Review, patches: readonly Pick<Patch, 'subject' | 'number' | 'total'>[]): string {
  const unread = review.unread ?? [];
  const told = new Set<string>();
  const lines = review.patches.flatMap((each, i) => [
    ...headLines(each, patches[i]!),
    ...(each.applied.state === 'none' ? [] : reviewedLines(each, told, unchangedIn(review, each))),
    // Of one patch the last line says it.
    ...(review.patches.length > 1 ? lessSureLines(each.leftOut, 'option') : []),
    '',
  ]);
  if (review.patches.length > 1)
    lines.push(
      `== all ${review.patches.length} patches together`,
      ...passingTexts(review, patches).map(({ file, line, message }) => `${file}:${line}: ${message}`),
      ...reviewedLines(review.whole, told, unchangedIn(review)),
      '',
    );
  lines.push(...unread.map(unreadText), ...problemsLeft(review).map(problemLine), summaryLine(review));
  return lines.map((line) => `${plain(line)}\n`).join('');
}

/** Problems but those that were told as the reason why a change may not be seen. */
function problemsLeft({ problems, whole, patches }: Review): readonly Problem[] {
  const reasons = new Set([whole, ...patches].flatMap(({ unseen }) => unseen));
  return problems.filter((problem) => !reasons.has(unfollowedText(problem)));
}

function headLines(
  { applied: { state, refused }, moved }: PatchReview,
  { subject, number, total }: Pick<Patch, 'subject' | 'number' | 'total'>,
): string[] {
  const states: Record<PatchReview['applied']['state'], string> = {
    forward: '',
    reversed: 'the tree has it: compared with the tree without it',
    partly: 'put on in part',
    none: 'not put on: nothing of it fits on this tree',
  };
  return [
    `== ${total > 1 ? `${number}/${total} ` : ''}${subject}`,
    ...(states[state] === '' ? [] : [states[state]]),
    ...refused.map((part) => `${part.file}: ${refusedText(part)}`),
    ...moved.map(({ file, message }) => `${file}: ${message}`),
  ];
}

/** What one patch changes, or that nothing is. Ids in `told` are findings that were there when they were told. */
function reviewedLines(reviewed: Reviewed, told: Set<string>, unchanged: Unchanged | undefined): string[] {
  const { findings, changes } = reviewed;
  const again = findings.filter(({ change, id }) => change === 'kept' && told.has(id));
  for (const { change, id } of findings) if (change !== 'fixed') told.add(id);
  return [
    ...findings.filter((finding) => !again.includes(finding)).flatMap(changedLines),
    ...(again.length > 0 ? [`${count(again.length, 'finding')} kept, told above`] : []),
    ...reviewed.suppressed.flatMap(suppressedLines),
    ...(unchanged ? [unchanged.text, ...unchanged.reasons.map((reason) => `  ${reason}`)] : []),
    ...ruleLines(changes),
    ...changes.renames.flatMap(({ from, to, kind, takers }) => [
      `lock class renamed: ${from} is ${to} now (${kind})`,
      `  taken in ${takersText(takers)}`,
    ]),
    ...changes.classes.added.flatMap((change) => classLines(change, 'new')),
    ...changes.classes.removed.flatMap((change) => classLines(change, 'gone')),
    ...changes.types.flatMap(typeLines),
    ...edgeLines(changes),
    ...contractLines(changes),
    ...changes.accesses.flatMap(accessLines),
  ];
}

/** What is there between two patches of a series, where a bisection may end: in short, at its place after the patch that brings it. */
export function passingTexts(review: Pick<Review, 'patches'>, patches: Parameters<typeof renderReview>[1]): readonly Problem[] {
  return passingIn(review.patches).map(({ patch, finding: { at, severity, message, check }, goneWith }) => ({
    ...{ file: at.file, line: at.line },
    message: `${severity}: new with ${patchName(patches[patch]!)}, gone with ${goneWith.name}: ${message} [${check}]`,
  }));
}

function changedLines(finding: ChangedFinding): string[] {
  const [first, ...rest] = findingLines(finding, finding.change);
  const cause = causeText(finding);
  const because = [
    ...(cause === undefined ? [] : [`  ${finding.change}: ${cause}`]),
    ...(finding.goneWith ? [`  gone with ${finding.goneWith.name}`] : []),
    ...(finding.cameWith ? [`  came with ${finding.cameWith.name}`] : []),
  ];
  // What is gone is told in short; JSON has its chains.
  if (finding.change === 'fixed') return [first!, ...because, ...finding.witnesses.map((witness) => `  was: ${wayText(witness)}`)];
  return [first!, ...because, ...rest];
}

function suppressedLines({ finding, reason }: Reviewed['suppressed'][number]): string[] {
  const [first] = findingLines(finding, finding.change === 'new' ? 'new, suppressed by a comment' : 'now suppressed by a comment');
  return [first!, `  reason: ${reason}`];
}

function ruleLines({ rules }: Changes): string[] {
  const line =
    (sign: string) =>
    (rule: Changes['rules']['added'][number]): string =>
      `  ${sign} ${rule.outer} outside ${rule.inner}  (${rule.file}:${rule.line}: ${rule.text})`;
  const lines = [...rules.added.map(line('+')), ...rules.removed.map(line('-'))];
  return lines.length === 0 ? [] : ['documented orders, by which the tree after is judged:', ...lines];
}

function classLines({ lockClass, kind, takers, outer, inner, guards }: ClassChange, change: 'new' | 'gone'): string[] {
  const isReadSide = kind === 'rcu' || kind === 'srcu';
  const head = isReadSide
    ? `${change === 'new' ? 'new read side' : 'read side no longer entered'}: ${lockClass}`
    : `${change === 'new' ? 'new lock class' : 'lock class no longer taken'}: ${lockClass} (${kind})`;
  const lines = [head, `  ${isReadSide ? 'entered' : 'taken'} in ${takersText(takers)}`];
  if (outer.length > 0) lines.push(`  inside ${outer.join(', ')}`);
  if (inner.length > 0) lines.push(`  outside ${inner.join(', ')}`);
  if (guards.length > 0) lines.push(`  guards ${guards.join(', ')}`);
  return lines;
}

function typeLines(change: LockTypeChange): string[] {
  const [misfit, unread] = [misfitText(change), callsUnderText(change)];
  const head = `lock of another type: ${lockTypeText(change)}`;
  return [head, `  ${misfit ?? 'all that was read to take it or give it back fits'}`, ...(unread === undefined ? [] : [`  ${unread}`])];
}

function takersText(takers: readonly Taker[]): string {
  const functions = [...new Map(takers.map((taker) => [taker.function, taker])).values()];
  const named = functions.slice(0, takersNamed).map(({ function: name, at }) => `${name} (${at.file}:${at.line})`);
  return functions.length > takersNamed ? `${named.join(', ')} and ${functions.length - takersNamed} more` : named.join(', ');
}

function edgeLines({ edges }: Changes): string[] {
  const lines = (sign: string, list: Changes['edges']['added']): string[] =>
    list.flatMap(({ outer, inner, isReadSide, witness }) => [
      `  ${sign} ${isReadSide ? 'the read side of ' : ''}${outer} -> ${inner}`,
      `      ${wayText(witness)}`,
    ]);
  const all = [...lines('+', edges.added), ...lines('-', edges.removed)];
  return all.length === 0 ? [] : ['lock order:', ...all];
}

/** Functions on a way, and where it ends; not those that took a lock for one of them, and came back. */
function wayText(witness: Witness): string {
  const functions: string[] = [];
  for (const { function: name } of witness) {
    const known = functions.indexOf(name);
    if (known >= 0) functions.length = known;
    functions.push(name);
  }
  const last = witness.at(-1);
  return `${functions.join(' > ')}${last ? ` (${last.at.file}:${last.at.line})` : ''}`;
}

function contractLines({ contracts }: Changes): string[] {
  const lines = contracts.flatMap(({ function: name, at, messages, follows, likewise }) => {
    if (follows) return [];
    return [
      ...messages.map((message) => `  ${at.file}:${at.line}: ${name} ${message}`),
      ...(likewise === undefined ? [] : [`      ${likewise}`]),
    ];
  });
  return lines.length === 0 ? [] : ['what functions do to locks:', ...lines];
}

function accessLines({ place, messages, after, before }: AccessChange): string[] {
  const { sites } = (after ?? before)!;
  const named = Math.max(sitesNamed, sites.filter(({ isChanged }) => isChanged).length);
  return [
    `accesses to ${place}:`,
    ...messages.map((message) => `  ${message}`),
    ...sites.slice(0, named).map(siteText),
    ...(sites.length > named ? [`    and ${count(sites.length - named, 'more access', 'more accesses')}`] : []),
  ];
}

function siteText(site: AccessSite): string {
  const { kind, isMarked, at, function: name, text } = site;
  return `    ${at.file}:${at.line}: ${name}: ${isMarked ? 'marked ' : ''}${kind} of ${text}, ${heldText(site) ?? 'no lock'}`;
}

/** `under struct foo.lock, struct foo.sem (shared)`; undefined where nothing is held. */
export function heldText({ guards, shared, unsure = [] }: Pick<AccessSite, 'guards' | 'shared' | 'unsure'>): string | undefined {
  if (guards.length === 0) return undefined;
  const isUnsure = (guard: string): boolean => unsure.some(({ lock }) => lock === guard);
  const text = (guard: string): string =>
    `${guard}${shared.includes(guard) ? ' (shared)' : ''}${isUnsure(guard) ? ' (in callers that were read)' : ''}`;
  return `under ${guards.map(text).join(', ')}`;
}

function summaryLine({ patches, whole, stats, leftOut }: Review): string {
  const of = (change: ChangedFinding['change']): number => whole.findings.filter((finding) => finding.change === change).length;
  const { classes, edges } = whole.changes;
  const passing = passingIn(patches).length;
  const parts = [
    `${of('new')} new, ${of('fixed')} fixed, ${of('kept')} kept${passing > 0 ? `, ${passing} new in between` : ''}`,
    ...(classes.added.length + classes.removed.length > 0 ? [`lock classes +${classes.added.length} -${classes.removed.length}`] : []),
    ...(edges.added.length + edges.removed.length > 0 ? [`orders +${edges.added.length} -${edges.removed.length}`] : []),
    ...(leftOut?.inBaseline ? [`${leftOut.inBaseline} more in the baseline`] : []),
    ...lessSureLines(leftOut, 'option'),
    ...(whole.suppressed.length > 0 ? [`${count(whole.suppressed.length, 'finding')} suppressed by a comment`] : []),
    ...(whole.untouched > 0 ? [`${count(whole.untouched, 'finding')} that the patch does not touch`] : []),
  ];
  return `${count(patches.length, 'patch', 'patches')}: ${parts.join('; ')}; read ${count(stats.files, 'file')} and ${count(stats.headers, 'header')}`;
}
