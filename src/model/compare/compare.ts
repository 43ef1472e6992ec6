import { withoutSubclass } from '../analysis/contexts.ts';
import type { AccessChange, AddedRemoved, Changes, ClassChange, ClassRename, EdgeChange, PatchPlace, RuleChange } from './changes.ts';
import { compareContracts } from './contracts.ts';
import { compareLockTypes } from './lock-types.ts';
import type { PatchedLines, Side } from './patched-lines.ts';
import { isOnlyRead, outerText, type EdgeUse, type Picture } from './picture.ts';
import type { Witness } from '../checks/finding.ts';

/** What changes in the locking from one tree to another, with the line of the patch for each where it has one; `before` under the new names of `renames`. */
export function compare(
  before: Picture,
  after: Picture,
  accesses: readonly AccessChange[],
  renames: readonly ClassRename[],
  lines: PatchedLines,
): Changes {
  const pictures = { before, after };
  // Where the patch writes inside of functions alone, other ways are as they were: only a limit of the search may have left one out.
  const isInside = isInsideFunctions(pictures, lines);
  const edges = { added: edgesOnlyIn('after', pictures, lines, isInside), removed: edgesOnlyIn('before', pictures, lines, isInside) };
  return {
    classes: {
      added: classesOnlyIn(after, before, 'after', accesses, lines),
      removed: classesOnlyIn(before, after, 'before', accesses, lines),
    },
    renames,
    types: compareLockTypes(before, after, lines),
    edges,
    around: edgesAround(after, [...edges.added, ...edges.removed]),
    contracts: compareContracts(before, after, lines),
    accesses,
    rules: rulesOf(before, after, lines),
  };
}

function classesOnlyIn(
  picture: Picture,
  other: Picture,
  side: Side,
  accesses: readonly AccessChange[],
  lines: PatchedLines,
): readonly ClassChange[] {
  const changes: ClassChange[] = [];
  for (const [lockClass, { kind, takers }] of picture.locks) {
    if (other.locks.has(lockClass) || takers.every((taker) => isOnlyRead(taker, side, other, lines))) continue;
    const edges = [...picture.edges.values()];
    const outer = edges.filter((edge) => edge.inner === lockClass).map(outerText);
    const inner = edges.filter((edge) => edge.outer === lockClass).map((edge) => edge.inner);
    const guards = accesses.filter((access) => isGuardOf(withoutSubclass(lockClass), access[side])).map((access) => access.place);
    const place = first(takers.map(({ at }) => lines.at(side, at)));
    changes.push({ lockClass, kind, takers, outer: outer.sort(), inner: inner.sort(), guards, ...(place && { place }) });
  }
  return changes.sort((a, b) => (a.lockClass < b.lockClass ? -1 : 1));
}

/** Whether every write is sure to hold a lock: its callers are all known, or it is taken where they do not matter. */
function isGuardOf(lockClass: string, summary: AccessChange[Side]): boolean {
  if (!summary?.writers.includes(lockClass)) return false;
  return summary.sites.every(({ kind, unsure = [] }) => kind === 'read' || unsure.every(({ lock }) => lock !== lockClass));
}

function edgesOnlyIn(side: Side, pictures: Readonly<Record<Side, Picture>>, lines: PatchedLines, isInside: boolean): readonly EdgeChange[] {
  const [picture, other] = [pictures[side], pictures[side === 'after' ? 'before' : 'after']];
  const changes: EdgeChange[] = [];
  for (const [key, { outer, inner, isReadSide, witness }] of picture.edges) {
    if (other.edges.has(key)) continue;
    const way: Witness = witness();
    if (way.every((hop) => isOnlyRead(hop, side, other, lines))) continue;
    if (isInside && !way.some((hop) => lines.touches(side, hop.at.file))) continue;
    const place = first([...way].reverse().map((hop) => lines.changedAt(side, hop.at))) ?? first(way.map((hop) => lines.at(side, hop.at)));
    changes.push({ outer, inner, isReadSide, witness: way, ...(place && { place: { patch: place.patch, line: place.line } }) });
  }
  return changes.sort(compareEdges);
}

/** Whether every changed line is one of a function's, in files that no other includes. */
function isInsideFunctions(pictures: Readonly<Record<Side, Picture>>, lines: PatchedLines): boolean {
  if (lines.isEmpty) return false;
  return (['before', 'after'] as const).every((side) =>
    [...lines.files(side)].every((file) => {
      const own = [...pictures[side].functions.values()].filter(({ at }) => at.file === file);
      const isIn = (line: number): boolean => own.some(({ at }) => at.line < line && line <= at.endLine);
      return file.endsWith('.c') && [...lines.changedIn(side, file)].every(([line, text]) => text.trim() === '' || isIn(line));
    }),
  );
}

/** More of them are no picture any more. */
const mostAround = 40;

/** Those between two of the classes before those that lead out. */
function edgesAround(after: Picture, changed: readonly EdgeChange[]): readonly EdgeChange[] {
  const classes = new Set(changed.flatMap(({ outer, inner }) => [outer, inner]));
  const isChanged = new Set(changed.map(({ outer, inner }) => `${outer}\0${inner}`));
  const found = [...after.edges.values()].flatMap((edge) => {
    const ends = Number(classes.has(edge.outer)) + Number(classes.has(edge.inner));
    return ends === 0 || isChanged.has(`${edge.outer}\0${edge.inner}`) ? [] : [{ edge, ends }];
  });
  const nearest = found.sort((a, b) => b.ends - a.ends || compareEdges(a.edge, b.edge)).slice(0, mostAround);
  return nearest.map(({ edge: { outer, inner, isReadSide, witness } }) => ({ outer, inner, isReadSide, witness: witness() }));
}

function compareEdges(a: Pick<EdgeUse, 'outer' | 'inner'>, b: typeof a): number {
  return a.outer < b.outer ? -1 : a.outer > b.outer ? 1 : a.inner < b.inner ? -1 : 1;
}

function rulesOf(before: Picture, after: Picture, lines: PatchedLines): AddedRemoved<RuleChange> {
  const key = ({ outer, inner, file, text }: Omit<RuleChange, 'place'>, name: (file: string) => string): string =>
    [name(file), outer, inner, text].join('\0');
  const same = (file: string): string => file;
  const old = new Set(before.rules.map((rule) => key(rule, same)));
  const now = new Set(after.rules.map((rule) => key(rule, (file) => lines.nameBefore(file))));
  const placed = (rule: Omit<RuleChange, 'place'>, side: Side): RuleChange => {
    const place = lines.at(side, rule);
    return { ...rule, ...(place && { place }) };
  };
  return {
    added: after.rules.filter((rule) => !old.has(key(rule, (file) => lines.nameBefore(file)))).map((rule) => placed(rule, 'after')),
    removed: before.rules.filter((rule) => !now.has(key(rule, same))).map((rule) => placed(rule, 'before')),
  };
}

function first(places: readonly (PatchPlace | undefined)[]): PatchPlace | undefined {
  return places.find((place) => place !== undefined);
}
