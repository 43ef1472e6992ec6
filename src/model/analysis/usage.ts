import { isPoll, type RunsIn } from '../ir/interrupt-api.ts';
import {
  isSystemCall,
  isUnknownLock,
  type Acquire,
  type LinkedFunction,
  type LockKind,
  type OfDevice,
  type Program,
  type Step,
} from '../ir/program.ts';
import { append } from '../source/multimap.ts';
import { arrivalsIn, enter, Passing, rootContext, type Arrival, type Context, type Contexts, type HeldLock } from './contexts.ts';
import { cpuOf } from './cpus.ts';
import { CpuChanges } from './cpu-changes.ts';
import type { CpuState } from './cpu-state.ts';
import { DeviceLines } from './device-lines.ts';
import { asksContext, isSleeping, sleepingKinds } from './sleeps.ts';
import type { State } from './state.ts';
import type { Summaries } from './summaries.ts';
import { turnedOnIn, type OpenArrival, type TurnedOn } from './turned-on.ts';

/** What may interrupt a task. */
export type Interrupt = Exclude<RunsIn, 'task'>;

export type AcquireArrival = Arrival & { readonly step: Acquire };

/** A lock that is taken, or held, where an interrupt can come that takes it, too. */
export interface Interruptible {
  readonly arrival: OpenArrival;
  /** The lock, where it is held when interrupts are turned on. */
  readonly held?: HeldLock;
  readonly interrupt: Interrupt;
  /** Function that the way begins with, where it is not known how that is entered. */
  readonly unknown: LinkedFunction | undefined;
  /** What may be off there, to which end is not asked: a device's interrupts, a network device's polls. */
  readonly off: ReadonlySet<OfDevice>;
}

/** Ways from one interrupt that are followed, each function once. */
const functionLimit = 2000;
/** Calls from a lock to where interrupts are turned on beyond which the callee is hardly meant for who holds it. */
const heldCalls = 4;

/**
 * How lock classes are used, as lockdep's usage bits tell it: taken in interrupts, and taken with these on
 * (Documentation/locking/lockdep-design.rst, "State").
 */
export class Usage {
  private readonly changes: CpuChanges;
  private readonly passing: Passing;
  private readonly lines: DeviceLines;

  constructor(
    private readonly program: Program,
    private readonly summaries: Summaries,
    private readonly contexts: Contexts,
  ) {
    this.passing = new Passing(program);
    this.lines = new DeviceLines(program);
    this.changes = CpuChanges.of(program, summaries);
  }

  /** Classes that are taken in an interrupt, each by the shortest ways there in either mode, and to the lock of either CPU. Who only tries does not wait. */
  takenIn(interrupt: Interrupt): ReadonlyMap<string, readonly AcquireArrival[]> {
    const taken = new Map<string, AcquireArrival[]>();
    const handlers = this.handlersIn(interrupt);
    for (const isWithoutLine of [false, true])
      for (const arrival of this.takenFrom(handlers.filter((fn) => needsNoLine(fn, this.program) === isWithoutLine))) {
        const known = taken.get(arrival.lockClass);
        if (!known) taken.set(arrival.lockClass, [arrival]);
        else if (!known.some((other) => this.isLike(other, arrival))) known.push(arrival);
      }
    return taken;
  }

  private *takenFrom(handlers: readonly LinkedFunction[]): Iterable<AcquireArrival> {
    for (const context of this.waysFrom(handlers))
      for (const arrival of arrivalsIn(context, this.summaries))
        if (isTaken(arrival) && !arrival.step.isTry && this.mayRunInInterrupt(context.fn, arrival.step)) yield arrival;
  }

  /** Functions that an interrupt begins with. */
  handlersIn(interrupt: Interrupt): readonly LinkedFunction[] {
    return this.program.functions.filter((fn) => this.summaries.reaches(fn) && runsIn(fn, this.program).has(interrupt));
  }

  /** Ways from handlers into all that they call, one into each function. */
  *waysFrom(handlers: readonly LinkedFunction[]): Iterable<Context> {
    const reached = new Set(handlers);
    const queue = handlers.map(rootContext);
    for (const context of queue) {
      yield context;
      if (reached.size < functionLimit) queue.push(...this.callees(context, reached));
    }
  }

  /** Whether two ways to take a class are one to who waits. */
  private isLike(a: AcquireArrival, b: AcquireArrival): boolean {
    const [one, other] = [a, b].map(({ context }) => needsNoLine(context.entry, this.program));
    return a.mode === b.mode && cpuOf(a.step.lock, a.context) === cpuOf(b.step.lock, b.context) && one === other;
  }

  /** Where a class is taken in a way that an interrupt may come, the surest and shortest way first. */
  interruptible(wanted: ReadonlySet<string>, interrupt: Interrupt): ReadonlyMap<string, readonly Interruptible[]> {
    const found = new Map<string, Interruptible[]>();
    for (const fn of this.program.functions) {
      const own = fn.ir.steps.filter((step) => step.kind === 'acquire' && (step.lock.lockClass === '' || wanted.has(step.lock.lockClass)));
      const open = new Set(own.filter((step) => !this.mayBeOff(fn, step, interrupt)));
      if (open.size === 0) continue;
      for (const context of this.contexts.of(fn)) {
        for (const arrival of arrivalsIn(context, this.summaries)) {
          if (!open.has(arrival.step) || !isTaken(arrival) || !wanted.has(arrival.lockClass)) continue;
          const told = this.isOn(arrival, interrupt);
          if (told) append(found, arrival.lockClass, told);
        }
      }
    }
    for (const fn of this.program.functions) this.turnedOnWith(fn, wanted, interrupt, found);
    const cost = ({ unknown, held, arrival }: Interruptible): number => (unknown ? 200 : 0) + (held ? 100 : 0) + arrival.context.depth;
    for (const all of found.values()) all.sort((a, b) => cost(a) - cost(b) || a.arrival.context.fn.id - b.arrival.context.fn.id);
    return found;
  }

  private *callees(context: Context, reached: Set<LinkedFunction>): Iterable<Context> {
    for (const [step, states] of this.summaries.flow(context.fn).points) {
      if (step.kind !== 'call' || sleepsBefore(context.fn, step)) continue;
      const targets = this.program.targets(
        step,
        context.fn,
        context.caller && { call: context.caller.call, by: context.caller.context.fn },
      );
      for (const target of targets) {
        if (reached.has(target.function) || !this.summaries.reaches(target.function) || (target.via !== '' && targets.length > 1)) continue;
        for (const state of states.filter(isAwake)) {
          const there = enter(context, state);
          const callee = there && !asksContext(there.facts) ? this.passing.into(target, context, state, step, there) : undefined;
          if (!callee) continue;
          reached.add(target.function);
          yield callee;
          break;
        }
      }
    }
  }

  /** Whether a function that runs in an interrupt comes to a step unasked, and without what sleeps: that would be another mistake. */
  mayRunInInterrupt(fn: LinkedFunction, step: Step): boolean {
    const states = this.summaries.flow(fn).points.get(step) ?? [];
    return !this.isAsked(fn, step) && !sleepsBefore(fn, step) && states.some(isAwake);
  }

  /** Undefined where an interrupt is off, or the code asks whether it is in one. */
  private isOn(arrival: AcquireArrival, interrupt: Interrupt): Interruptible | undefined {
    if (isTurnedOff(arrival.step, interrupt)) return undefined;
    let step: Step = arrival.step;
    const off = new Set<OfDevice>();
    for (let c: Context = arrival.context; ; c = c.caller.context) {
      if (asksContext(c.facts) || this.isAsked(c.fn, step)) return undefined;
      if (this.mayBeOff(c.fn, step, interrupt)) return undefined;
      for (const each of this.lines.offAt(c.fn, step)) off.add(each);
      // A task that has slept had interrupts on.
      if (this.turnedOn(c.fn, step, interrupt) || sleepsBefore(c.fn, step)) return { arrival, interrupt, unknown: undefined, off };
      if (!c.caller) return this.isOnFrom(c.fn, { arrival, interrupt, off });
      step = c.caller.call;
    }
  }

  /** Adds the locks that a function has, or its callers have, where it turns interrupts on. */
  private turnedOnWith(fn: LinkedFunction, wanted: ReadonlySet<string>, interrupt: Interrupt, found: Map<string, Interruptible[]>): void {
    const isWanted = ({ lockClass, kind }: HeldLock): boolean => wanted.has(lockClass) && spinning.has(kind);
    for (const turned of turnedOnIn(fn, isWanted, this.contexts.of(fn), this.summaries, this.changes)) {
      const told = this.isOnAfter(turned, interrupt);
      if (told) append(found, turned.lock.lockClass, told);
    }
  }

  /** Undefined where an interrupt is off even after one step has turned something on, or the code asks whether it is in one. */
  private isOnAfter({ arrival, lock, cpu }: TurnedOn, interrupt: Interrupt): Interruptible | undefined {
    // Turned on by softirqs are interrupts, too, whether these were off or not.
    const isOfSoftirqs = arrival.step.interrupts === 'bh';
    const areOn = isOfSoftirqs || (!cpu.irqs.isOff && (cpu.irqs.base === 'on' || cpu.wereOn));
    if ((!areOn && cpu.irqs.isOff) || !isMeantFor(lock, arrival)) return undefined;
    let { softirqs } = cpu;
    const off = new Set<OfDevice>();
    let step: Step = arrival.step;
    for (let c: Context = arrival.context; ; c = c.caller.context) {
      if (asksContext(c.facts) || this.isAsked(c.fn, step)) return undefined;
      for (const each of this.lines.offAt(c.fn, step)) off.add(each);
      const before = c === arrival.context ? [] : this.changes.at(c.fn, step);
      softirqs += Math.max(0, ...before.map((each) => each.softirqs));
      if (before.some(({ isLost, irqs }) => isLost || (irqs.isOff && !areOn))) return undefined;
      if (softirqs > 0 && (isOfSoftirqs || interrupt === 'softirq')) return undefined;
      const told = { arrival, held: lock, interrupt, off };
      if (sleepsBefore(c.fn, step) || (c !== arrival.context && this.turnedOn(c.fn, step, interrupt)))
        return { ...told, unknown: undefined };
      if (!c.caller) {
        if (runsIn(c.fn, this.program).has('hardirq')) return undefined;
        if (areOn && interrupt === 'hardirq' && !isOfSoftirqs) return { ...told, unknown: undefined };
        return this.isOnFrom(c.fn, told);
      }
      step = c.caller.call;
    }
  }

  /** Whether the function asks where it runs before it comes to a step. */
  private isAsked(fn: LinkedFunction, step: Step): boolean {
    const states = this.summaries.flow(fn).points.get(step) ?? [];
    return states.some(({ facts }) => asksContext(facts));
  }

  private isOnFrom(root: LinkedFunction, told: Omit<Interruptible, 'unknown'>): Interruptible | undefined {
    const known = runsIn(root, this.program);
    if (known.has('task') || isSystemCall(root.ir.name) || (known.has('softirq') && told.interrupt === 'hardirq'))
      return { ...told, unknown: undefined };
    if (known.has('hardirq') || known.has('softirq')) return undefined;
    return { ...told, unknown: root };
  }

  /** Whether an interrupt cannot come at a step, as far as its function goes. */
  private mayBeOff(fn: LinkedFunction, step: Step, interrupt: Interrupt): boolean {
    const isOff = ({ isLost, irqs, softirqs }: CpuState): boolean => isLost || irqs.isOff || (interrupt === 'softirq' && softirqs > 0);
    return this.changes.at(fn, step).some(isOff);
  }

  /** Whether the function has seen to it that interrupts are on, or takes for granted that they are. */
  private turnedOn(fn: LinkedFunction, step: Step, interrupt: Interrupt): boolean {
    const states = this.changes.at(fn, step);
    return interrupt === 'hardirq' && states.length > 0 && states.every(({ irqs, wereOn }) => irqs.base === 'on' || wereOn);
  }
}

/** Where a function is known to be entered, in the order of the places that say so. */
export function runsIn(fn: LinkedFunction, program: Program): ReadonlySet<RunsIn> {
  return new Set(program.enteredBy(fn).flatMap((entered) => entered.runsIn ?? []));
}

/** Whether a function that runs in an interrupt does so also where the interrupts of devices are off. */
export function needsNoLine(fn: LinkedFunction, program: Program): boolean {
  return program.enteredBy(fn).some(({ isWithoutLine }) => isWithoutLine);
}

/** Whether a function that runs in an interrupt may come where some are off. */
export function mayComeWith(off: Interruptible['off'], fn: LinkedFunction, program: Program): boolean {
  if (off.has('line') && !needsNoLine(fn, program)) return false;
  return !off.has('polls') || !program.enteredBy(fn).some(({ name }) => isPoll(name));
}

/**
 * Whether what turns interrupts on is called by who holds the lock: not from far off, nor by a pointer that may mean another function. To
 * sleep on the way is another mistake.
 */
function isMeantFor(lock: HeldLock, { context, step }: OpenArrival): boolean {
  if (context.depth - lock.context.depth > heldCalls) return false;
  let there: Step = step;
  for (let c = context; c !== lock.context && c.caller; c = c.caller.context) {
    if (sleepsBefore(c.fn, there) || (c.caller.via !== '' && c.caller.candidates > 1)) return false;
    there = c.caller.call;
  }
  return true;
}

/** Whether a way begins with what only interrupts call. */
export function isInInterrupt(context: Context, program: Program): boolean {
  const known = runsIn(context.entry, program);
  return known.size > 0 && !known.has('task');
}

/** Of those kinds an interrupt may wait for one. A local lock waits for nobody, but with PREEMPT_RT. */
const spinning: ReadonlySet<LockKind> = new Set<LockKind>(['spinlock', 'rwlock', 'seqlock', 'bit-lock']);

/** Of a known class, of an object that others can reach. */
function isTaken(arrival: Arrival): arrival is AcquireArrival {
  const { step, lockClass, isPrivate } = arrival;
  return step.kind === 'acquire' && !isPrivate && !isUnknownLock(lockClass) && spinning.has(step.lock.kind);
}

/** Whether no lock that sleeps is held, or given back for a caller. */
function isAwake({ held, dropped }: State): boolean {
  return !held.some(({ lock }) => sleepingKinds.has(lock.kind)) && !dropped.some(({ kind }) => sleepingKinds.has(kind));
}

function isTurnedOff({ interrupts }: Acquire, interrupt: Interrupt): boolean {
  return interrupts !== undefined && (interrupts !== 'bh' || interrupt === 'softirq');
}

const sleeping = new WeakMap<LinkedFunction, Map<Step, boolean>>();

/** Whether every way from a function's entry to a step of it passes something that sleeps. */
function sleepsBefore(fn: LinkedFunction, step: Step): boolean {
  let known = sleeping.get(fn);
  if (!known) sleeping.set(fn, (known = new Map()));
  let answer = known.get(step);
  if (answer === undefined) known.set(step, (answer = fn.ir.steps.some(mustSleep) && !mayComeAwake(fn, step)));
  return answer;
}

function mayComeAwake({ ir }: LinkedFunction, step: Step): boolean {
  const seen = new Set([0]);
  for (const number of seen) {
    const block = ir.blocks[number];
    const slept = block ? block.steps.findIndex(mustSleep) : -1;
    const at = block ? block.steps.indexOf(step) : -1;
    if (at >= 0 && (slept < 0 || at <= slept)) return true;
    if (slept < 0) for (const { to } of block?.next ?? []) seen.add(to);
  }
  return false;
}

function mustSleep(step: Step): boolean {
  return isSleeping(step) && !(step.kind === 'sleep' && step.flags !== undefined);
}
