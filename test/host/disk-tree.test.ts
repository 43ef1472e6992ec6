import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';

let folder: string;
let root: string;

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lockstep-disk-'));
  root = path.join(folder, 'tree');
  mkdirSync(path.join(root, 'sub'), { recursive: true });
  write('b.c', 'int b;\r\n');
  write('a.c', '');
  write('sub/c.c', 'int c;');
  writeFileSync(path.join(folder, 'secret.c'), 'secret');
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('reads text as it is, and says why there is none', () => {
  const tree = createDiskTree(root);
  assert.deepEqual(tree.read('b.c'), { text: 'int b;\r\n' });
  assert.deepEqual(tree.read('a.c'), { text: '' });
  assert.deepEqual(tree.read('sub/../sub/./c.c'), { text: 'int c;' });
  assert.deepEqual(tree.read('none.c'), { error: 'not found' });
  assert.deepEqual(tree.read('b.c/none.c'), { error: 'not found' });
  assert.deepEqual(tree.read('sub'), { error: 'is a folder' });
  assert.deepEqual(tree.read(`${'x'.repeat(300)}.c`), { error: 'name too long' });
});

test('lists folders sorted by name', () => {
  mkdirSync(path.join(root, 'listed/B'), { recursive: true });
  for (const name of ['z.c', 'a.c', 'Z.c']) write(`listed/${name}`, '');
  assert.deepEqual(createDiskTree(root).list('listed'), [
    { name: 'B', kind: 'folder' },
    { name: 'Z.c', kind: 'file' },
    { name: 'a.c', kind: 'file' },
    { name: 'z.c', kind: 'file' },
  ]);
  assert.equal(createDiskTree(root).list('none'), undefined);
});

test('never leaves the tree', () => {
  symlinkSync('../secret.c', path.join(root, 'out.c'));
  symlinkSync('..', path.join(root, 'up'));
  const tree = createDiskTree(root);
  for (const file of ['../secret.c', 'out.c', 'up/secret.c', 'sub/../../secret.c', 'a.c\0']) {
    assert.deepEqual(tree.read(file), { error: 'outside the tree' }, JSON.stringify(file));
  }
  for (const listed of ['..', 'up']) assert.equal(tree.list(listed), undefined);
  const names = tree.list('')?.map((entry) => entry.name);
  assert.equal(
    names?.some((name) => name === 'out.c' || name === 'up'),
    false,
  );
});

test('a folder that only starts like the root is outside', () => {
  mkdirSync(path.join(folder, 'tree2'));
  writeFileSync(path.join(folder, 'tree2/x.c'), 'x');
  symlinkSync('../../tree2/x.c', path.join(root, 'sub/near.c'));
  assert.deepEqual(createDiskTree(root).read('sub/near.c'), { error: 'outside the tree' });
});

test('follows links inside the tree without going in circles', () => {
  mkdirSync(path.join(root, 'links'));
  symlinkSync('../b.c', path.join(root, 'links/to-b.c'));
  symlinkSync('.', path.join(root, 'links/self'));
  symlinkSync('loop2.c', path.join(root, 'links/loop1.c'));
  symlinkSync('loop1.c', path.join(root, 'links/loop2.c'));
  symlinkSync('gone', path.join(root, 'links/broken.c'));
  const tree = createDiskTree(root);
  assert.deepEqual(
    tree.list('links')?.map((entry) => entry.name),
    ['broken.c', 'loop1.c', 'loop2.c', 'to-b.c'],
  );
  assert.deepEqual(tree.read('links/to-b.c'), { text: 'int b;\r\n' });
  assert.deepEqual(tree.read('links/self/self/to-b.c'), { text: 'int b;\r\n' });
  assert.deepEqual(tree.read('links/loop1.c'), { error: 'loop of symbolic links' });
  assert.deepEqual(tree.read('links/broken.c'), { error: 'broken symbolic link' });
});

test('refuses what is no text, or too much of it', () => {
  const tree = createDiskTree(root);
  write('binary.c', 'int a;\0int b;');
  assert.deepEqual(tree.read('binary.c'), { error: 'binary file (NUL byte at offset 6)' });
  write('big.c', '');
  truncateSync(path.join(root, 'big.c'), 50 * 1024 * 1024);
  assert.deepEqual(tree.read('big.c'), { error: 'file of 50 MB is over the limit of 16 MB' });
});

test('a pipe is refused at once', () => {
  execFileSync('mkfifo', [path.join(root, 'pipe.c')]);
  const tree = createDiskTree(root);
  assert.deepEqual(tree.read('pipe.c'), { error: 'not a regular file' });
  assert.equal(
    tree.list('')?.some((entry) => entry.name === 'pipe.c'),
    false,
  );
});

test('decodes UTF-8 without its mark, and anything else byte by byte', () => {
  const tree = createDiskTree(root);
  write('utf8.c', '\ufeff/* \u00e4\u{1f512} */');
  assert.deepEqual(tree.read('utf8.c'), { text: '/* \u00e4\u{1f512} */' });
  writeFileSync(path.join(root, 'latin1.c'), Buffer.from([0x2f, 0x2f, 0xe4, 0x80, 0x0a, 0x69]));
  assert.deepEqual(tree.read('latin1.c'), { text: '//\u00e4\u0080\ni' });
});

test('tells of a folder that cannot be listed because its link goes in a circle', () => {
  symlinkSync('around', path.join(root, 'around'));
  const told: string[] = [];
  createDiskTree(root, { unlisted: (...what) => told.push(what.join(': ')) }).list('around');
  assert.deepEqual(told, ['around: loop of symbolic links']);
});

function write(name: string, text: string): void {
  writeFileSync(path.join(root, name), text);
}
