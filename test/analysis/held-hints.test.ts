import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer, type ReviewerHost } from '../../src/model/reviewer.ts';
import { hintText, tooltipText } from '../../src/server/inlay-hints.ts';
import { plainText } from '../../src/server/markdown.ts';
import { grammar, readFixtures, treeOf } from '../checks/fixture.ts';

const name = 'fixture/x.c';

function hostOf(text: string): ReviewerHost {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  files.set(name, text);
  return { tree: treeOf(files), ...grammar };
}

/** The hints of a text, put behind its lines. */
async function hinted(text: string, from = 1, to = 1000): Promise<string> {
  const reviewer = await createReviewer(hostOf(`#include "kernel.h"\n${text}`));
  const lines = text.split('\n');
  for (const hint of reviewer.held(name, { from: from + 1, to: to + 1 })) lines[hint.line - 2] += ` ${hintText(hint)}`;
  return lines.join('\n');
}

/** The text has its hints in it, as people are to see them. */
async function assertHinted(text: string): Promise<void> {
  assert.equal(await hinted(text.replace(/ \/\/ .*/g, '')), text);
}

test('a line that takes or gives back says what is held behind it, and a head what callers hold', async () => {
  await assertHinted(`struct box { struct mutex lock; spinlock_t leaf; int n; };
static void inner(struct box *b,
		  int more) // callers hold box.lock
{
	b->n++;
	spin_lock(&b->leaf); // holds box.leaf, box.lock
	b->n += more;
	spin_unlock(&b->leaf); // holds box.lock
}
static void begin(struct box *b)
{
	mutex_lock(&b->lock); // holds box.lock
}
static void end(struct box *b)
{
	mutex_unlock(&b->lock);
}
void whole(struct box *b)
{
	begin(b); // holds box.lock
	inner(b, 1);
	end(b); // no lock known to be held
}
`);
});

test('what is held on some ways alone is told apart from what is held on all', async () => {
  await assertHinted(`struct box { struct mutex lock; int n; };
static DEFINE_MUTEX(a);
int tries(struct box *x)
{
	if (!mutex_trylock(&x->lock)) // holds box.lock if taken
		return -EBUSY;
	mutex_lock(&a); // holds a, box.lock
	mutex_unlock(&a); // holds box.lock
	mutex_unlock(&x->lock); // no lock known to be held
	return 0;
}
void maybe(struct box *x, int f)
{
	if (f)
		mutex_lock(&x->lock); // holds box.lock
	mutex_lock(&a); // holds a, at times box.lock
	mutex_unlock(&a); // holds at times box.lock
	if (f)
		mutex_unlock(&x->lock); // no lock known to be held
}
`);
});

test('what a scope gives back at its end is held up to there, and a read side is no lock', async () => {
  await assertHinted(`struct box { struct mutex lock; spinlock_t leaf; struct rw_semaphore sem; int n; };
int guarded(struct box *x, int f)
{
	guard(mutex)(&x->lock); // holds box.lock
	if (f)
		return 1;
	scoped_guard(spinlock, &x->leaf) { // holds box.leaf, box.lock
		x->n++;
	}
	rcu_read_lock(); // holds rcu, box.lock
	rcu_read_unlock(); // holds box.lock
	return 0;
}
void reads(struct box *x)
{
	down_read(&x->sem); // holds box.sem (shared)
	up_read(&x->sem); // no lock known to be held
}
`);
});

test('what a function says to be held is, but on a branch, and where it takes that lock itself', async () => {
  await assertHinted(`struct box { struct mutex lock; spinlock_t leaf; int n; };
void says(struct box *x)
{
	lockdep_assert_held(&x->lock);
	spin_lock(&x->leaf); // holds box.leaf, box.lock
	spin_unlock(&x->leaf); // holds box.lock
}
void says_at_times(struct box *x, int f)
{
	if (f)
		lockdep_assert_held(&x->lock);
	spin_lock(&x->leaf); // holds box.leaf
	spin_unlock(&x->leaf); // no lock known to be held
}
void says_later(struct box *x)
{
	mutex_lock(&x->lock); // holds box.lock
	lockdep_assert_held(&x->lock);
	mutex_unlock(&x->lock); // no lock known to be held
}
`);
});

test('of a function that others may call, or call without, it is not said what callers hold', async () => {
  await assertHinted(`static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
void exported(void) // known callers hold a
{
	mutex_lock(&b); // holds b (some callers hold more)
	mutex_unlock(&b); // holds only what some callers hold
}
EXPORT_SYMBOL(exported);
static void one(void)
{
	mutex_lock(&b); // holds b (some callers hold more)
	mutex_unlock(&b); // holds only what some callers hold
}
void with(void)
{
	mutex_lock(&a); // holds a
	exported();
	one();
	mutex_unlock(&a); // no lock known to be held
}
void without(void)
{
	one();
}
`);
});

const chained = `static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
void exported(void)
{
	mutex_lock(&b);
	mutex_unlock(&b);
}
EXPORT_SYMBOL(exported);
void with(void)
{
	mutex_lock(&a);
	exported();
	mutex_unlock(&a);
}
`;

test('a tooltip has the chain to each lock, and the doubt', async () => {
  const reviewer = await createReviewer(hostOf(`#include "kernel.h"\n${chained}`));
  const told = reviewer.held(name, { from: 4, to: 6 }).map((hint) => tooltipText('/tree', hint, plainText));
  const doubt = 'Not sure: code that was not read may call exported, and hold other locks.';
  assert.deepEqual(told, [
    `Held by callers

- a
  - takes a in with, fixture/x.c:12
  - calls exported in with, fixture/x.c:13

${doubt}`,
    `Held from here on

- b
  - takes b in exported, fixture/x.c:6

Some callers hold, too: a

${doubt}`,
  ]);
});

test('only the lines in sight are told of, and an edit of a caller changes what is told', async () => {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  const put = (text: string): unknown => files.set(name, `#include "kernel.h"\n${text}`);
  const [inner, outer] = ['static void inner(void)\n{\n\tmutex_lock(&b);\n}\n', 'void outer(void)\n{\n\tmutex_lock(&a);\n\tinner();\n}\n'];
  put(`static DEFINE_MUTEX(a);\nstatic DEFINE_MUTEX(b);\n${inner}${outer}`);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  const told = (to: number): readonly string[] => reviewer.held(name, { from: 1, to }).map((hint) => `${hint.line} ${hintText(hint)}`);
  assert.deepEqual(told(5), ['4 // callers hold a']);
  assert.deepEqual(told(9), ['4 // callers hold a', '6 // holds b, a']);
  put(`static DEFINE_MUTEX(a);\nstatic DEFINE_MUTEX(b);\n${inner}${outer.replace('mutex_lock(&a)', 'mutex_init(&a)')}`);
  reviewer.forget([name]);
  assert.deepEqual(told(9), ['6 // holds b']);
});
