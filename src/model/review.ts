import { checkWhole, distinct, type Checked } from './check-groups.ts';
import { changedAccesses } from './compare/accesses.ts';
import type { Reviewed } from './compare/changes.ts';
import { compare } from './compare/compare.ts';
import { compareFindings } from './compare/findings.ts';
import { functionsNear } from './compare/near.ts';
import { PatchedLines, type Side } from './compare/patched-lines.ts';
import { changesIn, takePicture, type Picture } from './compare/picture.ts';
import { ascribe } from './compare/series.ts';
import { isOrderDocument } from './documented.ts';
import type { LinkedFunction } from './ir/program.ts';
import { applyPatch, textsOf } from './patch/apply.ts';
import type { Applied } from './patch/applied.ts';
import type { PatchedTree } from './patch/overlay.ts';
import type { Patch } from './patch/patch.ts';
import type { PatchReview, Review, ReviewRequest } from './review-api.ts';
import { groupByArchitecture, groupsAround } from './scope.ts';
import type { Problem } from './source/location.ts';
import type { TreeAnalyzer } from './tree-analyzer.ts';
import { includes, judgedBy, usersOf } from './users.ts';

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
  const problems: Problem[] = [];
  for (const [i, patch] of patches.entries()) {
    request.reviewed?.(i, total);
    show(before, texts);
    const applied = applyPatch(before.tree, patch);
    texts = new Map([...texts, ...textsOf(applied, 'after')]);
    show(after, texts);
    compared = compareStages(before, after, touchedBy([applied]), new PatchedLines([{ patch: i, applied }]), request);
    problems.push(...compared.problems);
    reviews.push({
      ...compared.reviewed,
      applied: taken.has(patch) && request.isInTree !== true ? { ...applied, state: 'reversed' } : applied,
      files: compared.files,
    });
    [before, after] = [after, before];
  }
  if (total > 1) {
    const touched = [...new Set(patches.flatMap(filesOf))];
    show(after, start);
    // What no patch changes is not changed by all of them.
    const places = [...new Set(reviews.flatMap(({ changes }) => changes.accesses.map(({ place }) => place)))];
    const functions = [...new Set(reviews.flatMap(({ changes }) => changes.contracts.map((contract) => contract.function)))];
    const lines = new PatchedLines([], renamesOf(reviews));
    compared = compareStages(after, before, touched, lines, request, { functions, places, problems });
  }
  request.reviewed?.(total, total);
  if (!compared) throw new Error('a review without a patch');
  const whole = total > 1 ? ascribe(compared.reviewed, reviews) : compared.reviewed;
  return {
    ...{ patches: reviews, whole, stats: compared.stats, problems: compared.problems },
    ...(request.unread && { unread: request.unread }),
  };
}

/** The tree without those patches that it has already, the last taken off first. */
function withoutThem(stage: Stage, patches: readonly Patch[]): { texts: Texts; taken: ReadonlySet<Patch> } {
  const taken = new Set<Patch>();
  let texts: Texts = new Map();
  for (const patch of patches.toReversed()) {
    const applied = applyPatch(stage.tree, patch);
    if (applied.state !== 'reversed') continue;
    taken.add(patch);
    texts = new Map([...texts, ...textsOf(applied, 'before')]);
    show(stage, texts);
  }
  return { texts, taken };
}

function show({ tree, analyzer }: Stage, texts: Texts): void {
  const changed = tree.set(texts);
  if (changed.length > 0) analyzer.forget(changed);
}

/** What files that were renamed were called before the first patch, by what they are called after the last. */
function renamesOf(reviews: readonly PatchReview[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { change } of reviews.flatMap(({ applied }) => applied.files)) {
    if (change.kind !== 'renamed' || change.before === undefined || change.after === undefined) continue;
    const first = names.get(change.before) ?? change.before;
    names.delete(change.before);
    names.set(change.after, first);
  }
  return names;
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

/** `known`: functions and places that are compared, and problems to tell; where not given, what the changed lines have to do with. */
function compareStages(
  before: Stage,
  after: Stage,
  touched: readonly string[],
  lines: PatchedLines,
  request: ReviewRequest,
  known?: { readonly functions: readonly string[]; readonly places: readonly string[]; readonly problems: readonly Problem[] },
): Compared {
  const isTouched = (file: string): boolean => touched.includes(file);
  const scopes = [before, after].map((stage) => scopeOf(stage, touched, request.orders ?? []));
  // A file that comes or goes shows its module on one side only; what is compared are the same files.
  const sources = [...new Set(scopes.flatMap((scope) => scope.sources))].sort();
  const checked = { before: checkStage(before, sources, request), after: checkStage(after, sources, request) };
  const programs = (side: Side) => checked[side].analyses.map(({ program }) => program);
  const near = known
    ? knownFunctions(known.functions, isTouched)
    : functionsNear({ before: programs('before'), after: programs('after') }, lines, isTouched);
  const pictures: Record<Side, Picture> = { before: pictureOf(checked.before, near.before), after: pictureOf(checked.after, near.after) };
  const accesses = changedAccesses({ before: checked.before.analyses, after: checked.after.analyses }, lines, known?.places);
  const reviewed: Reviewed = {
    ...compareFindings(pictures.before, pictures.after, lines),
    changes: compare(pictures.before, pictures.after, accesses, lines),
  };
  const old = new Set(checked.before.problems.map(({ file, message }) => `${file}\0${message}`));
  const problems = checked.after.problems.filter(
    ({ file, line, message }) =>
      isTouched(file) &&
      (line === 0 ||
        !old.has(`${lines.nameBefore(file)}\0${message}`) ||
        known?.problems.some((problem) => problem.file === file && problem.message === message) ||
        isNearChange(file, line, pictures, lines)),
  );
  return {
    reviewed,
    stats: checked.after.stats,
    problems: distinct([...problems, ...scopes[1]!.problems]),
    files: checked.after.stats.files,
  };
}

/** Whether a problem is of a function that the patch changes, be it by taking lines away. */
function isNearChange(file: string, line: number, pictures: Readonly<Record<Side, Picture>>, lines: PatchedLines): boolean {
  const own = [...pictures.after.functions.values()].filter(({ at }) => at.file === file && at.line <= line && line <= at.endLine);
  return own.some(({ name }) => changesIn(file, name, pictures, lines).length > 0);
}

function checkStage({ analyzer }: Stage, sources: readonly string[], request: ReviewRequest): Checked {
  const there = sources.filter((path) => analyzer.cache.exists(path));
  return checkWhole(analyzer, there.length === 0 ? [] : groupByArchitecture(there), request);
}

function knownFunctions(names: readonly string[], isTouched: (file: string) => boolean): Record<Side, (fn: LinkedFunction) => boolean> {
  const isNear = (fn: LinkedFunction): boolean => isTouched(fn.ir.file) && names.includes(fn.ir.name);
  return { before: isNear, after: isNear };
}

function pictureOf(checked: Checked, isNear: (fn: LinkedFunction) => boolean): Picture {
  const inputs = checked.analyses.map((analysis) => ({ ...analysis, isAskedFor: () => true }));
  return takePicture(inputs, checked, isNear);
}

/** Files that use a header, or that a document speaks of, analyzed at the most where no C file of the patch has to do with it. */
const userLimit = 120;
/** Headers of a patch with C files whose users are looked for at the most. */
const headerLimit = 8;

/** What is analyzed for a patch: its C files with what is linked with them; of headers and documents alone, those they are for. */
function scopeOf(
  { tree, analyzer }: Stage,
  touched: readonly string[],
  orders: readonly string[],
): { sources: readonly string[]; problems: readonly Problem[] } {
  const { cache } = analyzer;
  cache.revision();
  const there = touched.filter((path) => cache.exists(path));
  const own = there.filter((path) => path.endsWith('.c'));
  const linked = own.length === 0 ? [] : linkedWith(own);
  const more: string[] = [];
  const problems: Problem[] = [];
  const add = (file: string, users: readonly string[], does: 'include' | 'belong to'): void => {
    more.push(...users.slice(0, userLimit));
    if (users.length > userLimit)
      problems.push({ file, line: 0, message: `${users.length} files ${does} it: ${userLimit} of them are looked at` });
    else if (users.length === 0)
      problems.push({ file, line: 0, message: `no C file is known to ${does} it: what it changes there is not looked at` });
  };
  const headers = there.filter((path) => path.endsWith('.h'));
  // Many headers at once are a change of a whole tree, which its C files show.
  for (const header of linked.length > 0 && headers.length > headerLimit ? [] : headers)
    if (!linked.some((source) => isIncludedBy(header, source, tree))) add(header, usersOf(header, tree, cache), 'include');
  for (const document of there.filter((path) => isOrderDocument(path) || orders.includes(path))) {
    const judged = judgedBy(document, tree, cache);
    if (!judged.some((source) => linked.includes(source))) add(document, judged, 'belong to');
  }
  return { sources: more.length === 0 ? linked : linkedWith([...own, ...more]), problems };

  function linkedWith(files: readonly string[]): readonly string[] {
    const all = [...new Set(files)].sort();
    return groupsAround(all, all, tree, cache).flatMap((group) => group.sources);
  }
}

function isIncludedBy(header: string, source: string, tree: PatchedTree): boolean {
  const read = tree.read(source);
  return 'text' in read && includes(read.text, header.slice(header.lastIndexOf('/') + 1));
}
