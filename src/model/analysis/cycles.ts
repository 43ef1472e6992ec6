import type { OrderGraph } from './order-graph.ts';

/** Classes of a circle at the most: with each one more a task must be there, and all of them at once. */
export const longestCycle = 6;
/** Circles up to this length are found whatever it takes, as that is little. */
const shortCycle = 3;
/** Edges that are tried for the longer circles that begin with one class. */
const edgeLimit = 100_000;

export interface Cycles {
  /** Each once, beginning with its first class by name. */
  readonly cycles: readonly (readonly string[])[];
  /** Classes with which more of the longer circles begin than are looked for. */
  readonly cut: ReadonlySet<string>;
}

/**
 * Circles of lock classes in which each is taken with the one before it held, by the edges that `counts`. A circle with a shorter one
 * inside is left out: that one says the same with less.
 */
export function findCycles(graph: Pick<OrderGraph, 'classes' | 'successors'>, counts: (from: string, to: string) => boolean): Cycles {
  const edges = new Edges(graph, counts);
  const cycles: (readonly string[])[] = [];
  const cut = new Set<string>();
  for (const first of graph.classes) {
    const distance = edges.distancesTo(first);
    const path = [first];
    let left = Infinity;
    const extend = (last: string, shortest: number, longest: number): void => {
      for (const to of edges.from(last)) {
        if (left-- <= 0) return;
        const far = distance.get(to);
        if (far === undefined || path.length + far > longest || path.includes(to) || edges.hasShortcut(path, to)) continue;
        path.push(to);
        if (!edges.has(to, first)) extend(to, shortest, longest);
        else if (path.length >= shortest) cycles.push([...path]);
        path.pop();
      }
    };
    extend(first, 2, shortCycle);
    left = edgeLimit;
    extend(first, shortCycle + 1, longestCycle);
    if (left < 0) cut.add(first);
  }
  return { cycles, cut };
}

/** The edges that count, both ways round. */
class Edges {
  private readonly next = new Map<string, ReadonlySet<string>>();
  private readonly before = new Map<string, string[]>();

  constructor(graph: Pick<OrderGraph, 'classes' | 'successors'>, counts: (from: string, to: string) => boolean) {
    for (const from of graph.classes) {
      const targets = graph.successors(from).filter((to) => counts(from, to));
      this.next.set(from, new Set(targets));
      for (const to of targets) {
        const sources = this.before.get(to);
        if (sources) sources.push(from);
        else this.before.set(to, [from]);
      }
    }
  }

  from(lockClass: string): Iterable<string> {
    return this.next.get(lockClass) ?? [];
  }

  has(from: string, to: string): boolean {
    return this.next.get(from)?.has(to) === true;
  }

  /** Edges that it takes at least from a class to the first one of a circle, over classes that come after that by name. */
  distancesTo(first: string): ReadonlyMap<string, number> {
    const distance = new Map([[first, 0]]);
    // The map grows while it is walked.
    for (const [to, far] of distance) {
      if (far === longestCycle) break;
      for (const from of this.before.get(to) ?? []) if (first < from && !distance.has(from)) distance.set(from, far + 1);
    }
    return distance;
  }

  /** Whether a class has another edge with a path than the one from its end, and the one that closes it. */
  hasShortcut(path: readonly string[], to: string): boolean {
    return path.some((known, at) => (at < path.length - 1 && this.has(known, to)) || (at > 0 && this.has(to, known)));
  }
}
