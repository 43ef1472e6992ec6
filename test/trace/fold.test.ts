import assert from 'node:assert/strict';
import test from 'node:test';
import { foldedPrefix, windowAround } from '../../src/model/trace/fold.ts';
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
