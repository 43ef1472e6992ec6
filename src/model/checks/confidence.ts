import type { Arrival, Context, HeldLock } from '../analysis/contexts.ts';
import type { OrderGraph } from '../analysis/order-graph.ts';
import type { State } from '../analysis/state.ts';
import type { Summaries } from '../analysis/summaries.ts';
import type { LinkedFunction, Program, Step } from '../ir/program.ts';
import { keyText } from '../ir/comparisons.ts';
import { withoutSubclass } from '../analysis/contexts.ts';
import { takesTwo } from '../analysis/since.ts';
import type { CheckInput } from './check.ts';
import type { Confidence, Severity } from './finding.ts';
import { doubtConditions } from './exclusions.ts';
import { isOnlyAtZero } from './last-reference.ts';
import { ownEntry, type ChainEnd } from './witness.ts';

/** How sure a finding is, and why: each doubt is a sentence and takes a step down. */
export class Doubts {
  private readonly reasons: string[] = [];
  private steps = 0;

  add(reason: string, steps = 1): void {
    if (this.reasons.includes(reason)) return;
    this.reasons.push(reason);
    this.steps += steps;
  }

  /** Steps taken down, all in all. */
  get weight(): number {
    return this.steps;
  }

  get confidence(): Confidence {
    return this.steps === 0 ? 'high' : this.steps === 1 ? 'medium' : 'low';
  }

  /** What is unlikely is worth a look and no alarm; what is certain to end in a deadlock is an error. */
  severity(certain: Severity): Severity {
    return this.confidence === 'high' ? certain : this.confidence === 'medium' ? 'warning' : 'information';
  }

  get sentences(): readonly string[] {
    return this.reasons;
  }
}

/** More functions behind one pointer than this, and the call says little about which of them runs. */
const manyCandidates = 24;

/** Calls between a lock and what is taken under it, of all sides together: each is a place where the code may exclude the path. */
const farCalls = 5;

/** Calls from an entry to where something is done, of a chain that no lock is held on. */
const farFromEntry = 4;

/** One direction of a finding: `to` is reached with `from` held. */
interface Side {
  readonly to: Arrival;
  readonly from: HeldLock;
}

/** What makes a chain of calls less than certain; `since` is the lock held that the finding is about. */
export function doubtChain(
  arrival: ChainEnd,
  since: HeldLock,
  { contexts, program, summaries }: Pick<CheckInput, 'contexts' | 'program' | 'summaries'>,
  doubts: Doubts,
): void {
  let pointers = 0;
  let reached: Step = arrival.step;
  for (let c: Context | undefined = arrival.context; c && c !== since.context; c = c.caller?.context) {
    // A helper that takes the lock for its callers is entered in many ways; a way that was found is there all the same.
    const isHelper = summaries.flow(c.fn).outcomes.some((o) => o.acquired.length > 0);
    if (!isHelper && c !== arrival.context && contexts.cut.has(c.fn))
      doubts.add(`${c.fn.ir.name} is entered with more sets of locks than are followed`);
    const { caller } = c;
    if (isOnlyAtZero(c.fn, reached, summaries))
      doubts.add(`${c.fn.ir.name} gets to the lock only where a counter, as of references, comes down to zero`);
    if (!caller) break;
    reached = caller.call;
    if (caller.via === '') continue;
    pointers++;
    doubtMeant(c, doubts);
    if (caller.via.startsWith('parameter ')) doubts.add(`which function ${caller.via} is depends on the caller`);
    if (caller.candidates > manyCandidates) doubts.add(`the pointer ${caller.via} may mean any of ${caller.candidates} functions`);
  }
  if (pointers > 1) doubts.add(`${pointers} function pointers lie between the two locks`);
  const { step } = arrival;
  if (step.kind === 'acquire' && step.success === 'nonzero' && !step.isTry)
    doubts.add(`${arrival.lockClass} is taken only with the last reference`);
  const unread = ownEntry(since.context, program) ? undefined : unreadEntry(arrival, program);
  if (unread) doubts.add(`who calls ${unread.ir.name} was not read`, 0);
  const state = taskStateOf(arrival, since, summaries);
  if (state !== undefined)
    doubts.add(`${arrival.lockClass} is taken only for some values of ${state}, which may follow what the task holds`);
  doubtConditions(arrival, since, { program, summaries }, doubts);
}

/** A reader waits for a reader only behind a writer. */
export function doubtReaders(doubts: Doubts): void {
  doubts.add('both times it is shared: it takes a writer that waits in between');
}

/** Where a function takes two locks of one class, it is not told which of them it gives back. */
export function doubtTwo(lock: HeldLock, { program, summaries }: Pick<CheckInput, 'program' | 'summaries'>, doubts: Doubts): void {
  if (takesTwo(lock.fn, lock.held, program, summaries)) doubts.add(`of two locks of ${lock.lockClass} one may have been given back`);
}

/** A function may be behind a pointer, and not behind this one. */
function doubtMeant({ fn, caller }: Context, doubts: Doubts): void {
  if (caller?.doubt !== undefined) doubts.add(`the pointer ${caller.via} may not mean ${fn.ir.name}: ${caller.doubt}`);
}

/** Beyond some calls from where a way begins something may exclude it. */
export function doubtDepth({ depth, fn }: Context, doubts: Doubts): void {
  if (depth > farFromEntry) doubts.add(`${depth} calls lead to ${fn.ir.name}`);
}

/** What is behind a pointer that was read may not be all there is behind it. */
export function doubtPointers(context: Context, since: Context | undefined, doubts: Doubts): void {
  for (let c = context; c !== since && c.caller; c = c.caller.context) {
    if (c.caller.via !== '') doubts.add(`the pointer ${c.caller.via} may mean a function that was not read`);
    doubtMeant(c, doubts);
  }
}

/** The longer the ways from lock to lock, the likelier is something on them that excludes them. */
export function doubtLength(sides: readonly Side[], doubts: Doubts): void {
  const calls = sides.reduce((sum, { to, from }) => sum + to.context.depth - from.context.depth, 0);
  if (calls > farCalls) doubts.add(`${calls} calls lie between the locks`, calls > 2 * farCalls ? 2 : 1);
}

/**
 * A lock that the callers of all sides hold keeps a deadlock from happening. Where nobody read those callers, chains are
 * less sure; but not where each side takes its locks in one function, as lockdep would see it and a reader too.
 */
export function doubtGates(sides: readonly Side[], program: Program, doubts: Doubts): void {
  if (sides.every(({ to, from }) => to.context === from.context && from.held.step.kind === 'acquire')) return;
  const entries = sides.map(({ to }) => unreadEntry(to, program)?.ir.name);
  if (entries.includes(undefined)) return;
  doubts.add(`the callers of ${[...new Set(entries)].join(' and of ')} may hold a lock that keeps them apart`);
}

/** What was left out of the order graph might be surer, or have no gate lock. */
export function doubtCut(from: string, to: string, graph: OrderGraph, doubts: Doubts): void {
  if (graph.isCut(from, to)) doubts.add(`more ways take ${to} with ${from} held than are followed`, 0);
}

/** Function a chain begins with, if nothing that was read enters it. */
function unreadEntry({ context }: Pick<Arrival, 'context'>, program: Program): LinkedFunction | undefined {
  const first = context.entry;
  return program.enteredBy(first).length === 0 ? first : undefined;
}

/**
 * State of the task itself that decides, after `since` is held, whether the arrival is reached: `current->journal_info`.
 * Code keeps there what it holds, so the branch may be for tasks that do not hold it.
 */
function taskStateOf(arrival: ChainEnd, since: HeldLock, summaries: Summaries): string | undefined {
  let step: Step = arrival.step;
  for (let c: Context = arrival.context; ; c = c.caller.context) {
    const states: readonly State[] = summaries.flow(c.fn).points.get(step) ?? [];
    const holding = c === since.context ? states.filter((state) => state.held.some((h) => h.step === since.held.step)) : states;
    for (const key of holding[0]?.facts.keys() ?? []) {
      const task = /^!?(current->\w+)(&\w+)?$/.exec(keyText(key))?.[1];
      if (task !== undefined && holding.every((state) => state.facts.has(key))) return task;
    }
    if (c === since.context || !c.caller) return undefined;
    step = c.caller.call;
  }
}

/** Instances that the code itself tells apart for lockdep may be ordered among themselves. */
export function doubtInstances(classes: readonly string[], program: Program, doubts: Doubts): void {
  const { members } = instancesOf(program);
  const names = classes.map(withoutSubclass);
  const split = names.find((name, i) => names.indexOf(name) !== i);
  if (split !== undefined)
    doubts.add(`${split} and its subclass are one kind of lock: which instance has which subclass, the code decides`);
  for (const lockClass of classes)
    if (isComputed(lockClass)) doubts.add(`which subclass ${lockClass} has is computed: it may be another one each time`);
  doubtAnnotated(classes, program, doubts);
  for (const lockClass of classes) {
    const name = withoutSubclass(lockClass);
    const embedded = [...(members.get(name) ?? [])].sort();
    if (embedded.length > 1)
      doubts.add(`${lockClass} is part of several structures (${embedded.slice(0, 3).join(', ')}), whose locks may be ordered`);
  }
}

/** Whether a subclass is what a function makes of an object: `struct tree.lock/class_of(tree)`. */
function isComputed(lockClass: string): boolean {
  return /\/[a-z_]\w*\(/.test(lockClass);
}

/** The code says that instances of a class are not all one. */
export function doubtAnnotated(classes: readonly string[], program: Program, doubts: Doubts): void {
  const { annotated } = instancesOf(program);
  for (const lockClass of classes)
    if (annotated.has(withoutSubclass(lockClass))) doubts.add(`lockdep annotations tell instances of ${lockClass} apart`);
}

interface Instances {
  /** Lock classes that lockdep is told to split. */
  readonly annotated: ReadonlySet<string>;
  /** For a lock class, members of other structures that its own structure is embedded as: `a->queue.lock`, `b->backlog.lock`. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
}

const instances = new WeakMap<Program, Instances>();

function instancesOf(program: Program): Instances {
  const known = instances.get(program);
  if (known) return known;
  const annotated = new Set<string>();
  const members = new Map<string, Set<string>>();
  for (const { ir } of program.functions) {
    for (const lockClass of ir.annotated) annotated.add(lockClass);
    for (const step of ir.steps) {
      const member = step.kind === 'acquire' ? /(?:->|\.)(\w+)\.\w+$/.exec(step.lock.place)?.[1] : undefined;
      if (step.kind !== 'acquire' || member === undefined) continue;
      const all = members.get(step.lock.lockClass);
      if (all) all.add(member);
      else members.set(step.lock.lockClass, new Set([member]));
    }
  }
  const found = { annotated, members };
  instances.set(program, found);
  return found;
}
