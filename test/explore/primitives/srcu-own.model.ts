// A grace period inside of the same read side never ends.
//
// STATES: 3
// TRANSITIONS: 2
// RUNS: 1
// FAILS: deadlock
//
// A enters, begins to wait, and waits for itself.

const domain = object<srcu_struct>();

function a(): void {
  srcu_read_lock(domain);
  synchronize_srcu(domain);
  srcu_read_unlock(domain);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
