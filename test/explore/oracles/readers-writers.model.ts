// A lock for readers and writers made of a mutex and a number of readers: who writes keeps the mutex, so that no reader comes
// in, and waits for those who are inside. The broken writer waits first and takes the mutex then.

interface lock {
  gate: mutex;
  readers: int;
  queue: wait_queue_head_t;
}

interface pair {
  x: int;
  y: int;
}

const lock = object<lock>();
const pair = object<pair>();

function reader(): void {
  mutex_lock(lock.gate);
  atomic_inc(lock.readers);
  mutex_unlock(lock.gate);
  const x = pair.x;
  const y = pair.y;
  assert(x === y, 'both are of one writer', 'torn');
  atomic_dec(lock.readers);
  wake_up(lock.queue);
}

function write(): void {
  pair.x = 1;
  pair.y = 1;
}

function writer(): void {
  mutex_lock(lock.gate);
  wait_event(lock.queue, () => atomic_read(lock.readers) === 0);
  write();
  mutex_unlock(lock.gate);
}

function broken_writer(): void {
  wait_event(lock.queue, () => atomic_read(lock.readers) === 0);
  mutex_lock(lock.gate);
  write();
  mutex_unlock(lock.gate);
}

scenario('right', 'Two readers and a writer', () => {
  thread('reader', reader);
  thread('reader', reader);
  thread('writer', writer);
});

scenario('broken', 'Two readers and a writer that waits too early', () => {
  thread('reader', reader);
  thread('reader', reader);
  thread('writer', broken_writer);
});

export {};
