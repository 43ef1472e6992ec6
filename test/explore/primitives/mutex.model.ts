// A mutex: two threads take it in turn.
//
// STATES: 8
// TRANSITIONS: 8
// RUNS: 2
// HOLDS
//
// A thread is before (0), inside (1) or past (2) its critical section, and the state is such a pair.
// States: 3 × 3, without 11. Moves of A: 2 with B at 0, none with B at 1, where A at 0 waits, 2 with B at 2; of B the same.
// Who is first inside has to leave before the other enters: 2 runs.

const m = object<mutex>();

function a(): void {
  mutex_lock(m);
  mutex_unlock(m);
}

function b(): void {
  mutex_lock(m);
  mutex_unlock(m);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
