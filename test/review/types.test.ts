import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnchanged, remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { renderB4, renderReviewJson } from '../../src/model/report/review-json.ts';
import { renderReview } from '../../src/model/report/review-text.ts';
import { both, get, program, reviewed, set } from './demo.ts';

const using = (take: string, give: string) => program(set(`\t${take}\n\tdemo->state = 1;\n\t${give}\n`) + get('\treturn 0;\n'), both);
const spin = using('spin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);');
const raw = using('raw_spin_lock(&demo->state_lock);', 'raw_spin_unlock(&demo->state_lock);');
const mutex = using('mutex_lock(&demo->state_lock);', 'mutex_unlock(&demo->state_lock);');
/** A function that is given another one, and calls it. */
const calling = (take: string, give: string, call = 'demo->state = 1;') =>
  program(
    `void demo_each(struct demo *demo, int (*fn)(struct demo *demo))\n{\n\t${take}\n\t${call}\n\t${give}\n}\n\n${set('\tdemo->state = 2;\n')}${get('\treturn 0;\n')}`,
    both,
  );
const guarded = using('guard(spinlock)(&demo->state_lock);', '');
const declared = (text: string, type: string) => text.replace('spinlock_t state_lock;', `${type} state_lock;`);

const rawText =
  'struct demo.state_lock becomes raw_spinlock_t (was spinlock_t): code that holds it must no longer take a spinlock_t, which sleeps with PREEMPT_RT';
const mutexText = 'struct demo.state_lock becomes struct mutex (was spinlock_t): taking it may sleep now, so not in atomic context';
const misfits = (type: string) =>
  `2 operations do not fit ${type}: spin_lock() in demo_set (drivers/demo/demo.c:22), spin_unlock() in demo_set (drivers/demo/demo.c:24)`;

/** What is there before and after, and what is said of types. */
const types: Readonly<Record<string, readonly [before: string, after: string, ...said: string[]]>> = {
  'a raw spinlock whose users are as they were': [spin, declared(spin, 'raw_spinlock_t'), `${rawText}; ${misfits('raw_spinlock_t')}`],
  'a mutex whose users are as they were': [spin, declared(spin, 'struct mutex'), `${mutexText}; ${misfits('struct mutex')}`],
  'a raw spinlock and its users': [spin, declared(raw, 'raw_spinlock_t'), rawText],
  'a mutex and its users': [spin, declared(mutex, 'struct mutex'), mutexText],
  'a spinlock that was a mutex': [
    declared(mutex, 'struct mutex'),
    spin,
    'struct demo.state_lock becomes spinlock_t (was struct mutex): code that holds it must no longer sleep',
  ],
  'a spinlock that was a mutex, and a pointer that is called with it held': [
    declared(calling('mutex_lock(&demo->state_lock);', 'mutex_unlock(&demo->state_lock);', 'fn(demo);'), 'struct mutex'),
    calling('spin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);', 'fn(demo);'),
    'struct demo.state_lock becomes spinlock_t (was struct mutex): code that holds it must no longer sleep; a call through a pointer that was not read is under it: demo_each (drivers/demo/demo.c:23)',
  ],
  'a type that is not known, and a pointer that is called with it held': [
    declared(calling('mutex_lock(&demo->state_lock);', 'mutex_unlock(&demo->state_lock);', 'fn(demo);'), 'struct mutex'),
    declared(calling('mutex_lock(&demo->state_lock);', 'mutex_unlock(&demo->state_lock);', 'fn(demo);'), 'demo_lock_t'),
  ],
  'a mutex that was a spinlock, and a pointer that is called with it held': [
    calling('spin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);', 'fn(demo);'),
    declared(calling('mutex_lock(&demo->state_lock);', 'mutex_unlock(&demo->state_lock);', 'fn(demo);'), 'struct mutex'),
    mutexText,
  ],
  'a spinlock that was a mutex, and a pointer that is called behind it': [
    declared(calling('mutex_lock(&demo->state_lock);', 'mutex_unlock(&demo->state_lock);\n\tfn(demo);'), 'struct mutex'),
    calling('spin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);\n\tfn(demo);'),
    'struct demo.state_lock becomes spinlock_t (was struct mutex): code that holds it must no longer sleep',
  ],
  'another type with guards, of which it is not known what they want': [guarded, declared(guarded, 'raw_spinlock_t'), rawText],
  'a global': [
    'DEFINE_SPINLOCK(all);\nvoid one(void)\n{\n\tspin_lock(&all);\n\tspin_unlock(&all);\n}\n',
    'DEFINE_RAW_SPINLOCK(all);\nvoid one(void)\n{\n\traw_spin_lock(&all);\n\tspin_unlock(&all);\n}\n',
    'all becomes raw_spinlock_t (was spinlock_t): code that holds it must no longer take a spinlock_t, which sleeps with PREEMPT_RT; an operation does not fit raw_spinlock_t: spin_unlock() in one (drivers/demo/demo.c:5)',
  ],
  'a lock that is only passed on': [
    program(
      `void locked(spinlock_t *lock)\n{\n\tspin_lock(lock);\n\tspin_unlock(lock);\n}\n${set('\tlocked(&demo->state_lock);\n')}${get('\treturn 0;\n')}`,
      both,
    ),
    program(
      `void locked(raw_spinlock_t *lock)\n{\n\traw_spin_lock(lock);\n\traw_spin_unlock(lock);\n}\n${set('\tlocked(&demo->state_lock);\n')}${get('\treturn 0;\n')}`,
      both,
    ).replace('spinlock_t state_lock;', 'raw_spinlock_t state_lock;'),
    rawText,
  ],
  'another name of the same type': [spin, declared(spin, 'struct spinlock')],
  'a type that is not known': [spin, declared(spin, 'demo_lock_t')],
  'a field beside it': [spin, spin.replace('\tint state;', '\tlong state;')],
};

for (const [name, [before, after, ...expected]] of Object.entries(types)) {
  test(`${expected.length > 0 ? 'says' : 'says nothing of'} ${name}`, async () => {
    const { review } = await reviewed(before, after);
    const remarks = remarksOf(review.whole).filter(({ kind }) => kind === 'type');
    assert.deepEqual(
      remarks.map(({ title }) => title),
      expected,
    );
    assert.ok(remarks.every(({ place }) => place !== undefined));
    assert.deepEqual(
      remarks.map(({ isSaid }) => isSaid),
      expected.map((text) => / not fit | under it/.test(text)),
    );
    if (expected.length > 0) assert.ok(!isUnchanged(review.whole));
  });
}

test('a header that declares it: users in other files are said', async () => {
  const header = '#include "kernel.h"\nstruct shared {\n\tspinlock_t lock;\n\tint state;\n};\n';
  const user =
    '#include "shared.h"\nvoid shared_set(struct shared *s)\n{\n\tspin_lock(&s->lock);\n\ts->state = 1;\n\tspin_unlock(&s->lock);\n}\n';
  const { review } = await reviewed(header, header.replace('spinlock_t', 'raw_spinlock_t'), 'drivers/demo/shared.h', {
    'drivers/demo/user.c': user,
  });
  const [remark] = remarksOf(review.whole);
  assert.match(remark!.title, /^struct shared\.lock becomes raw_spinlock_t.*spin_lock\(\) in shared_set \(drivers\/demo\/user\.c:4\)/);
});

test('every form of a review tells it', async () => {
  const { review, patches } = await reviewed(spin, declared(spin, 'raw_spinlock_t'));
  const text = renderReview(review, patches).split('\n');
  assert.deepEqual(text.slice(1, 3), [`lock of another type: ${rawText}`, `  ${misfits('raw_spinlock_t')}`]);
  const json = JSON.parse(renderReviewJson(review, patches)) as { changes: { types: object[] } };
  assert.deepEqual(
    json.changes.types.map((each) => ({ ...each, misfits: undefined })),
    [
      {
        class: 'struct demo.state_lock',
        before: 'spinlock_t',
        after: 'raw_spinlock_t',
        misfits: undefined,
        patchLine: { patch: 1, line: 9, fileLine: 9 },
      },
    ],
  );
  const [answer] = JSON.parse(renderB4(review, patches)) as { status: string; summary: string }[];
  assert.equal(answer!.status, 'fail');
  assert.match(answer!.summary, /^drivers\/demo\/demo\.c:22: struct demo\.state_lock becomes raw_spinlock_t/);
  const reply = renderReply({ patch: patches[0]!, remarks: remarksOf(review.whole) });
  assert.match(
    reply,
    /> \+\traw_spinlock_t state_lock;\n\nstruct demo\.state_lock becomes raw_spinlock_t \(was spinlock_t\): code\nthat holds it must/,
  );
});
