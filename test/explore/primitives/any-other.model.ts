// Any object of an array but one.
//
// STATES: 5
// TRANSITIONS: 4
// RUNS: 2
// HOLDS
//
// Two places to start at, two inside, one end.

interface slot {
  lock: mutex;
}

const slots = objects<slot>(3);

function a(): void {
  const slot = any_other(slots, slots[0]!);
  mutex_lock(slot.lock);
  mutex_unlock(slot.lock);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
