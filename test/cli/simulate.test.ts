import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMermaid } from '../trace/mermaid-parser.ts';
import { lockstep, makeTree } from './lockstep.ts';

const inversion = `
const a = object<mutex>();
const b = object<mutex>();

function forth(): void {
  mutex_lock(a);
  mutex_lock(b);
  mutex_unlock(b);
  mutex_unlock(a);
}

function back(): void {
  mutex_lock(b);
  mutex_lock(a);
  mutex_unlock(a);
  mutex_unlock(b);
}

scenario('both', 'Both orders', () => {
  thread('forth', forth);
  thread('back', back);
});

scenario('one', 'One order', () => {
  thread('forth', forth);
  if (option('more')) thread('more', forth);
});
`;

test('the deadlock before the patch: who waits for whom, step by step, with status 1', async (t) => {
  const { status, stdout, stderr } = await lockstep(makeTree(t, {}), 'simulate', 'before', '--with', 'aia', '--property', 'deadlock');
  assert.equal(status, 1, stderr);
  assert.match(stdout, /^before: Everything together \(2 vCPUs, 1 round, with aia\)\nviolated: deadlock: /);
  assert.match(stdout, /^ +\d+ {2}AIA +begins to wait for the readers of vm\.srcu {2}\[kvm_io_bus_register_dev, before\.model\.ts:\d+\]$/m);
  assert.match(stdout, /^ +vCPU \d {2}waits for vm\.lock, held by AIA {2}\[kvm_sbi_ext_hsm_handler, /m);
  assert.match(stdout, /^lockdep, SRCU annotated as before f0f44752f5f6: reports nothing$/m);
  assert.match(stdout, /^lockdep, SRCU annotated as after f0f44752f5f6: reports 1$/m);
  assert.match(stdout, /^\d+ states, \d+ transitions, depth \d+, [\d.]+ MB, [\d.]+ s, \d+ transitions a second$/m);
});

test('what holds ends with status 0', async (t) => {
  const { status, stdout } = await lockstep(makeTree(t, {}), 'simulate', 'followup', '--with', 'aia,imsic');
  assert.equal(status, 0);
  assert.match(stdout, /^holds in every interleaving \(deadlock, order, race, torn, assert, atomic, exit, start\)$/m);
});

test('a limit makes the answer unknown, with status 3', async (t) => {
  const { status, stdout } = await lockstep(makeTree(t, {}), 'simulate', 'followup', '--vcpus', '4', '--max-states', '500');
  assert.equal(status, 3);
  assert.match(stdout, /^unknown: the limit of states was reached after \d+ states; nothing wrong was found until then/m);
});

test('a model of one’s own, scenario by scenario', async (t) => {
  const cwd = makeTree(t, { 'abba.model.ts': inversion });
  const both = await lockstep(cwd, 'simulate', 'abba.model.ts');
  assert.equal(both.status, 1, both.stderr);
  assert.match(
    both.stdout,
    /forth waits for b, held by back; back waits for a, held by forth|back waits for a, held by forth; forth waits for b, held by back/,
  );
  const one = await lockstep(cwd, 'simulate', 'abba.model.ts', '--scenario', 'one', '--format', 'json', '--with', 'none');
  assert.equal(one.status, 0, one.stderr);
  const report = JSON.parse(one.stdout) as Record<string, unknown>;
  const { version, model, scenario, answer, states, trace } = report;
  assert.deepEqual(
    { version, model, scenario, answer, states, trace, with: report['with'] },
    { version: 1, model: 'abba.model.ts', scenario: 'one', answer: 'holds', states: 2, trace: undefined, with: [] },
  );
});

test('the JSON of a run that goes wrong', async (t) => {
  const cwd = makeTree(t, { 'abba.model.ts': inversion });
  const { stdout } = await lockstep(cwd, 'simulate', 'abba.model.ts', '--format', 'json');
  const report = JSON.parse(stdout) as {
    property: string;
    trace: { thread: string; function: string; text: string; at: { file: string; line: number }; held: string[]; changed: object }[];
    waiting: { thread: string; text: string; for: string[] }[];
    lockdep: { before: { reports: { kind: string; classes: string[] }[] } };
  };
  assert.equal(report.property, 'deadlock');
  assert.deepEqual(
    report.trace
      .map(({ thread, function: fn, text, at, held }) => ({ thread, fn, text, at, held }))
      .sort((x, y) => (x.thread < y.thread ? 1 : -1)),
    [
      { thread: 'forth', fn: 'forth', text: 'takes a', at: { file: 'abba.model.ts', line: 6 }, held: ['a'] },
      { thread: 'back', fn: 'back', text: 'takes b', at: { file: 'abba.model.ts', line: 13 }, held: ['b'] },
    ],
  );
  assert.deepEqual(
    report.lockdep.before.reports.map(({ kind }) => kind),
    ['circular'],
  );
});

test('the step that breaks an order is named, in text and in JSON', async () => {
  const args = ['simulate', 'before', '--scenario', 'start-create', '--property', 'order'];
  const text = await lockstep('.', ...args);
  assert.match(text.stdout, /^ {4}! {2}vCPU 0 {2}takes vm\.lock, with vcpus\[0\]\.mutex and vm\.srcu held {2}\[kvm_sbi_ext_hsm_handler, /m);
  const { last } = JSON.parse((await lockstep('.', ...args, '--format', 'json')).stdout) as { last: object };
  assert.deepEqual(last, { ...last, thread: 'vCPU 0', text: 'takes vm.lock', held: ['vcpus[0].mutex', 'vm.srcu'] });
});

test('a run as a sequence diagram, with the status of the answer', async () => {
  const violated = await lockstep('.', 'simulate', 'before', '--scenario', 'start-aia', '--format', 'mermaid');
  assert.equal(violated.status, 1);
  await parseMermaid(violated.stdout);
  assert.match(violated.stdout, /WAIT-FOR CYCLE/);
  const holds = await lockstep('.', 'simulate', 'followup', '--scenario', 'start-aia', '--format', 'mermaid');
  assert.equal(holds.status, 0);
  await parseMermaid(holds.stdout);
  assert.match(holds.stdout, /the grace period of vm\.srcu/);
});

test('two versions side by side', async (t) => {
  const args = ['simulate', 'before', '--compare', 'patched', '--scenario', 'start-start'];
  const { status, stdout } = await lockstep(makeTree(t, {}), ...args);
  assert.equal(status, 1);
  assert.match(stdout, /^ +before +patched$/m);
  assert.match(stdout, /^waiting for vm\.lock +[\d.]+ %, queue \d, wait \d+ +nobody waits$/m);
  assert.match(
    stdout,
    /^two threads at once in kvm_sbi_hsm_vcpu_start +no +yes$|^waiting for vcpus\[2\]\.arch\.mp_state_lock +nobody waits +[\d.]+ %/m,
  );
});

test('documented orders of a tree are what a model is held to', async (t) => {
  const cwd = makeTree(t, {
    'abba.model.ts': inversion.replace(/\b([ab])\b/g, '$1_lock'),
    'locking.rst': '- a_lock is taken outside b_lock\n',
  });
  const { status, stdout, stderr } = await lockstep(cwd, 'simulate', 'abba.model.ts', '--orders', 'locking.rst', '--property', 'order');
  assert.equal(status, 1, stderr + stdout);
  assert.match(stdout, /order: a_lock is taken inside b_lock, documented outside it \(locking\.rst:1: /);
});

const refused: readonly [name: string, args: string[], message: RegExp][] = [
  ['no model', [], /simulate needs a MODEL or a NAME: before, patched, followup/],
  ['no such file', ['nothing.ts'], /cannot read nothing\.ts: .*; models that come along: before, patched, followup/],
  ['no such scenario', ['before', '--scenario', 'x'], /no scenario x; there is: everything, /],
  ['no such thread', ['before', '--with', 'aia,usb'], /no optional thread usb; there is: aia, imsic, create, mps/],
  ['no such property', ['before', '--property', 'speed'], /unknown property speed; there is: deadlock, /],
  ['no number', ['before', '--vcpus', 'many'], /--vcpus takes a number from 1 on, not many/],
  [
    'a negative number',
    ['before', '--vcpus', '-1'],
    /^lockstep: --vcpus takes a number from 1 on, not -1\nsee lockstep simulate --help\n$/,
  ],
  [
    'an option for a value',
    ['before', '--vcpus', '--rounds', '2'],
    /^lockstep: option '--vcpus' argument missing\nsee lockstep simulate --help\n$/,
  ],
  ['an option at the end', ['before', '--vcpus'], /^lockstep: option '--vcpus <value>' argument missing\n/],
  ['a value for a flag', ['before', '--no-reduction', '-1'], /^lockstep: option '--no-reduction' does not take an argument\n/],
  [
    'one vCPU has nobody to start',
    ['before', '--vcpus', '1'],
    /cannot run before\.model\.ts:\d+:\d+: there is nothing to choose from \(vCPU, in /,
  ],
  ['no such option', ['before', '--fast'], /unknown option '--fast'/],
  ['no such format', ['before', '--format', 'svg'], /unknown format svg; there is: text, json, mermaid/],
];

for (const [name, args, message] of refused) {
  test(`refused: ${name}`, async (t) => {
    const { status, stdout, stderr } = await lockstep(makeTree(t, {}), 'simulate', ...args);
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    assert.match(stderr, message);
  });
}

test('what is outside the language is listed with its line and column, and nothing is run', async (t) => {
  const one = 'function f(): void {\n  process.exit(7);\n}\n';
  const cwd = makeTree(t, { 'one.model.ts': one, 'two.model.ts': `${one}function g(): int { return null; }\n` });
  assert.deepEqual(await lockstep(cwd, 'simulate', 'one.model.ts'), {
    status: 2,
    stdout: '',
    stderr:
      'one.model.ts:2:3: error: a model calls functions by their name [model]\n' +
      'lockstep: one.model.ts is no model that can be run: 1 problem\n',
  });
  assert.equal(
    (await lockstep(cwd, 'export', 'two.model.ts', '--to', 'tla')).stderr,
    'two.model.ts:2:3: error: a model calls functions by their name [model]\n' +
      'two.model.ts:4:28: error: null is a reference: a number is expected here [model]\n' +
      'lockstep: two.model.ts is no model that can be run: 2 problems\n',
  );
});

test('a counter without bound is an error of the model, in seconds', async (t) => {
  const cwd = makeTree(t, {
    'up.model.ts': `interface q { h: int }
const Q = object<q>();
function f(): void {
  while (true) Q.h++;
}
scenario('s', 'S', () => {
  thread('a', f);
});
`,
  });
  const { status, stderr } = await lockstep(cwd, 'simulate', 'up.model.ts');
  assert.equal(status, 2);
  assert.match(stderr, /cannot run up\.model\.ts:4:16: Q\.h takes more than 512 values: it grows without bound \(a, in f\)\n/);
});
