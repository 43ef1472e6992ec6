// The lost wake-up: who finds nothing to do and only then says that it sleeps may miss who brings it something meanwhile.
// Mended, it says so first and looks then (Documentation/memory-barriers.txt, "Sleep and wake-up functions").

interface task {
  ready: int;
  asleep: int;
  queue: wait_queue_head_t;
}

const task = object<task>();

function sleep(): void {
  wait_event(task.queue, () => READ_ONCE(task.asleep) === 0);
}

function looks_first(): void {
  if (READ_ONCE(task.ready)) return;
  WRITE_ONCE(task.asleep, 1);
  sleep();
}

function looks_last(): void {
  WRITE_ONCE(task.asleep, 1);
  if (READ_ONCE(task.ready)) WRITE_ONCE(task.asleep, 0);
  sleep();
}

function waker(): void {
  WRITE_ONCE(task.ready, 1);
  if (READ_ONCE(task.asleep)) WRITE_ONCE(task.asleep, 0);
}

scenario('lost', 'Looks, then sleeps', () => {
  thread('sleeper', looks_first);
  thread('waker', waker);
});

scenario('mended', 'Says that it sleeps, then looks', () => {
  thread('sleeper', looks_last);
  thread('waker', waker);
});

export {};
