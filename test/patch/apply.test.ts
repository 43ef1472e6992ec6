import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Applied } from '../../src/model/patch/applied.ts';
import { applyPatch, textsOf } from '../../src/model/patch/apply.ts';
import { movedHunks } from '../../src/model/patch/moved.ts';
import { PatchedTree } from '../../src/model/patch/overlay.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import { memoryTree } from './memory-tree.ts';
import { numbered } from './repository.ts';

async function apply(files: Readonly<Record<string, string>>, diff: string): Promise<Applied> {
  const set = await readPatches(Buffer.from(diff), 'x');
  assert.deepEqual(set.problems, []);
  return applyPatch(memoryTree(files), set.patches[0]!);
}

const head = '--- a/a.c\n+++ b/a.c\n';
const middle = '@@ -9,3 +9,4 @@\n line 9\n-line 10\n+ten\n+and\n line 11\n';
const late = '@@ -20,3 +21,2 @@\n line 20\n-line 21\n line 22\n';

test('a hunk goes to the nearest place behind the one before it', async () => {
  const before = `new\nnew\n${numbered(30)}`;
  const applied = await apply({ 'a.c': before }, head + middle + late);
  assert.equal(applied.state, 'forward');
  assert.equal(applied.files[0]!.after, `new\nnew\n${numbered(30, { 10: 'ten\nand' }).replace('line 21\n', '')}`);
  assert.deepEqual(
    applied.files[0]!.hunks.map(({ beforeStart, afterStart }) => [beforeStart, afterStart]),
    [
      [11, 11],
      [22, 23],
    ],
  );
  const twice = numbered(12) + numbered(12);
  const second = await apply({ 'a.c': twice }, head + middle + middle.replace('-9,3', '-14,3'));
  assert.equal(second.files[0]!.after, numbered(12, { 10: 'ten\nand' }).repeat(2));
  assert.deepEqual(
    second.files[0]!.hunks.map((hunk) => hunk.beforeStart),
    [9, 21],
  );
});

test('where only a mode or a binary is left of a patch, nothing of it is put on', async () => {
  const refused = '--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-other\n+another\n';
  const mode = 'diff --git a/b.c b/b.c\nold mode 100644\nnew mode 100755\n';
  const binary = 'diff --git a/b.bin b/b.bin\nindex 1111111..2222222 100644\nBinary files a/b.bin and b/b.bin differ\n';
  const rename = 'diff --git a/b.c b/c.c\nsimilarity index 100%\nrename from b.c\nrename to c.c\n';
  const files = { 'a.c': 'one\n', 'b.c': 'two\n', 'b.bin': '' };
  for (const [more, state] of [
    [mode, 'none'],
    [binary, 'none'],
    [rename, 'partly'],
  ] as const) {
    const applied = await apply(files, `diff --git a/a.c b/a.c\n${refused}${more}`);
    assert.equal(applied.state, state, more);
  }
});

test('a hunk that does not fit is said, and the rest put in its place', async () => {
  const applied = await apply({ 'a.c': numbered(30, { 10: 'changed' }) }, head + middle + late);
  assert.equal(applied.state, 'partly');
  assert.deepEqual(applied.refused, [{ file: 'a.c', line: 3, message: 'it expects `line 10` at line 10, which is `changed`' }]);
  assert.equal(applied.files[0]!.after, numbered(30, { 10: 'changed' }).replace('line 21\n', ''));
  const none = await apply({ 'a.c': 'x\n' }, head + middle);
  assert.equal(none.state, 'none');
  assert.deepEqual([none.files.length, none.refused[0]!.message], [0, 'it expects `line 9` at line 9, where the file has ended']);
  const gone = await apply({}, head + middle);
  assert.deepEqual([gone.state, gone.refused[0]!.message], ['none', '`a.c` is not in the tree']);
  const open = await apply({ 'a.c': 'a\nb' }, `${head}@@ -1,2 +1,2 @@\n-a\n+c\n b\n`);
  assert.equal(open.refused[0]!.message, 'it expects a newline behind `b` at line 2');
});

test('an empty line that is expected, or found, is said in words', async () => {
  const gap = (at: number): string => `${head}@@ -${at},3 +${at},3 @@\n line 9\n-\n+x\n line 11\n`;
  const refused = async (text: string, diff: string): Promise<string | undefined> =>
    (await apply({ 'a.c': text }, diff)).refused[0]?.message;
  assert.equal(await refused(numbered(30), gap(9)), 'it expects an empty line at line 10, which is `line 10`');
  assert.equal(await refused(numbered(30, { 10: '' }), head + middle), 'it expects `line 10` at line 10, which is empty');
  assert.equal(await refused(numbered(9), gap(9)), 'it expects an empty line at line 10, where the file has ended');
});

test('hunks at other lines are told, those that moved alike together', async () => {
  const more = '@@ -26,3 +26,3 @@\n line 26\n-line 27\n+x\n line 28\n';
  const told = async (text: string, diff = head + middle + late + more): Promise<string[]> =>
    movedHunks(await apply({ 'a.c': text }, diff)).map(({ line, message }) => `${line}: ${message}`);
  assert.deepEqual(await told(numbered(30)), []);
  assert.deepEqual(await told(`new\n${numbered(30)}`), ['3: hunks #1 to #3 applied 1 line further down, the first at 10']);
  assert.deepEqual(await told(numbered(30, { 1: 'a\nb', 24: 'c\nd\ne' })), [
    '3: hunks #1 to #2 applied 1 line further down, the first at 10',
    '13: hunk #3 applied at 29, 3 lines further down',
  ]);
  assert.deepEqual(await told(numbered(30).replace('line 2\nline 3\n', '')), [
    '3: hunks #1 to #3 applied 2 lines further up, the first at 7',
  ]);
  // A hunk that does not fit has its number all the same; in a tree that has the patch, what counts is where it is there.
  assert.deepEqual(await told(numbered(30, { 15: 'a\nb', 21: 'other' })), ['13: hunk #3 applied at 27, 1 line further down']);
  const after = numbered(30, { 10: 'ten\nand', 27: 'x' }).replace('line 21\n', '');
  assert.deepEqual(await told(`new\n${after}`), ['3: hunks #1 to #3 are 1 line further down, the first at 10']);
});

test('a tree that has the patch: what was before is made of it', async () => {
  const after = numbered(30, { 10: 'ten\nand' }).replace('line 21\n', '');
  const applied = await apply({ 'a.c': after }, head + middle + late);
  assert.equal(applied.state, 'reversed');
  assert.deepEqual([applied.files[0]!.before, applied.files[0]!.after], [numbered(30), after]);
  // What is added is here twice: the patch would fit once more.
  const twice = `${head}@@ -1,2 +1,3 @@\n a\n+a\n a\n`;
  assert.equal((await apply({ 'a.c': 'a\na\nb\n' }, twice)).state, 'forward');
  const half = await apply({ 'a.c': after.replace('ten', 'line 10') }, head + middle + late);
  assert.deepEqual([half.state, half.refused.length], ['none', 2]);
});

test('a patch that fits elsewhere by chance is one that the tree has', async () => {
  const block = (text: string): string => `start\n${text}end\n`;
  const files = { 'a.c': `${block('lock\n')}x\n${block('')}` };
  const applied = await apply(files, `${head}@@ -1,2 +1,3 @@\n start\n+lock\n end\n`);
  assert.deepEqual([applied.state, applied.files[0]!.before], ['reversed', `${block('')}x\n${block('')}`]);
});

test('ends of lines: those of the tree stay', async () => {
  const crlf = numbered(30, {}, '\r\n');
  const applied = await apply({ 'a.c': crlf }, head + middle);
  assert.equal(applied.files[0]!.after, numbered(30, { 10: 'ten\r\nand' }, '\r\n'));
  const other = await apply({ 'a.c': numbered(30) }, head + middle.replace(/^[-+ ].*$/gm, '$&\r'));
  assert.equal(other.files[0]!.after, numbered(30, { 10: 'ten\nand' }));
  const mixed = await apply({ 'a.c': crlf.replace('line 9\r', 'line 9') }, head + middle);
  assert.equal(mixed.state, 'none');
});

test('files that come, go and change places', async () => {
  const git = (...lines: string[]): string => `${lines.join('\n')}\n`;
  const added = git('diff --git a/n.c b/n.c', 'new file mode 100644', '--- /dev/null', '+++ b/n.c', '@@ -0,0 +1 @@', '+new');
  assert.deepEqual(textsOf(await apply({}, added), 'after'), new Map([['n.c', 'new\n']]));
  assert.deepEqual(textsOf(await apply({ 'n.c': 'new\n' }, added), 'before'), new Map([['n.c', undefined]]));
  assert.equal((await apply({ 'n.c': 'other\n' }, added)).refused[0]!.message, '`n.c` is in the tree already');
  const deleted = git('diff --git a/n.c b/n.c', 'deleted file mode 100644', '--- a/n.c', '+++ /dev/null', '@@ -1 +0,0 @@', '-new');
  assert.deepEqual(textsOf(await apply({ 'n.c': 'new\n' }, deleted), 'after'), new Map([['n.c', undefined]]));
  assert.deepEqual(textsOf(await apply({}, deleted), 'before'), new Map([['n.c', 'new\n']]));
  assert.equal((await apply({ 'n.c': 'new\nmore\n' }, deleted)).state, 'none');
  const swap = git(
    'diff --git a/a.c b/b.c',
    'similarity index 100%',
    'rename from a.c',
    'rename to b.c',
    'diff --git a/b.c b/a.c',
    'similarity index 100%',
    'rename from b.c',
    'rename to a.c',
  );
  const swapped = await apply({ 'a.c': 'a\n', 'b.c': 'b\n' }, swap);
  assert.equal(swapped.state, 'forward');
  assert.deepEqual(Object.fromEntries(textsOf(swapped, 'after')), { 'a.c': 'b\n', 'b.c': 'a\n' });
  const twice = await apply({ 'a.c': numbered(30) }, head + middle + head + late);
  assert.equal(twice.refused[0]!.message, 'the patch has this file twice');
  const bare = await apply({}, '--- a/n.c\n+++ b/n.c\n@@ -0,0 +1 @@\n+new\n');
  assert.deepEqual([...textsOf(bare, 'after')], [['n.c', 'new\n']]);
});

test('a tree with texts laid over it', () => {
  const tree = new PatchedTree(memoryTree({ 'a.c': 'a', 'deep/er/b.c': 'b', 'deep/c.c': 'c' }));
  const changed = tree.set(
    new Map([
      ['a.c', 'A'],
      ['deep/er/b.c', undefined],
      ['new/er/d.c', 'd'],
      ['deep/c.c', 'c'],
      ['../out.c', 'x'],
      ['none.c', undefined],
    ]),
  );
  assert.deepEqual(changed, ['a.c', 'deep/er/b.c', 'new/er/d.c']);
  const names = (folder: string): string | undefined =>
    tree
      .list(folder)
      ?.map(({ name, kind }) => (kind === 'folder' ? `${name}/` : name))
      .join(' ');
  assert.deepEqual(
    [names(''), names('deep'), names('new'), names('new/er'), names('none')],
    ['a.c deep/ new/', 'c.c', 'er/', 'd.c', undefined],
  );
  assert.deepEqual(tree.read('./a.c'), { text: 'A' });
  assert.deepEqual(tree.read('deep/er/b.c'), { error: 'not found' });
  assert.deepEqual(tree.read('../out.c'), { error: 'not found' });
  assert.deepEqual(tree.set(new Map([['new/er/d.c', 'd']])), ['a.c', 'deep/er/b.c']);
  assert.deepEqual(tree.set(new Map()), ['new/er/d.c']);
  assert.deepEqual([names(''), names('deep')], ['a.c deep/', 'c.c er/']);
});
