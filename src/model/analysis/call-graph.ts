import { addTo } from '../source/multimap.ts';
import type { LinkedFunction, Program } from '../ir/program.ts';

export type CallGraph = ReadonlyMap<LinkedFunction, ReadonlySet<LinkedFunction>>;

/** Who calls each function, and whom each calls, also through pointers. */
export function callGraphOf(program: Program): { readonly callers: CallGraph; readonly callees: CallGraph } {
  const callers = new Map<LinkedFunction, Set<LinkedFunction>>();
  const callees = new Map<LinkedFunction, Set<LinkedFunction>>();
  for (const fn of program.functions) {
    for (const step of fn.ir.steps) {
      if (step.kind !== 'call') continue;
      for (const { function: callee } of program.targets(step, fn)) {
        addTo(callers, callee, fn);
        addTo(callees, fn, callee);
      }
    }
  }
  return { callers, callees };
}

/** Whom a function calls, once for each call, also through pointers. */
export function calledBy(fn: LinkedFunction, program: Program): readonly LinkedFunction[] {
  return fn.ir.steps.flatMap((step) => (step.kind === 'call' ? program.targets(step, fn).map((target) => target.function) : []));
}

/** Some functions, and all that a graph leads to from them. */
export function reachedFrom(start: Iterable<LinkedFunction>, graph: CallGraph): ReadonlySet<LinkedFunction> {
  const reached = new Set(start);
  for (const fn of reached) for (const next of graph.get(fn) ?? []) reached.add(next);
  return reached;
}
