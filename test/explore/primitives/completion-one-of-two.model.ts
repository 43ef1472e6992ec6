// One completion is for one waiter.
//
// STATES: 4
// TRANSITIONS: 3
// RUNS: 2
// FAILS: deadlock
//
// C completes, then A or B goes on; the other waits for ever.

interface work {
  done: completion;
}

const work = object<work>();

function waiter(): void {
  wait_for_completion(work.done);
}

function completer(): void {
  complete(work.done);
}

scenario('only', 'Two wait', () => {
  thread('A', waiter);
  thread('B', waiter);
  thread('C', completer);
});

export {};
