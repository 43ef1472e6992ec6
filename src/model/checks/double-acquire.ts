import { Instances } from '../analysis/instances.ts';
import { handedOver } from '../analysis/handed-over.ts';
import { isHeldNextRound } from '../analysis/next-round.ts';
import { nestingOf, type Nesting } from '../analysis/nesting.ts';
import type { OrderEdge } from '../analysis/order-graph.ts';
import { emptyState } from '../analysis/state.ts';
import { waysThrough } from '../analysis/ways.ts';
import type { LinkedFunction, Step } from '../ir/program.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtChain, doubtLength, doubtReaders } from './confidence.ts';
import { heldText, reportedAt, witnessOf } from './witness.ts';

/** Places behind one call that are shown with their chain. */
const witnessLimit = 4;

/** A lock taken where the same lock is held already: the task waits for itself. */
export function checkDoubleAcquire(input: CheckInput): readonly Draft[] {
  const instances = new Instances(input.source);
  const handed = handedOver(input.program, input.summaries);
  const causes = new Map<string, Map<string, OrderEdge>>();
  for (const edge of [...input.graph.again].sort(inOrder)) {
    if (
      !blocks(edge) ||
      handed.has(edge.to.lockClass) ||
      nesting(edge, input) === 'nests' ||
      !instances.isHeld(edge.to, edge.from) ||
      !isReached(edge, input) ||
      !isLeftOrOther(edge, input)
    )
      continue;
    // Whatever lies behind one call that is made with the lock held has one cause.
    const { from, to } = edge;
    const cause = [from.fn.id, from.held.step.at.start, stepTo(edge).at.start].join();
    const places = causes.get(cause) ?? new Map<string, OrderEdge>();
    causes.set(cause, places);
    if (!places.has(placeKey(to))) places.set(placeKey(to), edge);
  }
  const endless = comesAgain(input);
  return [...causes.values()].flatMap((places) => describe([...places.values()], endless, input) ?? []);
}

/** Acquisitions that lead to themselves through calls, with their lock held: were it always so, they would never end. */
function comesAgain({ graph }: CheckInput): ReadonlySet<Step> {
  const isAgain = ({ from, to }: OrderEdge): boolean =>
    from.held.step === to.step && from.fn === to.context.fn && from.context !== to.context;
  return new Set(graph.again.flatMap((edge) => (isAgain(edge) ? [edge.to.step] : [])));
}

/** The shortest way first; of two as short the one that leaves the other earlier. */
function inOrder(a: OrderEdge, b: OrderEdge): number {
  return length(a) - length(b) || compareWays(waysOf(a), waysOf(b));
}

function waysOf(edge: OrderEdge): readonly number[] {
  return stepsTo(edge).flatMap(({ fn, step }) => [fn.id, step.at.start]);
}

/** The steps from the function that holds the first lock to the second: calls, then its acquisition. */
function stepsTo({ from, to }: OrderEdge): readonly { readonly fn: LinkedFunction; readonly step: Step }[] {
  const steps: { fn: LinkedFunction; step: Step }[] = [{ fn: to.context.fn, step: to.step }];
  for (let c = to.context; c !== from.context && c.caller; c = c.caller.context)
    steps.unshift({ fn: c.caller.context.fn, step: c.caller.call });
  return steps;
}

function compareWays(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - (b[at] ?? 0);
}

function length({ from, to }: OrderEdge): number {
  return to.context.depth - from.context.depth;
}

/** Whether the second acquisition waits for the first. Readers of an rwlock may nest (include/linux/lockdep.h: recursive read locks). */
function blocks(edge: OrderEdge): boolean {
  const { from, to } = edge;
  if (from.kind === 'rcu' || from.kind === 'srcu' || from.kind === 'semaphore') return false;
  // Who tells lockdep that the two are nested knows that they are two.
  if (from.lockClass !== to.lockClass) return false;
  return from.mode === 'exclusive' || to.mode === 'exclusive' || from.kind === 'rwsem';
}

/** Whether the holder may take it again. */
function nesting({ to }: OrderEdge, { program }: CheckInput): Nesting {
  return to.step.kind === 'acquire' && to.step.isAsMade ? nestingOf(to.lockClass, program) : 'waits';
}

/** The pointer that the call goes through by which the function that holds the first lock comes to the second. */
function pointerBetween({ from, to }: OrderEdge): string | undefined {
  for (let c = to.context; c !== from.context && c.caller; c = c.caller.context) if (c.caller.via !== '') return c.caller.via;
  return undefined;
}

/** Whether more than the object of a variable is gone through on the way to a lock. */
function isFar(place: string): boolean {
  return place.split('->').length > 2;
}

/** The step by which the function that holds the first lock comes to the second. */
function stepTo(edge: OrderEdge): Step {
  return stepsTo(edge)[0]!.step;
}

/** Data flow joins what is known on ways with the same locks: whether one way by itself gets there is asked once more. */
function isReached(edge: OrderEdge, { summaries }: CheckInput): boolean {
  const { fn, facts } = edge.from.context;
  const step = stepTo(edge);
  const ways = waysThrough(fn.ir, { ...emptyState, facts }, summaries.effects(fn), (place) => place === step, true);
  return ways.isCut || ways.to(step).some(({ state }) => state.held.some((held) => held.step === edge.from.held.step));
}

/** Whether two steps are meant, or one that a loop comes to again with its lock held: that of one round may have been given back, or be of another object than that of the next. */
function isLeftOrOther(edge: OrderEdge, { program, summaries }: CheckInput): boolean {
  const { held, context } = edge.from;
  return stepTo(edge) !== held.step || isHeldNextRound(context.fn, held, program, summaries);
}

function describe(edges: readonly OrderEdge[], endless: ReadonlySet<Step>, input: CheckInput): Draft | undefined {
  const { from, to } = edges[0]!;
  const more = edges.length - 1;
  const place = reportedAt(to, input.isAskedFor);
  if (!place) return undefined;
  const doubts = new Doubts();
  doubtChain(to, from, input, doubts);
  doubtLength([{ to, from }], doubts);
  const via = pointerBetween(edges[0]!);
  if (via !== undefined && isFar(from.held.lock.place))
    doubts.add(`${heldText(from)} is found through other objects, which may be others where the pointer ${via} is followed`);
  if (nesting(edges[0]!, input) === 'unknown')
    doubts.add(`how ${to.lockClass} is made was not read: its holder may take it again if it is recursive`);
  if (endless.has(to.step))
    doubts.add(`${to.context.fn.ir.name} comes to itself with the lock held: what it is called with must keep that from going on`);
  if (from.mode === 'shared' && to.mode === 'shared') doubtReaders(doubts);
  const config = configText(to.config);
  const mode = to.mode === 'shared' ? ' (shared)' : '';
  return {
    check: 'double-acquire',
    severity: doubts.severity('error'),
    confidence: doubts.confidence,
    message: `takes ${to.lockClass}${mode} with ${heldText(from)} held, which is the same lock: it waits for itself${more > 0 ? `; ${more} more ${more > 1 ? 'places' : 'place'} behind the same call ${more > 1 ? 'do' : 'does'} so too` : ''}`,
    ...place,
    about: [to.lockClass],
    acquires: to.lockClass,
    held: to.held.map((h) => h.lockClass),
    witnesses: edges.slice(0, witnessLimit).map((edge) => witnessOf(edge.to, input.program, edge.from)),
    ...(config && { config }),
    reasons: doubts.sentences,
  };
}
