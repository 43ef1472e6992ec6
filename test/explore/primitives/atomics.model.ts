// What atomics write and give back: one step each.
//
// STATES: 19
// TRANSITIONS: 18
// RUNS: 1
// HOLDS
//
// A straight line of 18 steps.

interface cell {
  value: int;
}

const cell = object<cell>();

function a(): void {
  assert(atomic_inc_return(cell.value) === 1);
  assert(atomic_dec_return(cell.value) === 0);
  assert(!atomic_inc_not_zero(cell.value));
  atomic_set(cell.value, 5);
  assert(atomic_inc_not_zero(cell.value));
  assert(atomic_fetch_add(2, cell.value) === 6);
  atomic_add(1, cell.value);
  atomic_sub(8, cell.value);
  assert(atomic_dec_and_test(cell.value));
  assert(atomic_xchg(cell.value, 4) === 0);
  assert(atomic_cmpxchg(cell.value, 3, 9) === 4);
  assert(atomic_cmpxchg(cell.value, 4, 9) === 4);
  atomic_or(6, cell.value);
  atomic_and(12, cell.value);
  atomic_andnot(8, cell.value);
  atomic_inc(cell.value);
  atomic_dec(cell.value);
  assert(atomic_read(cell.value) === 4);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
