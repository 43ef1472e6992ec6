// Readers do not keep each other out.
//
// STATES: 9
// TRANSITIONS: 12
// RUNS: 6
// HOLDS
//
// Two threads of two free steps each. States: 3 × 3. Moves: 2 × 3 of each. Runs: 4 over 2.

const l = object<rwlock_t>();

function a(): void {
  read_lock(l);
  read_unlock(l);
}

function b(): void {
  read_lock(l);
  read_unlock(l);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
