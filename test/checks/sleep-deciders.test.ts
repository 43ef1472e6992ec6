import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from './fixture.ts';

/** What a callee asks before it sleeps, and what its caller does before it calls that. */
const asked: Readonly<Record<string, readonly [isDoubted: boolean, question: string, before?: string]>> = {
  'a counter': [false, 'atomic_long_read(&pool->users) > 0'],
  'a counter of the file': [false, 'atomic_read(&total)'],
  'whether a signal waits': [false, 'signal_pending(current)'],
  'the time': [false, 'jiffies_64'],
  'whether another task is to run': [false, 'need_resched()'],
  'a pointer that readers of RCU follow': [false, 'rcu_dereference(pool->object) != NULL'],
  'any element of an array': [false, 'pool->slots[i].object', 'pool->slots[0].object = 0;'],
  'a counter that is named for what is held': [true, 'atomic_read(&pool->sync_mode)'],
  'a flag': [true, 'pool->can_sleep'],
  'a variable of the file': [true, 'started'],
  'a field that is set on the way': [true, 'pool->object', 'slot->object = 0;'],
};

for (const [name, [isDoubted, question, before = '']] of Object.entries(asked)) {
  test(`${isDoubted ? 'less sure' : 'sure'} is a sleep that depends on ${name}`, async () => {
    const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
    files.set(
      'fixture/x.c',
      `#include "kernel.h"
typedef struct { int counter; } atomic_t;
extern int atomic_read(const atomic_t *v);
extern long atomic_long_read(const atomic_t *v);
extern bool need_resched(void);
extern unsigned long jiffies_64;
extern struct task *current;
extern bool signal_pending(struct task *task);
struct slot { void *object; };
struct pool {
	spinlock_t lock;
	atomic_t users, sync_mode;
	bool can_sleep;
	void *object;
	struct slot slots[8];
};
static atomic_t total;
static bool started;

static void pool_rest(struct pool *pool)
{
	int i;

	for (i = 0; i < 8; i++)
		if (${question})
			msleep(1);
}

static void pool_shrink(struct pool *pool, struct slot *slot)
{
	${before}
	pool_rest(pool);
}

void pool_scan(struct pool *pool, struct slot *slot)
{
	spin_lock(&pool->lock);
	pool_shrink(pool, slot);
	spin_unlock(&pool->lock);
}
`,
    );
    const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
    const { findings } = reviewer.check({ paths: ['fixture'], scope: 'paths' });
    assert.deepEqual(
      findings.map(({ check, confidence }) => [check, confidence]),
      [['sleep-in-atomic', isDoubted ? 'medium' : 'high']],
      JSON.stringify(findings[0]?.reasons),
    );
  });
}
