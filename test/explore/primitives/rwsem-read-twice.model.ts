// A reader that enters twice deadlocks with a writer that comes between.
//
// STATES: 16
// TRANSITIONS: 18
// RUNS: 5
// FAILS: deadlock
//
// The reader A is at 0 to 4, inside at 1, 2, 3; the writer B is before (0), in the queue (w), inside (1) or past (2).
// States, by B. 0: 5. w: A at 1, where it waits for B as B waits for it, 2, 3, 4. 1: A at 0 or 4. 2: 5. Together 16.
// Moves. B at 0: 4 of A and 5 of B. w: 2 → 3, 3 → 4, and B once A is at 4. 1: 2. 2: 4. Together 18.
// Runs: one for each of the places 0 to 4 of A where B comes; the one at 1 is stuck.

const s = object<rw_semaphore>();

function a(): void {
  down_read(s);
  down_read(s);
  up_read(s);
  up_read(s);
}

function b(): void {
  down_write(s);
  up_write(s);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
