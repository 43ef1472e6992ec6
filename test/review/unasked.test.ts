import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { renderB4 } from '../../src/model/report/review-json.ts';
import { both, contracts, get, program, reviewed, set } from './demo.ts';

const taking = (take: string) => program(set(`\t${take}\n\tdemo->state = 1;\n\tmutex_unlock(&demo->lock);\n`) + get('\treturn 0;\n'), both);
const waiting = taking('mutex_lock(&demo->lock);');

test('a trylock whose result nobody asks for, where there was a wait, is told in the reply and fails', async () => {
  const { review, patches } = await reviewed(waiting, taking('mutex_trylock(&demo->lock);'));
  assert.deepEqual(
    remarksOf(review.whole).map(({ kind, title, isSaid }) => [kind, title, isSaid]),
    [
      [
        'new',
        'With this patch, demo_set gives struct demo.lock back, which the trylock at line 22 may not have taken: its result is not asked for',
        true,
      ],
      // The finding says why.
      ['access', 'struct demo.state: every access held struct demo.lock; now demo_set does not', false],
    ],
  );
  assert.deepEqual(contracts(review.whole), ['demo_set now takes struct demo.lock without waiting instead of waiting']);
  assert.match(
    renderReply({ patch: patches[0]!, remarks: remarksOf(review.whole) }).replace(/\s+/g, ' '),
    /mutex_trylock.* With this patch, demo_set gives struct demo\.lock back, which the trylock at line 22 may not have taken/,
  );
  assert.match(renderB4(review, patches), /"status": "fail"/);
});

test('one that is asked for, or not on purpose, is none', async () => {
  for (const take of [
    'if (!mutex_trylock(&demo->lock))\n\t\treturn;',
    'WARN_ON(!mutex_trylock(&demo->lock));',
    '(void)mutex_trylock(&demo->lock);',
  ]) {
    const { review } = await reviewed(waiting, taking(take));
    assert.deepEqual(review.whole.findings, []);
  }
});
