import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { renderReview } from '../../src/model/report/review-text.ts';
import { get, program, reviewed, set } from './demo.ts';

const many = 12;
const lock = '\tspin_lock(&demo->state_lock);\n';
const unlock = '\tspin_unlock(&demo->state_lock);\n';
/** Reads without a lock, then a write: the last of all accesses. */
const around = (body: string) =>
  program(get(`${'\tif (demo->state)\n\t\treturn 1;\n'.repeat(many)}\treturn 0;\n`) + set(body), '.set = demo_set, .get = demo_get');
const asserted = `${lock}\tdemo->state = 2;\n${unlock}`;

/** What stands in the list of accesses, and first in that of a reply. */
async function listed(before: string, after: string) {
  const { review, patches } = await reviewed(around(before), around(after));
  const lines = renderReview(review, patches).split('\n');
  const start = lines.indexOf('accesses to struct demo.state:');
  const list = lines.slice(start).flatMap((line) => (line.startsWith('    ') ? [line.replace(/^.*?: /, '')] : []));
  const reply = renderReply({ patch: patches[0]!, remarks: remarksOf(review.whole) });
  return { list, reply: /\n\n {2}(\w+ in \w+) /.exec(reply)?.[1] };
}

test('the access that a patch changes stands first of many', async () => {
  const { list, reply } = await listed(asserted + asserted, `${asserted}\tdemo->state = 3;\n`);
  assert.match(list[0]!, /^demo_set: write of demo->state, no lock$/);
  assert.match(list.at(-1)!, /more accesses$/);
  assert.equal(reply, 'write in demo_set');
});

test('so does one around which the patch changes what is held', async () => {
  const { list } = await listed(asserted + asserted, `${asserted}\tdemo->state = 2;\n`);
  assert.match(list[0]!, /^demo_set: write of demo->state, no lock$/);
});

test('all that a patch writes are named', async () => {
  const { list } = await listed(asserted, `${asserted}${'\tdemo->state = 3;\n'.repeat(many)}`);
  assert.equal(list.filter((line) => line.startsWith('demo_set: write of demo->state, no lock')).length, many);
});
