// Two fields, one of them read before and one after they are written.
//
// STATES: 9
// TRANSITIONS: 12
// RUNS: 6
// FAILS: torn
//
// Two threads of two free steps each: 3 × 3 states. Without the claim nobody needs what was read.

interface pair {
  x: int;
  y: int;
}

const pair = object<pair>();

function a(): void {
  WRITE_ONCE(pair.x, 1);
  WRITE_ONCE(pair.y, 1);
}

function b(): void {
  const x = READ_ONCE(pair.x);
  const y = READ_ONCE(pair.y);
  assert(x === y, 'both are of one writer', 'torn');
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
