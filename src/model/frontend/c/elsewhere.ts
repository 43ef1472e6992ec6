import {
  bindingApi,
  completeApi,
  handlerFields,
  pointedRunners,
  queueApi,
  queueMakers,
  waitApi,
  type Runner,
} from '../../ir/awaited-api.ts';
import { isSoftMode, timerModeApi } from '../../ir/interrupt-api.ts';
import type { FunctionIr, Handler, LockRef, TimerMode } from '../../ir/program.ts';
import { argumentOf, argumentsOf, peel, text } from './frame.ts';
import { Pointers } from './pointers.ts';
import { childOf, type Node } from './syntax.ts';

/** Waits for what runs elsewhere, and what tells which function runs there. */
export abstract class Elsewhere extends Pointers {
  private readonly handlers: Handler[] = [];
  private readonly modes: TimerMode[] = [];
  private readonly queued: NonNullable<FunctionIr['queued']>[number][] = [];
  private readonly queues: NonNullable<FunctionIr['queues']>[number][] = [];

  /** All that was found, of which most functions have nothing. */
  elsewhere(): Pick<FunctionIr, 'handlers' | 'modes' | 'queued' | 'queues'> {
    const { handlers, modes, queued, queues } = this;
    return {
      ...(handlers.length > 0 && { handlers }),
      ...(modes.length > 0 && { modes }),
      ...(queued.length > 0 && { queued }),
      ...(queues.length > 0 && { queues }),
    };
  }

  /** What a call by name has to do with code that runs elsewhere. */
  protected runsElsewhere(name: string, args: readonly Node[], node: Node): void {
    const waiting = waitApi.get(name);
    if (waiting) {
      const { runner, bound, argument } = waiting;
      const thing = this.thing(args[argument], runner);
      if (thing) this.emit({ kind: 'await', at: this.at(node), runner, thing, name, ...(bound && { bound }) });
    } else if (completeApi.has(name)) {
      const thing = this.thing(args[0], 'completion');
      if (thing) this.emit({ kind: 'complete', at: this.at(node), thing, name });
    }
    for (const { runs, handler } of bindingApi.get(name) ?? []) if (runs >= 0) this.binds(args[runs], args[handler]);
    const setUp = timerModeApi.get(name);
    const mode = setUp && args[setUp.mode];
    const timer = mode && this.thing(args[setUp.timer], 'timer');
    if (timer) this.modes.push({ thing: timer.lockClass, isSoft: isSoftMode(text(mode, this.frame)) });
    const queueing = queueApi.get(name);
    const item = queueing && this.thing(args[queueing.item], 'work');
    if (item) {
      const queue = queueing.queue === undefined ? undefined : this.thing(args[queueing.queue], 'queue')?.lockClass;
      this.queued.push({ queue: queueing.named ?? queue ?? '', item: item.lockClass });
    }
  }

  /** `port->thread = kthread_run(function, …)`, `port->timer.function = function`. */
  protected bindsByAssignment(left: Node, right: Node): void {
    const target = peel(left, this.frame);
    if (target.type === 'field_expression') {
      const field = this.x.functionsAt(left, this.frame, this.region.scope)[0];
      if (field?.kind === 'field' && handlerFields.has(field.field)) this.binds(argumentOf(target), right);
    }
    const call = peel(right, this.frame);
    if (call.type !== 'call_expression') return;
    const name = text(childOf(call, 'function'), this.frame);
    const isOrdered = queueMakers.get(name);
    const queue = isOrdered === undefined ? undefined : this.thing(left, 'queue');
    if (queue) this.queues.push({ queue: queue.lockClass, isOrdered: isOrdered! });
    for (const { runs, handler } of bindingApi.get(name) ?? []) if (runs < 0) this.binds(left, argumentsOf(call)[handler]);
  }

  private binds(runs: Node | undefined, given: Node | undefined): void {
    const thing = given && this.thing(runs, 'thread');
    if (!thing) return;
    for (const f of this.x.functionsAt(given, this.frame, this.region.scope))
      if (f.kind === 'function') this.handlers.push({ thing: thing.lockClass, function: f.name });
  }

  /** What a wait is about; undefined where that cannot be told by its class. */
  private thing(node: Node | undefined, runner: Runner): LockRef | undefined {
    if (!node) return undefined;
    const { scope } = this.region;
    let at = peel(node, this.frame);
    // `flush_work(&port->later.work)`: a delayed work item is the item inside.
    if (at.type === 'field_expression' && text(childOf(at, 'field'), this.frame) === 'work') {
      const inside = argumentOf(at);
      if (/^struct (delayed_work|kthread_delayed_work|rcu_work)$/.test(this.x.typeOf(inside, this.frame, scope).name)) at = inside;
    }
    const ref = this.x.lockAt(at === peel(node, this.frame) ? node : at, this.frame, scope, 'mutex');
    const lockClass = ref.lockClass.replace(/ \(pointer\)$/, '');
    const isPointer = lockClass !== ref.lockClass;
    if (lockClass === '' || (isPointer && !pointedRunners.has(runner))) return undefined;
    return { ...ref, lockClass };
  }
}
