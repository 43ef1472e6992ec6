// Bits by their number: one step each.
//
// STATES: 11
// TRANSITIONS: 10
// RUNS: 1
// HOLDS
//
// A straight line of 10 steps.

interface cell {
  value: int;
}

const cell = object<cell>();

function a(): void {
  assert(!test_bit(3, cell.value));
  set_bit(3, cell.value);
  assert(test_bit(3, cell.value));
  assert(test_and_set_bit(3, cell.value));
  assert(!test_and_set_bit(0, cell.value));
  assert(READ_ONCE(cell.value) === 9);
  assert(test_and_clear_bit(3, cell.value));
  assert(!test_and_clear_bit(3, cell.value));
  clear_bit(0, cell.value);
  assert(READ_ONCE(cell.value) === 0);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
