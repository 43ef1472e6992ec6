import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { renderReviewJson } from '../../src/model/report/review-json.ts';
import { renderReview } from '../../src/model/report/review-text.ts';
import { both, get, program, reviewed, set } from './demo.ts';

const lock = '\tmutex_lock(&demo->lock);\n';
const unlock = '\tmutex_unlock(&demo->lock);\n';
const fn = (name: string, body: string) => `static void ${name}(struct demo *demo)\n{\n${body}}\n\n`;
/** A chain of calls up from `demo_step`, and at its end who gives the lock back; far below, so that the patch does not show it. */
const space = '\n'.repeat(10);
const chain = (step: string) =>
  program(
    space +
      fn('demo_first', '\twork(1);\n') +
      space +
      fn('demo_step', step) +
      space +
      fn('demo_one', '\tdemo_step(demo);\n') +
      fn('demo_two', '\tdemo_one(demo);\n') +
      set(`\tdemo_two(demo);\n${unlock}`) +
      get('\tdemo_two(demo);\n\treturn 0;\n'),
    both,
  );

test('functions that do as one that they call are said with that one', async () => {
  const { review, patches } = await reviewed(chain('\twork(2);\n'), chain(`\twork(2);\n${lock}`));
  const said = 'demo_step now returns with struct demo.lock held';
  const likewise = 'likewise 3 functions that call it (demo_one, demo_two, demo_get)';
  const { contracts } = review.whole.changes;
  assert.deepEqual(
    contracts.map(({ function: name, follows }) => [name, follows?.function]),
    [
      ['demo_step', undefined],
      ['demo_one', 'demo_step'],
      ['demo_two', 'demo_step'],
      ['demo_set', undefined],
      ['demo_get', 'demo_step'],
    ],
  );
  const text = renderReview(review, patches);
  assert.match(text, new RegExp(`${said}\n +${likewise.replace(/[()]/g, '\\$&')}\n`));
  assert.doesNotMatch(text, /: demo_(one|two|get) now/);
  assert.deepEqual(
    remarksOf(review.whole).flatMap(({ kind, title }) => (kind === 'contract' ? [title] : [])),
    [`${said}; ${likewise}`],
  );
  const reply = renderReply({ patch: patches[0]!, remarks: remarksOf(review.whole) }).replace(/\s+/g, ' ');
  assert.ok(reply.includes(`${said}; ${likewise}.`));
  const json = JSON.parse(renderReviewJson(review, patches)) as { changes: { contracts: { function: string; follows?: object }[] } };
  assert.deepEqual(
    json.changes.contracts.map((each) => [each.function, each.follows !== undefined]),
    contracts.map(({ function: name, follows }) => [name, follows !== undefined]),
  );
});

test('a caller that does something else besides is said by itself', async () => {
  const inner = (body: string) => fn('demo_step', body);
  const outer = (body: string) => fn('demo_one', `\tdemo_step(demo);\n${body}`);
  const end = set('\tdemo_one(demo);\n') + get('\treturn 0;\n');
  const { review } = await reviewed(
    program(inner('\twork(2);\n') + outer('') + end, both),
    program(inner(lock) + outer('\tspin_lock(&demo->state_lock);\n') + end, both),
  );
  const one = review.whole.changes.contracts.find(({ function: name }) => name === 'demo_one');
  assert.deepEqual([one?.follows, one?.messages.length], [undefined, 2]);
});

test('what a finding says of a function is not said of those that call it', async () => {
  const step = (give: string) => chain(`${lock}\tif (demo->count)\n\t\t{\n${give}\t\treturn;\n\t}\n${unlock}`);
  const twice = (give: string) => chain(`${lock}${unlock}${give}`);
  for (const [before, after] of [
    [step(unlock), step('')],
    [twice(''), twice(unlock)],
  ] as const) {
    const { review, patches } = await reviewed(before, after);
    assert.equal(review.whole.findings.filter(({ change, function: name }) => change === 'new' && name === 'demo_step').length, 1);
    assert.doesNotMatch(renderReview(review, patches), /now (returns with|gives back)/);
    assert.deepEqual(
      remarksOf(review.whole).filter(({ kind }) => kind === 'contract'),
      [],
    );
  }
});

test('a lock that is left, or given back, on some ways out is said so', async () => {
  const taking = (body: string) =>
    program(
      `static int demo_try(struct demo *demo)\n{\n${body}}\n\n${set(`\tif (!demo_try(demo))\n\t${unlock}`)}${get('\treturn 0;\n')}`,
      both,
    );
  const said = async (before: string, after: string) =>
    (await reviewed(before, after)).review.whole.changes.contracts.flatMap(({ warnings }) => warnings);
  const refusing = '\tif (demo->count)\n\t\treturn -EBUSY;\n';
  assert.deepEqual(await said(taking('\treturn 0;\n'), taking(`${refusing}${lock}\treturn 0;\n`)), [
    'now returns with struct demo.lock held on some ways out',
    'no longer gives back its caller’s struct demo.lock',
  ]);
  assert.deepEqual(await said(taking('\treturn 0;\n'), taking(`${lock}\treturn 0;\n`)), [
    'now returns with struct demo.lock held',
    'no longer gives back its caller\u2019s struct demo.lock',
  ]);
  const giving = (body: string) => program(fn('demo_end', body) + set(`${lock}\tdemo_end(demo);\n`) + get('\treturn 0;\n'), both);
  assert.deepEqual(await said(giving('\twork(1);\n'), giving(`\tif (demo->count)\n\t\treturn;\n${unlock}`)), [
    'now gives back its caller\u2019s struct demo.lock on some ways out',
  ]);
  assert.deepEqual(await said(giving('\twork(1);\n'), giving(unlock)), ['now gives back its caller\u2019s struct demo.lock']);
});

test('what a function does besides is not said of those that follow its finding', async () => {
  const trying = (take: string) => chain(`\t${take}(&demo->lock);\n\twork(1);\n${unlock}`);
  const { review } = await reviewed(trying('mutex_lock'), trying('mutex_trylock'));
  assert.deepEqual(
    review.whole.changes.contracts.filter(({ follows }) => !follows).map(({ function: name, likewise }) => [name, likewise]),
    [['demo_step', undefined]],
  );
});
