import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { baseTree, openPatches, type OpenedPatches, type PatchOrigin } from '../../src/host/patch-source.ts';
import { Repository } from '../patch/repository.ts';

let repository: Repository;
let first: string;
let mail: string;

before(() => {
  repository = new Repository();
  repository.write('a.c', 'one\n');
  first = repository.commit('start');
  repository.write('a.c', 'two\n');
  repository.commit('a: count on');
  mail = repository.git('format-patch', '--stdout', '-1', 'HEAD');
  repository.write('a.c', 'three\n');
  repository.commit('a: count on and on');
});
after(() => repository.remove());

async function open(origin: PatchOrigin): Promise<OpenedPatches> {
  const opened = await openPatches(repository.root, origin);
  assert.ok(!('error' in opened), 'error' in opened ? opened.error : '');
  return opened;
}

const bytesOf = (text: string): PatchOrigin => ({ kind: 'bytes', name: 'mail', bytes: Buffer.from(text) });

test('a mail that became a commit is put on the parent of that', async () => {
  const opened = await open(bytesOf(mail));
  assert.equal(opened.base, first);
  assert.match(opened.notices[0]!, /^put on the parent of [0-9a-f]{12}, the commit of this subject$/);
  const base = baseTree(repository.root, opened.base, createDiskTree(repository.root));
  assert.ok('tree' in base);
  assert.deepEqual(base.tree.read('a.c'), { text: 'one\n' });
});

test('a mail of another subject is put on the tree as it is', async () => {
  const opened = await open(bytesOf(mail.replace('count on', 'count off')));
  assert.equal(opened.base, undefined);
  assert.deepEqual(opened.notices, []);
});

test('a mail that fits the tree is put on it, though a commit has its subject', async () => {
  const again = mail.replace('-one', '-three').replace('+two', '+four');
  assert.equal((await open(bytesOf(again))).base, undefined);
});

test('a mail that fits neither the tree nor what a commit of its subject was made on is put on the tree', async () => {
  const other = mail.replace('-one', '-seven');
  assert.deepEqual(await open(bytesOf(other)).then(({ base, notices }) => [base, notices]), [undefined, []]);
});

test('base-commit counts before the subject, where it is known', async () => {
  const withBase = (commit: string): string => mail.replace(/\n-- \n/, `\nbase-commit: ${commit}\n-- \n`);
  const head = repository.git('rev-parse', 'HEAD').trim();
  assert.equal((await open(bytesOf(withBase(head)))).base, head);
  const unknown = await open(bytesOf(withBase('0123456789012345678901234567890123456789')));
  assert.equal(unknown.base, first);
  assert.equal(unknown.notices[0], 'base-commit 0123456789012345678901234567890123456789 is not known here');
});

test('what is no patch, and what is not there', async () => {
  assert.deepEqual((await open(bytesOf('a letter\n'))).patches, []);
  assert.deepEqual(await openPatches(repository.root, { kind: 'file', file: `${repository.root}/none` }), { error: 'not found' });
  const folder = await openPatches(repository.root, { kind: 'file', file: repository.root });
  assert.deepEqual(folder, { error: 'is a folder' });
  const revision = await openPatches(repository.root, { kind: 'revision', revision: '--output=x' });
  assert.ok('error' in revision);
});
