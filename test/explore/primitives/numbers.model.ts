// Numbers are integers of 32 bits, as of C.
//
// STATES: 3
// TRANSITIONS: 2
// RUNS: 1
// HOLDS
//
// A straight line of 2 steps.

interface cell {
  value: int;
}

const cell = object<cell>();

function a(): void {
  WRITE_ONCE(cell.value, 2147483647);
  const most = READ_ONCE(cell.value);
  assert(most + 1 === -2147483648);
  assert(-7 / 2 === -3 && -7 % 2 === -1 && 1 << 4 === 16 && ~0 === -1);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
