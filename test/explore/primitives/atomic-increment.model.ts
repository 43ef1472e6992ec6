// An atomic increment is one step.
//
// STATES: 4
// TRANSITIONS: 4
// RUNS: 2
// HOLDS
//
// One step each.

interface cell {
  value: int;
}

const cell = object<cell>();

function a(): void {
  atomic_inc(cell.value);
}

function b(): void {
  atomic_inc(cell.value);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
  at_end(() => cell.value === 2, 'both count');
});

export {};
