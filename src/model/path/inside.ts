import { bind, type Context } from '../analysis/contexts.ts';
import { emptyState, type Held } from '../analysis/state.ts';
import type { Call, LinkedFunction, Program, Release } from '../ir/program.ts';
import type { Follower } from './follow.ts';

/** A call on the way down into what takes or gives back a lock for its callers. */
export interface Descent {
  readonly fn: LinkedFunction;
  readonly call: Call;
  readonly callee: LinkedFunction;
}

/** How deep what a call gives back is looked for in what it calls. */
const releaseDepth = 4;

/** The function that took a lock which a call returned with, and the calls down to it. */
export function takerOf(fn: LinkedFunction, held: Held, program: Program): { way: readonly Descent[]; fn: LinkedFunction; held: Held } {
  const way: Descent[] = [];
  while (held.inside && held.step.kind === 'call') {
    const { ir, held: there } = held.inside;
    const callee = program.targets(held.step, fn).find((target) => target.function.ir === ir)?.function;
    if (!callee) break;
    way.push({ fn, call: held.step, callee });
    fn = callee;
    held = there;
  }
  return { way, fn, held };
}

/** The function that gives back a lock in a call, and the calls down to it; the nearest one. */
export function releaserOf(
  context: Context,
  call: Call,
  lockClass: string,
  program: Program,
  follower: Follower,
): { way: readonly Descent[]; fn: LinkedFunction; step: Release } | undefined {
  const seen = new Set<LinkedFunction>();
  let level: { context: Context; call: Call; way: readonly Descent[] }[] = [{ context, call, way: [] }];
  for (let depth = 0; depth < releaseDepth && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { context: caller, call: into, way: above } of level) {
      for (const target of program.targets(into, caller.fn)) {
        const fn = target.function;
        if (seen.has(fn)) continue;
        seen.add(fn);
        const there = follower.enter(caller, emptyState, into, target);
        if (!there) continue;
        const way = [...above, { fn: caller.fn, call: into, callee: fn }];
        for (const step of fn.ir.steps) {
          if (step.kind === 'release' && bind(step.lock, there).lockClass === lockClass) return { way, fn, step };
          if (step.kind === 'call') next.push({ context: there, call: step, way });
        }
      }
    }
    level = next;
  }
  return undefined;
}
