import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { lockstep, makeTree, spawnLockstep } from './lockstep.ts';

test('the command line is a process with a status', (t) => {
  const cwd = makeTree(t, {});
  const { status, stdout, stderr } = spawnLockstep(cwd, 'chekc');
  assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
  assert.match(stderr, /^lockstep: unknown command chekc; commands: check.*\nsee lockstep --help\n$/);
  assert.match(spawnLockstep(cwd, '--version').stdout, /^\d+\.\d+\.\d+\n$/);
});

test('help says what each command and check is for', async (t) => {
  const overview = await lockstep(makeTree(t, {}), '--help');
  assert.equal(overview.status, 0);
  assert.match(overview.stdout, /^ {2}check {2,}\w/m);
  const help = await lockstep(makeTree(t, {}), 'check', '.', '-h');
  assert.deepEqual(await lockstep(makeTree(t, {}), '-h', 'check'), help);
  assert.equal(help.status, 0);
  for (const word of [
    '--tree',
    '--minimum-confidence',
    '--orders',
    '--baseline',
    '--write-baseline',
    '--cache',
    '--no-cache',
    '--jobs',
    '--format',
    'Exit status',
    'documented-order',
  ]) {
    assert.ok(help.stdout.includes(word), word);
  }
  for (const line of help.stdout.split('\n').slice(1)) assert.ok(line.length <= 100, line);
});

const wrong: readonly [args: string[], message: RegExp][] = [
  [[], /no command given/],
  [['--frobnicate'], /unknown option --frobnicate/],
  [['check'], /check needs a PATH/],
  [['check', 'a.c', '--frobnicate'], /unknown option '--frobnicate'\n/],
  [['check', 'a.c', '--tree'], /'--tree <value>' argument missing/],
  [['check', 'a.c', '--jobs', '0'], /--jobs takes a number from 1 on, not 0/],
  [['check', 'a.c', '--format', 'xml'], /unknown format xml; there is: text, json, sarif/],
  [['check', 'a.c', '--minimum-confidence', 'total'], /unknown confidence total; there is: high, medium, low/],
  [['-h', 'chekc'], /unknown command chekc/],
  [['check', 'a.c', '--baseline', 'a', '--write-baseline', 'b'], /--baseline and --write-baseline exclude each other/],
];

for (const [args, message] of wrong) {
  test(`lockstep ${args.join(' ')} is refused`, async (t) => {
    const ran = await lockstep(makeTree(t, { 'a.c': '' }), ...args);
    assert.equal(ran.status, 2);
    assert.equal(ran.stdout, '');
    assert.match(ran.stderr, message);
    assert.match(ran.stderr, /see lockstep (check )?--help\n$/);
  });
}

const unreadable: readonly [args: string[], stderr: string][] = [
  [['check', 'none.c'], 'cannot read none.c: not found'],
  [['check', 'a.c', 'none'], 'cannot read none: not found'],
  [['check', ''], 'cannot read a path without a name'],
  [['check', 'loop.c'], 'cannot read loop.c: loop of symbolic links'],
  [['check', 'broken.c'], 'cannot read broken.c: broken symbolic link'],
  [['check', 'a.c/b'], 'cannot read a.c/b: not found'],
  [['check', 'a.c', '--tree', 'none'], 'cannot read none: not found'],
  [['check', 'a.c', '--tree', 'a.c'], 'cannot read a.c: not a folder'],
  [['check', 'a.c', '--orders', 'none.rst'], 'cannot read none.rst: not found'],
  [['check', 'a.c', '--orders', 'nul.rst'], 'cannot read nul.rst: binary file (NUL byte at offset 1)'],
  [['check', 'a.c', '--orders', 'sub'], 'cannot read sub: is a folder'],
  [['check', 'a.c', '--baseline', 'none.json'], 'cannot read none.json: not found'],
  [['check', 'a.c', '--baseline', 'a.c'], 'cannot read a.c: not a baseline that --write-baseline wrote'],
  [['check', 'a.c', '--baseline', 'other.json'], 'cannot read other.json: not a baseline that --write-baseline wrote'],
];

for (const [args, stderr] of unreadable) {
  test(`lockstep ${args.join(' ')} says why`, async (t) => {
    const cwd = makeTree(t, { 'a.c': '', 'nul.rst': 'a\0', 'other.json': '{"version": 1, "findings": [{}]}', 'sub/b.c': '' });
    symlinkSync('loop.c', path.join(cwd, 'loop.c'));
    symlinkSync('gone.c', path.join(cwd, 'broken.c'));
    assert.deepEqual(await lockstep(cwd, ...args), { status: 2, stdout: '', stderr: `lockstep: ${stderr}\n` });
  });
}

test('paths outside the tree are refused, also through a link', async (t) => {
  const cwd = makeTree(t, { 'tree/a.c': '', 'secret.c': '' });
  symlinkSync('..', path.join(cwd, 'tree/up'));
  for (const given of ['../secret.c', path.join(cwd, 'secret.c'), 'up/secret.c', 'up']) {
    const ran = await lockstep(cwd, 'check', given, '--tree', 'tree');
    assert.equal(ran.status, 2, given);
    assert.equal(ran.stderr, `lockstep: cannot check ${given}: outside the tree ${path.join(cwd, 'tree')} (--tree DIR names another)\n`);
  }
});

test('a series in several files is told how it is read', async (t) => {
  const ran = await lockstep(makeTree(t, {}), 'review', '0001-a.patch', '0002-b.patch');
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /; of a series in several files: cat \*\.patch \| lockstep review -\nsee lockstep review --help\n$/);
  assert.doesNotMatch((await lockstep(makeTree(t, {}), 'review')).stderr, /series/);
});
