import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from '../checks/fixture.ts';

async function check(text: string) {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  files.set('fixture/x.c', `#include "kernel.h"\n${text}`);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  return reviewer.check({ paths: ['fixture'], scope: 'paths' });
}

test('a guard whose definition was not read is a problem, and an operation of unknown lock', async () => {
  const { problems, stats } = await check(`void f(struct dev *dev)
{
	guard(dev)(dev);
	scoped_guard(other, dev)
		work(0);
}
`);
  assert.deepEqual(
    problems.map(({ line, message }) => `${line} ${message}`),
    ['4 cannot tell the lock class of guard(dev) in f', '5 cannot tell the lock class of guard(other) in f'],
  );
  assert.equal(stats.unresolvedLockOperations, stats.lockOperations);
  assert.ok(stats.lockOperations > 0);
});

test('a guard that takes no lock is no lock operation', async () => {
  const { problems, stats } = await check(`DEFINE_LOCK_GUARD_0(quiet, work(1), work(2))
void f(void)
{
	guard(quiet)();
}
`);
  assert.deepEqual(problems, []);
  assert.equal(stats.lockOperations, 0);
});
