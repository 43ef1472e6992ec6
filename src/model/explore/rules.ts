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
export function endViolation(held: readonly HeldInstance[], locks: readonly LockInstance[]): Violation | undefined {
  const kept = held[0];
  return kept && { property: 'exit', message: `the thread ends with ${locks[kept.lock]!.name} held` };
}

/** What is wrong about a step before it is taken; `lock` is the instance that it is about, -1 for none. */
export function stepViolation(
  step: Step,
  lock: number,
  held: readonly HeldInstance[],
  locks: readonly LockInstance[],
  rules: readonly OrderRule[],
): Violation | undefined {
  const name = locks[lock]?.name ?? '';
  switch (step.kind) {
    case 'acquire': {
      if (step.isTry) return undefined;
      const own = held.some((h) => h.lock === lock && (h.mode === 'exclusive' || step.mode === 'exclusive'));
      if (own) return { property: 'deadlock', message: `${name} is taken by the thread that holds it` };
      const kind = locks[lock]!.kind;
      const mayWait = kind === 'mutex' || kind === 'rwsem' || kind === 'semaphore';
      return orderViolation(step.lock.lockClass, held, rules) ?? (mayWait ? sleepViolation(`taking ${name}`, held, locks) : undefined);
    }
    case 'release':
      if (held.some((h) => h.lock === lock && h.mode === step.mode)) return undefined;
      return { property: 'exit', message: `${name} is released by a thread that does not hold it` };
    case 'sync':
      if (held.some((h) => h.lock === lock))
        return { property: 'deadlock', message: `${step.name} waits for its own read side of ${name}` };
      return sleepViolation(step.name, held, locks);
    case 'wait':
      return sleepViolation('the wait', held, locks);
    case 'sleep':
      return sleepViolation(step.name, held, locks);
    default:
      return undefined;
  }
}

/** What a thread must not do while it may not sleep. */
function sleepViolation(what: string, held: readonly HeldInstance[], locks: readonly LockInstance[]): Violation | undefined {
  const atomic = held.find((h) => spinning.has(locks[h.lock]!.kind));
  return atomic && { property: 'atomic', message: `${what} may sleep, with ${locks[atomic.lock]!.name} held` };
}

/** The documented order that taking a lock breaks. */
function orderViolation(lockClass: string, held: readonly HeldInstance[], rules: readonly OrderRule[]): Violation | undefined {
  for (const rule of rules) {
    if (rule.outer !== lockClass || held.some((h) => h.lockClass === rule.outer)) continue;
    const inner = held.find((h) => h.lockClass === rule.inner && (rule.innerMode === undefined || h.mode === rule.innerMode));
    if (inner)
      return {
        property: 'order',
        message: `${lockClass} is taken inside ${rule.inner}, documented outside it (${rule.file}:${rule.line}: ${rule.text})`,
      };
  }
  return undefined;
}
