// A read side of SRCU may sleep.
//
// STATES: 3
// TRANSITIONS: 2
// RUNS: 1
// HOLDS
//
// Enters and leaves; to sleep is no step.

const domain = object<srcu_struct>();

function a(): void {
  srcu_read_lock(domain);
  msleep(1);
  srcu_read_unlock(domain);
}

scenario('only', 'A alone', () => {
  thread('A', a);
});

export {};
