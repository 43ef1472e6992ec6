// Two writers: the second queues if it comes while the first is inside.
//
// STATES: 12
// TRANSITIONS: 14
// RUNS: 4
// HOLDS
//
// A writer is before (0), in the queue (w), inside (1) or past (2).
// States: 00, 10 20 1w 2w and the same of B, 21 12, 22. Nobody is in the queue before the other is inside.
// Moves: 2 from each of 00, 10, 01, 1 from the eight others but 22 = 14. Runs: who is first × whether the other queues.

const l = object<rwlock_t>();

function a(): void {
  write_lock(l);
  write_unlock(l);
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
