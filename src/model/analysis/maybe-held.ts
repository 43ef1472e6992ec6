import type { LinkedFunction, Program, Step } from '../ir/program.ts';
import { withoutSubclass, type Context } from './contexts.ts';
import { lockKey, type State } from './state.ts';
import type { Summaries } from './summaries.ts';

/** Locks that a function without a result takes on some ways through it: whether they are held behind it, nobody here knows. */
export class MaybeHeld {
  /** Calls of such functions, with the classes that they may take. */
  private readonly calls = new Map<LinkedFunction, readonly { readonly start: number; readonly classes: readonly string[] }[]>();

  constructor(
    private readonly program: Program,
    private readonly summaries: Summaries,
  ) {}

  /** Classes of those that are called before a step, in its function and on the way to it. */
  at(context: Context, step: Step): readonly string[] {
    const found = new Set<string>();
    let end = step;
    for (let at: Context = context; ; at = at.caller.context) {
      for (const { start, classes } of this.callsIn(at.fn)) if (start < end.at.start) for (const each of classes) found.add(each);
      if (!at.caller) return [...found].sort();
      end = at.caller.call;
    }
  }

  private callsIn(fn: LinkedFunction): readonly { readonly start: number; readonly classes: readonly string[] }[] {
    let calls = this.calls.get(fn);
    if (calls) return calls;
    calls = fn.ir.steps.flatMap((step) => {
      if (step.kind !== 'call') return [];
      const takers = this.program.targets(step, fn).filter((target) => target.function.ir.returns === 'nothing');
      const classes = takers.flatMap((target) => this.takenOnSomeWays(target.function));
      return classes.length > 0 ? [{ start: step.at.start, classes }] : [];
    });
    this.calls.set(fn, calls);
    return calls;
  }

  private takenOnSomeWays(fn: LinkedFunction): readonly string[] {
    if (!this.summaries.reaches(fn)) return [];
    const ways = this.summaries.flow(fn).exits.map(({ state }) => new Set(guardsTakenIn(state)));
    return [...new Set(ways.flatMap((way) => [...way]))].filter((lockClass) => lockClass !== '' && ways.some((way) => !way.has(lockClass)));
  }
}

/** Not those that it gives back to its caller, nor read sides. */
function guardsTakenIn({ held, dropped }: State): readonly string[] {
  return held.flatMap(({ lock }) => {
    const isReadSide = lock.kind === 'rcu' || lock.kind === 'srcu';
    return isReadSide || dropped.some(({ key }) => key === lockKey(lock)) ? [] : [withoutSubclass(lock.lockClass)];
  });
}
