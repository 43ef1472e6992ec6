import { merge, type HeldLock } from '../analysis/contexts.ts';
import type { OrderEdge, OrderGraph } from '../analysis/order-graph.ts';
import { withoutSubclass } from '../analysis/contexts.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtChain, doubtCut, doubtGates, doubtInstances, doubtLength } from './confidence.ts';
import { heldText, reportedAt, witnessOf } from './witness.ts';

/** Places of one direction that are reported at the most. */
const placeLimit = 4;
/** Ways of all directions together that are tried for a set without a gate lock. */
const choiceLimit = 20_000;

/** Locks taken in different orders: with two locks, each inside the other; with three, in a circle. */
export function checkLockOrderCycle(input: CheckInput): readonly Draft[] {
  const drafts: Draft[] = [];
  for (const cycle of findCycles(input.graph)) {
    drafts.push(...report(cycle, input));
  }
  return drafts;
}

/** Cycles of two and three classes, each once; read sides of RCU wait for nobody and close none. */
function findCycles(graph: OrderGraph): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  for (const a of graph.classes) {
    for (const b of graph.successors(a)) {
      if (graph.between(b, a).length > 0) {
        if (a < b) cycles.push([a, b]);
        continue;
      }
      for (const c of graph.successors(b)) {
        if (c === a || !(a < b && a < c) || graph.between(c, a).length === 0) continue;
        // A shorter cycle inside says the same with less.
        if (graph.between(c, b).length > 0 || graph.between(a, c).length > 0) continue;
        cycles.push([a, b, c]);
      }
    }
  }
  return cycles;
}

interface Witnesses {
  readonly edges: readonly OrderEdge[];
  /** Not all choices were tried: another one may have no gate lock. */
  readonly isCut: boolean;
  /** Lock classes held around every one of them. */
  readonly gates: readonly string[];
}

/** One edge of each direction, in configurations that go together; without a gate lock if that can be. */
function chooseWitnesses(cycle: readonly string[], choices: readonly (readonly OrderEdge[])[]): Witnesses | undefined {
  let gated: Witnesses | undefined;
  const chosen: OrderEdge[] = [];
  let tried = 0;
  const search = (i: number, config: ReadonlyMap<string, number>): Witnesses | undefined => {
    if (i === cycle.length) {
      tried++;
      if (meetsInside(chosen, cycle)) return undefined;
      const gates = gatesOf(chosen, cycle);
      if (gates.length === 0) return { edges: [...chosen], gates, isCut: false };
      gated ??= { edges: [...chosen], gates, isCut: false };
      return undefined;
    }
    for (const edge of choices[i]!) {
      if (tried >= choiceLimit) return undefined;
      const both = merge(config, edge.to.config);
      if (!both) continue;
      chosen.push(edge);
      const found = search(i + 1, both);
      chosen.pop();
      if (found) return found;
    }
    return undefined;
  };
  return search(0, new Map()) ?? (gated && { ...gated, isCut: tried >= choiceLimit });
}

function canBlock(edge: OrderEdge): boolean {
  return edge.from.kind !== 'rcu' && edge.from.kind !== 'srcu' && edge.to.step.lock.kind !== 'rcu' && edge.to.step.lock.kind !== 'srcu';
}

/**
 * A lock that every side takes after its first and holds while it waits: they cannot all wait at once. It has orders of its own
 * with the cycle's locks, so that what there is to report is the shorter cycle.
 */
function meetsInside(edges: readonly OrderEdge[], cycle: readonly string[]): boolean {
  const [first, ...others] = edges.map(({ to }) =>
    to.held.filter((h) => h.mode === 'exclusive' && !h.isPrivate && !cycle.includes(h.lockClass)),
  );
  return first!.some(
    (gate) => others.every((held) => held.some((h) => h.lockClass === gate.lockClass)) && !gatesOf(edges, cycle).includes(gate.lockClass),
  );
}

/** Locks taken before the cycle's own on every side, by at least one of them exclusively. */
function gatesOf(edges: readonly OrderEdge[], cycle: readonly string[]): readonly string[] {
  const before = edges.map((edge) => {
    const own = edge.to.held.findIndex((h) => cycle.includes(h.lockClass));
    return edge.to.held.slice(0, own).filter((h) => !h.isPrivate && h.kind !== 'rcu' && h.kind !== 'srcu');
  });
  const common = before[0]!.filter((gate) => before.every((list) => list.some((h) => h.lockClass === gate.lockClass)));
  const exclusive = (gate: HeldLock): boolean =>
    before.filter((list) => list.some((h) => h.lockClass === gate.lockClass && h.mode === 'shared')).length <= 1;
  return [...new Set(common.filter(exclusive).map((h) => h.lockClass))];
}

function report(cycle: readonly string[], input: CheckInput): readonly Draft[] {
  const directions = cycle.map((from, i) => input.graph.between(from, cycle[(i + 1) % cycle.length]!).filter(canBlock));
  if (!chooseWitnesses(cycle, directions)) return [];
  const places = directions.map(byPlace);
  const fewest = Math.min(...places.map((groups) => groups.length));
  const drafts: Draft[] = [];
  for (const [i, groups] of places.entries()) {
    // The odd ones out are reported: the direction that most of the code takes is seldom the mistake.
    if (groups.length > fewest || groups.length > placeLimit || isDocumented(directions[i]![0]!, input)) continue;
    for (const group of groups) {
      const witnesses = chooseWitnesses(cycle, directions.with(i, [...group]));
      const place = witnesses && reportedAt(witnesses.edges[i]!.to, input.isAskedFor);
      if (place) drafts.push({ ...describe(witnesses.edges[i]!, witnesses, cycle, input, fewest), ...place });
    }
  }
  return drafts;
}

/** Edges of one direction, those of one place of acquisition together. */
function byPlace(edges: readonly OrderEdge[]): readonly (readonly OrderEdge[])[] {
  const places = new Map<string, OrderEdge[]>();
  for (const edge of edges) {
    const key = placeKey(edge.to);
    const group = places.get(key);
    if (group) group.push(edge);
    else places.set(key, [edge]);
  }
  return [...places.values()];
}

function isDocumented(edge: OrderEdge, { rules }: CheckInput): boolean {
  return rules.some((r) => r.outer === withoutSubclass(edge.from.lockClass) && r.inner === withoutSubclass(edge.to.lockClass));
}

function describe(
  edge: OrderEdge,
  { edges, gates, isCut }: Witnesses,
  cycle: readonly string[],
  input: CheckInput,
  places: number,
): Omit<Draft, 'at' | 'function'> {
  const doubts = new Doubts();
  for (const each of edges) doubtChain(each.to, each.from, input, doubts);
  doubtLength(edges, doubts);
  doubtGates(edges, input.program, doubts);
  doubtInstances(cycle, input.program, doubts);
  if (cycle.length > 2) doubts.add('three orders have to meet');
  if (places > 2) doubts.add(`${places} places take the locks this way: it may be the intended order`, 0);
  for (const { from, to } of edges) doubtCut(from.lockClass, to.lockClass, input.graph, doubts);
  if (isCut) doubts.add('more ways go together than were tried: some may have no gate lock', 0);
  if (edges.every((e) => e.from.mode === 'shared' && e.to.mode === 'shared'))
    doubts.add('both locks are shared on both sides: it takes a waiting writer');
  const config = edges.reduce<ReadonlyMap<string, number>>((all, e) => merge(all, e.to.config) ?? all, new Map());
  const names = configText(config);
  const start = edges.indexOf(edge);
  const way = [...edges.slice(start), ...edges.slice(0, start)];
  const elsewhere = way.slice(1).map((e) => `${e.to.context.fn.ir.name} takes ${e.to.lockClass} with ${heldText(e.from)} held`);
  const gate =
    gates.length > 0
      ? `; ${gates.join(' and ')}, held on every side, ${gates.length === 1 ? 'keeps' : 'keep'} it from deadlocking, but lockdep will report it`
      : '';
  return {
    check: 'lock-order-cycle',
    severity: gates.length > 0 ? 'information' : doubts.severity('error'),
    confidence: doubts.confidence,
    message: `${edge.to.lockClass} is taken here with ${heldText(edge.from)} held, but ${elsewhere.join(', and ')}${gate}`,
    about: [edge.from.lockClass, ...way.slice(0, -1).map((e) => e.to.lockClass)],
    acquires: edge.to.lockClass,
    held: edge.to.held.map((h) => h.lockClass),
    witnesses: way.map((e) => witnessOf(e.to, input.program)),
    ...(names && { config: names }),
    reasons: doubts.sentences,
  };
}
