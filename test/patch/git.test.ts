import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { applyPatch, textsOf } from '../../src/model/patch/apply.ts';
import { PatchedTree } from '../../src/model/patch/overlay.ts';
import type { Patch, PatchSet } from '../../src/model/patch/patch.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import type { Tree } from '../../src/model/source/tree.ts';
import { numbered, Repository } from './repository.ts';

// Every kind of change that git knows, in one commit; what git makes of it is what we must make of it.
let repository: Repository;
let base: string;
let head: string;

const rows = (count: number): string => numbered(count).replaceAll('line', 'row');
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

before(() => {
  repository = new Repository();
  repository.write('edited.c', numbered(40));
  repository.write('old/name.c', numbered(40));
  repository.write('moved.c', numbered(10));
  repository.write('deleted.c', 'gone\nfor\ngood\n');
  repository.write('source.c', rows(30));
  repository.write('empty-deleted.c', '');
  repository.write('crlf.c', numbered(20, {}, '\r\n'));
  repository.write('open-end.c', numbered(3).trimEnd());
  repository.write('closed-end.c', numbered(3));
  repository.write('both-open.c', `${numbered(3)}x`);
  repository.write('mode.sh', 'x\n');
  repository.write(
    'binary.bin',
    Uint8Array.from({ length: 300 }, (_, index) => index % 256),
  );
  repository.write('latin1.c', latin1(numbered(9, { 2: '/* Grüße */' })));
  repository.write('utf8.c', numbered(9, { 2: '/* Grüße */' }));
  repository.write('with space.c', numbered(9));
  repository.write('ä/ö "quoted".c', numbered(9));
  repository.write('dashes.c', numbered(9, { 4: '-- a', 5: '++ b', 6: '- ' }));
  base = repository.commit('base');
  repository.write('edited.c', numbered(40, { 1: 'first', 20: 'middle', 40: 'last' }));
  repository.git('mv', 'old/name.c', 'new name.c');
  repository.write('new name.c', numbered(40, { 7: 'seven' }));
  rmSync(path.join(repository.root, 'moved.c'));
  repository.write('deep/er/moved.c', numbered(10));
  repository.git('rm', '-q', 'deleted.c', 'empty-deleted.c');
  repository.write('added.c', numbered(3));
  repository.write('copied.c', rows(31));
  repository.write('added-open.c', 'x');
  repository.write('added-empty.c', '');
  repository.write('crlf.c', numbered(20, { 10: 'ten' }, '\r\n'));
  repository.write('open-end.c', numbered(3));
  repository.write('closed-end.c', numbered(3).trimEnd());
  repository.write('both-open.c', `${numbered(3)}y`);
  repository.git('update-index', '--chmod=+x', 'mode.sh');
  repository.write(
    'binary.bin',
    Uint8Array.from({ length: 300 }, (_, index) => (index * 7) % 256),
  );
  repository.write('latin1.c', latin1(numbered(9, { 2: '/* Grüße */', 4: '/* Größe */' })));
  repository.write('utf8.c', numbered(9, { 2: '/* Grüße */', 4: '/* Größe */' }));
  repository.write('with space.c', numbered(9, { 5: 'five' }));
  repository.write('ä/ö "quoted".c', numbered(9, { 5: 'five' }));
  repository.write('dashes.c', numbered(9, { 4: '-- c', 5: '++ d', 6: '-- ' }));
  repository.git('add', '-A');
  repository.git('update-index', '--chmod=+x', 'mode.sh');
  repository.git('commit', '-q', '-m', 'Grüße: every kind\n\nFrom here on\nthe text.');
  head = repository.git('rev-parse', 'HEAD').trim();
});
after(() => repository.remove());

const ways: readonly (readonly [string, readonly string[]])[] = [
  ['format-patch', ['format-patch', '--stdout', '-1']],
  ['format-patch, full', ['format-patch', '--stdout', '-1', '--full-index', '--no-renames', '--no-signature']],
  ['format-patch, attached', ['format-patch', '--stdout', '-1', '--attach']],
  ['format-patch, binary', ['format-patch', '--stdout', '-1', '--binary']],
  ['show', ['show']],
  ['log', ['log', '-p', '-1']],
  ['log, raw heads', ['log', '-p', '-1', '--format=raw']],
  ['diff', ['diff', 'HEAD~1', 'HEAD']],
  ['diff, no prefix', ['diff', '--no-prefix', 'HEAD~1', 'HEAD']],
  ['diff, other prefix', ['diff', '--src-prefix=old/', '--dst-prefix=new/', 'HEAD~1', 'HEAD']],
  ['diff, letters', ['-c', 'diff.mnemonicPrefix=true', 'diff', 'HEAD~1', 'HEAD']],
  ['diff, copies', ['diff', '-C', '--find-copies-harder', 'HEAD~1', 'HEAD']],
  ['diff, no context', ['diff', '-U0', 'HEAD~1', 'HEAD']],
  ['diff, functions', ['diff', '-W', 'HEAD~1', 'HEAD']],
  ['diff, names as they are', ['-c', 'core.quotePath=false', 'diff', 'HEAD~1', 'HEAD']],
];

for (const [name, command] of ways) {
  test(`${name}: put on the tree it gives what git has, and taken off what git had`, async () => {
    const set = await readPatches(repository.bytes(...command), 'change.patch');
    assert.deepEqual(set.problems, []);
    assert.equal(set.patches.length, 1);
    const [patch] = set.patches as [Patch];
    repository.git('checkout', '-q', '-f', base);
    const forward = applyPatch(createDiskTree(repository.root), patch);
    assert.deepEqual([forward.state, forward.refused], ['forward', []]);
    const made = new PatchedTree(createDiskTree(repository.root));
    made.set(textsOf(forward, 'after'));
    const old = contentOf(createDiskTree(repository.root));
    const patched = contentOf(made);
    repository.git('checkout', '-q', '-f', head);
    const disk = createDiskTree(repository.root);
    assert.deepEqual(patched, contentOf(disk));
    const backward = applyPatch(disk, patch);
    assert.deepEqual([backward.state, backward.refused], ['reversed', []]);
    const taken = new PatchedTree(disk);
    taken.set(textsOf(backward, 'before'));
    assert.deepEqual(contentOf(taken), old);
    checkPlaces(patch, forward);
    checkPlaces(patch, backward);
  });
}

/** Each line of a hunk is in the text where it is said to be. */
function checkPlaces(patch: Patch, applied: ReturnType<typeof applyPatch>): void {
  const text = patch.text.split('\n');
  for (const file of applied.files) {
    const sides = { before: file.before?.split('\n'), after: file.after?.split('\n') };
    for (const { beforeStart, afterStart, lines, hunk } of file.hunks) {
      assert.match(text[hunk.line - 1]!, /^@@ /);
      for (const line of lines) {
        assert.equal(text[line.line - 1], `${line.kind}${line.text}`);
        if (line.before !== undefined) assert.equal(sides.before?.[line.before - 1], line.text);
        if (line.after !== undefined) assert.equal(sides.after?.[line.after - 1], line.text);
      }
      const first = (side: 'before' | 'after'): number | undefined => lines.find((line) => line[side] !== undefined)?.[side];
      assert.equal(first('before') ?? beforeStart, beforeStart);
      assert.equal(first('after') ?? afterStart, afterStart);
    }
  }
}

test('a line of the text is a line of the file', async () => {
  for (const command of [['format-patch', '--stdout', '-1'], ['show'], ['diff', 'HEAD~1', 'HEAD']]) {
    const bytes = repository.bytes(...command);
    const set = await readPatches(bytes, 'x');
    const [patch] = set.patches as [Patch];
    const lines = bytes.toString('latin1').split('\n');
    for (const line of patch.files.flatMap((file) => file.hunks).flatMap((hunk) => hunk.lines)) {
      if (/[^\0-\x7f]/.test(line.text)) continue;
      assert.equal(lines[patch.firstLine! + line.line - 2], `${line.kind}${line.text}`);
    }
  }
});

test('what git says of a commit is told', async () => {
  const [mailed] = (await readPatches(repository.bytes('format-patch', '--stdout', '-1', `--base=${base}`), 'x')).patches as [Patch];
  assert.equal(mailed.subject, 'Grüße: every kind');
  assert.equal(mailed.commit, head);
  assert.equal(mailed.base, base);
  assert.deepEqual(mailed.mail?.from, { name: 'Jo Sample', address: 'jo@example.org' });
  assert.ok(mailed.text.startsWith('From here on\nthe text.\n---\n'));
  assert.ok(!/^-- $/m.test(mailed.text.slice(mailed.text.lastIndexOf('diff --git'))));
  const [shown] = (await readPatches(repository.bytes('show'), 'x')).patches as [Patch];
  assert.equal(shown.subject, 'Grüße: every kind');
  assert.equal(shown.commit, head);
  assert.ok(shown.text.startsWith('Grüße: every kind\n\nFrom here on\n'));
  assert.deepEqual(kinds(mailed), kinds(shown));
  assert.deepEqual(kinds(mailed), [
    'renamed added-empty.c',
    'added added-open.c',
    'added added.c',
    'changed binary.bin',
    'changed both-open.c',
    'changed closed-end.c',
    'added copied.c',
    'changed crlf.c',
    'changed dashes.c',
    'renamed deep/er/moved.c',
    'deleted deleted.c',
    'changed edited.c',
    'changed latin1.c',
    'changed mode.sh',
    'renamed new name.c',
    'changed open-end.c',
    'changed utf8.c',
    'changed with space.c',
    'changed ä/ö "quoted".c',
  ]);
});

function kinds(patch: Patch): string[] {
  return patch.files
    .map((file) => `${file.kind} ${file.after ?? file.before}`)
    .sort((a, b) => (a.slice(a.indexOf(' ')) < b.slice(b.indexOf(' ')) ? -1 : 1));
}

test('a log is put in the order in which it applies', async () => {
  const own = new Repository();
  try {
    own.write('a.c', numbered(9));
    own.commit('one');
    for (const name of ['two', 'three', 'four']) {
      own.write('a.c', numbered(9, { 5: name }));
      own.commit(name);
    }
    const subjects = (set: PatchSet): string[] => set.patches.map((patch) => patch.subject);
    for (const order of [[], ['--reverse']]) {
      const log = await readPatches(own.bytes('log', '-p', ...order, 'HEAD~3..HEAD'), 'x');
      assert.deepEqual(subjects(log), ['two', 'three', 'four']);
    }
    own.git('checkout', '-q', '-b', 'side', 'HEAD~2');
    own.write('a.c', numbered(9, { 5: 'else' }));
    own.commit('side');
    assert.throws(() => own.git('merge', 'main'));
    const conflict = await readPatches(own.bytes('diff'), 'x');
    assert.equal(conflict.patches.length, 0);
    assert.match(conflict.problems[0]!.message, /combined diff of a merge/);
    own.write('a.c', numbered(9, { 5: 'both' }));
    own.commit('merged');
    const merge = await readPatches(own.bytes('show'), 'x');
    assert.match(merge.problems[0]!.message, /combined diff of a merge/);
  } finally {
    own.remove();
  }
});

/** All that a tree has, by path. Binaries have no text. */
function contentOf(tree: Tree, folder = ''): Record<string, string> {
  const content: Record<string, string> = {};
  for (const { name, kind } of tree.list(folder) ?? []) {
    const file = folder === '' ? name : `${folder}/${name}`;
    if (name === '.git') continue;
    if (kind === 'folder') Object.assign(content, contentOf(tree, file));
    else {
      const read = tree.read(file);
      content[file] = 'text' in read ? read.text : read.error.replace(/\d+/, 'n');
    }
  }
  return content;
}
