import {
  annotationOf,
  annotationOfNext,
  readOf,
  readOfNext,
  waits,
  type Acquisition,
  type LockUse,
  type SrcuAnnotation,
} from './acquisition.ts';
import { addEdge, edgeKind, findCircle, isImplied, type DependencyGraph, type Edge, type Locker } from './dependency-graph.ts';
import { disjointClasses } from './instances.ts';
import type { Missed, Report } from './lockdep-view.ts';
import { hiddenMessage } from './words.ts';

/**
 * Why lockdep does not see an order, or its circle.
 * - `trylock`: it was acquired by a trylock, which never waits.
 * - `reader-unchecked`: a reader of RCU, or of SRCU before f0f44752f5f6, is one of the two; its annotation has check 0.
 * - `sync-not-annotated`: the wait for readers is not told to lockdep.
 * - `untracked`: one of the two is a semaphore or a bit lock, which lockdep does not know.
 * - `nearer-lock`: lockdep stopped at a nearer held lock, and no strong path over it stands for the order.
 * - `known-chain`: the same classes were held before, where one of them was acquired in another way, and lockdep checks a chain once.
 * - `search-order`: the order is in the graph and closes a strong circle, but the search came to `between` on a weaker way first.
 */
export type HiddenReason =
  'trylock' | 'reader-unchecked' | 'sync-not-annotated' | 'untracked' | 'nearer-lock' | 'known-chain' | 'search-order';

/** An order that the acquisitions have and that lockdep's reports cannot speak of. */
export interface HiddenOrder extends Edge {
  readonly reason: HiddenReason;
  /** The lock that stands in the way, for `nearer-lock` and `search-order`. */
  readonly between?: string;
  /** A strong circle that lockdep could report if it saw this order and the other hidden ones; this order is its last edge. Empty if none. */
  readonly closes: readonly Edge[];
  /** Classes of that circle of which no acquisition given has the same instance on both sides: through them it cannot deadlock. */
  readonly disjoint: readonly string[];
  readonly message: string;
}

/** What the view has found. */
interface Found {
  readonly acquisitions: readonly Acquisition[];
  readonly srcu: SrcuAnnotation;
  readonly graph: DependencyGraph;
  readonly reports: readonly Report[];
  readonly missed: readonly Missed[];
}

/** Hidden orders in the order of the acquisitions, each once; then the circles that the search missed. */
export function findHiddenOrders(found: Found): readonly HiddenOrder[] {
  const all = allOrders(found.acquisitions);
  const hidden = new Map<string, HiddenOrder>();
  const seen = new Map<string, boolean>();
  for (const acquisition of found.acquisitions) {
    const next: Locker = { lockClass: acquisition.lock.lockClass, read: readOfNext(acquisition) };
    for (const lock of acquisition.held) {
      const prev: Locker = { lockClass: lock.lockClass, read: readOf(lock) };
      const edge = edgeOf(prev, next, acquisition);
      const pair = `${edge.from}\0${edge.to}\0${edge.kind}`;
      if (!seen.has(pair)) seen.set(pair, isSeen(found, prev, next));
      const why = reasonOf(acquisition, lock, found.srcu);
      const key = `${pair}\0${why.reason}`;
      if (seen.get(pair) || hidden.has(key)) continue;
      const closes = waits(acquisition) ? circleOf(all, prev, next, edge) : [];
      hidden.set(key, complete({ ...edge, ...why, closes }, found.acquisitions));
    }
  }
  return [...hidden.values(), ...missedOrders(found)];
}

function edgeOf(prev: Locker, next: Locker, acquisition: Acquisition): Edge {
  return { from: prev.lockClass, to: next.lockClass, kind: edgeKind(prev.read, next.read), acquisition };
}

/** Every order in which a task waits, as a graph: what lockdep's would be if it saw all. */
function allOrders(acquisitions: readonly Acquisition[]): DependencyGraph {
  const graph: DependencyGraph = new Map();
  for (const acquisition of acquisitions) {
    if (!waits(acquisition)) continue;
    const next: Locker = { lockClass: acquisition.lock.lockClass, read: readOfNext(acquisition) };
    for (const lock of acquisition.held) addEdge(graph, edgeOf({ lockClass: lock.lockClass, read: readOf(lock) }, next, acquisition));
  }
  return graph;
}

/** An order is seen if it is in the graph or follows from it; within one class, if it is harmless or was reported. */
function isSeen({ graph, reports }: Found, prev: Locker, next: Locker): boolean {
  if (prev.lockClass !== next.lockClass) return isImplied(graph, prev, next);
  const isHarmless = prev.read !== 0 && next.read === 2;
  return isHarmless || reports.some(({ kind, classes }) => kind !== 'circular' && classes[0] === next.lockClass);
}

function reasonOf(acquisition: Acquisition, lock: LockUse, srcu: SrcuAnnotation): Pick<HiddenOrder, 'reason' | 'between'> {
  const next = annotationOfNext(acquisition, srcu);
  const prev = annotationOf(lock, srcu);
  if (!waits(acquisition)) return { reason: 'trylock' };
  if (!next) return { reason: acquisition.kind === 'sync' ? 'sync-not-annotated' : 'untracked' };
  if (!prev) return { reason: 'untracked' };
  if (!next.check || !prev.check) return { reason: 'reader-unchecked' };
  const between = nearerLock(acquisition, lock, srcu);
  return between === undefined ? { reason: 'known-chain' } : { reason: 'nearer-lock', between };
}

/** The held lock at which lockdep stops before it comes to `lock`; of several the nearest recursive reader, over which no strong path leads. */
function nearerLock({ held }: Acquisition, lock: LockUse, srcu: SrcuAnnotation): string | undefined {
  const nearer = held.slice(held.indexOf(lock) + 1).flatMap((h) => annotationOf(h, srcu) ?? []);
  const stops = nearer.filter((h) => h.check && !h.isTry).toReversed();
  return (stops.find((h) => h.read === 2) ?? stops[0])?.lockClass;
}

function circleOf(all: DependencyGraph, prev: Locker, next: Locker, edge: Edge): readonly Edge[] {
  if (prev.lockClass === next.lockClass) return [edge];
  const { path } = findCircle(all, prev, next, 'complete');
  return path ? [...path, edge] : [];
}

function missedOrders({ missed, acquisitions }: Found): readonly HiddenOrder[] {
  const byPair = new Map<string, HiddenOrder>();
  for (const { edges, between } of missed) {
    const edge = edges[edges.length - 1]!;
    const key = `${edge.from}\0${edge.to}`;
    if (!byPair.has(key)) byPair.set(key, complete({ ...edge, reason: 'search-order', between, closes: edges }, acquisitions));
  }
  return [...byPair.values()];
}

type Draft = Omit<HiddenOrder, 'disjoint' | 'message'>;

function complete(draft: Draft, acquisitions: readonly Acquisition[]): HiddenOrder {
  const order = { ...draft, disjoint: disjointClasses(draft.closes, acquisitions) };
  return { ...order, message: hiddenMessage(order) };
}
