import {
  ANY,
  POSITIVE,
  type Block,
  type Call,
  type Edge,
  type FunctionIr,
  type LinkedFunction,
  type Program,
  type Step,
} from '../ir/program.ts';
import { apply, exitValues, keyInCaller, net, type Effect, type Effects, type Outcome } from './flow.ts';
import { drops, emptyState, holds, lockKey, type Held, type State } from './state.ts';
import type { Summaries } from './summaries.ts';
import { waysThrough } from './ways.ts';

/** What follows the step that takes a lock, for questions that need each way by itself and not what data flow has joined. */
export interface Since {
  /** The function from behind that step on. */
  readonly rest: FunctionIr;
  /** States there, one for each way to it. */
  readonly starts: readonly State[];
  /** Calls give the lock back wherever they may. */
  readonly effects: Effects;
  /** The step itself, where what a loop takes there next is another lock. */
  readonly again?: Step;
  isRelease(step: Step): boolean;
  /** Whether a call that may give the lock back may as well keep it, and its result does not tell which. */
  mayKeep(step: Step): boolean;
}

/**
 * Undefined where there are too many ways, and where it cannot be told which of several locks of a class is given back. `isOnce`: of a step in
 * a loop only what follows the first time, until it is come to again.
 */
export function since(fn: LinkedFunction, held: Held, program: Program, summaries: Summaries, isOnce = false): Since | undefined {
  const key = lockKey(held.lock);
  if (takesTwo(fn, held, program, summaries)) return undefined;
  const effects = releasing(fn, key, program, summaries);
  const starts = statesBehind(fn.ir, held, effects, isOnce);
  if (!starts) return undefined;
  return {
    rest: isOnce ? endingAt(startingBehind(fn.ir, held.step), held.step) : startingBehind(fn.ir, held.step),
    starts,
    effects,
    isRelease: (step) => isRelease(step, key, effects),
    mayKeep: (step) => step.kind === 'call' && mayKeep(step, fn, key, { program, summaries }),
  };
}

/** What calls do, where one that may give a lock back does so: through a pointer, by a function that is passed, in some configuration. */
function releasing(fn: LinkedFunction, key: string, program: Program, summaries: Summaries): Effects {
  const effects = summaries.effects(fn);
  const known = new Map<Call, ReturnType<Effects>>();
  return (call) => {
    let found = known.get(call);
    if (!found) known.set(call, (found = effectsOf(call)));
    return found;
  };

  function effectsOf(call: Call): ReturnType<Effects> {
    const targets = program.targets(call, fn).map((target) => target.function);
    const effectOf = (callee: LinkedFunction): Effect => ({ ir: callee.ir, outcomes: summaries.flow(callee).outcomes });
    const noted = targets.filter(
      ({ ir: { notes } }) => notes.some(({ does }) => does === 'release') && !notes.some(({ does }) => does === 'acquire'),
    );
    const giving = [
      ...targets.map(effectOf).filter(({ outcomes }) => givesBack(outcomes, key, call)),
      ...program
        .passedIn(call, fn)
        .map(effectOf)
        .filter(({ outcomes }) => givesBack(outcomes, key, undefined)),
      ...noted.map(({ ir }): Effect => ({
        ir,
        outcomes: [{ acquired: [], released: [{ key, mode: 'exclusive', kind: 'mutex' }], values: ANY }],
      })),
    ];
    return giving.length === 0 ? effects(call) : giving;
  }
}

/** Whether a lock of the caller's may be given back, be it one that is passed. */
function givesBack(outcomes: readonly Pick<Outcome, 'released'>[], key: string, call: Call | undefined): boolean {
  return outcomes.some(({ released }) => released.some((lock) => keyInCaller(lock.key, call) === key));
}

/** An outcome has what is given back on any way: here each way out counts by itself, and so it does in what is called further down. */
function mayKeep(call: Call, fn: LinkedFunction, key: string, known: Known): boolean {
  const { program, summaries, seen = new Set() } = known;
  const passed = call.arguments.findIndex(({ lock }) => lock && lockKey(lock) === key);
  const own = passed < 0 ? key : `@${passed}`;
  return program.targets(call, fn).some(({ function: callee }) => {
    if (seen.has(callee)) return false;
    seen.add(callee);
    if (mayReturnEither(callee, own, summaries)) return true;
    const effects = summaries.effects(callee);
    const giving = callee.ir.steps.flatMap((step) => (step.kind === 'call' && isRelease(step, own, effects) ? [step] : []));
    return giving.some((step) => mayKeep(step, callee, own, { ...known, seen }));
  });
}

interface Known {
  readonly program: Program;
  readonly summaries: Summaries;
  readonly seen?: Set<LinkedFunction>;
}

/** Whether a function gives a lock of its caller's back on some ways out and keeps it on others, with the same result. */
function mayReturnEither(fn: LinkedFunction, key: string, summaries: Summaries): boolean {
  const returns = new Map(fn.ir.blocks.flatMap(({ returns: end }) => (end ? [[end.at, end] as const] : [])));
  const values = { giving: 0, keeping: 0 };
  for (const { at, state } of summaries.flow(fn).exits) {
    const end = returns.get(at);
    values[givesBack([net(state)], key, undefined) ? 'giving' : 'keeping'] |= end ? exitValues(state, end) : ANY;
  }
  return (values.giving & values.keeping) !== 0;
}

/** States right behind the step that takes a lock, on each way to it; undefined where it cannot be told which of a class is given back. */
function statesBehind(ir: FunctionIr, { step, lock, inside }: Held, effects: Effects, isOnce: boolean): readonly State[] | undefined {
  const key = lockKey(lock);
  const ways = waysThrough(
    ir,
    { ...emptyState, facts: new Map(ir.conditions.map((c) => [c.key, c.values])) },
    effects,
    (place) => place === step,
    true,
  );
  if (ways.isCut) return undefined;
  const states: State[] = [];
  for (const { state } of ways.to(step)) {
    // A lock of the caller's that was given back for a while is taken again.
    if (drops(state, key) || holds(state, key)) {
      if (!isOnce) return undefined;
      continue;
    }
    for (const after of apply(step, state, effects)) {
      if (!after.held.some((held) => held.step === step)) continue;
      const facts = new Map(after.facts);
      // An object whose lock was taken is there.
      if (lock.root !== '' && lock.place.startsWith(`${lock.root}->`)) facts.set(lock.root, POSITIVE);
      if (step.kind === 'call' && inside?.ir.returns === 'pointer') facts.set(step.result, POSITIVE);
      states.push({ ...after, facts });
    }
  }
  return states;
}

/** Whether a step gives a lock of the function's back, or may. */
export function isRelease(step: Step, key: string, effects: Effects): boolean {
  if (step.kind === 'release') return lockKey(step.lock) === key;
  return step.kind === 'call' && effects(step).some(({ outcomes }) => givesBack(outcomes, key, step));
}

/** The rest of a function, behind one of its steps. */
export function startingBehind(ir: FunctionIr, step: Step): FunctionIr {
  const moved = ir.blocks.map((block): Block => ({ ...block, next: block.next.map((edge): Edge => ({ ...edge, to: edge.to + 1 })) }));
  const own = moved.find(({ steps }) => steps.includes(step));
  if (!own) return { ...ir, blocks: [] };
  return { ...ir, blocks: [{ ...own, steps: own.steps.slice(own.steps.indexOf(step) + 1) }, ...moved] };
}

/** A function that ends where it comes to a step, with another one if any is given. */
export function endingAt(ir: FunctionIr, step: Step, ...end: readonly Step[]): FunctionIr {
  const cut = (block: Block): Block => ({ steps: [...block.steps.slice(0, block.steps.indexOf(step)), ...end], next: [] });
  return { ...ir, blocks: ir.blocks.map((block) => (block.steps.includes(step) ? cut(block) : block)) };
}

/** What is called takes two locks of the class: which of them are given back cannot be told. */
export function takesTwo(fn: LinkedFunction, { step, inside }: Held, program: Program, summaries: Pick<Summaries, 'flow'>): boolean {
  const callee = step.kind === 'call' ? program.targets(step, fn).find((target) => target.function.ir === inside?.ir)?.function : undefined;
  const key = inside && lockKey(inside.held.lock);
  return (
    callee !== undefined &&
    summaries.flow(callee).exits.some(({ state }) => state.held.filter(({ lock }) => lockKey(lock) === key).length > 1)
  );
}
