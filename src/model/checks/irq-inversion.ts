import { merge, type Arrival, type HeldLock } from '../analysis/contexts.ts';
import { areOfTwoCpus, mayBeOfTwoCpus } from '../analysis/cpus.ts';
import type { OrderEdge } from '../analysis/order-graph.ts';
import type { OpenArrival } from '../analysis/turned-on.ts';
import { isInInterrupt, mayComeWith, Usage, type AcquireArrival, type Interrupt, type Interruptible } from '../analysis/usage.ts';
import type { Mode, Program, Step } from '../ir/program.ts';
import { hasQueuedReaders, readOf } from '../ir/readers.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtAnnotated, doubtChain, doubtDepth, doubtLength, doubtPointers, doubtReaders, doubtTwo } from './confidence.ts';
import { areLinked } from './linked-files.ts';
import { isOfMany } from './many-objects.ts';
import { arrivalText, reportedAt, witnessOf } from './witness.ts';

/** What is on where an interrupt may come. */
const namesOf: Readonly<Record<Interrupt, string>> = { hardirq: 'interrupts', softirq: 'softirqs' };
/** Calls from a lock to where interrupts are turned on beyond which the callee seldom is meant for who holds it. */
const farFromLock = 2;
/** Ways by which one lock may be waited for that are weighed against each other. */
const triedCases = 64;

/** Where classes are taken in one kind of interrupt, and where that may come. */
interface Uses {
  readonly taken: ReadonlyMap<string, readonly AcquireArrival[]>;
  readonly open: ReadonlyMap<string, readonly Interruptible[]>;
}

/** A lock is taken in an interrupt, and elsewhere where that interrupt may come; or one is held there that is taken under such a lock. */
export function checkIrqInversion(input: CheckInput): readonly Draft[] {
  const usage = new Usage(input.program, input.summaries, input.contexts);
  return (['hardirq', 'softirq'] as const).flatMap((interrupt) => {
    const taken = usage.takenIn(interrupt);
    if (taken.size === 0) return [];
    const inner = new Set([...taken.keys()].flatMap((lockClass) => input.graph.successors(lockClass)));
    const uses = { taken, open: usage.interruptible(new Set([...taken.keys(), ...inner]), interrupt) };
    const itself = [...taken.keys()].flatMap((lockClass) => inItself(lockClass, uses, input) ?? []);
    const told = new Set(itself.map(({ acquires }) => acquires));
    return [...itself, ...[...inner].filter((each) => !told.has(each)).flatMap((each) => inOrder(each, uses, told, input) ?? [])];
  });
}

/** In an interrupt a reader does not wait for readers. */
function waits(a: { readonly mode: Mode }, b: { readonly mode: Mode }): boolean {
  return a.mode === 'exclusive' || b.mode === 'exclusive';
}

/** Elsewhere one waits for a writer that waits for readers. */
function waitsQueued({ to }: OrderEdge, holder: OpenArrival, program: Program): boolean {
  return waits(to, holder) || isBehindWriter(to, program);
}

/** Whether a reader waits for writers that wait. */
function isBehindWriter({ step, mode, config, context }: OrderEdge['to'], program: Program): boolean {
  return readOf(step.lock.kind, mode, hasQueuedReaders(config) && !isInInterrupt(context, program)) === 1;
}

/** Whether one configuration has both. */
function areTogether(a: Pick<Arrival, 'config'>, b: Pick<Arrival, 'config'>): boolean {
  return merge(a.config, b.config) !== undefined;
}

/** Where the interrupts of a device, or its polls, are off, it is said to be for a handler of them. */
function mayCome({ context }: AcquireArrival, { off }: Interruptible, program: Program): boolean {
  return mayComeWith(off, context.entry, program);
}

/** Ways by which an interrupt comes to wait for what it interrupted. */
interface Case {
  readonly open: Interruptible;
  /** In the interrupt. */
  readonly taken: AcquireArrival;
  /** Where the lock is taken under the interrupt's. */
  readonly edge?: OrderEdge;
}

/** The interrupt waits for what it interrupted. */
function inItself(lockClass: string, { taken, open }: Uses, input: CheckInput): Draft | undefined {
  const cases = (open.get(lockClass) ?? []).flatMap((each) =>
    (taken.get(lockClass) ?? [])
      .filter((other) => waits(each.arrival, other) && areTogether(each.arrival, other) && mayCome(other, each, input.program))
      .map((other): Case => ({ open: each, taken: other })),
  );
  const best = surest(cases, input);
  if (!best) return undefined;
  const places = new Set(cases.map((each) => placeKey(each.open.arrival))).size - 1;
  const more = places > 0 ? `; ${places} more ${places > 1 ? 'places do' : 'place does'} so too` : '';
  return describe(best, `takes it in a ${best.open.interrupt}, which waits for what it interrupted${more}`, [lockClass], input);
}

/** The interrupt waits for a lock whose holder waits for what was interrupted. */
function inOrder(lockClass: string, uses: Uses, told: ReadonlySet<string>, input: CheckInput): Draft | undefined {
  const cases: Case[] = [];
  for (const [outer, arrivals] of uses.taken) {
    if (told.has(outer)) continue;
    for (const edge of input.graph.between(outer, lockClass)) {
      if (!isAtomic(edge)) continue;
      const isOpen = (each: Interruptible): boolean =>
        waitsQueued(edge, each.arrival, input.program) && isOther(edge, each) && areTogether(each.arrival, edge.to);
      for (const taken of arrivals) {
        if (!waits(taken, edge.from) || !areTogether(taken, edge.to) || areOfTwoCpus(taken, edge.from)) continue;
        const open = uses.open.get(lockClass)?.find((each) => isOpen(each) && mayCome(taken, each, input.program));
        if (!open) continue;
        cases.push({ open, taken, edge });
        break;
      }
    }
  }
  const best = surest(cases, input);
  if (!best?.edge) return undefined;
  const { from, to } = best.edge;
  const message = `takes ${from.lockClass} in a ${best.open.interrupt}, with which held ${to.context.fn.ir.name} takes it: the interrupt waits for who waits for what it interrupted`;
  return describe(best, message, [lockClass, from.lockClass], input);
}

/** Not the very acquisition that makes the order. */
function isOther({ to }: OrderEdge, { arrival }: Interruptible): boolean {
  return to.step !== arrival.step || to.context !== arrival.context;
}

/** With a spinlock held nothing that sleeps is taken on the way: what is behind that is not reached. */
function isAtomic({ from, to }: OrderEdge): boolean {
  return to.held.slice(to.held.indexOf(from)).every(({ kind }) => kind !== 'mutex' && kind !== 'rwsem' && kind !== 'semaphore');
}

function surest(cases: readonly Case[], input: CheckInput): Case | undefined {
  let best: { readonly each: Case; readonly steps: number } | undefined;
  for (const each of cases.slice(0, triedCases)) {
    const { weight: steps } = doubtsOf(each, input);
    if (!best || steps < best.steps) best = { each, steps };
    if (steps === 0) break;
  }
  return best?.each;
}

function doubtsOf({ open: { arrival, held, unknown, interrupt }, taken, edge }: Case, input: CheckInput): Doubts {
  const doubts = new Doubts();
  if (held) doubtHeld(held, arrival, input, doubts);
  if (unknown) doubts.add(`whether ${unknown.ir.name} is entered with ${namesOf[interrupt]} on was not read`, 2);
  for (const { context } of [arrival, taken]) {
    doubtDepth(context, doubts);
    doubtPointers(context, undefined, doubts);
  }
  doubtAnnotated([arrival.lockClass, taken.lockClass], input.program, doubts);
  const [task, handler] = [arrival.context.entry, taken.context.entry];
  if (!areLinked(task, handler, input.program))
    doubts.add(`${task.ir.name} and ${handler.ir.name} may be about locks of different drivers`);
  if (task !== handler && arrival.step === taken.step)
    doubts.add(`${arrival.context.fn.ir.name} runs in either: the code may see to it that only one of them calls it`);
  if (edge) {
    if (mayBeOfTwoCpus(taken, edge.from))
      doubts.add(`${edge.from.lockClass} is a lock that each CPU has: that of ${taken.context.fn.ir.name} may be another CPU's`);
    if (isOfMany(edge.from.lockClass, input.program))
      doubts.add(`${edge.from.lockClass} is in each of many objects: that of ${taken.context.fn.ir.name} may be another one's`);
    for (let c = edge.to.context; c !== edge.from.context && c.caller; c = c.caller.context)
      if (c.caller.via !== '') doubts.add(`the pointer ${c.caller.via} may mean another function where the interrupt takes the lock`);
    if (!waits(edge.to, arrival)) doubtReaders(doubts);
    doubtChain(edge.to, edge.from, input, doubts);
    doubtLength([edge], doubts);
  }
  return doubts;
}

/** Whether the lock is still held where interrupts are turned on. */
function doubtHeld(lock: HeldLock, { context, step }: OpenArrival, input: CheckInput, doubts: Doubts): void {
  let there: Step = step;
  for (let c = context; c !== lock.context && c.caller; c = c.caller.context) there = c.caller.call;
  const calls = context.depth - lock.context.depth;
  if (calls > farFromLock) doubts.add(`${calls} calls lie between the lock and where interrupts are turned on`);
  const states = input.summaries.flow(lock.fn).points.get(there) ?? [];
  if (!states.every(({ held }) => held.some((each) => each.step === lock.held.step)))
    doubts.add(`${lock.lockClass} is held there on some ways through ${lock.fn.ir.name}, and not on others`);
  doubtTwo(lock, input, doubts);
}

function describe(each: Case, message: string, about: readonly string[], input: CheckInput): Draft | undefined {
  const { open, taken, edge } = each;
  const { arrival } = open;
  const place = reportedAt(arrival, input.isAskedFor) ?? reportedAt(taken, input.isAskedFor);
  if (!place) return undefined;
  const doubts = doubtsOf(each, input);
  const config = configText(arrival.config);
  const handler = taken.context.entry;
  const by = handler === taken.context.fn ? '' : `, by way of ${taken.context.fn.ir.name},`;
  const mode = arrival.mode === 'shared' ? ' (shared)' : '';
  const does = open.held ? arrivalText(arrival) : `takes ${arrival.lockClass}${mode} with ${namesOf[open.interrupt]} on`;
  return {
    check: 'irq-inversion',
    severity: doubts.severity('error'),
    confidence: doubts.confidence,
    message: `${does}, and ${handler.ir.name}${by} ${message}`,
    ...place,
    about: [...about, open.interrupt],
    acquires: arrival.lockClass,
    held: arrival.held.map(({ lockClass }) => lockClass),
    witnesses: [arrival, ...(edge ? [edge.to] : []), taken].map((chain) => witnessOf(chain, input.program)),
    ...(config && { config }),
    reasons: doubts.sentences,
  };
}
