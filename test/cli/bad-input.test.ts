/*
 * What a tree may hold that is no clean C: each is named clearly, and the sound file beside it is checked all the same.
 */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { abba } from './abba.ts';
import { lockstep, makeTree } from './lockstep.ts';

interface BadInput {
  readonly what: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Makes in the tree what is more than a file. */
  readonly make?: (tree: string) => void;
  /** The line that names it; undefined where nothing is wrong with it. */
  readonly problem?: RegExp;
}

const badInputs: readonly BadInput[] = [
  { what: 'an empty file', files: { 'lib/bad.c': '' } },
  { what: 'a file of line ends', files: { 'lib/bad.c': '\r\n\n\r\n\t\n' } },
  { what: 'a directory named like a source', files: { 'lib/bad.c/readme': 'no source' } },
  { what: 'a link to its own folder', make: (tree) => symlinkSync('.', path.join(tree, 'lib/again')) },
  {
    what: 'a binary file',
    files: { 'lib/bad.c': Uint8Array.from({ length: 4096 }, (_, at) => (at * 7919) & 255) },
    problem: /^lib\/bad\.c: problem: cannot read lib\/bad\.c: binary file \(NUL byte at offset 0\)$/m,
  },
  {
    what: 'a NUL in the middle of a source',
    files: { 'lib/bad.c': abba.replace('forward', 'for\0ward') },
    problem: /^lib\/bad\.c: problem: cannot read lib\/bad\.c: binary file \(NUL byte at offset 102\)$/m,
  },
  {
    what: 'a file of 50 MB',
    files: { 'lib/bad.c': '' },
    make: (tree) => truncateSync(path.join(tree, 'lib/bad.c'), 50 * 1024 * 1024),
    problem: /^lib\/bad\.c: problem: cannot read lib\/bad\.c: file of 50 MB is over the limit of 16 MB$/m,
  },
  {
    what: 'a brace that is never closed',
    files: { 'lib/bad.c': 'void open(void)\n{\n\tif (1) {\n\n' },
    problem: /^lib\/bad\.c:\d+: problem: /m,
  },
  {
    what: 'a brace that was never opened',
    files: { 'lib/bad.c': 'void closed(void)\n{\n}\n}\n}\n' },
    problem: /^lib\/bad\.c:\d+: problem: /m,
  },
  {
    what: 'links in a circle',
    make: (tree) => {
      symlinkSync('bad2.c', path.join(tree, 'lib/bad.c'));
      symlinkSync('bad.c', path.join(tree, 'lib/bad2.c'));
    },
    problem: /^lib\/bad2?\.c: problem: cannot read lib\/bad2?\.c: loop of symbolic links$/m,
  },
  {
    what: 'a link to nothing',
    make: (tree) => symlinkSync('gone.c', path.join(tree, 'lib/bad.c')),
    problem: /^lib\/bad\.c: problem: cannot read lib\/bad\.c: broken symbolic link$/m,
  },
  {
    what: 'a document that breaks off',
    files: { 'Documentation/locking.rst': '=======\nLocking\n=======\n\n- first_lock is taken outside sec' },
  },
  {
    what: 'a document that is no text',
    files: { 'Documentation/locking.rst': '\u0000\u0001' },
    problem: /^Documentation\/locking\.rst: problem: cannot read Documentation\/locking\.rst: binary file \(NUL byte at offset 0\)$/m,
  },
  { what: 'a document named like a folder', make: (tree) => mkdirSync(path.join(tree, 'Documentation/locking.rst'), { recursive: true }) },
  { what: 'a source that is not UTF-8', files: { 'lib/bad.c': Buffer.from('/* M\xfcller */\nvoid f(void)\n{\n}\n', 'latin1') } },
];

for (const { what, files, make, problem } of badInputs) {
  test(`${what} does not keep the rest from being checked`, async (t) => {
    const tree = makeTree(t, { MAINTAINERS: '', 'lib/abba.c': abba, ...files });
    make?.(tree);
    const { status, stdout, stderr } = await lockstep(tree, 'check', 'lib');
    assert.equal(stderr, '');
    assert.match(stdout, /^lib\/abba\.c:\d+:\d+: (error|warning): .*\[lock-order-cycle\]$/m);
    assert.equal(status, 1);
    if (problem) assert.match(stdout, problem);
    else assert.doesNotMatch(stdout, /: problem: /);
  });
}

test('a tree without Documentation is checked', async (t) => {
  const { status, stdout } = await lockstep(makeTree(t, { 'lib/abba.c': abba }), 'check', 'lib');
  assert.equal(status, 1);
  assert.doesNotMatch(stdout, /problem/);
});

test('CRLF moves nothing', async (t) => {
  const places: object[][] = [];
  for (const source of [abba, abba.replaceAll('\n', '\r\n')]) {
    const { stdout } = await lockstep(makeTree(t, { 'lib/abba.c': source }), 'check', 'lib', '--format', 'json');
    const { findings } = JSON.parse(stdout) as { findings: { at: object; witnesses: object[] }[] };
    places.push(findings.map(({ at, witnesses }) => ({ at, witnesses })));
  }
  assert.equal(places[0]?.length, 2);
  assert.deepEqual(places[1], places[0]);
});

test('where nothing of what was named can be read, that is no clean bill', async (t) => {
  // What is read along with it is not what was named.
  const tree = makeTree(t, { 'lib/bad.c': 'int a;\0', 'lib/abba.c': abba });
  for (const named of ['lib/bad.c', path.join(tree, 'lib/bad.c')]) {
    const { status, stdout } = await lockstep(tree, 'check', named);
    assert.match(stdout, /^lib\/bad\.c: problem: cannot read lib\/bad\.c: binary file/m);
    assert.equal(status, 2);
  }
});

test('a name that would steer the terminal is written as an escape', async (t) => {
  const tree = makeTree(t, { MAINTAINERS: '', 'lib/abba.c': abba });
  writeFileSync(path.join(tree, 'lib/\u001b[2Jevil.c'), '\0');
  const { stdout } = await lockstep(tree, 'check', 'lib');
  assert.ok(stdout.includes('lib/\\x1b[2Jevil.c: problem: '));
  assert.ok(!stdout.includes('\u001b'));
  const { stderr } = await lockstep(tree, 'check', 'lib/\u202e\u001b[2Jnone');
  assert.equal(stderr, 'lockstep: cannot read lib/\\u202e\\x1b[2Jnone: not found\n');
});

test('ten thousand nested blocks do not keep the rest from being checked', async (t) => {
  const deep = `void deep(void)\n{\n${'{\n'.repeat(10_000)}${'}\n'.repeat(10_000)}}\n`;
  const { status, stdout } = await lockstep(makeTree(t, { MAINTAINERS: '', 'lib/abba.c': abba, 'lib/deep.c': deep }), 'check', 'lib');
  assert.equal(status, 1);
  assert.match(stdout, /^lib\/abba\.c:\d+:\d+: (error|warning): .*\[lock-order-cycle\]$/m);
  assert.match(stdout, /^lib\/deep\.c:\d+: problem: syntax in deep could not be read: locks there may be missed$/m);
});
