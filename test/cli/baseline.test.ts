import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readBaseline, writeBaseline } from '../../src/cli/baseline.ts';
import { everything } from '../report/sample-result.ts';
import { makeTree } from './lockstep.ts';

test('a baseline that was written is read back', (t) => {
  const cwd = makeTree(t, { 'known.json': 'the one before' });
  writeBaseline(cwd, 'known.json', everything.findings);
  assert.deepEqual([...readBaseline(cwd, 'known.json')], ['f1', 'f2', 'f3', 'f4']);
  assert.deepEqual(readdirSync(cwd), ['known.json']);
});

test('a baseline says for each id what it stands for', (t) => {
  const cwd = makeTree(t, {});
  writeBaseline(cwd, 'known.json', everything.findings.slice(0, 1));
  assert.deepEqual(JSON.parse(readFileSync(path.join(cwd, 'known.json'), 'utf8')), {
    version: 1,
    findings: [{ id: 'f1', check: 'documented-order', file: 'arch/riscv/kvm/hsm.c', function: 'hsm_handler' }],
  });
});

test('a baseline that cannot be written leaves nothing behind', (t) => {
  const cwd = makeTree(t, {});
  assert.throws(() => writeBaseline(cwd, 'none/known.json', []), { message: 'cannot write none/known.json: not found' });
  mkdirSync(path.join(cwd, 'folder'));
  assert.throws(() => writeBaseline(cwd, 'folder', []), { message: 'cannot write folder: is a folder' });
  assert.deepEqual(readdirSync(cwd), ['folder']);
});

for (const text of [
  '',
  'null',
  '[]',
  '{}',
  '{"version":2,"findings":[]}',
  '{"version":1,"findings":[{"id":1}]}',
  '{"version":1,"findings":[null]}',
]) {
  test(`${text || 'an empty file'} is no baseline`, (t) => {
    const cwd = makeTree(t, { 'known.json': text });
    assert.throws(() => readBaseline(cwd, 'known.json'), { message: 'cannot read known.json: not a baseline that --write-baseline wrote' });
  });
}

test('a device is written to, and no file takes its place', { skip: !existsSync('/dev/full') && 'no /dev/full here' }, (t) => {
  const folder = makeTree(t, {});
  symlinkSync('/dev/full', path.join(folder, 'full'));
  assert.throws(() => writeBaseline(folder, 'full', []), /cannot write full: no space left/);
  assert.deepEqual(readdirSync(folder), ['full']);
  assert.ok(lstatSync(path.join(folder, 'full')).isSymbolicLink());
});
