import { bindingApi, completeApi, handlerFields, pointedRunners, queueApi, waitApi, type Runner } from '../../ir/awaited-api.ts';
import { isSoftMode, timerModeApi } from '../../ir/interrupt-api.ts';
import type { FunctionIr, Handler, LockRef, TimerMode } from '../../ir/program.ts';
import { argumentOf, argumentsOf, peel, text } from './frame.ts';
import { Pointers } from './pointers.ts';
import { childOf, type Node } from './syntax.ts';

/** Waits for what runs elsewhere, and what tells which function runs there. */
export abstract class Elsewhere extends Pointers {
  readonly handlers: Handler[] = [];
  readonly modes: TimerMode[] = [];
  readonly queued: NonNullable<FunctionIr['queued']>[number][] = [];

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
    const queue = queueing && this.thing(args[queueing.queue], 'queue');
    const item = queue && this.thing(args[queueing.item], 'work');
    if (item) this.queued.push({ queue: queue.lockClass, item: item.lockClass });
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
