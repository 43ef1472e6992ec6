// A grace period under a mutex that readers take deadlocks.
//
// STATES: 22
// TRANSITIONS: 27
// RUNS: 8
// FAILS: deadlock
//
// The reader A is before (0), inside (1), inside with the mutex (2), inside without it (3) or past (4); B is before (0), has the
// mutex (1), is in its grace period with it (2), past that with it (3), or past all (4). A is not at 2 with B at 1, 2, 3.
// States, by B. 0: 5. 1: A at 0 1 3 4. 2: A at 0, 1 and 4 with B waiting for nobody, at 1 (the deadlock) and 3 with B waiting for A.
// 3: A at 0 1 4. 4: 5. Together 22.
// Moves. B at 0: 4 of A, and 4 of B, not with A at 2. 1: 2 of A, from 0 and 3, and 4 of B. 2: 2 of A, from 0 and from 3, and 3 of B.
// 3: 1 of A, and 3 of B. 4: 4 of A. Together 27.
// Runs. B at 4: 1. 3: from A at 0 2, else 1. 2: from A at 0 1 + 2 = 3, else 1. 1: from 4 1, from 3 1 + 1 = 2, from 1 1 that is stuck,
// from 0 1 + 3 = 4. 0: from 4 1, from 3 1 + 2 = 3, from 2 3, from 1 3 + 1 = 4, from 0 4 + 4 = 8.

const domain = object<srcu_struct>();
const m = object<mutex>();

function a(): void {
  srcu_read_lock(domain);
  mutex_lock(m);
  mutex_unlock(m);
  srcu_read_unlock(domain);
}

function b(): void {
  mutex_lock(m);
  synchronize_srcu(domain);
  mutex_unlock(m);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
