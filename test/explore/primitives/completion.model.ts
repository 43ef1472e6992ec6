// Who waits for a completion goes on once it is completed.
//
// STATES: 3
// TRANSITIONS: 2
// RUNS: 1
// HOLDS
//
// A has to wait for B: one run of two steps.

interface work {
  done: completion;
}

const work = object<work>();

function a(): void {
  wait_for_completion(work.done);
}

function b(): void {
  complete(work.done);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
