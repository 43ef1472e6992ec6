import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTwoFilesPatch } from 'diff';
import { fit, withoutPatches } from '../../src/model/patch/fit.ts';
import type { Patch } from '../../src/model/patch/patch.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import { memoryTree } from './memory-tree.ts';

async function patchOf(before: string, after: string): Promise<Patch> {
  const diff = createTwoFilesPatch('a/a.c', 'b/a.c', before, after).replace(/^=+\n/, '');
  return (await readPatches(Buffer.from(diff), 'a.patch')).patches[0]!;
}

const one = 'one\ntwo\nthree\n';
const two = 'one\n2\nthree\n';
const three = 'one\n3\nthree\n';

test('patches that the tree has are taken off, the last one first', async () => {
  const patches = [await patchOf(one, two), await patchOf(two, three)];
  const { texts, taken } = withoutPatches(memoryTree({ 'a.c': three }), patches);
  assert.deepEqual([...texts], [['a.c', one]]);
  assert.deepEqual([...taken], patches.toReversed());
  assert.deepEqual([...withoutPatches(memoryTree({ 'a.c': one }), patches).texts], []);
});

test('a series that ends as it began is not there already', async () => {
  const patches = [await patchOf(one, two), await patchOf(two, one)];
  const { texts, taken } = withoutPatches(memoryTree({ 'a.c': one }), patches);
  assert.deepEqual([[...texts], [...taken]], [[], []]);
  const more = [...patches, await patchOf('else\n', 'other\n')];
  assert.equal(withoutPatches(memoryTree({ 'a.c': one }), more).taken.size, 0);
  const half = withoutPatches(memoryTree({ 'a.c': two }), patches);
  assert.deepEqual([[...half.texts], [...half.taken]], [[['a.c', one]], [patches[0]]]);
  assert.equal(withoutPatches(memoryTree({ 'a.c': one }), patches, true).taken.size, 2);
});

test('a patch that could go on a second time is taken off where the tree is known to have it', async () => {
  const repeated = 'a();\n'.repeat(9);
  const patch = await patchOf(repeated, `${repeated}a();\n`);
  const tree = memoryTree({ 'a.c': `${repeated}a();\n` });
  assert.deepEqual([...withoutPatches(tree, [patch], true).texts], [['a.c', repeated]]);
});

test('patches fit where all of them go on, or are there already', async () => {
  const patches = [await patchOf(one, two), await patchOf(two, three)];
  for (const text of [one, two, three]) assert.ok(fit(memoryTree({ 'a.c': text }), patches));
  for (const text of ['', 'one\n4\nthree\n']) assert.ok(!fit(memoryTree({ 'a.c': text }), patches));
  assert.ok(!fit(memoryTree({ 'a.c': two }), [patches[1]!, patches[0]!]));
});
