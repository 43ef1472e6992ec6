// A grace period of RCU waits for those who were inside when it began, and for nobody else.
//
// STATES: 10
// TRANSITIONS: 13
// RUNS: 5
// HOLDS
//
// The reader A is before (0), inside (1) or past (2); B is before (0), in (1) or past (2) its grace period, and in it waits for A
// or for nobody.
// States, by B. 0: 3. 1: A at 0, 1, 2 with nobody to wait for, and A at 1 with B waiting for it. 2: 3. Together 10.
// Moves. B at 0: 2 of A and 3 of B. 1: 3 of A, and 3 of B from where it waits for nobody. 2: 2 of A. Together 13.
// Runs, in the grace period: from A at 2 1, at 1 and waited for 1, at 1 and not 2, at 0 3. Before: from 2 1, from 1 2, from 0 5.

function a(): void {
  rcu_read_lock();
  rcu_read_unlock();
}

function b(): void {
  synchronize_rcu();
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
