import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { program, reviewed, set } from './demo.ts';

const inside = '\tmutex_lock(&demo->lock);\n\tdown_write(&demo->sem);\n\tup_write(&demo->sem);\n\tmutex_unlock(&demo->lock);\n';
const outside = '\tdown_write(&demo->sem);\n\tmutex_lock(&demo->lock);\n\tmutex_unlock(&demo->lock);\n\tup_write(&demo->sem);\n';

/** Remarks on orders, and the reply without its line ends. */
async function ordersOf(before: string, after: string, others = ''): Promise<{ titles: readonly string[]; reply: string }> {
  const demo = (body: string): string => program(`${set(body)}${others}`, '.set = demo_set');
  const { review, patches } = await reviewed(demo(before), demo(after));
  const remarks = remarksOf(review.whole);
  const reply = renderReply({ patch: patches[0]!, remarks: remarks.filter(({ isSaid }) => isSaid) });
  return { titles: remarks.filter(({ kind }) => kind === 'order').map(({ title }) => title), reply: reply.replace(/\s+/g, ' ') };
}

test('two locks that change places are remarked on, with the way to the inner one', async () => {
  const { titles, reply } = await ordersOf(inside, outside);
  assert.deepEqual(titles, ['struct demo.lock is taken inside struct demo.sem now; before the patch it was the other way round']);
  assert.match(
    reply,
    /> \+ mutex_lock\(&demo->lock\); struct demo\.lock is taken inside struct demo\.sem now; before the patch it was the other way round: demo_set \(.*\) takes struct demo\.sem demo_set \(.*\) takes struct demo\.lock/,
  );
});

test('an order that is new, or one that goes, is not', async () => {
  const alone = '\tmutex_lock(&demo->lock);\n\tmutex_unlock(&demo->lock);\n\tdown_write(&demo->sem);\n\tup_write(&demo->sem);\n';
  assert.deepEqual((await ordersOf(alone, inside)).titles, []);
  assert.deepEqual((await ordersOf(inside, alone)).titles, []);
});

test('where it closes a circle with another function, the finding says it alone', async () => {
  const other = `void demo_other(struct demo *demo)\n{\n${inside}}\n\n`;
  const { titles, reply } = await ordersOf(inside, outside, other);
  assert.deepEqual(titles, []);
  assert.match(reply, /With this patch, struct demo\.lock is taken/);
});

test('where it opens one, what is fixed says it alone', async () => {
  const other = `void demo_other(struct demo *demo)\n{\n${inside}}\n\n`;
  const { titles, reply } = await ordersOf(outside, inside, other);
  assert.deepEqual(titles, []);
  assert.match(reply, /This patch fixes/);
});

test('a lock newly taken with one of its class held is remarked on: lockdep takes the two for one', async () => {
  const peer = '\tstruct demo *peer = (struct demo *)demo->next;\n\n\tmutex_lock(&demo->lock);\n';
  const nested = `${peer}\tmutex_lock(&peer->lock);\n\tmutex_unlock(&peer->lock);\n\tmutex_unlock(&demo->lock);\n`;
  const { titles } = await ordersOf(`${peer}\tmutex_unlock(&demo->lock);\n`, nested);
  assert.deepEqual(titles, [
    'struct demo.lock is taken with a lock of its class held now, be it the same or another one, and lockdep takes the two for one',
  ]);
  const told = nested.replace('mutex_lock(&peer->lock)', 'mutex_lock_nested(&peer->lock, 1)');
  assert.deepEqual((await ordersOf(`${peer}\tmutex_unlock(&demo->lock);\n`, told)).titles, []);
});
