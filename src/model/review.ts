import { checkGroups, distinct, type Checked } from './check-groups.ts';
import { changedAccesses } from './compare/accesses.ts';
import type { Reviewed } from './compare/changes.ts';
import { compare } from './compare/compare.ts';
import { compareFindings } from './compare/findings.ts';
import { PatchedLines, type Side } from './compare/patched-lines.ts';
import { takePicture, type Picture } from './compare/picture.ts';
import { ascribe } from './compare/series.ts';
import type { RequestOptions } from './reviewer-api.ts';
import { applyPatch } from './patch/apply.ts';
import type { Applied } from './patch/applied.ts';
import type { PatchedTree } from './patch/overlay.ts';
import type { Patch } from './patch/patch.ts';
import type { PatchReview, Review, ReviewRequest } from './review-api.ts';
import { groupsAround, type Group } from './scope.ts';
import type { Problem } from './source/location.ts';
import type { TreeAnalyzer } from './tree-analyzer.ts';
import { usersOf } from './users.ts';

/** A tree whose texts can be others than those on disk, and what is known of it. */
export interface Stage {
  readonly tree: PatchedTree;
  readonly analyzer: TreeAnalyzer;
}

/** Texts that a tree has instead of its own; undefined where it has no such file. */
type Texts = ReadonlyMap<string, string | undefined>;

/** Reviews patches on two stages, one for the tree before, one for the tree after. Both show their own texts again when it is done. */
export function reviewPatches(stages: readonly [Stage, Stage], request: ReviewRequest): Review {
  try {
    return review(stages, request);
  } finally {
    for (const stage of stages) show(stage, new Map());
  }
}

function review(stages: readonly [Stage, Stage], request: ReviewRequest): Review {
  const { patches } = request;
  const { texts: start, taken } = withoutThem(stages[0], patches);
  const total = patches.length;
  let texts = start;
  let [before, after] = stages;
  let compared: Compared | undefined;
  const reviews: PatchReview[] = [];
  for (const [i, patch] of patches.entries()) {
    request.reviewed?.(i, total);
    show(before, texts);
    const applied = applyPatch(before.tree, patch);
    texts = withPatch(texts, applied);
    show(after, texts);
    compared = compareStages(before, after, touchedBy([applied]), new PatchedLines([{ patch: i, applied }]), request);
    reviews.push({ ...compared.reviewed, applied: taken.has(patch) ? { ...applied, state: 'reversed' } : applied, files: compared.files });
    [before, after] = [after, before];
  }
  if (total > 1) {
    const touched = [...new Set(patches.flatMap(filesOf))];
    show(after, start);
    const places = [...new Set(reviews.flatMap(({ changes }) => changes.accesses.map(({ place }) => place)))];
    compared = compareStages(after, before, touched, new PatchedLines([]), request, places);
  }
  request.reviewed?.(total, total);
  if (!compared) throw new Error('a review without a patch');
  const whole = total > 1 ? ascribe(compared.reviewed, reviews) : compared.reviewed;
  return { patches: reviews, whole, stats: compared.stats, problems: compared.problems };
}

/** The tree without those patches that it has already, the last taken off first. */
function withoutThem(stage: Stage, patches: readonly Patch[]): { texts: Texts; taken: ReadonlySet<Patch> } {
  const taken = new Set<Patch>();
  let texts: Texts = new Map();
  for (const patch of patches.toReversed()) {
    const applied = applyPatch(stage.tree, patch);
    if (applied.state !== 'reversed') continue;
    taken.add(patch);
    const without = new Map(texts);
    for (const { change, before } of applied.files) {
      if (change.isBinary) continue;
      if (change.after !== undefined && change.after !== change.before && change.kind !== 'copied') without.set(change.after, undefined);
      if (change.before !== undefined && change.kind !== 'copied') without.set(change.before, before);
    }
    texts = without;
    show(stage, texts);
  }
  return { texts, taken };
}

function withPatch(texts: Texts, { files }: Applied): Texts {
  const now = new Map(texts);
  for (const { change, after } of files) {
    if (change.isBinary) continue;
    if (change.before !== undefined && change.before !== change.after && change.kind !== 'copied') now.set(change.before, undefined);
    if (change.after !== undefined) now.set(change.after, after);
  }
  return now;
}

function show({ tree, analyzer }: Stage, texts: Texts): void {
  const changed = tree.set(texts);
  if (changed.length > 0) analyzer.forget(changed);
}

function filesOf(patch: Patch): readonly string[] {
  return patch.files.flatMap(({ before, after }) => [before, after]).filter((path) => path !== undefined);
}

function touchedBy(applied: readonly Applied[]): readonly string[] {
  const paths = applied.flatMap(({ files }) => files.flatMap(({ change }) => [change.before, change.after]));
  return [...new Set(paths.filter((path) => path !== undefined))];
}

interface Compared {
  readonly reviewed: Reviewed;
  readonly stats: Checked['stats'];
  readonly problems: readonly Problem[];
  readonly files: number;
}

/** `places`: fields and variables whose accesses are compared; where not given, those that the changed lines have to do with. */
function compareStages(
  before: Stage,
  after: Stage,
  touched: readonly string[],
  lines: PatchedLines,
  request: ReviewRequest,
  places?: readonly string[],
): Compared {
  const isTouched = (file: string): boolean => touched.includes(file);
  const scopes = { before: scopeOf(before, touched), after: scopeOf(after, touched) };
  const checked = { before: checkStage(before, scopes.before.groups, request), after: checkStage(after, scopes.after.groups, request) };
  const pictures: Record<Side, Picture> = { before: pictureOf(checked.before, isTouched), after: pictureOf(checked.after, isTouched) };
  const accesses = changedAccesses({ before: checked.before.analyses, after: checked.after.analyses }, lines, places);
  const reviewed: Reviewed = {
    ...compareFindings(pictures.before, pictures.after, lines),
    changes: compare(pictures.before, pictures.after, accesses, lines),
  };
  const problems = checked.after.problems.filter(({ file }) => isTouched(file));
  return {
    reviewed,
    stats: checked.after.stats,
    problems: distinct([...problems, ...scopes.after.problems]),
    files: checked.after.stats.files,
  };
}

function checkStage({ analyzer }: Stage, groups: readonly Group[], request: RequestOptions & { orders?: readonly string[] }): Checked {
  return checkGroups(analyzer, groups, () => true, request);
}

function pictureOf(checked: Checked, isTouched: (file: string) => boolean): Picture {
  const inputs = checked.analyses.map((analysis) => ({ ...analysis, isAskedFor: () => true }));
  return takePicture(inputs, checked, isTouched);
}

/** Files that use a header, analyzed at the most for a patch that touches nothing but headers. */
const userLimit = 120;

/** What is analyzed for a patch: its C files with what is linked with them; of headers alone, those that include them. */
function scopeOf({ tree, analyzer }: Stage, touched: readonly string[]): { groups: readonly Group[]; problems: readonly Problem[] } {
  const { cache } = analyzer;
  cache.revision();
  const there = touched.filter((path) => cache.exists(path));
  const sources = there.filter((path) => path.endsWith('.c'));
  const headers = there.filter((path) => path.endsWith('.h'));
  const problems: Problem[] = [];
  if (sources.length === 0) {
    for (const header of headers) {
      const users = usersOf(header, tree, cache);
      sources.push(...users.slice(0, userLimit));
      if (users.length > userLimit)
        problems.push({ file: header, line: 0, message: `${users.length} files include it: ${userLimit} of them are looked at` });
      else if (users.length === 0)
        problems.push({ file: header, line: 0, message: 'no C file is known to include it: what it changes there is not looked at' });
    }
  }
  const all = [...new Set(sources)].sort();
  return { groups: all.length === 0 ? [] : groupsAround(all, all, tree, cache), problems };
}
