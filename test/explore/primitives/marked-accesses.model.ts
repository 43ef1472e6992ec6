// Two marked accesses at once are no data race.
//
// STATES: 4
// TRANSITIONS: 4
// RUNS: 2
// HOLDS
//
// One step each. What A reads is not used: no states of its own.

interface cell {
  value: int;
}

const cell = object<cell>();

function a(): void {
  READ_ONCE(cell.value);
}

function b(): void {
  WRITE_ONCE(cell.value, 1);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
