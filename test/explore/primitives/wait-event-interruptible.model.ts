// A signal ends an interruptible wait at any time, and the result tells.
//
// STATES: 5
// TRANSITIONS: 6
// RUNS: 3
// HOLDS
//
// A waits (0), saw the condition (1) or is past (2), and goes from 0 to 2 by a signal; B is before or past its step.
// States: 00, 20 by a signal, 01, 11, 21. What A writes at 1 is never read: no states of its own.
// Moves: 2 from 00, 2 from 01, 1 from 11 and 20. Runs: signal, B; B, signal; B, condition, write.

interface flag {
  set: int;
  seen: int;
  queue: wait_queue_head_t;
}

const flag = object<flag>();

function a(): void {
  if (wait_event_interruptible(flag.queue, () => READ_ONCE(flag.set) === 1) === 0) WRITE_ONCE(flag.seen, 1);
}

function b(): void {
  WRITE_ONCE(flag.set, 1);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
