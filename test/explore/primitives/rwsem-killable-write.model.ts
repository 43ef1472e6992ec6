// A killable writer may give up at any time, also out of the queue.
//
// STATES: 10
// TRANSITIONS: 15
// RUNS: 7
// HOLDS
//
// The reader A is before (0), inside (1) or past (2); the writer B is before (0), in the queue (w), inside (1) or past (2).
// States as rwlock-reader-writer: 00 10 20, 1w 2w, 01 21, 02 12 22. Moves: its 11, and a signal from 00, 20, 1w and 2w. From 10 the
// one thing that B does is to queue.
// Runs, by A and B. From 20 and 2w: 2. From 1w: 2 + 1 = 3. From 10: 2 + 3 = 5. From 01: 1. From 00: 5 + 1 + 1 = 7.

const s = object<rw_semaphore>();

function a(): void {
  down_read(s);
  up_read(s);
}

function b(): void {
  if (down_write_killable(s) === 0) up_write(s);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
