import { assertableAt } from './assertable.ts';
import { checkGroups } from './check-groups.ts';
import { distinct } from './findings.ts';
import { SyntaxParser } from './frontend/c/syntax.ts';
import { KeptAnswers, TracedTree, type AnswerStore } from './kept-answers.ts';
import { functionLocks } from './function-locks.ts';
import { guardedFields } from './guarded-fields.ts';
import { heldHints } from './held-hints.ts';
import { hoverAt, resolved } from './hover.ts';
import { lockClasses } from './lock-classes.ts';
import { resultOf, type PartAnswer } from './part-answer.ts';
import { defaultPartSize, fewSources, groupsOf, partsOf, wholeOf, type Part } from './parts.ts';
import { answerPaths, pathScope } from './paths.ts';
import { PatchedTree } from './patch/overlay.ts';
import { reviewPatches, type Stage } from './review.ts';
import type { Review, ReviewRequest } from './review-api.ts';
import type {
  Assertable,
  CheckRequest,
  CheckResult,
  FunctionLocks,
  GuardedField,
  HeldHint,
  HoverOptions,
  LockClass,
  LockHover,
  PathsRequest,
  PathsResult,
  Progress,
  ResolvedRule,
  Reviewer,
} from './reviewer-api.ts';
import { compareLocations } from './source/location.ts';
import type { Tree } from './source/tree.ts';
import { stepOf, TreeAnalyzer } from './tree-analyzer.ts';

/** What the core needs from outside: a tree to read, and the bytes of tree-sitter's runtime and of its C grammar. */
export interface ReviewerHost {
  readonly tree: Tree;
  readonly runtimeWasm: Uint8Array;
  readonly grammarWasm: Uint8Array;
  /** Where answers to checks are kept between processes, and the name that the tree has there. Without it nothing is kept. */
  readonly answers?: { readonly store: AnswerStore; readonly name: string };
  /** Characters of sources that are analyzed together at the most; for tests. */
  readonly partSize?: number;
}

export async function createReviewer(host: ReviewerHost): Promise<Reviewer> {
  return new LockReviewer(host, await SyntaxParser.load(host.runtimeWasm, host.grammarWasm));
}

class LockReviewer implements Reviewer {
  /** The host's, or one that notes what is asked of it. */
  private readonly tree: Tree;
  private readonly answers: KeptAnswers | undefined;
  private readonly own: Stage;
  /** The tree as a patch leaves it; made by the first review. */
  private other: Stage | undefined;

  constructor(
    private readonly host: Pick<ReviewerHost, 'tree' | 'answers' | 'partSize'>,
    private readonly parser: SyntaxParser,
  ) {
    const { tree, answers } = this.trace();
    this.tree = tree;
    this.answers = answers;
    const patched = new PatchedTree(tree);
    this.own = { tree: patched, analyzer: new TreeAnalyzer(patched, parser) };
  }

  /** The host's tree, as one that nothing was asked of yet. */
  private trace(): { readonly tree: Tree; readonly answers: KeptAnswers | undefined } {
    const { tree, answers } = this.host;
    if (!answers) return { tree, answers };
    const traced = new TracedTree(tree, (text) => answers.store.digest(text));
    return { tree: traced, answers: new KeptAnswers(traced, answers.store, answers.name) };
  }

  private get trees(): TreeAnalyzer {
    return this.own.analyzer;
  }

  forget(paths?: readonly string[]): void {
    this.trees.forget(paths);
    this.other?.analyzer.forget(paths);
  }

  relist(): void {
    this.trees.relist();
    this.other?.analyzer.relist();
  }

  review(request: ReviewRequest): Review {
    if (!this.other) {
      const patched = new PatchedTree(this.tree);
      this.other = { tree: patched, analyzer: new TreeAnalyzer(patched, this.parser) };
      this.trees.pairWith(this.other.analyzer);
    }
    return reviewPatches([this.own, this.other], request);
  }

  check(request: CheckRequest): CheckResult {
    this.answers?.begin();
    const parts = this.parts(request);
    const [only] = parts;
    if (only && parts.length === 1) return resultOf([this.answer(request, only, this.trees, this.answers, 'whole')]);
    return resultOf(
      parts.map((part, done) => {
        const progress =
          request.progress && ((own: Progress) => request.progress?.({ ...own, part: { what: 'part', done, total: parts.length } }));
        return this.checkPart({ ...request, ...(progress && { progress }) }, part);
      }),
    );
  }

  parts({ paths, scope }: CheckRequest): readonly Part[] {
    const { partSize } = this.host;
    const named = this.trees.sources(paths, 'paths');
    const sources = scope === 'paths' ? named : this.trees.sources(paths, scope);
    // Who edits one file of a large module sees all of it.
    if (named.length <= fewSources && partSize === undefined) return [wholeOf(sources)];
    return partsOf(sources, this.host.tree, this.trees.cache, partSize ?? defaultPartSize);
  }

  /** Nothing is kept in memory of what it read: the next part needs the room, and is to be told of by what was read for it alone. */
  checkPart(request: CheckRequest, part: Part): PartAnswer {
    const { tree, answers } = this.trace();
    return this.answer({ ...request, scope: 'paths' }, part, new TreeAnalyzer(tree, this.parser), answers, 'part');
  }

  private answer(
    request: CheckRequest,
    part: Part,
    trees: TreeAnalyzer,
    answers: KeptAnswers | undefined,
    is: 'whole' | 'part',
  ): PartAnswer {
    const name = is === 'part' ? part : undefined;
    const kept = answers?.find(request, name, stepOf(request));
    if (kept) return kept;
    const isAskedFor = (file: string): boolean => request.paths.some((path) => path === '' || file === path || file.startsWith(`${path}/`));
    const { findings, suppressed, problems, tally } = checkGroups(trees, groupsOf(part), isAskedFor, request);
    const answer = { findings, suppressed, problems, tally };
    answers?.keep(request, name, answer);
    return answer;
  }

  hover(file: string, line: number, column: number, options: HoverOptions = {}): LockHover | undefined {
    const documents = this.trees.read(options.orders ?? []);
    for (const group of this.trees.groups([file], 'module')) {
      const found = hoverAt(this.trees.analyze(group, documents.rules, options), file, line, column);
      if (found) return found;
    }
    return undefined;
  }

  functions(file: string, options: HoverOptions = {}): readonly FunctionLocks[] {
    const documents = this.trees.read(options.orders ?? []);
    // Each architecture has the same functions of generic code, the first one's callers are as good as another's.
    for (const group of this.trees.groups([file], 'module')) {
      const found = functionLocks(this.trees.analyze(group, documents.rules, options), file, stepOf(options));
      if (found.length > 0) return found;
    }
    return [];
  }

  held(file: string, { from, to }: { readonly from: number; readonly to: number }, options: HoverOptions = {}): readonly HeldHint[] {
    const documents = this.trees.read(options.orders ?? []);
    for (const group of this.trees.groups([file], 'module')) {
      const analysis = this.trees.analyze(group, documents.rules, options);
      // As for what functions do: the first architecture that has them.
      if (analysis.program.functions.some(({ ir }) => ir.file === file)) return heldHints(analysis, file, from, to, stepOf(options));
    }
    return [];
  }

  assertable(file: string, line: number, options: HoverOptions = {}): Assertable | undefined {
    const documents = this.trees.read(options.orders ?? []);
    let all: Assertable | undefined;
    for (const group of this.trees.groups([file], 'module')) {
      const analysis = this.trees.analyze(group, documents.rules, options);
      if (!analysis.program.functions.some(({ ir }) => ir.file === file)) continue;
      const found = assertableAt(analysis, file, line);
      // Callers of another architecture may not hold it.
      const locks = (found?.locks ?? []).filter(({ text }) => !all || all.locks.some((lock) => lock.text === text));
      if (!found || locks.length === 0) return undefined;
      all = { ...found, locks, isSure: found.isSure && all?.isSure !== false };
    }
    return all;
  }

  locks(file: string, options: HoverOptions = {}): readonly LockClass[] {
    const documents = this.trees.read(options.orders ?? []);
    const [group] = this.trees.groups([file], 'module');
    return group ? lockClasses(this.trees.analyze(group, documents.rules, options), stepOf(options)) : [];
  }

  guarded(file: string, lockClass: string, options: HoverOptions = {}): readonly GuardedField[] {
    const documents = this.trees.read(options.orders ?? []);
    const [group] = this.trees.groups([file], 'module');
    return group ? guardedFields(this.trees.analyze(group, documents.rules, options), lockClass, stepOf(options)) : [];
  }

  orders(request: Omit<CheckRequest, 'scope'>): readonly ResolvedRule[] {
    const documents = this.trees.read(request.orders ?? []);
    const rules = new Map<string, ResolvedRule>();
    for (const group of this.trees.groups(request.paths, 'module')) {
      for (const rule of this.trees.analyze(group, documents.rules, request).rules) {
        const key = `${rule.rule.file}:${rule.rule.line}:${rule.rule.outer}:${rule.rule.inner}`;
        if (!rules.has(key) || rule.outer !== undefined) rules.set(key, resolved(rule));
      }
    }
    return [...rules.values()].sort((a, b) => compareLocations({ ...a, column: 0 }, { ...b, column: 0 }));
  }

  paths(request: PathsRequest): PathsResult {
    const step = stepOf(request);
    this.trees.cache.revision();
    const scope = pathScope(request, this.trees.tree, this.trees.cache, step);
    const { rules } = this.trees.read(request.orders ?? []);
    const analyses = scope.groups.map((group) => this.trees.analyze(group, rules, request));
    const result = answerPaths(request, scope, analyses, this.trees.tree, step);
    const isOfTarget = (file: string): boolean => result.definitions.some((definition) => definition.file === file);
    const problems = result.paths.length > 0 ? this.trees.problems(analyses, isOfTarget) : [];
    return { ...result, problems: distinct([...result.problems, ...problems]) };
  }
}
