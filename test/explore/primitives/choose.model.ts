// Every choice is explored.
//
// STATES: 4
// TRANSITIONS: 3
// RUNS: 3
// HOLDS
//
// Three places to start at, by what was chosen, and the end: what is written is never read.

interface cell {
  value: int;
}

const cell = object<cell>();

function a(): void {
  WRITE_ONCE(cell.value, choose(1, 2, 3));
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
