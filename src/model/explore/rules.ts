import type { LockKind } from '../ir/program.ts';
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

/** What a thread must not do while it may not sleep. */
export function sleepViolation(
  what: string,
  held: readonly HeldInstance[],
  kindOf: (lock: number) => LockKind,
  nameOf: (lock: number) => string,
): Violation | undefined {
  const atomic = held.find((h) => spinning.has(kindOf(h.lock)));
  return atomic && { property: 'atomic', message: `${what} may sleep, with ${nameOf(atomic.lock)} held` };
}

/** The documented order that taking a lock breaks. */
export function orderViolation(lockClass: string, held: readonly HeldInstance[], rules: readonly OrderRule[]): Violation | undefined {
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
