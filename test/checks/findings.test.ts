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

test('a helper that ends a read side leaves alone what is held for writing', async () => {
  const { findings } = await check(`struct node { struct rw_semaphore sem; };
static DECLARE_RWSEM(b);
static void end_read(struct node *child)
{
	up_read(&child->sem);
}
void forth(struct node *parent, struct node *child)
{
	down_write(&parent->sem);
	down_read(&child->sem);
	end_read(child);
	down_write(&b);
	up_write(&b);
	up_write(&parent->sem);
}
void back(struct node *parent)
{
	down_write(&b);
	down_write(&parent->sem);
}
`);
  assert.match(findings[0]!.message, /^b is taken here with struct node.sem held, but /);
});
