import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled } from '../../src/model/reviewer-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from './fixture.ts';

const text = `#include "kernel.h"
static DEFINE_MUTEX(a_lock);
static DEFINE_MUTEX(b_lock);
void f(void)
{
	mutex_lock(&a_lock);
	mutex_lock(&b_lock);
	mutex_unlock(&b_lock);
	mutex_unlock(&a_lock);
}
`;
const order = 'Locks\n=====\n\n- ``b_lock`` is taken outside ``a_lock``\n';

function program(): Map<string, string> {
  return new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c'))).set('fixture/x.c', text);
}

test('a hover knows the orders that its request names', async () => {
  const files = program().set('mine.rst', order);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  assert.deepEqual(reviewer.hover('fixture/x.c', 7, 3)?.rules, []);
  const rules = reviewer.hover('fixture/x.c', 7, 3, { orders: ['mine.rst'] })?.rules;
  assert.deepEqual(
    rules?.map(({ file, line, outer, inner }) => ({ file, line, outer, inner })),
    [{ file: 'mine.rst', line: 4, outer: 'b_lock', inner: 'a_lock' }],
  );
});

const nested = `#include "kernel.h"
static DEFINE_MUTEX(a_lock);
static DEFINE_MUTEX(b_lock);
struct ops { void (*go)(void); };
static void inner(void)
{
	mutex_lock(&b_lock);
	mutex_unlock(&b_lock);
}
static struct ops ops = { .go = inner };
static void outer(struct ops *ops)
{
	mutex_lock(&a_lock);
	ops->go();
	mutex_unlock(&a_lock);
}
void entry(void)
{
	outer(&ops);
}
`;

test('a hover shows of each lock held where it was taken, and the way from there', async () => {
  const reviewer = await createReviewer({ tree: treeOf(program().set('fixture/x.c', nested)), ...grammar });
  const held = (line: number) =>
    reviewer
      .hover('fixture/x.c', line, 3)
      ?.held.map(({ lockClass, chain }) => [
        lockClass,
        ...chain.map((hop) => `${hop.at.line} ${hop.text}${hop.via ? ` through ${hop.via}` : ''}`),
      ]);
  const way = ['a_lock', '13 takes a_lock', '14 calls inner through struct ops.go'];
  assert.deepEqual(held(7), [way]);
  assert.deepEqual(held(8), [way, ['b_lock', '7 takes b_lock']]);
  assert.deepEqual(held(15), [['a_lock', '13 takes a_lock']]);
  assert.deepEqual(held(13), []);
});

test('a check is not made anew for orders that are read again and say the same', async () => {
  const files = program().set('mine.rst', order);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  const request = { paths: ['fixture'], scope: 'module', orders: ['mine.rst'] } as const;
  let steps = 0;
  const progress = () => void steps++;
  reviewer.check({ ...request, progress });
  assert.ok(steps > 0);
  steps = 0;
  reviewer.check({ ...request, progress });
  reviewer.hover('fixture/x.c', 7, 3, { orders: request.orders, progress });
  assert.equal(steps, 0);
});

test('a hover can be cancelled', async () => {
  const reviewer = await createReviewer({ tree: treeOf(program()), ...grammar });
  assert.throws(() => reviewer.hover('fixture/x.c', 7, 3, { cancelled: () => true }), Cancelled);
});

test('a document that nobody named is seen once folders are listed again', async () => {
  const files = program();
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  const check = () => reviewer.check({ paths: ['fixture'], scope: 'module' }).findings.map(({ check }) => check);
  assert.deepEqual(check(), []);
  files.set('Documentation/x/locking.rst', order);
  reviewer.forget(['fixture/x.c']);
  assert.deepEqual(check(), []);
  reviewer.relist();
  assert.deepEqual(check(), ['documented-order']);
});

test('a document that came is known although the check that first saw it was given up', async () => {
  const files = program();
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  const check = (cancelled: () => boolean) => reviewer.check({ paths: ['fixture'], scope: 'module', cancelled }).findings.length;
  assert.equal(
    check(() => false),
    0,
  );
  files.set('Documentation/x/locking.rst', order);
  reviewer.relist();
  let asked = 0;
  assert.throws(() => check(() => ++asked > 1), Cancelled);
  assert.equal(
    check(() => false),
    1,
  );
});

test('every phase of a check is told, and none goes past its end', async () => {
  const reviewer = await createReviewer({ tree: treeOf(program()), ...grammar });
  const told = new Map<string, { done: number; total: number }[]>();
  reviewer.check({
    paths: ['fixture'],
    scope: 'module',
    progress: ({ phase, done, total }) => told.set(phase, [...(told.get(phase) ?? []), { done, total }]),
  });
  assert.deepEqual([...told.keys()], ['index', 'read', 'analyze']);
  for (const steps of told.values()) {
    assert.ok(steps.every(({ done, total }) => done <= total));
    assert.deepEqual(
      steps.map(({ done }) => done),
      steps.map(({ done }) => done).sort((a, b) => a - b),
    );
  }
  assert.deepEqual(told.get('index')?.at(-1), { done: 2, total: 2 });
});
