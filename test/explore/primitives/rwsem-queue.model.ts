// Readers queue behind a writer that waits.
//
// STATES: 30
// TRANSITIONS: 46
// RUNS: 26
// HOLDS
//
// Readers A and C are before (0), inside (1) or past (2); the writer B is before (0), in the queue (w), inside (1) or past (2).
// States, by B. 0: all 9 pairs of readers. w: all but 00, as somebody was inside when B came, and nobody enters since: 8.
// 1: nobody inside: 00 02 20 22. 2: all 9. Together 30.
// Moves. B at 0: 12 of readers and 9 of B. w: one for each reader inside, 0 0 1 1 1 1 2 0 of the eight = 6, and 3 of B, from 20
// 02 22. 1: 4 of B. 2: 12. Together 46.
// Runs. B at 2: the interleavings of what readers have left, 6 from 00, 1 from 20 02 22. At 1 the same. w: 2 from 11, else 1.
// B at 0: from 22 1, from 12 and 21 1 + 1 = 2, from 02 and 20 2 + 1 = 3, from 11 2 + 2 + 2 = 6, from 01 and 10 6 + 3 + 1 = 10,
// from 00 10 + 10 + 6 = 26.

const s = object<rw_semaphore>();

function reader(): void {
  down_read(s);
  up_read(s);
}

function writer(): void {
  down_write(s);
  up_write(s);
}

scenario('only', 'Two readers and a writer', () => {
  thread('A', reader);
  thread('B', writer);
  thread('C', reader);
});

export {};
