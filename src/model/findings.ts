import type { Draft } from './checks/check.ts';
import type { Finding, SuppressedFinding } from './checks/finding.ts';
import { compareLocations, type Problem } from './source/location.ts';
import type { Tally } from './tally.ts';

const ranks = ['high', 'medium', 'low'];

/** Sorted by place, one for each place and what is said of it, each with an id that edits elsewhere leave alone. */
export function numbered(drafts: readonly Draft[]): readonly Finding[] {
  const sorted = [...drafts].sort(
    (a, b) =>
      compareLocations(a.at, b.at) ||
      compareTexts(a.check, b.check) ||
      ranks.indexOf(a.confidence) - ranks.indexOf(b.confidence) ||
      compareTexts(a.message, b.message),
  );
  const places = new Set<string>();
  const ids = new Map<string, number>();
  const findings: Finding[] = [];
  for (const draft of sorted) {
    // Generic code is checked with each architecture; the surest of what is said of a place is enough.
    const place = placeOf(draft);
    if (places.has(place)) continue;
    places.add(place);
    const name = nameOf(draft);
    const count = (ids.get(name) ?? 0) + 1;
    ids.set(name, count);
    findings.push({ id: count === 1 ? name : `${name}#${count}`, ...draft });
  }
  return findings;
}

interface Found {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
  readonly tally: Pick<Tally, 'files' | 'headers'>;
}

/**
 * What parts of a request have found, as if it were of one: a place that is in several of them is told of once. Of parts that read the same
 * files, one may have lost its way where another has not: what is found counts where each part that has all files of its chains has found it.
 */
export function together(parts: readonly Found[]): Pick<Found, 'findings' | 'suppressed'> {
  const reasons = new Map<string, string>();
  const finders = new Map<string, Set<Found>>();
  const drafts: Draft[] = [];
  for (const part of parts) {
    for (const { finding, reason } of part.suppressed) reasons.set(placeOf(finding), reason);
    for (const { id: _, ...draft } of [...part.findings, ...part.suppressed.map(({ finding }) => finding)]) {
      drafts.push(draft);
      finders.set(placeOf(draft), (finders.get(placeOf(draft)) ?? new Set()).add(part));
    }
  }
  const read = parts.map((part) => ({ part, files: new Set([...part.tally.files, ...part.tally.headers]) }));
  const isAgreed = (draft: Draft): boolean => {
    const chain = [draft.at.file, ...draft.witnesses.flatMap((witness) => witness.map(({ at }) => at.file))];
    return read.every(({ part, files }) => finders.get(placeOf(draft))!.has(part) || !chain.every((file) => files.has(file)));
  };
  const all = numbered(drafts.filter(isAgreed)).map((finding) => ({ finding, reason: reasons.get(placeOf(finding)) }));
  return {
    findings: all.flatMap(({ finding, reason }) => (reason === undefined ? [finding] : [])),
    suppressed: all.flatMap(({ finding, reason }) => (reason === undefined ? [] : [{ finding, reason }])),
  };
}

export function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [`${problem.file}:${problem.line}:${problem.message}`, problem]));
  return [...seen.values()].sort((a, b) => compareLocations({ ...a, column: 0 }, { ...b, column: 0 }) || (a.message < b.message ? -1 : 1));
}

function nameOf({ check, at, function: fn, about }: Draft): string {
  return `${check}:${at.file}:${fn}:${about.join('->')}`;
}

function placeOf(draft: Draft): string {
  return `${nameOf(draft)}:${draft.at.line}:${draft.at.column}`;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
