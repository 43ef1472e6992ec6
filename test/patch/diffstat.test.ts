import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readPatches } from '../../src/model/patch/read.ts';
import { numbered, Repository } from './repository.ts';

/** A mail of git, with two hunks in the first file. */
let mail: string;
let repository: Repository;

before(() => {
  repository = new Repository();
  repository.write('a/one.c', numbered(40));
  repository.write('b/two.c', numbered(10));
  repository.write('b/old.c', numbered(10));
  repository.write('b/gone.c', numbered(5));
  repository.commit('start');
  repository.write('a/one.c', numbered(40, { 3: 'three\nand', 30: 'thirty' }));
  repository.write('b/two.c', numbered(10, { 5: 'five' }));
  repository.git('mv', 'b/old.c', 'b/new.c');
  repository.git('rm', '-q', 'b/gone.c');
  repository.write('picture', Buffer.from([0, 1, 2, 3]));
  repository.commit('change');
  mail = patch();
});
after(() => repository.remove());

function patch(...options: readonly string[]): string {
  return repository.git('format-patch', '--stdout', '-1', 'HEAD', ...options);
}

async function problems(text: string): Promise<readonly string[]> {
  const set = await readPatches(Buffer.from(text, 'latin1'), 'some.patch');
  assert.equal(set.patches.length, 1);
  return set.problems.map(({ message }) => message);
}

function upTo(text: string, mark: RegExp): string {
  const at = text.search(mark);
  assert.ok(at > 0);
  return text.slice(0, at);
}

test('a whole mail: nothing is said, however its files were listed', async () => {
  const lists: readonly (readonly string[])[] = [
    [],
    ['--stat=40,20'],
    ['--stat-count=2'],
    ['--shortstat'],
    ['--compact-summary'],
    ['--summary', '--stat=200'],
    ['--irreversible-delete'],
    ['--no-renames'],
    ['--no-stat'],
    ['-B', '-M'],
  ];
  for (const options of lists) assert.deepEqual(await problems(patch(...options)), [], options.join(' '));
  assert.deepEqual(await problems(repository.git('log', '-1', '-p', '--stat')), []);
  assert.deepEqual(await problems(repository.git('diff', '--patch-with-stat', 'HEAD~1', 'HEAD')), []);
});

test('a mail that ends between two files: the files that are missing', async () => {
  const cut = upTo(mail, /^diff --git a\/b\/old\.c/m);
  assert.deepEqual(await problems(cut), ['of the 5 files of the diffstat 3 are not here: `b/new.c`, `b/two.c`, `picture`']);
  assert.deepEqual(await problems(`${cut}-- \n2.39.2\n`), await problems(cut));
  assert.deepEqual(await problems(upTo(patch('--shortstat'), /^diff --git a\/picture/m)), [
    'of the 5 files of the diffstat one is not here',
  ]);
});

test('a mail that ends between two hunks: the lines that are missing', async () => {
  const [first] = mail.split(/^diff --git a\/b\/gone/m);
  const second = first!.lastIndexOf('\n@@ ') + 1;
  const without = first!.slice(0, second) + mail.slice(first!.length);
  assert.deepEqual(await problems(without), ['of the 5 changed lines of `a/one.c` in the diffstat 2 are not here']);
  const cut = first!.slice(0, second);
  assert.deepEqual(await problems(cut), [
    'of the 5 files of the diffstat 4 are not here: `b/gone.c`, `b/new.c`, `b/two.c`, `picture`',
    'of the 5 changed lines of `a/one.c` in the diffstat 2 are not here',
  ]);
  // The head of a file alone.
  const head = upTo(mail.slice(0, mail.indexOf('diff --git a/picture')), /^@@ .*\n line 2$/m);
  assert.ok((await problems(head)).includes('of the 2 changed lines of `b/two.c` in the diffstat 2 are not here'));
});

test('names that are cut are known by their ends', async () => {
  const own = new Repository();
  try {
    const folder = 'a/very/long/way/down/to/where/nobody/looks/any/more/and/further';
    for (const [name, text] of [
      ['one.c', numbered(9)],
      ['two.c', numbered(9)],
    ] as const)
      own.write(`${folder}/${name}`, text);
    own.commit('start');
    own.write(`${folder}/one.c`, numbered(9, { 5: 'x' }));
    own.write(`${folder}/two.c`, numbered(9, { 5: 'x' }));
    own.commit('change');
    const text = own.git('format-patch', '--stdout', '-1', 'HEAD');
    assert.match(text, /^ \.\.\./m);
    assert.deepEqual(await problems(text), []);
    const [message] = await problems(upTo(text, /^diff --git .*two\.c/m));
    assert.match(message ?? '', /^of the 2 files of the diffstat one is not here: `\.\.\.\S+\/two\.c`$/);
  } finally {
    own.remove();
  }
});

test('what is said already is not said twice, and a list that was cut says nothing', async () => {
  const damaged = mail.replace('\n+thirty', '\n*thirty');
  assert.deepEqual(await problems(damaged), ['hunk left out: it has a line that is none of a hunk: `*thirty`']);
  assert.deepEqual(await problems(upTo(patch('--stat-count=2'), /^diff --git a\/picture/m)), []);
  // Lines that a person added are there; that nobody counted them is nothing to tell.
  const more = mail.replace('@@ -27,7 +28,7 @@', '@@ -27,7 +28,8 @@').replace('\n+thirty', '\n+thirty\n+and more');
  assert.notEqual(more, mail);
  assert.deepEqual(await problems(more), []);
});

test('a line that would make a slow search is not searched', async () => {
  const slow = mail.replace(/^ a\/one\.c/m, ` ${' '.repeat(200_000)}x`);
  const started = performance.now();
  assert.deepEqual(await problems(slow), []);
  assert.ok(performance.now() - started < 2000);
});
