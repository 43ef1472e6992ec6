import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { loadGrammar } from '../../src/host/grammar.ts';
import { checkParts } from '../../src/host/part-pool.ts';
import { resultOf } from '../../src/model/part-answer.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { bundledPartWorker } from '../host/part-worker.ts';

const kernels = process.env['LOCKSTEP_KERNELS'];
const request = { paths: ['fs/overlayfs', 'kernel/irq', 'virt'], scope: 'paths' } as const;

test('real folders in parts: the same, byte for byte, whatever the number of threads', { skip: kernels === undefined }, async () => {
  const root = join(kernels!, 'linux-source-6.12');
  const reviewer = await createReviewer({ tree: createDiskTree(root), ...loadGrammar(), partSize: 200_000 });
  const parts = reviewer.parts(request);
  assert.ok(parts.length > 3, `${parts.length} parts`);
  const alone = JSON.stringify(reviewer.check(request));
  const script = bundledPartWorker();
  for (const jobs of [1, 2, 4]) {
    const { answers, failed } = await checkParts({ root, laid: [], request }, parts, { jobs, script, log: assert.fail });
    assert.equal(failed, 0);
    assert.ok(JSON.stringify(resultOf(answers)) === alone, `${jobs} threads find something else`);
  }
});
