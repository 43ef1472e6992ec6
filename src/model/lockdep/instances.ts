import type { Acquisition, LockUse } from './acquisition.ts';
import type { Edge } from './dependency-graph.ts';

/**
 * Classes of a circle that no acquisition given closes through one and the same instance: the instances acquired by the edge into the class
 * and those held by the edge out of it are all named, and none is on both sides.
 */
export function disjointClasses(circle: readonly Edge[], acquisitions: readonly Acquisition[]): readonly string[] {
  return circle.flatMap((into, i) => {
    const out = circle[(i + 1) % circle.length]!;
    const acquired = instancesOf(into, acquisitions, ({ lock }) => [lock]);
    const kept = instancesOf(out, acquisitions, ({ held }) => held.filter((lock) => lock.lockClass === out.from));
    const isDisjoint = acquired !== undefined && kept !== undefined && ![...acquired].some((name) => kept.has(name));
    return isDisjoint ? [into.to] : [];
  });
}

/** Instances on one side of all acquisitions that have the classes of an edge; undefined if one of them is not named. */
function instancesOf(edge: Edge, all: readonly Acquisition[], side: (a: Acquisition) => readonly LockUse[]): Set<string> | undefined {
  const has = ({ lock, held }: Acquisition) => lock.lockClass === edge.to && held.some((h) => h.lockClass === edge.from);
  const names = all
    .filter(has)
    .flatMap(side)
    .map(({ instance }) => instance);
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length ? new Set(known) : undefined;
}
