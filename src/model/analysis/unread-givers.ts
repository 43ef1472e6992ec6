import type { Block, Call, FunctionIr, LinkedFunction, LockRef, Step } from '../ir/program.ts';
import { exitValues, flowOf, outcomesOf, type Effects, type Flow, type ValuedExit } from './flow.ts';
import { isRelease } from './since.ts';
import { holds, lockKey } from './state.ts';

/** Whether a call is given a lock or the object that it is in; one that is in none, as a read side, everybody may give back. */
export function isGiven({ arguments: passed }: Call, { root, place, lockClass }: LockRef): boolean {
  return lockClass === place || passed.some(({ lock, variable }) => lock?.place === place || (root !== '' && variable === root));
}

/** Without such locks, by what was taken away: callers are compared by what they are told. */
const known = new WeakMap<Flow, { readonly keys: string; readonly flow: Flow }>();

/**
 * What a function does for its callers, where what it calls through a pointer was not read: a lock that it gives back itself on other
 * ways, with the same result, and leaves held only behind such a call, is given back by that.
 */
export function withoutGivenUnread(fn: LinkedFunction, flow: Flow, effects: Effects, isUnread: (call: Call) => boolean): Flow {
  const acquired = flow.outcomes.flatMap((outcome) => outcome.acquired);
  if (acquired.length === 0 || flow.outcomes.length < 2 || flow.isCut) return flow;
  const calls = fn.ir.steps.filter((step): step is Call => step.kind === 'call' && step.pointer !== undefined && isUnread(step));
  if (calls.length === 0) return flow;
  const exits = valued(fn.ir, flow);
  const given = new Set<string>();
  for (const { lock } of acquired) {
    const key = lockKey(lock);
    const givers = new Set<Step>(calls.filter((call) => isGiven(call, lock)));
    if (!given.has(key) && isSilent(key, exits) && isGivenBy(givers, key, fn.ir, effects)) given.add(key);
  }
  if (given.size === 0) return flow;
  const keys = [...given].join('\0');
  let told = known.get(flow);
  if (told?.keys !== keys) {
    const left = exits.map((exit) => ({
      ...exit,
      state: { ...exit.state, held: exit.state.held.filter(({ lock }) => !given.has(lockKey(lock))) },
    }));
    known.set(flow, (told = { keys, flow: { ...flow, outcomes: outcomesOf(left) } }));
  }
  return told.flow;
}

function valued({ blocks }: FunctionIr, { exits }: Flow): readonly ValuedExit[] {
  const returns = new Map(blocks.flatMap(({ returns: end }) => (end ? [[end.at, end] as const] : [])));
  return exits.map(({ at, state }) => ({ state, values: exitValues(state, returns.get(at)!) }));
}

/** Whether the result does not tell if the lock is held. */
function isSilent(key: string, exits: readonly ValuedExit[]): boolean {
  const values = { held: 0, given: 0 };
  for (const exit of exits) values[holds(exit.state, key) ? 'held' : 'given'] |= exit.values;
  return (values.held & values.given) !== 0;
}

/** Whether nothing but ways by these calls leave the lock held, and it is given back on others. */
function isGivenBy(calls: ReadonlySet<Step>, key: string, ir: FunctionIr, effects: Effects): boolean {
  if (calls.size === 0) return false;
  const gives = ({ steps }: Block): boolean => steps.some((step) => isRelease(step, key, effects));
  if (!ir.blocks.some(gives)) return false;
  const around = ir.blocks.map((block, at) => {
    const isLast = block.steps.some((step) => calls.has(step)) && !behind(ir, at).some(gives);
    return isLast ? { ...block, next: [], returns: undefined } : block;
  });
  const { exits, isCut } = flowOf({ ...ir, blocks: around }, effects);
  return !isCut && !exits.some(({ state }) => holds(state, key));
}

/** Blocks that one leads to. */
function behind({ blocks }: FunctionIr, from: number): readonly Block[] {
  const seen = new Set(blocks[from]!.next.map(({ to }) => to));
  for (const at of seen) for (const { to } of blocks[at]!.next) seen.add(to);
  return [...seen].map((at) => blocks[at]!);
}
