import { lockApi } from '../../ir/lock-api.ts';
import { POSITIVE, ZERO } from '../../ir/program.ts';

/** Operation that `guard(name)(lock)` and `scoped_guard(name, lock)` perform on entry (include/linux/cleanup.h). */
export const guards: ReadonlyMap<string, string> = new Map([
  ['mutex', 'mutex_lock'],
  ['mutex_try', 'mutex_trylock'],
  ['mutex_intr', 'mutex_lock_interruptible'],
  ['spinlock', 'spin_lock'],
  ['spinlock_bh', 'spin_lock_bh'],
  ['spinlock_irq', 'spin_lock_irq'],
  ['spinlock_irqsave', 'spin_lock_irqsave'],
  ['spinlock_try', 'spin_trylock'],
  ['raw_spinlock', 'raw_spin_lock'],
  ['raw_spinlock_bh', 'raw_spin_lock_bh'],
  ['raw_spinlock_irq', 'raw_spin_lock_irq'],
  ['raw_spinlock_irqsave', 'raw_spin_lock_irqsave'],
  ['raw_spinlock_nested', 'raw_spin_lock'],
  ['raw_spinlock_try', 'raw_spin_trylock'],
  ['read_lock', 'read_lock'],
  ['read_lock_irq', 'read_lock_irq'],
  ['read_lock_irqsave', 'read_lock_irqsave'],
  ['write_lock', 'write_lock'],
  ['write_lock_irq', 'write_lock_irq'],
  ['write_lock_irqsave', 'write_lock_irqsave'],
  ['rwsem_read', 'down_read'],
  ['rwsem_read_try', 'down_read_trylock'],
  ['rwsem_read_intr', 'down_read_interruptible'],
  ['rwsem_write', 'down_write'],
  ['rwsem_write_try', 'down_write_trylock'],
  ['rwsem_write_kill', 'down_write_killable'],
  ['percpu_read', 'percpu_down_read'],
  ['percpu_write', 'percpu_down_write'],
  ['rcu', 'rcu_read_lock'],
  ['srcu', 'srcu_read_lock'],
  ['cpus_read_lock', 'cpus_read_lock'],
  ['local_lock', 'local_lock'],
  ['local_lock_irqsave', 'local_lock_irqsave'],
]);

/** lockdep annotations that tell instances of one class apart; their first argument is the lock (include/linux/lockdep.h). */
export const classAnnotations: ReadonlySet<string> = new Set([
  'lockdep_set_class',
  'lockdep_set_class_and_name',
  'lockdep_set_class_and_subclass',
  'lockdep_set_subclass',
  'lockdep_set_novalidate_class',
]);

/** Types of locks, by the name a declaration gives them. */
export const lockTypes: ReadonlySet<string> = new Set([
  'struct mutex',
  'spinlock_t',
  'struct spinlock',
  'raw_spinlock_t',
  'struct raw_spinlock',
  'rwlock_t',
  'struct rw_semaphore',
  'struct percpu_rw_semaphore',
  'struct semaphore',
  'seqlock_t',
  'local_lock_t',
  'struct srcu_struct',
  'struct rt_mutex',
  'struct ww_mutex',
  'arch_spinlock_t',
  'struct hlist_bl_head',
  'pthread_mutex_t',
  'pthread_spinlock_t',
  'pthread_rwlock_t',
  'mtx_t',
  'sem_t',
]);

/** Types of locks that have two names. */
export const lockAliases: ReadonlyMap<string, string> = new Map([
  ['struct spinlock', 'spinlock_t'],
  ['struct raw_spinlock', 'raw_spinlock_t'],
]);

/** Macros that define a global lock, and the type it gets; the name is the first argument. */
export const lockDefiners: ReadonlyMap<string, string> = new Map([
  ['DEFINE_MUTEX', 'struct mutex'],
  ['DEFINE_SPINLOCK', 'spinlock_t'],
  ['DEFINE_RAW_SPINLOCK', 'raw_spinlock_t'],
  ['DEFINE_RWLOCK', 'rwlock_t'],
  ['DECLARE_RWSEM', 'struct rw_semaphore'],
  ['DEFINE_STATIC_PERCPU_RWSEM', 'struct percpu_rw_semaphore'],
  ['DEFINE_PERCPU_RWSEM', 'struct percpu_rw_semaphore'],
  ['DEFINE_SEMAPHORE', 'struct semaphore'],
  ['DEFINE_SEQLOCK', 'seqlock_t'],
  ['DEFINE_SRCU', 'struct srcu_struct'],
  ['DEFINE_STATIC_SRCU', 'struct srcu_struct'],
  ['DEFINE_RT_MUTEX', 'struct rt_mutex'],
  ['DEFINE_WW_MUTEX', 'struct ww_mutex'],
]);

/** Functions whose value is (the address of) their argument, as far as types and places go. */
export const transparent: ReadonlyMap<string, number> = new Map(
  (
    'READ_ONCE rcu_dereference rcu_dereference_raw rcu_dereference_bh rcu_dereference_sched rcu_dereference_check rcu_dereference_protected rcu_access_pointer rcu_replace_pointer ' +
    'srcu_dereference srcu_dereference_check smp_load_acquire rcu_dereference_raw_check this_cpu_ptr raw_cpu_ptr per_cpu_ptr per_cpu get_cpu_ptr get_cpu_var this_cpu_read raw_cpu_read __this_cpu_read unrcu_pointer ' +
    'likely unlikely xchg ACCESS_ONCE lockless_dereference array_ptr_mask READ_ONCE_NOCHECK ERR_CAST no_free_ptr PTR_ALIGN'
  )
    .split(' ')
    .map((name) => [name, 0] as const),
);

/** Functions and macros that never return (`__noreturn` in include/linux/panic.h, sched/task.h, kthread.h, and BUG() of asm-generic/bug.h). */
export const neverReturning: ReadonlySet<string> = new Set(
  'BUG panic nmi_panic do_exit do_group_exit make_task_dead kthread_exit kthread_complete_and_exit module_put_and_kthread_exit unreachable __builtin_unreachable'.split(
    ' ',
  ),
);

/** The same of the C library. */
export const neverReturningHosted: ReadonlySet<string> = new Set(
  'exit _exit _Exit quick_exit abort err errx verr verrx longjmp siglongjmp pthread_exit thrd_exit __assert_fail'.split(' '),
);

/** Values of enumerators of threads.h. */
export const hostedConstants: ReadonlyMap<string, number> = new Map([
  ['thrd_success', ZERO],
  ...['thrd_busy', 'thrd_error', 'thrd_nomem', 'thrd_timedout'].map((name) => [name, POSITIVE] as const),
]);

/** Headers of a C library, which no code of a kernel has. */
export const hostedHeaders: ReadonlySet<string> = new Set(
  'assert.h errno.h fcntl.h inttypes.h math.h pthread.h semaphore.h setjmp.h signal.h stdio.h stdlib.h string.h threads.h time.h unistd.h'.split(
    ' ',
  ),
);

/** Macros that are their argument of this number, and tell compilers or checkers something of it. */
export const hints: ReadonlyMap<string, number> = new Map([
  ...'likely unlikely likely_notrace unlikely_notrace __builtin_expect'.split(' ').map((name) => [name, 0] as const),
  ['__cond_lock', 1],
]);

/** Macros whose value is the truth of their argument of this number. */
export const conditionWrappers: ReadonlyMap<string, number> = new Map([
  ...hints,
  ...'WARN_ON WARN_ON_ONCE WARN WARN_ONCE VM_WARN_ON VM_WARN_ON_ONCE'.split(' ').map((name) => [name, 0] as const),
]);

/** Functions whose result is of the type named by an argument (container_of and its kin): the argument's number. */
export const typeByArgument: ReadonlyMap<string, number> = new Map([
  ['container_of', 1],
  ['container_of_const', 1],
  ['container_of_safe', 1],
  ['list_entry', 1],
  ['list_first_entry', 1],
  ['list_last_entry', 1],
  ['list_first_entry_or_null', 1],
  ['list_entry_rcu', 1],
  ['list_first_or_null_rcu', 1],
  ['list_next_entry', 0],
  ['list_prev_entry', 0],
  ['hlist_entry', 1],
  ['hlist_entry_safe', 1],
  ['rb_entry', 1],
  ['rb_entry_safe', 1],
  ['llist_entry', 1],
  ['kzalloc_obj', 0],
  ['hlist_bl_entry', 1],
]);

/** Functions that give an object nobody else can reach yet. */
export function isAllocation(name: string): boolean {
  return /^(devm_)?_*(k|v|kv)[mzc]?alloc(_node|_array|_objs?|_flex|_array_node|_noprof|_percpu)?$|^kmem_cache_z?alloc(_node|_lru)?$|^(kmemdup|kvmemdup|alloc_percpu|vzalloc|kzalloc)\w*$/.test(
    name,
  );
}

/** Those that give one of many objects of a kind. */
export function isOfMany(name: string): boolean {
  return name.startsWith('kmem_cache_');
}

/** Functions that take one global lock, by name. */
export const globalTakers: ReadonlyMap<string, string> = new Map(
  [...lockApi]
    .filter(([, operation]) => operation.does === 'acquire' && operation.lockClass !== '' && operation.kind !== 'rcu')
    .map(([name, operation]) => [name, operation.lockClass]),
);
