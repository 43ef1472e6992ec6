// A mutex sleeps, so it is not taken under a spinlock.
//
// STATES: 5
// TRANSITIONS: 4
// RUNS: 1
// FAILS: atomic
//
// A straight line of 4 steps.

const s = object<spinlock_t>();
const m = object<mutex>();

function a(): void {
  spin_lock(s);
  mutex_lock(m);
  mutex_unlock(m);
  spin_unlock(s);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
