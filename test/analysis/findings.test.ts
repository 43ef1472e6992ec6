import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/model/checks/finding.ts';
import { together } from '../../src/model/findings.ts';
import { findingAt } from '../server/finding-at.ts';

function part(files: readonly string[], ...findings: readonly Finding[]) {
  return { findings, suppressed: [], tally: { files, headers: [] } };
}

const inCommon = { ...findingAt('common.c', 3, 1, 'high'), witnesses: [] };

test('what each part has found that has the file is told once', () => {
  const { findings } = together([part(['common.c', 'a.c'], inCommon), part(['common.c', 'b.c'], inCommon), part(['c.c'])]);
  assert.deepEqual(
    findings.map(({ at }) => at.file),
    ['common.c'],
  );
});

test('what one part alone has found in files that another has read too is not told', () => {
  assert.deepEqual(together([part(['common.c', 'a.c'], inCommon), part(['common.c', 'b.c'])]).findings, []);
});

test('what takes a file that the other part has not is told', () => {
  const step = { at: { ...inCommon.at, file: 'a.c' }, function: 'f', text: 'calls g' };
  const byWayOfA: Finding = { ...inCommon, witnesses: [[step]] };
  assert.equal(together([part(['common.c', 'a.c'], byWayOfA), part(['common.c', 'b.c'])]).findings.length, 1);
});
