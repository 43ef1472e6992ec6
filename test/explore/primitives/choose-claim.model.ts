// A claim fails if it fails for one choice.
//
// STATES: 1
// TRANSITIONS: 0
// RUNS: 1
// FAILS: assert
//
// Two ways to start that end at once, in the same place.

function a(): void {
  assert(choose(0, 1) === 1);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
