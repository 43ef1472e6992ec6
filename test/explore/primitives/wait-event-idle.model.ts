// An idle wait may be for ever.
//
// STATES: 1
// TRANSITIONS: 0
// RUNS: 1
// HOLDS
//
// Nothing can happen, and that is no deadlock.

interface flag {
  set: int;
  queue: wait_queue_head_t;
}

const flag = object<flag>();

function a(): void {
  wait_event_idle(flag.queue, () => flag.set === 1);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
