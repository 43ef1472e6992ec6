// A signal ends the wait for a completion at any time, and uses nothing up.
//
// STATES: 5
// TRANSITIONS: 5
// RUNS: 3
// HOLDS
//
// A waits or is past, B is before or past. States: both before; A past by a signal, B before; A waits, B past; both past, with the
// completion used up or left. Moves: 2 from the start, 1 after the signal, 2 after the completion.
// Runs: signal first, completion used, completion and then signal.

interface work {
  done: completion;
}

const work = object<work>();

function a(): void {
  wait_for_completion_interruptible(work.done);
}

function b(): void {
  complete(work.done);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
