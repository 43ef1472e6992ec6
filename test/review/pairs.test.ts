import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reviewed } from '../../src/model/compare/changes.ts';
import { causeText, remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { renderReview } from '../../src/model/report/review-text.ts';
import { renderB4 } from '../../src/model/report/review-json.ts';
import { accesses, both, contracts, get, locked, program, review, reviewed, set } from './demo.ts';

const write = '\tdemo->state = 1;\n';
const read = '\treturn demo->state;\n';
const lockedRead = `\tint state;\n\n${locked('\tstate = demo->state;\n')}\treturn state;\n`;

const made =
  'struct demo *demo_make(void)\n{\n\tstruct demo *demo = kzalloc(sizeof(*demo), GFP_KERNEL);\n\n\tdemo->state = 1;\n\treturn demo;\n}\n\n';

/** A writer, one that never had a lock, and others who hold the lock of all objects. */
const elsewhere = (body: string, others: number) => {
  const other = (i: number) => `static void demo_other${i}(struct demo *demo)\n{\n\tguard(mutex)(&demos_lock);\n\tdemo->state = 2;\n}\n\n`;
  return `static DEFINE_MUTEX(demos_lock);\n\n${[...Array(others).keys()].map(other).join('')}${set(body)}${get(`${write}\treturn 0;\n`)}`;
};

/** A writer, and a reader that holds both locks. */
const twice = (body: string) =>
  `static DEFINE_MUTEX(demos_lock);\n\n${set(body)}${get('\tguard(mutex)(&demos_lock);\n\tguard(mutex)(&demo->lock);\n\treturn demo->state;\n')}`;

/** A name, what is there before and after, and what is said of accesses. */
const said: Readonly<Record<string, readonly [before: string, after: string, ...said: string[]]>> = {
  'a guard that is lost': [
    program(set(locked(write)) + get(lockedRead), both),
    program(set(write) + get(lockedRead), both),
    'open struct demo.state: every access held struct demo.state_lock; now demo_set does not',
  ],
  'a guard that is lost by writer and reader, and that another reader never had': [
    program(set(locked(write)) + get(lockedRead) + get(read).replace('demo_get', 'demo_peek'), both),
    program(set(write) + get(read) + get(read).replace('demo_get', 'demo_peek'), both),
    'open struct demo.state: every write held struct demo.state_lock; now demo_set writes without; its reader demo_get has no lock in common with the writers any more; its reader demo_peek has no lock in common with the writers, before or after',
  ],
  'a guard that comes': [
    program(set(locked(write)) + get(read), both),
    program(set(locked(write)) + get(lockedRead), both),
    'closed struct demo.state: readers and writers now have struct demo.state_lock in common; before, they had none',
  ],
  'another lock, for all of them': [
    program(set(locked(write)) + get(lockedRead), both),
    program(
      (set(locked(write)) + get(lockedRead))
        .replaceAll('spin_lock(&demo->state_lock)', 'mutex_lock(&demo->lock)')
        .replaceAll('spin_unlock(&demo->state_lock)', 'mutex_unlock(&demo->lock)'),
      both,
    ),
    'note struct demo.state: its writer demo_set held struct demo.state_lock and now holds struct demo.lock',
  ],
  'another lock, for the writer alone': [
    program(set(locked(write)) + get(lockedRead), both),
    program(set(`\tmutex_lock(&demo->lock);\n${write}\tmutex_unlock(&demo->lock);\n`) + get(lockedRead), both),
    'open struct demo.state: its writer demo_set held struct demo.state_lock and now holds struct demo.lock; every access held struct demo.state_lock; now demo_set does not',
  ],
  'plain accesses that become marked': [
    program(set(write) + get(read), both),
    program(set('\tWRITE_ONCE(demo->state, 1);\n') + get('\treturn READ_ONCE(demo->state);\n'), both),
    'note struct demo.state: plain reads became marked ones in demo_get; plain writes became marked ones in demo_set',
  ],
  'marked accesses that become plain': [
    program(set(write) + get('\treturn READ_ONCE(demo->state);\n'), both),
    program(set(write) + get(read), both),
    'open struct demo.state: marked reads became plain ones in demo_get',
  ],
  'a new field that is guarded': [
    program(set('\twork(1);\n') + get('\treturn 0;\n'), both),
    program(set(locked(write)) + get(lockedRead), both),
    'note struct demo.state: was not accessed before; every write holds struct demo.state_lock',
  ],
  'a new field that is read without its lock': [
    program(set('\twork(1);\n') + get('\treturn 0;\n'), both),
    program(set(locked(write)) + get(read), both),
    'open struct demo.state: was not accessed before; every write holds struct demo.state_lock; read without that in demo_get, not always marked (READ_ONCE and its like)',
  ],
  'another subclass of the same lock': [
    program(set(`\tmutex_lock_nested(&demo->lock, 1);\n${write}\tmutex_unlock(&demo->lock);\n`) + get(read), both),
    program(set(`\tmutex_lock(&demo->lock);\n${write}\tmutex_unlock(&demo->lock);\n`) + get(read), both),
  ],
  'a reader that comes under another subclass of the same lock': [
    program(set(`\tmutex_lock_nested(&demo->lock, 1);\n${write}\tmutex_unlock(&demo->lock);\n`) + get(read), both),
    program(
      set(`\tmutex_lock_nested(&demo->lock, 1);\n${write}\tmutex_unlock(&demo->lock);\n`) +
        get(`\tint state;\n\n\tmutex_lock(&demo->lock);\n\tstate = demo->state;\n\tmutex_unlock(&demo->lock);\n\treturn state;\n`),
      both,
    ),
    'closed struct demo.state: readers and writers now have struct demo.lock in common; before, they had none',
  ],
  'a field that functions accessed of which nobody knows who calls them': [
    program('void demo_store(struct demo *demo)\n{\n' + write + '}\n\n' + set('\twork(1);\n') + get('\treturn 0;\n'), both),
    program('void demo_store(struct demo *demo)\n{\n' + write + '}\n\n' + set(locked(write)) + get('\treturn 0;\n'), both),
  ],
  'a field that was only set up': [
    program(made + set('\twork(1);\n') + get('\treturn 0;\n'), both),
    program(made + set(locked(write)) + get('\treturn 0;\n'), both),
    'note struct demo.state: was only set up before; every write holds struct demo.state_lock',
  ],
  'a list: entries are taken out through their own nodes': [
    program(set('\twork(1);\n') + get(lockedRead), both),
    program(set(locked('\tdemo->entries.next = &demo->entries;\n')) + get(lockedRead), both),
  ],
  'a list that is changed without its lock, which others still hold': [
    program(set(locked('\tdemo->entries.next = &demo->entries;\n')) + get(locked('\tdemo->entries.prev = &demo->entries;\n')), both),
    program(set('\tdemo->entries.next = &demo->entries;\n') + get(locked('\tdemo->entries.prev = &demo->entries;\n')), both),
    'open struct demo.entries: demo_set writes it without struct demo.state_lock now, which others hold',
  ],
  'a field that one function no longer accesses under the lock of another object, which most others hold': [
    program(elsewhere(`\tmutex_lock(&demos_lock);\n${write}\tmutex_unlock(&demos_lock);\n`, 3), both),
    program(elsewhere(`\tmutex_lock(&demos_lock);\n\tmutex_unlock(&demos_lock);\n${write}`, 3), both),
    'open struct demo.state: demo_set writes it without demos_lock now, which others hold',
  ],
  'a field that one function no longer accesses under the lock of another object, as most others do not': [
    program(elsewhere(`\tmutex_lock(&demos_lock);\n${write}\tmutex_unlock(&demos_lock);\n`, 1), both),
    program(elsewhere(`\tmutex_lock(&demos_lock);\n\tmutex_unlock(&demos_lock);\n${write}`, 1), both),
  ],
  'a field that loses one of two locks which all that access it hold': [
    program(
      twice(`\tmutex_lock(&demos_lock);\n\tmutex_lock(&demo->lock);\n${write}\tmutex_unlock(&demo->lock);\n\tmutex_unlock(&demos_lock);\n`),
      both,
    ),
    program(twice(`\tmutex_lock(&demo->lock);\n${write}\tmutex_unlock(&demo->lock);\n`), both),
    'note struct demo.state: every write held demos_lock; now demo_set writes without',
  ],
  'a pointer to a list, which is none': [
    program(set('\twork(1);\n') + get(lockedRead), both),
    program(set(locked('\tdemo->cursor = &demo->entries;\n')) + get(lockedRead), both),
    'note struct demo.cursor: was not accessed before; every write holds struct demo.state_lock',
  ],
  'a writer that holds the lock only to read': [
    program(set('\tdown_write(&demo->sem);\n\tdemo->state = 1;\n\tup_write(&demo->sem);\n') + get(read), both),
    program(set('\tdown_read(&demo->sem);\n\tdemo->state = 1;\n\tup_read(&demo->sem);\n') + get(read), both),
    'open struct demo.state: every write held struct demo.sem; now demo_set writes with it held shared; its reader demo_get has no lock in common with the writers, before or after',
  ],
  'a writer that holds the lock of all only to read': [
    program(
      set('\tdown_write(&demo->sem);\n\tdemo->state = 1;\n\tup_write(&demo->sem);\n') +
        get('\tguard(rwsem_read)(&demo->sem);\n\treturn demo->state;\n'),
      both,
    ),
    program(
      set('\tdown_read(&demo->sem);\n\tdemo->state = 1;\n\tup_read(&demo->sem);\n') +
        get('\tguard(rwsem_read)(&demo->sem);\n\treturn demo->state;\n'),
      both,
    ),
    'open struct demo.state: every access held struct demo.sem; now demo_set writes with it held shared',
  ],
  'a new field that nothing guards': [program(set('\twork(1);\n') + get('\treturn 0;\n'), both), program(set(write) + get(read), both)],
  'a read side of RCU keeps no writer away': [
    program(set(locked(write)) + get(read), both),
    program(
      set(locked(write)) + get(`\tint state;\n\n\trcu_read_lock();\n\tstate = demo->state;\n\trcu_read_unlock();\n\treturn state;\n`),
      both,
    ),
  ],
  'a static helper that is handed the lock': [
    program(set(locked(write)) + get(lockedRead), both),
    program(
      `static void demo_write(struct demo *demo, spinlock_t *lock)\n{\n\tspin_lock(lock);\n${write}\tspin_unlock(lock);\n}\n\n${set('\tdemo_write(demo, &demo->state_lock);\n')}${get(lockedRead)}`,
      both,
    ),
  ],
  'a static helper that is called with the lock held': [
    program(set(locked(write)) + get(lockedRead), both),
    program(`static void demo_write(struct demo *demo)\n{\n${write}}\n\n${set(locked('\tdemo_write(demo);\n'))}${get(lockedRead)}`, both),
  ],
  'a new caller without the lock': [
    program(`static void demo_write(struct demo *demo)\n{\n${write}}\n\n${set(locked('\tdemo_write(demo);\n'))}${get(lockedRead)}`, both),
    program(
      `static void demo_write(struct demo *demo)\n{\n${write}}\n\n${set(locked('\tdemo_write(demo);\n'))}${get(`\tdemo_write(demo);\n${lockedRead.replace('\tint state;\n\n', '')}`.replace('\tdemo_write', '\tint state;\n\n\tdemo_write'))}`,
      both,
    ),
    'open struct demo.state: every access held struct demo.state_lock; now demo_write does not',
  ],
  'a function that nobody is known to call': [
    program(`void demo_write(struct demo *demo)\n{\n${locked(write)}}\n\n${get(lockedRead)}`, '.get = demo_get'),
    program(`void demo_write(struct demo *demo)\n{\n${write}}\n\n${get(lockedRead)}`, '.get = demo_get'),
  ],
};

for (const [name, [before, after, ...expected]] of Object.entries(said)) {
  test(`${expected.length > 0 ? 'says' : 'says nothing of'} ${name}`, async () => {
    assert.deepEqual(accesses(await review(before, after)), expected);
  });
}

test('a new caller of a function that takes a lock inside another one: a new order', async () => {
  const before = program(set(locked(write)) + get(lockedRead), both);
  const after = program(
    set(locked(write)) +
      get(
        lockedRead
          .replace('\tspin_lock', '\tmutex_lock(&demo->lock);\n\tspin_lock')
          .replace('\treturn', '\tmutex_unlock(&demo->lock);\n\treturn'),
      ),
    both,
  );
  const { changes } = await review(before, after);
  assert.deepEqual(
    changes.edges.added.map(({ outer, inner }) => `${outer} ${inner}`),
    ['struct demo.lock struct demo.state_lock'],
  );
  assert.deepEqual(changes.edges.removed, []);
});

test('a part of a function that becomes one of its own takes what that took', async () => {
  const helper = `static void demo_write(struct demo *demo)\n{\n${locked(write)}}\n\n`;
  const said = await review(
    program(set(locked(write)) + get(read), both),
    program(helper + set('\tdemo_write(demo);\n') + get(read), both),
  );
  assert.deepEqual(contracts(said), [
    'demo_write is new, and takes struct demo.state_lock',
    'demo_set takes struct demo.state_lock in demo_write now',
  ]);
});

test('a lock that is taken without its subclass is left held as before', async () => {
  const entering = (take: string) =>
    program(
      `void demo_enter(struct demo *demo)\n{\n\t${take}\n}\n\n${set('\tdemo_enter(demo);\n\tmutex_unlock(&demo->lock);\n')}${get(read)}`,
      both,
    );
  const said = await review(entering('mutex_lock_nested(&demo->lock, 1);'), entering('mutex_lock(&demo->lock);'));
  assert.deepEqual(
    contracts(said).filter((text) => text.includes('returns with')),
    [],
  );
});

test('a call of what is named for locks may change them, whoever did not read it', async () => {
  const calling = (name: string) => program(`${set(`\t${name}(demo);\n`)}${get(read)}`, both);
  const { review: made, patches } = await reviewed(calling('lock_demo_fast'), calling('lock_demo'));
  assert.match(
    renderReview(made, patches),
    /no change in the locking that is seen\n {2}changed lines take or give back locks, or call what does: lock_demo /,
  );
});

test('a function that is put back into its caller: that takes what it took', async () => {
  const helper = `static void demo_write(struct demo *demo)\n{\n${locked(write)}}\n\n`;
  const said = await review(
    program(helper + set('\tdemo_write(demo);\n') + get(read), both),
    program(set(locked(write)) + get(read), both),
  );
  assert.deepEqual(contracts(said), [
    'demo_set takes struct demo.state_lock itself now, not in demo_write',
    'demo_write is gone; took struct demo.state_lock',
  ]);
});

test('a function that is called one further down, with the lock still held: no word', async () => {
  const helper = `static void demo_write(struct demo *demo)\n{\n${write}}\n\n`;
  const between = 'static void demo_pass(struct demo *demo)\n{\n\tdemo_write(demo);\n}\n\n';
  const sides = ['\tdemo_write(demo);\n', '\tdemo_pass(demo);\n'].map((call) => set(locked(call)) + get(read));
  const said = await review(program(helper + sides[0]!, both), program(helper + between + sides[1]!, both));
  assert.deepEqual(contracts(said), ['demo_pass is new, and is always called with struct demo.state_lock held']);
});

test('a helper that comes to be called with a lock held says so, and what it took no longer', async () => {
  const helper = (body: string) => `static void demo_write(struct demo *demo)\n{\n${body}}\n\n`;
  const before = program(helper(locked(write)) + set('\tdemo_write(demo);\n') + get(lockedRead), both);
  const after = program(helper(write) + set(locked('\tdemo_write(demo);\n')) + get(lockedRead), both);
  assert.deepEqual(contracts(await review(before, after)), [
    'demo_write no longer takes struct demo.state_lock',
    'demo_write is now always called with struct demo.state_lock held',
    'demo_set now takes struct demo.state_lock',
  ]);
  assert.deepEqual(contracts(await review(after, before)), [
    'demo_write now takes struct demo.state_lock',
    'demo_write is no longer always called with struct demo.state_lock held',
    'demo_set takes struct demo.state_lock in demo_write now',
  ]);
});

test('a function that moves within its file changes nothing', async () => {
  const before = program(set(locked(write)) + get(lockedRead), both);
  const after = program(get(lockedRead) + set(locked(write)), both);
  const { changes, ...rest } = await review(before, after);
  assert.deepEqual(
    [contracts({ changes, ...rest }), accesses({ changes, ...rest }), changes.edges, changes.classes],
    [[], [], { added: [], removed: [] }, { added: [], removed: [] }],
  );
});

test('what a reply says unless it is told not to: what is new or fixed, and accesses that may meet', async () => {
  const lost = await review(...(said['a guard that is lost']!.slice(0, 2) as [string, string]));
  assert.deepEqual(
    remarksOf(lost).map(({ id, isSaid }) => [id, isSaid]),
    [['access:struct demo.state', true]],
  );
  const note = await review(...(said['plain accesses that become marked']!.slice(0, 2) as [string, string]));
  assert.deepEqual(
    remarksOf(note).map(({ id, isSaid }) => [id, isSaid]),
    [['access:struct demo.state', false]],
  );
});

const early = (unlock: string) =>
  get(`\tspin_lock(&demo->state_lock);\n\tif (demo->count)\n${unlock}\tdemo->state = 1;\n\tspin_unlock(&demo->state_lock);\n\treturn 0;\n`);
const unlocks = early('\t{\n\t\tspin_unlock(&demo->state_lock);\n\t\treturn 0;\n\t}\n');
const forgets = early('\t{\n\t\treturn 0;\n\t}\n');

const leak = 'demo_get returns with struct demo.state_lock held, which its other ways out give back';

test('an unlock that is forgotten on one way out is told once, and one that is put right', async () => {
  const said = (made: Reviewed) => remarksOf(made).map(({ kind, title, isSaid }) => [kind, title, isSaid]);
  const [good, bad] = [program(set(locked(write)) + unlocks, both), program(set(locked(write)) + forgets, both)];
  assert.deepEqual(said(await review(good, bad)), [['new', `With this patch, ${leak}`, true]]);
  assert.deepEqual(said(await review(bad, good)), [['fixed', `This patch fixes: ${leak}`, true]]);
});

test('a forgotten unlock is told under the line that takes it away, and b4 fails', async () => {
  const { review: made, patches } = await reviewed(
    program(set(locked(write)) + unlocks, both),
    program(set(locked(write)) + forgets, both),
  );
  assert.match(
    renderReply({ patch: patches[0]!, remarks: remarksOf(made.whole) }),
    /> -\t\tspin_unlock\(&demo->state_lock\);\n\nWith this patch, demo_get returns with struct demo\.state_lock held,\nwhich its other ways out give back\.\n/,
  );
  const answers = JSON.parse(renderB4(made, patches)) as { status: string; summary: string }[];
  assert.deepEqual(
    answers.map(({ status, summary }) => `${status} ${summary.replace(/:\d+:/, ':')}`),
    [`fail drivers/demo/demo.c: ${leak} [missing-release]`],
  );
});

test('a forgotten unlock that was there before is kept where its function is changed, and else left alone', async () => {
  const before = program(set(locked(write)) + forgets, both);
  const said = async (after: string) => {
    const made = await review(before, program(after, both));
    return [made.findings.map(({ change, check }) => `${change} ${check}`), made.untouched, contracts(made)];
  };
  assert.deepEqual(await said(set(locked(write + write)) + forgets), [[], 1, []]);
  assert.deepEqual(await said(set(locked(write)) + forgets.replace('= 1', '= 2')), [['kept missing-release'], 0, []]);
});

test('a function that comes to give back its caller\u2019s lock is remarked upon', async () => {
  const helper = (body: string) => `void demo_write(struct demo *demo)\n{\n${body}}\n\n`;
  const after = program(helper(locked(write).replace(/^.*\n/, '')) + get(lockedRead), '.get = demo_get');
  const { changes, findings } = await review(program(helper(locked(write)) + get(lockedRead), '.get = demo_get'), after);
  assert.deepEqual(
    remarksOf({ changes, findings }).flatMap(({ kind, title, isSaid }) => (kind === 'contract' ? [[title, isSaid]] : [])),
    [['demo_write now gives back its caller\u2019s struct demo.state_lock', true]],
  );
});

test('a lock that nothing is seen to take is given back to nobody', async () => {
  const end = (body: string) => program(`void demo_end(struct demo *demo)\n{\n${body}}\n\n${get('\treturn 0;\n')}`, '.get = demo_get');
  const given = '\tspin_unlock(&demo->state_lock);\n';
  assert.deepEqual(contracts(await review(end(''), end(given))), []);
});

test('a new function that takes a lock for its callers is a remark, not said unless it is ticked', async () => {
  const before = program(get(lockedRead), '.get = demo_get');
  const half = (name: string, body: string) => `void demo_${name}(struct demo *demo)\n{\n${body}}\n\n`;
  const pair = half('lock', '\tspin_lock(&demo->state_lock);\n') + half('unlock', '\tspin_unlock(&demo->state_lock);\n');
  assert.deepEqual(
    remarksOf(await review(before, program(pair + get(lockedRead), '.get = demo_get'))).map(({ title, isSaid }) => [title, isSaid]),
    [
      ['demo_lock is new, and returns with struct demo.state_lock held', false],
      ['demo_unlock is new, and gives back its caller\u2019s struct demo.state_lock', false],
    ],
  );
});

/** What a patch of a header says, and one of the file that includes it. */
async function reviewHeader(before: string, after: string, user: string): Promise<Reviewed> {
  const { review: made } = await reviewed(before, after, 'drivers/demo/demo.h', { 'drivers/demo/demo.c': user });
  return made.whole;
}

const users = program(`#include "demo.h"\n${set(locked('\tdemo_put(demo);\n'))}${get(lockedRead)}`, both);
const bare = program(`#include "demo.h"\n${set('\tdemo_put(demo);\n')}${get(lockedRead)}`, both);
const inline = (body: string) => `static inline void demo_put(struct demo *demo)\n{\n${body}}\n`;
const macro = (body: string) => `#define demo_put(demo) do { \\\n${body.replaceAll('\n', ' \\\n')}\t} while (0)\n`;

test('an inline of a header that changes alone: its accesses are told of those that use it', async () => {
  const put = inline;
  const marked = [put(write), put('\tWRITE_ONCE(demo->state, 1);\n')] as const;
  assert.deepEqual(accesses(await reviewHeader(...marked, users)), ['note struct demo.state: plain writes became marked ones in demo_set']);
  assert.deepEqual(accesses(await reviewHeader(put(write), put(write.replace('1', '2')), users)), []);
});

test('a macro with more users than are looked at: that is said, and of nothing else', async () => {
  const many = Array.from({ length: 201 }, (_, i) => `void demo_use${i}(struct demo *demo)\n{\n\tdemo_put(demo);\n}\n\n`).join('');
  const user = program(`#include "demo.h"\n${many}${get('\treturn 0;\n')}`, '.get = demo_get');
  const [before, after] = [macro(locked(write)), macro(write)];
  const said = '201 functions use demo_put: how the change reaches them is not followed';
  const unchanged = await reviewed(macro(write), macro(write.replace('1', '2')), 'drivers/demo/demo.h', { 'drivers/demo/demo.c': user });
  const problem = { file: 'drivers/demo/demo.h', line: 0, message: said };
  assert.deepEqual([unchanged.review.whole.unseen, unchanged.review.problems], [[`${problem.file}: ${said}`], [problem]]);
  const changed = await reviewed(before, after, 'drivers/demo/demo.h', { 'drivers/demo/demo.c': user });
  assert.deepEqual(
    changed.review.problems.map(({ file, message }) => [file, message]),
    [['drivers/demo/demo.h', said]],
  );
});

test('a macro that comes to take a lock otherwise: told of those that use it', async () => {
  const taking = [macro(locked(write)), macro(locked(write).replaceAll('lock(&', 'lock_bh(&'))] as const;
  assert.deepEqual(contracts(await reviewHeader(...taking, bare)), [
    'demo_set now takes struct demo.state_lock with softirqs off (_bh) instead of with interrupts left as they are',
  ]);
});

test('causes are lines with something on them, and what several lines say is told once', async () => {
  const spins = '\tspin_lock(&demo->state_lock);\n\tdemo->count++;\n';
  const before = set(
    `${spins}\tspin_unlock(&demo->state_lock);\n\n${locked(write)}\tspin_lock(&demo->state_lock);\n\tspin_unlock(&demo->state_lock);\n`,
  );
  const after = before
    .replace('\tspin_unlock(&demo->state_lock);\n\n', '')
    .replace('\tspin_unlock(&demo->state_lock);\n\tspin_lock', '\tspin_lock');
  const { findings } = await review(program(before, '.set = demo_set'), program(after, '.set = demo_set'));
  assert.deepEqual(
    [...new Set(findings.filter(({ check }) => check === 'double-acquire').map(causeText))],
    ['comes by removing "spin_unlock(&demo->state_lock);" (2 lines)'],
  );
});
