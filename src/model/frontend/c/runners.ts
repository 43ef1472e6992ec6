import { declaringApi, orderedQueues } from '../../ir/awaited-api.ts';
import type { FunctionIr, Handler, LinkedFunction } from '../../ir/program.ts';
import { addTo } from '../../source/multimap.ts';
import type { Expressions } from './expressions.ts';
import type { SourceFile } from './file-cache.ts';
import type { Item } from './scan.ts';

/** What runs for work items, timers and the like, by their classes. */
export class Runners {
  private readonly handlers = new Map<string, Set<LinkedFunction>>();
  /** Of high-resolution timers, whether they always run in a softirq. */
  private readonly areSoft = new Map<string, boolean>();
  private readonly thingsOf = new Map<LinkedFunction, Set<string>>();
  private readonly queued = new Map<string, Set<string>>();
  private readonly queuesOf = new Map<string, Set<string>>();
  /** Of queues, whether their items run one at a time, wherever they are made. */
  private readonly ordered = new Map([...orderedQueues].map((queue) => [queue, true]));
  private readonly turns = new Map<LinkedFunction, string | undefined>();
  private readonly bound: { readonly handler: Handler; readonly file: SourceFile }[] = [];

  /** What a function says. */
  add({ handlers = [], modes = [], queued = [], queues = [] }: FunctionIr, file: SourceFile): void {
    this.bind(handlers, file);
    for (const { thing, isSoft } of modes) this.areSoft.set(thing, isSoft && this.areSoft.get(thing) !== false);
    for (const { queue, item } of queued) {
      addTo(this.queued, queue, item);
      addTo(this.queuesOf, item, queue);
    }
    for (const { queue, isOrdered } of queues) this.ordered.set(queue, isOrdered && this.ordered.get(queue) !== false);
  }

  bind(handlers: readonly Handler[], file: SourceFile): void {
    for (const handler of handlers) this.bound.push({ handler, file });
  }

  /** Finds the functions behind the names, once all of them are there. */
  finish(named: (name: string, from: string) => readonly LinkedFunction[]): void {
    for (const { handler, file } of this.bound)
      for (const fn of named(handler.function, file.path)) {
        addTo(this.handlers, handler.thing, fn);
        addTo(this.thingsOf, fn, handler.thing);
      }
  }

  /** Whether all timers that run a function are set up to do so in a softirq. */
  isSoft(fn: LinkedFunction): boolean {
    const things = [...(this.thingsOf.get(fn) ?? [])];
    return things.length > 0 && things.every((thing) => this.areSoft.get(thing) === true);
  }

  handlersOf(thing: string): readonly LinkedFunction[] {
    return [...(this.handlers.get(thing) ?? [])].sort((a, b) => a.id - b.id);
  }

  queuedOn(queue: string): readonly string[] {
    return [...(this.queued.get(queue) ?? [])].sort();
  }

  turnOf(fn: LinkedFunction): string | undefined {
    if (!this.turns.has(fn)) this.turns.set(fn, this.findTurn(fn));
    return this.turns.get(fn);
  }

  private findTurn(fn: LinkedFunction): string | undefined {
    const things = [...(this.thingsOf.get(fn) ?? [])];
    const queues = new Set(things.flatMap((thing) => [...(this.queuesOf.get(thing) ?? [''])]));
    const [only] = queues;
    return queues.size === 1 && this.ordered.get(only!) === true ? only : undefined;
  }
}

/** `DECLARE_WORK(name, function);` at the top level says what the name runs. */
export function declaredHandlers(file: SourceFile, { name: macro, body, end }: Item, x: Expressions): readonly Handler[] {
  if (!declaringApi.has(macro)) return [];
  const [, name, called] = /^\(\s*(\w+)\s*,\s*(\w+)/.exec(file.text.slice(body, end)) ?? [];
  return name === undefined ? [] : [{ thing: x.globalName(name, file.path), function: called! }];
}
