import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from './fixture.ts';

async function check(text: string) {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  files.set('fixture/x.c', `#include "kernel.h"\n${text}`);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  return reviewer.check({ paths: ['fixture'], scope: 'paths' });
}

test('a wait inside its own read side says which configuration it needs', async () => {
  const { findings } = await check(`DEFINE_STATIC_SRCU(s);
void f(void)
{
	int idx = srcu_read_lock(&s);
#ifdef CONFIG_TWO
	synchronize_srcu(&s);
#endif
	srcu_read_unlock(&s, idx);
}
`);
  assert.deepEqual(
    findings.map(({ check: id, config }) => [id, config]),
    [['sync-deadlock', ['CONFIG_TWO']]],
  );
});
