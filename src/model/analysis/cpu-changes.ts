import { ANY, isOfCpu, type Call, type LinkedFunction, type Program, type Step } from '../ir/program.ts';
import { cpuAtEntry, isAsAtEntry, type CpuChange, type CpuState } from './cpu-state.ts';
import { flowOf, isNeutral, type Effect, type Effects, type Flow } from './flow.ts';
import { emptyState, lockKey, type State } from './state.ts';
import type { Summaries } from './summaries.ts';

const lost: CpuChange = { softirqs: 0, irqs: cpuAtEntry.irqs, isLost: true };

/** Functions behind one pointer that are looked at: more of them say little about the one that runs. */
const mostCandidates = 24;

const known = new WeakMap<Program, CpuChanges>();

/** What functions do to softirqs and interrupts: the flow of those that may leave them otherwise than they were. */
export class CpuChanges {
  private readonly changes = new Map<LinkedFunction, CpuChange>();
  private readonly flows = new Map<LinkedFunction, Flow>();
  /** Of others in which something is turned off or on, and on again or off, or is lost: for who asks what is off inside of them. */
  private readonly inner = new Map<LinkedFunction, Flow | undefined>();

  private constructor(
    private readonly program: Program,
    private readonly summaries: Summaries,
  ) {
    for (const fn of summaries.calleesFirst) {
      const called = this.changesCalled(fn);
      if (!this.changesItself(fn) && called.every(({ isLost }) => isLost)) {
        // It is lost here, too; of a function that gives back what it takes nobody asks.
        if (called.length > 0 && !this.isNeutral(fn)) this.changes.set(fn, lost);
        continue;
      }
      const flow = this.find(fn);
      this.flows.set(fn, flow);
      const change = this.changeOf(fn, flow, called);
      if (change) this.changes.set(fn, change);
    }
  }

  /** Of a program: found once, for all who ask. */
  static of(program: Program, summaries: Summaries): CpuChanges {
    let changes = known.get(program);
    if (!changes) known.set(program, (changes = new CpuChanges(program, summaries)));
    return changes;
  }

  /** The CPU where a step of a function is reached; none where nothing is turned off or on in it. */
  at(fn: LinkedFunction, step: Step): readonly CpuState[] {
    return this.statesAt(fn, step).flatMap(({ cpu }) => cpu ?? []);
  }

  /** The same with the locks held there. */
  statesAt(fn: LinkedFunction, step: Step): readonly State[] {
    return this.flowInside(fn)?.points.get(step) ?? [];
  }

  private flowInside(fn: LinkedFunction): Flow | undefined {
    const flow = this.flows.get(fn);
    if (flow) return flow;
    if (!this.inner.has(fn)) this.inner.set(fn, this.isChangedIn(fn) ? this.find(fn) : undefined);
    return this.inner.get(fn);
  }

  private isChangedIn(fn: LinkedFunction): boolean {
    return fn.ir.steps.some((step) => turns(step) || isToggle(step)) || this.changesCalled(fn).length > 0;
  }

  private find(fn: LinkedFunction): Flow {
    return flowOf(fn.ir, this.effects(fn), { ...emptyState, cpu: cpuAtEntry });
  }

  /** Undefined where nothing is turned off or on but for locks that are given back as they were taken. */
  flow(fn: LinkedFunction): Flow | undefined {
    return this.flows.get(fn);
  }

  /** What calls do to the locks of a function, and to softirqs and interrupts. */
  effects(fn: LinkedFunction): Effects {
    const known = new Map<Call, readonly Effect[]>();
    const locks = this.summaries.effects(fn);
    return (call) => {
      let effects = known.get(call);
      if (!effects) known.set(call, (effects = withChange(locks(call), this.calleesOf(call, fn), this.changes)));
      return effects;
    };
  }

  private calleesOf(call: Call, fn: LinkedFunction): readonly LinkedFunction[] {
    const targets = this.program.targets(call, fn);
    return targets.length > mostCandidates ? [] : targets.map((target) => target.function);
  }

  /**
   * What all ways out have in common; undefined where they leave everything as it was. A function that gives back what it takes, and
   * turns nothing off or on besides, is meant to: where it does not, that is told of it, and not of those that call it.
   */
  private changeOf(fn: LinkedFunction, { exits, isCut }: Flow, called: readonly CpuChange[]): CpuChange | undefined {
    const states = exits.flatMap(({ state: { cpu } }) => cpu ?? []);
    const [first] = states;
    if (!first) return undefined;
    const isNeat = this.isNeutral(fn) && !fn.ir.steps.some(isToggle);
    if (isNeat && (states.some(({ unlike }) => unlike.length > 0) || called.every(({ isLost }) => isLost))) return undefined;
    const { softirqs, irqs } = first;
    if (isCut || states.some((each) => each.isLost || !isSameChange(each, first))) return { softirqs, irqs, isLost: true };
    return isAsAtEntry(first) ? undefined : { softirqs, irqs, isLost: false };
  }

  /** Whether it may leave something otherwise than it was, whatever its callees do. */
  private changesItself(fn: LinkedFunction): boolean {
    const { steps } = fn.ir;
    if (steps.some(isToggle)) return true;
    if (!this.isNeutral(fn)) return steps.some(turns);
    return steps.some((step) => step.kind === 'release' && steps.some((other) => isUnlike(other, step)));
  }

  private isNeutral(fn: LinkedFunction): boolean {
    return isNeutral(this.summaries.flow(fn).outcomes);
  }

  /** What its callees change. */
  private changesCalled(fn: LinkedFunction): readonly CpuChange[] {
    return fn.ir.steps.flatMap((step) =>
      step.kind === 'call' ? this.calleesOf(step, fn).flatMap((callee) => this.changes.get(callee) ?? []) : [],
    );
  }
}

/** Of the CPU, not of one device. */
function isToggle(step: Step): boolean {
  return step.kind === 'toggle' && isOfCpu(step);
}

function turns(step: Step): boolean {
  return (step.kind === 'acquire' || step.kind === 'release') && step.interrupts !== undefined;
}

/** Whether the one takes what the other gives back, and turns off something else than that turns on. */
function isUnlike(taken: Step, given: Step): boolean {
  if (taken.kind !== 'acquire' || given.kind !== 'release') return false;
  return lockKey(taken.lock) === lockKey(given.lock) && taken.interrupts !== given.interrupts;
}

function isSameChange(a: CpuChange, b: CpuChange): boolean {
  return a.softirqs === b.softirqs && a.irqs.base === b.irqs.base && a.irqs.isOff === b.irqs.isOff;
}

function withChange(
  effects: readonly Effect[],
  callees: readonly LinkedFunction[],
  changes: ReadonlyMap<LinkedFunction, CpuChange>,
): readonly Effect[] {
  const told = callees.map((callee) => changes.get(callee));
  const change = told.find((each) => each !== undefined);
  if (!change) return effects;
  const isSame = told.every((each) => each && isSameChange(each, change));
  const cpu: CpuChange = isSame ? change : { ...change, isLost: true };
  if (effects.length === 0) return [{ ir: callees[0]!.ir, outcomes: [{ acquired: [], released: [], values: ANY, cpu }] }];
  return effects.map(({ ir, outcomes }) => ({ ir, outcomes: outcomes.map((outcome) => ({ ...outcome, cpu })) }));
}
