import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readComments } from '../../src/model/orders/comment.ts';

const lines = (...parts: string[]) => `/*\n${parts.map((part) => ` * ${part}`).join('\n')}\n */\n`;

/** Comment, then `line: outer > inner` for each rule; none for the near misses. */
const comments: readonly (readonly [string, string, ...string[]])[] = [
  [
    'a chain below its heading',
    lines('Ordering of locks:', '', '\tbox->lock --> map->lock --> dev_lock'),
    '4: box->lock > map->lock',
    '4: box->lock > dev_lock',
    '4: map->lock > dev_lock',
  ],
  ['a chain alone on its line', lines('box->lock -> map->lock'), '2: box->lock > map->lock'],
  ['a field access', lines('box->lock->owner', 'Lock ordering: box->lock')],
  ['functions that call each other', lines('take_box_lock -> take_map_lock')],
  ['a chain in the story of a deadlock', lines('This deadlocks:', 'box->lock -> map->lock')],
  ['a chain that lockdep would complain about', lines('Lock order inversion:', 'box->lock -> map->lock')],
  ['a chain of other things', lines('page->index -> inode->size')],
  ['a chain with a part that is no lock', lines('Lock order:', 'box_lock -> start of work -> map_lock'), '3: box_lock > map_lock'],
  [
    'a chain over two lines',
    lines('Lock order:', 'box_lock -> map_lock ->', '  dev_lock'),
    '3: box_lock > map_lock',
    '3: box_lock > dev_lock',
    '3: map_lock > dev_lock',
  ],
  [
    'a chain that goes on with an arrow',
    lines('Lock order:', 'box_lock -> map_lock', '  -> dev_lock'),
    '3: box_lock > map_lock',
    '3: box_lock > dev_lock',
    '3: map_lock > dev_lock',
  ],
  ['a branch under an arrow', lines('Lock order:', 'box_lock -> map_lock', '         -> dev_lock'), '3: box_lock > map_lock'],
  [
    'remarks and modes',
    lines('Lock order:', 'box_lock (f->g()) -> map_sem (r) -> dev->mutex: e.g. a_lock -> b_lock'),
    '3: box_lock > map_sem',
    '3: box_lock > dev->mutex',
    '3: map_sem > dev->mutex',
  ],
  ['calls of the lock API', lines('Lock order:', 'dev_lock(dev); -> mutex_lock(&box->mutex);'), '3: dev_lock() > box->mutex'],
  [
    'signs of greater',
    lines('The spinlock ordering is hence:', '  box_lock > map_lock,', '  map_lock > dev_lock'),
    '3: box_lock > map_lock',
    '4: map_lock > dev_lock',
  ],
  ['a comparison', lines('box_lock > map_lock')],
  ['one line', '/* lock order: box->lock -> map->lock */', '1: box->lock > map->lock'],
  [
    'a tree with arrows',
    lines(
      'Lock ordering:',
      '',
      ' ->box_lock\t\t(do_this->do_that)',
      '   ->map_lock or old_lock\t(various)',
      '     ->page lock',
      '   dev->lock (trylock, inverted)',
      '',
      ' ->map_lock',
      '   ->dev->lock',
    ),
    '5: box_lock > map_lock',
    '5: box_lock > old_lock',
    '10: map_lock > dev->lock',
  ],
  ['a tree without heading', lines('box_lock', '  map_lock')],
  ['a tree of prose', lines('Lock ordering:', '', 'The box_lock is special:', '  it protects the map_lock and more than that.')],
  [
    'a tree with a wide remark',
    lines('Lock order:', 'box_lock', '  map_lock\tmust be taken with everything else off'),
    '4: box_lock > map_lock',
  ],
  ['instances told apart by number', lines('Lock order:', 'rq1->lock', '  rq2->lock')],
  ['a list', lines('Lock ordering:', '  box_lock', '  map_lock'), '4: box_lock > map_lock'],
  ['a numbered list', lines('Lock order:', '1. box_lock (global)', '2. map->lock (each)'), '4: box_lock > map->lock'],
  ['a list of the locks there are', lines('The locks:', '  box_lock', '  map_lock')],
  ['a sentence', lines('map_lock nests inside', 'box_lock.'), '2: box_lock > map_lock'],
  ['a sentence behind code', 'int x; /* map_lock nests inside box_lock */', '1: box_lock > map_lock'],
  ['a sentence of other things', lines('The loop nests inside the function.', 'It is taken inside a block.')],
  ['the other half is no lock', lines('box_lock is taken before reading the map.')],
  ['a sentence about pronouns', lines('The box_lock is old. It must not be taken inside map_lock.')],
  [
    'readers of SRCU',
    lines('Lock order:', 'box_lock', '  box->srcu', '    map_lock'),
    '4: box_lock > box->srcu (shared)',
    '5: box_lock > map_lock',
  ],
  ['a string', 'char *s = "/* map_lock nests inside box_lock */";'],
  ['code', 'box_lock -> map_lock;'],
  ['an open comment', '/* map_lock nests inside box_lock'],
];

for (const [name, text, ...rules] of comments) {
  test(`${rules.length === 0 ? 'gives no rule for' : 'reads'} ${name}`, () => {
    for (const source of [text, text.replaceAll('\n', '\r\n')]) {
      const found = readComments('a.c', source).map(
        ({ line, outer, inner, innerMode }) => `${line}: ${outer} > ${inner}${innerMode ? ` (${innerMode})` : ''}`,
      );
      assert.deepEqual(found, rules);
    }
  });
}

test('lines count through code and earlier comments', () => {
  const text = `/* nothing here */\nint a;\n${lines('box_lock is taken outside map_lock.')}`;
  assert.deepEqual(readComments('d/a.c', text), [
    { outer: 'box_lock', inner: 'map_lock', text: 'box_lock is taken outside map_lock.', file: 'd/a.c', line: 4 },
  ]);
});
