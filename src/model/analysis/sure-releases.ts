import type { Call, LinkedFunction, LockRef, Program } from '../ir/program.ts';
import { keyInCaller } from './flow.ts';
import { drops, lockKey } from './state.ts';
import type { Summaries } from './summaries.ts';

/** Functions in functions that give a lock back, followed at the most. */
const deepest = 3;

/** Whether a call gives this very lock back, whatever it runs and whatever way that is gone through: what it may give back it does not always. */
export function surelyGivesBack(call: Call, lock: LockRef, fn: LinkedFunction, program: Program, summaries: Summaries): boolean {
  const targets = program.targets(call, fn).map((target) => target.function);
  return targets.length > 0 && isOf(call, lock) && targets.every((target) => gives(target, call, lockKey(lock), deepest));

  function gives(callee: LinkedFunction, from: Call, key: string, deep: number): boolean {
    const given = summaries.flow(callee).outcomes.flatMap(({ released }) => released.filter((each) => keyInCaller(each.key, from) === key));
    return given.length > 0 && alwaysGives(callee, given[0]!.key, deep);
  }

  function alwaysGives(callee: LinkedFunction, key: string, deep: number): boolean {
    if (deep === 0 || callee.ir.steps.some((step) => step.kind === 'acquire' && lockKey(step.lock) === key)) return false;
    const { exits, isCut } = summaries.flow(callee);
    if (isCut || !exits.every(({ state }) => state.held.length === 0 && drops(state, key))) return false;
    return callee.ir.steps.some((step) => {
      if (step.kind === 'release') return lockKey(step.lock) === key;
      return step.kind === 'call' && program.targets(step, callee).some((target) => gives(target.function, step, key, deep - 1));
    });
  }
}

/** Whether a call is given this lock, or the object that it is in. */
function isOf(call: Call, lock: LockRef): boolean {
  if (lock.lockClass === lock.place) return true;
  return call.arguments.some((argument) =>
    argument.lock ? isAt(argument.lock, lock) : lock.root !== '' && argument.variable === lock.root,
  );
}

/** Whether two names of one class mean the same lock. */
export function isAt(a: LockRef, b: LockRef): boolean {
  return lockKey(a) === lockKey(b) && (a.place === b.place || a.lockClass === a.place);
}
