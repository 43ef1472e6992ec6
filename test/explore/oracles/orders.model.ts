// Orders of locks: two and three threads in a circle, the same behind a gate, in one order, and with a way back.

const a = object<mutex>();
const b = object<mutex>();
const c = object<mutex>();
const gate = object<mutex>();

function ab(): void {
  mutex_lock(a);
  mutex_lock(b);
  mutex_unlock(b);
  mutex_unlock(a);
}

function ba(): void {
  mutex_lock(b);
  mutex_lock(a);
  mutex_unlock(a);
  mutex_unlock(b);
}

function bc(): void {
  mutex_lock(b);
  mutex_lock(c);
  mutex_unlock(c);
  mutex_unlock(b);
}

function ca(): void {
  mutex_lock(c);
  mutex_lock(a);
  mutex_unlock(a);
  mutex_unlock(c);
}

function gated_ab(): void {
  mutex_lock(gate);
  ab();
  mutex_unlock(gate);
}

function gated_ba(): void {
  mutex_lock(gate);
  ba();
  mutex_unlock(gate);
}

/** Takes the second lock only if it is free, and starts again if it is not. */
function ba_backing_off(): void {
  while (true) {
    mutex_lock(b);
    if (mutex_trylock(a)) break;
    mutex_unlock(b);
  }
  mutex_unlock(a);
  mutex_unlock(b);
}

scenario('abba', 'A then B against B then A', () => {
  thread('AB', ab);
  thread('BA', ba);
});

scenario('abab', 'One order', () => {
  thread('AB', ab);
  thread('AB', ab);
});

scenario('circle', 'A then B, B then C, C then A', () => {
  thread('AB', ab);
  thread('BC', bc);
  thread('CA', ca);
});

scenario('gate', 'A then B against B then A, both behind a gate', () => {
  thread('AB', gated_ab);
  thread('BA', gated_ba);
});

scenario('half a gate', 'Only one of them behind the gate', () => {
  thread('AB', gated_ab);
  thread('BA', ba);
});

scenario('back off', 'Who takes them the other way round tries only', () => {
  thread('AB', ab);
  thread('BA', ba_backing_off);
});

export {};
