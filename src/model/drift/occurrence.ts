import { either, placeKey, type Automaton, type Event, type Transition } from './automaton.ts';

/** One thing done at one place, and the locks of the alphabet that the function itself holds then. */
export interface Occurrence {
  readonly made: Transition;
  /** `struct kvm.lock`, each on every way there. */
  readonly held: ReadonlySet<string>;
}

/** What C does itself at each place, with the locks held there on every way. Sorted by place. */
export function occurrencesIn(c: Automaton): readonly Occurrence[] {
  const entry: (ReadonlySet<string> | undefined)[] = c.next.map(() => undefined);
  entry[0] = new Set();
  const queue = [0];
  for (const node of queue) {
    for (const { to, event } of c.next[node]!) {
      const held = after(entry[node]!, event);
      const there = entry[to];
      const both = there ? new Set([...there].filter((lock) => held.has(lock))) : held;
      if (there && both.size === there.size) continue;
      entry[to] = both;
      queue.push(to);
    }
  }
  const found = new Map<string, Occurrence>();
  for (const [node, list] of c.next.entries()) {
    for (const made of list) {
      if (made.event.kind === 'unseen' || !entry[node]) continue;
      const key = `${placeKey(made.place)} ${made.event.text} ${made.isOwn ? 'o' : ''}`;
      const known = found.get(key);
      const held = known ? new Set([...known.held].filter((lock) => entry[node]!.has(lock))) : entry[node];
      const configuration = known ? either(known.made.configuration, made.configuration) : made.configuration;
      found.set(key, { made: { ...made, configuration }, held });
    }
  }
  return [...found.values()].sort(
    (a, b) => (a.made.place.fn?.id ?? 0) - (b.made.place.fn?.id ?? 0) || a.made.place.at.start - b.made.place.at.start,
  );
}

/** What the model's function does: by event, the sets of locks that it may hold then. */
export function heldSetsIn(model: Automaton): ReadonlyMap<string, readonly ReadonlySet<string>[]> {
  const found = new Map<string, ReadonlySet<string>[]>();
  const seen = new Set<string>();
  const queue: { node: number; held: ReadonlySet<string> }[] = [{ node: 0, held: new Set() }];
  for (const { node, held } of queue) {
    for (const { to, event } of model.next[node]!) {
      const known = found.get(event.text);
      if (known) known.push(held);
      else found.set(event.text, [held]);
      const then = after(held, event);
      const key = `${to} ${[...then].sort().join()}`;
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push({ node: to, held: then });
    }
  }
  return found;
}

function after(held: ReadonlySet<string>, event: Event): ReadonlySet<string> {
  if (event.kind === 'acquire') return new Set(held).add(event.subject);
  if (event.kind !== 'release' || !held.has(event.subject)) return held;
  const less = new Set(held);
  less.delete(event.subject);
  return less;
}
