// A read side of RCU must not sleep.
//
// STATES: 3
// TRANSITIONS: 2
// RUNS: 1
// FAILS: atomic
//
// Enters and leaves; to sleep is no step.

function a(): void {
  rcu_read_lock();
  msleep(1);
  rcu_read_unlock();
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
