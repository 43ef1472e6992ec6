import type { LockKind, Step } from '../ir/program.ts';
import type { LockInstance } from './memory.ts';
import type { HeldInstance, Violation } from './operation.ts';

/** A documented order with the lock classes it is about. */
export interface OrderRule {
  readonly outer: string;
  readonly inner: string;
  /** The rule is about this mode of the inner lock alone: a read side. */
  readonly innerMode?: 'shared';
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

const spinning: ReadonlySet<LockKind> = new Set(['spinlock', 'rwlock', 'rcu', 'bit-lock', 'local-lock', 'seqlock']);

/** What is wrong about ending with locks held. */
export function endViolations(held: readonly HeldInstance[], locks: readonly LockInstance[]): readonly Violation[] {
  return held.slice(0, 1).map(({ lock }) => ({ property: 'exit', message: `the thread ends with ${locks[lock]!.name} held` }));
}

/** All that is wrong about a step before it is taken; `lock` is the instance that it is about, -1 for none. */
export function stepViolations(
  step: Step,
  lock: number,
  held: readonly HeldInstance[],
  locks: readonly LockInstance[],
  rules: readonly OrderRule[],
): readonly Violation[] {
  const name = locks[lock]?.name ?? '';
  switch (step.kind) {
    case 'acquire': {
      if (step.isTry) return [];
      const isOwn = held.some((h) => h.lock === lock && (h.mode === 'exclusive' || step.mode === 'exclusive'));
      const { kind } = locks[lock]!;
      const mayWait = kind === 'mutex' || kind === 'rwsem' || kind === 'semaphore';
      return [
        // A signal would end the wait.
        ...(isOwn && step.success === 'always' ? [{ property: 'deadlock', message: `${name} is taken by the thread that holds it` }] : []),
        ...orderViolations(step.lock.lockClass, held, rules),
        ...(mayWait ? sleepViolations(`taking ${name}`, held, locks) : []),
      ];
    }
    case 'release':
      if (held.some((h) => h.lock === lock && h.mode === step.mode)) return [];
      return [{ property: 'exit', message: `${name} is released by a thread that does not hold it` }];
    case 'sync': {
      const isOwn = held.some((h) => h.lock === lock);
      return [
        ...(isOwn ? [{ property: 'deadlock', message: `${step.name} waits for its own read side of ${name}` }] : []),
        ...sleepViolations(step.name, held, locks),
      ];
    }
    case 'wait':
      return sleepViolations('the wait', held, locks);
    case 'sleep':
      return sleepViolations(step.name, held, locks);
    default:
      return [];
  }
}

/** What a thread must not do while it may not sleep. */
function sleepViolations(what: string, held: readonly HeldInstance[], locks: readonly LockInstance[]): readonly Violation[] {
  const atomic = held.filter((h) => spinning.has(locks[h.lock]!.kind)).slice(0, 1);
  return atomic.map(({ lock }) => ({ property: 'atomic', message: `${what} may sleep, with ${locks[lock]!.name} held` }));
}

/** The documented orders that taking a lock breaks. */
function orderViolations(lockClass: string, held: readonly HeldInstance[], rules: readonly OrderRule[]): readonly Violation[] {
  return rules
    .filter(({ outer, inner, innerMode }) => {
      if (outer !== lockClass || held.some((h) => h.lockClass === outer)) return false;
      return held.some((h) => h.lockClass === inner && (innerMode === undefined || h.mode === innerMode));
    })
    .map(({ inner, file, line, text }) => ({
      property: 'order',
      message: `${lockClass} is taken inside ${inner}, documented outside it (${file}:${line}: ${text})`,
    }));
}
