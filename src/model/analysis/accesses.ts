import { callGraphOf, reachedFrom } from './call-graph.ts';
import type { AccessIr, UnreadCall } from '../ir/access.ts';
import { isSystemCall, isUnknownLock, type AccessStep, type LinkedFunction, type LockRef, type Mode, type Program } from '../ir/program.ts';
import { compareLocations, type Location } from '../source/location.ts';
import { enter, withoutSubclass, type Context, type Contexts, type HeldLock } from './contexts.ts';
import { findContexts } from './find-contexts.ts';
import { flowOf } from './flow.ts';
import { Instances } from './instances.ts';
import { MaybeHeld } from './maybe-held.ts';
import type { State } from './state.ts';
import type { Summaries } from './summaries.ts';
import { unmetAssertions } from './unmet.ts';

/** A lock held at an access. */
export interface HeldGuard {
  readonly lockClass: string;
  readonly mode: Mode;
  /** A caller holds it, and code that was not read may call this function, on the way from there, without it. */
  readonly unread?: string;
}

/** One access to shared memory, on those ways to it that have the same locks. Plain data: two trees can be compared by it. */
export interface Access {
  /** What is accessed, named as a lock class is: `struct kvm_vcpu_arch.mp_state`, a global's name. */
  readonly place: string;
  /** Fields below it, outermost first. */
  readonly fields: readonly string[];
  readonly kind: 'read' | 'write';
  /** READ_ONCE, WRITE_ONCE, atomics and their kin. It tells the compiler something; it orders nothing and guards nothing. */
  readonly isMarked: boolean;
  /** It is a list's head or node, or that of a tree: writes that go there from its neighbors are not among the accesses. */
  readonly isLinked: boolean;
  readonly at: Location;
  readonly function: string;
  /** The expression as written. */
  readonly text: string;
  /** Locks held there that others can hold against it, sorted by class. */
  readonly guards: readonly HeldGuard[];
  /** Classes of locks that a function called before takes on some ways through it alone, and says nothing of it: they may be held, too. */
  readonly maybeHeld: readonly string[];
  /** Classes of locks held there that are of another object of the same struct. */
  readonly otherInstances: readonly string[];
  /** A lock is held of which it is not known which it is. */
  readonly hidesLock?: true;
  /** RCU and SRCU read sides it is in: they keep no writer away. */
  readonly readSides: readonly string[];
  /** Nobody else can reach the object, or its locks are only being initialized. */
  readonly isPrivate: boolean;
  /** Functions from an entry to this one. */
  readonly chain: readonly string[];
}

export interface Accesses {
  /** Sorted by place, then location, then guards. */
  readonly accesses: readonly Access[];
  /** Functions with more ways in or through than are followed. */
  readonly cut: readonly string[];
}

/** Functions whose accesses are asked for, all of them; and places, in whatever function. */
export interface WantedAccesses {
  readonly functions?: readonly LinkedFunction[];
  readonly places?: readonly string[];
  /** Ways from entries whose callers nobody knows are left out. */
  readonly fromKnownEntries?: boolean;
  /** Called often; what it throws gives it up. */
  readonly step?: () => void;
}

/** Where IR with accesses comes from. */
export interface AccessSource {
  accesses(fn: LinkedFunction): AccessIr;
  /** Tells the functions that may access something of one of these names. */
  mentioning(names: readonly string[]): (fn: LinkedFunction) => boolean;
  /** Functions that a function names in a call and of which nothing was read, but those of the locking API. */
  unread(fn: LinkedFunction): readonly UnreadCall[];
  /** Names of macros, and of functions of headers, that have one of these lines of a file: they are read where they are used. */
  replacedOn(file: string, lines: readonly number[]): readonly string[];
}

/** Accesses, and the locks held at them. Computed anew each time: only for a few functions or places. */
export function findAccesses(
  program: Program,
  summaries: Summaries,
  source: AccessSource,
  { functions = [], places = [], fromKnownEntries = false, step: next }: WantedAccesses,
): Accesses {
  const wanted = new Map<LinkedFunction, (step: AccessStep) => boolean>();
  const sought = new Set(places);
  const names = places.flatMap((place) => /\w+$/.exec(place) ?? []);
  const mayAccess = names.length > 0 ? source.mentioning(names) : () => false;
  const asked = new Set(functions);
  for (const fn of program.functions) {
    if (asked.has(fn)) wanted.set(fn, () => true);
    else if (mayAccess(fn)) {
      const isSought = (step: AccessStep): boolean => sought.has(step.memory);
      if (source.accesses(fn).ir.steps.some((step) => step.kind === 'access' && isSought(step))) wanted.set(fn, isSought);
    }
  }
  const ways = waysInto(program, summaries, source, new Set(wanted.keys()), next);
  const isKnown = knownEntriesOf(program);
  const maybeHeld = new MaybeHeld(program, summaries);
  const cut = new Set<string>();
  const found: Access[] = [];
  for (const [fn, isWanted] of wanted) {
    next?.();
    const lowered = source.accesses(fn);
    const { ir, initialized } = lowered;
    const asserts = assertedIn(lowered);
    const unmet = asserts.length > 0 ? unmetAssertions(fn, ways.contexts.of(fn), summaries, program) : [];
    const flow = flowOf(ir, summaries.effects(fn));
    if (flow.isCut || ways.contexts.cut.has(fn)) cut.add(fn.ir.name);
    for (const [step, states] of flow.points) {
      if (step.kind !== 'access' || !isWanted(step)) continue;
      const isInitializing = step.objects.some(({ path }) => initialized.includes(path));
      const merged = new Map<string, Access>();
      for (const context of ways.contexts.of(fn)) {
        if (fromKnownEntries && !isKnown(context.entry)) continue;
        const maybe = maybeHeld.at(context, step);
        const lacking = unmet.filter((each) => each.context === context).map(({ lockClass }) => lockClass);
        const met = asserts.filter(({ lockClass }) => !lacking.includes(withoutSubclass(lockClass)));
        for (const state of states) {
          const entered = enter(context, state);
          if (!entered) continue;
          const held = entered.held.map((lock) => ({ lock, unread: unreadBelow(lock, context, program) }));
          merge(merged, withAsserted(accessAt(step, context, state, held, maybe, ways.instances, isInitializing), met));
        }
      }
      found.push(...merged.values());
    }
  }
  return { accesses: found.sort(compareAccesses), cut: [...cut].sort() };
}

interface Ways {
  readonly contexts: Contexts;
  readonly instances: Instances;
}

/** The last that were asked for, with the functions that they lead to. */
const lastWays = new WeakMap<Summaries, { readonly wanted: ReadonlySet<LinkedFunction>; readonly ways: Ways }>();

/** Ways into functions, also into those that no lock is reached from. */
export function waysInto(
  program: Program,
  summaries: Summaries,
  source: AccessSource,
  wanted: ReadonlySet<LinkedFunction>,
  step?: () => void,
): Ways {
  const last = lastWays.get(summaries);
  // Those into more functions have these among them, in the same order.
  if (last && [...wanted].every((fn) => last.wanted.has(fn))) return last.ways;
  const ways = findWays(program, summaries, source, wanted, step);
  lastWays.set(summaries, { wanted, ways });
  return ways;
}

function findWays(
  program: Program,
  summaries: Summaries,
  source: AccessSource,
  wanted: ReadonlySet<LinkedFunction>,
  step: () => void = () => undefined,
): Ways {
  const above = reachedFrom(wanted, callGraphOf(program).callers);
  const instances = new Instances(source);
  const isKnown = knownEntriesOf(program);
  const contexts = findContexts(
    program,
    // Where no lock is reached nothing but the calls is known of a function; here it matters what was allocated.
    { flow: (fn) => summaries.wholeFlow(fn), reaches: (fn) => above.has(fn) },
    step,
    // What is known of one entry is not to hang on which of two stands for a way in.
    (way) => `${instances.keyOf(way)}${isKnown(way.from?.context.entry ?? way.fn) ? '' : '?'}`,
  );
  return { contexts, instances };
}

function accessAt(
  step: AccessStep,
  context: Context,
  state: State,
  held: readonly { readonly lock: HeldLock; readonly unread: string | undefined }[],
  maybeHeld: readonly string[],
  instances: Instances,
  isInitializing: boolean,
): Access {
  const guards = new Map<string, Access['guards'][number]>();
  const others = new Set<string>();
  const readSides = new Set<string>();
  for (const { lock, unread } of held) {
    const { mode, kind } = lock;
    // Subclasses are for lockdep: who holds one keeps those out who want another.
    const lockClass = withoutSubclass(lock.lockClass);
    if (isUnknownLock(lockClass)) continue;
    if (kind === 'rcu' || kind === 'srcu') readSides.add(lockClass);
    else if (instances.isOther(step, lock, context)) others.add(lockClass);
    else if (mode === 'exclusive' || !guards.has(lockClass))
      guards.set(lockClass, { lockClass, mode, ...(unread !== undefined && { unread }) });
  }
  return {
    place: step.memory,
    fields: step.fields,
    kind: step.access,
    isMarked: step.isMarked,
    isLinked: step.isLinked,
    at: context.fn.locate(step.at),
    function: context.fn.ir.name,
    text: step.text,
    guards: [...guards.values()].sort((a, b) => (a.lockClass < b.lockClass ? -1 : 1)),
    maybeHeld: maybeHeld.filter((lockClass) => !guards.has(lockClass)),
    otherInstances: [...others].sort(),
    ...(held.some(({ lock }) => isUnknownLock(lock.lockClass)) && { hidesLock: true as const }),
    readSides: [...readSides].sort(),
    isPrivate: isInitializing || instances.isPrivate(step, context, state),
    chain: chainOf(context),
  };
}

/** Locks that a function says are held. */
export function assertedIn({ ir }: AccessIr): readonly LockRef[] {
  return ir.steps.flatMap((step) => (step.kind === 'assert' ? [step.asserted] : []));
}

/** What a function claims to be held is, unless a caller shows that it is not: lockdep finds those who call it without. */
function withAsserted(access: Access, asserts: readonly LockRef[]): Access {
  const asserted = asserts.filter(
    ({ lockClass, kind }) => !isUnknownLock(lockClass) && !['rcu', 'srcu'].includes(kind) && !access.otherInstances.includes(lockClass),
  );
  if (asserted.length === 0) return access;
  const guards = new Map(access.guards.map((guard) => [guard.lockClass, guard]));
  for (const { lockClass } of asserted) guards.set(lockClass, { lockClass, mode: guards.get(lockClass)?.mode ?? 'exclusive' });
  return { ...access, guards: [...guards.values()].sort((a, b) => (a.lockClass < b.lockClass ? -1 : 1)) };
}

/** Ways with the same guards are one: the shortest, with what all of them have in common. */
function merge(into: Map<string, Access>, access: Access): void {
  const key = `${access.isPrivate ? 'p' : ''}${guardsText(access)}`;
  const known = into.get(key);
  if (!known) {
    into.set(key, access);
    return;
  }
  const [first, second] = access.chain.length < known.chain.length ? [access, known] : [known, access];
  into.set(key, {
    ...first,
    guards: first.guards.map((guard, i) => ({ ...second.guards[i], ...guard })),
    otherInstances: [...new Set([...first.otherInstances, ...second.otherInstances])].sort(),
    ...((first.hidesLock ?? second.hidesLock) && { hidesLock: true as const }),
    readSides: first.readSides.filter((side) => second.readSides.includes(side)),
  });
}

/** What keeps accesses to one place apart. */
export interface Guard {
  readonly place: string;
  /** Lock classes that every write holds exclusively, sorted; of no writes none. */
  readonly writers: readonly string[];
  /** Lock classes that every read holds, in whatever mode. */
  readonly readers: readonly string[];
  /** Lock classes that every access holds, every write exclusively. */
  readonly all: readonly string[];
  /** Accesses that count. */
  readonly writes: number;
  readonly reads: number;
  /** Those of them that are marked. */
  readonly marked: number;
}

/**
 * The lockset of each place, sorted by place. Private accesses do not count, nor do, where there are writes that count, reads of
 * fields that none of them writes.
 */
export function guardsOf(accesses: readonly Access[]): readonly Guard[] {
  const byPlace = new Map<string, Access[]>();
  for (const access of accesses) {
    const known = byPlace.get(access.place);
    if (known) known.push(access);
    else byPlace.set(access.place, [access]);
  }
  return [...byPlace]
    .filter(([, all]) => all.some(({ isPrivate }) => !isPrivate))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, all]): Guard => {
      const both = counted(all);
      const writes = both.filter(({ kind }) => kind === 'write');
      const reads = both.filter(({ kind }) => kind === 'read');
      return {
        place,
        writers: common(writes),
        readers: common(reads),
        all: common(both),
        writes: writes.length,
        reads: reads.length,
        marked: both.filter(({ isMarked }) => isMarked).length,
      };
    });
}

/** Of accesses to one place those that count, in their order. */
export function counted(accesses: readonly Access[]): readonly Access[] {
  const writes = accesses.filter(({ kind, isPrivate }) => kind === 'write' && !isPrivate);
  return accesses.filter(
    (access) => !access.isPrivate && (access.kind === 'write' || writes.length === 0 || writes.some((write) => overlap(access, write))),
  );
}

/** Whether one is the other or a part of it. */
function overlap(a: Access, b: Access): boolean {
  return a.fields.every((field, i) => i >= b.fields.length || b.fields[i] === field);
}

function common(accesses: readonly Access[]): readonly string[] {
  const sets = accesses.map(
    ({ kind, guards }) => new Set(guards.filter(({ mode }) => kind === 'read' || mode === 'exclusive').map(({ lockClass }) => lockClass)),
  );
  return [...(sets[0] ?? [])].filter((lockClass) => sets.every((set) => set.has(lockClass))).sort();
}

/** A function between a lock and what is reached with it held that others may call. */
function unreadBelow(lock: HeldLock, context: Context, program: Program): string | undefined {
  for (let at: Context | undefined = context; at && at !== lock.context; at = at.caller?.context)
    if (program.mayBeCalledElsewhere(at.fn)) return at.fn.ir.name;
  return undefined;
}

/** Tells the entries that are kept in a pointer, a system call, or code that no other file can call. */
function knownEntriesOf(program: Program): (fn: LinkedFunction) => boolean {
  const asked = new Map<LinkedFunction, boolean>();
  return (fn) => {
    let isKnown = asked.get(fn);
    if (isKnown === undefined) {
      isKnown = fn.ir.isStatic || program.enteredBy(fn).length > 0 || isSystemCall(fn.ir.name);
      asked.set(fn, isKnown);
    }
    return isKnown;
  };
}

function chainOf(context: Context): readonly string[] {
  const chain: string[] = [];
  for (let at: Context | undefined = context; at; at = at.caller?.context) chain.push(at.fn.ir.name);
  return chain.reverse();
}

function compareAccesses(a: Access, b: Access): number {
  if (a.place !== b.place) return a.place < b.place ? -1 : 1;
  const key = (access: Access): string => `${access.kind} ${access.text} ${access.isPrivate ? 1 : 0} ${guardsText(access)}`;
  return compareLocations(a.at, b.at) || (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
}

function guardsText({ guards }: Access): string {
  return guards.map(({ lockClass, mode }) => `${lockClass}:${mode}`).join();
}
