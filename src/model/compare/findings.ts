import type { CheckId, Finding, Hop } from '../checks/finding.ts';
import { isSilent, tellingFirst } from './changed-text.ts';
import type { Cause, Change, ChangedFinding, PatchPlace, Reviewed } from './changes.ts';
import { causesOfLeak, isLeftByPatch } from './leaks.ts';
import type { PatchedLines, Side } from './patched-lines.ts';
import { changesIn, functionKey, isOnlyRead, type Picture } from './picture.ts';

/** Changed lines named as the cause of one finding. */
const causeLimit = 3;

/**
 * Tells findings of two trees apart. Those that are there both ways are kept where the patch changes a line of their function or chain,
 * or their id is told already; `moved` has the ids before and after of those where they differ.
 */
export function compareFindings(
  before: Picture,
  after: Picture,
  lines: PatchedLines,
  told: ReadonlySet<string> = new Set(),
): Pick<Reviewed, 'findings' | 'untouched' | 'suppressed'> & { readonly moved: ReadonlyMap<string, string> } {
  const { added, removed, both, moved, lessened } = matched(before.findings, after.findings, { before, after }, lines);
  // What a comment of the patch suppresses is there as before.
  const hidden = matched(
    before.suppressed.map(({ finding }) => finding),
    after.suppressed.map(({ finding }) => finding),
    { before, after },
    lines,
  ).added;
  const { both: silenced, removed: fixed } = matched(removed, hidden, { before, after }, lines);
  const changed = (finding: Finding, change: Change): ChangedFinding => {
    const side = change === 'fixed' ? 'before' : 'after';
    const leak = change === 'kept' ? [] : causesOfLeak(finding, side, { before, after }, lines);
    const causes = leak.length > 0 ? distinct(leak) : causesOf(finding, side, { before, after }, lines);
    const place = leak[0] ? placeOfCause(leak[0]) : placeOf(finding, side, causes, lines);
    const sureness = change !== 'kept' && isLeftByPatch(finding, side, { before, after }, lines) ? finding.asChange : undefined;
    return { ...finding, ...sureness, change, causes, ...(place && { place }) };
  };
  const isReadOnce = (finding: Finding, side: Side): boolean =>
    finding.witnesses.length > 0 &&
    finding.witnesses.flat().every((hop) => isOnlyRead(hop, side, { before, after }[side === 'after' ? 'before' : 'after'], lines));
  const findings = [
    ...added.filter((finding) => !isReadOnce(finding, 'after')).map((finding) => changed(finding, 'new')),
    ...fixed.filter((finding) => !isReadOnce(finding, 'before')).map((finding) => changed(finding, 'fixed')),
  ];
  let untouched = added.length + fixed.length - findings.length;
  for (const finding of both) {
    if (told.has(finding.id) || told.has(idBefore(finding, lines)) || isTouched(finding, { before, after }, lines))
      findings.push({ ...changed(finding, 'kept'), causes: [], ...lessenedText(finding, lessened) });
    else untouched++;
  }
  const suppressed = after.suppressed.flatMap(({ finding, reason }) =>
    hidden.includes(finding) ? [{ finding: changed(finding, silenced.includes(finding) ? 'kept' : 'new'), reason }] : [],
  );
  return { findings, untouched, suppressed, moved };
}

/** By id, then what only moved: the same locks in another function of the file, or in the same function of another file. */
function matched(before: readonly Finding[], after: readonly Finding[], pictures: Record<Side, Picture>, lines: PatchedLines) {
  const old = new Map(before.map((finding) => [finding.id, finding]));
  const added: Finding[] = [];
  const both: Finding[] = [];
  const ids = new Map<string, string>();
  const lessened = new Map<Finding, Finding>();
  const match = (id: string, finding: Finding): void => {
    const known = old.get(id)!;
    if (leavesMore(known, finding)) lessened.set(finding, known);
    old.delete(id);
    both.push(finding);
    if (id !== finding.id) ids.set(id, finding.id);
  };
  for (const finding of after) {
    const id = idBefore(finding, lines);
    const known = old.get(id);
    if (!known) added.push(finding);
    // Hardly likely on one side, and on the other so by a line of the patch: what was guessed is not what it does.
    else if (isByPatch(finding, known, 'after', lines) || leavesMore(finding, known)) {
      old.delete(id);
      added.push(finding);
    } else if (leavesOther(finding, known, lines)) added.push(finding);
    else if (!isByPatch(known, finding, 'before', lines)) match(id, finding);
  }
  for (const finding of [...added]) {
    const file = lines.nameBefore(finding.at.file);
    const moved = [...old.values()].find(
      (other) =>
        !leavesOther(finding, other, lines) &&
        aboutOf(other) === aboutOf(finding) &&
        (other.function === finding.function || (other.at.file === file && !areBothThere(other, finding, pictures, lines))),
    );
    if (!moved) continue;
    added.splice(added.indexOf(finding), 1);
    match(moved.id, finding);
  }
  return { added, both, moved: ids, removed: [...old.values()], lessened };
}

/** Whether a finding is much surer than the other, which has its id, and a line of the patch takes or gives back a lock on its chain. */
function isByPatch(finding: Finding, other: Finding, side: Side, lines: PatchedLines): boolean {
  if (other.confidence !== 'low' || finding.confidence === 'low') return false;
  return finding.witnesses.flat().some((hop) => hop.calls === undefined && lines.changedAt(side, hop.at));
}

/** Whether more ways out leave a lock held than did. */
function leavesMore({ check, witnesses }: Finding, other: Finding): boolean {
  return check === 'missing-release' && witnesses.length > other.witnesses.length;
}

/** Whether it is another way out that leaves the lock held: one that the patch writes, while that of before is there still. */
function leavesOther(finding: Finding, other: Finding, lines: PatchedLines): boolean {
  if (finding.check !== 'missing-release' || other.check !== finding.check) return false;
  const isWritten = ({ witnesses }: Finding, side: Side): boolean =>
    witnesses.some((witness) => lines.changedAt(side, witness.at(-1)!.at) !== undefined);
  return isWritten(finding, 'after') && !isWritten(other, 'before');
}

/** Of a lock that fewer ways out leave held than did, how many that were. */
function lessenedText(finding: Finding, lessened: ReadonlyMap<Finding, Finding>): Partial<Pick<Finding, 'message'>> {
  const ways = lessened.get(finding)?.witnesses.length;
  return ways === undefined
    ? {}
    : { message: `${finding.message} (on ${ways} ways out before the patch, on ${finding.witnesses.length} now)` };
}

/** Checks of what one function does: the mistake of another one is another. */
const ownChecks: ReadonlySet<string> = new Set<CheckId>(['missing-release', 'release-unheld', 'mismatched-release']);

/** Whether the functions of two findings, one before and one after, are there on both sides: nothing has moved from one to the other. */
function areBothThere(old: Finding, now: Finding, { before, after }: Record<Side, Picture>, lines: PatchedLines): boolean {
  if (!ownChecks.has(now.check)) return false;
  const has = ({ functions }: Picture, file: string, name: string): boolean => functions.has(functionKey(file, name));
  return has(after, now.at.file, old.function) && has(before, lines.nameBefore(now.at.file), now.function);
}

function idBefore({ id, at: { file } }: Finding, lines: PatchedLines): string {
  const old = lines.nameBefore(file);
  return old === file ? id : id.replace(`:${file}:`, `:${old}:`);
}

/** What a finding says, whatever the place: the check, and the locks of its id. */
function aboutOf({ check, id }: Finding): string {
  return `${check}:${id.slice(id.lastIndexOf(':') + 1).replace(/#\d+$/, '')}`;
}

/** Changed lines on the chains; else those of the functions on them, and of the rule that is broken. */
function causesOf(finding: Finding, side: Side, pictures: Record<Side, Picture>, lines: PatchedLines): readonly Cause[] {
  const hops = finding.witnesses.flat();
  const isCall = ({ calls }: Hop): boolean => calls !== undefined;
  for (const some of [hops.filter((hop) => !isCall(hop)), hops.filter(isCall)]) {
    const onChain = some.flatMap((hop) => lines.changedAt(side, hop.at) ?? []);
    if (onChain.length > 0) return distinct(onChain);
  }
  const rule = finding.order && lines.changedAt(side, finding.order);
  if (rule) return [rule];
  return distinct(tellingFirst(hops.reverse().flatMap((hop) => changesIn(hop.at.file, hop.function, pictures, lines))));
}

function placeOf(finding: Finding, side: Side, causes: readonly Cause[], lines: PatchedLines): PatchPlace | undefined {
  const own = lines.at(side, finding.at);
  if (own) return own;
  return causes[0] && placeOfCause(causes[0]);
}

function placeOfCause({ patch, line }: Cause): PatchPlace {
  return { patch, line };
}

function isTouched(finding: Finding, pictures: Record<Side, Picture>, lines: PatchedLines): boolean {
  if (finding.witnesses.flat().some((hop) => lines.changedAt('after', hop.at))) return true;
  return changesIn(finding.at.file, finding.function, pictures, lines).length > 0;
}

/** Those that may say something. */
function distinct(causes: readonly Cause[]): readonly Cause[] {
  const telling = causes.filter((cause) => !isSilent(cause));
  return [...new Map(telling.map((cause) => [`${cause.patch}:${cause.line}`, cause])).values()].slice(0, causeLimit);
}
