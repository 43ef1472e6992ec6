/** Shared variables and live locals, by name. */
export type Values = Record<string, number>;

/** One step: changes the values it is given and tells where the thread goes on; nothing if it has to wait. */
export type Command = (values: Values, at: number) => number | undefined;

export interface Naive {
  readonly states: number;
  readonly transitions: number;
  /** Some state has nobody who can go on and somebody who has not ended. */
  readonly deadlock: boolean;
  /** Some state is bad. */
  readonly bad: boolean;
}

/** Every state of a few threads, each a list of commands: no reductions, no packing, no compiler. */
export function exploreNaively(
  threads: readonly (readonly Command[])[],
  initial: Values,
  isBad: (values: Values, at: readonly number[]) => boolean = () => false,
): Naive {
  const start = { at: threads.map(() => 0), values: initial };
  const seen = new Set([JSON.stringify(start)]);
  let transitions = 0;
  let deadlock = false;
  let bad = false;
  // A set that grows is still gone through to its end.
  for (const key of seen) {
    const { at, values } = JSON.parse(key) as typeof start;
    let moves = 0;
    for (const [t, commands] of threads.entries()) {
      const next = { at: [...at], values: { ...values } };
      const to = commands[at[t]!]?.(next.values, at[t]!);
      if (to === undefined) continue;
      next.at[t] = to;
      seen.add(JSON.stringify(next));
      moves++;
    }
    transitions += moves;
    if (moves === 0 && at.some((place, t) => place < threads[t]!.length)) deadlock = true;
    if (isBad(values, at)) bad = true;
  }
  return { states: seen.size, transitions, deadlock, bad };
}

export function lock(name: string): Command {
  return (values, at) => {
    if (values[name] !== 0) return undefined;
    values[name] = 1;
    return at + 1;
  };
}

export function set(name: string, value: number): Command {
  return (values, at) => {
    values[name] = value;
    return at + 1;
  };
}

export function add(name: string, value: number): Command {
  return (values, at) => {
    values[name]! += value;
    return at + 1;
  };
}

export function unlock(name: string): Command {
  return set(name, 0);
}

/** Goes on once the condition holds. */
export function until(condition: (values: Values) => boolean): Command {
  return (values, at) => (condition(values) ? at + 1 : undefined);
}

/** A step that only looks: to one place if the condition holds, to another if not. */
export function branch(condition: (values: Values) => boolean, yes: number, no: number): Command {
  return (values) => (condition(values) ? yes : no);
}

/** A step that changes nothing anybody needs. */
export const pass: Command = (_, at) => at + 1;
