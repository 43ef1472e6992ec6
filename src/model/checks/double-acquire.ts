import { Instances } from '../analysis/instances.ts';
import type { OrderEdge } from '../analysis/order-graph.ts';
import { emptyState } from '../analysis/state.ts';
import { waysThrough } from '../analysis/ways.ts';
import type { Step } from '../ir/program.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtChain, doubtLength } from './confidence.ts';
import { heldText, reportedAt, witnessOf } from './witness.ts';

/** A lock taken where the same lock is held already: the task waits for itself. */
export function checkDoubleAcquire(input: CheckInput): readonly Draft[] {
  const instances = new Instances(input.source);
  const places = new Map<string, Draft>();
  const sorted = [...input.graph.again].sort((a, b) => length(a) - length(b));
  for (const edge of sorted) {
    const key = placeKey(edge.to);
    if (places.has(key) || !blocks(edge) || !instances.isHeld(edge.to, edge.from) || !isReached(edge, input)) continue;
    const draft = describe(edge, input);
    if (draft) places.set(key, draft);
  }
  return [...places.values()];
}

function length({ from, to }: OrderEdge): number {
  return to.context.depth - from.context.depth;
}

/** Whether the second acquisition waits for the first. Readers of an rwlock may nest (include/linux/lockdep.h: recursive read locks). */
function blocks(edge: OrderEdge): boolean {
  const { from, to } = edge;
  if (from.kind === 'rcu' || from.kind === 'srcu' || from.kind === 'semaphore' || isSameStep(edge)) return false;
  // Who tells lockdep that the two are nested knows that they are two.
  if (from.lockClass !== to.lockClass) return false;
  return from.mode === 'exclusive' || to.mode === 'exclusive' || from.kind === 'rwsem';
}

/** In a loop, the lock of one round, which was given back, and that of the next. */
function isSameStep({ from, to }: OrderEdge): boolean {
  return stepTo({ from, to }) === from.held.step;
}

/** The step by which the function that holds the first lock comes to the second: its acquisition, or the call that leads there. */
function stepTo({ from, to }: OrderEdge): Step {
  let step: Step = to.step;
  for (let c = to.context; c !== from.context && c.caller; c = c.caller.context) step = c.caller.call;
  return step;
}

/** Data flow joins what is known on ways with the same locks: whether one way by itself gets there is asked once more. */
function isReached(edge: OrderEdge, { summaries }: CheckInput): boolean {
  const { fn, facts } = edge.from.context;
  const step = stepTo(edge);
  const ways = waysThrough(fn.ir, { ...emptyState, facts }, summaries.effects(fn), (place) => place === step, true);
  return ways.isCut || ways.to(step).some(({ state }) => state.held.some((held) => held.step === edge.from.held.step));
}

function describe({ from, to }: OrderEdge, input: CheckInput): Draft | undefined {
  const place = reportedAt(to, input.isAskedFor);
  if (!place) return undefined;
  const doubts = new Doubts();
  doubtChain(to, from, input, doubts);
  doubtLength([{ to, from }], doubts);
  if (from.mode === 'shared' && to.mode === 'shared') doubts.add('both times it is shared: it takes a writer that waits in between');
  const config = configText(to.config);
  const mode = to.mode === 'shared' ? ' (shared)' : '';
  return {
    check: 'double-acquire',
    severity: doubts.severity('error'),
    confidence: doubts.confidence,
    message: `takes ${to.lockClass}${mode} with ${heldText(from)} held, which is the same lock: it waits for itself`,
    ...place,
    about: [to.lockClass],
    acquires: to.lockClass,
    held: to.held.map((h) => h.lockClass),
    witnesses: [witnessOf(to, input.program)],
    ...(config && { config }),
    reasons: doubts.sentences,
  };
}
