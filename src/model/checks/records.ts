import type { CheckRecord } from './finding.ts';

export const checkRecords: readonly CheckRecord[] = [
  {
    id: 'documented-order',
    title: 'A lock is taken against the documented lock order',
    explanation: [
      'The kernel documents in which order these two locks are taken, and a chain of calls takes them the other way round: ' +
        'the lock that belongs outside is acquired while the one that belongs inside is held. ' +
        'Two tasks, one on this chain and one that keeps the order, can each hold the lock the other waits for.',
      'Orders are read from `Documentation/**/locking.rst`, from comments that state an order, and from files given with `--orders`; ' +
        'the finding shows the sentence and its line. ' +
        'A rule may speak of a read-side critical section: where `synchronize_srcu()` is called with a mutex held, ' +
        'that mutex cannot be taken inside the read side, because the grace period would wait for a reader that waits for the mutex.',
      'The order is broken even where no other task takes the locks the documented way today: the next one that does, does so in good faith. ' +
        'Nothing is reported for a trylock, which does not wait, nor where two locks of one class are known to be different from those the rule means.',
    ].join('\n\n'),
  },
  {
    id: 'lock-order-cycle',
    title: 'Locks are taken in a circle',
    explanation: [
      'Each lock of the circle is acquired somewhere while the one before it is held (with two locks: A then B here, B then A there). ' +
        'Tasks that run these places at the same time can each hold one lock and wait for the next for ever. ' +
        'The finding shows one chain of calls for each direction, because one direction alone proves nothing.',
      'Locks are compared by class, as lockdep does: all `struct kvm.lock` are one class, whichever machine they belong to. ' +
        'lockdep reports such a circle when a running kernel has taken every direction once; this check needs no run. ' +
        'Recursive readers (`rcu_read_lock()`, `srcu_read_lock()`, `read_lock()` where it recurses) do not block one another and close no circle by themselves.',
      'Where another lock is held on every side, a gate lock, the tasks cannot meet: lockdep reports the order, no deadlock follows, ' +
        'and the finding is information and names the gate lock. Trylocks wait for nobody and close no circle.',
    ].join('\n\n'),
  },
  {
    id: 'sync-deadlock',
    title: 'A wait for readers or work that wait for a held lock',
    explanation: [
      'A call that waits for others (`synchronize_srcu()`, `synchronize_rcu()`, `flush_work()`, `cancel_work_sync()` and their like) is made with a lock held, ' +
        'and one of those it waits for takes that same lock: the caller waits for the reader or the work item, which waits for the lock of the caller. ' +
        'Waiting for a grace period inside the read-side critical section it has to outlast is the shortest form.',
      'The finding shows the chain to the wait and the chain on which a reader, or the work, takes the lock. ' +
        'lockdep knows the wait as `lock_sync()`, for SRCU since Linux 6.3; older kernels stay silent although the deadlock is there.',
      'Nothing is reported where the readers found use another domain (another `srcu_struct`), or where they only try the lock. ' +
        'A lock held on both sides is no gate here: the reader may have entered before the lock was taken.',
    ].join('\n\n'),
  },
];
