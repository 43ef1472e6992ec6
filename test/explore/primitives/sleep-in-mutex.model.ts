// Who holds a mutex may sleep.
//
// STATES: 3
// TRANSITIONS: 2
// RUNS: 1
// HOLDS
//
// Takes and releases; to sleep is no step.

const m = object<mutex>();

function a(): void {
  mutex_lock(m);
  msleep(1);
  mutex_unlock(m);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
