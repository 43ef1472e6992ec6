import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileModel } from '../../src/model/frontend/ts/compile.ts';
import type { ModelProgram } from '../../src/model/ir/execution.ts';
import { properties, simulate, type Property } from '../../src/model/simulate.ts';

/** What the models share. */
const common = `
interface dev { a: mutex; b: mutex; c: mutex; spin: spinlock_t; rw: rw_semaphore; i: int; flag: int; slots: array<int, 3> }
const d = object<dev>();
const q = object<wait_queue_head_t>();
`;

interface Pair {
  readonly what: string;
  readonly property: Property;
  /** Goes wrong. */
  readonly wrong: string;
  /** Is alike, and does not. */
  readonly right: string;
}

const threads = (...functions: readonly string[]): string => functions.map((name) => `thread('${name}', ${name});`).join(' ');
const scenario = (...body: readonly string[]): string => `scenario('only', 'Only', () => { ${body.join(' ')} });`;

const set = 'function set(): void { mutex_lock(d.a); d.flag = 1; mutex_unlock(d.a); }';
const ring = 'function push(): void { WRITE_ONCE(d.slots[1], 5); WRITE_ONCE(d.i, 1); }';

/** Locks two mutexes the other way round than `setup`, if it saw the flag with `a` held. */
const user = (lock: string): string => `
  function user(): void {
    if (${lock}) return;
    const ready = d.flag;
    mutex_unlock(d.a);
    if (ready) { mutex_lock(d.c); mutex_lock(d.b); mutex_unlock(d.b); mutex_unlock(d.c); }
  }
  function setup(): void {
    mutex_lock(d.a); d.flag = 1; mutex_unlock(d.a);
    mutex_lock(d.b); mutex_lock(d.c); mutex_unlock(d.c); mutex_unlock(d.b);
  }`;

/** Somebody looks at the flag, with a lock that may be given up for a signal. */
const looks = (lock: string, claim: string): string =>
  `${set} function look(): void { if (${lock} == 0) { assert(${claim}); mutex_unlock(d.a); } } ${scenario(threads('look', 'set'))}`;

/** A field of an interface with this name is written by one and read by another. */
const named = (name: string, expected: number): string => `
  interface ${name} { ${name}x: int }
  const o = object<${name}>();
  function write(o: ${name}): void { WRITE_ONCE(o.${name}x, 7); }
  function read(o: ${name}): void { assert(READ_ONCE(o.${name}x) != ${expected}); }
  scenario('only', 'Only', () => { thread('write', write, o); thread('read', read, o); });`;

/** Somebody takes it that the read side can be entered. */
const tries = 'function tries(): void { const got = down_read_trylock(d.rw); assert(got); if (got) up_read(d.rw); }';

/** Somebody waits for 2, while another writes 1 and 0. */
const flips = (loop: string): string =>
  `function flip(): void { ${loop} { WRITE_ONCE(d.i, 1); WRITE_ONCE(d.i, 0); } } ${scenario(threads('wait', 'flip'))}`;

const pairs: readonly Pair[] = [
  ...['mutex_lock_interruptible(d.a)', 'mutex_lock_killable(d.a)'].flatMap((lock): readonly Pair[] => [
    {
      what: `${lock}, while others hold the lock and after`,
      property: 'assert',
      wrong: looks(lock, 'd.flag == 0'),
      right: looks(lock, 'd.flag < 2'),
    },
    {
      what: `${lock} decides what is locked next`,
      property: 'deadlock',
      wrong: `${user(lock)} ${scenario(threads('user', 'setup'))}`,
      right: `${user(lock)} ${scenario(threads('user', 'user'))}`,
    },
    {
      what: `the own lock again, by ${lock}`,
      property: 'deadlock',
      wrong: `function f(): void { mutex_lock(d.a); mutex_lock(d.a); } ${scenario(threads('f'))}`,
      right: `function f(): void { mutex_lock(d.a); if (${lock} == 0) mutex_unlock(d.a); mutex_unlock(d.a); } ${scenario(threads('f'))}`,
    },
  ]),
  {
    what: 'an index that changes, at the end',
    property: 'assert',
    wrong: `${ring} ${scenario(threads('push'), 'at_end(() => d.slots[d.i] == 0);')}`,
    right: `${ring} ${scenario(threads('push'), 'at_end(() => d.slots[d.i] == 5);')}`,
  },
  { what: 'an interface with a dollar in its name', property: 'assert', wrong: named('$dev', 7), right: named('$dev', 8) },
  { what: 'an interface of letters beyond ASCII', property: 'assert', wrong: named('é', 7), right: named('é', 8) },
  {
    what: 'a wait for its own readers, which may not sleep there either',
    property: 'atomic',
    wrong: `function f(): void { rcu_read_lock(); synchronize_rcu(); rcu_read_unlock(); } ${scenario(threads('f'))}`,
    right: `function f(): void { rcu_read_lock(); rcu_read_unlock(); synchronize_rcu(); } ${scenario(threads('f'))}`,
  },
  {
    what: 'the own mutex again, inside of a spinlock',
    property: 'atomic',
    wrong: `function f(): void { mutex_lock(d.a); spin_lock(d.spin); mutex_lock(d.a); } ${scenario(threads('f'))}`,
    right: `function f(): void { mutex_lock(d.a); mutex_lock(d.a); spin_lock(d.spin); } ${scenario(threads('f'))}`,
  },
  {
    what: 'a condition that nobody can come to change, and one that somebody changes for ever',
    property: 'deadlock',
    wrong: `function wait(): void { wait_event(q, () => d.i == 2); } ${flips('for (let i = 0; i < 2; i++)')}`,
    right: `function wait(): void { wait_event(q, () => d.i == 2); } ${flips('while (true)')}`,
  },
  ...['down_write(d.rw)', 'if (down_write_killable(d.rw) == 0) up_write(d.rw)'].map((write): Pair => ({
    what: `${write} of a reader, which keeps readers out while it queues`,
    property: 'assert',
    wrong: `function f(): void { down_read(d.rw); ${write}; up_read(d.rw); } ${tries} ${scenario(threads('f', 'tries'))}`,
    right: `function f(): void { down_read(d.rw); up_read(d.rw); } ${tries} ${scenario(threads('f', 'tries'))}`,
  })),
  {
    what: 'an object called rcu beside RCU',
    property: 'race',
    wrong: `const rcu = object<dev>(); function f(): void { rcu_read_lock(); rcu.i = 1; rcu_read_unlock(); } ${scenario(threads('f', 'f'))}`,
    right: `const rcu = object<dev>(); function f(): void { mutex_lock(rcu.a); rcu.i = 1; mutex_unlock(rcu.a); } ${scenario(threads('f', 'f'))}`,
  },
];

function compiled(text: string): ModelProgram {
  const { program, problems } = compileModel(`${common}${text}`, 'pair.model.ts');
  assert.deepEqual(problems, []);
  return program;
}

function answers(text: string, property: Property): readonly (string | undefined)[] {
  const program = compiled(text);
  const ask = (isReduced: boolean, asked: readonly Property[]): string | undefined =>
    simulate(program, { properties: asked, isReduced, limits: {}, rules: [] }).verdicts[property];
  return [ask(true, [property]), ask(false, [property]), ask(true, properties)];
}

for (const { what, property, wrong, right } of pairs) {
  test(`${property}: ${what}`, () => {
    assert.deepEqual(answers(wrong, property), ['violated', 'violated', 'violated'], 'wrong');
    assert.deepEqual(answers(right, property), ['holds', 'holds', 'holds'], 'right');
  });
}
