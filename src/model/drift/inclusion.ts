import { compareLocations } from '../source/location.ts';
import { whereInC, type Automaton, type Exit, type Transition } from './automaton.ts';

/** Where a way of the model leaves the ways of C. */
export interface Parting {
  /** What the model does up to there. */
  readonly before: readonly Transition[];
  /** What it does then; undefined where it returns. */
  readonly next: Transition | undefined;
  readonly exit: Exit | undefined;
  /** What C may do instead, one of each event: on locks first, what callees do for themselves last, then by place. */
  readonly instead: readonly Transition[];
  readonly returns: readonly Exit[];
  /** Steps of C before that, in which anything may happen. */
  readonly unseen: readonly Transition[];
}

interface Pair {
  readonly node: number;
  /** Nodes of C that the same events lead to. */
  readonly set: readonly number[];
  readonly from: Pair | undefined;
  readonly by: Transition | undefined;
}

const pairLimit = 20_000;

/**
 * Ways of the model that are no ways of C, the shortest to each place of the model where they part. By the subset construction:
 * `isCut` where there was too much to go through.
 */
export function partings(model: Automaton, c: Automaton): { readonly found: readonly Parting[]; readonly isCut: boolean } {
  const found = new Map<string, Parting>();
  const seen = new Set<string>();
  const queue: Pair[] = [];
  const enter = (node: number, set: readonly number[], from: Pair | undefined, by: Transition | undefined): void => {
    const key = `${node} ${set.join()}`;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push({ node, set, from, by });
  };
  const part = (pair: Pair, next: Transition | undefined, exit: Exit | undefined): void => {
    const { at } = (next ?? exit)!.place;
    const key = `${at.start} ${next ? next.event.text : ''}`;
    const outgoing = pair.set.flatMap((node) => c.next[node]!);
    if (!found.has(key))
      found.set(key, {
        before: wayTo(pair),
        next,
        exit,
        instead: distinct(outgoing.filter(({ event }) => event.kind !== 'unseen')),
        returns: pair.set.flatMap((node) => c.exits[node]!),
        unseen: outgoing.filter(({ event }) => event.kind === 'unseen'),
      });
  };
  enter(0, closure([0], c), undefined, undefined);
  for (const pair of queue) {
    if (seen.size > pairLimit) return { found: [...found.values()], isCut: true };
    const exit = model.exits[pair.node]![0];
    if (exit && !pair.set.some((node) => c.exits[node]!.length > 0)) part(pair, undefined, exit);
    for (const transition of model.next[pair.node]!) {
      const to = pair.set.flatMap((node) => c.next[node]!.filter(({ event }) => event.text === transition.event.text).map((t) => t.to));
      if (to.length === 0) part(pair, transition, undefined);
      else enter(transition.to, closure(to, c), pair, transition);
    }
  }
  return { found: [...found.values()], isCut: false };
}

/** With what is reached by steps in which anything, and so nothing, may happen. */
function closure(nodes: readonly number[], { next }: Automaton): readonly number[] {
  const set = new Set(nodes);
  for (const node of set) for (const { to, event } of next[node]!) if (event.kind === 'unseen') set.add(to);
  return [...set].sort((a, b) => a - b);
}

function distinct(list: readonly Transition[]): readonly Transition[] {
  const rank = ({ event, isOwn }: Transition): number => (isOwn ? (event.kind === 'call' ? 1 : 0) : 2);
  const sorted = [...list].sort((a, b) => rank(a) - rank(b) || compareLocations(whereInC(a.place), whereInC(b.place)));
  const first = new Map<string, Transition>();
  for (const made of sorted) if (!first.has(made.event.text)) first.set(made.event.text, made);
  return [...first.values()];
}

function wayTo(pair: Pair): readonly Transition[] {
  const way: Transition[] = [];
  for (let at: Pair | undefined = pair; at?.by; at = at.from) way.unshift(at.by);
  return way;
}
