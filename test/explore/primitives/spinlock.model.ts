// A spinlock: two threads take it in turn, as a mutex.
//
// STATES: 8
// TRANSITIONS: 8
// RUNS: 2
// HOLDS
//
// A thread is before (0), inside (1) or past (2) its critical section, and the state is such a pair.
// States: 3 × 3, without 11. Moves: 4 of each thread. Runs: who is first.

const s = object<spinlock_t>();

function a(): void {
  spin_lock_irqsave(s);
  spin_unlock_irqrestore(s);
}

function b(): void {
  spin_lock(s);
  spin_unlock(s);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
