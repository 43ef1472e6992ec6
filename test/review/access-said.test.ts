import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { both, get, program, reviewed, set } from './demo.ts';

/** What a reply says of accesses, and of anything else. */
async function said(...args: Parameters<typeof reviewed>) {
  const { review } = await reviewed(...args);
  const remarks = remarksOf(review.whole).filter(({ isSaid }) => isSaid);
  return {
    accesses: remarks.flatMap(({ access }) => (access ? [`${access.verdict} ${access.place}`] : [])),
    others: remarks.flatMap(({ access, title }) => (access ? [] : [title])),
  };
}

const reading = get(
  '\tint state;\n\n\tread_lock(&demo->table_lock);\n\tstate = demo->state;\n\tread_unlock(&demo->table_lock);\n\treturn state;\n',
);
const store = 'static void demo_store(struct demo *demo)\n{\n\tdemo->state = 1;\n}\n\n';
const writing = (take: string, give = take) =>
  program(store + set(`\t${take}_lock(&demo->table_lock);\n\tdemo_store(demo);\n\t${give}_unlock(&demo->table_lock);\n`) + reading, both);

test('writes with a lock held shared, further down too, are what the finding of its release says', async () => {
  const { accesses, others } = await said(writing('write'), writing('read', 'write'));
  assert.equal(others.length, 1);
  assert.match(others[0]!, /^With this patch, demo_set gives struct demo\.table_lock back with write_unlock\(\), but it was taken with/);
  assert.deepEqual(accesses, []);
});

test('where no finding says it they are told', async () => {
  const { accesses, others } = await said(writing('write'), writing('read'));
  assert.deepEqual([accesses, others], [['open struct demo.state'], []]);
});

const inspect = (lock: string) =>
  `static int demo_inspect(struct demo *demo)\n{\n\tint state;\n\n${lock}\tstate = demo->state;\n${lock.replace('lock', 'unlock')}\treturn state;\n}\n\n`;
const held = '\tspin_lock(&demo->state_lock);\n';
const setting = set(`${held}\tdemo->state = 1;\n\tspin_unlock(&demo->state_lock);\n`);

test('what the patch shows to be guarded now is told', async () => {
  const before = program(setting + inspect(''), '.set = demo_set, .get = demo_inspect');
  const after = program(setting + inspect(held), '.set = demo_set, .get = demo_inspect');
  assert.deepEqual(await said(before, after), { accesses: ['closed struct demo.state'], others: [] });
});

/** A struct that other files know too, and one of them that has its own lock for it, or none. */
const beside = (lock: string) => ({
  'drivers/demo/other.c': `#include "kernel.h"
#include "shared.h"

struct other { spinlock_t lock; struct shared *shared; };

static int other_read(struct other *other)
{
	int ret;

	${lock}ret = other->shared->length;
	return ret;
}

const struct shared_ops other_ops = { .read = (void *)other_read };
`,
  'drivers/demo/shared.h': 'struct shared { int length; };\nstruct shared_ops { int (*read)(void *p); void (*write)(void *p); };\n',
});
const shared = (lock: string, unlock: string) => `#include "kernel.h"
#include "shared.h"

struct demo { spinlock_t lock; struct shared *shared; };

static void demo_write(struct demo *demo)
{
${lock}	demo->shared->length = 1;
${unlock}}

static int demo_read(struct demo *demo)
{
	return demo->shared->length;
}

const struct shared_ops demo_ops = { .read = (void *)demo_read, .write = (void *)demo_write };
`;
const taking = ['\tspin_lock(&demo->lock);\n', '\tspin_unlock(&demo->lock);\n'] as const;

test('a lock of one driver, held to write what all drivers have, is no remark about the others', async () => {
  const { accesses } = await said(shared('', ''), shared(...taking), 'drivers/demo/demo.c', beside(''));
  assert.deepEqual(accesses, []);
});

test('where only the file of the patch reads it, it is told who does so without', async () => {
  const { 'drivers/demo/shared.h': header } = beside('');
  const { accesses } = await said(shared('', ''), shared(...taking), 'drivers/demo/demo.c', { 'drivers/demo/shared.h': header });
  assert.deepEqual(accesses, ['open struct shared.length']);
});

test('what is guarded now where the patch does not show it is no remark', async () => {
  const apart = 'int demo_a;\n\nint demo_b;\n\nint demo_c;\n\nint demo_d;\n\n';
  const setting = (before: string, after: string) => program(store + apart + set(`${before}\tdemo_store(demo);\n${after}`) + reading, both);
  const { review } = await reviewed(setting('', ''), setting('\twrite_lock(&demo->table_lock);\n', '\twrite_unlock(&demo->table_lock);\n'));
  assert.deepEqual(
    remarksOf(review.whole).flatMap(({ access, isSaid }) => (access ? [`${access.verdict} ${access.place} ${isSaid}`] : [])),
    ['closed struct demo.state false'],
  );
});
