// A writer that only tries never queues.
//
// STATES: 8
// TRANSITIONS: 9
// RUNS: 3
// HOLDS
//
// As mutex-trylock: not both inside, and B may fail while the reader A is inside.

const l = object<rwlock_t>();

function a(): void {
  read_lock(l);
  read_unlock(l);
}

function b(): void {
  if (write_trylock(l)) write_unlock(l);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
