import type { LockPath, PathLock, PathStep } from '../path/lock-path.ts';
import type { Action, Lane, Sequence, SequenceStep } from './sequence.ts';

/** A path as a diagram shows it: a lane for each function in the order they are entered, and one for each lock. */
export function sequenceOf(path: LockPath): Sequence {
  const locks = [...new Set(path.steps.flatMap(({ lock }) => (lock ? [lock.lockClass] : [])))];
  const lanes = [
    ...path.functions.map(({ name }): Lane => ({ name, kind: 'function', group: '' })),
    ...locks.map((name): Lane => ({ name, kind: 'lock', group: 'locks' })),
  ];
  const laneOf = (lock: PathLock): number => path.functions.length + locks.indexOf(lock.lockClass);
  return { title: titleOf(path), summary: summaryOf(path), lanes, steps: path.steps.map((step) => stepOf(step, path, laneOf)) };
}

/** `kvm_sbi_hsm_vcpu_start from kvm_vcpu_ioctl`. */
export function titleOf({ functions }: LockPath): string {
  const way = functions.filter((fn) => !fn.isAside);
  const entry = way[0]?.name ?? '';
  return way.length === 1 ? entry : `${way[way.length - 1]!.name} from ${entry}`;
}

function summaryOf({ functions, steps, config }: LockPath): string {
  const calls = functions.filter((fn) => !fn.isAside).length - 1;
  const held = steps[steps.length - 1]?.held.map(({ lockClass }) => lockClass) ?? [];
  const breaking = steps.filter(({ breaks }) => breaks.length > 0);
  const orders = new Set(breaking.flatMap(({ breaks }) => breaks.map(orderText))).size;
  const parts = [
    `${calls === 1 ? '1 call' : `${calls} calls`} from the entry`,
    held.length > 0 ? `held at the end: ${held.join(', ')}` : 'nothing is held at the end',
    ...(orders > 0 ? [`${breaking.length === 1 ? '1 step breaks' : `${breaking.length} steps break`} ${ordersText(orders)}`] : []),
    ...(config.length > 0 ? [`needs ${config.join(', ')}`] : []),
  ];
  return `${parts.join('; ')}.`;
}

function stepOf(step: PathStep, { functions }: LockPath, laneOf: (lock: PathLock) => number): SequenceStep {
  const { at, lock, callee, via, text } = step;
  const to = lock ? laneOf(lock) : callee;
  return {
    lane: step.function,
    ...(to !== undefined && { to }),
    action: actionOf(step),
    text,
    ...(lock && { object: lock.lockClass, mode: lock.mode }),
    functions: step.functions.map((number) => functions[number]!.name),
    held: step.held.map(({ lockClass }) => lockClass),
    changed: {},
    waiting: [],
    ...(via !== undefined && { via }),
    ...(step.breaks.length > 0 && { mark: 'order' as const, note: [...new Set(step.breaks.map(orderText))].join('; ') }),
    // An entry that no pointer leads to is shown where the function begins.
    source: { path: at.file, line: at.line, isOperation: step.kind !== 'entry' || via !== undefined },
  };
}

function ordersText(count: number): string {
  return count === 1 ? 'a documented order' : `${count} documented orders`;
}

function orderText({ text, file, line }: PathStep['breaks'][number]): string {
  return `${text} (${file}:${line})`;
}

function actionOf({ kind, lock }: PathStep): Action {
  switch (kind) {
    case 'acquire':
      return lock?.isReadSide === true ? 'enter' : 'acquire';
    case 'release':
      return lock?.isReadSide === true ? 'leave' : 'release';
    case 'wait':
      return 'synchronize';
    case 'call':
      return 'call';
    case 'entry':
    case 'reach':
      return 'other';
  }
}
