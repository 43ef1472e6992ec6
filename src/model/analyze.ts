import type { AccessSource } from './analysis/accesses.ts';
import type { Contexts } from './analysis/contexts.ts';
import { findContexts } from './analysis/find-contexts.ts';
import { buildOrderGraph, type OrderGraph } from './analysis/order-graph.ts';
import { FlowCache, summarize, type Summaries } from './analysis/summaries.ts';
import { bindRules, type BoundRule } from './checks/resolve-rules.ts';
import type { FileCache, SourceFile } from './frontend/c/file-cache.ts';
import { Linker } from './frontend/c/link.ts';
import type { LinkedProgram } from './frontend/c/linked-program.ts';
import type { SyntaxParser } from './frontend/c/syntax.ts';
import { Unit } from './frontend/c/unit.ts';
import { readComments } from './orders/comment.ts';
import type { Rule } from './orders/rule.ts';
import type { Progress } from './reviewer-api.ts';
import type { Group } from './scope.ts';

/** Everything known of one group of files. */
export interface Analysis {
  readonly unit: Unit;
  readonly program: LinkedProgram;
  readonly summaries: Summaries;
  readonly contexts: Contexts;
  readonly graph: OrderGraph;
  readonly rules: readonly BoundRule[];
  /** Reads accesses of functions for whoever asks, as long as this is the last analysis of its group. */
  readonly source: AccessSource;
}

/** Orders that the comments of a file state: the same in each group and tree that has the file. */
const comments = new WeakMap<SourceFile, readonly Rule[]>();

/** Analyzes a group again and again, and keeps what did not change in between. */
export class GroupAnalyzer {
  private unit: Unit | undefined;
  private linker: Linker | undefined;
  /** What the cache's folders were like when the unit was made. */
  private revision: number | undefined;
  private readonly flows = new FlowCache();
  private last: Analysis | undefined;
  /** Rules the last analysis was made with. */
  private documented: readonly Rule[] | undefined;

  constructor(
    readonly group: Group,
    private readonly cache: FileCache,
    private readonly parser: SyntaxParser,
    /** The same group in a tree that mostly holds the same texts. */
    private readonly peer?: () => GroupAnalyzer | undefined,
  ) {}

  /** `step` is called often; what it throws gives the analysis up. */
  analyze(documented: readonly Rule[], step: (progress?: Progress) => void): Analysis {
    const isSame = this.refresh(step);
    if (isSame && this.last && areEqual(this.documented, documented)) return this.last;
    // If what follows is cancelled, there is none.
    this.last = undefined;
    this.documented = documented;
    const unit = this.unit!;
    const program = this.linker!.link((done, total) => {
      step({ phase: 'read', done, total });
    });
    const summaries = summarize(program, this.flows, step);
    // Ways into functions are found, then gone through: each is half of what there is to do for a function.
    const total = program.functions.length;
    const half = (halves: number): void => {
      step({ phase: 'analyze', done: Math.floor(halves / 2), total });
    };
    const contexts = findContexts(program, summaries, half);
    const graph = buildOrderGraph(program, summaries, contexts, (done) => half(total + done));
    const rules = bindRules([...documented, ...this.commentRules(unit)], program, summaries);
    this.last = { unit, program, summaries, contexts, graph, rules, source: this.linker! };
    return this.last;
  }

  /** Brings the unit up to date with its files; answers whether nothing changed. */
  private refresh(step: (progress?: Progress) => void): boolean {
    const revision = this.cache.revision();
    const changed = this.revision === revision ? this.unit?.changed() : undefined;
    if (changed?.length === 0) return true;
    this.last = undefined;
    const functions = changed && this.unit?.replace(changed);
    if (functions) {
      this.linker!.update(functions);
      return false;
    }
    // Nothing is left of the old ones if what follows is cancelled.
    this.unit = this.linker = undefined;
    this.unit = new Unit(this.group.architecture, this.group.sources, this.cache, (done, total) => {
      step({ phase: 'index', done, total });
    });
    const peer = this.peer?.();
    this.linker = new Linker(this.unit, this.parser, peer?.linker);
    if (peer) this.flows.adopt(peer.flows);
    this.revision = revision;
    return false;
  }

  private commentRules(unit: Unit): readonly Rule[] {
    const rules: Rule[] = [];
    for (const file of unit.files.values()) {
      let own = comments.get(file);
      if (!own) comments.set(file, (own = readComments(file.path, file.text)));
      rules.push(...own);
    }
    return rules;
  }
}

/** Rules are read again with each request, and mostly say what they said. */
function areEqual(a: readonly Rule[] | undefined, b: readonly Rule[]): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
