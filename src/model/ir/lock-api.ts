import type { Interrupts, LockKind, Mode, Success, Toggle, Wait } from './program.ts';

/**
 * What each function of the kernel's locking API does, as data (include/linux/{mutex,spinlock,rwlock,rwsem,srcu,rcupdate,
 * semaphore,seqlock,local_lock,bit_spinlock,percpu-rwsem,ww_mutex}.h), and of that for threads of user space (pthread.h, semaphore.h, threads.h).
 */
export interface LockOperation {
  readonly does: 'acquire' | 'release' | 'sync';
  readonly kind: LockKind;
  readonly mode: Mode;
  readonly success: Success;
  readonly isTry: boolean;
  /** Number of the argument that is the lock; -1 when there is none and `lockClass` names it. */
  readonly argument: number;
  readonly lockClass: string;
  /** Number of the argument that is a `_nested` subclass; -1 without. */
  readonly subclass: number;
  readonly interrupts?: Interrupts;
  readonly wait?: Wait;
  /** lockdep is told of it without `check`, whatever it is told of others of its kind. */
  readonly isUnchecked?: boolean;
  /** It has no owner: another task may give it back. */
  readonly isHandedOn?: boolean;
  /** It gives the lock back in whichever mode it is held. */
  readonly isOfEither?: boolean;
  /** It fails only where it is used wrongly, and is zero otherwise: what is written for the other case is no way through the code. */
  readonly isZero?: boolean;
  /** Whether the holder may take it again hangs on how the lock was made. */
  readonly isAsMade?: boolean;
  /** Of programs for user space. */
  readonly isHosted?: boolean;
}

const table = new Map<string, LockOperation>();

function row(names: string, does: LockOperation['does'], kind: LockKind, more: Partial<LockOperation> = {}): void {
  for (const name of names.split(' ')) {
    const named = { ...interruptsOf(name), ...waitOf(name) };
    table.set(name, {
      ...{ does, kind, mode: 'exclusive', success: 'always', isTry: false, argument: 0, lockClass: '', subclass: -1 },
      ...named,
      ...more,
    });
  }
}

/** By the ending that all kinds of locks share; `local_lock_nested_bh` wants softirqs to be off already. */
function interruptsOf(name: string): { readonly interrupts?: Interrupts } {
  const ending = /(?<!^local_(?:un)?lock_nested)_(bh|irq|irqsave|irqrestore)(?:_nested)?$/.exec(name)?.[1];
  if (ending === undefined) return {};
  return { interrupts: ending === 'irqrestore' ? 'irqsave' : (ending as Interrupts) };
}

function waitOf(name: string): { readonly wait?: Wait } {
  if (/try_?(?:rd|wr)?lock|sem_trywait/.test(name)) return { wait: 'never' };
  if (/_(?:timed|clock)(?:lock|rdlock|wrlock|wait)$/.test(name)) return { wait: 'timeout' };
  const until = /_(interruptible|killable|timeout)(?:_nested)?$/.exec(name)?.[1];
  return until === undefined ? {} : { wait: until as Wait };
}

const trying = { success: 'nonzero', isTry: true } as const;
const interruptible = { success: 'zero' } as const;
const shared = { mode: 'shared' } as const;

// A lock nested under another (`_nest_lock`) is of the same class as any.
row('mutex_lock mutex_lock_io mutex_lock_nest_lock', 'acquire', 'mutex');
row('mutex_lock_nested mutex_lock_io_nested', 'acquire', 'mutex', { subclass: 1 });
row('mutex_lock_interruptible mutex_lock_killable', 'acquire', 'mutex', interruptible);
row('mutex_lock_interruptible_nested mutex_lock_killable_nested', 'acquire', 'mutex', { ...interruptible, subclass: 1 });
row('mutex_trylock', 'acquire', 'mutex', trying);
row('atomic_dec_and_mutex_lock', 'acquire', 'mutex', { success: 'nonzero', argument: 1 });
row('mutex_unlock', 'release', 'mutex');
row('rt_mutex_lock', 'acquire', 'mutex');
row('rt_mutex_lock_nested', 'acquire', 'mutex', { subclass: 1 });
row('rt_mutex_lock_interruptible rt_mutex_lock_killable', 'acquire', 'mutex', interruptible);
row('rt_mutex_trylock', 'acquire', 'mutex', trying);
row('rt_mutex_unlock', 'release', 'mutex');
// Wound/wait mutexes back off instead of closing a cycle (Documentation/locking/ww-mutex-design.rst).
row('ww_mutex_lock ww_mutex_lock_interruptible ww_mutex_lock_slow_interruptible', 'acquire', 'mutex', { ...interruptible, isTry: true });
row('ww_mutex_lock_slow', 'acquire', 'mutex', { isTry: true });
row('ww_mutex_trylock', 'acquire', 'mutex', trying);
row('ww_mutex_unlock', 'release', 'mutex');

for (const spin of ['spin', 'raw_spin']) {
  row(`${spin}_lock ${spin}_lock_bh ${spin}_lock_irq ${spin}_lock_irqsave ${spin}_lock_nest_lock`, 'acquire', 'spinlock');
  row(`${spin}_lock_nested ${spin}_lock_bh_nested`, 'acquire', 'spinlock', { subclass: 1 });
  row(`${spin}_lock_irqsave_nested`, 'acquire', 'spinlock', { subclass: 2 });
  row(`${spin}_trylock ${spin}_trylock_bh ${spin}_trylock_irq ${spin}_trylock_irqsave`, 'acquire', 'spinlock', trying);
  row(`${spin}_unlock ${spin}_unlock_bh ${spin}_unlock_irq ${spin}_unlock_irqrestore`, 'release', 'spinlock');
}
row('arch_spin_lock', 'acquire', 'spinlock');
row('arch_spin_trylock', 'acquire', 'spinlock', trying);
row('arch_spin_unlock', 'release', 'spinlock');
row(
  'atomic_dec_and_lock atomic_dec_and_lock_irqsave refcount_dec_and_lock refcount_dec_and_lock_irqsave atomic_dec_and_raw_lock',
  'acquire',
  'spinlock',
  { success: 'nonzero', argument: 1 },
);
row('refcount_dec_and_mutex_lock', 'acquire', 'mutex', { success: 'nonzero', argument: 1 });

for (const [side, mode] of [
  ['read', 'shared'],
  ['write', 'exclusive'],
] as const) {
  row(`${side}_lock ${side}_lock_bh ${side}_lock_irq ${side}_lock_irqsave`, 'acquire', 'rwlock', { mode });
  row(`${side}_lock_nested`, 'acquire', 'rwlock', { mode, subclass: 1 });
  row(`${side}_trylock ${side}_trylock_irqsave`, 'acquire', 'rwlock', { ...trying, mode });
  row(`${side}_unlock ${side}_unlock_bh ${side}_unlock_irq ${side}_unlock_irqrestore`, 'release', 'rwlock', { mode });
  row(`down_${side} percpu_down_${side} down_${side}_nest_lock`, 'acquire', 'rwsem', { mode });
  row(`down_${side}_nested`, 'acquire', 'rwsem', { mode, subclass: 1 });
  row(`down_${side}_interruptible down_${side}_killable`, 'acquire', 'rwsem', { ...interruptible, mode });
  row(`down_${side}_killable_nested`, 'acquire', 'rwsem', { ...interruptible, mode, subclass: 1 });
  row(`down_${side}_trylock percpu_down_${side}_trylock`, 'acquire', 'rwsem', { ...trying, mode });
  row(`up_${side} percpu_up_${side}`, 'release', 'rwsem', { mode });
}
row('down_read_non_owner', 'acquire', 'rwsem', { ...shared, isHandedOn: true });
row('up_read_non_owner', 'release', 'rwsem', shared);

row('down', 'acquire', 'semaphore');
row('down_interruptible down_killable down_timeout', 'acquire', 'semaphore', interruptible);
row('down_trylock', 'acquire', 'semaphore', { success: 'zero', isTry: true });
row('up', 'release', 'semaphore');

row(
  'write_seqlock write_seqlock_bh write_seqlock_irq write_seqlock_irqsave read_seqlock_excl read_seqlock_excl_bh read_seqlock_excl_irq read_seqlock_excl_irqsave',
  'acquire',
  'seqlock',
);
row(
  'write_sequnlock write_sequnlock_bh write_sequnlock_irq write_sequnlock_irqrestore read_sequnlock_excl read_sequnlock_excl_bh read_sequnlock_excl_irq read_sequnlock_excl_irqrestore',
  'release',
  'seqlock',
);
row('local_lock local_lock_irq local_lock_irqsave local_lock_nested_bh', 'acquire', 'local-lock');
row('local_unlock local_unlock_irq local_unlock_irqrestore local_unlock_nested_bh', 'release', 'local-lock');
row('bit_spin_lock', 'acquire', 'bit-lock', { argument: 1 });
row('bit_spin_trylock', 'acquire', 'bit-lock', { ...trying, argument: 1 });
row('bit_spin_unlock __bit_spin_unlock', 'release', 'bit-lock', { argument: 1 });
row('hlist_bl_lock', 'acquire', 'bit-lock');
row('hlist_bl_unlock', 'release', 'bit-lock');

row('srcu_read_lock_nmisafe', 'acquire', 'srcu', { ...shared, isUnchecked: true });
row('srcu_read_lock srcu_read_lock_notrace srcu_read_lock_lite srcu_read_lock_fast', 'acquire', 'srcu', shared);
row('srcu_down_read', 'acquire', 'srcu', { ...shared, isHandedOn: true });
row(
  'srcu_read_unlock srcu_read_unlock_nmisafe srcu_read_unlock_notrace srcu_up_read srcu_read_unlock_lite srcu_read_unlock_fast',
  'release',
  'srcu',
  shared,
);
row('synchronize_srcu synchronize_srcu_expedited srcu_barrier', 'sync', 'srcu');
row('rcu_read_lock rcu_read_lock_bh rcu_read_lock_sched rcu_read_lock_sched_notrace', 'acquire', 'rcu', {
  ...shared,
  argument: -1,
  lockClass: 'rcu',
});
row('rcu_read_unlock rcu_read_unlock_bh rcu_read_unlock_sched rcu_read_unlock_sched_notrace', 'release', 'rcu', {
  ...shared,
  argument: -1,
  lockClass: 'rcu',
});
row('synchronize_rcu synchronize_rcu_expedited synchronize_net rcu_barrier', 'sync', 'rcu', { argument: -1, lockClass: 'rcu' });

// Entry points of kernel/cpu.c that every subsystem calls.
row('cpus_read_lock', 'acquire', 'rwsem', { ...shared, argument: -1, lockClass: 'cpu_hotplug_lock' });
row('cpus_read_trylock', 'acquire', 'rwsem', { ...trying, ...shared, argument: -1, lockClass: 'cpu_hotplug_lock' });
row('cpus_read_unlock', 'release', 'rwsem', { ...shared, argument: -1, lockClass: 'cpu_hotplug_lock' });
row('cpus_write_lock', 'acquire', 'rwsem', { argument: -1, lockClass: 'cpu_hotplug_lock' });
row('cpus_write_unlock', 'release', 'rwsem', { argument: -1, lockClass: 'cpu_hotplug_lock' });

// POSIX threads and C11's. What waits for a limited time gives up, so that it closes no cycle. A condition variable's
// wait is no row: its mutex is held before and after it (see `conditionWaits`).
const thread = { isHosted: true } as const;
const sure = { ...thread, isZero: true } as const;
const refused = { ...thread, success: 'zero', isTry: true } as const;
row('pthread_mutex_lock mtx_lock', 'acquire', 'mutex', { ...sure, isAsMade: true });
row('pthread_mutex_trylock pthread_mutex_timedlock pthread_mutex_clocklock mtx_trylock mtx_timedlock', 'acquire', 'mutex', refused);
row('pthread_mutex_unlock mtx_unlock', 'release', 'mutex', sure);
row('pthread_spin_lock', 'acquire', 'spinlock', sure);
row('pthread_spin_trylock', 'acquire', 'spinlock', refused);
row('pthread_spin_unlock', 'release', 'spinlock', sure);
for (const [side, mode] of [
  ['rd', 'shared'],
  ['wr', 'exclusive'],
] as const) {
  row(`pthread_rwlock_${side}lock`, 'acquire', 'user-rwlock', { ...sure, mode });
  row(`pthread_rwlock_try${side}lock pthread_rwlock_timed${side}lock pthread_rwlock_clock${side}lock`, 'acquire', 'user-rwlock', {
    ...refused,
    mode,
  });
}
row('pthread_rwlock_unlock', 'release', 'user-rwlock', { ...sure, isOfEither: true });
row('sem_wait', 'acquire', 'semaphore', sure);
row('sem_trywait sem_timedwait sem_clockwait', 'acquire', 'semaphore', refused);
row('sem_post', 'release', 'semaphore', sure);

export const lockApi: ReadonlyMap<string, LockOperation> = table;

/** Functions that give a mutex back while they wait, and have it again afterwards: what it guards is then as others left it. */
export const conditionWaits: ReadonlySet<string> = new Set([
  ...['wait', 'timedwait', 'clockwait'].map((name) => `pthread_cond_${name}`),
  ...['wait', 'timedwait'].map((name) => `cnd_${name}`),
]);

/** What turns softirqs or interrupts of this CPU, or those or the polls of a device, off or on by itself (include/linux/{irqflags,bottom_half,interrupt,netdevice}.h). */
export const interruptApi: ReadonlyMap<string, Pick<Toggle, 'does' | 'interrupts'>> = new Map([
  ['local_bh_disable', { does: 'off', interrupts: 'bh' }],
  ['local_bh_enable', { does: 'on', interrupts: 'bh' }],
  ...['', 'raw_'].flatMap((raw): [string, Pick<Toggle, 'does' | 'interrupts'>][] => [
    [`${raw}local_irq_disable`, { does: 'off', interrupts: 'irq' }],
    [`${raw}local_irq_enable`, { does: 'on', interrupts: 'irq' }],
    [`${raw}local_irq_save`, { does: 'off', interrupts: 'irqsave' }],
    [`${raw}local_irq_restore`, { does: 'on', interrupts: 'irqsave' }],
  ]),
  ...['', '_nosync', '_nosync_lockdep', '_lockdep', '_lockdep_irqsave', '_lockdep_irqrestore'].flatMap(
    (form): [string, Pick<Toggle, 'does' | 'interrupts'>][] => [
      [`disable_irq${form}`, { does: 'off', interrupts: 'line' }],
      [`enable_irq${form}`, { does: 'on', interrupts: 'line' }],
    ],
  ),
  ['napi_disable', { does: 'off', interrupts: 'polls' }],
  ['napi_enable', { does: 'on', interrupts: 'polls' }],
]);

/** Types of locks by the names of the operations that want them; the first that fits counts. */
const operands: readonly (readonly [RegExp, string])[] = [
  [/^pthread_mutex_/, 'pthread_mutex_t'],
  [/^pthread_spin_/, 'pthread_spinlock_t'],
  [/^pthread_rwlock_/, 'pthread_rwlock_t'],
  [/^mtx_/, 'mtx_t'],
  [/^sem_/, 'sem_t'],
  [/^raw_spin_|_raw_lock/, 'raw_spinlock_t'],
  [/^spin_|_dec_and_lock/, 'spinlock_t'],
  [/^rt_mutex_/, 'struct rt_mutex'],
  [/^ww_mutex_/, 'struct ww_mutex'],
  [/^mutex_|_and_mutex_lock$/, 'struct mutex'],
  [/_seq(?:un)?lock/, 'seqlock_t'],
  [/^(?:read|write)_(?:try|un)?lock/, 'rwlock_t'],
  [/^percpu_(?:down|up)_/, 'struct percpu_rw_semaphore'],
  [/^(?:down|up)_(?:read|write)/, 'struct rw_semaphore'],
  [/^(?:down|up)(?:_|$)/, 'struct semaphore'],
];

/** Type of the lock that an operation is for: `spin_lock` → `spinlock_t`. Undefined where it takes none, or another kind. */
export function operandOf(operation: string): string | undefined {
  return operands.find(([names]) => names.test(operation))?.[1];
}

/** Functions that make a writer of the lock that they are given a reader, without giving it back. */
export const downgradeApi: ReadonlySet<string> = new Set(['downgrade_write']);

/** Macros that say that their argument is held, and in which mode (include/linux/lockdep.h, spinlock.h). */
export const assertApi: ReadonlyMap<string, { readonly mode?: Mode }> = new Map<string, { readonly mode?: Mode }>([
  ['lockdep_assert_held', {}],
  ['lockdep_assert_held_once', {}],
  ['lockdep_assert_held_write', { mode: 'exclusive' }],
  ['lockdep_assert_held_exclusive', { mode: 'exclusive' }],
  ['lockdep_assert_held_read', { mode: 'shared' }],
  ['assert_spin_locked', {}],
  ['assert_raw_spin_locked', {}],
]);
