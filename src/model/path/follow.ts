import { enter, isSubset, Passing, rootContext, type Context, type HeldLock } from '../analysis/contexts.ts';
import type { Summaries } from '../analysis/summaries.ts';
import type { State } from '../analysis/state.ts';
import type { Call, CallTarget, LinkedFunction, Program } from '../ir/program.ts';
import type { Chain } from './callers.ts';
import { waysThrough, type Reached, type Ways } from './ways.ts';

/** A function on a way, as it is entered there. */
export interface Stage {
  readonly context: Context;
  /** The call by which it is entered, and the way through the caller that leads to it. */
  readonly from?: { readonly stage: Stage; readonly call: Call; readonly target: CallTarget; readonly way: Reached };
  /** Lock operations before it. */
  readonly operations: number;
}

/** Ways into the last function of a chain that are kept, by what is held. */
const stageLimit = 12;

/** Follows chains of functions from their entries, through ways that each of the functions really has. */
export class Follower {
  private readonly prefixes = new Map<string, readonly Stage[]>();
  private readonly ways = new Map<Stage, Ways>();
  private readonly passing = new Passing();
  /** Functions with more ways through them than are followed. */
  readonly cut = new Set<LinkedFunction>();

  constructor(
    private readonly program: Program,
    private readonly summaries: Summaries,
    private readonly step: () => void,
  ) {}

  /** Ways into the last function; those with the most held first, then those with the fewest operations. */
  follow(chain: Chain): readonly Stage[] {
    const key = chain.map((fn) => fn.id).join('>');
    let stages = this.prefixes.get(key);
    if (!stages) this.prefixes.set(key, (stages = this.into(chain)));
    return stages;
  }

  /** Ways through the function of a stage. */
  through(stage: Stage): Ways {
    let ways = this.ways.get(stage);
    if (ways) return ways;
    this.step();
    const { fn, facts } = stage.context;
    this.ways.set(stage, (ways = waysThrough(fn.ir, facts, this.summaries.effects(fn))));
    if (ways.isCut) this.cut.add(fn);
    return ways;
  }

  /** Locks held at a state of a stage's function. */
  held(stage: Stage, state: State): readonly HeldLock[] {
    return enter({ ...stage.context, facts: new Map<string, number>() }, state)?.held ?? [];
  }

  /** How a call enters a function from a state of the caller. */
  enter(caller: Context, state: State, call: Call, target: CallTarget): Context | undefined {
    // What the caller's way knows is in its state: a parameter that got a new value since is no longer what was passed.
    const context = { ...caller, facts: new Map<string, number>() };
    const there = enter(context, state);
    return there && this.passing.into(target, context, state, call, there);
  }

  private into(chain: Chain): readonly Stage[] {
    const fn = chain[chain.length - 1]!;
    if (chain.length === 1) return [{ context: rootContext(fn), operations: 0 }];
    const stages: Stage[] = [];
    for (const stage of this.follow(chain.slice(0, -1))) {
      for (const { call, target } of this.callsTo(fn, stage)) {
        for (const way of this.through(stage).to(call)) {
          const context = this.enter(stage.context, way.state, call, target);
          if (context)
            stages.push({ context, from: { stage, call, target, way }, operations: stage.operations + (way.trail?.length ?? 0) });
        }
      }
    }
    stages.sort((a, b) => b.context.held.length - a.context.held.length || a.operations - b.operations);
    const kept: Stage[] = [];
    for (const stage of stages) if (!kept.some((other) => covers(other.context, stage.context))) kept.push(stage);
    if (kept.length > stageLimit) this.cut.add(fn);
    return kept.slice(0, stageLimit);
  }

  private callsTo(fn: LinkedFunction, { context, from }: Stage): readonly { call: Call; target: CallTarget }[] {
    const entered = from && { call: from.call, by: from.stage.context.fn };
    return context.fn.ir.steps.flatMap((call) => {
      if (call.kind !== 'call') return [];
      const target = this.program.targets(call, context.fn, entered).find((each) => each.function === fn);
      return target ? [{ call, target }] : [];
    });
  }
}

/** Whether a way in makes another one superfluous: the same locks are held, and it assumes no more. */
function covers(a: Context, b: Context): boolean {
  return lockText(a) === lockText(b) && isSubset(a.facts, b.facts);
}

function lockText({ held, bound, fresh }: Context): string {
  const locks = held.map((h) => `${h.lockClass}:${h.mode}${h.isPrivate ? 'p' : ''}`);
  return [...locks, '', ...[...bound].map(([index, lock]) => `${index}=${lock.lockClass}`), '', ...fresh].join();
}
