// Who holds a spinlock must not sleep.
//
// STATES: 3
// TRANSITIONS: 2
// RUNS: 1
// FAILS: atomic
//
// Takes and releases; to sleep is no step.

const s = object<spinlock_t>();

function a(): void {
  spin_lock(s);
  might_sleep();
  spin_unlock(s);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
