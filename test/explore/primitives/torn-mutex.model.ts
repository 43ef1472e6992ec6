// Two fields under a mutex are of one writer.
//
// STATES: 16
// TRANSITIONS: 16
// RUNS: 2
// HOLDS
//
// As mutex-increment: four steps each, three places inside.

interface pair {
  x: int;
  y: int;
}

const pair = object<pair>();
const m = object<mutex>();

function a(): void {
  mutex_lock(m);
  WRITE_ONCE(pair.x, 1);
  WRITE_ONCE(pair.y, 1);
  mutex_unlock(m);
}

function b(): void {
  mutex_lock(m);
  const x = READ_ONCE(pair.x);
  const y = READ_ONCE(pair.y);
  mutex_unlock(m);
  assert(x === y, 'both are of one writer', 'torn');
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
