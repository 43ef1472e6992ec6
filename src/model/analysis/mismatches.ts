import { downgradeApi } from '../ir/lock-api.ts';
import type { LinkedFunction, LockKind, LockRef, Program, Release, Step } from '../ir/program.ts';
import type { CpuChanges } from './cpu-changes.ts';
import { deepestSoftirqs, interruptsOf, isAsAtEntry, takenBy, type CpuState, type Pair } from './cpu-state.ts';
import { apply, soleAt, type Effects, type Flow } from './flow.ts';
import { fitsMode, lockKey, type Held, type State } from './state.ts';
import type { Summaries } from './summaries.ts';

/** A lock that is given back otherwise than it was taken. */
export interface Mismatch extends Pair {
  /** Taken to read and given back by a writer, or the other way round. */
  readonly isOfMode: boolean;
  /** Softirqs and interrupts where the function returns, if they are not as they were at entry. */
  readonly left?: CpuState;
  /** Interrupts are restored that nothing has saved. */
  readonly isUnsaved: boolean;
}

/** Locks with readers and writers. */
const shareable: readonly LockKind[] = ['rwlock', 'user-rwlock', 'rwsem'];
/** Locks that have to do with softirqs and interrupts. */
const spinning: readonly LockKind[] = ['spinlock', 'rwlock', 'seqlock', 'local-lock', 'rcu'];

/**
 * Releases by which a lock that the function took itself is given back in another mode, or by which softirqs or interrupts are not what
 * they were where the function returns. Only pairs of which one side never meets what would fit it: else the code may well keep them apart.
 */
export function mismatchesOf(fn: LinkedFunction, program: Program, summaries: Summaries, changes: CpuChanges): readonly Mismatch[] {
  const steps = fn.ir.steps;
  const isAsked = (step: Step): boolean => step.kind === 'release' && (shareable.includes(step.lock.kind) || step.isUnsaved === true);
  if (!steps.some(isAsked) && !changes.flow(fn)) return [];
  const flow = changes.flow(fn) ?? summaries.flow(fn);
  if (flow.isCut) return [];
  const meetings = new Meetings(fn, flow, changes.effects(fn));
  const found = new Map<string, Mismatch>();
  const add = (mismatch: Mismatch): void => {
    const { held, release } = mismatch;
    const key = `${held.step.at.start}>${release.at.start}`;
    found.set(key, { ...found.get(key), ...mismatch, isOfMode: mismatch.isOfMode || found.get(key)?.isOfMode === true });
  };
  const isUnsaved = ({ release }: Pair): boolean => release.isUnsaved === true;
  for (const { held, release } of meetings.never(isLikeInMode)) {
    if (held.mode === 'exclusive' && isDowngraded(held.lock, program)) continue;
    add({ held, release, isOfMode: true, isUnsaved: false });
  }
  for (const pair of meetings.never(isLikeInInterrupts)) {
    const left = leftBy(pair, flow);
    if (left) add({ ...pair, isOfMode: false, left, isUnsaved: false });
  }
  for (const pair of meetings.never((each) => !isUnsaved(each))) add({ ...pair, isOfMode: false, isUnsaved: true });
  return [...found.values()].sort((a, b) => a.release.at.start - b.release.at.start || a.held.step.at.start - b.held.step.at.start);
}

function isLikeInMode({ held, release }: Pair): boolean {
  return !shareable.includes(release.lock.kind) || held.lock.kind !== release.lock.kind || fitsMode(release, held);
}

function isLikeInInterrupts({ held, release }: Pair): boolean {
  return interruptsOf(held) === release.interrupts;
}

/** A writer may have become a reader. */
function isDowngraded(lock: LockRef, { functions }: Program): boolean {
  const key = lockKey(lock);
  return functions.some(({ ir }) =>
    ir.steps.some(
      (step) =>
        step.kind === 'call' &&
        downgradeApi.has(step.name ?? '') &&
        step.arguments.some((argument) => !argument.lock || argument.lock.lockClass === '' || lockKey(argument.lock) === key),
    ),
  );
}

/** What a pair leaves where the function returns: undefined unless every way on from there leaves something turned off, or on. */
function leftBy(pair: Pair, { exits }: Flow): CpuState | undefined {
  const states = exits.flatMap(({ state }) => (state.cpu?.unlike.some((each) => isSame(each, pair)) ? [state] : []));
  const isLeft = states.every(({ held, dropped, cpu }) => {
    // What is off or on there belongs to locks that the caller gave, or gets.
    const isOpen = dropped.some(({ kind }) => spinning.includes(kind)) || held.some((each) => isOfCpu(each));
    // A loop leaves more and more of it.
    const isLost = cpu?.isLost === true && Math.abs(cpu.softirqs) < deepestSoftirqs;
    return cpu && !isOpen && !isLost && !isAsAtEntry({ ...cpu, isLost });
  });
  return isLeft ? states[0]?.cpu : undefined;
}

function isOfCpu(held: Held): boolean {
  return spinning.includes(held.lock.kind) && (held.lock.kind !== 'rcu' || interruptsOf(held) !== undefined);
}

function isSame(a: Pair, b: Pair): boolean {
  return a.held.step === b.held.step && a.release === b.release;
}

/** Which acquisitions and releases meet, on any way. */
class Meetings {
  private readonly pairs: Pair[] = [];
  /** Steps that also meet what cannot be told. */
  private readonly unsure = new Set<Step>();

  constructor(
    { ir }: LinkedFunction,
    flow: Flow,
    private readonly effects: Effects,
  ) {
    for (const step of ir.steps) {
      const states = flow.points.get(step) ?? [];
      if (step.kind === 'release') for (const state of states) this.release(step, state);
      if (step.kind === 'call' && effects(step).length > 0) for (const state of states) this.call(step, state);
    }
  }

  /** Pairs that are not alike, and one of which meets only such. */
  never(isLike: (pair: Pair) => boolean): readonly Pair[] {
    const isNever = (step: Step, of: (pair: Pair) => Step): boolean =>
      !this.unsure.has(step) && this.pairs.every((pair) => of(pair) !== step || !isLike(pair));
    return this.pairs.filter(
      (pair) =>
        !isLike(pair) &&
        pair.release.name !== undefined &&
        takenBy(pair.held)?.name !== undefined &&
        (isNever(pair.release, ({ release }) => release) || isNever(pair.held.step, ({ held }) => held.step)),
    );
  }

  private release(step: Release, state: State): void {
    const held = soleAt(step.lock, state);
    if (!held) {
      this.unsure.add(step);
      for (const each of state.held) if (lockKey(each.lock) === lockKey(step.lock)) this.unsure.add(each.step);
    } else if (!this.pairs.some((pair) => isSame(pair, { held, release: step }))) this.pairs.push({ held, release: step });
  }

  /** What a callee gives back, it may give back in any way. */
  private call(step: Step, state: State): void {
    for (const after of apply(step, state, this.effects))
      for (const held of state.held) if (!after.held.some((each) => each.step === held.step)) this.unsure.add(held.step);
  }
}
