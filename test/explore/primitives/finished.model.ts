// Who is started after all ends.
//
// STATES: 3
// TRANSITIONS: 2
// RUNS: 1
// HOLDS
//
// A has to wait for B: one run of two steps.

interface flag {
  set: int;
  queue: wait_queue_head_t;
}

const flag = object<flag>();

function a(mine: flag): void {
  wait_event_idle(mine.queue, () => READ_ONCE(mine.set) === 1);
}

function b(): void {
  WRITE_ONCE(flag.set, 1);
}

scenario('only', 'A and B', () => {
  thread('A', a, flag);
  thread('B', b);
  at_end(() => !unfinished(flag), 'A ends', 'start');
});

export {};
