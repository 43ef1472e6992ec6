// A scenario can say who must not idle for ever.
//
// STATES: 1
// TRANSITIONS: 0
// RUNS: 1
// FAILS: start
//
// Nothing can happen.

interface flag {
  set: int;
  queue: wait_queue_head_t;
}

const flag = object<flag>();

function a(mine: flag): void {
  wait_event_idle(mine.queue, () => mine.set === 1);
}

scenario('only', 'A alone', () => {
  thread('A', a, flag);
  at_end(() => !unfinished(flag), 'A ends', 'start');
});

export {};
