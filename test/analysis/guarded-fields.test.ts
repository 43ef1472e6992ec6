import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { Cancelled, type Reviewer } from '../../src/model/reviewer-api.ts';
import { grammar, readFixtures, treeOf } from '../checks/fixture.ts';

const name = 'fixture/x.c';
const text = `#include "kernel.h"
struct box { struct mutex lock; int n; int seen; int once; };
static DEFINE_MUTEX(all);
static int total;
void store(struct box *b, int n)
{
	mutex_lock(&b->lock);
	b->n = n;
	b->n++;
	b->seen += b->n;
	b->once = b->n;
	mutex_unlock(&b->lock);
}
int take(struct box *b)
{
	return b->n;
}
void sum(int n)
{
	mutex_lock(&all);
	total = total + n;
	if (total > 9)
		total = 0;
	mutex_unlock(&all);
}
`;

async function reviewer(): Promise<Reviewer> {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  files.set(name, text);
  return createReviewer({ tree: treeOf(files), ...grammar });
}

test('a lock class has the fields that are accessed under it nearly everywhere, and where they are not', async () => {
  const asked = await reviewer();
  const told = (lockClass: string): unknown =>
    asked
      .guarded(name, lockClass)
      .map(({ field, guarded, total, example, open }) => [field, guarded, total, example.at.line, open.map((place) => place.function)]);
  // `seen` and `once` are accessed too seldom to tell.
  assert.deepEqual(told('struct box.lock'), [['struct box.n', 4, 5, 8, ['take']]]);
  assert.deepEqual(told('struct box.lock/1'), told('struct box.lock'));
  assert.deepEqual(told('all'), [['total', 4, 4, 21, []]]);
  assert.deepEqual(told('rcu'), []);
});

test('it is given up when nobody waits for it any more, and is there the next time', async () => {
  const asked = await reviewer();
  asked.functions(name);
  let asks = 0;
  assert.throws(() => asked.guarded(name, 'all', { cancelled: () => ++asks > 5 }), Cancelled);
  assert.equal(asked.guarded(name, 'all').length, 1);
});
