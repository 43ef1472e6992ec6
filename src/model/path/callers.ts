import { findEntries } from '../analysis/contexts.ts';
import type { LinkedFunction, Program } from '../ir/program.ts';

/** Functions from an entry to the one asked for, each calling the next; none twice. */
export type Chain = readonly LinkedFunction[];

export interface Callers {
  /** Chains that end in a function, the shortest first. Ends early, and tells so, when there are too many ways to look for more. */
  chainsTo(fn: LinkedFunction, cut: () => void): Iterable<Chain>;
}

/** Partial chains, from some function to the one asked for, that are gone on from. */
const partLimit = 20_000;

/** A part of a chain that ends in the function asked for. */
interface Part {
  readonly fn: LinkedFunction;
  readonly next: Part | undefined;
  readonly length: number;
}

export function findCallers(program: Program): Callers {
  const isEntry = findEntries(program);
  const callers = program.functions.map(() => new Set<LinkedFunction>());
  for (const fn of program.functions) {
    for (const step of fn.ir.steps) {
      if (step.kind === 'call') for (const target of program.targets(step, fn)) callers[target.function.id]!.add(fn);
    }
  }
  return { chainsTo };

  function* chainsTo(to: LinkedFunction, cut: () => void): Iterable<Chain> {
    const above = new Set([to]);
    for (const fn of above) for (const caller of callers[fn.id]!) above.add(caller);
    const entries = [...above].filter(isEntry);
    // Where nothing but recursion leads, it may start anywhere.
    const starts = new Set(entries.length > 0 ? entries : above);
    const distance = distances(starts, above);
    const queue: (Part[] | undefined)[] = [];
    const put = (part: Part): void => {
      const away = distance.get(part.fn);
      if (away !== undefined) (queue[part.length + away] ??= []).push(part);
    };
    put({ fn: to, next: undefined, length: 0 });
    let tried = 0;
    // By length of the whole: what is left to go is known, so nothing shorter comes later. Of equal ones the last first, so that
    // some are whole before there are too many.
    for (const parts of queue) {
      for (let part = parts?.pop(); part; part = parts?.pop()) {
        if (++tried > partLimit) {
          cut();
          return;
        }
        if (starts.has(part.fn)) yield chainOf(part);
        for (const caller of [...callers[part.fn.id]!].reverse())
          if (!isOn(part, caller)) put({ fn: caller, next: part, length: part.length + 1 });
      }
    }
  }

  /** Calls from the nearest start. */
  function distances(starts: ReadonlySet<LinkedFunction>, above: ReadonlySet<LinkedFunction>): ReadonlyMap<LinkedFunction, number> {
    const callees = new Map<LinkedFunction, LinkedFunction[]>();
    for (const fn of above) {
      for (const caller of callers[fn.id]!) {
        const known = callees.get(caller);
        if (known) known.push(fn);
        else callees.set(caller, [fn]);
      }
    }
    const distance = new Map([...starts].map((fn) => [fn, 0]));
    for (const [fn, away] of distance)
      for (const callee of callees.get(fn) ?? []) if (!distance.has(callee)) distance.set(callee, away + 1);
    return distance;
  }
}

function isOn(part: Part, fn: LinkedFunction): boolean {
  for (let p: Part | undefined = part; p; p = p.next) if (p.fn === fn) return true;
  return false;
}

function chainOf(part: Part): Chain {
  const chain: LinkedFunction[] = [];
  for (let p: Part | undefined = part; p; p = p.next) chain.push(p.fn);
  return chain;
}
