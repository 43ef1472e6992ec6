// Any object of an array.
//
// STATES: 7
// TRANSITIONS: 6
// RUNS: 3
// HOLDS
//
// Three places to start at, three inside, one end.

interface slot {
  lock: mutex;
}

const slots = objects<slot>(3);

function a(): void {
  const slot = any_of(slots);
  mutex_lock(slot.lock);
  mutex_unlock(slot.lock);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
