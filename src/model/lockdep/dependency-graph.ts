import type { Read } from '../ir/readers.ts';
import type { Acquisition } from './acquisition.ts';

/**
 * lockdep's dependency graph, and the search in it for strong circles: those without an edge into a recursive reader (-R) that is followed
 * by an edge from a reader (S-), because readers do not block recursive readers. Documentation/locking/lockdep-design.rst, "Dependency types
 * and strong dependency paths"; __bfs of kernel/locking/lockdep.c (6.1:1745, 6.12:1757).
 */

/** First letter: `from` is held by a reader (S) or exclusively (E). Second: `to` is taken by a recursive reader (R) or not (N). */
export type EdgeKind = 'SR' | 'ER' | 'SN' | 'EN';

/** `to` was acquired with `from` held. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** The acquisition that made the edge. */
  readonly acquisition: Acquisition;
}

/** One end of an edge: a class, and how it is held or acquired. */
export interface Locker {
  readonly lockClass: string;
  readonly read: Read;
}

/** Class → class acquired after it → edges between the two, of different kinds. Both maps keep the order in which edges came. */
export type DependencyGraph = Map<string, Map<string, Edge[]>>;

export function edgeKind(held: Read, acquired: Read): EdgeKind {
  if (held === 0) return acquired === 2 ? 'ER' : 'EN';
  return acquired === 2 ? 'SR' : 'SN';
}

/** Adds an edge, unless there is one of its kind between the two classes. */
export function addEdge(graph: DependencyGraph, edge: Edge): void {
  let targets = graph.get(edge.from);
  if (!targets) graph.set(edge.from, (targets = new Map()));
  const known = targets.get(edge.to);
  if (!known) targets.set(edge.to, [edge]);
  else if (!known.some((e) => e.kind === edge.kind)) known.push(edge);
}

/** All edges, by the order in which their classes came. */
export function edgesOf(graph: DependencyGraph): readonly Edge[] {
  return [...graph.values()].flatMap((targets) => [...targets.values()].flat());
}

/**
 * A strong path from `next` to `prev`, which the edge prev → next would close to a strong circle (hlock_conflict, 6.1:2043, 6.12:2055).
 * `lockdep`: as lockdep searches, each class once, so that it may miss one. `complete`: never misses one.
 */
export function findCircle(graph: DependencyGraph, prev: Locker, next: Locker, how: 'lockdep' | 'complete'): Search {
  const closes = (at: Visit) => at.lockClass === prev.lockClass && (prev.read === 0 || !at.onlyRecursive);
  return search(graph, { lockClass: next.lockClass, onlyRecursive: next.read === 2 }, closes, how);
}

/** Whether strong paths already lead from `held` to `next` wherever an edge between them would (hlock_equal, 6.1:2016, 6.12:2028). */
export function isImplied(graph: DependencyGraph, held: Locker, next: Locker): boolean {
  const equals = (at: Visit) => at.edge !== undefined && at.lockClass === next.lockClass && (next.read === 2 || !at.onlyRecursive);
  return search(graph, { lockClass: held.lockClass, onlyRecursive: held.read === 0 }, equals, 'complete').path !== undefined;
}

/** A class as the search came to it. */
interface Visit {
  readonly lockClass: string;
  /** Only edges into recursive readers lead here in this search: no edge from a reader may follow. */
  readonly onlyRecursive: boolean;
  readonly edge?: Edge;
  readonly parent?: Visit;
}

export interface Search {
  readonly path?: readonly Edge[];
  /** Classes that were reached, and whether no edge from a reader could be followed there. */
  readonly reached: ReadonlyMap<string, boolean>;
}

/** Breadth first. lockdep marks a class as visited before it looks whether the way to it is strong, and never comes back to it. */
function search(graph: DependencyGraph, start: Visit, isMatch: (at: Visit) => boolean, how: 'lockdep' | 'complete'): Search {
  const reached = new Map<string, boolean>();
  const seen = new Set<string>();
  const queue: { lockClass: string; edges: readonly Edge[]; parent?: Visit }[] = [{ lockClass: start.lockClass, edges: [] }];
  // The queue grows while it is walked.
  for (const { lockClass, edges, parent } of queue) {
    if (how === 'lockdep') {
      if (seen.has(lockClass)) continue;
      seen.add(lockClass);
    }
    const visit = parent ? follow(parent, edges) : start;
    if (!visit) continue;
    if (how === 'complete') {
      const state = `${visit.onlyRecursive} ${lockClass}`;
      if (seen.has(state)) continue;
      seen.add(state);
    }
    reached.set(lockClass, visit.onlyRecursive);
    if (isMatch(visit)) return { path: pathTo(visit), reached };
    for (const [to, list] of graph.get(lockClass) ?? []) queue.push({ lockClass: to, edges: list, parent: visit });
  }
  return { reached };
}

/** One step along the strongest of the edges that may follow; undefined if none may. */
function follow(parent: Visit, edges: readonly Edge[]): Visit | undefined {
  const allowed = edges.filter((edge) => !parent.onlyRecursive || edge.kind.startsWith('E'));
  const edge = preference.map((kind) => allowed.find((e) => e.kind === kind)).find((e) => e !== undefined);
  return edge && { lockClass: edge.to, onlyRecursive: edge.kind.endsWith('R'), edge, parent };
}

const preference: readonly EdgeKind[] = ['EN', 'SN', 'ER', 'SR'];

function pathTo(visit: Visit): readonly Edge[] {
  const path: Edge[] = [];
  for (let at: Visit | undefined = visit; at?.edge; at = at.parent) path.unshift(at.edge);
  return path;
}
