import { isSubset } from './contexts.ts';
import { apply, type Effects } from './flow.ts';
import { join, assume, stateKey, type State } from './state.ts';
import type { Block, FunctionIr, Step } from '../ir/program.ts';

/** A step that changed what is held, or waited for readers, and those before it. */
export interface Trail {
  readonly step: Step;
  readonly before: State;
  readonly after: State;
  readonly previous: Trail | undefined;
  readonly length: number;
}

/** One way from a function's entry to a place of it. */
export interface Reached {
  readonly state: State;
  readonly trail: Trail | undefined;
}

export type Place = Step | NonNullable<Block['returns']>;

export interface Ways {
  /** Ways on which a step is reached, before it, or the end of a block that returns; those with the fewest lock operations first. */
  to(place: Place): readonly Reached[];
  readonly isCut: boolean;
  /** What finding them cost: blocks gone through. */
  readonly visits: number;
}

/** Ways to a block with the same locks and other facts; beyond them only what they have in common is known. */
const variantLimit = 8;
/** Ways to one step that are kept. */
const reachedLimit = 24;
/** Blocks gone through, each time with something new. */
const visitLimit = 4000;

/**
 * All there is to be held at the places of a function, each with a way through its graph that does so: what the data flow knows as
 * joined states, one by one. Ways with fewer lock operations come first, then those with fewer blocks, so that a loop is gone
 * through only where that makes a difference. Only ways to places that are wanted are kept. Without `isStrict`
 * nothing is learned from branches.
 */
export function waysThrough(ir: FunctionIr, from: State, effects: Effects, isWanted: (place: Place) => boolean, isStrict: boolean): Ways {
  const reached = new Map<Place, Reached[]>();
  const seen = new Map<string, State[]>();
  const queue: ({ block: number; way: Reached }[] | undefined)[] = [[{ block: 0, way: { state: from, trail: undefined } }]];
  let visits = 0;
  let isCut = false;
  const reach = (place: Place, way: Reached): void => {
    if (!isWanted(place)) return;
    const ways = reached.get(place);
    if (!ways) reached.set(place, [way]);
    else if (ways.some(({ state }) => stateKey(state) === stateKey(way.state) && isSubset(state.facts, way.state.facts))) return;
    else if (ways.length < reachedLimit) ways.push(way);
    else isCut = true;
  };
  // By number of operations; lists grow while they are read.
  for (const same of queue) {
    for (const { block, way } of same ?? []) {
      const state = unseen(seen, block, way.state);
      if (!state) continue;
      if (++visits > visitLimit) return { to: (place) => reached.get(place) ?? [], isCut: true, visits };
      const { steps, next, returns } = ir.blocks[block]!;
      for (const after of run(steps, { ...way, state }, effects, reach)) {
        if (returns) reach(returns, after);
        for (const edge of next) {
          const there = isStrict ? assume(after.state, edge.conditions) : { ...after.state, facts: from.facts };
          if (there) (queue[after.trail?.length ?? 0] ??= []).push({ block: edge.to, way: { ...after, state: there } });
        }
      }
    }
  }
  return { to: (place) => reached.get(place) ?? [], isCut, visits };
}

function run(steps: readonly Step[], from: Reached, effects: Effects, reach: (place: Place, way: Reached) => void): readonly Reached[] {
  let ways: readonly Reached[] = [from];
  for (const step of steps) {
    for (const way of ways) reach(step, way);
    ways = ways.flatMap((way) => apply(step, way.state, effects).map((after) => through(way, step, after)));
  }
  return ways;
}

/** A way with one step more. */
export function through(way: Reached, step: Step, after: State): Reached {
  const { state, trail } = way;
  const changes = after.held !== state.held || after.dropped !== state.dropped || step.kind === 'sync';
  if (!changes) return { state: after, trail };
  return { state: after, trail: { step, before: state, after, previous: trail, length: (trail?.length ?? 0) + 1 } };
}

/** What is new of a state at a block, if anything. */
function unseen(seen: Map<string, State[]>, block: number, state: State): State | undefined {
  const key = `${block}:${stateKey(state)}:${state.held.map(({ step }) => step.at.start).join()}:${[...state.fresh].sort().join()}`;
  const known = seen.get(key);
  if (!known) {
    seen.set(key, [state]);
    return state;
  }
  if (known.some((other) => isSubset(other.facts, state.facts))) return undefined;
  if (known.length < variantLimit) {
    known.push(state);
    return state;
  }
  const joined = join(known[variantLimit - 1]!, state);
  if (joined) known[variantLimit - 1] = joined;
  return joined;
}
