import { isSystemCall, isUnknownLock, type LinkedFunction, type Program } from '../ir/program.ts';
import { bind, enter, isFresh, withoutSubclass, type Context } from './contexts.ts';
import type { Summaries } from './summaries.ts';
import { isConditional } from './unheld.ts';

/** A way into a function on which a lock is not held that the function says is. */
interface UnmetAssertion {
  readonly lockClass: string;
  readonly context: Context;
  /** Code that was not read comes before this function on the way, and may hold the lock. Undefined: there is none. */
  readonly unread?: LinkedFunction;
}

/**
 * Ways in from callers that were read, on which a lock is not held where the function says that it is (`lockdep_assert_held()`).
 * Where code that was not read comes before, only locks that it cannot name, or that others who were read hold there: a framework's
 * lock is taken by the framework.
 */
export function unmetAssertions(
  fn: LinkedFunction,
  ways: readonly Context[],
  summaries: Summaries,
  program: Program,
): readonly UnmetAssertion[] {
  const unmet: UnmetAssertion[] = [];
  const met = new Set<string>();
  for (const [step, states] of summaries.wholeFlow(fn).points) {
    if (step.kind !== 'assert' || isConditional(fn.ir, step) || ['rcu', 'srcu'].includes(step.asserted.kind)) continue;
    for (const context of ways) {
      const asserted = bind(step.asserted, context);
      const lockClass = withoutSubclass(asserted.lockClass);
      if (lockClass === '' || isUnknownLock(lockClass)) continue;
      for (const state of states) {
        const held = enter(context, state)?.held.map((lock) => withoutSubclass(lock.lockClass));
        if (!held || held.some(isUnknownLock)) continue;
        if (held.includes(lockClass)) met.add(lockClass);
        else if (
          context.caller &&
          !isGivenBackAbove(lockClass, context, summaries) &&
          !unmet.some((other) => other.context === context && other.lockClass === lockClass)
        ) {
          // Nobody above can hold the lock of what was made below.
          const unread = isFresh(asserted, state, context) ? undefined : unreadAbove(context, program);
          unmet.push({ lockClass, context, ...(unread && { unread }) });
        }
      }
    }
  }
  return unmet.filter(({ lockClass, unread }) => !unread || met.has(lockClass) || !program.mayBeTakenElsewhere(lockClass));
}

/** Whether a function on the way gives the lock back that it has not taken: then it had it. */
function isGivenBackAbove(lockClass: string, context: Context, summaries: Summaries): boolean {
  for (let at: Context | undefined = context; at; at = at.caller?.context)
    if (summaries.flow(at.fn).exits.some(({ state }) => state.dropped.some(({ key }) => withoutSubclass(key) === lockClass))) return true;
  return false;
}

/** The first function on the way that code which was not read may call. */
function unreadAbove({ caller }: Context, program: Program): LinkedFunction | undefined {
  for (let at = caller?.context; at; at = at.caller?.context) if (at.caller && program.mayBeCalledElsewhere(at.fn)) return at.fn;
  const entry = caller && caller.context.entry;
  if (!entry || isSystemCall(entry.ir.name)) return undefined;
  const isOpen = program.mayBeCalledElsewhere(entry) || program.enteredBy(entry).some(({ runsIn }) => runsIn === undefined);
  return isOpen ? entry : undefined;
}
