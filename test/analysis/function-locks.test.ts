import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { functionText } from '../../src/server/code-lenses.ts';
import { grammar, readFixtures, treeOf } from '../checks/fixture.ts';

async function told(text: string): Promise<Record<string, string>> {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  files.set('fixture/x.c', `#include "kernel.h"\n${text}`);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  return Object.fromEntries(reviewer.functions('fixture/x.c').map((fn) => [fn.function, functionText(fn)]));
}

test('a function says what it takes, what it needs, what it leaves and gives back', async () => {
  const text = `struct box { struct mutex lock; spinlock_t leaf; int n; };
static void checked(struct box *b)
{
	lockdep_assert_held(&b->lock);
	spin_lock(&b->leaf);
	b->n++;
	spin_unlock(&b->leaf);
}
static void inner(struct box *b)
{
	spin_lock(&b->leaf);
	b->n++;
	spin_unlock(&b->leaf);
}
static void begin(struct box *b)
{
	mutex_lock(&b->lock);
}
static void end(struct box *b)
{
	mutex_unlock(&b->lock);
}
void whole(struct box *b)
{
	begin(b);
	inner(b);
	checked(b);
	end(b);
}
int nothing(int n)
{
	return n + 1;
}
`;
  assert.deepEqual(await told(text), {
    checked: 'takes struct box.leaf · needs struct box.lock held',
    inner: 'takes struct box.leaf · always called with struct box.lock held',
    begin: 'takes struct box.lock · returns with struct box.lock held · may sleep',
    end: 'gives back struct box.lock',
    whole: 'may sleep',
  });
});

test('a function that others may call is not said to be called with a lock held always', async () => {
  const text = `static DEFINE_MUTEX(a);
static DEFINE_SPINLOCK(b);
void shared(void)
{
	spin_lock(&b);
	spin_unlock(&b);
}
EXPORT_SYMBOL(shared);
void caller(void)
{
	mutex_lock(&a);
	shared();
	mutex_unlock(&a);
}
`;
  assert.equal((await told(text))['shared'], 'takes b');
});

test('of many locks the first are named', async () => {
  const locks = ['a', 'b', 'c', 'd', 'e'];
  const text = `${locks.map((name) => `static DEFINE_SPINLOCK(${name});`).join('\n')}
void all(void)
{
${locks.map((name) => `\tspin_lock(&${name});\n\tspin_unlock(&${name});`).join('\n')}
}
`;
  assert.deepEqual(await told(text), { all: 'takes a, b, c and 2 more' });
});
