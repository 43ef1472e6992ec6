import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyFix, assertion } from '../../src/model/fixes/fix.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from '../checks/fixture.ts';

const name = 'fixture/x.c';
const head = `#include "kernel.h"
struct box { struct mutex lock; struct rw_semaphore sem; struct box *next; int n; };
static DEFINE_MUTEX(a);
static int count;
void use(struct box *b);
`;

/** What the function could say whose head is at the marker, and the text with it, as far as there is a place for it. */
async function said(body: string): Promise<{ readonly offered: readonly string[]; readonly isSure?: boolean; readonly text: string }> {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  const text = head + body;
  files.set(name, text);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  const line = text.slice(0, text.indexOf('inner(')).split('\n').length;
  const found = reviewer.assertable(name, line);
  const fixes = (found?.locks ?? []).flatMap((lock) => assertion(lock.text, '', found!.firstStatement, text) ?? []);
  return {
    offered: found?.locks.map((lock) => lock.text) ?? [],
    ...(found && { isSure: found.isSure }),
    text: fixes.reduceRight((sum, fix) => applyFix(fix, sum, ''), text).slice(head.length),
  };
}

const caller = `void outer(struct box *b)
{
	mutex_lock(&b->lock);
	inner(b);
	mutex_unlock(&b->lock);
}
`;

async function assertOffered(body: string, ...offered: readonly string[]): Promise<void> {
  assert.deepEqual((await said(body)).offered, offered);
}

test('a function whose callers all hold a lock of its argument may say so, behind its declarations', async () => {
  const { offered, isSure, text } = await said(`static int inner(struct box *box,
		 int by)
{
	struct box *next = box->next;
	int sum = 0;

	/* All of them. */
	for (; next; next = next->next)
		sum += next->n * by;
	box->n = sum;
	return sum;
}
void outer(struct box *b)
{
	mutex_lock(&b->lock);
	inner(b, 2);
	mutex_unlock(&b->lock);
}
`);
  assert.deepEqual([offered, isSure], [['lockdep_assert_held(&box->lock);'], true]);
  assert.match(text, /\n\tint sum = 0;\n\n\tlockdep_assert_held\(&box->lock\);\n\n\t\/\* All of them\. \*\/\n\tfor \(;/);
});

test('where no blank line ends the declarations there is one then, and one that is said already is joined', async () => {
  const one = await said(`static void inner(struct box *b)
{
	int n = b->n;
	b->n = n + 1;
}
${caller}`);
  assert.match(one.text, /\n\tint n = b->n;\n\n\tlockdep_assert_held\(&b->lock\);\n\n\tb->n = n \+ 1;\n/);
  const none = await said(`static void inner(struct box *b)
{
	b->n++;
}
${caller}`);
  assert.match(none.text, /\n\{\n\tlockdep_assert_held\(&b->lock\);\n\n\tb->n\+\+;\n/);
  const joined = await said(`static void inner(struct box *b)
{
	lockdep_assert_held(&b->sem);
	b->n++;
}
${caller}`);
  assert.match(joined.text, /\n\{\n\tlockdep_assert_held\(&b->lock\);\n\tlockdep_assert_held\(&b->sem\);\n/);
});

test('what is said is held: the text with it brings no finding, and is not offered again', async () => {
  const { text } = await said(`static void inner(struct box *b)\n{\n\tb->n++;\n}\n${caller}`);
  const again = await said(text);
  assert.deepEqual(again.offered, []);
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  files.set(name, head + text);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  assert.deepEqual(reviewer.check({ paths: ['fixture'], scope: 'paths' }).findings, []);
});

test('a lock is named by way of the parameter that leads to it, a variable by its name, and a reader holds it too', async () => {
  await assertOffered(
    `static void inner(int n, struct box *b)
{
	b->next->n = n;
	b->n = n;
}
void outer(struct box *b)
{
	down_read(&b->next->sem);
	inner(1, b);
	up_read(&b->next->sem);
}
`,
    'lockdep_assert_held(&b->next->sem);',
  );
  await assertOffered(
    `static void inner(void)
{
	count++;
}
void outer(void)
{
	mutex_lock(&a);
	inner();
	mutex_unlock(&a);
}
`,
    'lockdep_assert_held(&a);',
  );
});

test('what has nothing to do with what the lock guards does not say that it is held', async () => {
  await assertOffered(`static int inner(struct box *b)\n{\n\treturn 1;\n}\n${caller}`);
  await assertOffered(
    `static void needs(struct box *b)
{
	lockdep_assert_held(&b->lock);
	b->n++;
}
static void inner(struct box *b)
{
	needs(b);
}
${caller}`,
    'lockdep_assert_held(&b->lock);',
  );
});

test('nothing is offered where a caller does not hold it, holds that of another object, or gave the variable another value', async () => {
  const inner = 'static void inner(struct box *b)\n{\n\tb->n++;\n}\n';
  await assertOffered(`${inner}${caller}void other(struct box *b)\n{\n\tinner(b);\n}\n`);
  const lock = (call: string): string => caller.replace('\tinner(b);', call);
  await assertOffered(inner + lock('\tinner(b->next);'));
  await assertOffered(inner + lock('\tb = b->next;\n\tinner(b);'));
  await assertOffered(`${inner}static void middle(struct box *b)\n{\n\tb = b->next;\n\tinner(b);\n}\n${lock('\tmiddle(b);')}`);
  await assertOffered(inner.replace('b->n++', 'mutex_lock(&b->lock)') + caller);
});

test('two callers are to mean the same lock', async () => {
  const inner = 'static void inner(struct box *b, struct box *c)\n{\n\tb->n = c->n;\n}\n';
  const outer = (fn: string, held: string): string =>
    `void ${fn}(struct box *b, struct box *c)\n{\n\tmutex_lock(&${held}->lock);\n\tinner(b, c);\n\tmutex_unlock(&${held}->lock);\n}\n`;
  await assertOffered(inner + outer('one', 'b') + outer('two', 'b'), 'lockdep_assert_held(&b->lock);');
  await assertOffered(inner + outer('one', 'b') + outer('two', 'c'));
});

test('of a function that others may call it is said that not all callers are known', async () => {
  const { offered, isSure } = await said(`void inner(struct box *b)\n{\n\tb->n++;\n}\nEXPORT_SYMBOL(inner);\n${caller}`);
  assert.deepEqual([offered, isSure], [['lockdep_assert_held(&b->lock);'], false]);
});

test('between directives there is no place for it, nor on the line of the brace', async () => {
  const inner = 'static void inner(struct box *b)\n{\n#ifdef CONFIG_X\n\tint n = 1;\n#endif\n\tb->n++;\n}\n';
  assert.equal((await said(inner + caller)).text, inner + caller);
  const short = 'static void inner(struct box *b) { b->n++; }\n';
  assert.equal((await said(short + caller)).text, short + caller);
});
