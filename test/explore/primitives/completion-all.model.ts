// complete_all is for every waiter.
//
// STATES: 5
// TRANSITIONS: 5
// RUNS: 2
// HOLDS
//
// C completes, then A and B go on in either order.

interface work {
  done: completion;
}

const work = object<work>();

function waiter(): void {
  wait_for_completion(work.done);
}

function completer(): void {
  complete_all(work.done);
}

scenario('only', 'Two wait', () => {
  thread('A', waiter);
  thread('B', waiter);
  thread('C', completer);
});

export {};
