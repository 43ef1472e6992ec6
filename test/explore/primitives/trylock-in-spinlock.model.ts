// A trylock does not sleep.
//
// STATES: 5
// TRANSITIONS: 4
// RUNS: 1
// HOLDS
//
// Four steps: alone, the thread gets the mutex.

const s = object<spinlock_t>();
const m = object<mutex>();

function a(): void {
  spin_lock(s);
  if (mutex_trylock(m)) mutex_unlock(m);
  spin_unlock(s);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
