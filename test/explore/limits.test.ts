import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileModel } from '../../src/model/frontend/ts/compile.ts';
import type { ModelProgram } from '../../src/model/ir/execution.ts';
import {
  RunError,
  simulate,
  simulateContention,
  simulateLockdep,
  type Simulation,
  type SimulationRequest,
} from '../../src/model/simulate.ts';
import { LineIndex } from '../../src/model/source/text.ts';

/** Generous beside what is needed: other tests run at the same time. */
const patience = 60_000;

const common = `
interface dev { lock: mutex; n: int; k: int; j: int; p: pointer<dev> | null; a: array<int, 2> }
const d = object<dev>();
const q = object<wait_queue_head_t>();
`;

function compiled(text: string): ModelProgram {
  const { program, problems } = compileModel(`${common}${text}`, 'limits.model.ts');
  assert.deepEqual(problems, []);
  return program;
}

function run(program: ModelProgram, limits: SimulationRequest['limits'], isReduced = true): Simulation {
  return simulate(program, { properties: ['deadlock'], isReduced, limits, rules: [] });
}

const fourteen = compiled(`
  function f(): void { const c = choose(0, 1, 2, 3, 4, 5, 6, 7); mutex_lock(d.lock); d.n = c; mutex_unlock(d.lock); }
  scenario('s', 'S', () => { for (let i = 0; i < 14; i++) thread('f', f); });
`);

test('more ways to start than memory holds are a limit that is reached', () => {
  const request = { properties: ['deadlock' as const], isReduced: true, limits: { memory: 10e6 }, rules: [] };
  const { answer, limit, memory } = simulate(fourteen, request);
  assert.deepEqual({ answer, limit }, { answer: 'unknown', limit: 'memory' });
  assert.ok(memory <= 10e6, `${memory}`);
  assert.equal(simulateLockdep(fourteen, request).isComplete, false);
  assert.equal(simulateContention(fourteen, request), undefined);
});

const places = compiled(`
  function f(): void { for (let i = 0; i < 20000; i++) { WRITE_ONCE(d.a[0], 1); if (READ_ONCE(d.a[1]) == 2) break; } }
  scenario('s', 'S', () => { thread('f', f); });
`);

test('threads need memory before there is any state', () => {
  const started = performance.now();
  const request = { isReduced: true, limits: { memory: 20e6 }, rules: [] };
  const { answer, limit, states, message } = simulate(places, request);
  assert.deepEqual({ answer, limit, states }, { answer: 'unknown', limit: 'memory', states: 0 });
  assert.match(message, /^unknown: the threads alone need more memory than there may be/);
  assert.equal(simulateLockdep(places, request).isComplete, false);
  assert.equal(simulateContention(places, request), undefined);
  assert.ok(performance.now() - started < patience);
  assert.equal(run(places, { memory: 500e6 }).answer, 'holds');
});

test('a limit of states is kept to the state', () => {
  const program = compiled(`
    function f(): void { atomic_inc(d.n); atomic_inc(d.n); }
    scenario('s', 'S', () => { thread('f', f); thread('f', f); });
  `);
  const all = run(program, {}, false).states;
  for (const states of [1, 2, all - 1]) {
    const { answer, limit, states: seen } = run(program, { states }, false);
    assert.deepEqual({ answer, limit, seen }, { answer: 'unknown', limit: 'states', seen: states });
  }
  assert.equal(run(program, { states: all }, false).answer, 'holds');
});

test('what takes long is done in time', () => {
  const started = performance.now();
  const program = compiled(`
    function f(): void { for (let i = 0; i < 100000; i++) d.n = i; }
    scenario('s', 'S', () => { thread('f', f); });
  `);
  assert.equal(simulate(program, { isReduced: true, limits: {}, rules: [] }).answer, 'holds');
  assert.ok(performance.now() - started < patience);
});

/** Models that cannot be run: where `/*!*` + `/` stands, and who is there. */
const failing: readonly (readonly [what: string, text: string, who: string, message: RegExp])[] = [
  [
    'a null pointer in a function that is called',
    `function g(x: dev): void { const y = x.p; /*!*/y.n = 1; } function f(): void { g(d); } ${start('f')}`,
    'f in g',
    /null pointer/,
  ],
  ['an index outside', `function f(): void { const i = 2; /*!*/d.a[i] = 1; } ${start('f', 'f')}`, 'f 0 in f', /d\.a\[2\] is outside/],
  [
    'a division by zero',
    `function f(): void { const n = d.n; /*!*/const m = 1 / n; d.n = m; } ${start('f')}`,
    'f in f',
    /division by zero/,
  ],
  ['a bit that there is not', `function f(): void { const n = 33; /*!*/set_bit(n, d.n); } ${start('f')}`, 'f in f', /has no bit 33/],
  [
    'a bit below the first',
    `function f(): void { const n = -1; /*!*/const m = 1 << n; d.n = m; } ${start('f')}`,
    'f in f',
    /has no bit -1/,
  ],
  ['a loop without a step', `function f(): void { let i = 0; while (true) { /*!*/i++; } } ${start('f')}`, 'f in f', /runs for ever/],
  [
    'a variable without bound',
    `function f(): void { while (true) { const n = d.n; /*!*/d.n = n + 1; } } ${start('f')}`,
    'f in f',
    /d\.n takes more than 512 values: it grows without bound/,
  ],
  [
    'too many places',
    `function f(): void { for (let i = 0; i < 150000; i++) { /*!*/WRITE_ONCE(d.n, 1); WRITE_ONCE(d.k, 1); } } ${start('f')}`,
    'f in f',
    /more than 200000 places: its locals and loops have no bound, or too high a one/,
  ],
  [
    'a wait that looks at too much',
    `function f(): void { for (let i = 0; i < 80; i++) { WRITE_ONCE(d.n, i); WRITE_ONCE(d.k, i); WRITE_ONCE(d.j, i); } }
     function g(): void { /*!*/wait_event(q, () => d.n + d.k + d.j == 3); } ${start('f', 'g')}`,
    'in g',
    /too many values together/,
  ],
  [
    'a wait whose array changes',
    `function f(): void { WRITE_ONCE(d.p, d); } function g(): void { /*!*/wait_event(q, () => d.p.a.length == 2); } ${start('f', 'g')}`,
    'g in g',
    /depends on d\.p, which changes/,
  ],
  [
    'a null pointer at the end',
    `function f(): void { WRITE_ONCE(d.n, 1); } scenario('s', 'S', () => { thread('f', f); /*!*/at_end(() => d.p.n == 1); });`,
    'in scenario s',
    /null pointer/,
  ],
  [
    'a lock of a scenario',
    `function f(): void { d.n = 1; } scenario('s', 'S', () => { /*!*/mutex_lock(d.lock); thread('f', f); });`,
    'in scenario s',
    /takes no locks/,
  ],
  [
    'setting up for ever, in two loops',
    `function f(): void { d.n = 1; }
     scenario('s', 'S', () => { for (let i = 0; i < 900000; i++) { for (let j = 0; j < 10000; j++) { /*!*/} d.n = 1; } thread('f', f); });`,
    'in scenario s',
    /setting up s does not end/,
  ],
  [
    'computing for ever, in two loops',
    `function f(): void { for (let i = 0; i < 100000; i++) { for (let j = 0; j < 10000; j++) { /*!*/} WRITE_ONCE(d.n, 1); } } ${start('f')}`,
    'f in f',
    /too much that nobody sees/,
  ],
  [
    'arrays of arrays',
    `interface big { a: array<array<array<int, 1000>, 1000>, 1000> } const b = object<big>(); function f(): void { b.a[0][0][0] = 1; } ${start('f')}`,
    '',
    /more than 100000 variables and locks/,
  ],
  [
    'a lock by the name of RCU',
    `const rcu = object<mutex>(); function f(): void { mutex_lock(rcu); mutex_unlock(rcu); } ${start('f')}`,
    '',
    /rcu is the lock class of RCU itself/,
  ],
];

function start(...functions: readonly string[]): string {
  return `scenario('s', 'S', () => { ${functions.map((name) => `thread('${name}', ${name});`).join(' ')} });`;
}

for (const [what, text, who, message] of failing) {
  test(`cannot be run, and where: ${what}`, () => {
    const started = performance.now();
    const program = compiled(text);
    const error = errorOf(() => simulate(program, { isReduced: true, limits: {}, rules: [] }));
    assert.match(error.message, message);
    const { thread, function: name, at } = error.place;
    assert.equal([thread, name && `in ${name}`].filter((each) => each !== undefined).join(' '), who);
    const lines = new LineIndex(program.text);
    const marked = program.text.indexOf('/*!*/');
    if (marked < 0) assert.equal(at, undefined);
    else assert.equal(at && lines.line(at.start), lines.line(marked));
    assert.ok(performance.now() - started < patience);
  });
}

function errorOf(action: () => unknown): RunError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof RunError, String(error));
    return error;
  }
  return assert.fail('it can be run');
}
