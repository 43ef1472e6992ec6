import type { Block, Edge, Step } from '../ir/program.ts';
import type { Draft } from './automaton.ts';

/** A point of a function: where the automaton is, and what is known of values there. */
export interface Point<Facts> {
  readonly node: number;
  readonly facts: Facts;
}

/** What one side makes of steps and edges. */
export interface Reading<Facts> {
  key(facts: Facts): string;
  /** Puts the step's events into the draft; answers where it leads. */
  step(step: Step, from: Point<Facts>): readonly Point<Facts>[];
  /** What is known behind the edge; undefined where it cannot be taken. `isBack`: it closes a loop. */
  follow(edge: Edge, facts: Facts, isBack: boolean): Facts | undefined;
  /** Fewer facts, for places that are reached with too many different ones; none with too many of these. */
  coarser(facts: Facts): Facts;
  readonly none: Facts;
  readonly factLimit: number;
}

/** Walks a function's graph with what is known on the way. Answers where it returns. */
export function walk<Facts>(
  blocks: readonly Block[],
  draft: Draft,
  entry: Point<Facts>,
  reading: Reading<Facts>,
): readonly { readonly block: Block; readonly point: Point<Facts> }[] {
  const back = backEdges(blocks);
  const arrived = blocks.map(() => new Map<string, Point<Facts>>());
  const queue: { block: number; point: Point<Facts> }[] = [];
  const ends: { block: Block; point: Point<Facts> }[] = [];
  const arrive = (block: number, from: number, facts: Facts): void => {
    const known = arrived[block]!;
    const { factLimit: limit } = reading;
    const least = known.size < limit ? facts : known.size < 2 * limit ? reading.coarser(facts) : reading.none;
    const key = reading.key(least);
    let point = known.get(key);
    if (!point) {
      point = { node: draft.open(), facts: least };
      known.set(key, point);
      queue.push({ block, point });
    }
    draft.move(from, point.node);
  };
  arrive(0, entry.node, entry.facts);
  for (const { block, point } of queue) {
    const { steps, next, returns } = blocks[block]!;
    let points: readonly Point<Facts>[] = [point];
    for (const step of steps)
      points = joined(
        points.flatMap((from) => reading.step(step, from)),
        draft,
        reading,
      );
    for (const at of points) {
      if (returns) ends.push({ block: blocks[block]!, point: at });
      for (const edge of next) {
        const facts = reading.follow(edge, at.facts, back.has(edge));
        if (facts !== undefined) arrive(edge.to, at.node, facts);
      }
    }
  }
  return ends;
}

/** Where the same is known, the same can follow. */
function joined<Facts>(points: readonly Point<Facts>[], draft: Draft, reading: Reading<Facts>): readonly Point<Facts>[] {
  if (points.length < 2) return points;
  const groups = new Map<string, { nodes: Set<number>; facts: Facts }>();
  for (const { node, facts } of points) {
    const key = reading.key(facts);
    const group = groups.get(key);
    if (group) group.nodes.add(node);
    else groups.set(key, { nodes: new Set([node]), facts });
  }
  return [...groups.values()].map(({ nodes, facts }) => {
    if (nodes.size === 1) return { node: [...nodes][0]!, facts };
    const node = draft.open();
    for (const from of nodes) draft.move(from, node);
    return { node, facts };
  });
}

/** Edges to a block that is still open in a depth-first walk. */
function backEdges(blocks: readonly Block[]): ReadonlySet<Edge> {
  const back = new Set<Edge>();
  const state = new Uint8Array(blocks.length);
  const stack = [{ block: 0, at: 0 }];
  state[0] = 1;
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const edge = blocks[top.block]!.next[top.at++];
    if (!edge) {
      state[top.block] = 2;
      stack.pop();
    } else if (state[edge.to] === 1) back.add(edge);
    else if (state[edge.to] === 0) {
      state[edge.to] = 1;
      stack.push({ block: edge.to, at: 0 });
    }
  }
  return back;
}
