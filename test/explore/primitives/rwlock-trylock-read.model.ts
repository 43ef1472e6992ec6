// A reader that only tries fails while a writer is inside.
//
// STATES: 10
// TRANSITIONS: 12
// RUNS: 4
// HOLDS
//
// As rwlock-reader-writer, and where the writer A is inside, B may go from 0 to 2 at once: one move more.
// Runs from where A is inside and B at 0: 2. From where B is inside: 2. From the start: 4.

const l = object<rwlock_t>();

function a(): void {
  write_lock(l);
  write_unlock(l);
}

function b(): void {
  if (read_trylock(l)) read_unlock(l);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
