// To wait for what never comes is a deadlock.
//
// STATES: 1
// TRANSITIONS: 0
// RUNS: 1
// FAILS: deadlock
//
// Nothing can happen.

interface flag {
  set: int;
  queue: wait_queue_head_t;
}

const flag = object<flag>();

function a(): void {
  wait_event(flag.queue, () => flag.set === 1);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
