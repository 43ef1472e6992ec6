// A loop over a parameter: its counter tells one round from the next.
//
// STATES: 5
// TRANSITIONS: 4
// RUNS: 1
// HOLDS
//
// Two rounds of two steps.

const ROUNDS = parameter('rounds', 2);
const m = object<mutex>();

function a(): void {
  for (let round = 0; round < ROUNDS; round++) {
    mutex_lock(m);
    mutex_unlock(m);
  }
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
