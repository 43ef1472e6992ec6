import { configurationOf, enter, isSubset, Passing, rootContext, type Context, type HeldLock } from '../analysis/contexts.ts';
import type { Summaries } from '../analysis/summaries.ts';
import { emptyState, type State } from '../analysis/state.ts';
import { isConfigurationKey, type Call, type CallTarget, type LinkedFunction, type Program } from '../ir/program.ts';
import type { Chain } from './callers.ts';
import { waysThrough, type Place, type Reached, type Ways } from '../analysis/ways.ts';

/** A function on a way, as it is entered there. */
export interface Stage {
  readonly context: Context;
  /** The call by which it is entered, and the way through the caller that leads to it. */
  readonly from?: { readonly stage: Stage; readonly call: Call; readonly target: CallTarget; readonly way: Reached };
  /** Lock operations before it. */
  readonly operations: number;
}

/** Ways into the last function of a chain that are kept, by what is held; and of those with the same locks, by other facts. */
const stageLimit = 12;
const factLimit = 3;
/** Blocks gone through in all functions together. */
const visitLimit = 200_000;

/** Follows chains of functions from their entries, through ways that each of the functions really has. */
export class Follower {
  private readonly prefixes = new Map<string, readonly Stage[]>();
  private readonly ways = new Map<string, Ways>();
  private readonly tested = new Map<LinkedFunction, ReadonlySet<string>>();
  private readonly passing: Passing;
  private visits = 0;
  /** Functions with more ways through them than are followed. */
  readonly cut = new Set<LinkedFunction>();

  constructor(
    private readonly program: Program,
    private readonly summaries: Summaries,
    /** The function that all chains lead to. */
    private readonly last: LinkedFunction,
    /** Without it, conditions on values are taken for granted. */
    private readonly isStrict: boolean,
    private readonly step: () => void,
  ) {
    this.passing = new Passing(program);
  }

  /** There is more to follow than is followed. */
  get isExhausted(): boolean {
    return this.visits > visitLimit;
  }

  /** Ways into the last function; those with the most held first, then those with the fewest operations. */
  follow(chain: Chain): readonly Stage[] {
    const key = chain.map((fn) => fn.id).join('>');
    let stages = this.prefixes.get(key);
    if (!stages) this.prefixes.set(key, (stages = this.into(chain)));
    return stages;
  }

  /** Ways through the function of a stage: to its calls, and to every place of the last function. */
  through({ context: { fn, facts } }: Stage): Ways {
    const tested = this.testedIn(fn);
    const known = new Map(
      (this.isStrict ? [...facts] : []).filter(([key]) => !isConfigurationKey(key) || tested.has(key)).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    const key = `${fn.id}:${JSON.stringify([...known])}`;
    let ways = this.ways.get(key);
    if (ways) return ways;
    this.step();
    const isWanted = (place: Place): boolean => fn === this.last || ('kind' in place && place.kind === 'call');
    this.ways.set(key, (ways = waysThrough(fn.ir, { ...emptyState, facts: known }, this.summaries.effects(fn), isWanted, this.isStrict)));
    this.visits += ways.visits;
    if (ways.isCut) this.cut.add(fn);
    return ways;
  }

  /** What the branches of a function ask for: configuration that it does not test makes no other ways through it. */
  private testedIn(fn: LinkedFunction): ReadonlySet<string> {
    let tested = this.tested.get(fn);
    if (!tested) {
      tested = new Set(fn.ir.blocks.flatMap(({ next }) => next.flatMap(({ conditions }) => conditions.map(({ key }) => key))));
      this.tested.set(fn, tested);
    }
    return tested;
  }

  /** Locks held at a state of a stage's function. */
  held(stage: Stage, state: State): readonly HeldLock[] {
    return enter({ ...stage.context, facts: new Map<string, number>() }, state)?.held ?? [];
  }

  /** How a call enters a function from a state of the caller. */
  enter(caller: Context, state: State, call: Call, target: CallTarget): Context | undefined {
    // What the caller's way knows is in its state, but for configuration: a parameter may have got a new value since it was passed.
    const context = { ...caller, facts: this.isStrict ? configurationOf(caller.facts) : new Map<string, number>() };
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
    const counts = new Map<string, number>();
    for (const stage of stages) {
      const locks = lockText(stage.context);
      const count = counts.get(locks) ?? 0;
      if (count >= factLimit || kept.some((other) => covers(other.context, stage.context))) continue;
      counts.set(locks, count + 1);
      kept.push(stage);
    }
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

/** What is held and passed: locks, objects that nobody else can reach, functions. */
function lockText({ held, bound, fresh, caller }: Context): string {
  const locks = held.map((h) => `${h.lockClass}:${h.mode}${h.isPrivate ? 'p' : ''}`);
  const functions = caller?.call.arguments.map((argument) => argument.functions) ?? [];
  return JSON.stringify([locks, [...bound].map(([index, lock]) => [index, lock.lockClass]), [...fresh], functions]);
}
