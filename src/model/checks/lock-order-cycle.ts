import { merge, withoutSubclass, type HeldLock } from '../analysis/contexts.ts';
import { findCycles } from '../analysis/cycles.ts';
import { areOfTwoCpus, mayBeOfTwoCpus } from '../analysis/cpus.ts';
import { Instances } from '../analysis/instances.ts';
import type { OrderEdge } from '../analysis/order-graph.ts';
import { isInInterrupt } from '../analysis/usage.ts';
import type { Program } from '../ir/program.ts';
import { hasQueuedReaders, readOf } from '../ir/readers.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtChain, doubtCut, doubtGates, doubtInstances, doubtLength } from './confidence.ts';
import { doubtSettled } from './settled.ts';
import { inTurn } from './turns.ts';
import { gateText, heldText, reportedAt, witnessOf } from './witness.ts';

/** Places of one direction that are reported at the most. */
const placeLimit = 4;
/** Longest circle of which also doubtful ones are told: of longer ones there are hundreds, by mistake. */
const doubtfulLength = 3;
/** Ways of all directions together that are tried for a set without a gate lock. */
const choiceLimit = 20_000;

/** Locks taken in different orders: each of a circle of locks is taken somewhere with the one before it held. */
export function checkLockOrderCycle(input: CheckInput): readonly Draft[] {
  const { cycles, cut } = findCycles(input.graph, (from, to) => input.graph.between(from, to).some(canBlock));
  const instances = new Instances(input.source);
  return cycles.flatMap((cycle) => report(cycle, cut.has(cycle[0]!), input, instances));
}

interface Witnesses {
  readonly edges: readonly OrderEdge[];
  /** Not all choices were tried: another one may have no gate lock. */
  readonly isCut: boolean;
  /** Lock classes held around every one of them. */
  readonly gates: readonly string[];
}

/** One edge of each direction, in configurations that go together; without a gate lock if that can be. */
function chooseWitnesses(
  cycle: readonly string[],
  sides: Sides,
  choices: readonly (readonly OrderEdge[])[],
  instances: Instances,
  program: Program,
): Witnesses | undefined {
  let gated: Witnesses | undefined;
  const chosen: OrderEdge[] = [];
  let tried = 0;
  const search = (i: number, config: ReadonlyMap<string, number>): Witnesses | undefined => {
    if (i === cycle.length) {
      tried++;
      if (!isStrong(chosen, config, program) || meetsInside(chosen, sides) || areApart(chosen) || takeTurns(chosen, program))
        return undefined;
      const gates = gatesOf(chosen, sides, instances);
      if (gates.length === 0) return { edges: [...chosen], gates, isCut: false };
      gated ??= { edges: [...chosen], gates, isCut: false };
      return undefined;
    }
    for (const edge of choices[i]!) {
      if (tried >= choiceLimit) return undefined;
      const both = merge(config, edge.to.config);
      if (!both) {
        tried++;
        continue;
      }
      chosen.push(edge);
      const found = search(i + 1, both);
      chosen.pop();
      if (found) return found;
    }
    return undefined;
  };
  return search(0, new Map()) ?? (gated && { ...gated, isCut: tried >= choiceLimit });
}

/** Read sides of RCU and SRCU wait for nobody. */
function canBlock(edge: OrderEdge): boolean {
  return edge.from.kind !== 'rcu' && edge.from.kind !== 'srcu' && edge.to.step.lock.kind !== 'rcu' && edge.to.step.lock.kind !== 'srcu';
}

/**
 * Whether each side waits for the next: a recursive reader does not wait for a reader that holds the lock
 * (Documentation/locking/lockdep-design.rst, "Dependency types and strong dependency paths").
 */
function isStrong(edges: readonly OrderEdge[], config: ReadonlyMap<string, number>, program: Program): boolean {
  const isQueued = hasQueuedReaders(config);
  return edges.every(({ to }, i) => {
    const holder = edges[(i + 1) % edges.length]!.from;
    return holder.mode === 'exclusive' || readOf(to.step.lock.kind, to.mode, isQueued && !isInInterrupt(to.context, program)) !== 2;
  });
}

/** Whether what some side waits for is the lock of one CPU, and what the next holds that of another. */
function areApart(edges: readonly OrderEdge[]): boolean {
  return edges.some(({ to }, i) => {
    const { from } = edges[(i + 1) % edges.length]!;
    return to.step.kind === 'acquire' && areOfTwoCpus(to, from);
  });
}

/** Whether two sides are only come to by work items that one queue runs one at a time. */
function takeTurns(edges: readonly OrderEdge[], program: Program): boolean {
  return edges.some(({ to }, i) => edges.slice(i + 1).some((other) => inTurn(to.context.entry, other.to.context.entry, program)));
}

/**
 * A lock that two sides take after their first and hold while they wait: they cannot both wait at once. It has orders of its own
 * with the cycle's locks, so that what there is to report is the shorter cycle.
 */
function meetsInside(edges: readonly OrderEdge[], sides: Sides): boolean {
  const inside = heldByTwo(edges.map((edge) => sides.of(edge).own));
  if (inside.length === 0) return false;
  const gates = heldByTwo(edges.map((edge) => sides.of(edge).around));
  return inside.some((gate) => !gates.includes(gate));
}

/**
 * Locks taken before the cycle's own on two sides, by at least one of them exclusively. Of another object than the cycle's lock is
 * (`mutex_lock(&vcpu->mutex)` around a lock of `target`) it is not what the side with that object holds.
 */
function gatesOf(edges: readonly OrderEdge[], { of }: Sides, instances: Instances): readonly string[] {
  const sides = edges.map((edge) => of(edge).around);
  const shared = new Set(heldByTwo(sides));
  if (shared.size === 0) return [];
  const own = sides.map((side, i) => side.filter((held) => shared.has(held.lockClass) && !instances.isOfAnother(edges[i]!.from, held)));
  return heldByTwo(own);
}

/** What is held on the sides of one circle. An edge is tried with thousands of others. */
class Sides {
  private readonly known = new Map<OrderEdge, { readonly around: readonly HeldLock[]; readonly own: readonly HeldLock[] }>();

  constructor(private readonly cycle: readonly string[]) {}

  readonly of = (edge: OrderEdge): { readonly around: readonly HeldLock[]; readonly own: readonly HeldLock[] } => {
    let side = this.known.get(edge);
    if (!side) this.known.set(edge, (side = { around: this.around(edge), own: this.own(edge) }));
    return side;
  };

  /** Locks held when a side takes its first lock of the cycle. */
  private around({ to }: OrderEdge): readonly HeldLock[] {
    const own = to.held.findIndex((h) => this.cycle.includes(h.lockClass));
    return to.held.slice(0, own).filter((h) => !h.isPrivate && h.kind !== 'rcu' && h.kind !== 'srcu');
  }

  /** Locks that a side has for itself, besides those of the cycle. */
  private own({ to }: OrderEdge): readonly HeldLock[] {
    return to.held.filter((h) => h.mode === 'exclusive' && !h.isPrivate && !this.cycle.includes(h.lockClass));
  }
}

/** Locks of which one side keeps another out, as not both are readers. */
function heldByTwo(sides: readonly (readonly HeldLock[])[]): readonly string[] {
  const gates: string[] = [];
  for (let i = 0; i < sides.length - 1; i++)
    for (const a of sides[i]!)
      for (let j = i + 1; j < sides.length; j++)
        for (const b of sides[j]!)
          if (b.lockClass === a.lockClass && (a.mode === 'exclusive' || b.mode === 'exclusive') && !gates.includes(a.lockClass))
            gates.push(a.lockClass);
  return gates;
}

function report(cycle: readonly string[], areMore: boolean, input: CheckInput, instances: Instances): readonly Draft[] {
  const directions = cycle.map((from, i) => input.graph.between(from, cycle[(i + 1) % cycle.length]!).filter(canBlock));
  const sides = new Sides(cycle);
  if (!chooseWitnesses(cycle, sides, directions, instances, input.program)) return [];
  const places = directions.map(byPlace);
  const fewest = Math.min(...places.map((groups) => groups.length));
  const drafts: Draft[] = [];
  for (const [i, groups] of places.entries()) {
    // The odd ones out are reported: the direction that most of the code takes is seldom the mistake.
    if (groups.length > fewest || groups.length > placeLimit || isDocumented(directions[i]![0]!, input)) continue;
    for (const group of groups) {
      const witnesses = chooseWitnesses(cycle, sides, directions.with(i, [...group]), instances, input.program);
      const place = witnesses && reportedAt(witnesses.edges[i]!.to, input.isAskedFor);
      if (!place) continue;
      const told = describe(witnesses.edges[i]!, witnesses, sides, cycle, input, { places: fewest, areMore });
      if (told.confidence !== 'low' || cycle.length <= doubtfulLength) drafts.push({ ...told, ...place });
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
  sides: Sides,
  cycle: readonly string[],
  input: CheckInput,
  { places, areMore }: { readonly places: number; readonly areMore: boolean },
): Omit<Draft, 'at' | 'function'> {
  const doubts = new Doubts();
  for (const each of edges) doubtChain(each.to, each.from, input, doubts);
  doubtLength(edges, doubts);
  doubtGates(edges, input.program, doubts);
  for (const [i, each] of edges.entries()) if (edges.length === 2) doubtSettled(each, edges[1 - i]!, input, doubts);
  doubtInstances(cycle, input.program, doubts);
  if (cycle.length > 2 && edges.some((e) => e.to.context !== e.from.context)) doubts.add(`${number(cycle.length)} orders have to meet`);
  for (const [i, { to }] of edges.entries()) {
    if (mayBeOfTwoCpus(to, edges[(i + 1) % edges.length]!.from))
      doubts.add(`${to.lockClass} is a lock that each CPU has: the two may be of two CPUs`);
  }
  if (places > 2) doubts.add(`${places} places take the locks this way: it may be the intended order`, 0);
  for (const { from, to } of edges) doubtCut(from.lockClass, to.lockClass, input.graph, doubts);
  if (areMore) doubts.add(`more long circles begin with ${cycle[0]!} than are looked for`, 0);
  if (isCut) doubts.add('more ways go together than were tried: some may have no gate lock', 0);
  if (edges.every((e) => e.from.mode === 'shared' && e.to.mode === 'shared'))
    doubts.add('all locks are shared on all sides: it takes waiting writers');
  const config = edges.reduce<ReadonlyMap<string, number>>((all, e) => merge(all, e.to.config) ?? all, new Map());
  const names = configText(config);
  const start = edges.indexOf(edge);
  const way = [...edges.slice(start), ...edges.slice(0, start)];
  const elsewhere = way.slice(1).map((e) => `${e.to.context.fn.ir.name} takes ${e.to.lockClass} with ${heldText(e.from)} held`);
  const everywhere = gates.every((gate) => edges.every((e) => sides.of(e).around.some((h) => h.lockClass === gate)));
  const gate = gateText(gates, everywhere ? 'on every side' : 'on more than one side');
  return {
    check: 'lock-order-cycle',
    severity: gates.length > 0 ? 'information' : doubts.severity('error'),
    confidence: doubts.confidence,
    message: `${edge.to.lockClass} is taken here with ${heldText(edge.from)} held, but ${elsewhere.join(', and ')}${gate === '' ? '' : `${gate}, but lockdep will report it`}`,
    about: [edge.from.lockClass, ...way.slice(0, -1).map((e) => e.to.lockClass)],
    acquires: edge.to.lockClass,
    held: edge.to.held.map((h) => h.lockClass),
    witnesses: way.map((e) => witnessOf(e.to, input.program, e.from)),
    ...(names && { config: names }),
    reasons: doubts.sentences,
  };
}

/** Of the orders of a circle: more than two, and no more than circles that are looked for. */
function number(orders: number): string {
  return ['three', 'four', 'five', 'six'][orders - 3] ?? `${orders}`;
}
