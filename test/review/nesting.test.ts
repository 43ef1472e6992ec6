import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { contracts, program, reviewed } from './demo.ts';

/** Two locks of a class in one function; `outer` is held while `inner` is taken, and given back as `last` says. */
const two = (outer: string, inner: string, last = '') =>
  program(
    `void lock_demo(struct demo *demo);\nvoid lock_demo_nested(struct demo *demo, int subclass);\nvoid unlock_demo(struct demo *demo);\n
void demo_move(struct demo *demo, struct demo *other)\n{\n\t${outer}\n\t${inner}\n\tother->state = demo->state;\n\tmutex_unlock(&other->lock);\n\tmutex_unlock(&demo->lock);\n${last}}\n\n`,
    '',
  );

async function told(before: string, after: string) {
  const { review } = await reviewed(before, after);
  const said = remarksOf(review.whole).filter(({ kind, isSaid }) => kind === 'contract' && isSaid);
  return { functions: contracts(review.whole), said: said.length, unseen: review.whole.unseen };
}

const outer = 'mutex_lock(&demo->lock);';
const nested = 'mutex_lock_nested(&other->lock, 1);';
const plain = 'mutex_lock(&other->lock);';

test('a subclass that is lost under a lock of the class is what lockdep will report', async () => {
  assert.deepEqual(await told(two(outer, nested), two(outer, plain)), {
    functions: [
      'demo_move now takes struct demo.lock without subclass 1, with another struct demo.lock held: lockdep takes the two for one lock',
    ],
    said: 1,
    unseen: [],
  });
});

test('one that is lost alone, or comes, is told and no more', async () => {
  const alone = (inner: string) => two('', inner);
  assert.deepEqual(await told(alone(nested), alone(plain)), {
    functions: ['demo_move now takes struct demo.lock without subclass 1'],
    said: 0,
    unseen: [],
  });
  const { functions, said } = await told(two(outer, plain), two(outer, nested));
  assert.deepEqual([functions, said], [['demo_move now takes struct demo.lock with subclass 1'], 0]);
});

test('a nested lock that comes or goes as a whole neither gains nor loses a subclass', async () => {
  const none = two(outer, '').replace('\tmutex_unlock(&other->lock);\n', '');
  assert.deepEqual((await told(two(outer, nested), none)).functions, ['demo_move no longer takes struct demo.lock/1']);
  assert.deepEqual((await told(none, two(outer, nested))).functions, ['demo_move now takes struct demo.lock/1']);
});

test('a lock that nobody read loses its subclass by the name of what takes it', async () => {
  const by = (call: string) => two(outer, plain, `\t${call};\n\tunlock_demo(other);\n`);
  assert.deepEqual(await told(by('lock_demo_nested(other, 1)'), by('lock_demo(other)')), {
    functions: [
      'demo_move now calls lock_demo(other), not lock_demo_nested(other, 1): lockdep cannot tell it from another lock of its class any more',
    ],
    said: 1,
    unseen: [],
  });
  for (const other of ['lock_demo(demo)', 'lock_demo_nested(other, 2)'])
    assert.deepEqual((await told(by('lock_demo_nested(other, 1)'), by(other))).functions, []);
});
