import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { both, get, program, reviewed, set } from './demo.ts';

const apart = 'int demo_a;\n\nint demo_b;\n\nint demo_c;\n\nint demo_d;\n\n';

async function replyTo(before: string, after: string): Promise<string> {
  const { review, patches } = await reviewed(before, after);
  return renderReply({ patch: patches[0]!, remarks: remarksOf(review.whole).filter(({ isSaid }) => isSaid) });
}

test('a circle of two new lines is one remark, at the second of them', async () => {
  const demo = (inSet: string, inGet: string): string =>
    program(
      set(`\tmutex_lock(&demo->lock);\n${inSet}\tmutex_unlock(&demo->lock);\n`) +
        apart +
        get(`\tdown_write(&demo->sem);\n${inGet}\tup_write(&demo->sem);\n\treturn 0;\n`),
      both,
    );
  const reply = await replyTo(
    demo('', ''),
    demo('\tdown_write(&demo->sem);\n\tup_write(&demo->sem);\n', '\tmutex_lock(&demo->lock);\n\tmutex_unlock(&demo->lock);\n'),
  );
  assert.equal(reply.split('With this patch').length, 2);
  assert.match(reply, /> \+\tmutex_lock\(&demo->lock\);\n\nWith this patch, struct demo\.lock is taken in demo_get/);
  assert.match(reply, /demo_set \(drivers\/demo\/demo\.c:\d+\) takes struct demo\.sem/);
});

test('a lock that a helper does not give back any more is told at the line that did so', async () => {
  const demo = (unlock: string): string =>
    program(
      `static int demo_begin(struct demo *demo)\n{\n\tmutex_lock(&demo->lock);\n\tif (demo->count) {\n${unlock}\t\treturn -EINVAL;\n\t}\n\treturn 0;\n}\n\n${set('\tif (demo_begin(demo))\n\t\treturn;\n\tdemo->state = 1;\n\tmutex_unlock(&demo->lock);\n')}`,
      '.set = demo_set',
    );
  const reply = await replyTo(demo('\t\tmutex_unlock(&demo->lock);\n'), demo(''));
  assert.match(reply, /> -\t\tmutex_unlock\(&demo->lock\);\n\nWith this patch, demo_set returns with struct demo\.lock held/);
  assert.doesNotMatch(reply, /Outside of what the patch shows/);
});

/** A helper that some functions call under a spinlock, and what it does since the patch. */
const below = (names: readonly string[], body: string): string =>
  program(
    `static void demo_count(struct demo *demo)\n{\n${body}}\n\n${names
      .map(
        (name) =>
          `void ${name}(struct demo *demo)\n{\n\tspin_lock(&demo->state_lock);\n\tdemo_count(demo);\n\tspin_unlock(&demo->state_lock);\n}\n\n`,
      )
      .join('')}`,
    '',
  );
const counted = '\tdemo->count++;\n';
const slept = `\tmutex_lock(&demo->lock);\n${counted}\tmutex_unlock(&demo->lock);\n`;

test('what a new lock does to all callers of its function is one sentence that names them', async () => {
  const names = ['demo_one', 'demo_two', 'demo_three'];
  const reply = (await replyTo(below(names, counted), below(names, slept))).replace(/\s+/g, ' ');
  assert.match(reply, /With this patch, demo_one, demo_two and demo_three call demo_count, .* \(A, B and C\)\. A: demo_one/);
  assert.equal(reply.split('call demo_count').length, 2);
});

test('of many callers some ways are shown, of one that it is the one', async () => {
  const names = ['demo_one', 'demo_two', 'demo_three', 'demo_four', 'demo_five'];
  const reply = (await replyTo(below(names, counted), below(names, slept))).replace(/\s+/g, ' ');
  assert.match(reply, /demo_four and demo_five call demo_count, .* \(as in A, B and C\)\./);
  assert.doesNotMatch(reply, / D: /);
  const one = (await replyTo(below(['demo_one'], counted), below(['demo_one'], slept))).replace(/\s+/g, ' ');
  assert.match(one, /With this patch, demo_one calls demo_count, where struct demo\.lock is taken/);
});

const setter = (asked: string, given: string): string =>
  program(
    set(`\tif (${asked})\n\t\treturn;\n\tdemo->state = 1;\n${given}`) +
      get('\tint state;\n\n\tmutex_lock(&demo->lock);\n\tstate = demo->state;\n\tmutex_unlock(&demo->lock);\n\treturn state;\n'),
    both,
  );
const given = '\tmutex_unlock(&demo->lock);\n';

test('accesses without a lock that their function did not get, and gives back, are what the finding says', async () => {
  const reply = await replyTo(setter('!mutex_trylock(&demo->lock)', given), setter('mutex_trylock(&demo->lock)', given));
  assert.match(reply, /gives struct demo\.lock back where the trylock/);
  assert.doesNotMatch(reply, /struct demo\.state/);
});

test('accesses without a lock that their function neither takes nor gives back any more are told', async () => {
  const reply = await replyTo(setter('!mutex_trylock(&demo->lock)', given), setter('demo->count', ''));
  assert.match(reply, /struct demo\.state: every access held struct demo\.lock; now demo_set\s+does\s+not/);
});

test('a caller that gives the lock back before it calls who asserts it is told once, with what it does', async () => {
  const helper = '\tlockdep_assert_held(&demo->state_lock);\n\tdemo->state = 1;\n';
  const demo = (first: string, last: string): string =>
    program(
      `static void demo_write(struct demo *demo)\n{\n${helper}}\n\n${set(`\tspin_lock(&demo->state_lock);\n\tdemo->count++;\n${first}\tdemo_write(demo);\n${last}`)}` +
        get(
          '\tint state;\n\n\tspin_lock(&demo->state_lock);\n\tstate = demo->state;\n\tspin_unlock(&demo->state_lock);\n\treturn state;\n',
        ),
      both,
    );
  const unlocking = '\tspin_unlock(&demo->state_lock);\n';
  const reply = (await replyTo(demo('', unlocking), demo(unlocking, ''))).replace(/\s+/g, ' ');
  assert.match(reply, /With this patch, demo_set calls demo_write without struct demo\.state_lock held, which it asserts/);
  assert.doesNotMatch(reply, /demo_write asserts that|struct demo\.state:|adding "spin_unlock/);
});
