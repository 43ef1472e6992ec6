// An interruptible lock may fail by a signal at any time, whether the lock is held or not.
//
// STATES: 8
// TRANSITIONS: 11
// RUNS: 5
// HOLDS
//
// A thread is before (0), inside (1) or past (2) its critical section, and the state is such a pair.
// States: 3 × 3, without 11. Moves of A: 4. Moves of B: 2 with A at 0 and 2 with A at 2, and by a signal from 0 to 2 with A at
// 0, 1 and 2.
// Runs from 20: 2. From 10: 2 after A leaves, 1 by a signal = 3. From 00: A enters 3, B enters 1, a signal 1 = 5.

const m = object<mutex>();

function a(): void {
  mutex_lock(m);
  mutex_unlock(m);
}

function b(): void {
  if (mutex_lock_interruptible(m) === 0) mutex_unlock(m);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
