// A wait sleeps even where its condition holds already.
//
// STATES: 5
// TRANSITIONS: 4
// RUNS: 1
// FAILS: atomic
//
// A straight line of 4 steps.

interface flag {
  set: int;
  queue: wait_queue_head_t;
}

const flag = object<flag>();
const s = object<spinlock_t>();

function a(): void {
  spin_lock(s);
  WRITE_ONCE(flag.set, 1);
  wait_event(flag.queue, () => READ_ONCE(flag.set) === 1);
  spin_unlock(s);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
