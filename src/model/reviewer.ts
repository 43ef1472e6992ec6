import { GroupAnalyzer, type Analysis } from './analyze.ts';
import type { Draft } from './checks/check.ts';
import { checkDocumentedOrder } from './checks/documented-order.ts';
import type { Finding } from './checks/finding.ts';
import { checkLockOrderCycle } from './checks/lock-order-cycle.ts';
import { checkSyncDeadlock } from './checks/sync-deadlock.ts';
import { FileCache } from './frontend/c/file-cache.ts';
import { SyntaxParser } from './frontend/c/syntax.ts';
import { hoverAt, resolved } from './hover.ts';
import { documentsBelow, readDocuments, type Documented } from './documented.ts';
import type { Rule } from './orders/rule.ts';
import { answerPaths, pathScope } from './paths.ts';
import {
  Cancelled,
  type CheckRequest,
  type CheckResult,
  type CheckStats,
  type HoverOptions,
  type LockHover,
  type PathsRequest,
  type PathsResult,
  type Progress,
  type RequestOptions,
  type ResolvedRule,
  type Reviewer,
} from './reviewer-api.ts';
import { groupByArchitecture, groupsAround, sourcesBelow, type Group } from './scope.ts';
import { compareLocations, type Problem } from './source/location.ts';
import type { Tree } from './source/tree.ts';

/** What the core needs from outside: a tree to read, and the bytes of tree-sitter's runtime and of its C grammar. */
export interface ReviewerHost {
  readonly tree: Tree;
  readonly runtimeWasm: Uint8Array;
  readonly grammarWasm: Uint8Array;
}

const checks = [checkDocumentedOrder, checkLockOrderCycle, checkSyncDeadlock];

/** Groups kept between requests: the editor comes back to the same few. */
const analyzerLimit = 4;

export async function createReviewer(host: ReviewerHost): Promise<Reviewer> {
  return new LockReviewer(host.tree, await SyntaxParser.load(host.runtimeWasm, host.grammarWasm));
}

class LockReviewer implements Reviewer {
  private readonly cache: FileCache;
  private readonly analyzers = new Map<string, GroupAnalyzer>();
  private documents: Documented | undefined;

  constructor(
    private readonly tree: Tree,
    private readonly parser: SyntaxParser,
  ) {
    this.cache = new FileCache(tree);
  }

  forget(paths?: readonly string[]): void {
    this.cache.forget(paths);
    if (!paths || paths.some((path) => path.endsWith('.rst'))) this.documents = undefined;
  }

  relist(): void {
    this.cache.relist();
    this.documents = undefined;
  }

  check(request: CheckRequest): CheckResult {
    const groups = this.groups(request.paths, request.scope);
    const documents = this.read(request.orders ?? []);
    const isAskedFor = (file: string): boolean => request.paths.some((path) => path === '' || file === path || file.startsWith(`${path}/`));
    const drafts: Draft[] = [];
    const analyses: Analysis[] = [];
    for (const group of groups) {
      const analysis = this.analyze(group, documents.rules, request);
      analyses.push(analysis);
      for (const run of checks) drafts.push(...run({ ...analysis, isAskedFor }));
    }
    const problems = [...documents.problems, ...this.problems(analyses, isAskedFor)];
    return { findings: numbered(drafts), problems: distinct(problems), stats: statsOf(analyses, isAskedFor) };
  }

  hover(file: string, line: number, column: number, options: HoverOptions = {}): LockHover | undefined {
    const documents = this.read(options.orders ?? []);
    for (const group of this.groups([file], 'module')) {
      const found = hoverAt(this.analyze(group, documents.rules, options), file, line, column);
      if (found) return found;
    }
    return undefined;
  }

  orders(request: Omit<CheckRequest, 'scope'>): readonly ResolvedRule[] {
    const documents = this.read(request.orders ?? []);
    const rules = new Map<string, ResolvedRule>();
    for (const group of this.groups(request.paths, 'module')) {
      for (const rule of this.analyze(group, documents.rules, request).rules) {
        const key = `${rule.rule.file}:${rule.rule.line}:${rule.rule.outer}:${rule.rule.inner}`;
        if (!rules.has(key) || rule.outer !== undefined) rules.set(key, resolved(rule));
      }
    }
    return [...rules.values()].sort((a, b) => compareLocations({ ...a, column: 0 }, { ...b, column: 0 }));
  }

  paths(request: PathsRequest): PathsResult {
    const step = stepOf(request);
    this.cache.revision();
    const scope = pathScope(request, this.tree, this.cache, step);
    const { rules } = this.read(request.orders ?? []);
    const analyses = scope.groups.map((group) => this.analyze(group, rules, request));
    const result = answerPaths(request, scope, analyses, this.tree, step);
    const isOfTarget = (file: string): boolean => result.definitions.some((definition) => definition.file === file);
    const problems = result.paths.length > 0 ? this.problems(analyses, isOfTarget) : [];
    return { ...result, problems: distinct([...result.problems, ...problems]) };
  }

  private groups(paths: readonly string[], scope: CheckRequest['scope']): readonly Group[] {
    this.cache.revision();
    const sources = sourcesBelow(paths, this.tree, this.cache);
    return scope === 'paths' ? groupByArchitecture(sources) : groupsAround(sources, sources, this.tree, this.cache);
  }

  private analyze(group: Group, rules: readonly Rule[], options: RequestOptions): Analysis {
    const key = `${group.architecture}\0${group.sources.join('\0')}`;
    const analyzer = this.analyzers.get(key) ?? new GroupAnalyzer(group, this.cache, this.parser);
    // Last used goes last; the first is dropped when there are too many.
    this.analyzers.delete(key);
    this.analyzers.set(key, analyzer);
    for (const old of this.analyzers.keys()) if (this.analyzers.size > analyzerLimit) this.analyzers.delete(old);
    const step = stepOf(options);
    step();
    return analyzer.analyze(rules, step);
  }

  /** Documented orders of `Documentation/` and of the files named. */
  private read(extra: readonly string[]): Documented {
    this.documents ??= readDocuments(documentsBelow('Documentation', this.tree), this.tree);
    if (extra.length === 0) return this.documents;
    const more = readDocuments(extra, this.tree);
    return { rules: [...this.documents.rules, ...more.rules], problems: [...this.documents.problems, ...more.problems] };
  }

  /** What could not be read or understood in the files asked for. */
  private problems(analyses: readonly Analysis[], isAskedFor: (file: string) => boolean): readonly Problem[] {
    const problems: Problem[] = [];
    for (const { unit, program, contexts, summaries } of analyses) {
      for (const path of unit.unread) {
        const problem = isAskedFor(path) ? this.cache.problemOf(path) : undefined;
        if (problem) problems.push(problem);
      }
      for (const file of unit.files.values()) {
        if (!isAskedFor(file.path)) continue;
        for (const offset of file.scanned.unbalanced)
          problems.push({ file: file.path, line: file.lines.line(offset), message: 'braces do not pair up here' });
      }
      for (const fn of program.functions) {
        const { file, name } = fn.ir;
        if (!isAskedFor(file)) continue;
        const line = (start: number): number => fn.locate({ start, end: start }).line;
        for (const error of fn.ir.syntaxErrors.slice(0, 1))
          problems.push({ file, line: line(error), message: `syntax in ${name} could not be read: locks there may be missed` });
        for (const cut of fn.ir.cuts?.slice(0, 1) ?? [])
          problems.push({
            file,
            line: line(cut),
            message: `macros in ${name} are nested deeper than is followed: locks there may be missed`,
          });
        for (const step of fn.ir.steps) {
          if (!('lock' in step) || step.lock.lockClass !== '' || step.lock.parameter >= 0) continue;
          problems.push({ file, line: line(step.at.start), message: `cannot tell the lock class of ${step.lock.place} in ${name}` });
        }
        if (summaries.flow(fn).isCut) problems.push({ file, line: line(0), message: `${name} has more ways through it than are followed` });
        if (contexts.cut.has(fn))
          problems.push({ file, line: line(0), message: `${name} is entered with more sets of held locks than are followed` });
      }
    }
    return problems;
  }
}

/** Says how far a request is, unless it was given up. */
function stepOf(options: RequestOptions): (progress?: Progress) => void {
  return (progress) => {
    if (options.cancelled?.()) throw new Cancelled();
    if (progress) options.progress?.(progress);
  };
}

/** Sorted by place, one for each place and what is said of it, each with an id that edits elsewhere leave alone. */
function numbered(drafts: readonly Draft[]): readonly Finding[] {
  const ranks = ['high', 'medium', 'low'];
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
  for (const { about, ...draft } of sorted) {
    const name = `${draft.check}:${draft.at.file}:${draft.function}:${about.join('->')}`;
    // Generic code is checked with each architecture; the surest of what is said of a place is enough.
    const place = `${name}:${draft.at.line}:${draft.at.column}`;
    if (places.has(place)) continue;
    places.add(place);
    const count = (ids.get(name) ?? 0) + 1;
    ids.set(name, count);
    findings.push({ id: count === 1 ? name : `${name}#${count}`, ...draft });
  }
  return findings;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [`${problem.file}:${problem.line}:${problem.message}`, problem]));
  return [...seen.values()].sort((a, b) => compareLocations({ ...a, column: 0 }, { ...b, column: 0 }) || (a.message < b.message ? -1 : 1));
}

function statsOf(analyses: readonly Analysis[], isAskedFor: (file: string) => boolean): CheckStats {
  const functions = new Map<string, { isBad: boolean; locks: number; unresolved: number; calls: number; lost: number }>();
  const files = new Set<string>();
  const headers = new Set<string>();
  for (const { unit, program } of analyses) {
    for (const path of unit.files.keys()) (unit.sources.includes(path) ? files : headers).add(path);
    for (const fn of program.functions) {
      if (!isAskedFor(fn.ir.file)) continue;
      const locks = fn.ir.steps.filter((step) => 'lock' in step);
      const calls = fn.ir.steps.filter((step) => step.kind === 'call');
      functions.set(`${fn.ir.file}:${fn.locate(fn.ir.range).line}:${fn.ir.name}`, {
        isBad: fn.ir.syntaxErrors.length > 0,
        locks: locks.length,
        unresolved: locks.filter(({ lock }) => lock.lockClass === '' && lock.parameter < 0).length,
        calls: calls.length,
        lost: calls.filter((call) => program.targets(call, fn).length === 0).length,
      });
    }
  }
  const all = [...functions.values()];
  const sum = (of: (f: (typeof all)[number]) => number): number => all.reduce((total, f) => total + of(f), 0);
  return {
    files: files.size,
    headers: headers.size,
    functions: all.length,
    functionsWithProblems: sum((f) => (f.isBad ? 1 : 0)),
    lockOperations: sum((f) => f.locks),
    unresolvedLockOperations: sum((f) => f.unresolved),
    calls: sum((f) => f.calls),
    callsNotFollowed: sum((f) => f.lost),
    rules: analyses.reduce((most, { rules }) => Math.max(most, rules.length), 0),
    architectures: [...new Set(analyses.map(({ unit }) => unit.architecture ?? ''))].sort(),
  };
}
