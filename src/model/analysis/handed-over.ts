import type { Program } from '../ir/program.ts';
import { apply } from './flow.ts';
import { parameterOf } from './state.ts';
import type { Summaries } from './summaries.ts';

const known = new WeakMap<Summaries, ReadonlySet<string>>();

/**
 * Lock classes that a thread gives back and has not taken: it was started with the lock held, or somebody waits for the lock to learn that it
 * runs. Who takes such a lock need not be who gives it back.
 */
export function handedOver(program: Program, summaries: Summaries): ReadonlySet<string> {
  let classes = known.get(summaries);
  if (classes) return classes;
  const threads = program.functions.filter((fn) =>
    program.enteredBy(fn).some(({ name, runsIn }) => runsIn === 'task' && !name.includes('.')),
  );
  // Behind each step, as a thread may never return.
  const states = threads.flatMap((fn) =>
    [...summaries.flow(fn).points].flatMap(([step, before]) =>
      step.kind === 'release' || step.kind === 'call' ? before.flatMap((state) => apply(step, state, summaries.effects(fn))) : [],
    ),
  );
  classes = new Set(states.flatMap(({ dropped }) => dropped.map(({ key }) => key)).filter((key) => parameterOf(key) < 0));
  known.set(summaries, classes);
  return classes;
}
