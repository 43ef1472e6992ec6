import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDocument } from '../../src/model/orders/document.ts';
import type { Rule } from '../../src/model/orders/rule.ts';

/** `outer > inner`, with `(shared)` after an inner lock that is meant as held shared, in the order of the rules. */
function show(rules: readonly Rule[]): string[] {
  return rules.map(({ outer, inner, innerMode }) => `${outer} > ${inner}${innerMode ? ` (${innerMode})` : ''}`);
}

/** What a text says, then the rules that must come of it; none for the near misses. */
const sentences: readonly (readonly [string, ...string[]])[] = [
  ['- box->lock is taken outside cpu->mutex', 'box->lock > cpu->mutex'],
  ['- box->lock can be taken outside cpu->mutex'],
  [
    'box->lock is taken outside map->mutex, irq_lock and box_lock.',
    'box->lock > map->mutex',
    'box->lock > irq_lock',
    'box->lock > box_lock',
  ],
  ['box_lock is taken outside irq_lock and map_lock is taken outside dev_lock.', 'box_lock > irq_lock', 'map_lock > dev_lock'],
  ['box_lock is taken outside the map_lock mutex, though rarely.', 'box_lock > map_lock'],
  ['box_lock is taken outside map_lock when the box is open.'],
  ['If the box is open, box_lock is taken outside map_lock.'],
  ['Taking box_lock outside of map_lock is problematic.'],
  ['Unlike box_lock, map_lock is taken outside irq_lock.', 'map_lock > irq_lock'],
  ['hot_read_lock() is taken outside ``box_lock``', 'hot_read_lock() > box_lock'],
  [
    '``&box->map_lock`` and *box->dev_lock* are taken inside &box->lock, and cannot be taken without already holding box->lock.',
    'box->lock > box->map_lock',
    'box->lock > box->dev_lock',
  ],
  ['box->map_lock cannot be taken without already holding box->lock.'],
  ['map_lock nests inside box_lock.', 'box_lock > map_lock'],
  ['map_lock is nested under box_lock', 'box_lock > map_lock'],
  ['map_lock can nest inside box_lock.'],
  ['box_lock nests outside map_lock.', 'box_lock > map_lock'],
  ['box_lock must be taken before map_lock.', 'box_lock > map_lock'],
  ['box_lock is acquired before taking map_lock.', 'box_lock > map_lock'],
  ['box_lock must be held before map_lock', 'box_lock > map_lock'],
  ['box_lock must be held before calling map_lock_all().'],
  ['box_lock is taken before map_lock is released.'],
  ['map_lock must be taken after box_lock.', 'box_lock > map_lock'],
  ['map_lock is taken after box_lock.'],
  ['Always acquire box_lock before map_lock.', 'box_lock > map_lock'],
  ['Never acquire box_lock before map_lock.'],
  ['Should we acquire box_lock before map_lock?'],
  ['box_lock must not be taken inside map_lock.', 'box_lock > map_lock'],
  ['box_lock is not taken inside map_lock.'],
  ['box_lock must not be taken outside map_lock.'],
  ['dev_lock cannot be taken inside a box->srcu read-side critical section.', 'dev_lock > box->srcu (shared)'],
  ['dev_lock can be taken inside a box->srcu read-side critical section.'],
  ['dev_lock is taken inside a box->srcu read-side critical section.'],
  ['Hence dev_lock can be taken inside a box->srcu\n  read-side critical section, while map_lock cannot.', 'map_lock > box->srcu (shared)'],
  ['dev_lock can be taken inside a box->srcu read-side critical section, while map_lock sleeps.'],
  [
    '``synchronize_srcu(&box->srcu)`` is called inside critical sections for dev_lock and box->lock.\nThese locks _cannot_ be taken inside a box->srcu read-side critical section; so this is broken::\n\n   map_lock -> dev_lock',
    'dev_lock > box->srcu (shared)',
    'box->lock > box->srcu (shared)',
  ],
  ['These locks cannot be taken inside a box->srcu read-side critical section.'],
  ['dev_lock is released early. It _can_ therefore be taken inside a box->srcu read-side critical section.'],
  ['dev_lock sleeps. It cannot be taken inside a box->srcu read-side critical section.', 'dev_lock > box->srcu (shared)'],
  ['Everything else is a leaf: no other lock is taken inside the critical sections.'],
  ['The lock order is box_lock -> map_lock -> dev_lock.', 'box_lock > map_lock', 'box_lock > dev_lock', 'map_lock > dev_lock'],
  ['The lock order inversion is box_lock -> map_lock.'],
  ['Lock ordering: box_lock > map_lock > dev_lock', 'box_lock > map_lock', 'box_lock > dev_lock', 'map_lock > dev_lock'],
  ['the shell is taken outside the kernel'],
  ['Example::\n\n  box_lock is taken outside map_lock\n\nThe end.'],
  ['.. box_lock is taken outside map_lock'],
  ['.. note::\n   box_lock is taken outside map_lock', 'box_lock > map_lock'],
  ['.. code-block:: c\n\n   box_lock is taken outside map_lock'],
  ['| box_lock is taken outside map_lock |'],
  // Said both ways is said not at all; the problem tells.
  ['box_lock is taken outside map_lock.\n\nmap_lock is taken outside box_lock.'],
  ['box_lock is taken outside box_lock.'],
];

for (const [text, ...rules] of sentences) {
  test(`reads ${JSON.stringify(text)}`, () => {
    for (const newline of ['\n', '\r\n']) {
      assert.deepEqual(show(readDocument('orders.rst', text.replaceAll('\n', newline)).rules), rules);
    }
  });
}

test('a rule carries its sentence, file and first line', () => {
  const text = 'Title\n=====\n\nFirst words here. Then\nbox_lock is taken   outside\nmap_lock.  More follows.\n';
  assert.deepEqual(readDocument('a/b.rst', text).rules, [
    { outer: 'box_lock', inner: 'map_lock', text: 'Then box_lock is taken outside map_lock.', file: 'a/b.rst', line: 4 },
  ]);
});

test('a rule whose sentence announces a literal block says what it says without it', () => {
  const said = (text: string): string | undefined => readDocument('a.rst', `${text}:\n\n  spin_lock(&x);\n`).rules[0]?.text;
  const order = 'box_lock cannot be taken inside a box->srcu read-side critical section';
  assert.equal(said(`${order}; that is, this is broken:`), order);
  assert.equal(said(`${order}, so this is broken:`), order);
  assert.equal(said(`This is the order: ${order}:`), `This is the order: ${order}`);
  assert.equal(said('For boxes, box_lock is taken outside map_lock:'), 'For boxes, box_lock is taken outside map_lock');
});

test('an order stated both ways is a problem at the second place', () => {
  const { rules, problems } = readDocument('a.rst', 'box_lock is taken outside map_lock.\n\nmap_lock is taken outside box_lock.\n');
  assert.deepEqual(rules, []);
  assert.deepEqual(problems, [
    { file: 'a.rst', line: 3, message: 'cannot tell the order of box_lock and map_lock: line 1 states the opposite' },
  ]);
});

test('a document cut off anywhere gives no exception and no rule that the whole does not give', () => {
  const text =
    '- box->lock is taken outside cpu->mutex and\n  irq_lock\n\nThis is broken::\n\n  box_lock -> map_lock\n\nThe lock order is a_lock -> b_lock -> c_lock.\n';
  const whole = new Set(show(readDocument('a.rst', text).rules));
  assert.equal(whole.size, 5);
  for (let end = 0; end <= text.length; end++) {
    const names = show(readDocument('a.rst', text.slice(0, end)).rules);
    // A cut inside a name gives a shorter name; cuts at white space may not give anything new.
    if (/\s/.test(text[end] ?? ' ')) for (const rule of names) assert.ok(whole.has(rule), rule);
  }
});
