// A thread must not release what it does not hold.
//
// STATES: 2
// TRANSITIONS: 1
// RUNS: 1
// FAILS: exit
//
// One step, and the end.

const m = object<mutex>();

function a(): void {
  mutex_unlock(m);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
