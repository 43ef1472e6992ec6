/**
 * The model language, for an editor: docs/model-language.md says what everything means. Models are compiled, never executed;
 * what this file lets through and the language does not have is a problem that the compiler reports.
 */

/* eslint-disable max-lines, @typescript-eslint/no-empty-object-type -- one declaration for each primitive; empty is what TypeScript needs */

// What TypeScript itself asks for, in a project without the library of JavaScript, as models are.

interface Array<T> {
  length: int;
  [index: number]: T;
}
interface Boolean {}
interface CallableFunction {}
interface Function {}
interface IArguments {}
interface NewableFunction {}
interface Number {}
interface Object {}
interface RegExp {}
interface String {}

// Types

/** An integer of 32 bits, as C's `int`. */
type int = number;

/** True or false; 1 and 0 do as well. */
type bool = boolean | number;

/** A reference to an object. Add `| null` where it may be none, and read it with `!`. */
type pointer<T extends object> = T;

/** So many numbers, locks or objects: `array<int, 4>`, `array<vcpu, typeof VCPUS>`. As a parameter it needs no length. */
type array<T, _Length extends number = number> = T[];

declare namespace lockstep {
  /** Keeps the types of the language apart. */
  const kind: unique symbol;
}

/** Sleeps while another thread has it. */
interface mutex {
  readonly [lockstep.kind]: 'mutex';
}

/** Spins while another thread has it: who holds it must not sleep. */
interface spinlock_t {
  readonly [lockstep.kind]: 'spinlock_t';
}

/** A spinlock that spins on every configuration; the same as `spinlock_t` here. */
interface raw_spinlock_t {
  readonly [lockstep.kind]: 'raw_spinlock_t';
}

/** Spins: many readers or one writer. Readers queue behind a writer that waits. */
interface rwlock_t {
  readonly [lockstep.kind]: 'rwlock_t';
}

/** Sleeps: many readers or one writer. Readers queue behind a writer that waits. */
interface rw_semaphore {
  readonly [lockstep.kind]: 'rw_semaphore';
}

/** A domain of sleepable RCU: read sides, and grace periods that wait for them. */
interface srcu_struct {
  readonly [lockstep.kind]: 'srcu_struct';
}

/** Counts how often it was completed. */
interface completion {
  readonly [lockstep.kind]: 'completion';
}

/** Where threads sleep. Only the condition of a wait matters: who sleeps on which queue makes no difference. */
interface wait_queue_head_t {
  readonly [lockstep.kind]: 'wait_queue_head_t';
}

/** What a claim is about: `torn`, a value that is no one thread's; `start`, a thread that should run; `assert`, all else. */
type claim_property = 'assert' | 'torn' | 'start';

// Parts of a model

/** One object, with every field 0, null or unlocked at first; also a lock, an array, a completion or a wait queue alone. */
declare function object<T extends object>(): T;

/** An array of `n` objects, locks, numbers. */
declare function objects<T>(n: int): array<T>;

/** A number that a run may set; `value` if it does not. At the top of a model only. */
declare function parameter(name: string, value?: int): int;

/** Whether a run asked for this optional thread. */
declare function option(name: string): bool;

/** Folders and files of the kernel tree whose functions of the same names the model stands for. */
declare function models(...paths: string[]): void;

/** What is run: `body` sets up memory and starts threads; `numbers` are values of parameters that this scenario has unless a run sets them. */
declare function scenario(name: string, title: string, body: () => void, numbers?: object): void;

/** Starts a thread that calls `run`. In a scenario only. */
declare function thread<Given extends unknown[]>(name: string, run: (...given: Given) => unknown, ...given: Given): void;

/** Claims that the condition holds once no thread can go on and none waits for another for ever. In a scenario only; reads memory. */
declare function at_end(condition: () => bool, text?: string, property?: claim_property): void;

/** Whether a thread that was given this object first has not ended. In `at_end` only. */
declare function unfinished(subject: object): bool;

// Claims and choices: no steps of their own

/** Claims that the condition holds here. What it reads of shared memory are steps before. */
declare function assert(condition: bool, text?: string, property?: claim_property): void;

/** Any of the values: every choice is explored. */
declare function choose(...values: int[]): int;
declare function choose(...values: bool[]): bool;
declare function choose<T extends object>(...values: (T | null)[]): T;

/** Any object of an array. */
declare function any_of<T extends object>(list: array<T>): T;

/** Any object of an array but one. */
declare function any_other<T extends object>(list: array<T>, except: T): T;

// Mutexes

/** Takes the mutex: one step, possible while nobody has it. May sleep. */
declare function mutex_lock(lock: mutex): void;

/** The same as `mutex_lock`: time waited for is not counted. */
declare function mutex_lock_io(lock: mutex): void;

/** The same as `mutex_lock`. */
declare function rt_mutex_lock(lock: mutex): void;

/** Takes the mutex, under a subclass that lockdep is told. May sleep. */
declare function mutex_lock_nested(lock: mutex, subclass: int): void;

/** The same as `mutex_lock_nested`. */
declare function mutex_lock_io_nested(lock: mutex, subclass: int): void;

/** The same as `mutex_lock_nested`. */
declare function rt_mutex_lock_nested(lock: mutex, subclass: int): void;

/** Takes the mutex, of which several are taken under one outer lock. May sleep. */
declare function mutex_lock_nest_lock(lock: mutex, outer: mutex | rw_semaphore | spinlock_t): void;

/** Takes the mutex and gives 0, or nonzero without it: a signal may come at any time. May sleep. */
declare function mutex_lock_interruptible(lock: mutex): int;

/** The same as `mutex_lock_interruptible`: a fatal signal is a signal. */
declare function mutex_lock_killable(lock: mutex): int;

/** The same as `mutex_lock_interruptible`. */
declare function rt_mutex_lock_interruptible(lock: mutex): int;

/** The same as `mutex_lock_interruptible`: a fatal signal is a signal. */
declare function rt_mutex_lock_killable(lock: mutex): int;

/** As `mutex_lock_interruptible`, under a subclass that lockdep is told. */
declare function mutex_lock_interruptible_nested(lock: mutex, subclass: int): int;

/** The same as `mutex_lock_interruptible_nested`. */
declare function mutex_lock_killable_nested(lock: mutex, subclass: int): int;

/** Takes the mutex and gives 1, or gives 0 if somebody has it. One step that never waits. */
declare function mutex_trylock(lock: mutex): int;

/** The same as `mutex_trylock`. */
declare function rt_mutex_trylock(lock: mutex): int;

/** Releases the mutex: one step. */
declare function mutex_unlock(lock: mutex): void;

/** The same as `mutex_unlock`. */
declare function rt_mutex_unlock(lock: mutex): void;

// Spinlocks

/** Takes the spinlock: one step, possible while nobody has it. Its holder must not sleep. */
declare function spin_lock(lock: spinlock_t): void;

/** The same as `spin_lock`: interrupts and bottom halves are not modelled. */
declare function spin_lock_bh(lock: spinlock_t): void;

/** The same as `spin_lock`: interrupts are not modelled. */
declare function spin_lock_irq(lock: spinlock_t): void;

/** The same as `spin_lock`: interrupts are not modelled. */
declare function spin_lock_irqsave(lock: spinlock_t, flags?: int): void;

/** Takes the spinlock, under a subclass that lockdep is told. */
declare function spin_lock_nested(lock: spinlock_t, subclass: int): void;

/** The same as `spin_lock_nested`. */
declare function spin_lock_bh_nested(lock: spinlock_t, subclass: int): void;

/** Takes the spinlock, of which several are taken under one outer lock. */
declare function spin_lock_nest_lock(lock: spinlock_t, outer: mutex | rw_semaphore | spinlock_t): void;

/** The same as `spin_lock_nested`: interrupts are not modelled. */
declare function spin_lock_irqsave_nested(lock: spinlock_t, flags: int, subclass: int): void;

/** Takes the spinlock and gives 1, or gives 0 if somebody has it. One step that never waits. */
declare function spin_trylock(lock: spinlock_t): int;

/** The same as `spin_trylock`: interrupts and bottom halves are not modelled. */
declare function spin_trylock_bh(lock: spinlock_t): int;

/** The same as `spin_trylock`: interrupts are not modelled. */
declare function spin_trylock_irq(lock: spinlock_t): int;

/** The same as `spin_trylock`: interrupts are not modelled. */
declare function spin_trylock_irqsave(lock: spinlock_t, flags?: int): int;

/** Releases the spinlock: one step. */
declare function spin_unlock(lock: spinlock_t): void;

/** The same as `spin_unlock`: interrupts and bottom halves are not modelled. */
declare function spin_unlock_bh(lock: spinlock_t): void;

/** The same as `spin_unlock`: interrupts are not modelled. */
declare function spin_unlock_irq(lock: spinlock_t): void;

/** The same as `spin_unlock`: interrupts are not modelled. */
declare function spin_unlock_irqrestore(lock: spinlock_t, flags?: int): void;

/** Takes the spinlock: one step, possible while nobody has it. Its holder must not sleep. */
declare function raw_spin_lock(lock: raw_spinlock_t): void;

/** The same as `raw_spin_lock`: interrupts and bottom halves are not modelled. */
declare function raw_spin_lock_bh(lock: raw_spinlock_t): void;

/** The same as `raw_spin_lock`: interrupts are not modelled. */
declare function raw_spin_lock_irq(lock: raw_spinlock_t): void;

/** The same as `raw_spin_lock`. */
declare function arch_spin_lock(lock: raw_spinlock_t): void;

/** The same as `raw_spin_lock`: interrupts are not modelled. */
declare function raw_spin_lock_irqsave(lock: raw_spinlock_t, flags?: int): void;

/** Takes the spinlock, under a subclass that lockdep is told. */
declare function raw_spin_lock_nested(lock: raw_spinlock_t, subclass: int): void;

/** The same as `raw_spin_lock_nested`. */
declare function raw_spin_lock_bh_nested(lock: raw_spinlock_t, subclass: int): void;

/** Takes the spinlock, of which several are taken under one outer lock. */
declare function raw_spin_lock_nest_lock(lock: raw_spinlock_t, outer: mutex | rw_semaphore | raw_spinlock_t): void;

/** The same as `raw_spin_lock_nested`: interrupts are not modelled. */
declare function raw_spin_lock_irqsave_nested(lock: raw_spinlock_t, flags: int, subclass: int): void;

/** Takes the spinlock and gives 1, or gives 0 if somebody has it. One step that never waits. */
declare function raw_spin_trylock(lock: raw_spinlock_t): int;

/** The same as `raw_spin_trylock`: interrupts and bottom halves are not modelled. */
declare function raw_spin_trylock_bh(lock: raw_spinlock_t): int;

/** The same as `raw_spin_trylock`: interrupts are not modelled. */
declare function raw_spin_trylock_irq(lock: raw_spinlock_t): int;

/** The same as `raw_spin_trylock`. */
declare function arch_spin_trylock(lock: raw_spinlock_t): int;

/** The same as `raw_spin_trylock`: interrupts are not modelled. */
declare function raw_spin_trylock_irqsave(lock: raw_spinlock_t, flags?: int): int;

/** Releases the spinlock: one step. */
declare function raw_spin_unlock(lock: raw_spinlock_t): void;

/** The same as `raw_spin_unlock`: interrupts and bottom halves are not modelled. */
declare function raw_spin_unlock_bh(lock: raw_spinlock_t): void;

/** The same as `raw_spin_unlock`: interrupts are not modelled. */
declare function raw_spin_unlock_irq(lock: raw_spinlock_t): void;

/** The same as `raw_spin_unlock`. */
declare function arch_spin_unlock(lock: raw_spinlock_t): void;

/** The same as `raw_spin_unlock`: interrupts are not modelled. */
declare function raw_spin_unlock_irqrestore(lock: raw_spinlock_t, flags?: int): void;

// Readers and writers that spin

/** Takes the lock for reading: one step, possible while no writer has it or waits for it. Its holder must not sleep. */
declare function read_lock(lock: rwlock_t): void;

/** The same as `read_lock`: interrupts and bottom halves are not modelled. */
declare function read_lock_bh(lock: rwlock_t): void;

/** The same as `read_lock`: interrupts are not modelled. */
declare function read_lock_irq(lock: rwlock_t): void;

/** The same as `read_lock`: interrupts are not modelled. */
declare function read_lock_irqsave(lock: rwlock_t, flags?: int): void;

/** The same as `read_lock`, under a subclass that lockdep is told. */
declare function read_lock_nested(lock: rwlock_t, subclass: int): void;

/** Takes the lock and gives 1 if no writer has it or waits for it, else gives 0. One step that never waits. */
declare function read_trylock(lock: rwlock_t): int;

/** The same as `read_trylock`: interrupts are not modelled. */
declare function read_trylock_irqsave(lock: rwlock_t, flags?: int): int;

/** Releases the lock: one step. */
declare function read_unlock(lock: rwlock_t): void;

/** The same as `read_unlock`: interrupts and bottom halves are not modelled. */
declare function read_unlock_bh(lock: rwlock_t): void;

/** The same as `read_unlock`: interrupts are not modelled. */
declare function read_unlock_irq(lock: rwlock_t): void;

/** The same as `read_unlock`: interrupts are not modelled. */
declare function read_unlock_irqrestore(lock: rwlock_t, flags?: int): void;

/** Takes the lock for writing: one step while nobody has it; else one step to queue, behind which new readers wait, and one to take it. Its holder must not sleep. */
declare function write_lock(lock: rwlock_t): void;

/** The same as `write_lock`: interrupts and bottom halves are not modelled. */
declare function write_lock_bh(lock: rwlock_t): void;

/** The same as `write_lock`: interrupts are not modelled. */
declare function write_lock_irq(lock: rwlock_t): void;

/** The same as `write_lock`: interrupts are not modelled. */
declare function write_lock_irqsave(lock: rwlock_t, flags?: int): void;

/** The same as `write_lock`, under a subclass that lockdep is told. */
declare function write_lock_nested(lock: rwlock_t, subclass: int): void;

/** Takes the lock and gives 1 if nobody has it or waits for it, else gives 0. One step that never waits. */
declare function write_trylock(lock: rwlock_t): int;

/** The same as `write_trylock`: interrupts are not modelled. */
declare function write_trylock_irqsave(lock: rwlock_t, flags?: int): int;

/** Releases the lock: one step. */
declare function write_unlock(lock: rwlock_t): void;

/** The same as `write_unlock`: interrupts and bottom halves are not modelled. */
declare function write_unlock_bh(lock: rwlock_t): void;

/** The same as `write_unlock`: interrupts are not modelled. */
declare function write_unlock_irq(lock: rwlock_t): void;

/** The same as `write_unlock`: interrupts are not modelled. */
declare function write_unlock_irqrestore(lock: rwlock_t, flags?: int): void;

// Readers and writers that sleep

/** Takes the semaphore for reading: one step, possible while no writer has it or waits for it. May sleep. */
declare function down_read(lock: rw_semaphore): void;

/** The same as `down_read`. */
declare function percpu_down_read(lock: rw_semaphore): void;

/** The same as `down_read`, under a subclass that lockdep is told. */
declare function down_read_nested(lock: rw_semaphore, subclass: int): void;

/** The same as `down_read`, where several are taken under one outer lock. */
declare function down_read_nest_lock(lock: rw_semaphore, outer: mutex | rw_semaphore): void;

/** As `down_read`, and gives 0; or nonzero without it: a signal may come at any time. */
declare function down_read_interruptible(lock: rw_semaphore): int;

/** The same as `down_read_interruptible`: a fatal signal is a signal. */
declare function down_read_killable(lock: rw_semaphore): int;

/** As `down_read_killable`, under a subclass that lockdep is told. */
declare function down_read_killable_nested(lock: rw_semaphore, subclass: int): int;

/** Takes the semaphore and gives 1 if no writer has it or waits for it, else gives 0. One step that never waits. */
declare function down_read_trylock(lock: rw_semaphore): int;

/** The same as `down_read_trylock`. */
declare function percpu_down_read_trylock(lock: rw_semaphore): int;

/** Releases the semaphore: one step. */
declare function up_read(lock: rw_semaphore): void;

/** The same as `up_read`. */
declare function percpu_up_read(lock: rw_semaphore): void;

/** Takes the semaphore for writing: one step while nobody has it; else one step to queue, behind which new readers wait, and one to take it. May sleep. */
declare function down_write(lock: rw_semaphore): void;

/** The same as `down_write`. */
declare function percpu_down_write(lock: rw_semaphore): void;

/** The same as `down_write`, under a subclass that lockdep is told. */
declare function down_write_nested(lock: rw_semaphore, subclass: int): void;

/** The same as `down_write`, where several are taken under one outer lock. */
declare function down_write_nest_lock(lock: rw_semaphore, outer: mutex | rw_semaphore): void;

/** As `down_write`, and gives 0; or nonzero without it: a signal may come at any time. */
declare function down_write_interruptible(lock: rw_semaphore): int;

/** The same as `down_write_interruptible`: a fatal signal is a signal. */
declare function down_write_killable(lock: rw_semaphore): int;

/** As `down_write_killable`, under a subclass that lockdep is told. */
declare function down_write_killable_nested(lock: rw_semaphore, subclass: int): int;

/** Takes the semaphore and gives 1 if nobody has it or waits for it, else gives 0. One step that never waits. */
declare function down_write_trylock(lock: rw_semaphore): int;

/** The same as `down_write_trylock`. */
declare function percpu_down_write_trylock(lock: rw_semaphore): int;

/** Releases the semaphore: one step. */
declare function up_write(lock: rw_semaphore): void;

/** The same as `up_write`. */
declare function percpu_up_write(lock: rw_semaphore): void;

/** Takes `cpu_hotplug_lock` as `down_read` does. The model declares `const cpu_hotplug_lock = object<rw_semaphore>()`. */
declare function cpus_read_lock(): void;

/** Takes `cpu_hotplug_lock` as `down_read_trylock` does. The model declares `const cpu_hotplug_lock = object<rw_semaphore>()`. */
declare function cpus_read_trylock(): int;

/** Releases `cpu_hotplug_lock` as `up_read` does. The model declares `const cpu_hotplug_lock = object<rw_semaphore>()`. */
declare function cpus_read_unlock(): void;

/** Takes `cpu_hotplug_lock` as `down_write` does. The model declares `const cpu_hotplug_lock = object<rw_semaphore>()`. */
declare function cpus_write_lock(): void;

/** Releases `cpu_hotplug_lock` as `up_write` does. The model declares `const cpu_hotplug_lock = object<rw_semaphore>()`. */
declare function cpus_write_unlock(): void;

// RCU and SRCU

/** Enters a read side: one step, none where the thread is in one of this domain already. Gives 0. May sleep inside. */
declare function srcu_read_lock(domain: srcu_struct): int;

/** The same as `srcu_read_lock`. */
declare function srcu_read_lock_nmisafe(domain: srcu_struct): int;

/** The same as `srcu_read_lock`. */
declare function srcu_read_lock_notrace(domain: srcu_struct): int;

/** The same as `srcu_read_lock`. */
declare function srcu_read_lock_lite(domain: srcu_struct): int;

/** The same as `srcu_read_lock`. */
declare function srcu_read_lock_fast(domain: srcu_struct): int;

/** Leaves a read side: one step, none where the thread stays in another of this domain. */
declare function srcu_read_unlock(domain: srcu_struct, index?: int): void;

/** The same as `srcu_read_unlock`. */
declare function srcu_read_unlock_nmisafe(domain: srcu_struct, index?: int): void;

/** The same as `srcu_read_unlock`. */
declare function srcu_read_unlock_notrace(domain: srcu_struct, index?: int): void;

/** The same as `srcu_read_unlock`. */
declare function srcu_read_unlock_lite(domain: srcu_struct, index?: int): void;

/** The same as `srcu_read_unlock`. */
declare function srcu_read_unlock_fast(domain: srcu_struct, index?: int): void;

/** Waits for a grace period: one step to begin, and one once all who were inside then have left. May sleep. */
declare function synchronize_srcu(domain: srcu_struct): void;

/** The same as `synchronize_srcu`. */
declare function synchronize_srcu_expedited(domain: srcu_struct): void;

/** The same as `synchronize_srcu`. */
declare function srcu_barrier(domain: srcu_struct): void;

/** Enters a read side: one step, none where the thread is in one already. No sleeping inside. */
declare function rcu_read_lock(): void;

/** The same as `rcu_read_lock`: interrupts and bottom halves are not modelled. */
declare function rcu_read_lock_bh(): void;

/** The same as `rcu_read_lock`. */
declare function rcu_read_lock_sched(): void;

/** The same as `rcu_read_lock`. */
declare function rcu_read_lock_sched_notrace(): void;

/** Leaves a read side: one step, none where the thread stays in another. */
declare function rcu_read_unlock(): void;

/** The same as `rcu_read_unlock`: interrupts and bottom halves are not modelled. */
declare function rcu_read_unlock_bh(): void;

/** The same as `rcu_read_unlock`. */
declare function rcu_read_unlock_sched(): void;

/** The same as `rcu_read_unlock`. */
declare function rcu_read_unlock_sched_notrace(): void;

/** Waits for a grace period: one step to begin, and one once all who were inside then have left. May sleep. */
declare function synchronize_rcu(): void;

/** The same as `synchronize_rcu`. */
declare function synchronize_rcu_expedited(): void;

/** The same as `synchronize_rcu`. */
declare function synchronize_net(): void;

/** The same as `synchronize_rcu`. */
declare function rcu_barrier(): void;

// Marked accesses: one step each, never half of one, and no order between CPUs

/** Reads a field: one step. */
declare function READ_ONCE(place: int): int;
declare function READ_ONCE(place: bool): bool;
declare function READ_ONCE<T extends object | null>(place: T): T;

/** The same as `READ_ONCE`. */
declare function smp_load_acquire(place: int): int;
declare function smp_load_acquire(place: bool): bool;
declare function smp_load_acquire<T extends object | null>(place: T): T;

/** Writes a field: one step. */
declare function WRITE_ONCE(place: bool, value: bool): void;
declare function WRITE_ONCE<T extends object | null>(place: T, value: T): void;

/** The same as `WRITE_ONCE`. */
declare function smp_store_release(place: bool, value: bool): void;
declare function smp_store_release<T extends object | null>(place: T, value: T): void;

/** Reads a field: one step. */
declare function atomic_read(place: int): int;

/** The same as `atomic_read`. */
declare function atomic_read_acquire(place: int): int;

/** The same as `atomic_read`. */
declare function refcount_read(place: int): int;

/** Writes a field: one step. */
declare function atomic_set(place: int, value: int): void;

/** The same as `atomic_set`. */
declare function atomic_set_release(place: int, value: int): void;

/** The same as `atomic_set`. */
declare function refcount_set(place: int, value: int): void;

// Read and write in one step

/** Adds 1. */
declare function atomic_inc(place: int): void;

/** The same as `atomic_inc`. */
declare function refcount_inc(place: int): void;

/** Takes 1 off. */
declare function atomic_dec(place: int): void;

/** The same as `atomic_dec`. */
declare function refcount_dec(place: int): void;

/** Adds 1 and gives the new value. */
declare function atomic_inc_return(place: int): int;

/** Takes 1 off and gives the new value. */
declare function atomic_dec_return(place: int): int;

/** Takes 1 off and gives whether 0 is left. */
declare function atomic_dec_and_test(place: int): bool;

/** The same as `atomic_dec_and_test`. */
declare function refcount_dec_and_test(place: int): bool;

/** Adds 1 unless it is 0, and gives whether it did. */
declare function atomic_inc_not_zero(place: int): bool;

/** The same as `atomic_inc_not_zero`. */
declare function refcount_inc_not_zero(place: int): bool;

/** Adds a value. */
declare function atomic_add(value: int, place: int): void;

/** Takes a value off. */
declare function atomic_sub(value: int, place: int): void;

/** Adds a value and gives the old one. */
declare function atomic_fetch_add(value: int, place: int): int;

/** Sets bits. */
declare function atomic_or(bits: int, place: int): void;

/** Keeps these bits alone. */
declare function atomic_and(bits: int, place: int): void;

/** Clears bits. */
declare function atomic_andnot(bits: int, place: int): void;

/** Writes a value and gives the old one. */
declare function xchg(place: int, value: int): int;
declare function xchg(place: bool, value: bool): bool;
declare function xchg<T extends object | null>(place: T, value: T): T;

/** The same as `xchg`. */
declare function atomic_xchg(place: int, value: int): int;

/** Writes `value` if `expected` is there, and gives what was there. */
declare function cmpxchg(place: int, expected: int, value: int): int;
declare function cmpxchg(place: bool, expected: bool, value: bool): bool;
declare function cmpxchg<T extends object | null>(place: T, expected: T, value: T): T;

/** The same as `cmpxchg`. */
declare function atomic_cmpxchg(place: int, expected: int, value: int): int;

/** Whether bit number `bit` is set: one step. */
declare function test_bit(bit: int, place: int): bool;

/** Sets bit number `bit`. */
declare function set_bit(bit: int, place: int): void;

/** Clears bit number `bit`. */
declare function clear_bit(bit: int, place: int): void;

/** Sets bit number `bit` and gives whether it was set. */
declare function test_and_set_bit(bit: int, place: int): bool;

/** Clears bit number `bit` and gives whether it was set. */
declare function test_and_clear_bit(bit: int, place: int): bool;

// Waiting

/** Sleeps until the condition holds. Seeing that it does and going on are one step; no wake-up is lost. May sleep. */
declare function wait_event(queue: wait_queue_head_t, condition: () => bool): void;

/** As `wait_event`, and gives 0; or nonzero, whether it holds or not: a signal may come at any time. */
declare function wait_event_interruptible(queue: wait_queue_head_t, condition: () => bool): int;

/** The same as `wait_event_interruptible`: a fatal signal is a signal. */
declare function wait_event_killable(queue: wait_queue_head_t, condition: () => bool): int;

/** As `wait_event`; to sleep here for ever is no deadlock. */
declare function wait_event_idle(queue: wait_queue_head_t, condition: () => bool): void;

/** Sleeps until it is completed, and uses one completion up, in one step. May sleep. */
declare function wait_for_completion(done: completion): void;

/** As `wait_for_completion`, and gives 0; or nonzero, with nothing used up: a signal may come at any time. */
declare function wait_for_completion_interruptible(done: completion): int;

/** Completes once, for one waiter: one step. */
declare function complete(done: completion): void;

/** Completes for all waiters, now and later: one step. */
declare function complete_all(done: completion): void;

/** Takes back every completion that is left: one step. */
declare function reinit_completion(done: completion): void;

// Sleeping: no step, and wrong where a spinlock or an RCU read side is held

/** May sleep. */
declare function might_sleep(): void;

/** The same as `might_sleep`. */
declare function schedule(): void;

/** The same as `might_sleep`. */
declare function cond_resched(): void;

/** Sleeps. Time is not modelled: others may do anything or nothing meanwhile. */
declare function msleep(milliseconds: int): void;

// Without effect here, so that a model can keep what the C code has

/** Nothing: who waits sees by itself when its condition holds. */
declare function wake_up(queue: wait_queue_head_t): void;

/** The same as `wake_up`. */
declare function wake_up_all(queue: wait_queue_head_t): void;

/** The same as `wake_up`. */
declare function wake_up_interruptible(queue: wait_queue_head_t): void;

/** Nothing: all threads see all steps in one order, barriers or not. */
declare function smp_mb(): void;

/** The same as `smp_mb`. */
declare function smp_rmb(): void;

/** The same as `smp_mb`. */
declare function smp_wmb(): void;

/** Nothing. */
declare function barrier(): void;

/** The same as `barrier`. */
declare function cpu_relax(): void;

/** Nothing: it is ready from the start. */
declare function mutex_init(lock: mutex): void;

/** Nothing: it is ready from the start. */
declare function spin_lock_init(lock: spinlock_t | raw_spinlock_t): void;

/** Nothing: it is ready from the start. */
declare function rwlock_init(lock: rwlock_t): void;

/** Nothing: it is ready from the start. */
declare function init_rwsem(lock: rw_semaphore): void;

/** Nothing: it is ready from the start. */
declare function init_completion(done: completion): void;

/** Nothing: it is ready from the start. */
declare function init_waitqueue_head(queue: wait_queue_head_t): void;

/** Nothing: it is ready from the start. Gives 0. */
declare function init_srcu_struct(domain: srcu_struct): int;
