import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { contracts, program, reviewed } from './demo.ts';

/** A function of which a caller is known. */
const get = (body: string) => program(`static int demo_get(struct demo *demo)\n{\n${body}}\n\n`, '.get = demo_get');
const lock = '\tspin_lock(&demo->state_lock);\n';
const unlock = '\tspin_unlock(&demo->state_lock);\n';

/** What is said of leaks and of locks that a function returns with, the lines that a leak comes by, and the one that a reply quotes above it. */
async function told(before: string, after: string) {
  const { review, patches } = await reviewed(before, after);
  const remarks = remarksOf(review.whole).filter(({ kind, isSaid }) => isSaid && kind !== 'access');
  const reply = renderReply({ patch: patches[0]!, remarks }).split('\n');
  const at = reply.findIndex((line) => /^With this patch|^demo_get /.test(line));
  const leaks = review.whole.findings.filter(({ check }) => check === 'missing-release');
  return {
    leaks: leaks.map(({ change, message, at: place }) => `${change}: ${message}, at ${place.line}`),
    causes: leaks.flatMap(({ causes }) => causes.map(({ sign, text }) => `${sign}${text}`)),
    functions: contracts(review.whole).filter((text) => /returns? with/.test(text)),
    above: at < 0 ? undefined : reply[at - 2],
  };
}

const lineOf = (text: string, line: string) => text.split('\n').indexOf(line) + 1;
const leaking = (change: string, line: number) =>
  `${change}: demo_get returns with struct demo.state_lock held, which its other ways out give back, at ${line}`;

test('a return that the patch writes with the lock held is where it is told, and once', async () => {
  const before = get(`\tint old = demo->count;\n\n${lock}\tif (old)\n\t\tdemo->state = 1;\n${unlock}\treturn 0;\n`);
  const after = get(`\tint all = demo->count;\n\n${lock}\tif (all)\n\t\treturn -EBUSY;\n${unlock}\treturn 0;\n`);
  assert.deepEqual(await told(before, after), {
    leaks: [leaking('new', lineOf(after, '\t\treturn -EBUSY;'))],
    causes: ['+return -EBUSY;'],
    functions: [],
    above: '> +\t\treturn -EBUSY;',
  });
  const fixed = await told(after, before);
  assert.deepEqual([fixed.leaks, fixed.causes], [[leaking('fixed', lineOf(after, '\t\treturn -EBUSY;'))], ['-return -EBUSY;']]);
});

test('a jump that the patch writes past the unlock is where it is told', async () => {
  const body = (jump: string) =>
    get(`\tint ret = 0;\n\n${lock}\tif (demo->count)\n\t\tgoto ${jump};\n\tdemo->state = 1;\nunlock:\n${unlock}out:\n\treturn ret;\n`);
  const after = body('out');
  const { leaks, causes, above } = await told(body('unlock'), after);
  assert.deepEqual(leaks, [leaking('new', lineOf(after, '\treturn ret;'))]);
  assert.deepEqual(causes, ['+goto out;']);
  assert.equal(above, '> +\t\tgoto out;');
});

test('an unlock that is taken away: that of the lock, not of another one', async () => {
  const outer = (held: string) => `\tmutex_lock(&demo->lock);\n${held}\tmutex_unlock(&demo->lock);\n`;
  const body = (first: string, given: string) =>
    get(`${first}${lock}\tif (demo->count) {\n${given}\t\treturn 0;\n\t}\n${unlock}\treturn 0;\n`);
  const before = body(outer('\tdemo->count = 1;\n'), `\t${unlock}`);
  const { leaks, causes, above } = await told(before, body('', ''));
  assert.equal(leaks.length, 1);
  assert.deepEqual(causes, ['-spin_unlock(&demo->state_lock);']);
  assert.equal(above, '> -\t\tspin_unlock(&demo->state_lock);');
});

test('a lock that comes before an old return is what is quoted', async () => {
  const body = (taken: string, given: string) =>
    get(`${taken}\tif (demo->count)\n\t\treturn -EBUSY;\n\tdemo->state = 1;\n${given}\treturn 0;\n`);
  const after = body(lock, unlock);
  const { leaks, above } = await told(body('', ''), after);
  assert.deepEqual(leaks, [leaking('new', lineOf(after, '\t\treturn -EBUSY;'))]);
  assert.equal(above, '> +\tspin_lock(&demo->state_lock);');
});

/** What a new function does, and what is said of its returns. */
const news: Readonly<Record<string, readonly [body: string, leaks: number, ...functions: string[]]>> = {
  'an error that keeps the lock': [`${lock}\tif (demo->count)\n\t\treturn -EBUSY;\n${unlock}\treturn 0;\n`, 1],
  'one of two errors that keeps the lock': [
    `${lock}\tif (demo->count)\n\t\treturn -EBUSY;\n\tif (demo->state) {\n\t${unlock}\t\treturn -EINVAL;\n\t}\n${unlock}\treturn 0;\n`,
    1,
  ],
  'a lock that a success keeps': [
    `${lock}\tif (demo->count) {\n\t${unlock}\t\treturn -EBUSY;\n\t}\n\treturn 0;\n`,
    0,
    'demo_get returns with struct demo.state_lock held on some ways out',
  ],
  'a lock that is given back where it was taken': [
    `\tint locked = 0;\n\n\tif (demo->count) {\n\t${lock}\t\tlocked = 1;\n\t}\n\tdemo->state = 1;\n\tif (locked)\n\t${unlock}\treturn 0;\n`,
    0,
  ],
  'every way out that gives it back': [`${lock}\tif (demo->count) {\n\t${unlock}\t\treturn -EBUSY;\n\t}\n${unlock}\treturn 0;\n`, 0],
};

for (const [name, [body, leaks, ...functions]] of Object.entries(news)) {
  test(`a new function: ${name}`, async () => {
    const said = await told(program('', '.get = 0'), get(body));
    assert.deepEqual([said.leaks.length, said.functions], [leaks, functions]);
    assert.equal(said.above !== undefined, leaks > 0);
  });
}

test('what is wrong in a header that the patch leaves alone, and only now is read, is not new', async () => {
  const inner =
    'static inline void demo_inner(int all)\n{\n\tmutex_lock(&inner_lock);\n\tif (all)\n\t\treturn;\n\tmutex_unlock(&inner_lock);\n}\n';
  const header = `#include "kernel.h"\n\nstatic DEFINE_MUTEX(inner_lock);\n\n${inner}`;
  const body = (call: string) => `#include "inner.h"\n\n${get(`${call}\treturn 0;\n`)}`;
  const beside = { 'drivers/demo/inner.h': header };
  const { review } = await reviewed(body(''), body('\tdemo_inner(demo->count);\n'), undefined, beside);
  assert.deepEqual([review.whole.findings, review.whole.untouched], [[], 1]);
});

test('an unlock that is taken away from a function that others may call: they cannot count on the lock, as it was given back before', async () => {
  const header = 'struct dev {\n\tstruct mutex lock;\n\tint state;\n};\nvoid dev_set(struct dev *dev);\n';
  const set = (body: string) =>
    `#include "kernel.h"\n#include <linux/dev.h>\n\nvoid dev_set(struct dev *dev)\n{\n${body}}\nEXPORT_SYMBOL(dev_set);\n`;
  const taken = '\tmutex_lock(&dev->lock);\n\tdev->state = 1;\n';
  const sure = async (before: string, after: string) => {
    const { review } = await reviewed(set(before), set(after), undefined, { 'include/linux/dev.h': header });
    return review.whole.findings.map(({ change, check, confidence, severity }) => [change, check, confidence, severity].join(' '));
  };
  const balanced = `${taken}\tmutex_unlock(&dev->lock);\n`;
  assert.deepEqual(await sure(balanced, taken), ['new missing-release high error']);
  assert.deepEqual(await sure(taken, balanced), ['fixed missing-release high error']);
  // What takes the lock for others since the patch may be meant to.
  assert.deepEqual(await sure('\tdev->state = 1;\n', taken), ['new missing-release low information']);
});

test('an unlock that is lost before a continue is what a round of a loop leaves held', async () => {
  const skip = (body: string) => `\t\tif (demo->count) {\n${body}\t\t\tcontinue;\n\t\t}\n`;
  const loop = (body: string) =>
    get(`\tfor (; demo; demo = (struct demo *)demo->next) {\n\t${lock}${skip(body)}\t${unlock}\t}\n\treturn 0;\n`);
  const after = loop('');
  const said = await told(loop(`\t\t${unlock}`), after);
  assert.deepEqual(said.leaks, [
    `new: demo_get returns with struct demo.state_lock held, which a round of a loop leaves held as it goes on to the next one, at ${lineOf(after, '\treturn 0;')}`,
  ]);
  assert.deepEqual(said.causes, ['-spin_unlock(&demo->state_lock);']);
});

test('where no value that it returns tells a caller, a lock that is left held on some ways out since the patch is told all the same', async () => {
  const body = (refused: string, given: string) =>
    get(
      `\tint ret = 1;\n\n\tif (!demo)\n\t\treturn 2;\n${lock}\tif (demo->count)\n\t\t${refused};\n\tdemo->state = 1;\n\tret = 0;\n${given}${unlock}\treturn ret;\n`,
    );
  const [before, after] = [body('goto out', 'out:\n'), body('return ret', '')];
  assert.deepEqual((await told(before, after)).functions, ['demo_get now returns with struct demo.state_lock held on some ways out']);
  assert.deepEqual((await told(after, before)).functions, []);
});

test('a further way out that leaves a lock held is new; one of another function, where both are there before and after, too', async () => {
  const leaves = `${lock}\tif (demo->count)\n\t\treturn -EBUSY;\n`;
  const further = `${leaves}\tif (demo->state)\n\t\treturn -EBUSY;\n`;
  const rest = `\tdemo->state = 1;\n${unlock}\treturn 0;\n`;
  const changes = async (before: string, after: string) =>
    (await reviewed(before, after)).review.whole.findings.map(({ change, function: name }) => `${change} ${name}`);
  assert.deepEqual(await changes(get(leaves + rest), get(further + rest)), ['new demo_get']);
  assert.deepEqual(await changes(get(further + rest), get(further + rest.replace('1', '2'))), ['kept demo_get']);
  const two = (first: string, second: string) =>
    program(
      `static int demo_get(struct demo *demo)\n{\n${first}${rest}}\n\nstatic int demo_put(struct demo *demo)\n{\n${second}${rest}}\n\n`,
      '.get = demo_get',
    ).replace('.get = demo_get }', '.get = demo_get };\nconst struct demo_ops other_ops = { .get = demo_put }');
  assert.deepEqual(await changes(two(leaves, lock), two(lock, leaves)), ['new demo_put', 'fixed demo_get']);
});

test('of two ways out that leave a lock held one is mended: the other is kept, and it is said', async () => {
  const body = (first: string) =>
    get(`${lock}\tif (demo->count)\n\t\treturn ${first};\n\tif (demo->state)\n\t\treturn -EINVAL;\n${unlock}\treturn 0;\n`);
  const mended = get(
    `${lock}\tif (demo->count) {\n\t${unlock}\t\treturn -EBUSY;\n\t}\n\tif (demo->state)\n\t\treturn -EINVAL;\n${unlock}\treturn 0;\n`,
  );
  const { review } = await reviewed(body('-EBUSY'), mended);
  const said = review.whole.findings.map(({ change, message }) => `${change}: ${message}`);
  assert.deepEqual(said, [
    'kept: demo_get returns with struct demo.state_lock held, which its other ways out give back (on 2 ways out before the patch, on 1 now)',
  ]);
});

test('one is mended and another one written: one is fixed, one is new', async () => {
  const body = (first: string, last: string) =>
    get(
      `${lock}\tif (demo->count) {\n\t\twork(1);\n${first}\t\treturn -EBUSY;\n\t}\n\tif (demo->state) {\n\t\twork(2);\n${last}\t}\n${unlock}\treturn 0;\n`,
    );
  const given = `\t${unlock}`;
  const { review } = await reviewed(body('', `${given}\t\treturn -EINVAL;\n`), body(given, '\t\treturn -ENOMEM;\n'));
  assert.deepEqual(review.whole.findings.map(({ change }) => change).sort(), ['fixed', 'new']);
});

test('a lock that helpers take and give back as one says is nobody else\u2019s: both may go', async () => {
  const helpers = `static int demo_begin(struct demo *demo)\n{\n\tif (demo->count)\n\t\treturn 0;\n${lock}\treturn 1;\n}\n\nstatic void demo_end(struct demo *demo, int locked)\n{\n\tif (locked)\n\t${unlock}}\n\n`;
  const body = (first: string, last: string) =>
    program(
      `${helpers}static int demo_get(struct demo *demo)\n{\n\tint locked;\n\tint ret;\n\n${first}\tret = work(demo->state);\n${last}\treturn ret;\n}\n\n`,
      '.get = demo_get',
    );
  const { functions } = await told(body('\tlocked = demo_begin(demo);\n', '\tdemo_end(demo, locked);\n'), body('', ''));
  assert.deepEqual(functions, []);
  const { review } = await reviewed(body('\tlocked = demo_begin(demo);\n', '\tdemo_end(demo, locked);\n'), body('', ''));
  assert.ok(!contracts(review.whole).some((text) => text.includes('gives back')));
});
