import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { accesses, both, get, locked, program, reviewed, set } from './demo.ts';

const asserted = '\tlockdep_assert_held(&demo->state_lock);\n';
const helper = (body: string) => `static void demo_write(struct demo *demo)\n{\n${body}\tdemo->state = 1;\n}\n\n`;
const lockedRead = `\tint state;\n\n${locked('\tstate = demo->state;\n')}\treturn state;\n`;
const call = '\tdemo_write(demo);\n';
/** A helper, who calls it, and a reader. */
const calling = (body: string, calls: string) => program(helper(body) + set(calls) + get(lockedRead), both);

/** What a reply says of functions, with the line above it, and of accesses. */
async function told(before: string, after: string, beside: Readonly<Record<string, string>> = {}) {
  const { review, patches } = await reviewed(before, after, 'drivers/demo/demo.c', beside);
  const remarks = remarksOf(review.whole).filter(({ kind, isSaid }) => isSaid && kind === 'contract');
  const reply = renderReply({ patch: patches[0]!, remarks });
  const said = /\n(>[^\n]*)\n\n(demo_write (?:is new, and )?asserts[^]*?\.)\n/.exec(reply);
  return { above: said?.[1], said: said?.[2]?.replaceAll('\n', ' '), accesses: accesses(review.whole) };
}

const lacking =
  'demo_write asserts that struct demo.state_lock is held, and demo_set calls it without that, unless who calls demo_set does.';

test('an assertion that a caller shows to be wrong is told, and guards nothing', async () => {
  const { above, said, accesses } = await told(calling('', call), calling(asserted, call));
  assert.deepEqual([above, said], [`> +${asserted.trimEnd()}`, lacking]);
  assert.deepEqual(accesses, []);
});

test('a call around which a patch takes the lock away is where it is told', async () => {
  const { above, said } = await told(calling(asserted, locked(call)), calling(asserted, call));
  assert.deepEqual([above, said], [`>  ${call.trimEnd()}`, lacking]);
});

test('a new function whose callers lack what it asserts', async () => {
  const before = program(set('\tdemo->state = 1;\n') + get(lockedRead), both);
  assert.equal((await told(before, calling(asserted, call))).said, lacking.replace('asserts', 'is new, and asserts'));
});

test('of what the caller has just made nobody above can hold the lock', async () => {
  const making = '\tdemo = kmalloc(sizeof(*demo), GFP_KERNEL);\n\tif (!demo)\n\t\treturn;\n';
  const { said } = await told(calling('', `${making}${call}`), calling(asserted, `${making}${call}`));
  assert.equal(said, lacking.replace(', unless who calls demo_set does', ''));
});

for (const [name, body, calls] of [
  ['who holds it', asserted, locked(call)],
  ['who gives it back, and so had it', asserted, `${call}\tspin_unlock(&demo->state_lock);\n`],
  ['who takes it under a condition that the helper asks too', `\tif (demo->count)\n\t${asserted}`, call],
] as const)
  test(`nothing is said of a caller ${name}`, async () => {
    assert.equal((await told(calling('', calls), calling(body, calls))).said, undefined);
  });

test('a lock that a framework may hold is told only where others who were read hold it', async () => {
  const header = 'struct base {\n\tstruct mutex lock;\n\tint state;\n};\n';
  const both = (asserts: string, other: string) =>
    `#include "kernel.h"\n#include <linux/base.h>\n\nstruct base_ops {\n\tvoid (*set)(struct base *base);\n\tvoid (*get)(struct base *base);\n};\n\n` +
    `static void demo_write(struct base *base)\n{\n${asserts}\tbase->state = 1;\n}\n\nstatic void demo_set(struct base *base)\n{\n\tdemo_write(base);\n}\n\n` +
    `static void demo_get(struct base *base)\n{\n${other}}\n\nconst struct base_ops demo_ops = { .set = demo_set, .get = demo_get };\n`;
  const beside = { 'include/linux/base.h': header };
  const said = async (other: string) => (await told(both('', other), both('\tlockdep_assert_held(&base->lock);\n', other), beside)).said;
  assert.equal(await said('\tdemo_write(base);\n'), undefined);
  assert.match(
    (await said('\tmutex_lock(&base->lock);\n\tdemo_write(base);\n\tmutex_unlock(&base->lock);\n')) ?? '',
    /struct base\.lock is held, and demo_set calls it without/,
  );
});
