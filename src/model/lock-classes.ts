import { arrivalsIn } from './analysis/contexts.ts';
import type { Analysis } from './analyze.ts';
import { isUnknownLock } from './ir/program.ts';
import type { LockClass, LockNeighbour, LockTaker } from './reviewer-api.ts';
import { compareLocations } from './source/location.ts';

/** Lock classes that are taken in what was read, by name: who takes them, and what is taken inside and outside them. */
export function lockClasses({ program, contexts, summaries, graph }: Analysis, step: () => void): readonly LockClass[] {
  const found = new Map<string, { kind: string; takers: Map<string, LockTaker> }>();
  for (const fn of program.functions) {
    step();
    for (const context of contexts.of(fn)) {
      for (const { step: taken, lockClass } of arrivalsIn(context, summaries)) {
        if (taken.kind !== 'acquire' || isUnknownLock(lockClass)) continue;
        const use = found.get(lockClass) ?? { kind: taken.lock.kind, takers: new Map<string, LockTaker>() };
        found.set(lockClass, use);
        use.takers.set(`${fn.id}:${taken.at.start}`, { function: fn.ir.name, at: fn.locate(taken.at) });
      }
    }
  }
  const outside = new Map<string, LockNeighbour[]>();
  const inside = new Map<string, LockNeighbour[]>();
  for (const outer of graph.classes) {
    for (const inner of graph.successors(outer)) {
      const edges = graph.between(outer, inner);
      const { context, step: taken } = edges[0]!.to;
      const places = new Set(edges.map(({ to }) => `${to.context.fn.id}:${to.step.at.start}`)).size;
      // Where the inner one is taken, on the shortest way.
      const shortest = { function: context.fn.ir.name, at: context.fn.locate(taken.at), places };
      add(inside, outer, { lockClass: inner, ...shortest });
      add(outside, inner, { lockClass: outer, ...shortest });
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([lockClass, { kind, takers }]) => ({
      ...{ lockClass, kind, takers: [...takers.values()].sort((a, b) => compareLocations(a.at, b.at)) },
      ...{ inside: inside.get(lockClass) ?? [], outside: outside.get(lockClass) ?? [] },
    }));
}

function add(map: Map<string, LockNeighbour[]>, key: string, neighbour: LockNeighbour): void {
  const list = map.get(key);
  if (list) list.push(neighbour);
  else map.set(key, [neighbour]);
}
