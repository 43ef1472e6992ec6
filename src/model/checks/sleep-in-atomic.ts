import { comparisonOf, keyText } from '../ir/comparisons.ts';
import { bind, className, configurationOf, enter, merge, Passing, rootContext, type Context, type HeldLock } from '../analysis/contexts.ts';
import { flagValues } from '../analysis/flow.ts';
import { asksContext, compareWays, isSleeping, Sleeps, type SleepingStep, type SleepWay } from '../analysis/sleeps.ts';
import { emptyState, type Held, type State } from '../analysis/state.ts';
import type { Summaries } from '../analysis/summaries.ts';
import { runsIn, type Interrupt } from '../analysis/usage.ts';
import { waysThrough } from '../analysis/ways.ts';
import { flagsKey, isConfigurationKey, POSITIVE, ZERO, type Call, type LinkedFunction, type LockKind, type Mode } from '../ir/program.ts';
import { passingQuestions } from '../ir/sleep-api.ts';
import { append } from '../source/multimap.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtChain, doubtPointers, doubtTwo } from './confidence.ts';
import { heldText, witnessOf } from './witness.ts';

/** Locks with which a task must not be scheduled away. A local lock is one too, but with PREEMPT_RT. */
const atomicKinds: ReadonlySet<LockKind> = new Set<LockKind>(['spinlock', 'rwlock', 'bit-lock', 'seqlock', 'local-lock', 'rcu']);

/** Ways into the function that holds the lock, tried at the most for one way to sleep. */
const entryLimit = 24;

/** More functions than this that come to one place with a lock of their own held, and what they share likely keeps them from sleeping. */
const manyTakers = 5;

/** Ways to sleep from one place that are gone through branch by branch, the surest first, until one is open. */
const triedWays = 4;

/** Something that may sleep, with everything held there. */
interface Slept {
  readonly step: SleepingStep;
  readonly context: Context;
  readonly held: readonly HeldLock[];
  readonly lockClass: string;
  readonly mode: Mode;
  readonly config: ReadonlyMap<string, number>;
  /** The lock because of which it must not; none where it is because an interrupt began with it. */
  readonly lock: HeldLock | undefined;
  /** The step at which the function with the lock sleeps, or calls what does. */
  readonly from: { readonly context: Context; readonly step: SleepingStep | Call };
  readonly way: SleepWay;
}

/** Something that may sleep is reached by who must not be scheduled away. */
export function checkSleepInAtomic(input: CheckInput): readonly Draft[] {
  const sleeps = new Sleeps(input.program, input.summaries);
  const passing = new Passing(input.program);
  const bySleep = new Map<string, Slept[]>();
  for (const fn of input.program.functions) {
    if (fn.ir.isHosted) continue;
    if (input.summaries.reaches(fn)) for (const slept of sleptIn(fn, sleeps, passing, input)) append(bySleep, sleepKey(slept), slept);
    if (interruptOf(fn, input)) for (const slept of sleptFrom(fn, sleeps, passing)) append(bySleep, sleepKey(slept), slept);
  }
  const byPlace = new Map<string, Slept[]>();
  const drafts: Draft[] = [];
  for (const all of bySleep.values()) {
    const takers = new Set(all.map(({ from }) => from.context.fn)).size;
    if (takers > manyTakers) drafts.push(...describe(all.reduce(better), input, takers));
    else for (const slept of all) append(byPlace, `${placeKey(blamed(slept, () => true)!)}:${slept.lock?.lockClass}`, slept);
  }
  for (const all of byPlace.values()) {
    const open = all
      .sort(compare)
      .slice(0, triedWays)
      .find((slept) => isOpen(slept, input.summaries));
    if (open) drafts.push(...describe(open, input, 1));
  }
  return drafts;
}

function better(a: Slept, b: Slept): Slept {
  return compare(a, b) <= 0 ? a : b;
}

function compare(a: Slept, b: Slept): number {
  const [x, y] = [a.from.context, b.from.context];
  return compareWays(a.way, b.way) || x.depth - y.depth || x.fn.id - y.fn.id;
}

/** Where a function sleeps, or calls what does, with a lock that it took itself. */
function* sleptIn(fn: LinkedFunction, sleeps: Sleeps, passing: Passing, { contexts, summaries }: CheckInput): Iterable<Slept> {
  for (const [step, states] of summaries.flow(fn).points) {
    if (step.kind !== 'call' && !isSleeping(step)) continue;
    for (const state of states) {
      const locks = atomicIn(state);
      if (locks.length === 0) continue;
      for (const way of sleeps.at(step, state, fn)) {
        const slept = reached(contexts.of(fn), way, locks, passing);
        if (slept) yield slept;
      }
    }
  }
}

/** Where a function that runs in an interrupt sleeps, or calls what does, with no lock of which that is told. */
function* sleptFrom(fn: LinkedFunction, sleeps: Sleeps, passing: Passing): Iterable<Slept> {
  const context = rootContext(fn);
  for (const way of sleeps.of(fn)) {
    const end = follow(context, way, passing);
    if (end && !end.held.some(({ kind }) => atomicKinds.has(kind)))
      yield { ...end, lock: undefined, from: { context, step: way.step }, way };
  }
}

function interruptOf(fn: LinkedFunction, { program }: Pick<CheckInput, 'program'>): Interrupt | undefined {
  return [...runsIn(fn, program)].find((each) => each !== 'task');
}

/** What sleeps: of an inline of a header, as `kzalloc()` is one, who calls it. */
function sleepKey(slept: Slept): string {
  const places = placesOf(slept);
  return placeKey(places.findLast(({ context }) => !context.fn.ir.file.endsWith('.h')) ?? places[0]!);
}

/** Because of which locks that are held a task must not sleep. */
function atomicIn(state: State): readonly Held[] {
  return state.held.filter(({ lock }) => atomicKinds.has(lock.kind));
}

/** Follows a way from the first entry on which nothing known excludes it, and the lock is still held at its end. */
function reached(contexts: readonly Context[], way: SleepWay, locks: readonly Held[], passing: Passing): Slept | undefined {
  for (const context of contexts.slice(0, entryLimit)) {
    const end = follow(context, way, passing);
    if (!end) continue;
    // The innermost is what the code is about.
    const lock = end.held.findLast((held) => held.context === context && locks.includes(held.held) && !isOwnWait(end, held));
    if (lock) return { ...end, lock, from: { context, step: way.step }, way };
  }
  return undefined;
}

/** Whether each function on the way can be gone through as far as that, one branch after the other, with what is known on entry. */
function isOpen(slept: Slept, summaries: Summaries): boolean {
  return placesOf(slept).every(({ context, step }) => {
    const { fn } = context;
    const ways = waysThrough(fn.ir, { ...emptyState, facts: context.facts }, summaries.effects(fn), (place) => place === step, true);
    const { lock: since, from } = slept;
    const isHeld = ({ held }: State): boolean =>
      context !== from.context || !since || held.some(({ step: taken }) => taken === since.held.step);
    return ways.isCut || ways.to(step).some(({ state }) => isHeld(state));
  });
}

/** A wait for readers inside their own read side is another check's. */
function isOwnWait({ step, lockClass }: Pick<Slept, 'step' | 'lockClass'>, lock: HeldLock): boolean {
  return step.kind === 'sync' && lock.lockClass === lockClass;
}

function follow(from: Context, way: SleepWay, passing: Passing): Omit<Slept, 'lock' | 'from' | 'way'> | undefined {
  let context = from;
  let last = way;
  for (; last.inner; last = last.inner.way) {
    const there = enter(context, last.state);
    if (!there || asksContext(there.facts)) return undefined;
    const callee = passing.into(last.inner.target, context, last.state, last.step as Call, there);
    if (!callee) return undefined;
    context = callee;
  }
  const there = enter(context, last.state);
  const step = last.step as SleepingStep;
  if (!there || asksContext(there.facts) || !merge(there.facts, last.facts)) return undefined;
  if (step.kind === 'sleep' && step.flags && (flagValues(step.flags, there.facts) & ZERO) !== 0) return undefined;
  const lock = step.kind === 'sleep' ? undefined : bind(step.lock, context);
  const subclass = step.kind === 'acquire' ? step.subclass : '';
  const mode = step.kind === 'acquire' ? step.mode : 'exclusive';
  const lockClass = lock ? className(lock, subclass) : '';
  return { step, context, held: there.held, lockClass, mode, config: configurationOf(there.facts) };
}

interface Place {
  readonly context: Context;
  readonly step: SleepingStep | Call;
}

/** Places from the one that holds the lock to the one that sleeps. */
function placesOf({ from, context, step }: Slept): readonly Place[] {
  const places: Place[] = [{ context, step }];
  for (let c = context; c !== from.context && c.caller; c = c.caller.context)
    places.unshift({ context: c.caller.context, step: c.caller.call });
  return places;
}

/**
 * Where to report: in the function that holds the lock, or, where that calls a pointer, in what is behind it: others behind the same
 * pointer do not sleep. If that is not asked for, at the last place on the way that is.
 */
function blamed(slept: Slept, isAskedFor: (file: string) => boolean): (Place & { at: ReturnType<LinkedFunction['locate']> }) | undefined {
  const places = placesOf(slept);
  const entered = places.findLast(({ context }) => context !== slept.from.context && context.caller?.via !== '') ?? places[0]!;
  const place = isAskedFor(entered.context.fn.ir.file) ? entered : places.findLast(({ context }) => isAskedFor(context.fn.ir.file));
  return place && { ...place, at: place.context.fn.locate(place.step.at) };
}

function describe(slept: Slept, input: CheckInput, takers: number): readonly Draft[] {
  const place = blamed(slept, input.isAskedFor);
  if (!place) return [];
  const { lock, step, lockClass } = slept;
  const doubts = new Doubts();
  if (lock) doubtChain(slept, lock, input, doubts);
  doubtValues(slept, input, doubts);
  doubtPointers(slept.context, slept.from.context, doubts);
  if (lock) doubtNotes(lock, slept, input, doubts);
  if (lock) doubtTwo(lock, input, doubts);
  if (takers > 1) doubts.add(`${takers} functions come here with a lock of their own: what they share likely keeps them from sleeping`, 2);
  const does =
    step.kind === 'acquire'
      ? `${lockClass === '' ? step.lock.place : lockClass} is taken`
      : step.kind === 'sleep'
        ? `${step.text} may sleep`
        : `${step.name} sleeps`;
  const because = lock?.lockClass ?? interruptOf(slept.from.context.fn, input) ?? '';
  const inside = !lock ? `in a ${because}` : lock.kind === 'rcu' ? `inside ${heldText(lock)}` : `with ${heldText(lock)} held`;
  const isHere = place.step === step;
  const callee =
    place.step.kind === 'call'
      ? placesOf(slept)[placesOf(slept).findIndex((p) => p.step === place.step) + 1]?.context.fn.ir.name
      : undefined;
  const how = callee === slept.context.fn.ir.name ? callee : `${callee}, by way of ${slept.context.fn.ir.name}`;
  const config = configText(slept.config);
  return [
    {
      check: 'sleep-in-atomic',
      severity: doubts.severity('error'),
      confidence: doubts.confidence,
      message: isHere
        ? `${does} here ${inside}${step.kind === 'acquire' ? ', and may sleep' : ''}`
        : `calls ${how}, where ${does}, ${inside}`,
      at: place.at,
      function: place.context.fn.ir.name,
      about: [because, lockClass || (step.kind === 'sleep' ? step.name : '')],
      acquires: lockClass,
      held: slept.held.map((held) => held.lockClass),
      witnesses: [witnessOf(slept, input.program)],
      ...(config && { config }),
      reasons: doubts.sentences,
    },
  ];
}

/** Words of which a value's name is made that decides whether to sleep. */
const deciding =
  /sleep|atomic|wait|block|irq|rcu|lock|gfp|sync|poll|preempt|timer|tasklet|can_|may_|flags|mode|ops->|(?:->|\.)(?:task|k?thread)$/i;

/** What sleeps only for some values that may follow what is held, or what was done before; the surest way there is of no use then. */
function doubtValues(slept: Slept, { summaries }: CheckInput, doubts: Doubts): void {
  const { way, lock, from } = slept;
  const taken = (lock && summaries.flow(lock.fn).points.get(lock.held.step)) ?? [];
  let { fn } = from.context;
  for (let at: SleepWay | undefined = way; at; at = at.inner?.way) {
    const before = at === way ? taken : [];
    for (const [key, values] of at.state.facts) {
      if (key.startsWith('@') || isConfigurationKey(key) || key.includes(flagsKey('')) || before.some(({ facts }) => facts.has(key)))
        continue;
      if (isEqual(key, at.state.facts)) continue;
      const name = keyText(key.replace(/^!+/, ''));
      // `rcu_dereference()` and `atomic_read()` are words of the question; what is asked of may be one of the caller's all the same.
      const of = key.replace(/\brcu_(?:dereference|access_pointer)\w*/g, '');
      const asked = of.replace(passingQuestions, '');
      if (deciding.test(asked)) doubts.add(`it sleeps only for some values of ${name}, which may follow what is held`);
      else if (asked !== of) continue;
      else if (isGlobal(key, fn)) doubts.add(`it sleeps only for some values of ${name}, which may have been settled before`);
      else if (at !== way && (values & POSITIVE) === 0 && fn.ir.parameters.includes(name))
        doubts.add(`it sleeps only where ${name} of ${fn.ir.name} is zero, which depends on the caller`);
      else if (at !== way && isSetAbove(name, slept, fn)) doubts.add(`it sleeps only for some values of ${name}, which is set on the way`);
      else if (isOwn(key, at.state)) doubts.add(`it sleeps only for some values of ${name}, which ${fn.ir.name} sets itself`);
      else continue;
      return;
    }
    fn = at.inner?.target.function ?? fn;
  }
}

/** Whether a place is known to be one integer, and thereby its sign. */
function isEqual(place: string, facts: State['facts']): boolean {
  return [...facts].some(([key, values]) => (values & ZERO) === 0 && key.startsWith(`${place}==`) && comparisonOf(key) !== undefined);
}

/** Whether a fact speaks of nothing that the function was given or has set: a variable of the file's, of the kernel's. */
function isGlobal(key: string, { ir }: LinkedFunction): boolean {
  const names = [...key.matchAll(/(?<![\w.>])[a-z_]\w*(?!\w*\()/g)].map(([name]) => name);
  const isLocal = (name: string): boolean =>
    ir.parameters.includes(name) ||
    ir.pointers.some(({ variable }) => variable === name) ||
    ir.blocks.some(({ steps }) => steps.some((step) => step.kind === 'assign' && step.target === name));
  return names.length > 0 && !names.some(isLocal);
}

/** Whether a function on the way down to this one sets a field of that name. */
function isSetAbove(place: string, { from, context }: Slept, fn: LinkedFunction): boolean {
  const [field] = /(?:->|\.)\w+$/.exec(place) ?? [];
  // Of the elements of an array one is enough, and who sets one leaves the others.
  if (field === undefined || /\[[^\]]*[a-z]/.test(place)) return false;
  for (let c: Context | undefined = context, isAbove = false; c; c = c === from.context ? undefined : c.caller?.context) {
    const sets = c.fn.ir.blocks.some(({ steps }) => steps.some((step) => step.kind === 'assign' && step.target.endsWith(field)));
    if (isAbove && sets) return true;
    isAbove ||= c.fn === fn;
  }
  return false;
}

/** Whether a fact speaks of an object that the function has just made. */
function isOwn(key: string, { fresh }: State): boolean {
  const [name] = /[A-Za-z_]\w*/.exec(key) ?? [''];
  return fresh.has(name) && name !== key.replace(/^!+/, '');
}

/** Where what is called is said to give a lock back, and does not as far as it was read, it may be this one. */
function doubtNotes(lock: HeldLock, { from }: Slept, { program }: CheckInput, doubts: Doubts): void {
  for (const step of from.context.fn.ir.steps) {
    if (step.kind !== 'call' || step.at.start < lock.held.step.at.start || step.at.start >= from.step.at.start) continue;
    const giver = program.targets(step, from.context.fn).find(({ function: { ir } }) => ir.notes.some(({ does }) => does === 'release'));
    if (giver) doubts.add(`${giver.function.ir.name}, called before, is noted to give back a lock`);
  }
}
