import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reviewed } from '../../src/model/compare/changes.ts';
import { renderReview } from '../../src/model/report/review-text.ts';
import { accesses, both, contracts, get, locked, program, reviewed, set } from './demo.ts';

const file = 'drivers/demo/demo.c';
const write = '\tdemo->state = 1;\n';
const lockedRead = `\tint state;\n\n${locked('\tstate = demo->state;\n')}\treturn state;\n`;
const header = '#include <linux/demo.h>\n';
const helper = (before: string, after = '') => `${before}void demo_write(struct demo *demo)\n{\n${write}}\n${after}\n`;
const exported = 'EXPORT_SYMBOL_NS_GPL(demo_write, DEMO);\n';

/** The lock comes to be held around a call of `demo_write`. */
const sides = (head: string, tail = '') =>
  [set('\tdemo_write(demo);\n'), set(locked('\tdemo_write(demo);\n'))].map((calls) =>
    program(helper(head, tail) + calls + get(lockedRead), both),
  ) as [string, string];

const closed = 'struct demo.state: readers and writers now have struct demo.state_lock in common; before, they had none';
const sure = [`closed ${closed}`];
const qualified = [`note ${closed}; that is so in the callers that were read: who else calls demo_write was not`];

const include = { 'include/linux/demo.h': 'struct demo;\nvoid demo_write(struct demo *demo);\n' };
const built = (makefile: string, type: string) => ({
  ...include,
  'drivers/demo/Makefile': makefile,
  'drivers/demo/Kconfig': `config DEMO\n\t${type} "Demo"\n\thelp\n\t  It shows.\n`,
});

/** What is changed beside the file, and what is said of the lock that its caller holds. */
const cases: Readonly<Record<string, readonly [[string, string], Readonly<Record<string, string>>, readonly string[]]>> = {
  'a static function': [sides('static '), {}, sure],
  'a function that no header declares': [sides(''), {}, sure],
  'a function that a header beside it declares': [
    sides('#include "demo.h"\n'),
    { 'drivers/demo/demo.h': include['include/linux/demo.h'] },
    sure,
  ],
  'a function of a module that exports nothing': [sides(header), built('obj-$(CONFIG_DEMO) += demo.o\n', 'tristate'), sure],
  'a function of a part of such a module': [sides(header), built('obj-$(CONFIG_DEMO) += parts.o\nparts-y += demo.o\n', 'tristate'), sure],
  'an exported function': [sides('', exported), {}, qualified],
  'an exported function of a module': [sides(header, exported), built('obj-$(CONFIG_DEMO) += demo.o\n', 'tristate'), qualified],
  'a function that all may call': [sides(header), built('obj-y += demo.o\n', 'tristate'), qualified],
  'a function of what is no module': [sides(header), built('obj-$(CONFIG_DEMO) += demo.o\n', 'bool'), qualified],
};

for (const [name, [[before, after], beside, expected]] of Object.entries(cases)) {
  test(`${name}: what callers hold is ${expected === sure ? 'sure' : 'said of those that were read'}`, async () => {
    const { review, patches } = await reviewed(before, after, file, beside);
    assert.deepEqual(accesses(review.whole), expected);
    const text = renderReview(review, patches);
    assert.equal(/demo_write: write of .*struct demo\.state_lock \(in callers that were read\)/.test(text), expected !== sure);
    assert.deepEqual(contracts(review.whole), [
      'demo_set now takes struct demo.state_lock',
      `demo_write is now always called with struct demo.state_lock held${expected === sure ? '' : ', by callers that were read'}`,
    ]);
  });
}

const said = async (before: string, after: string, beside = {}): Promise<Reviewed> =>
  (await reviewed(before, after, file, beside)).review.whole;

test('a lock that the exported function takes itself, or asserts, is held whoever calls it', async () => {
  const own = (body: string) =>
    program(`void demo_write(struct demo *demo)\n{\n${body}}\n${exported}\n${set('\tdemo_write(demo);\n')}${get(lockedRead)}`, both);
  assert.deepEqual(accesses(await said(own(write), own(locked(write)))), sure);
  const asserting = sides('', exported).map((text) => text.replace(write, `\tlockdep_assert_held(&demo->state_lock);\n${write}`));
  assert.deepEqual(accesses(await said(asserting[0]!.replace(/\tlockdep_assert.*\n/, ''), asserting[1]!)), sure);
});

test('a guard that is lost in an exported function was held by callers that were read', async () => {
  const [without, held] = sides('', exported);
  assert.deepEqual(accesses(await said(held, without)), [
    'open struct demo.state: every access held struct demo.state_lock; now demo_write does not; that is so in the callers that were read: who else calls demo_write was not',
  ]);
});

test('a new class guards what it is sure to', async () => {
  const guards = async (tail: string) => {
    const [without, held] = sides('', tail);
    const [before, after] = [without.replace(lockedRead, '\treturn demo->state;\n'), held.replace(lockedRead, '\treturn demo->state;\n')];
    return (await said(before, after)).changes.classes.added.map((added) => added.guards);
  };
  assert.deepEqual(await guards(''), [['struct demo.state']]);
  assert.deepEqual(await guards(exported), [[]]);
});

test('a function that is given to somebody who was not read may be called without the lock', async () => {
  const given = (calls: string) =>
    program(`${helper('static ')}${calls}${get(lockedRead)}\nvoid demo_start(void)\n{\n\tregister_demo(demo_write);\n}\n`, both);
  const [before, after] = [set('\tdemo_write(demo);\n'), set(locked('\tdemo_write(demo);\n'))].map(given) as [string, string];
  assert.deepEqual(accesses(await said(before, after)), qualified);
});

for (const [name, take, expected] of [
  ['takes under a condition may be held', '\tif (demo->count)\n\t\tspin_lock(&demo->state_lock);\n', []],
  ['does not take is not held', '', ['demo_get has no lock in common with the writers, before or after']],
] as const) {
  test(`a lock that a helper without a result ${name}`, async () => {
    const helpers = `static void demo_enter(struct demo *demo)\n{\n${take}}\n`;
    const sides = [locked(write), `\tmutex_lock(&demo->lock);\n${write}\tmutex_unlock(&demo->lock);\n`];
    const [after, before] = sides.map((body) =>
      program(`${helpers}${set(body)}${get('\tdemo_enter(demo);\n\treturn demo->state;\n')}`, both),
    );
    const told = accesses(await said(before!, after!)).flatMap((message) => /its reader (.*)$/.exec(message)?.[1] ?? []);
    assert.deepEqual(told, expected);
  });
}
