// A condition over two fields is looked at in one step.
//
// STATES: 5
// TRANSITIONS: 5
// RUNS: 2
// HOLDS
//
// B and C in either order, then A: 4 states with A waiting, one with A past.

interface flag {
  set: int;
  seen: int;
  queue: wait_queue_head_t;
}

const flag = object<flag>();

function a(): void {
  wait_event(flag.queue, () => READ_ONCE(flag.set) === 1 && READ_ONCE(flag.seen) === 1);
}

function b(): void {
  WRITE_ONCE(flag.set, 1);
}

function c(): void {
  WRITE_ONCE(flag.seen, 1);
}

scenario('only', 'A, B and C', () => {
  thread('A', a);
  thread('B', b);
  thread('C', c);
});

export {};
