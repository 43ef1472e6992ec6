import type { Expression } from '../../ir/execution.ts';
import { lockApi, type LockOperation } from '../../ir/lock-api.ts';
import { one, operation, zero } from './builder.ts';
import type { LockKind } from '../../ir/program.ts';
import { lockTypes, type Type } from './types.ts';

/** What a primitive makes of the old value of its place and of its other arguments. */
type Formula = (old: Expression, a: Expression, b: Expression) => Expression;

/** An access of shared memory that is one step. */
export interface AccessOperation {
  readonly does: 'read' | 'write' | 'modify';
  /** Number of the argument that is the place. */
  readonly place: number;
  /** What the place is. Of any value, the other arguments and the result are of the type of the place. */
  readonly of: 'number' | 'completion' | 'any';
  /** How many arguments it takes. */
  readonly arguments: number;
  /** The value written. */
  readonly value: Formula;
  /** What the call gives back; nothing if absent. */
  readonly result?: Formula;
}

const accesses = new Map<string, AccessOperation>();

const ofAny = new Set('READ_ONCE smp_load_acquire WRITE_ONCE smp_store_release xchg cmpxchg'.split(' '));
const ofCompletions = new Set('complete complete_all reinit_completion'.split(' '));

function row(names: string, does: AccessOperation['does'], place: number, value: Formula, result?: Formula): void {
  const count = Math.max(1, value.length, result?.length ?? 0);
  for (const name of names.split(' ')) {
    const of = ofAny.has(name) ? 'any' : ofCompletions.has(name) ? 'completion' : 'number';
    accesses.set(name, { does, place, of, arguments: count, value, ...(result && { result }) });
  }
}

const same: Formula = (old) => old;
const plus = (a: Expression, b: Expression): Expression => operation('+', a, b);
const minus = (a: Expression, b: Expression): Expression => operation('-', a, b);
const bit = (n: Expression): Expression => operation('<<', one, n);
const withBit: Formula = (old, n) => operation('|', old, bit(n));
const withoutBit: Formula = (old, n) => operation('&', old, operation('~', bit(n)));
const hasBit: Formula = (old, n) => operation('!=', operation('&', old, bit(n)), zero);

// Documentation/atomic_t.txt, Documentation/atomic_bitops.txt
row('READ_ONCE atomic_read atomic_read_acquire refcount_read smp_load_acquire', 'read', 0, same, same);
row('test_bit', 'read', 1, same, hasBit);
row('WRITE_ONCE atomic_set atomic_set_release refcount_set smp_store_release', 'write', 0, (_, a) => a);
row('atomic_inc refcount_inc', 'modify', 0, (old) => plus(old, one));
row('atomic_dec refcount_dec', 'modify', 0, (old) => minus(old, one));
row(
  'atomic_inc_return',
  'modify',
  0,
  (old) => plus(old, one),
  (old) => plus(old, one),
);
row(
  'atomic_dec_return',
  'modify',
  0,
  (old) => minus(old, one),
  (old) => minus(old, one),
);
row(
  'atomic_dec_and_test refcount_dec_and_test',
  'modify',
  0,
  (old) => minus(old, one),
  (old) => operation('==', old, one),
);
row(
  'atomic_inc_not_zero refcount_inc_not_zero',
  'modify',
  0,
  (old) => plus(old, operation('!=', old, zero)),
  (old) => operation('!=', old, zero),
);
row('atomic_add', 'modify', 1, plus);
row('atomic_sub', 'modify', 1, minus);
row('atomic_fetch_add', 'modify', 1, plus, same);
row('atomic_or', 'modify', 1, (old, a) => operation('|', old, a));
row('atomic_and', 'modify', 1, (old, a) => operation('&', old, a));
row('atomic_andnot', 'modify', 1, (old, a) => operation('&', old, operation('~', a)));
row('xchg atomic_xchg', 'modify', 0, (_, a) => a, same);
row('cmpxchg atomic_cmpxchg', 'modify', 0, (old, a, b) => operation('?', operation('==', old, a), b, old), same);
row('set_bit', 'modify', 1, withBit);
row('clear_bit', 'modify', 1, withoutBit);
row('test_and_set_bit', 'modify', 1, withBit, hasBit);
row('test_and_clear_bit', 'modify', 1, withoutBit, hasBit);

/** A completion counts how often it was completed (Documentation/scheduler/completion.rst); this many is for good. */
const forAll: Expression = { kind: 'constant', value: 1 << 16 };
const isForAll = (done: Expression): Expression => operation('>=', done, forAll);
row('complete', 'modify', 0, (done) => operation('?', isForAll(done), done, plus(done, one)));
row('complete_all', 'write', 0, () => forAll);
row('reinit_completion', 'write', 0, () => zero);

/** What is left of a completion when one waiter went on. */
export function usedUp(done: Expression): Expression {
  return operation('?', isForAll(done), done, minus(done, one));
}

export const accessOperations: ReadonlyMap<string, AccessOperation> = accesses;

/** Sleeping until a condition holds (include/linux/wait.h). */
export const waits: ReadonlyMap<string, { readonly interruptible: boolean; readonly idle: boolean }> = new Map([
  ['wait_event', { interruptible: false, idle: false }],
  ['wait_event_interruptible', { interruptible: true, idle: false }],
  ['wait_event_killable', { interruptible: true, idle: false }],
  ['wait_event_idle', { interruptible: false, idle: true }],
]);

/** Waiting for a completion. */
export const completions: ReadonlyMap<string, { readonly interruptible: boolean }> = new Map([
  ['wait_for_completion', { interruptible: false }],
  ['wait_for_completion_interruptible', { interruptible: true }],
]);

const queue: Type = { kind: 'queue' };
const lock = (kind: LockKind): Type => ({ kind: 'lock', lock: kind });

/**
 * Without effect in a model, with what they take: a condition that holds wakes its waiters by itself, and steps are in one order
 * already.
 */
export const withoutEffect: ReadonlyMap<string, readonly Type[]> = new Map<string, readonly Type[]>([
  ...'wake_up wake_up_all wake_up_interruptible init_waitqueue_head'.split(' ').map((name): [string, Type[]] => [name, [queue]]),
  ...'smp_mb smp_rmb smp_wmb barrier cpu_relax'.split(' ').map((name): [string, Type[]] => [name, []]),
  ['mutex_init', [lock('mutex')]],
  ['spin_lock_init', [lock('spinlock')]],
  ['rwlock_init', [lock('rwlock')]],
  ['init_rwsem', [lock('rwsem')]],
  ['init_srcu_struct', [lock('srcu')]],
  ['init_completion', [{ kind: 'completion' }]],
]);

/** May sleep: no spinlock and no RCU read side may be held (Documentation/kernel-hacking/locking.rst). */
export const sleeping: ReadonlySet<string> = new Set(['might_sleep', 'schedule', 'msleep', 'cond_resched']);

/** Of the lock API, what a model cannot say: a lock type of its own, a release by another thread, a counter beside the lock. */
const beyondModels = /^(ww_mutex_.*|srcu_(down|up)_read|.*_non_owner|(atomic|refcount)_dec_and_.*lock.*)$/;
const lockKinds = new Set([...lockTypes.values(), 'rcu']);

/** Lock operations of models. */
export const lockOperations: ReadonlyMap<string, LockOperation> = new Map(
  [...lockApi].filter(([name, { kind, isHosted }]) => lockKinds.has(kind) && isHosted !== true && !beyondModels.test(name)),
);

/** What claims can be about; the other properties are the explorer's own. */
export const claimProperties: ReadonlySet<string> = new Set(['assert', 'torn', 'start']);

/** What the language has of its own. */
const ownFunctions: ReadonlySet<string> = new Set(
  'object objects parameter models scenario thread at_end unfinished assert choose any_of any_other option'.split(' '),
);

/** Every function a model may call without declaring it. */
export const primitives: ReadonlySet<string> = new Set([
  ...ownFunctions,
  ...lockOperations.keys(),
  ...accesses.keys(),
  ...waits.keys(),
  ...completions.keys(),
  ...withoutEffect.keys(),
  ...sleeping,
]);
