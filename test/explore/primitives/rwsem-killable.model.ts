// A killable reader may give up at any time.
//
// STATES: 10
// TRANSITIONS: 14
// RUNS: 6
// HOLDS
//
// As rwlock-reader-writer, with the reader B giving up in one step from 0 to 2 with the writer A at 0, 1 and 2: three moves more.
// Runs, by B and A. From 02: 2. From 01: 2 + 1 = 3. From 10: 2. From 20: 1. From 00: 3 + 2 + 1 = 6.

const s = object<rw_semaphore>();

function a(): void {
  down_write(s);
  up_write(s);
}

function b(): void {
  if (down_read_killable(s) === 0) up_read(s);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
