import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar } from '../checks/fixture.ts';

/** An allocation inside a read side that the older kernel has and the newer one has not. */
const kernels = process.env['LOCKSTEP_KERNELS'];
const expected = {
  '6.1': ['drivers/pci/p2pdma.c:538 high xa_store(…, GFP_KERNEL) may sleep here inside the read side of rcu'],
  '6.12': [],
};

if (kernels === undefined) console.log('kernel sleeps: skipped, LOCKSTEP_KERNELS names no folder');
else {
  for (const [version, findings] of Object.entries(expected)) {
    test(`${version}: what sleeps where it must not, in drivers/pci`, async () => {
      const reviewer = await createReviewer({ tree: createDiskTree(join(kernels, `linux-source-${version}`)), ...grammar });
      const result = reviewer.check({ paths: ['drivers/pci'], scope: 'paths' });
      const told = result.findings.filter(({ check }) => check === 'sleep-in-atomic');
      assert.deepEqual(
        told.map(({ at, confidence, message }) => `${at.file}:${at.line} ${confidence} ${message}`),
        findings,
      );
    });
  }
}
