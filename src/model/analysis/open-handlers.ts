import type { LinkedFunction, Program, Step } from '../ir/program.ts';
import { configurationOf, enter, type Context, type Contexts } from './contexts.ts';
import { CpuChanges } from './cpu-changes.ts';
import { apply } from './flow.ts';
import { append } from '../source/multimap.ts';
import type { Summaries } from './summaries.ts';
import type { OpenArrival, TurningOn } from './turned-on.ts';
import { Usage } from './usage.ts';

/** A place where a hardirq turns interrupts on: handlers are called with these off, and are to return so. */
export type OpenHandler = OpenArrival & { readonly step: TurningOn };

/** Those of all handlers, by the handler; the shortest ways first. */
export function openHandlersOf(
  program: Program,
  summaries: Summaries,
  contexts: Contexts,
): ReadonlyMap<LinkedFunction, readonly OpenHandler[]> {
  const found = new Map<LinkedFunction, OpenHandler[]>();
  const usage = new Usage(program, summaries, contexts);
  const changes = CpuChanges.of(program, summaries);
  for (const context of usage.waysFrom(usage.handlersIn('hardirq')))
    for (const step of context.fn.ir.steps) {
      if (!isTurningOn(step) || !usage.mayRunInInterrupt(context.fn, step)) continue;
      const open = openAt(step, context, changes);
      if (open) append(found, context.entry, open);
    }
  return found;
}

/** What was saved is that they are off. */
function isTurningOn(step: Step): step is TurningOn {
  return (step.kind === 'release' || (step.kind === 'toggle' && step.does === 'on')) && step.interrupts === 'irq';
}

/** Undefined where they stay off, as an outer lock has saved what they were, or where that is not known. */
function openAt(step: TurningOn, context: Context, changes: CpuChanges): OpenHandler | undefined {
  for (const before of changes.statesAt(context.fn, step))
    for (const { cpu } of apply(step, before, () => [])) {
      if (!cpu || cpu.isLost || cpu.irqs.isOff || (cpu.irqs.base !== 'on' && !cpu.wereOn)) continue;
      const there = enter(context, before);
      if (there) return { step, context, lockClass: '', mode: 'exclusive', held: there.held, config: configurationOf(there.facts) };
    }
  return undefined;
}
