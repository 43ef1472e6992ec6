import { bind, className, type Context, type HeldLock } from '../analysis/contexts.ts';
import { isOrdering } from '../analysis/order-graph.ts';
import { withoutSubclass } from '../analysis/contexts.ts';
import { innerHeld } from '../checks/documented-order.ts';
import type { BoundRule } from '../checks/resolve-rules.ts';
import {
  isUnknownLock,
  type Acquire,
  type Call,
  type LinkedFunction,
  type LockRef,
  type Program,
  type Release,
  type Sync,
} from '../ir/program.ts';
import type { Location } from '../source/location.ts';
import type { Follower, Stage } from './follow.ts';
import { releaserOf, takerOf, type Descent } from './inside.ts';
import type { BrokenOrder, PathFunction, PathLock, PathStep } from './lock-path.ts';
import type { Trail } from '../analysis/ways.ts';

/** Writes down a way, step by step. */
export class PathWriter {
  readonly functions: PathFunction[] = [];
  readonly steps: PathStep[] = [];
  private readonly numbers = new Map<LinkedFunction, number>();
  private frames: readonly number[] = [];

  constructor(
    private readonly program: Program,
    private readonly rules: readonly BoundRule[],
    private readonly follower: Follower,
  ) {}

  /** From the entry to where the function of a stage begins. */
  into(stage: Stage): void {
    const { from, context } = stage;
    if (!from) {
      this.enter(context.fn);
      return;
    }
    this.into(from.stage);
    this.along(from.stage, from.way.trail);
    this.call(from.stage.context.fn, from.call, context.fn, locksOf(this.follower.held(from.stage, from.way.state)), from.target);
    this.frames = [...this.frames, this.number(context.fn, false)];
  }

  /** Lock operations of a way through the function of a stage. */
  along(stage: Stage, trail: Trail | undefined): void {
    const trails: Trail[] = [];
    for (let t = trail; t; t = t.previous) trails.unshift(t);
    for (const each of trails) this.operation(stage, each);
  }

  /** The place asked for, where nothing happens to locks. */
  reach(stage: Stage, at: Location, text: string, held: readonly HeldLock[]): void {
    this.put(stage.context.fn, { kind: 'reach', at, text, held: locksOf(held), breaks: [] });
  }

  private enter(fn: LinkedFunction): void {
    this.frames = [this.number(fn, false)];
    const entered = this.program.enteredBy(fn)[0];
    const at = entered?.at ?? fn.locate(fn.ir.range);
    this.put(fn, { kind: 'entry', at, text: 'entered', ...(entered && { via: entered.name }), held: [], breaks: [] });
  }

  private operation(stage: Stage, trail: Trail): void {
    const { step } = trail;
    const before = this.follower.held(stage, trail.before);
    const then = this.follower.held(stage, trail.after);
    const after = locksOf(then);
    if (step.kind === 'acquire') this.acquire(stage.context, step, trail, before, after);
    else if (step.kind === 'release')
      this.release(stage.context.fn, step, pathLock(step.lock, bind(step.lock, stage.context).lockClass, step.mode), after);
    else if (step.kind === 'sync') this.wait(stage.context.fn, step, bind(step.lock, stage.context), after);
    else if (step.kind === 'call') this.aside(stage, step, before, then);
  }

  private acquire(context: Context, step: Acquire, trail: Trail, before: readonly HeldLock[], after: readonly PathLock[]): void {
    const lock = bind(step.lock, context);
    const isPrivate = (lock.root !== '' && trail.before.fresh.has(lock.root)) || context.fresh.has(lock.rootParameter);
    this.take(context.fn, step, className(lock, step.subclass), before, after, isPrivate);
  }

  private take(
    fn: LinkedFunction,
    step: Acquire,
    lockClass: string,
    before: readonly HeldLock[],
    held: readonly PathLock[],
    isPrivate: boolean,
  ): void {
    const lock = pathLock(step.lock, lockClass, step.mode);
    const breaks = step.isTry || isPrivate ? [] : this.broken(step.lock, lockClass, before);
    const text = lock.isReadSide
      ? `enters the read side of ${lock.lockClass}`
      : `takes ${lock.lockClass}${step.mode === 'shared' ? ' (shared)' : ''}${step.isTry ? ' (trylock)' : ''}`;
    this.put(fn, { kind: 'acquire', at: fn.locate(step.at), text, lock, held, breaks });
  }

  private release(fn: LinkedFunction, { at }: Pick<Release | Call, 'at'>, lock: PathLock, held: readonly PathLock[]): void {
    const text = lock.isReadSide ? `leaves the read side of ${lock.lockClass}` : `releases ${lock.lockClass}`;
    this.put(fn, { kind: 'release', at: fn.locate(at), text, lock, held, breaks: [] });
  }

  private wait(fn: LinkedFunction, step: Sync, bound: LockRef, held: readonly PathLock[]): void {
    const lock = pathLock(step.lock, bound.lockClass, 'exclusive');
    const text = `${step.name} waits for the readers of ${lock.lockClass}`;
    this.put(fn, { kind: 'wait', at: fn.locate(step.at), text, lock, held, breaks: [] });
  }

  /** A call to something that takes or gives back locks for its caller: what it does to them, inside it. */
  private aside({ context }: Stage, call: Call, before: readonly HeldLock[], after: readonly HeldLock[]): void {
    const { fn } = context;
    let now = locksOf(before);
    for (const lock of without(now, locksOf(after))) {
      now = without(now, [lock]);
      const found = releaserOf(context, call, lock.lockClass, this.program, this.follower);
      this.inside(found?.way ?? [], [...now, lock], () => {
        this.release(found?.fn ?? fn, found?.step ?? call, lock, now);
      });
    }
    for (const taken of after) {
      if (taken.held.step !== call || before.some(({ held }) => held === taken.held)) continue;
      const { way, fn: taker, held } = takerOf(fn, taken.held, this.program);
      const then = [...now, ...locksOf([taken])];
      this.inside(way, now, () => {
        if (held.step.kind === 'acquire') this.take(taker, held.step, taken.lockClass, before, then, taken.isPrivate);
      });
      now = then;
    }
  }

  /** Goes down by some calls, writes what happens there, and comes back. */
  private inside(way: readonly Descent[], held: readonly PathLock[], write: () => void): void {
    const frames = this.frames;
    for (const { fn, call, callee } of way) {
      const target = this.program.targets(call, fn).find((each) => each.function === callee);
      this.call(fn, call, callee, held, target);
      this.frames = [...this.frames, this.number(callee, true)];
    }
    write();
    this.frames = frames;
  }

  private broken(lock: LockRef, lockClass: string, held: readonly HeldLock[]): readonly BrokenOrder[] {
    if (isUnknownLock(lockClass)) return [];
    const broken: BrokenOrder[] = [];
    for (const bound of this.rules) {
      if (bound.inner === undefined || bound.outer !== withoutSubclass(lockClass)) continue;
      const from = held.find(
        (h) =>
          withoutSubclass(h.lockClass) === bound.inner &&
          h.lockClass !== lockClass &&
          isOrdering(h) &&
          innerHeld(bound, lock.kind, held, h),
      );
      const { file, line, text } = bound.rule;
      if (from) broken.push({ inner: from.lockClass, file, line, text });
    }
    return broken;
  }

  private call(
    fn: LinkedFunction,
    step: Call,
    callee: LinkedFunction,
    held: readonly PathLock[],
    target?: { via: string; candidates: number },
  ): void {
    const number = this.number(callee, true);
    const pointer = target && target.via !== '' ? { via: target.via, candidates: target.candidates } : {};
    const many = target && target.candidates > 1 ? ` (one of ${target.candidates})` : '';
    this.put(fn, {
      kind: 'call',
      at: fn.locate(step.at),
      callee: number,
      text: `calls ${callee.ir.name}${many}`,
      ...pointer,
      held,
      breaks: [],
    });
  }

  private put(fn: LinkedFunction, step: Omit<PathStep, 'function' | 'functions'>): void {
    this.steps.push({ ...step, function: this.number(fn, true), functions: this.frames });
  }

  private number(fn: LinkedFunction, isAside: boolean): number {
    let number = this.numbers.get(fn);
    if (number === undefined) {
      this.numbers.set(fn, (number = this.functions.length));
      this.functions.push({ name: fn.ir.name, file: fn.ir.file, line: fn.locate(fn.ir.range).line, isAside });
    } else if (!isAside) this.functions[number] = { ...this.functions[number]!, isAside };
    return number;
  }
}

function pathLock(ref: LockRef, lockClass: string, mode: PathLock['mode']): PathLock {
  return { lockClass: lockClass === '' ? ref.place : lockClass, mode, isReadSide: ref.kind === 'srcu' || ref.kind === 'rcu' };
}

export function locksOf(held: readonly HeldLock[]): readonly PathLock[] {
  return held.map((h) => ({ lockClass: h.lockClass, mode: h.mode, isReadSide: h.kind === 'srcu' || h.kind === 'rcu' }));
}

/** Locks of the one that the other has not, counted. */
function without(locks: readonly PathLock[], others: readonly PathLock[]): readonly PathLock[] {
  const left = [...locks];
  for (const other of others) {
    const at = left.findLastIndex((lock) => lock.lockClass === other.lockClass && lock.mode === other.mode);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}
