// Barriers, wake-ups and initializers are no steps.
//
// STATES: 2
// TRANSITIONS: 1
// RUNS: 1
// HOLDS
//
// One step: the write.

interface flag {
  set: int;
  queue: wait_queue_head_t;
}

const flag = object<flag>();

function a(): void {
  init_waitqueue_head(flag.queue);
  WRITE_ONCE(flag.set, 1);
  smp_mb();
  barrier();
  cpu_relax();
  wake_up_all(flag.queue);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
