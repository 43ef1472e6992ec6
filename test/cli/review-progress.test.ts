import assert from 'node:assert/strict';
import path from 'node:path';
import { Readable } from 'node:stream';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { run } from '../../src/cli/run.ts';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import { Cancelled, type Progress } from '../../src/model/reviewer-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar } from '../checks/fixture.ts';
import { samplePatches, sampleTree } from '../sample/sample-tree.ts';

const mails = samplePatches.map((name) => readFileSync(path.join(sampleTree, '..', name), 'latin1'));
const series = mails.map(
  (mail, i) => `From lockstep Thu Jan  1 00:00:00 1970\n${mail.replace(/\[PATCH[^\]]*\]/, `[PATCH ${i + 1}/${mails.length}]`)}\n`,
);

for (const isTTY of [true, false]) {
  test(`a review ${isTTY ? 'says on a terminal which patch it is at, and what it does' : 'writes no progress to a file'}`, async () => {
    let stderr = '';
    let stdout = '';
    const status = await run(['review', '-', '--tree', sampleTree], {
      cwd: sampleTree,
      input: () => Readable.from([Buffer.from(series.join(''), 'latin1')]),
      stdout: { write: (text) => (stdout += text) },
      stderr: { isTTY, write: (text) => (stderr += text) },
    });
    assert.notEqual(status, 2);
    assert.match(stdout, /2 patches/);
    for (const shown of ['patch 1 of 2, analyzing', 'patch 1 of 2, comparing', 'patch 2 of 2, analyzing', 'all 2 patches, comparing'])
      assert.equal(stderr.includes(shown), isTTY, shown);
    assert.doesNotMatch(stderr, /undefined|NaN/);
    if (isTTY) assert.ok(stderr.endsWith('\r\u001b[K'), 'the line is cleared');
  });
}

test('a review can be given up in each of its phases', async () => {
  const { patches } = await readPatches(Buffer.from(mails[0]!, 'latin1'), samplePatches[0]!);
  for (const phase of ['index', 'read', 'analyze', 'compare'] as const) {
    const reviewer = await createReviewer({ tree: createDiskTree(sampleTree), ...grammar });
    const told: Progress['phase'][] = [];
    const request = { patches, progress: (progress: Progress) => void told.push(progress.phase), cancelled: () => told.includes(phase) };
    assert.throws(() => reviewer.review(request), Cancelled);
    assert.equal(told.at(-1), phase);
    // What was given up leaves nothing behind.
    assert.ok(reviewer.review({ patches }).whole.findings.length > 0);
  }
});
