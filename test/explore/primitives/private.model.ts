// What only one thread sees is no step: locals, calls, branches, loops.
//
// STATES: 1
// TRANSITIONS: 0
// RUNS: 1
// HOLDS
//
// A ends without a step.

function sum(n: int): int {
  let total = 0;
  for (let i = 1; i <= n; i++) {
    if (i === 2) continue;
    total += i;
  }
  return total;
}

function a(): void {
  assert(sum(4) === 8);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
