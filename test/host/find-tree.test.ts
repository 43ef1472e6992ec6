import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { findTree } from '../../src/host/find-tree.ts';
import { loadGrammar } from '../../src/host/grammar.ts';

test('the tree is the nearest folder above that has MAINTAINERS', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-find-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, 'linux/fs/MAINTAINERS'), { recursive: true });
  const linux = path.join(folder, 'linux');
  assert.equal(findTree(linux), undefined);
  writeFileSync(path.join(linux, 'MAINTAINERS'), '');
  for (const from of ['', 'fs', 'fs/super.c', 'not/there']) assert.equal(findTree(path.join(linux, from)), linux);
});

test('the grammar is found', () => {
  const { runtimeWasm, grammarWasm } = loadGrammar();
  for (const bytes of [runtimeWasm, grammarWasm]) assert.equal(Buffer.from(bytes.subarray(0, 4)).toString('latin1'), '\0asm');
});
