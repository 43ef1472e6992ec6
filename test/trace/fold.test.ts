import assert from 'node:assert/strict';
import test from 'node:test';
import { foldedPrefix, foldedTogether, windowAround } from '../../src/model/trace/fold.ts';
import type { Sequence } from '../../src/model/trace/sequence.ts';
import { deadlock, longRun, path, step } from './sequences.ts';

test('a short sequence is shown whole', () => {
  assert.equal(foldedPrefix(deadlock), 0);
  assert.equal(foldedPrefix(longRun(3)), 0, 'twelve steps');
});

test('steps before the first lock that is kept are folded', () => {
  assert.equal(foldedPrefix(longRun(4)), 8);
  assert.equal(foldedPrefix(longRun(20)), 40);
});

test('a step that touches what a mark is about takes part, also when its lock is given back', () => {
  const { lanes, steps } = longRun(20);
  const early = [
    step(1, 'acquire', 'takes kvm.lock', { object: 'kvm.lock' }),
    step(1, 'release', 'releases kvm.lock', { object: 'kvm.lock' }),
  ];
  assert.equal(foldedPrefix({ ...longRun(20), lanes, steps: [...steps.slice(0, 10), ...early, ...steps.slice(10)] }), 10);
  const written = step(1, 'write', 'writes x', { changed: { 'kvm.lock': 1 } });
  assert.equal(foldedPrefix({ ...longRun(20), lanes, steps: [...steps.slice(0, 6), written, ...steps.slice(6)] }), 6);
});

test('folding one or two steps saves nothing', () => {
  const steps = [...longRun(1).steps, ...Array.from({ length: 20 }, () => step(0, 'other', 'goes on'))];
  assert.equal(foldedPrefix({ ...longRun(1), steps }), 0);
});

test('of a path nothing is folded: each call has its lane', () => {
  assert.equal(foldedPrefix({ ...path, steps: [...path.steps, ...path.steps] }), 0);
});

const fixed: Sequence = {
  ...longRun(4),
  steps: longRun(4).steps.map((each) => (each.mark === undefined ? each : step(0, 'other', 'goes on'))),
};
/** Both have a step in every row. */
const rowsOf = ({ steps }: Sequence): readonly number[][] => steps.map((_, i) => [i, i]);

test('of versions side by side the rows are folded that are the same, until a lock is taken that a mark is about', () => {
  const broken = longRun(4);
  const first = broken.steps.findIndex(({ object, action }) => object === 'kvm.lock' && action === 'acquire');
  assert.equal(foldedTogether([broken, fixed], rowsOf(broken)), first);
});

test('side by side, what differs is never folded', () => {
  const broken = longRun(4);
  const other = { ...fixed, steps: fixed.steps.map((each, i) => (i === 5 ? step(0, 'other', 'does something else') : each)) };
  assert.equal(foldedTogether([broken, other], rowsOf(broken)), 5);
  const missing = rowsOf(broken).map((row, i) => (i === 4 ? [4, undefined] : row));
  assert.equal(foldedTogether([broken, fixed], missing), 4);
  assert.equal(foldedTogether([broken, fixed], missing.slice(2)), 0, 'two rows save nothing');
});

test('where an order is broken, taking the lock that is held there is not folded', () => {
  const held = step(0, 'acquire', 'takes box', { object: 'box', held: ['box'] });
  const broken = step(0, 'acquire', 'takes outer', { object: 'outer', held: ['box', 'outer'], mark: 'order' });
  const idle = Array.from({ length: 4 }, () => step(0, 'other', 'goes on'));
  const sequence = { ...deadlock, steps: [...idle, held, ...idle, broken] };
  assert.equal(
    foldedTogether(
      [sequence, { ...sequence, steps: [...idle, held, ...idle] }],
      rowsOf(sequence).map((row, i) => (i === 9 ? [9, undefined] : row)),
    ),
    4,
  );
});

test('a window has its step, neighbours share it, and it ends where the sequence ends', () => {
  const sequence = longRun(497);
  const count = sequence.steps.length;
  assert.equal(count, 1000);
  const windows = new Set<string>();
  for (let i = 0; i < count; i++) {
    const { from, to } = windowAround(sequence, i, 60);
    assert.ok(from <= i && i < to && to - from === 60 && from >= 0 && to <= count, `step ${i}: ${from} to ${to}`);
    assert.ok(i < 15 || i >= count - 15 || (i - from >= 10 && to - i > 10), `step ${i} has something around it: ${from} to ${to}`);
    windows.add(`${from}`);
  }
  assert.ok(windows.size <= 34);
  assert.deepEqual(windowAround(deadlock, 5), { from: 0, to: 6 });
});
