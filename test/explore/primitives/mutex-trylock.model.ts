// A trylock never waits: it fails where the lock is held.
//
// STATES: 8
// TRANSITIONS: 9
// RUNS: 3
// HOLDS
//
// A thread is before (0), inside (1) or past (2) its critical section, and the state is such a pair.
// States: 3 × 3, without 11. Moves of A: 4, as of a mutex. Moves of B: 2 with A at 0, 2 with A at 2, and with A at 1 the one
// from 0 to 2 that fails. Runs: B first; A first and B fails inside of it; A first and B after it.

const m = object<mutex>();

function a(): void {
  mutex_lock(m);
  mutex_unlock(m);
}

function b(): void {
  if (mutex_trylock(m)) mutex_unlock(m);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
