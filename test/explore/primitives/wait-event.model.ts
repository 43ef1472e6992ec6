// Who waits for a condition goes on once it holds; wake_up is not needed for that.
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

function a(): void {
  wait_event(flag.queue, () => READ_ONCE(flag.set) === 1);
}

function b(): void {
  WRITE_ONCE(flag.set, 1);
  wake_up(flag.queue);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
