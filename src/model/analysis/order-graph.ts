import { isUnknownLock, type Program } from '../ir/program.ts';
import { arrivalsIn, withoutSubclass, type Arrival, type Contexts, type HeldLock } from './contexts.ts';
import { cpuOf } from './cpus.ts';
import type { Summaries } from './summaries.ts';

/** `from` is held while `to` is acquired (or its readers are waited for), on the way that `to` remembers. */
export interface OrderEdge {
  readonly from: HeldLock;
  readonly to: Arrival;
}

/** Edges by lock class; for each pair of classes the shortest witness for each place of acquisition. */
export interface OrderGraph {
  readonly classes: readonly string[];
  /** Edges from one class to another, sorted by length of their chain, then place. */
  between(from: string, to: string): readonly OrderEdge[];
  successors(from: string): readonly string[];
  /** Waits for readers, with what is held there. */
  readonly waits: readonly Arrival[];
  /** Acquisitions of a class of which a lock is held, be it of another subclass: the shortest way to each place. */
  readonly again: readonly OrderEdge[];
  /** All edges whose acquisition ends in one class, whatever was held. */
  into(to: string): readonly OrderEdge[];
  /** Whether more places, or more ways to one of them, take the two like this than are kept. */
  isCut(from: string, to: string): boolean;
}

/** Places that take one class inside another, kept at the most. */
const placeLimit = 48;
/** Ways to one of those places with other locks held, in another mode or configuration. */
const wayLimit = 16;

/** Edges of two classes, by place and by what tells ways to it apart. */
interface Pair {
  readonly places: Map<string, Map<string, OrderEdge>>;
  isCut: boolean;
}

/** Order edges of a program. Locks of objects that nobody else can reach make none; a trylock makes none into itself. */
export function buildOrderGraph(program: Program, summaries: Summaries, contexts: Contexts, tell: (done: number) => void): OrderGraph {
  const edges = new Map<string, Map<string, Pair>>();
  const waits = new Map<string, Arrival>();
  const again = new Map<string, Map<string, OrderEdge>>();
  for (const fn of program.functions) {
    for (const context of contexts.of(fn)) {
      tell(fn.id);
      for (const arrival of arrivalsIn(context, summaries)) {
        if (arrival.isPrivate || arrival.held.length === 0 || isUnknownLock(arrival.lockClass)) continue;
        if (arrival.step.kind === 'sync')
          keepShortest(waits, `${fn.id}:${arrival.step.at.start}:${arrival.held.map((h) => h.lockClass).join()}`, arrival);
        else if (!arrival.step.isTry) for (const from of arrival.held) if (!isHeldAlready(arrival, from)) addEdge(from, arrival);
      }
    }
  }
  const into = new Map<string, OrderEdge[]>();
  for (const targets of edges.values()) {
    for (const [to, pair] of targets) {
      const all = into.get(to);
      if (all) all.push(...edgesOf(pair));
      else into.set(to, [...edgesOf(pair)]);
    }
  }
  return {
    classes: [...edges.keys()].sort(),
    between: (from, to) => [...edgesOf(edges.get(from)?.get(to))].sort(compareEdges),
    successors: (from) => [...(edges.get(from)?.keys() ?? [])].sort(),
    into: (to) => (into.get(to) ?? []).sort(compareEdges),
    isCut: (from, to) => edges.get(from)?.get(to)?.isCut === true,
    waits: [...waits.values()],
    again: [...again.values()].flatMap((ways) => [...ways.values()]),
  };

  function addAgain(from: HeldLock, to: Arrival): void {
    const place = `${to.context.fn.id}:${to.step.at.start}`;
    const ways = again.get(place) ?? new Map<string, OrderEdge>();
    again.set(place, ways);
    const key = `${from.fn.id}:${from.held.step.at.start}:${to.context.caller?.call.at.start}`;
    const known = ways.get(key);
    if (known ? known.to.context.depth > to.context.depth : ways.size < wayLimit) ways.set(key, { from, to });
  }

  function addEdge(from: HeldLock, to: Arrival): void {
    if (!isOrdering(from)) return;
    if (withoutSubclass(from.lockClass) === withoutSubclass(to.lockClass)) addAgain(from, to);
    if (from.lockClass === to.lockClass) return;
    let targets = edges.get(from.lockClass);
    if (!targets) edges.set(from.lockClass, (targets = new Map()));
    let pair = targets.get(to.lockClass);
    if (!pair) targets.set(to.lockClass, (pair = { places: new Map(), isCut: false }));
    const place = `${to.context.fn.id}:${to.step.at.start}`;
    const ways = pair.places.get(place) ?? new Map<string, OrderEdge>();
    // Ways to a place differ by what else is held, as a gate lock must be held on all of them, and by whose lock of a CPU it is.
    const cpus = [cpuOf(from.held.lock, from.context), cpuOf(to.step.lock, to.context)].join();
    const key = `${from.mode}:${to.held.map((h) => h.lockClass).join()}:${[...to.config.keys()].join()}:${cpus}`;
    const known = ways.get(key);
    if (known ? known.to.context.depth <= to.context.depth : ways.size >= wayLimit || (ways.size === 0 && pair.places.size >= placeLimit)) {
      pair.isCut ||= !known;
      return;
    }
    ways.set(key, { from, to });
    pair.places.set(place, ways);
  }
}

function* edgesOf(pair: Pair | undefined): Iterable<OrderEdge> {
  for (const ways of pair?.places.values() ?? []) yield* ways.values();
}

/** Whether it may be a mutex that its holder takes again, without a wait: then nothing that was taken in between is ordered before it. */
function isHeldAlready({ step, lockClass, held }: Arrival, from: HeldLock): boolean {
  return step.kind === 'acquire' && step.isAsMade === true && from.lockClass !== lockClass && held.some((h) => h.lockClass === lockClass);
}

/** Whether what is taken with this lock held is ordered after it: the lock is known, others reach it, and its taker gives it back. */
export function isOrdering(from: HeldLock): boolean {
  return !isHandedOver(from) && !from.isPrivate && !isUnknownLock(from.lockClass);
}

/** A semaphore that its function never gives back is given back by somebody else, an interrupt or a completion. */
function isHandedOver({ kind, fn, held }: HeldLock): boolean {
  return kind === 'semaphore' && !fn.ir.steps.some((step) => step.kind === 'release' && step.lock.lockClass === held.lock.lockClass);
}

function keepShortest(map: Map<string, Arrival>, key: string, arrival: Arrival): void {
  const known = map.get(key);
  if (!known || known.context.depth > arrival.context.depth) map.set(key, arrival);
}

export function compareEdges(a: OrderEdge, b: OrderEdge): number {
  return (
    a.to.context.depth - b.to.context.depth ||
    a.to.context.fn.id - b.to.context.fn.id ||
    a.to.step.at.start - b.to.step.at.start ||
    a.to.held.length - b.to.held.length
  );
}
