import { openHandlersOf, type OpenHandler } from '../analysis/open-handlers.ts';
import { runsIn } from '../analysis/usage.ts';
import type { LinkedFunction } from '../ir/program.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtDepth, doubtPointers } from './confidence.ts';
import { reportedAt, witnessOf } from './witness.ts';

/** A hardirq handler turns interrupts on, which are off where it is called: by an unlock that is meant for tasks, or by hand. */
export function checkHandlerInterrupts(input: CheckInput): readonly Draft[] {
  const found = openHandlersOf(input.program, input.summaries, input.contexts);
  return [...found].flatMap(([handler, places]) => describe(handler, places, input) ?? []);
}

function describe(handler: LinkedFunction, places: readonly OpenHandler[], input: CheckInput): Draft | undefined {
  const told = places.flatMap((arrival) => {
    const place = reportedAt(arrival, input.isAskedFor);
    return place ? [{ arrival, place, doubts: doubtsOf(arrival, input) }] : [];
  });
  const [best] = told.sort((a, b) => a.doubts.weight - b.doubts.weight);
  if (!best) return undefined;
  const { arrival, place, doubts } = best;
  const { step, held, context } = arrival;
  const by = step.kind === 'release' ? (step.name ?? `the unlock of ${step.lock.place}`) : 'local_irq_enable';
  const others = new Set(places.map(placeKey)).size - 1;
  const more = others > 0 ? `; ${others} more ${others > 1 ? 'places do' : 'place does'} so too` : '';
  const config = configText(arrival.config);
  const lockClass = step.kind === 'release' ? step.lock.lockClass : '';
  return {
    check: 'mismatched-release',
    severity: doubts.severity('warning'),
    confidence: doubts.confidence,
    message: `${context.fn.ir.name} turns interrupts on with ${by}(), and ${handler === context.fn ? 'is' : `${handler.ir.name}, which calls it, is`} called in a hardirq with these off${more}`,
    ...place,
    about: [handler.ir.name, 'hardirq'],
    acquires: lockClass,
    held: held.map((each) => each.lockClass),
    witnesses: [witnessOf(arrival, input.program)],
    leaves: ['interrupts-on'],
    ...(config && { config }),
    reasons: doubts.sentences,
  };
}

function doubtsOf({ step, context }: OpenHandler, { program }: CheckInput): Doubts {
  const doubts = new Doubts();
  // Slow handlers of old drivers do so, and turn them off again before they return.
  if (step.kind === 'toggle') doubts.add('interrupts are turned on by hand, which may be meant so');
  doubtDepth(context, doubts);
  doubtPointers(context, undefined, doubts);
  if (runsIn(context.entry, program).has('task')) doubts.add(`${context.entry.ir.name} is also called by tasks`);
  return doubts;
}
