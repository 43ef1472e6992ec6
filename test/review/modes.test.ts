import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnchanged, remarksOf } from '../../src/model/compare/remarks.ts';
import { renderReview } from '../../src/model/report/review-text.ts';
import { both, contracts, get, program, review, reviewed, set } from './demo.ts';

/** `demo_set` writes between these operations. */
const between = (take: string, give: string, write = 'demo->state = 1;') =>
  program(set(`\t${take}\n\t${write}\n\t${give}\n`) + get('\treturn 0;\n'), both);
const saving = (take: string, give: string) =>
  program(set(`\tunsigned long flags;\n\n\t${take}\n\tdemo->state = 1;\n\t${give}\n`) + get('\treturn 0;\n'), both);
const spin = between('spin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);');

/** What is there before and after, and what is said of functions. */
const modes: Readonly<Record<string, readonly [before: string, after: string, ...said: string[]]>> = {
  'a semaphore that is taken to write': [
    between('down_read(&demo->sem);', 'up_read(&demo->sem);'),
    between('down_write(&demo->sem);', 'up_write(&demo->sem);'),
    'demo_set now takes struct demo.sem exclusively instead of shared',
  ],
  'a read-write lock that is taken to read': [
    between('write_lock(&demo->table_lock);', 'write_unlock(&demo->table_lock);'),
    between('read_lock(&demo->table_lock);', 'read_unlock(&demo->table_lock);'),
    'demo_set now takes struct demo.table_lock shared instead of exclusively',
  ],
  'softirqs that are turned off': [
    spin,
    between('spin_lock_bh(&demo->state_lock);', 'spin_unlock_bh(&demo->state_lock);'),
    'demo_set now takes struct demo.state_lock with softirqs off (_bh) instead of with interrupts left as they are',
  ],
  'interrupts that are on again instead of as before': [
    saving('spin_lock_irqsave(&demo->state_lock, flags);', 'spin_unlock_irqrestore(&demo->state_lock, flags);'),
    between('spin_lock_irq(&demo->state_lock);', 'spin_unlock_irq(&demo->state_lock);'),
    'demo_set now takes struct demo.state_lock with interrupts off (_irq) instead of with interrupts off (_irqsave): giving it back turns interrupts on, whatever they were',
  ],
  'a wait that a signal ends': [
    between('mutex_lock(&demo->lock);', 'mutex_unlock(&demo->lock);'),
    between('if (mutex_lock_interruptible(&demo->lock))\n\t\treturn;', 'mutex_unlock(&demo->lock);'),
    'demo_set now takes struct demo.lock interruptibly instead of uninterruptibly',
  ],
  'a lock that is only tried': [
    spin,
    between('if (!spin_trylock(&demo->state_lock))\n\t\treturn;', 'spin_unlock(&demo->state_lock);'),
    'demo_set now takes struct demo.state_lock without waiting instead of waiting',
  ],
  'a lock that is taken only if something is asked': [
    spin,
    between('if (demo->count)\n\t\tspin_lock(&demo->state_lock);', 'if (demo->count)\n\t\tspin_unlock(&demo->state_lock);', 'demo_step();'),
    'demo_set now takes struct demo.state_lock on some ways only, and goes on without it on others',
  ],
  'a way that needs no lock': [
    spin,
    between('if (!demo->count)\n\t\treturn;\n\tspin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);'),
  ],
  'what is done with the lock only if something is asked': [
    spin,
    between('if (demo->count) {\n\t\tspin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);\n\t}'),
  ],
  'a lock that is tried, and waited for where another has it': [
    spin,
    between('if (!spin_trylock(&demo->state_lock))\n\t\tspin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);'),
    'demo_set now takes struct demo.state_lock also without waiting, not only waiting',
  ],
  'another place that takes it only if something is asked': [
    spin,
    between(
      'spin_lock(&demo->state_lock);',
      'spin_unlock(&demo->state_lock);\n\tif (demo->count)\n\t\tspin_lock(&demo->state_lock);\n\tdemo_step();\n\tif (demo->count)\n\t\tspin_unlock(&demo->state_lock);',
    ),
  ],
  'one of two places': [
    between('down_read(&demo->sem);', 'up_read(&demo->sem);', 'down_read(&demo->sem);'),
    between('down_read(&demo->sem);', 'up_read(&demo->sem);', 'down_write(&demo->sem);'),
    'demo_set now takes struct demo.sem also exclusively, not only shared',
  ],
  'interrupts that were off by other means': [
    saving('local_irq_save(flags);\n\tspin_lock(&demo->state_lock);', 'spin_unlock(&demo->state_lock);\n\tlocal_irq_restore(flags);'),
    saving('spin_lock_irqsave(&demo->state_lock, flags);', 'spin_unlock_irqrestore(&demo->state_lock, flags);'),
  ],
  'a guard that does what was written out': [
    between('spin_lock_irq(&demo->state_lock);', 'spin_unlock_irq(&demo->state_lock);'),
    between('guard(spinlock_irq)(&demo->state_lock);', ''),
  ],
  'another place that takes it the same way': [
    between('down_read(&demo->sem);', 'up_read(&demo->sem);'),
    between('down_read(&demo->sem);', 'up_read(&demo->sem);\n\tdown_read(&demo->sem);\n\tup_read(&demo->sem);'),
  ],
};

for (const [name, [before, after, ...expected]] of Object.entries(modes)) {
  test(`${expected.length > 0 ? 'says' : 'says nothing of'} ${name}`, async () => {
    assert.deepEqual(contracts(await review(before, after)), expected);
  });
}

/** A function that takes a lock, and one that calls it with interrupts off, or not. */
const calledWith = (off: string, take: string, give: string) =>
  program(
    `static void demo_step(struct demo *demo)\n{\n\tunsigned long flags;\n\n\t${take}\n\tdemo->count = 1;\n\t${give}\n}\n\n` +
      set(
        `\tunsigned long flags;\n\n\tspin_lock${off}(&demo->state_lock${off && ', flags'});\n\tdemo_step(demo);\n\tspin_unlock${off && '_irqrestore'}(&demo->state_lock${off && ', flags'});\n`,
      ) +
      get('\treturn 0;\n'),
    both,
  );
const turning = ['write_lock_irq(&demo->table_lock);', 'write_unlock_irq(&demo->table_lock);'] as const;
const keeping = ['write_lock_irqsave(&demo->table_lock, flags);', 'write_unlock_irqrestore(&demo->table_lock, flags);'] as const;
const kept = 'demo_step now takes struct demo.table_lock with interrupts off (_irq) instead of with interrupts off (_irqsave)';
const turnedOn = `${kept}: giving it back turns interrupts on, whatever they were`;

for (const [off, said, isSaid] of [
  ['_irqsave', `${turnedOn}, and they are off in demo_set (for struct demo.state_lock), from where it is called`, true],
  ['', turnedOn, false],
] as const) {
  test(`interrupts that are turned on below a caller ${isSaid ? 'that has them off are a remark' : 'are none where that does not'}`, async () => {
    const made = await review(calledWith(off, ...keeping), calledWith(off, ...turning));
    assert.deepEqual(contracts(made), [said]);
    const remarks = remarksOf(made).filter((each) => each.kind === 'contract');
    assert.deepEqual(
      remarks.map((each) => [each.title, each.isSaid]),
      isSaid ? [[said, true]] : [],
    );
  });
}

async function textOf(before: string, after: string): Promise<readonly string[]> {
  const { review: made, patches } = await reviewed(before, after);
  assert.ok(isUnchanged(made.whole));
  return renderReview(made, patches).split('\n').slice(1, -3);
}

test('no change is only what is seen where changed lines have lock operations', async () => {
  const other = spin.replace('\tspin_unlock', '\twork(1);\n\tspin_unlock').replace('\tspin_lock', '\twork(2);\n\tspin_lock');
  assert.deepEqual(await textOf(spin, other), ['no change in the locking']);
  assert.deepEqual(await textOf(spin, spin.replace('spin_unlock(&demo->state_lock);', 'spin_unlock(&(demo->state_lock));')), [
    'no change in the locking that is seen',
    '  changed lines take or give back locks, or call what does: spin_unlock (drivers/demo/demo.c:24)',
  ]);
});

test('no change is only what is seen where changed lines call a function or macro of the tree that takes locks', async () => {
  const helper = 'static void demo_step(struct demo *demo)\n{\n\tspin_lock(&demo->state_lock);\n\tspin_unlock(&demo->state_lock);\n}\n\n';
  const macro = '#define demo_step(demo) do { spin_lock(&(demo)->state_lock); spin_unlock(&(demo)->state_lock); } while (0)\n\n';
  for (const wrapper of [helper, macro]) {
    const calling = (twice: string) => program(wrapper + set(`\tdemo_step(demo);\n${twice}`) + get('\treturn 0;\n'), both);
    const [said, reason, ...rest] = await textOf(calling(''), calling('\tdemo_step(demo);\n'));
    assert.deepEqual([said, rest], ['no change in the locking that is seen', []]);
    assert.match(reason!, /^ {2}changed lines take or give back locks, or call what does: demo_step \(drivers\/demo\/demo\.c:\d+\)$/);
  }
});

test('a jump from before the lock to behind it may change what is given back, one to behind both does not', async () => {
  const body = (jump: string, within: string, behind: string) =>
    program(
      set(`${jump}\tspin_lock(&demo->state_lock);\n\tdemo->state = 1;\n${within}\tspin_unlock(&demo->state_lock);\n${behind}`) +
        get('\treturn 0;\n'),
      both,
    );
  const jump = '\tif (demo->count)\n\t\tgoto out;\n';
  assert.deepEqual(await textOf(body('', 'out:\n', ''), body(jump, 'out:\n', '')), [
    'no change in the locking that is seen',
    '  changed lines go another way where locks are held: goto (drivers/demo/demo.c:23)',
  ]);
  assert.deepEqual(await textOf(body('', '', 'out:\n\twork(1);\n'), body(jump, '', 'out:\n\twork(1);\n')), ['no change in the locking']);
});

test('a comment, a string or a name changes nothing, whatever lock operations they name', async () => {
  const comment = spin.replace('\tspin_lock', '\t/* down_write() is not needed:\n\t   spin_lock() is enough */\n\tspin_lock');
  assert.deepEqual(await textOf(spin, comment), ['no change in the locking']);
  const string = spin.replace('\tdemo->state', '\twork("spin_lock()" != 0);\n\tdemo->state');
  assert.deepEqual(await textOf(spin, string), ['no change in the locking']);
});
