// A thread must not end with a lock.
//
// STATES: 2
// TRANSITIONS: 1
// RUNS: 1
// FAILS: exit
//
// One step, and the end.

const m = object<mutex>();

function a(): void {
  mutex_lock(m);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
