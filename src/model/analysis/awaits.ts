import { ownQuestions } from '../ir/awaited-api.ts';
import {
  isUnknownLock,
  type Acquire,
  type Await,
  type Complete,
  type Handler,
  type LinkedFunction,
  type Program,
  type Step,
  type Sync,
} from '../ir/program.ts';
import { addTo, append } from '../source/multimap.ts';
import {
  arrivalsIn,
  configurationOf,
  enter,
  heldAt,
  isFresh,
  Passing,
  rootContext,
  type Arrival,
  type Context,
  type Contexts,
} from './contexts.ts';
import { asksContext } from './sleeps.ts';
import type { State } from './state.ts';
import type { Summaries } from './summaries.ts';

/** A wait for what runs elsewhere, or its end, with everything held there. */
export type Awaiting<S extends Await | Complete = Await> = Pick<
  Arrival,
  'lockClass' | 'mode' | 'isPrivate' | 'held' | 'config' | 'context'
> & {
  readonly step: S;
};

/** A wait for those who hold a lock, be it for the readers of an SRCU domain. */
type Blocking = Arrival & { readonly step: Acquire | Sync };

/** What a handler comes to by itself and by what it calls, by the shortest way each. */
export interface Handled {
  /** Waits for locks and for readers, by class. */
  readonly taken: ReadonlyMap<string, readonly Blocking[]>;
  readonly awaits: readonly Awaiting[];
}

/** Functions that are followed from one handler, and calls down to them. */
const functionLimit = 300;
const callLimit = 6;

/** Waits for code that runs elsewhere, and what that code comes to. */
export class Awaits {
  private readonly passing: Passing;
  private things: readonly Handler[] | undefined;
  private readonly handled = new Map<LinkedFunction, Handled>();

  constructor(
    private readonly program: Program,
    private readonly summaries: Summaries,
    private readonly contexts: Contexts,
  ) {
    this.passing = new Passing(program);
  }

  /** Waits with a lock held, the shortest way to each place with the same locks. */
  withLocks(): readonly Awaiting[] {
    return this.all((step): step is Await => step.kind === 'await').filter(
      ({ held, isPrivate, context, step }) => held.length > 0 && !isPrivate && !this.isAsked(context, step),
    );
  }

  /** Ends of waits for completions, by what is completed. */
  completions(): ReadonlyMap<string, readonly Awaiting<Complete>[]> {
    const byThing = new Map<string, Awaiting<Complete>[]>();
    for (const end of this.all((step): step is Complete => step.kind === 'complete')) append(byThing, end.lockClass, end);
    return byThing;
  }

  /** Functions that wait, by what they wait for. */
  waitingFor(): ReadonlyMap<string, ReadonlySet<LinkedFunction>> {
    const waiting = new Map<string, Set<LinkedFunction>>();
    for (const fn of this.program.functions)
      for (const step of fn.ir.steps) if (step.kind === 'await') addTo(waiting, step.thing.lockClass, fn);
    return waiting;
  }

  /** All that a function is said to run for. */
  thingsOf(handler: LinkedFunction): readonly string[] {
    this.things ??= this.program.functions.flatMap(({ ir }) => ir.handlers ?? []);
    return [...new Set(this.things.flatMap(({ thing, function: name }) => (name === handler.ir.name ? [thing] : [])))];
  }

  /** Whether calls lead from a function to one of some, whatever is known on the way. */
  comesTo(from: LinkedFunction, wanted: ReadonlySet<LinkedFunction>): boolean {
    let last: readonly LinkedFunction[] = [from];
    const seen = new Set(last);
    for (let calls = 0; last.length > 0 && calls <= callLimit && seen.size < functionLimit; calls++) {
      if (last.some((fn) => wanted.has(fn))) return true;
      const next: LinkedFunction[] = [];
      for (const fn of last)
        for (const callee of this.called(fn))
          if (!seen.has(callee)) {
            seen.add(callee);
            next.push(callee);
          }
      last = next;
    }
    return false;
  }

  private *called(fn: LinkedFunction): Iterable<LinkedFunction> {
    for (const step of fn.ir.steps) {
      if (step.kind !== 'call') continue;
      const targets = this.program.targets(step, fn);
      if (targets.length === 1 || targets[0]?.via === '')
        for (const target of targets) if (this.summaries.reaches(target.function)) yield target.function;
    }
  }

  /** What a function comes to that something else runs. */
  of(handler: LinkedFunction): Handled {
    let known = this.handled.get(handler);
    if (!known) this.handled.set(handler, (known = this.follow(handler)));
    return known;
  }

  private all<S extends Await | Complete>(isWanted: (step: Step) => step is S): readonly Awaiting<S>[] {
    const found = new Map<string, Awaiting<S>>();
    for (const fn of this.program.functions) {
      if (!fn.ir.steps.some(isWanted)) continue;
      for (const context of this.contexts.of(fn)) {
        for (const each of this.awaitingIn(context, isWanted)) {
          const turn = this.program.runners.turnOf(context.entry) ?? '';
          const key = `${fn.id}:${each.step.at.start}:${each.held.map((h) => h.lockClass).join()}:${turn}`;
          const known = found.get(key);
          if (!known || known.context.depth > context.depth) found.set(key, each);
        }
      }
    }
    return [...found.values()];
  }

  private *awaitingIn<S extends Await | Complete>(context: Context, isWanted: (step: Step) => step is S): Iterable<Awaiting<S>> {
    for (const [step, states] of this.summaries.flow(context.fn).points) {
      if (!isWanted(step)) continue;
      for (const state of states) {
        const entered = enter(context, state);
        if (!entered) continue;
        const { lockClass } = step.thing;
        const isPrivate = isFresh(step.thing, state, context);
        const config = configurationOf(entered.facts);
        yield { step, lockClass, mode: 'exclusive', isPrivate, held: entered.held, config, context };
      }
    }
  }

  /** Whether the code asks on the way whether it is itself what it would wait for. */
  private isAsked(context: Context, last: Step): boolean {
    let step = last;
    for (let c: Context | undefined = context; c; c = c.caller?.context) {
      const states = this.summaries.flow(c.fn).points.get(step) ?? [];
      if (states.some(({ facts }) => [...facts.keys()].some((key) => ownQuestions.test(key)))) return true;
      if (!c.caller) return false;
      step = c.caller.call;
    }
    return false;
  }

  private follow(handler: LinkedFunction): Handled {
    const taken = new Map<string, Blocking[]>();
    const awaits: Awaiting[] = [];
    const reached = new Set([handler]);
    const queue = this.summaries.reaches(handler) ? [rootContext(handler)] : [];
    for (const context of queue) {
      for (const arrival of arrivalsIn(context, this.summaries)) {
        if (!isBlocking(arrival) || arrival.isPrivate || isUnknownLock(arrival.lockClass)) continue;
        const states = this.summaries.flow(context.fn).points.get(arrival.step) ?? [];
        if (!states.some((state) => hasWhatItGivesBack(context, state))) continue;
        const known = taken.get(arrival.lockClass);
        if (!known) taken.set(arrival.lockClass, [arrival]);
        else if (!known.some(({ mode }) => mode === arrival.mode)) known.push(arrival);
      }
      for (const each of this.awaitingIn(context, (step): step is Await => step.kind === 'await'))
        if (!each.isPrivate && !this.isAsked(context, each.step)) awaits.push(each);
      if (context.depth < callLimit && reached.size < functionLimit) queue.push(...this.callees(context, reached));
    }
    return { taken, awaits };
  }

  private *callees(context: Context, reached: Set<LinkedFunction>): Iterable<Context> {
    for (const [step, states] of this.summaries.flow(context.fn).points) {
      if (step.kind !== 'call') continue;
      const targets = this.program.targets(
        step,
        context.fn,
        context.caller && { call: context.caller.call, by: context.caller.context.fn },
      );
      for (const target of targets) {
        if (reached.has(target.function) || !this.summaries.reaches(target.function) || (target.via !== '' && targets.length > 1)) continue;
        for (const state of states.filter((each) => hasWhatItGivesBack(context, each))) {
          const there = enter(context, state);
          const callee = there && !asksContext(there.facts) ? this.passing.into(target, context, state, step, there) : undefined;
          if (!callee) continue;
          reached.add(target.function);
          yield callee;
          break;
        }
      }
    }
  }
}

function isBlocking(arrival: Arrival): arrival is Blocking {
  return arrival.step.kind === 'sync' || (arrival.step.kind === 'acquire' && !arrival.step.isTry);
}

/** Whether the locks that a function has given back for its caller were held: what gives back a lock that is lent takes it again, and only then. */
function hasWhatItGivesBack(context: Context, state: State): boolean {
  const kept = heldAt(context, { ...state, held: [] }).length;
  return context.held.length - kept >= state.dropped.length;
}
