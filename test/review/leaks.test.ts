import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { contracts, program, reviewed } from './demo.ts';

/** A function of which a caller is known. */
const get = (body: string) => program(`static int demo_get(struct demo *demo)\n{\n${body}}\n\n`, '.get = demo_get');
const lock = '\tspin_lock(&demo->state_lock);\n';
const unlock = '\tspin_unlock(&demo->state_lock);\n';

/** What is said of functions; the text above the remark in the reply; and whether it is said without being asked for. */
async function told(before: string, after: string) {
  const { review, patches } = await reviewed(before, after);
  const remarks = remarksOf(review.whole).filter(({ kind }) => kind === 'contract');
  const reply = renderReply({ patch: patches[0]!, remarks }).split('\n');
  const at = reply.findIndex((line) => line.startsWith('demo_get '));
  return { said: contracts(review.whole), above: reply[at - 2], isSaid: remarks.some(({ isSaid }) => isSaid) };
}

const lineOf = (text: string, line: string) => text.split('\n').indexOf(line) + 1;

test('a return that the patch writes with the lock held is where it is said', async () => {
  const before = get(`\tint old = demo->count;\n\n${lock}\tif (old)\n\t\tdemo->state = 1;\n${unlock}\treturn 0;\n`);
  const after = get(`\tint all = demo->count;\n\n${lock}\tif (all)\n\t\treturn -EBUSY;\n${unlock}\treturn 0;\n`);
  const { said, above, isSaid } = await told(before, after);
  const line = lineOf(after, '\t\treturn -EBUSY;');
  assert.deepEqual(said, [`demo_get now returns with struct demo.state_lock held, at drivers/demo/demo.c:${line}`]);
  assert.equal(above, '> +\t\treturn -EBUSY;');
  assert.ok(isSaid);
});

test('a jump that the patch writes past the unlock is where it is said, and the return is named', async () => {
  const body = (jump: string) =>
    get(`\tint ret = 0;\n\n${lock}\tif (demo->count)\n\t\tgoto ${jump};\n\tdemo->state = 1;\nunlock:\n${unlock}out:\n\treturn ret;\n`);
  const after = body('out');
  const { said, above } = await told(body('unlock'), after);
  assert.deepEqual(said, [
    `demo_get can now return with struct demo.state_lock held, at drivers/demo/demo.c:${lineOf(after, '\treturn ret;')}`,
  ]);
  assert.equal(above, '> +\t\tgoto out;');
});

test('a lock that comes before an old return: the return is named', async () => {
  const body = (taken: string, given: string) =>
    get(`${taken}\tif (demo->count)\n\t\treturn 1;\n\tdemo->state = 1;\n${given}\treturn 0;\n`);
  const after = body(lock, unlock);
  const { said, above } = await told(body('', ''), after);
  assert.deepEqual(said.slice(1), [
    `demo_get now returns with struct demo.state_lock held, at drivers/demo/demo.c:${lineOf(after, '\t\treturn 1;')}`,
  ]);
  assert.equal(above, '> +\tspin_lock(&demo->state_lock);');
});

/** What a new function does, and what is said of its returns. */
const news: Readonly<Record<string, readonly [body: string, ...said: (string | RegExp)[]]>> = {
  'an error that keeps the lock': [
    `${lock}\tif (demo->count)\n\t\treturn -EBUSY;\n${unlock}\treturn 0;\n`,
    /^demo_get is new, and gives back struct demo\.state_lock on some ways out, and returns with it on others, at drivers\/demo\/demo\.c:\d+$/,
  ],
  'one of two errors that keeps the lock': [
    `${lock}\tif (demo->count)\n\t\treturn -EBUSY;\n\tif (demo->state) {\n\t${unlock}\t\treturn -EINVAL;\n\t}\n${unlock}\treturn 0;\n`,
    /^demo_get is new, and gives back /,
  ],
  'a lock that a success keeps': [
    `${lock}\tif (demo->count) {\n\t${unlock}\t\treturn -EBUSY;\n\t}\n\treturn 0;\n`,
    'demo_get now returns with struct demo.state_lock held',
  ],
  'a lock that is given back where it was taken': [
    `\tint locked = 0;\n\n\tif (demo->count) {\n\t${lock}\t\tlocked = 1;\n\t}\n\tdemo->state = 1;\n\tif (locked)\n\t${unlock}\treturn 0;\n`,
  ],
  'every way out that gives it back': [`${lock}\tif (demo->count) {\n\t${unlock}\t\treturn -EBUSY;\n\t}\n${unlock}\treturn 0;\n`],
};

for (const [name, [body, ...expected]] of Object.entries(news)) {
  test(`a new function: ${name}`, async () => {
    const { said, isSaid } = await told(program('', '.get = 0'), get(body));
    const returns = said.filter((text) => !/^demo_get is new, and takes /.test(text));
    assert.equal(returns.length, expected.length, returns.join('\n'));
    for (const [i, text] of expected.entries()) assert.match(returns[i]!, typeof text === 'string' ? new RegExp(`^${text}$`) : text);
    assert.equal(isSaid, expected[0] instanceof RegExp);
  });
}
