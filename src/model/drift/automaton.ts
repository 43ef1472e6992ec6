import { ANY, type LinkedFunction, type LockRef, type Mode } from '../ir/program.ts';
import type { Location, Range } from '../source/location.ts';

/** What both sides are compared by. `unseen` stands for steps nobody could read: anything may happen in them. */
export interface Event {
  readonly kind: 'acquire' | 'release' | 'sync' | 'call' | 'unseen';
  /** Lock class, or name of the function called; for a lock that the caller passes `@` and the number of the parameter. */
  readonly subject: string;
  readonly mode: Mode;
  readonly isTry: boolean;
  /** Says it in words, and is what events are equal by. */
  readonly text: string;
}

/** A step of the model, or of a function of C. */
export interface Place {
  readonly at: Range;
  readonly fn?: LinkedFunction;
  /** The function called here that does it, itself or by another. */
  readonly callee?: string;
}

export interface Transition {
  readonly to: number;
  readonly event: Event;
  readonly place: Place;
  /** The function does it itself, or by a function that leaves its caller with other locks: not within a callee that gives back what it takes. */
  readonly isOwn: boolean;
  /** Conditions of the configuration that it is done under: macro → sum of ZERO, POSITIVE, NEGATIVE. */
  readonly configuration: Configuration;
}

export type Configuration = ReadonlyMap<string, number>;

export const anyConfiguration: Configuration = new Map();

/** A transition before it is known where it leads. */
export type Made = Omit<Transition, 'to'>;

/** One way a function ends, and what the caller knows then. */
export interface Exit {
  readonly values: number;
  readonly configuration: Configuration;
  readonly place: Place;
}

/** The orders in which a function may do what is compared. It starts at node 0. */
export interface Automaton {
  readonly next: readonly (readonly Transition[])[];
  readonly exits: readonly (readonly Exit[])[];
}

export function lockEvent(
  kind: 'acquire' | 'release' | 'sync',
  lock: Pick<LockRef, 'kind'>,
  subject: string,
  mode: Mode,
  isTry: boolean,
): Event {
  const isReader = mode === 'shared' && lock.kind !== 'rcu' && kind !== 'sync';
  const name = isReader ? `${subject} for reading` : subject;
  const verb = kind === 'sync' ? 'waits for the readers of' : kind === 'release' ? 'releases' : isTry ? 'tries to acquire' : 'acquires';
  return { kind, subject, mode, isTry, text: `${verb} ${name}` };
}

export function callEvent(name: string): Event {
  return { kind: 'call', subject: name, mode: 'exclusive', isTry: false, text: `calls ${name}` };
}

export function unseenEvent(what: string): Event {
  return { kind: 'unseen', subject: what, mode: 'exclusive', isTry: false, text: what };
}

/** An automaton while it is built, with moves that do nothing. */
export class Draft {
  private readonly moves: { readonly to: number; readonly made?: Made }[][] = [];
  private readonly ends: Exit[][] = [];

  constructor() {
    this.open();
  }

  open(): number {
    this.ends.push([]);
    return this.moves.push([]) - 1;
  }

  move(from: number, to: number): void {
    if (from !== to) this.moves[from]!.push({ to });
  }

  /** Where the event leads. */
  event(from: number, made: Made): number {
    const to = this.open();
    this.moves[from]!.push({ to, made });
    return to;
  }

  exit(node: number, exit: Exit): void {
    this.ends[node]!.push(exit);
  }

  /**
   * Copies another automaton in. Answers the node that each of its exits is at. `translate` may rename an event, or leave it out.
   */
  embed(from: number, other: Automaton, translate: (made: Transition) => Made | undefined): readonly { node: number; exit: Exit }[] {
    const nodes = other.next.map((_, i) => (i === 0 ? from : this.open()));
    // Its start may be come back to, and then must not lead to where `from` leads.
    const isEntered = other.next.some((list) => list.some(({ to }) => to === 0));
    if (isEntered) this.move(from, (nodes[0] = this.open()));
    const exits: { node: number; exit: Exit }[] = [];
    for (const [i, list] of other.next.entries()) {
      for (const transition of list) {
        const made = translate(transition);
        this.moves[nodes[i]!]!.push(made ? { to: nodes[transition.to]!, made } : { to: nodes[transition.to]! });
      }
      // What follows an exit must not become a way back into what was embedded.
      for (const exit of other.exits[i]!) {
        const node = this.open();
        this.move(nodes[i]!, node);
        exits.push({ node, exit });
      }
    }
    return exits;
  }

  /** The same without moves that do nothing, nodes that do the same being one. */
  finish(): Automaton {
    const closures = this.moves.map(() => undefined as readonly number[] | undefined);
    const numbers = new Map([[0, 0]]);
    const order = [0];
    const next: Transition[][] = [];
    const exits: Exit[][] = [];
    for (const node of order) {
      const reached = (closures[node] ??= this.closure(node));
      const list: Transition[] = [];
      for (const inner of reached) {
        for (const { to, made } of this.moves[inner]!) {
          if (!made) continue;
          let number = numbers.get(to);
          if (number === undefined) {
            numbers.set(to, (number = order.length));
            order.push(to);
          }
          list.push({ to: number, ...made });
        }
      }
      next.push(list);
      exits.push(reached.flatMap((inner) => this.ends[inner]!));
    }
    return merged({ next, exits });
  }

  private closure(from: number): readonly number[] {
    const seen = new Set([from]);
    for (const node of seen) for (const { to, made } of this.moves[node]!) if (!made) seen.add(to);
    return [...seen];
  }
}

export function whereInC({ fn, at }: Place): Location {
  return fn!.locate(at);
}

export function placeKey({ fn, at, callee = '' }: Place): string {
  return `${fn ? fn.id : ''}:${at.start}:${at.end}:${callee}`;
}

function exitKey({ values, configuration, place }: Exit): string {
  return `${values} ${configurationKey(configuration)} ${placeKey(place)}`;
}

export function configurationKey(configuration: Configuration): string {
  return [...configuration]
    .map(([key, values]) => `${key}=${values}`)
    .sort()
    .join();
}

/** What both assume. */
export function either(a: Configuration, b: Configuration): Configuration {
  const common = new Map<string, number>();
  for (const [key, values] of a) {
    const union = values | (b.get(key) ?? ANY);
    if (union !== ANY) common.set(key, union);
  }
  return common;
}

/** Coarsest partition in which nodes of one class end alike and have the same transitions to the same classes. */
function merged({ next, exits }: Automaton): Automaton {
  const labels = new Map<string, number>();
  const labelOf = (t: Transition): number => {
    const key = `${t.event.text}|${placeKey(t.place)}|${t.isOwn ? 'o' : ''}`;
    let label = labels.get(key);
    if (label === undefined) labels.set(key, (label = labels.size));
    return label;
  };
  const labeled = next.map((list) => list.map(labelOf));
  let classOf = numbered(exits.map((list) => [...new Set(list.map(exitKey))].sort().join(';')));
  /** One number for a transition: what is done, and the class it leads to. */
  const code = (node: number, i: number): number => labeled[node]![i]! * next.length + classOf[next[node]![i]!.to]!;
  for (let count = 0; ;) {
    const now = numbered(
      next.map((list, node) => `${classOf[node]!};${[...new Set(list.map((_, i) => code(node, i)))].sort((a, b) => a - b).join()}`),
    );
    const size = new Set(now).size;
    classOf = now;
    if (size === count) break;
    count = size;
  }
  const first = new Map<number, number>();
  for (const [node, number] of classOf.entries()) if (!first.has(number)) first.set(number, node);
  const nodes = [...first.values()];
  return {
    next: nodes.map((node) => {
      const distinct = new Map<number, Transition>();
      for (const [i, t] of next[node]!.entries()) {
        const known = distinct.get(code(node, i));
        const configuration = known ? either(known.configuration, t.configuration) : t.configuration;
        distinct.set(code(node, i), { ...t, to: classOf[t.to]!, configuration });
      }
      return [...distinct.values()];
    }),
    exits: nodes.map((node) => [...new Map(exits[node]!.map((exit) => [exitKey(exit), exit])).values()]),
  };
}

/** Numbers equal keys alike, in the order they come. */
function numbered(keys: readonly string[]): readonly number[] {
  const numbers = new Map<string, number>();
  return keys.map((key) => {
    let number = numbers.get(key);
    if (number === undefined) numbers.set(key, (number = numbers.size));
    return number;
  });
}
