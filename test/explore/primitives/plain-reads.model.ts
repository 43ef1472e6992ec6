// Plain reads alone are no data race; what no thread writes is not even a step.
//
// STATES: 1
// TRANSITIONS: 0
// RUNS: 1
// HOLDS
//
// Both threads end without a step.

interface cell {
  value: int;
}

const cell = object<cell>();

function a(): void {
  assert(cell.value === 0);
}

function b(): void {
  assert(cell.value === 0);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
