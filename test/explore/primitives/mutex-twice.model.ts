// A mutex is not recursive.
//
// STATES: 2
// TRANSITIONS: 1
// RUNS: 1
// FAILS: deadlock
//
// One step leads to where A waits for itself.

const m = object<mutex>();

function a(): void {
  mutex_lock(m);
  mutex_lock(m);
  mutex_unlock(m);
  mutex_unlock(m);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
