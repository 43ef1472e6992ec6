import { GroupAnalyzer, type Analysis } from './analyze.ts';
import { FileCache } from './frontend/c/file-cache.ts';
import type { SyntaxParser } from './frontend/c/syntax.ts';
import { documentsBelow, readDocuments, type Documented } from './documented.ts';
import type { Rule } from './orders/rule.ts';
import { Cancelled, type CheckRequest, type Progress, type RequestOptions } from './reviewer-api.ts';
import { groupByArchitecture, sourcesAround, sourcesBelow, type Group } from './scope.ts';
import type { Problem } from './source/location.ts';
import type { Tree } from './source/tree.ts';

/** Groups kept between requests: the editor comes back to the same few. */
const analyzerLimit = 4;

/** One tree, with what was read and analyzed of it. */
export class TreeAnalyzer {
  readonly cache: FileCache;
  private readonly analyzers = new Map<string, GroupAnalyzer>();
  private documents: Documented | undefined;

  private peer: TreeAnalyzer | undefined;

  constructor(
    readonly tree: Tree,
    private readonly parser: SyntaxParser,
  ) {
    this.cache = new FileCache(tree);
  }

  /** Whether it is a kernel's: what is no kernel has no architectures to be read for. */
  get hasArchitectures(): boolean {
    return this.tree.list('arch') !== undefined;
  }

  /** Another tree that mostly holds the same texts: what is made of one serves the other too. */
  pairWith(peer: TreeAnalyzer): void {
    this.peer = peer;
    peer.peer = this;
    this.cache.peer = peer.cache;
    peer.cache.peer = this.cache;
  }

  forget(paths?: readonly string[]): void {
    this.cache.forget(paths);
    if (!paths || paths.some((path) => path.endsWith('.rst'))) this.documents = undefined;
  }

  relist(): void {
    this.cache.relist();
    this.documents = undefined;
  }

  groups(paths: readonly string[], scope: CheckRequest['scope']): readonly Group[] {
    return groupByArchitecture(this.sources(paths, scope));
  }

  /** C files below the paths, with what is linked with them. */
  sources(paths: readonly string[], scope: CheckRequest['scope']): readonly string[] {
    this.cache.revision();
    const sources = sourcesBelow(paths, this.tree, this.cache);
    return scope === 'paths' ? sources : sourcesAround(sources, sources, this.tree, this.cache);
  }

  analyze(group: Group, rules: readonly Rule[], options: RequestOptions): Analysis {
    const key = `${group.architecture}\0${group.sources.join('\0')}`;
    const analyzer = this.analyzers.get(key) ?? new GroupAnalyzer(group, this.cache, this.parser, () => this.peer?.analyzers.get(key));
    // Last used goes last; the first is dropped when there are too many.
    this.analyzers.delete(key);
    this.analyzers.set(key, analyzer);
    for (const old of this.analyzers.keys()) if (this.analyzers.size > analyzerLimit) this.analyzers.delete(old);
    const step = stepOf(options);
    step();
    return analyzer.analyze(rules, step);
  }

  /** Documented orders of `Documentation/` and of the files named. */
  read(extra: readonly string[]): Documented {
    this.documents ??= readDocuments(documentsBelow('Documentation', this.tree), this.tree);
    if (extra.length === 0) return this.documents;
    const more = readDocuments(extra, this.tree);
    return { rules: [...this.documents.rules, ...more.rules], problems: [...this.documents.problems, ...more.problems] };
  }

  /** What could not be read or understood in the files asked for. */
  problems(analyses: readonly Analysis[], isAskedFor: (file: string) => boolean): readonly Problem[] {
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
export function stepOf(options: RequestOptions): (progress?: Progress) => void {
  return (progress) => {
    if (options.cancelled?.()) throw new Cancelled();
    if (progress) options.progress?.(progress);
  };
}
