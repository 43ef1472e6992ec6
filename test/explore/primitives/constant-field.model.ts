// What no thread writes is as good as a constant: to read it is no step.
//
// STATES: 2
// TRANSITIONS: 1
// RUNS: 1
// HOLDS
//
// One step: the write. The scenario set the limit before.

interface cell {
  value: int;
  limit: int;
}

const cell = object<cell>();

function a(): void {
  WRITE_ONCE(cell.value, cell.limit);
  assert(cell.limit === 7);
}

scenario('only', 'A alone', () => {
  cell.limit = 7;
  thread('A', a);
});

export {};
