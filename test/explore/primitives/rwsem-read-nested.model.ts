// Read sides of a semaphore nest where no writer comes between; each is a step.
//
// STATES: 5
// TRANSITIONS: 4
// RUNS: 1
// HOLDS
//
// A straight line of 4 steps.

const s = object<rw_semaphore>();

function a(): void {
  down_read(s);
  down_read(s);
  up_read(s);
  up_read(s);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
