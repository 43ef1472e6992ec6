import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accesses, both, get, locked, program, review, reviewed, set } from './demo.ts';

const write = '\tdemo->state = 1;\n';
/** A function that anybody may call. */
const open = (body: string) => program(`void demo_reset(struct demo *demo)\n{\n${body}}\n\n`, '');

test('what a function moves out of its lock is told whoever calls it', async () => {
  assert.deepEqual(accesses(await review(open(locked(write)), open(`${locked('')}${write}`))), [
    'open struct demo.state: demo_reset writes it without struct demo.state_lock now, which it still takes',
  ]);
});

test('what was never under the lock is not, nor what goes there', async () => {
  assert.deepEqual(accesses(await review(open(write), open(`${locked('')}${write}`))), []);
  assert.deepEqual(accesses(await review(open(`${locked('')}${write}`), open(locked(write)))), []);
  assert.deepEqual(accesses(await review(open(locked(write)), open(`\tlockdep_assert_held(&demo->state_lock);\n${write}`))), []);
  // Its callers may take it now.
  assert.deepEqual(accesses(await review(open(locked(write)), open(write))), []);
});

/** A handler that writes under the lock of an element of an array. */
const element = (body: string) =>
  program(
    `struct bank {\n\tstruct demo *rows;\n\tstruct demo fixed[4];\n};\n\nstatic struct bank bank;\n
${set(locked(write))}static int demo_get(struct demo *demo)\n{\n\tstruct bank *all = &bank;\n\tint i = demo->count;\n${body}\treturn 0;\n}\n\n`,
    both,
  );

for (const rows of ['rows', 'fixed']) {
  test(`a lock of an element is that of the object (${rows})`, async () => {
    const by = `\tspin_lock(&all->${rows}[i].state_lock);\n\tall->${rows}[i].state = 2;\n\tspin_unlock(&all->${rows}[i].state_lock);\n`;
    const bare = by.replaceAll(/\tspin_.*\n/g, '');
    assert.deepEqual(accesses(await review(element(''), element(by))), []);
    assert.equal(accesses(await review(element(by), element(bare))).length, 1);
  });
}

/** A reader, a writer under the lock, and other readers without any. */
const among = (readers: number, body: string) =>
  program(set(`${'\twork(demo->state);\n'.repeat(readers)}${locked(write)}`) + get(body), both);

test('a lock of the same object that few of the others hold guards nothing', async () => {
  const read = '\tdemo->count = demo->state;\n';
  const said = async (readers: number) =>
    accesses(await review(among(readers, `${locked(read)}\treturn 0;\n`), among(readers, `${locked('')}${read}\treturn 0;\n`))).filter(
      (text) => text.includes('struct demo.state:'),
    );
  assert.deepEqual(await said(1), ['open struct demo.state: demo_get reads it without struct demo.state_lock now, which others hold']);
  assert.deepEqual(await said(9), []);
});

test('where the patch shows no access, the line that no longer takes the lock is where it is told', async () => {
  const far = '\twork(demo->count);\n'.repeat(9);
  const body = (lock: string, unlock: string) => program(set(`\t${lock}\n${far}${write}${far}\t${unlock}\n`) + get(locked(write)), both);
  const { review: after } = await reviewed(
    body('spin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);'),
    body('work(1);', 'work(2);'),
  );
  const { accesses: told } = after.whole.changes;
  assert.deepEqual(
    told.filter(({ verdict }) => verdict === 'open').map(({ place, at }) => [place, at !== undefined]),
    [['struct demo.state', true]],
  );
});

test('nothing is said of the next of some list, whosever it is', async () => {
  const taken = '\tdemo->cursor->next->prev = demo->cursor;\n';
  const said = accesses(
    await review(program(set(locked(taken)) + get(locked(taken)), both), program(set(taken) + get(locked(taken)), both)),
  );
  assert.deepEqual(
    said.filter((text) => text.includes('list_head.')),
    [],
  );
});
