// A mutex around a plain increment keeps both.
//
// STATES: 16
// TRANSITIONS: 16
// RUNS: 2
// HOLDS
//
// A thread is at 0 to 4, with the mutex at 1, 2, 3: 5 × 5 pairs, without the 3 × 3 of both inside. Moves: 4 of each thread with the
// other at 0, and 4 with it at 4. Runs: who is first.

interface cell {
  value: int;
}

const cell = object<cell>();
const m = object<mutex>();

function a(): void {
  mutex_lock(m);
  cell.value++;
  mutex_unlock(m);
}

function b(): void {
  mutex_lock(m);
  cell.value++;
  mutex_unlock(m);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
  at_end(() => cell.value === 2, 'both count');
});

export {};
