// READ_ONCE and WRITE_ONCE make no increment of a read and a write.
//
// STATES: 12
// TRANSITIONS: 14
// RUNS: 6
// FAILS: assert
//
// A thread is before (0), has read (1) or has written (2).
// States: 00, 10, 01, 11, 20, 02; 21 and 12 twice each, by what was read, 0 or 1; 22 twice, with 1 or 2 as the value. Together 12.
// Moves: 2 from 00, 10, 01, 11, 1 from the six others but 22 = 14. Runs: 4 over 2 = 6.

interface cell {
  value: int;
}

const cell = object<cell>();

function a(): void {
  WRITE_ONCE(cell.value, READ_ONCE(cell.value) + 1);
}

function b(): void {
  WRITE_ONCE(cell.value, READ_ONCE(cell.value) + 1);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
  at_end(() => cell.value === 2, 'both count');
});

export {};
