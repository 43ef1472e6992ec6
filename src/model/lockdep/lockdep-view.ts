import { annotationOf, annotationOfNext, type Acquisition, type Annotation, type SrcuAnnotation } from './acquisition.ts';
import { addEdge, edgeKind, edgesOf, findCircle, type DependencyGraph, type Edge } from './dependency-graph.ts';
import { findHiddenOrders, type HiddenOrder } from './hidden-orders.ts';
import { disjointClasses } from './instances.ts';
import { circleMessage, recursionMessage, suspiciousMessage } from './words.ts';

/**
 * `circular`: an acquisition closes a strong circle of classes. `recursive`: a class is acquired that the task holds. `suspicious`: a wait
 * for readers inside such a read side, which RCU itself reports (CONFIG_PROVE_RCU).
 */
export interface Report {
  readonly kind: 'circular' | 'recursive' | 'suspicious';
  /** Classes of the circle in its order, the one acquired last first; a single class for the other kinds. */
  readonly classes: readonly string[];
  /** Edges of the circle; the last one is what `acquisition` adds. Empty for the other kinds. */
  readonly edges: readonly Edge[];
  readonly acquisition: Acquisition;
  /**
   * Classes of the circle of which no acquisition given has the same instance on both sides, so that these acquisitions cannot
   * deadlock through them. lockdep compares classes and reports the circle all the same.
   */
  readonly disjoint: readonly string[];
  readonly message: string;
}

export interface LockdepView {
  /** lockdep's graph after all acquisitions, as if it never turned itself off. */
  readonly edges: readonly Edge[];
  /** In the order of the acquisitions, each circle of classes once. After the first that is not `suspicious` lockdep turns itself off. */
  readonly reports: readonly Report[];
  /** What the acquisitions have and lockdep does not see, each with the reason. */
  readonly hidden: readonly HiddenOrder[];
}

/** A strong circle in the graph that lockdep's search walks past, and the class that it came to on a weaker way first. */
export interface Missed {
  readonly edges: readonly Edge[];
  readonly between: string;
}

interface State {
  readonly acquisitions: readonly Acquisition[];
  readonly srcu: SrcuAnnotation;
  readonly graph: DependencyGraph;
  /** Chains of held classes that were checked: lockdep checks each once. */
  readonly chains: Set<string>;
  readonly reports: Report[];
  /** Circles and recursions that were reported, by `reportKey`. */
  readonly reported: Set<string>;
  readonly missed: Missed[];
}

/**
 * What lockdep would say of acquisitions, taken in this order. Not looked at: interrupt states, nested locks under a common lock, comparison
 * functions of classes, lockdep's limits. Follows kernel/locking/lockdep.c; see docs/lockdep.md.
 */
export function lockdepView(acquisitions: readonly Acquisition[], srcu: SrcuAnnotation): LockdepView {
  const state: State = { acquisitions, srcu, graph: new Map(), chains: new Set(), reports: [], reported: new Set(), missed: [] };
  for (const acquisition of acquisitions) observe(state, acquisition);
  const missed = state.missed.filter(({ edges }) => !state.reported.has(reportKey('circular', edges)));
  const { graph, reports } = state;
  return { edges: edgesOf(graph), reports, hidden: findHiddenOrders({ acquisitions, srcu, graph, reports, missed }) };
}

/** One call of lock_acquire() or lock_sync() (validate_chain, 6.1:3850, 6.12:3885). */
function observe(state: State, acquisition: Acquisition): void {
  const next = annotationOfNext(acquisition, state.srcu);
  if (next && next.check && !next.isTry) {
    const held = acquisition.held.flatMap((lock) => annotationOf(lock, state.srcu) ?? []);
    const chain = [...held, next].map(({ lockClass, read }) => `${read}${lockClass}`).join('\0');
    if (!state.chains.has(chain)) {
      state.chains.add(chain);
      const isRecursive = checkRecursion(state, acquisition, held, next);
      addEdges(state, acquisition, held, next, isRecursive);
    }
  }
  if (acquisition.kind === 'sync') checkReadSides(state, acquisition);
}

/** A class is acquired that is held already, other than by a recursive reader after a reader (check_deadlock, 6.1:3054, 6.12:3081). */
function checkRecursion(state: State, acquisition: Acquisition, held: readonly Annotation[], next: Annotation): boolean {
  const isRecursive = held.some((prev) => prev.lockClass === next.lockClass && !(next.read === 2 && prev.read !== 0));
  if (isRecursive) reportOne(state, 'recursive', acquisition, recursionMessage(acquisition));
  return isRecursive;
}

/**
 * Edges from the nearest checked held lock, and on past trylocks to the next one that is none (check_prevs_add, 6.1:3255, 6.12:3282).
 * lockdep adds no more after a report; here all go on, to find the circles that remain.
 */
function addEdges(state: State, acquisition: Acquisition, held: readonly Annotation[], next: Annotation, isRecursive: boolean): void {
  for (const prev of held.toReversed()) {
    if (!prev.check) continue;
    if (prev.lockClass !== next.lockClass || !isRecursive) checkEdge(state, acquisition, prev, next);
    if (!prev.isTry) return;
  }
}

/** check_prev_add, 6.1:3119, 6.12:3146. */
function checkEdge(state: State, acquisition: Acquisition, prev: Annotation, next: Annotation): void {
  const { graph, reported } = state;
  const edge: Edge = { from: prev.lockClass, to: next.lockClass, kind: edgeKind(prev.read, next.read), acquisition };
  if (edge.from !== edge.to) {
    const found = findCircle(graph, prev, next, 'lockdep');
    const path = found.path ?? findCircle(graph, prev, next, 'complete').path;
    const edges = [...(path ?? []), edge];
    const key = reportKey('circular', edges);
    if (found.path && !reported.has(key)) {
      reported.add(key);
      state.reports.push(circularReport(state, edges, acquisition));
    } else if (path && !found.path) state.missed.push({ edges, between: firstWeakly(path, found.reached) });
  }
  addEdge(graph, edge);
}

function circularReport(state: State, edges: readonly Edge[], acquisition: Acquisition): Report {
  const disjoint = disjointClasses(edges, state.acquisitions);
  const message = circleMessage(edges, disjoint);
  return { kind: 'circular', classes: edges.map((edge) => edge.from), edges, acquisition, disjoint, message };
}

/** The first class on a strong path that a search has not reached, or only on a weaker way. */
function firstWeakly(path: readonly Edge[], reached: ReadonlyMap<string, boolean>): string {
  const weak = path.find(({ to, kind }) => (kind.endsWith('R') ? !reached.has(to) : reached.get(to) !== false));
  return weak?.to ?? '';
}

/** 6.1 and 6.12: srcutree.c:1230, 1388 for SRCU, whose own readers count, and any reader of RCU; tree.c:3574, 4113 for RCU. */
function checkReadSides(state: State, acquisition: Acquisition): void {
  const { lock, held } = acquisition;
  const own = held.find((reader) => reader.kind === 'rcu' || (reader.kind === 'srcu' && isSame(reader, lock)));
  // After the commit lock_sync() has reported the recursion, and RCU is silent once lockdep is off.
  const isReported = own !== undefined && own.kind === 'srcu' && state.srcu === 'after';
  if (own && !isReported) reportOne(state, 'suspicious', acquisition, suspiciousMessage(acquisition, own));
}

function isSame(a: Acquisition['lock'], b: Acquisition['lock']): boolean {
  return a.lockClass === b.lockClass && (a.instance === undefined || b.instance === undefined || a.instance === b.instance);
}

function reportOne(state: State, kind: 'recursive' | 'suspicious', acquisition: Acquisition, message: string): void {
  const { lockClass } = acquisition.lock;
  const key = `${kind} ${lockClass}`;
  if (state.reported.has(key)) return;
  state.reported.add(key);
  state.reports.push({ kind, classes: [lockClass], edges: [], acquisition, disjoint: [], message });
}

/** One circle has one key, wherever it is entered. */
function reportKey(kind: string, edges: readonly Edge[]): string {
  const classes = edges.map((edge) => edge.from);
  const turns = classes.map((_, i) => [...classes.slice(i), ...classes.slice(0, i)].join('\0'));
  return `${kind} ${turns.sort()[0] ?? ''}`;
}
