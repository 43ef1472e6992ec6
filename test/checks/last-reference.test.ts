import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from './fixture.ts';

const locked = 'mutex_lock(&items);\n\tmutex_unlock(&items);';

/** Functions that `all_put` calls with the lock held that they take. */
const drops: Readonly<Record<string, readonly [isDoubted: boolean, code: string]>> = {
  'whatever its name is, where it always takes the lock': [false, `static void item_put(struct item *item)\n{\n\t${locked}\n}`],
  'which counts, and takes the lock all the same': [
    false,
    `static void item_put(struct item *item)\n{\n\titem->users--;\n\t${locked}\n\tif (!item->users)\n\t\twork(1);\n}`,
  ],
  'which takes the lock unless it was the last reference': [
    false,
    `static void item_put(struct item *item)\n{\n\tif (!--item->users)\n\t\treturn;\n\t${locked}\n}`,
  ],
  'where the counter comes to its end': [
    true,
    `static void item_put(struct item *item)\n{\n\tif (refcount_dec_and_test(&item->refs)) {\n\t\t${locked}\n\t}\n}`,
  ],
  'where a variable says so': [
    true,
    `static void item_drop(struct item *item)\n{\n\tbool last = refcount_dec_and_test(&item->refs);\n\n\tif (!last)\n\t\treturn;\n\t${locked}\n}`,
  ],
  'where it counts by itself': [true, `static void item_drop(struct item *item)\n{\n\tif (--item->users > 0)\n\t\treturn;\n\t${locked}\n}`],
  'where what is called counts, and calls back': [
    true,
    `static inline void ref_put(struct refs *refs, void (*release)(struct refs *))
{
	if (refcount_dec_and_test(refs))
		release(refs);
}
static void item_free(struct refs *refs)\n{\n\t${locked}\n}
static void item_put(struct item *item)\n{\n\tref_put(&item->refs, item_free);\n}`,
  ],
};

for (const [name, [isDoubted, code]] of Object.entries(drops)) {
  test(`${isDoubted ? 'less sure' : 'sure'} is a lock taken again by a function that drops a reference, ${name}`, async () => {
    const called = /\b(item_put|item_drop)\(/.exec(code)![1]!;
    const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
    files.set(
      'fixture/x.c',
      `#include "kernel.h"
struct refs { int count; };
struct item { struct refs refs; int users; };
extern bool refcount_dec_and_test(struct refs *refs);
static DEFINE_MUTEX(items);
${code}
void all_put(struct item *item)
{
	mutex_lock(&items);
	${called}(item);
	mutex_unlock(&items);
}
`,
    );
    const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
    const { findings } = reviewer.check({ paths: ['fixture'], scope: 'paths' });
    assert.deepEqual(
      findings.map(({ check }) => check),
      ['double-acquire'],
    );
    const { confidence, reasons } = findings[0]!;
    const doubts = reasons.filter((reason) => reason.endsWith('only where a counter, as of references, comes down to zero'));
    assert.deepEqual([confidence === 'high', doubts.length], [!isDoubted, isDoubted ? 1 : 0]);
  });
}
