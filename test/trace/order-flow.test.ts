import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { renderOrders } from '../../src/model/trace/order-flow.ts';
import { anyName } from './hostile.ts';
import { decoded, parseMermaid } from './mermaid-parser.ts';

const around = (centre: string, outer: string, inner: string): string =>
  renderOrders(centre, [
    { outer, inner: centre, places: 1 },
    { outer: centre, inner, places: 3 },
  ]);

test('outer locks lead to the lock, and it to inner ones, with how many places take them so', async () => {
  const db = await parseMermaid(around('struct b.lock', 'a', 'c'));
  assert.deepEqual(
    [...db.getVertices().values()].map(({ text }) => decoded(text)),
    ['struct b.lock', 'a', 'c'],
  );
  assert.deepEqual(
    db.getEdges().map(({ start, end, text }: { start: string; end: string; text: string }) => [start, end, decoded(text)]),
    [
      ['L1', 'L0', ''],
      ['L0', 'L2', '3 places'],
    ],
  );
});

test('nothing is drawn of a lock that is taken alone', () => {
  assert.equal(renderOrders('a', []), '');
});

test('whatever a lock is called, Mermaid reads it', async () => {
  await fc.assert(
    fc.asyncProperty(anyName, anyName, anyName, async (a, b, c) => {
      await parseMermaid(around(a, b, c));
    }),
    { numRuns: 60 },
  );
});
