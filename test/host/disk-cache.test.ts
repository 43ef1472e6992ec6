import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { openDiskCache, type DiskCacheOptions } from '../../src/host/disk-cache.ts';

function open(t: TestContext, options: Partial<DiskCacheOptions> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-cache-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const said: string[] = [];
  return { folder, said, cache: openDiskCache({ folder, version: '1', log: (notice) => said.push(notice), ...options }) };
}

test('what is written is read, by whoever opens the folder', (t) => {
  const { folder, said, cache } = open(t);
  cache.write('a', 'first\nline');
  cache.write('a', 'second');
  cache.write('b', '');
  const other = openDiskCache({ folder, version: '1', log: (notice) => said.push(notice) });
  assert.deepEqual([other.read('a'), other.read('b'), other.read('c')], ['second', '', undefined]);
  assert.deepEqual(readdirSync(folder).sort(), ['a.answer', 'b.answer']);
  assert.deepEqual(said, []);
});

test('a full disk is said once, leaves nothing behind and stops no reader', (t) => {
  let room = 1;
  const writeFile = (file: string, text: string): void => {
    writeFileSync(file, text.slice(0, 10));
    if (room-- <= 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    writeFileSync(file, text);
  };
  const { folder, said, cache } = open(t, { writeFile });
  for (const key of ['a', 'b', 'c']) cache.write(key, key);
  assert.deepEqual(said, [`cache: nothing is kept: cannot write ${folder}: no space left`]);
  assert.deepEqual(readdirSync(folder), ['a.answer']);
  assert.equal(cache.read('a'), 'a');
});

test('beyond the limit, what was not used for longest goes', (t) => {
  const { folder, cache } = open(t, { limit: 1300 });
  for (const [i, key] of ['old', 'unused', 'new'].entries()) {
    cache.write(key, key.padEnd(300));
    utimesSync(path.join(folder, `${key}.answer`), i + 1, i + 1);
  }
  assert.equal(cache.read('old')?.trim(), 'old');
  cache.write('newest', 'newest'.padEnd(300));
  assert.deepEqual(readdirSync(folder).sort(), ['new.answer', 'newest.answer', 'old.answer']);
  cache.write('huge', 'huge'.padEnd(3000));
  assert.deepEqual(readdirSync(folder), ['huge.answer']);
});

test('what a process that is gone was writing is removed, what another is writing now is not', (t) => {
  const { folder, cache } = open(t);
  for (const name of ['a.answer.1.part', 'b.answer.2.part']) writeFileSync(path.join(folder, name), 'half');
  utimesSync(path.join(folder, 'a.answer.1.part'), 1, 1);
  cache.write('c', 'c');
  assert.deepEqual(readdirSync(folder).sort(), ['b.answer.2.part', 'c.answer']);
});
