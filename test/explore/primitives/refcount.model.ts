// References: one step each.
//
// STATES: 9
// TRANSITIONS: 8
// RUNS: 1
// HOLDS
//
// A straight line of 8 steps.

interface cell {
  value: int;
}

const cell = object<cell>();

function a(): void {
  refcount_set(cell.value, 1);
  assert(refcount_inc_not_zero(cell.value));
  refcount_inc(cell.value);
  refcount_dec(cell.value);
  assert(!refcount_dec_and_test(cell.value));
  assert(refcount_dec_and_test(cell.value));
  assert(!refcount_inc_not_zero(cell.value));
  assert(refcount_read(cell.value) === 0);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
