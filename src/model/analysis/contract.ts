import {
  isOfCpu,
  isUnknownLock,
  type Interrupts,
  type LinkedFunction,
  type LockRef,
  type Mode,
  type Program,
  type Wait,
} from '../ir/program.ts';
import type { Location } from '../source/location.ts';
import { assertedIn, waysInto, type AccessSource } from './accesses.ts';
import { calledBy } from './call-graph.ts';
import { className, withoutSubclass, type Context, type Contexts, type HeldLock } from './contexts.ts';
import { interruptsOf } from './cpu-state.ts';
import { net } from './flow.ts';
import { parameterOf } from './state.ts';
import type { Summaries } from './summaries.ts';
import { isTakenIfAsked } from './taken-if-asked.ts';
import { unmetAssertions } from './unmet.ts';

/** What a function does with locks, as its callers have to know it: lock classes, each list sorted. Plain data. */
export interface Contract {
  readonly function: string;
  readonly file: string;
  /** Locks that it takes itself, not in what it calls. */
  readonly takes: readonly string[];
  /** How it takes them: one for each place, sorted by class. */
  readonly acquisitions: readonly Acquisition[];
  /** Whether it turns softirqs, or interrupts, off or on by itself: with them, what an acquisition does to them is not all. */
  readonly toggles: readonly ('bh' | 'irq')[];
  /** Locks that it returns with: always, or with some of the values it returns. */
  readonly returnsHeld: readonly string[];
  /** Locks of its caller's that it gives back. */
  readonly releases: readonly string[];
  /** Those, and locks that it holds on a way out to which no value it returns belongs alone: what a caller cannot tell. */
  readonly mayReturnHeld: readonly string[];
  /** Of returnsHeld and releases those that it does so with on some ways out alone. */
  readonly onSomeWays: { readonly returnsHeld: readonly string[]; readonly releases: readonly string[] };
  /** Locks held on every way in; undefined where nothing that was read calls it. */
  readonly held: readonly string[] | undefined;
  /** Those of them that whoever calls it takes itself. */
  readonly handed: readonly string[];
  /** Those for which interrupts are off on a way in, each with the function that takes it, sorted. */
  readonly heldWithIrqsOff: readonly { readonly lockClass: string; readonly function: string }[];
  /** Code that was not read may call it, and hold others. */
  readonly mayBeCalledElsewhere: boolean;
  /** Locks that it claims to be held: lockdep_assert_held(), __must_hold(). */
  readonly asserts: readonly string[];
  /** Callers that do not hold them, one for each lock and caller, sorted. */
  readonly unmet: readonly Unmet[];
  /** Whether it has more ways into it, or through it, than are followed. */
  readonly isCut: boolean;
  /** Whether it has more ways through it. */
  readonly isCutWithin: boolean;
}

/** A caller that does not hold a lock that the function says is held. */
export interface Unmet {
  readonly lockClass: string;
  readonly caller: string;
  /** The call. */
  readonly at: Location;
  /** The function whose callers were not all read, and may hold it. */
  readonly unread?: string;
}

export interface Acquisition {
  readonly lockClass: string;
  readonly mode: Mode;
  readonly interrupts?: Interrupts;
  readonly wait?: Wait;
  /** The function goes on without it where it is not taken: `if (asked) lock();`. */
  readonly isIfAsked?: true;
}

/** Calls down to where a lock is taken that a function gives back itself. */
const deepestTaking = 3;

/** `contexts`: ways into functions; by default also into those that no lock is reached from, which takes its time. */
export function contractsOf(
  program: Program,
  summaries: Summaries,
  source: AccessSource,
  functions: readonly LinkedFunction[],
  contexts: Contexts = waysInto(program, summaries, source, new Set(functions)).contexts,
): readonly Contract[] {
  return functions.map((fn): Contract => {
    const ways = contexts.of(fn);
    const flow = summaries.flow(fn);
    const acquisitions = acquisitionsIn(fn, ways);
    const toggles = fn.ir.steps.flatMap((step) =>
      step.kind === 'toggle' && isOfCpu(step) ? ([step.interrupts === 'bh' ? 'bh' : 'irq'] as const) : [],
    );
    // Who gives it back names no subclass.
    const returned = flow.outcomes.map(({ acquired }) => acquired.flatMap((held) => classesOf(held.lock, '', ways)));
    const released = flow.outcomes.map((outcome) => outcome.released.flatMap(({ key }) => classesOfKey(key, ways)));
    // An outcome has what any of its ways out gives back.
    const nets = flow.exits.map(({ state }) => net(state));
    const dropped = nets.map((each) => each.released.flatMap(({ key }) => classesOfKey(key, ways)));
    // What it has taken on one way, and gives back on another that goes with it, is its own: `locked = foo_lock(); … foo_unlock(locked);`.
    const given = sorted(released.flat());
    const own = new Set(given.length > 0 ? takenBelow(fn, program) : []);
    const isCallers = (lockClass: string): boolean =>
      !own.has(lockClass) || ways.some(({ held }) => held.some((lock) => withoutSubclass(lock.lockClass) === lockClass));
    const left = nets.flatMap((each) => each.acquired.flatMap((held) => classesOf(held.lock, '', ways)));
    return {
      function: fn.ir.name,
      file: fn.ir.file,
      takes: sorted(acquisitions.map(({ lockClass }) => lockClass)),
      acquisitions,
      toggles: [...new Set(toggles)].sort(),
      returnsHeld: sorted(returned.flat()),
      mayReturnHeld: sorted([...returned.flat(), ...left]),
      releases: given.filter(isCallers),
      onSomeWays: { returnsHeld: notInAll(returned), releases: notInAll(dropped).filter(isCallers) },
      held: heldOnEvery(ways, () => true),
      handed: heldOnEvery(ways, (lock, { caller }) => lock.context === caller?.context) ?? [],
      heldWithIrqsOff: heldWithIrqsOff(ways),
      mayBeCalledElsewhere: program.mayBeCalledElsewhere(fn),
      unmet: contexts.cut.has(fn) ? [] : unmetIn(fn, ways, summaries, program),
      asserts: sorted(assertedIn(source.accesses(fn)).flatMap((lock) => classesOf(lock, '', ways))),
      isCut: contexts.cut.has(fn) || flow.isCut,
      isCutWithin: flow.isCut,
    };
  });
}

/** Lock classes that a function takes, or what it calls does; each function is looked at once. */
function takenBelow(fn: LinkedFunction, program: Program): readonly string[] {
  const seen = new Set([fn]);
  let level: readonly LinkedFunction[] = [fn];
  for (let calls = 0; calls < deepestTaking; calls++) {
    const called = new Set(level.flatMap((caller) => calledBy(caller, program)));
    level = [...called].filter((each) => !seen.has(each));
    for (const each of level) seen.add(each);
  }
  return [...seen].flatMap(({ ir }) => ir.steps.flatMap((step) => (step.kind === 'acquire' ? [step.lock.lockClass] : [])));
}

function unmetIn(fn: LinkedFunction, ways: readonly Context[], summaries: Summaries, program: Program): readonly Unmet[] {
  const found = unmetAssertions(fn, ways, summaries, program).map(({ lockClass, context: { caller }, unread }): Unmet => {
    const { context, call } = caller!;
    return { lockClass, caller: context.fn.ir.name, at: context.fn.locate(call.at), ...(unread && { unread: unread.ir.name }) };
  });
  const key = ({ lockClass, caller }: Unmet): string => `${lockClass} ${caller}`;
  const distinct = new Map(
    found.sort((a, b) => Number(b.unread !== undefined) - Number(a.unread !== undefined)).map((each) => [key(each), each]),
  );
  return [...distinct.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function acquisitionsIn({ ir }: LinkedFunction, ways: readonly Context[]): readonly Acquisition[] {
  const found = ir.steps.flatMap((step) => {
    if (step.kind !== 'acquire') return [];
    const { mode, interrupts, wait } = step;
    const how = {
      mode,
      ...(interrupts && { interrupts }),
      ...(wait && { wait }),
      ...(isTakenIfAsked(ir, step) && { isIfAsked: true as const }),
    };
    return sorted(classesOf(step.lock, step.subclass, ways)).map((lockClass): Acquisition => ({ lockClass, ...how }));
  });
  return found.sort((a, b) => (a.lockClass < b.lockClass ? -1 : a.lockClass > b.lockClass ? 1 : 0));
}

function heldOnEvery(ways: readonly Context[], counts: (lock: HeldLock, way: Context) => boolean): readonly string[] | undefined {
  if (ways.every(({ caller }) => !caller)) return undefined;
  const sets = ways.map((way) => new Set(way.held.filter((lock) => counts(lock, way)).map(({ lockClass }) => lockClass)));
  return sorted([...(sets[0] ?? [])].filter((lockClass) => sets.every((set) => set.has(lockClass))));
}

function heldWithIrqsOff(ways: readonly Context[]): Contract['heldWithIrqsOff'] {
  const found = new Map<string, Contract['heldWithIrqsOff'][number]>();
  for (const { lockClass, fn, held } of ways.flatMap((way) => way.held)) {
    const off = interruptsOf(held);
    if ((off === 'irq' || off === 'irqsave') && !isUnknownLock(lockClass))
      found.set(`${fn.ir.name} ${lockClass}`, { lockClass, function: fn.ir.name });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** A lock's class; of one that is a parameter, the classes that callers pass. */
function classesOf(lock: LockRef, subclass: string, ways: readonly Context[]): readonly string[] {
  const lockClass = className(lock, subclass);
  return lockClass === '' && lock.parameter >= 0 ? passed(lock.parameter, ways) : [lockClass];
}

function classesOfKey(key: string, ways: readonly Context[]): readonly string[] {
  const parameter = parameterOf(key);
  return parameter >= 0 ? passed(parameter, ways) : [key];
}

function passed(parameter: number, ways: readonly Context[]): readonly string[] {
  return ways.flatMap(({ bound }) => bound.get(parameter)?.lockClass ?? []);
}

function notInAll(lists: readonly (readonly string[])[]): readonly string[] {
  return sorted(lists.flat()).filter((lockClass) => lists.some((list) => !list.includes(lockClass)));
}

function sorted(classes: readonly string[]): readonly string[] {
  return [...new Set(classes)].filter((lockClass) => !isUnknownLock(lockClass) && !lockClass.startsWith('?')).sort();
}
