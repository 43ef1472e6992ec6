// What is taken back before anybody waits is lost.
//
// STATES: 5
// TRANSITIONS: 4
// RUNS: 2
// FAILS: deadlock
//
// A has gone on or not, B is at 0, 1 (completed) or 2 (taken back). States: B at 0, 1 and 2 with A waiting, 1 and 2 with A gone on.
// Moves: B, then A or B; after A, B. Runs: those two, and the one where B was first is stuck.

interface work {
  done: completion;
}

const work = object<work>();

function a(): void {
  wait_for_completion(work.done);
}

function b(): void {
  complete(work.done);
  reinit_completion(work.done);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
