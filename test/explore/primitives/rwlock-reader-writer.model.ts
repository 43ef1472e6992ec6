// A writer that finds a reader inside queues first: that is a step of its own.
//
// STATES: 10
// TRANSITIONS: 11
// RUNS: 3
// HOLDS
//
// The reader A is before (0), inside (1) or past (2); the writer B is before (0), in the queue (w), inside (1) or past (2).
// States: 00 10 20, 1w 2w, 01 21, 02 12 22. B is in the queue only if it came while A was inside.
// Moves: 2 from 00 and 10, 1 from each of the seven others but 22 = 11.
// Runs: B first; A first and B comes after it; A first and B queues meanwhile.

const l = object<rwlock_t>();

function a(): void {
  read_lock(l);
  read_unlock(l);
}

function b(): void {
  write_lock(l);
  write_unlock(l);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
