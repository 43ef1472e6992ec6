import { checkWhole, type Checked } from './check-groups.ts';
import { changedAccesses } from './compare/accesses.ts';
import type { Reviewed } from './compare/changes.ts';
import { compare } from './compare/compare.ts';
import { compareFindings } from './compare/findings.ts';
import { functionsNear, usersLeftOut } from './compare/near.ts';
import { PatchedLines, type Side } from './compare/patched-lines.ts';
import { changesIn, takePicture, type Picture } from './compare/picture.ts';
import { isUnchanged } from './compare/remarks.ts';
import { linkPassing, patchName } from './compare/passing.ts';
import { newNames, renamedByAll, renamedClasses, underNewNames, type NewNames } from './compare/renames.ts';
import { ascribe } from './compare/series.ts';
import { unfollowedText, whatMayBeUnseen } from './compare/unseen.ts';
import { distinct } from './findings.ts';
import type { LinkedFunction } from './ir/program.ts';
import { applyPatch, textsOf } from './patch/apply.ts';
import { withoutPatches, type Texts } from './patch/fit.ts';
import type { Applied } from './patch/applied.ts';
import { movedHunks } from './patch/moved.ts';
import type { PatchedTree } from './patch/overlay.ts';
import type { FileChange } from './patch/patch.ts';
import type { PatchReview, Review, ReviewRequest } from './review-api.ts';
import { saysTheSame, scopeOf, withUsersOf, type Known as KnownTree } from './review-scope.ts';
import { groupByArchitecture } from './scope.ts';
import type { Problem } from './source/location.ts';
import { stepOf, type TreeAnalyzer } from './tree-analyzer.ts';

/** A tree whose texts can be others than those on disk, and what is known of it. */
export interface Stage {
  readonly tree: PatchedTree;
  readonly analyzer: TreeAnalyzer;
}

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
  const { texts: start, taken } = withoutPatches(stages[0].tree, patches, request.isInTree);
  const total = patches.length;
  let texts = start;
  let [before, after] = stages;
  let compared: Compared | undefined;
  let reviews: readonly PatchReview[] = [];
  const ids: Compared['ids'][] = [];
  /** A series that ends as it began is read for its patches alone. */
  let stats: Checked['stats'] | undefined;
  const problems: Problem[] = [];
  for (const [i, patch] of patches.entries()) {
    show(before, texts);
    const put = applyPatch(before.tree, patch);
    const applied: Applied = taken.has(patch) && request.isInTree !== true ? { ...put, state: 'reversed' } : put;
    texts = new Map([...texts, ...textsOf(applied, 'after')]);
    show(after, texts);
    compared = compareStages(
      before,
      after,
      pathsOf(applied.files.map(({ change }) => change)),
      new PatchedLines([{ patch: i, applied }]),
      inPart(request, i),
    );
    problems.push(...compared.problems);
    reviews = [...reviews, { ...compared.reviewed, applied, moved: movedHunks(applied), files: compared.files }];
    ids.push(compared.ids);
    stats = mostRead(stats, compared.stats);
    [before, after] = [after, before];
  }
  if (total > 1) {
    const touched = pathsOf(patches.flatMap(({ files }) => files));
    show(after, start);
    // What no patch changes is not changed by all of them.
    const places = [...new Set(reviews.flatMap(({ changes }) => changes.accesses.map(({ place }) => place)))];
    const functions = [...new Set(reviews.flatMap(({ changes }) => changes.contracts.map((contract) => contract.function)))];
    const lines = new PatchedLines([], renamesOf(reviews));
    const names = renamedByAll(reviews.map(({ changes }) => changes.renames));
    const told = new Set(reviews.flatMap(({ findings }) => findings.map(({ id }) => id)));
    compared = compareStages(after, before, touched, lines, inPart(request, total), { functions, places, problems, told, names });
    const steps = reviews.map(({ findings }, i) => ({ findings, name: patchName(patches[i]!), ...ids[i]! }));
    const old = compared.reviewed.findings.filter(({ change }) => change !== 'new').map(({ id }) => id);
    const linked = linkPassing(steps, new Set(old));
    reviews = reviews.map((each, i) => ({ ...each, findings: linked[i]! }));
  }
  if (!compared) throw new Error('a review without a patch');
  const unfollowed = distinct([compared.reviewed, ...reviews].flatMap((each) => each.unfollowed));
  const whole = total > 1 ? ascribe({ ...compared.reviewed, unfollowed }, reviews) : compared.reviewed;
  return {
    ...{ patches: reviews, whole, stats: mostRead(stats, compared.stats), problems: distinct([...compared.problems, ...unfollowed]) },
    ...(request.unread && { unread: request.unread }),
  };
}

/** The request of one patch, or of all of them together: it says which it is. */
function inPart(request: ReviewRequest, done: number): ReviewRequest {
  const { length } = request.patches;
  const part = { what: 'patch', done, total: length } as const;
  return { ...request, progress: (progress) => request.progress?.({ ...progress, part }) };
}

/** Of the same files the last. */
function mostRead(known: Checked['stats'] | undefined, stats: Checked['stats']): Checked['stats'] {
  return known !== undefined && known.files > stats.files ? known : stats;
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

function pathsOf(changes: readonly FileChange[]): readonly string[] {
  const paths = changes.flatMap(({ before, after }) => [before, after]);
  return [...new Set(paths.filter((path) => path !== undefined))];
}

interface Compared {
  readonly reviewed: Reviewed;
  /** What findings that were there before are called after, see `linkPassing`. */
  readonly ids: { readonly named: ReadonlyMap<string, string>; readonly moved: ReadonlyMap<string, string> };
  readonly stats: Checked['stats'];
  readonly problems: readonly Problem[];
  readonly files: number;
}

/** Of a series: what its patches are known to change, by functions, places, problems and ids of findings, and lock classes that they rename. */
interface Known {
  readonly functions: readonly string[];
  readonly places: readonly string[];
  readonly problems: readonly Problem[];
  readonly told: ReadonlySet<string>;
  readonly names: NewNames;
}

/** Where nothing is known: what the changed lines have to do with. */
function compareStages(
  before: Stage,
  after: Stage,
  touched: readonly string[],
  lines: PatchedLines,
  request: ReviewRequest,
  known?: Known,
): Compared {
  const isTouched = (file: string): boolean => touched.includes(file);
  const { checked, problems: leftOut } = checkStages(before, after, touched, request);
  const programs = (side: Side) => checked[side].analyses.map(({ program }) => program);
  const seen = (side: Side, { tree }: Stage) => ({
    programs: programs(side),
    picture: pictures[side],
    read: (file: string): string | undefined => textOf(tree, file),
  });
  const near = known
    ? knownFunctions(known.functions, isTouched)
    : functionsNear({ before: checked.before.analyses, after: checked.after.analyses }, lines, isTouched);
  const step = stepOf(request);
  const stop = (): void => {
    step();
  };
  // Each step may take as long as an analysis.
  const begin = (done: number): void => {
    step({ phase: 'compare', done, total: 3 });
  };
  begin(0);
  const takenBefore = pictureOf(checked.before, near.before, stop);
  begin(1);
  const taken = { before: takenBefore, after: pictureOf(checked.after, near.after, stop) };
  const renames = renamedClasses(taken, lines, known?.names);
  const names = newNames(renames);
  const pictures: Record<Side, Picture> = { before: underNewNames(taken.before, names), after: taken.after };
  begin(2);
  const both = { before: checked.before.analyses, after: checked.after.analyses };
  const accesses = changedAccesses(both, lines, { known: known?.places, names, stop });
  const { moved, ...findings } = compareFindings(pictures.before, pictures.after, lines, known?.told);
  const compared = {
    ...findings,
    changes: compare(pictures.before, pictures.after, accesses, renames, lines),
  };
  // What is only taken away has no line after.
  const [users = []] = (['after', 'before'] as const)
    .map((side) => distinct(checked[side].analyses.flatMap((analysis) => usersLeftOut(analysis, side, lines))))
    .filter(({ length }) => length > 0);
  const unfollowed = distinct([...leftOut, ...users]);
  const unseen = isUnchanged(compared)
    ? [...whatMayBeUnseen({ before: seen('before', before), after: seen('after', after) }, lines), ...unfollowed.map(unfollowedText)]
    : [];
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
    reviewed: { ...compared, unseen, unfollowed },
    ids: { named: new Map(taken.before.findings.map(({ id }, i) => [id, pictures.before.findings[i]!.id])), moved },
    stats: checked.after.stats,
    problems: distinct(problems),
    files: checked.after.stats.files,
  };
}

function textOf(tree: PatchedTree, file: string): string | undefined {
  const read = tree.read(file);
  return 'text' in read ? read.text : undefined;
}

/** Whether a problem is of a function that the patch changes, be it by taking lines away. */
function isNearChange(file: string, line: number, pictures: Readonly<Record<Side, Picture>>, lines: PatchedLines): boolean {
  const own = [...pictures.after.functions.values()].filter(({ at }) => at.file === file && at.line <= line && line <= at.endLine);
  return own.some(({ name }) => changesIn(file, name, pictures, lines).length > 0);
}

/** Both trees, checked where the patch can change something; nowhere, if no file says anything else than before. */
function checkStages(
  before: Stage,
  after: Stage,
  touched: readonly string[],
  request: ReviewRequest,
): { checked: Record<Side, Checked>; problems: readonly Problem[] } {
  const stages = [before, after] as const;
  const isSame = touched.every((path) => saysTheSame(path, [before.tree, after.tree]));
  let scopes = stages.map((stage) => scopeOf(knownOf(stage), isSame ? [] : touched, request.orders ?? []));
  let checked = checkBoth();
  const headers = isSame ? [] : touched.filter((path) => path.endsWith('.h'));
  const unread = stages.map(({ analyzer }, i) =>
    headers.filter((path) => analyzer.cache.exists(path) && !checked[i]!.analyses.some(({ unit }) => unit.files.has(path))),
  );
  if (unread.some(({ length }) => length > 0)) {
    scopes = scopes.map((scope, i) => withUsersOf(unread[i]!, scope, knownOf(stages[i]!)));
    checked = checkBoth();
  }
  return { checked: { before: checked[0]!, after: checked[1]! }, problems: scopes[1]!.problems };

  function checkBoth(): readonly Checked[] {
    // A file that comes or goes shows its module on one side only; what is compared are the same files.
    const sources = [...new Set(scopes.flatMap((scope) => scope.sources))].sort();
    return stages.map((stage) => checkStage(stage, sources, request));
  }
}

function knownOf({ tree, analyzer }: Stage): KnownTree {
  return { tree, cache: analyzer.cache };
}

function checkStage({ analyzer }: Stage, sources: readonly string[], request: ReviewRequest): Checked {
  const there = sources.filter((path) => analyzer.cache.exists(path));
  return checkWhole(analyzer, there.length === 0 ? [] : groupByArchitecture(there), request);
}

function knownFunctions(names: readonly string[], isTouched: (file: string) => boolean): Record<Side, (fn: LinkedFunction) => boolean> {
  const isNear = (fn: LinkedFunction): boolean => isTouched(fn.ir.file) && names.includes(fn.ir.name);
  return { before: isNear, after: isNear };
}

function pictureOf(checked: Checked, isNear: (fn: LinkedFunction) => boolean, stop: () => void): Picture {
  const inputs = checked.analyses.map((analysis) => ({ ...analysis, isAskedFor: () => true }));
  return takePicture(inputs, checked, isNear, stop);
}
