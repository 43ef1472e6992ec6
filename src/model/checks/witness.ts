import type { Arrival, Context, HeldLock } from '../analysis/contexts.ts';
import type { Held } from '../analysis/state.ts';
import type { TurningOn } from '../analysis/turned-on.ts';
import {
  isConfigurationKey,
  type Await,
  type Complete,
  type FunctionIr,
  type LinkedFunction,
  type LockKind,
  type Mode,
  type Program,
  type Sleep,
} from '../ir/program.ts';
import type { Location } from '../source/location.ts';
import type { Callee, Hop, HopLock, Witness } from './finding.ts';

/** What a chain leads to: a lock that is taken, others that are waited for, what ends such a wait, turns interrupts on, or may sleep. */
export type ChainEnd = Pick<Arrival, 'context' | 'held' | 'lockClass' | 'mode'> & {
  readonly step: Arrival['step'] | TurningOn | Sleep | Await | Complete;
};

/**
 * The chain that leads to an arrival: entry function first, locks and calls in the order they happen, the arrival last. What is told
 * from a lock on (`since`) begins where that way is entered by itself, if it can be.
 */
export function witnessOf(arrival: ChainEnd, program: Program, since?: HeldLock): Witness {
  const hops: Hop[] = [];
  const begins = since && ownEntry(since.context, program);
  const all = waysInto(arrival.context);
  const contexts = begins ? all.slice(all.indexOf(begins)) : all;
  const entry = contexts[0]!;
  const entered = program.enteredBy(entry.fn)[0];
  if (entered) hops.push({ at: entered.at, function: entry.fn.ir.name, text: 'entered', via: entered.name });
  for (const [i, context] of contexts.entries()) {
    for (const held of arrival.held) if (held.context === context) hops.push(...takes(held, program));
    hops.push(...calls(contexts[i + 1]));
  }
  hops.push({
    at: arrival.context.fn.locate(arrival.step.at),
    function: arrival.context.fn.ir.name,
    text: arrivalText(arrival),
    ...lockOf(arrival),
  });
  return hops;
}

/** The last context on the way to one that is entered by itself. */
export function ownEntry(context: Context, program: Program): Context | undefined {
  return waysInto(context).findLast((each) => isEntered(each, program));
}

/**
 * Whether a function is an entry by itself, and one of many that its caller's pointer may mean: who else calls by such a pointer, with
 * no lock held and nothing told, says no more than that.
 */
function isEntered({ fn, held, bound, fresh, cpus, facts, caller }: Context, program: Program): boolean {
  if (!caller || caller.via === '' || caller.candidates < 2 || held.length + bound.size + fresh.size + cpus.size > 0) return false;
  return [...facts.keys()].every(isConfigurationKey) && program.enteredBy(fn).length > 0;
}

/** The chain from where a lock was taken to a function entered with it held: its acquisition, then calls. */
export function chainSince(lock: HeldLock, context: Context, program: Program): Witness {
  const contexts = waysInto(context);
  const inside = contexts.slice(contexts.indexOf(lock.context) + 1);
  return [...takes(lock, program), ...inside.flatMap(calls)];
}

/** Contexts from the entry function on. */
function waysInto(context: Context): readonly Context[] {
  const contexts: Context[] = [];
  for (let c: Context | undefined = context; c; c = c.caller?.context) contexts.unshift(c);
  return contexts;
}

/** The call by which a context was entered. */
function calls(context: Context | undefined): readonly Hop[] {
  if (!context?.caller) return [];
  const { context: from, call, via, candidates } = context.caller;
  const text = `calls ${context.fn.ir.name}${candidates > 1 ? ` (one of ${candidates})` : ''}`;
  return [{ at: from.fn.locate(call.at), function: from.fn.ir.name, text, ...(via !== '' && { via }), calls: calleeOf(context.fn.ir) }];
}

/** What a hop calls. */
export function calleeOf({ name, file }: FunctionIr): Callee {
  return { function: name, file };
}

export function arrivalText({ step, lockClass, mode }: ChainEnd): string {
  if (step.kind === 'sleep') return `${step.text} may sleep`;
  if (step.kind === 'await') return `${step.name} waits for ${lockClass}`;
  if (step.kind === 'complete') return `${step.name} ends the wait for ${lockClass}`;
  if (isTurningOn(step)) return `turns ${step.interrupts === 'bh' ? 'softirqs' : 'interrupts'} on${lockClass && ` with ${lockClass} held`}`;
  if (step.kind === 'sync') return `${step.name} waits for the readers of ${lockClass}`;
  return `takes ${lockClass === '' ? step.lock.place : lockClass}${mode === 'shared' ? ' (shared)' : ''}`;
}

function isTurningOn(step: ChainEnd['step']): step is TurningOn {
  return step.kind === 'release' || step.kind === 'toggle';
}

function lockOf({ step, lockClass, mode }: ChainEnd): Pick<Hop, 'lock'> {
  if (step.kind === 'sleep' || step.kind === 'complete' || isTurningOn(step) || lockClass === '') return {};
  if (step.kind === 'await') return { lock: { does: 'await', lockClass, mode } };
  if (step.kind === 'sync') return { lock: { does: 'synchronize', lockClass, mode } };
  return { lock: takenLock(step.lock.kind, lockClass, mode) };
}

/** What a hop does that takes a lock, or enters a read side. */
export function takenLock(kind: LockKind, lockClass: string, mode: Mode): HopLock {
  return { does: kind === 'srcu' || kind === 'rcu' ? 'enter' : 'acquire', lockClass, mode };
}

function takes(lock: HeldLock, program: Program): readonly Hop[] {
  const way: Hop[] = [];
  let fn: LinkedFunction = lock.fn;
  let held: Held = lock.held;
  while (held.inside && held.step.kind === 'call') {
    const { ir, held: there } = held.inside;
    const text = `calls ${ir.name}, which returns with ${lock.lockClass} held`;
    way.push({ at: fn.locate(held.step.at), function: fn.ir.name, text, calls: calleeOf(ir) });
    const target = program.targets(held.step, fn).find((t) => t.function.ir === ir);
    if (!target) break;
    fn = target.function;
    held = there;
  }
  const verb =
    held.lock.kind === 'srcu' || held.lock.kind === 'rcu'
      ? `enters the read side of ${lock.lockClass}`
      : `takes ${lock.lockClass}${lock.mode === 'shared' ? ' (shared)' : ''}`;
  return [
    ...way,
    { at: fn.locate(held.step.at), function: fn.ir.name, text: verb, lock: takenLock(held.lock.kind, lock.lockClass, lock.mode) },
  ];
}

/** Where to report: the arrival itself, or the last call on the way to it that is among the files asked for. */
export function reportedAt(
  arrival: Pick<ChainEnd, 'context' | 'step'>,
  isAskedFor: (file: string) => boolean,
): { at: Location; function: string } | undefined {
  const own = arrival.context.fn;
  if (isAskedFor(own.ir.file)) return { at: own.locate(arrival.step.at), function: own.ir.name };
  for (let c: Context | undefined = arrival.context; c?.caller; c = c.caller.context) {
    const { fn } = c.caller.context;
    if (isAskedFor(fn.ir.file)) return { at: fn.locate(c.caller.call.at), function: fn.ir.name };
  }
  return undefined;
}

/** A read side in words, a lock by its class. */
export function heldText(lock: HeldLock): string {
  if (lock.kind === 'srcu' || lock.kind === 'rcu') return `the read side of ${lock.lockClass}`;
  return lock.mode === 'shared' ? `${lock.lockClass} (shared)` : lock.lockClass;
}

/** What gate locks do, as the end of a message: those that objects have keep nobody apart but at one object. Nothing, if there are none. */
export function gateText(gates: readonly string[], where: string): string {
  if (gates.length === 0) return '';
  const isOne = gates.length === 1;
  const condition = gates.some((gate) => !/^[\w ]*\./.test(gate)) ? '' : ` if ${isOne ? 'it is' : 'they are'} of the same object`;
  return `; ${gates.join(' and ')}, held ${where}, ${isOne ? 'keeps' : 'keep'} it from deadlocking${condition}`;
}
