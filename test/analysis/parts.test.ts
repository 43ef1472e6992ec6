import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileCache } from '../../src/model/frontend/c/file-cache.ts';
import { groupsOf, partsOf } from '../../src/model/parts.ts';
import { memoryTree } from '../patch/memory-tree.ts';

/** Parts of files that are each so many characters long, no more than ten in a part. */
function split(files: Readonly<Record<string, number>>, makefiles: Readonly<Record<string, string>> = {}): readonly string[] {
  const texts = Object.entries(files).map(([path, size]) => [path, ';'.repeat(size)]);
  const tree = memoryTree({ ...Object.fromEntries(texts), ...makefiles });
  const sources = Object.keys(files).sort();
  const parts = partsOf(sources, tree, new FileCache(tree), 10);
  assert.deepEqual([...new Set(parts.flatMap((part) => part.sources))].sort(), sources);
  return parts.map((part) => part.sources.join(' '));
}

test('what fits is one part', () => {
  assert.deepEqual(split({ 'a/a.c': 5, 'b/b.c': 5 }), ['a/a.c b/b.c']);
});

test('folders that fit stay whole, and neighbours go together as far as they fit', () => {
  assert.deepEqual(split({ 'a/1.c': 3, 'a/2.c': 3, 'b/1.c': 3, 'c/1.c': 2, 'd/1.c': 6 }), ['a/1.c a/2.c b/1.c', 'c/1.c d/1.c']);
});

test('a folder that does not fit is split by the folders below, and its own files go with each of them', () => {
  assert.deepEqual(split({ 'fs/own.c': 2, 'fs/a/1.c': 7, 'fs/b/1.c': 7, 'mm/1.c': 4 }), [
    'fs/a/1.c fs/own.c',
    'fs/b/1.c fs/own.c',
    'mm/1.c',
  ]);
});

test('its own files are a part themselves where they are much of what fits', () => {
  assert.deepEqual(split({ 'fs/own.c': 8, 'fs/a/1.c': 7, 'fs/b/1.c': 3 }), ['fs/own.c', 'fs/a/1.c fs/b/1.c']);
});

test('one folder without others is never split', () => {
  assert.deepEqual(split({ 'a/1.c': 8, 'a/2.c': 8, 'b/1.c': 8 }), ['a/1.c a/2.c', 'b/1.c']);
});

test('what a Makefile puts together with files of its own folder goes with them', () => {
  const files = { 'arch/x86/kvm/x86.c': 4, 'arch/x86/mm/1.c': 8, 'virt/kvm/main.c': 4, 'virt/lib/1.c': 5 };
  assert.deepEqual(split(files), ['arch/x86/kvm/x86.c', 'arch/x86/mm/1.c', 'virt/kvm/main.c virt/lib/1.c']);
  assert.deepEqual(split(files, { 'arch/x86/kvm/Makefile': 'kvm-y += ../../../virt/kvm/main.o x86.o\n' }), [
    'arch/x86/kvm/x86.c virt/kvm/main.c',
    'arch/x86/mm/1.c',
    'virt/lib/1.c',
  ]);
});

test('generic sources of a part are read for each architecture of the request, those of an architecture for their own', () => {
  const files = { 'arch/arm64/1.c': 9, 'arch/x86/1.c': 9, 'lib/1.c': 9 };
  const tree = memoryTree(Object.fromEntries(Object.entries(files).map(([path, size]) => [path, ';'.repeat(size)])));
  const parts = partsOf(Object.keys(files), tree, new FileCache(tree), 10);
  assert.deepEqual(
    parts.map((part) => groupsOf(part).map(({ architecture, sources }) => `${architecture}: ${sources.join(' ')}`)),
    [['arm64: arch/arm64/1.c'], ['x86: arch/x86/1.c'], ['arm64: lib/1.c', 'x86: lib/1.c']],
  );
});
