import type { CheckRecord } from './finding.ts';

export const checkRecords: readonly CheckRecord[] = [
  {
    id: 'documented-order',
    title: 'A lock is taken against the documented lock order',
    explanation: paragraphs(
      `The kernel documents in which order these two locks are taken, and a chain of calls takes them the other way round:
      the lock that belongs outside is acquired while the one that belongs inside is held. Two tasks, one on this chain and one
      that keeps the order, can each hold the lock the other waits for.`,
      `Orders are read from \`Documentation/**/locking.rst\`, from comments that state an order, and from files given with
      \`--orders\`; the finding shows the sentence and its line. A rule may speak of a read-side critical section: where
      \`synchronize_srcu()\` is called with a mutex held, that mutex cannot be taken inside the read side, because the grace period
      would wait for a reader that waits for the mutex.`,
      `The order is broken even where no other task takes the locks the documented way today: the next one to do so does it in
      good faith. Nothing is reported for a trylock, which does not wait, nor where the outer lock was already held when the inner
      one was taken.`,
      `Where three places or more break an order, and fewer keep it, the document is as likely to be wrong: that is one finding for all of them, information, at the
      surest of the places.`,
    ),
  },
  {
    id: 'lock-order-cycle',
    title: 'Locks are taken in a circle',
    explanation: paragraphs(
      `Each lock of the circle is acquired somewhere while the one before it is held: with two locks, A then B here and B then A
      there. Tasks that run these places at the same time can each hold one lock and wait for the next for ever. The finding
      shows one chain of calls for each direction, because one direction alone proves nothing, and is reported where fewer places
      take the locks that way.`,
      `Locks are compared by class, as lockdep does: every \`struct kvm\` has its own \`lock\`, and all of them are one class. lockdep
      reports such a circle once a running kernel has taken every direction; this check needs no run. Trylocks and the
      read sides of RCU and SRCU wait for nobody and close none. A reader of an rwlock waits for another reader only with
      CONFIG_QUEUED_RWLOCKS (x86, arm64, RISC-V and others), and then only if a writer waits between them.`,
      `It looks for circles of up to six classes, and of four or more it tells those of high and medium confidence. A circle with a
      shorter one inside is left out.`,
      `Where one more lock is held on two sides, a gate lock, the tasks cannot meet: lockdep reports the circle, no deadlock
      follows, and the finding is information and names the gate lock. A gate lock
      that each object has its own of counts unless the code shows that it is another object's than the lock taken inside it is.`,
    ),
  },
  {
    id: 'sync-deadlock',
    title: 'Something is waited for with a lock held that it takes before it ends',
    explanation: paragraphs(
      `\`synchronize_rcu()\` and \`synchronize_srcu()\` wait for the readers that were there when they began. Called with a lock held,
      they never return if one of those readers waits for that lock: the caller waits for the reader, the reader for the caller.
      To wait inside the very read-side critical section that has to end first is the shortest form.`,
      `The finding shows the chain to the wait and the chain on which a reader takes the lock. lockdep in Linux 6.1 knows nothing of
      such waits and stays silent; in 6.12 it knows that of SRCU, as \`lock_sync()\`.`,
      `Readers of another \`srcu_struct\` class are not waited for, and nothing is reported for them, nor for a reader that only tries the lock
      or has held it since before its read side. Where both the wait and the whole read side are inside one more lock, a gate
      lock, the finding is information and names it.`,
      `The same holds of code that runs elsewhere: \`cancel_work_sync()\`, \`flush_work()\`, \`del_timer_sync()\`, \`hrtimer_cancel()\`, \`tasklet_kill()\`,
      \`free_irq()\`, \`disable_irq()\`, \`kthread_stop()\` and their like wait until a work item, a timer, an interrupt handler or a thread has ended. Which function that
      is, is told by the field or variable that was given to \`INIT_WORK()\`, \`timer_setup()\`, \`request_irq()\` or \`kthread_run()\`, and of a workqueue by what is
      queued on it. If it takes a lock that the one who waits holds, or waits for the end of an SRCU read side that this one is in, neither goes on. One
      that waits for itself is found too. Two work items that are only put on one queue which runs them one at a time (\`alloc_ordered_workqueue()\`) do not meet.`,
      `\`wait_for_completion()\` is reported where every \`complete()\` of that field which was read is called with the lock held; others may complete it too, so it is never of
      high confidence. A wait that time ends, or a signal, is less sure still. Whether the lock is that of the object waited for is told by the paths from which
      both are reached; where they lead to two objects nothing is reported, nor for a handler that only tries the lock, for an object that nobody else has
      yet, or where the code asks whether it is \`current_work()\`. An item that its caller passes is not known, and \`napi_disable()\` is left out: a poll may go on after
      \`napi_complete()\`.`,
    ),
  },
  {
    id: 'double-acquire',
    title: 'A lock is taken by a task that holds it',
    explanation: paragraphs(
      `The lock is acquired where the same lock, not only one of its class, is held already: in the function itself or somewhere up its chain of
      calls. Kernel locks are not recursive: the task waits for itself for ever, on every run that goes this way. A mutex of user space may be made
      recursive, or to check for errors: then nothing is reported; where it was not read how it is made, that is a doubt.`,
      `That it is the same lock is told by the paths by which the code reaches it: through variables, parameters and what is passed for them.
      Where a variable on the way has another value by then, or where it cannot be told, nothing is reported; neither for trylocks, which give up,
      nor for read sides of rwlocks and RCU, which may nest. Two readers of an rwsem wait only where a writer comes between them: that is less sure.`,
    ),
  },
  {
    id: 'missing-release',
    title: 'A function returns with a lock held that it gives back elsewhere',
    explanation: paragraphs(
      `The function takes the lock and gives it back on some of its ways out; on others it returns with the lock held, and nothing in what it
      returns tells its caller. The next task that takes the lock waits for ever. Most often an error path leaves by the wrong label, or by a
      \`return\` of its own. The finding shows where the lock is taken and each return that leaves it held. Read sides of RCU and SRCU count too.
      So does a round of a loop that goes on to the next object with the lock of its own one held.`,
      `A lock that no way out gives back is reported where nothing that was read gives it back without having taken it: neither a
      caller nor the other half of a pair such as \`start\` and \`stop\`.`,
      `Functions that take a lock for their caller are no finding: those annotated with \`__acquires()\`, those whose callers give it back, those
      that return a pointer, and those whose result says whether the lock is held, as zero for success. Nor is \`if (locked) unlock();\` where
      the condition was known before the lock was taken. An error that says so is no excuse where nothing that was read gives such a lock
      back without having taken it. Semaphores have no owner and are left out.`,
    ),
  },
  {
    id: 'release-unheld',
    title: 'A lock is given back that is not held',
    explanation: paragraphs(
      `A function takes a lock, gives it back, and on one way through it gives it back once more: an error path that unlocks and then goes to the
      label that unlocks, too, or a loop that unlocks in each round what was locked before it. The lock may be somebody else's by then, who is
      thrown out of it. The finding shows all three places.`,
      `Or a trylock, or a wait that a signal may end, is a statement by itself: nobody asks whether the lock was taken, and it is given back all
      the same. A result that is cast to \`void\` is left alone on purpose, and so is one in a function that asks whether the lock is held.`,
      `Or the result is asked for, and every way on from where the lock was not taken gives it back: \`if (mutex_trylock(lock)) return -EBUSY;\` lacks its
      \`!\`, and an interrupted wait goes to the label that unlocks.`,
      `Or an error before the lock is taken goes to the label that unlocks. That callers hold it then is out of the question: without the error the
      function takes it itself. It is no finding where what is asked right before the unlock may tell whether it was taken, where an assertion or
      annotation says that the lock is held, or where such a way returns no error.`,
      `A function that gives back a lock of its caller's, and takes it again or not, is no finding. Neither is a release of which it cannot be
      told that it is of the same lock, as a variable has another value by then. Nor is one behind a call that may give the lock back or keep it, as where both helpers first ask whether somebody else is there.`,
    ),
  },
  {
    id: 'mismatched-release',
    title: 'A lock is given back by another kind of unlock than belongs there',
    explanation: paragraphs(
      `A function takes a lock with \`spin_lock_bh()\` and gives it back with \`spin_unlock()\`: softirqs stay off. Or it takes an rwsem with
      \`down_read()\` and gives it back with \`up_write()\`. Mostly one half of a pair was converted and the other was not. The finding shows where
      the lock is taken, and stands where it is given back.`,
      `Of softirqs and interrupts it is not told by lock but by way: what is off where the function returns, with all locks given back, is
      compared with what was off at entry. So the outer of two locks may save interrupts and the inner one restore them, \`local_irq_save()\` may go
      together with \`spin_unlock_irqrestore()\`, and a lock that was taken with interrupts saved may be dropped and retaken without. Nothing is
      told where a function returns with a lock held, or gives back its caller's; where interrupts are saved in what is not a local variable;
      and where a branch may keep the two kinds apart. A local variable that a function only declares and restores interrupts from was never
      saved: that is told whatever else happens.`,
      `Where interrupts are on afterwards whatever they were before, all may be well if they always were on: that is a warning, unless a
      caller was found that has them off. A writer that becomes a reader by \`downgrade_write()\` is no finding.`,
      `A handler is called with interrupts off, and is to return so: where one that \`request_irq()\`, \`hrtimer_setup()\` or their like were given, or what it calls, turns
      them on, by \`spin_unlock_irq()\` or \`local_irq_enable()\`, that is a warning, one for each handler, as the kernel has it ("irq handler enabled interrupts"). Nothing is told of
      threads of interrupts, softirqs and \`local_irq_enable_in_hardirq()\`, where the code asks where it runs, and where an outer lock has saved what was before.`,
    ),
  },
  {
    id: 'sleep-in-atomic',
    title: 'A task may sleep with a spinlock held or under RCU',
    explanation: paragraphs(
      `Who holds a spinlock, a reader-writer spinlock, a bit lock, the write side of a seqlock or a local lock, or is between \`rcu_read_lock()\` and its unlock,
      must not be scheduled away: others spin for the lock, or the grace period cannot end. The finding shows where the lock is taken and the calls to what may
      sleep. The kernel says the same while it runs, with \`CONFIG_DEBUG_ATOMIC_SLEEP\`: "sleeping function called from invalid context".`,
      `What sleeps: a mutex, semaphore or rwsem that is taken and not only tried, a wait for a grace period, and the kernel's own \`might_sleep()\`: waits, delays,
      \`cond_resched()\`, \`copy_from_user()\`, and allocations whose flags allow it. Functions that are read need no list: they sleep because they call one of these, also
      with flags that are passed on. Of a function that is not read, only flags such as \`GFP_KERNEL\` in the call itself tell.`,
      `Nothing is reported where flags are not known, where the lock is given back first, where the code has asked \`in_atomic()\` or its like,
      where page faults are off, behind a pointer that may mean several functions, and for SRCU, whose readers may sleep. In functions that run in a
      hardirq or a softirq, by what is given to \`request_irq()\`, \`timer_setup()\` and their like, nothing may sleep at all. Interrupts or preemption that
      a task turns off without a lock are not known yet.`,
    ),
  },
  {
    id: 'irq-inversion',
    title: 'An interrupt takes a lock that it may interrupt',
    explanation: paragraphs(
      `A lock is taken in a hardirq or a softirq, and elsewhere where that interrupt may come while it is held: on the same CPU the interrupt then waits
      for the lock, and what it interrupted cannot give it back. The same goes for a lock that is taken under one that the interrupt takes: its holder
      on one CPU is interrupted, and the interrupt waits for a task on another CPU that waits for it. It does not matter whether the lock is
      taken with interrupts on, or is held where they are turned on: by the unlock of an inner lock (\`spin_unlock_irq()\`, and \`spin_unlock_bh()\`, which runs softirqs with interrupts on),
      by \`local_irq_enable()\`, or by a callee. lockdep calls these "inconsistent lock state" and "possible irq lock
      inversion dependency", and says so once a running kernel has taken the locks on all these ways.`,
      `What runs in an interrupt is told by what is given to \`request_irq()\`, \`timer_setup()\`, \`tasklet_setup()\`, \`open_softirq()\`, \`netif_napi_add()\`, \`call_rcu()\` and their like,
      also through a helper, and by all it calls. A high-resolution timer runs in a hardirq, and in a softirq if every mode that it is set up with is a \`_SOFT\` one. That interrupts are on elsewhere is certain where the task has slept before, has turned them on itself, or begins in a thread, a work item, a system call or
      an operation of a file or driver; where it is not, it is a doubt.`,
      `Nothing is reported where anything on the way may have turned interrupts off, where the code asks \`in_interrupt()\` or its like, for what is only tried in the interrupt, and
      where both only read; a reader on the other CPU, though, waits behind a writer that waits, and that is a doubt. Nor is it where the interrupt and the task on the other CPU each take the lock of their own CPU (\`this_cpu_ptr()\`, \`per_cpu(x, smp_processor_id())\`): these are
      two locks. Where that is seen of one of them only, it is a doubt. What calls \`disable_irq()\` keeps handlers of devices away, and neither timers nor what they run; so they are before \`request_irq()\` and
      after \`free_irq()\`, and polls after \`napi_disable()\` and before \`napi_enable()\`, where a function on the way does these. One
      finding is told for a lock, with the number of other such places.`,
    ),
  },
  {
    id: 'lock-contract',
    title: 'A function is called without the lock that it says is held',
    explanation: paragraphs(
      `With \`lockdep_assert_held()\` and its kin, \`assert_spin_locked()\` and \`__must_hold()\` a function says which lock its callers hold. The finding is at a call that
      comes to such a function where the code itself shows that the lock is not held: the caller has given it back before, or takes it afterwards, on the same way and by
      the same path through variables. It also tells a writer's assertion that is reached by a reader, and a function that asserts a lock and then takes it. The chain
      ends at the assertion. The kernel says the same while it runs, with \`CONFIG_PROVE_LOCKING\`, if that way is ever gone.`,
      `\`__acquires()\` and \`__releases()\` of a function that does the opposite wherever it returns are reported too.`,
      `Nothing is reported where only a caller that was not read could tell, for another instance of the lock's class, where a lock is held of which it is not known which it is,
      behind a pointer that may mean several functions, where something that was not read may take the lock, and where the function holds the lock on other branches. An
      assertion that alone hangs on a condition is a doubt: the condition may tell whether the lock is needed. \`lockdep_is_held()\` and assertions about RCU are not read.`,
    ),
  },
  {
    id: 'unprotected-access',
    title: 'A field is accessed without the lock that is held elsewhere',
    isOptional: true,
    explanation: paragraphs(
      `No rule says which lock guards a field: it is inferred from where the field is accessed. Where nearly all places hold one lock of the same struct, or one global
      lock, at least four of them and two that write, a place that writes or reads the field with no lock at all is shown, with how many places hold the lock. It is
      information, and off unless it is asked for (\`--enable unprotected-access\`, the setting \`lockstep.enableChecks\`): many such accesses are meant to be so.`,
      `Marked accesses (\`READ_ONCE()\`, atomics) count for nothing, nor do lists, objects that nobody else can reach yet, and functions whose names, or those of their callers, say
      that they set an object up or take it down. Nothing is said where another lock is held, or one that is not known, where the lock is another instance's, and
      where who calls the function was not read. Reads are low in confidence, writes medium.`,
    ),
  },
  {
    id: 'suppression',
    title: 'A comment that is to suppress a finding does not',
    explanation: paragraphs(
      `A comment \`lockstep: ignore CHECK: REASON\` keeps what that check reports in the same statement, in the statement that follows it, or,
      directly above a function, in that function from being told. It is counted instead, with the reason. A comment on the way to a
      finding does nothing: a finding is suppressed where it is reported.`,
      `A comment without a reason suppresses nothing, nor does one that names no check there is: both are warnings, because somebody
      relies on them. One that has a reason and nothing to suppress is information: what it spoke of is gone, or is reported elsewhere.`,
      `Whether there is something to suppress is not told where callers outside the paths were not looked for, as with a folder on the command line, nor in
      functions that were not wholly understood. Findings of this check itself cannot be suppressed.`,
    ),
  },
];

function paragraphs(...texts: readonly string[]): string {
  return texts.map((text) => text.replace(/\s+/g, ' ')).join('\n\n');
}
