// Read sides nest: only the outermost is seen.
//
// STATES: 10
// TRANSITIONS: 13
// RUNS: 5
// HOLDS
//
// As srcu: the inner read side is no step.

const domain = object<srcu_struct>();

function a(): void {
  const outer = srcu_read_lock(domain);
  const inner = srcu_read_lock(domain);
  srcu_read_unlock(domain, inner);
  srcu_read_unlock(domain, outer);
}

function b(): void {
  synchronize_srcu(domain);
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
