import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCycles, type Cycles } from '../../src/model/analysis/cycles.ts';

test('a circle is found once, whatever its length', () => {
  assert.deepEqual(cyclesOf('ab ba'), ['ab']);
  assert.deepEqual(cyclesOf('ab bc ca'), ['abc']);
  assert.deepEqual(cyclesOf('da cd bc ab'), ['abcd']);
  assert.deepEqual(cyclesOf('ab bc cd de ef fa'), ['abcdef']);
  assert.deepEqual(cyclesOf('ac cb bd da'), ['acbd']);
});

test('no circle of more than six is looked for', () => {
  assert.deepEqual(cyclesOf('ab bc cd de ef fg ga'), []);
});

test('a circle with a shorter one inside is left out', () => {
  assert.deepEqual(cyclesOf('ab bc cd da ba'), ['ab']);
  assert.deepEqual(cyclesOf('ab bc cd da bd'), ['abd']);
  assert.deepEqual(cyclesOf('ab bc ca cb'), ['bc']);
});

test('circles that share a side are both found', () => {
  assert.deepEqual(cyclesOf('ab bc cd da be ef fa'), ['abcd', 'abef']);
});

test('an edge that does not count closes nothing', () => {
  const { cycles } = find('ab bc cd da', (from) => from !== 'c');
  assert.deepEqual(cycles, []);
});

test('where there are too many ways the search ends, says so, and still has the short circles', () => {
  // Five layers of thirty, each class before all of the next one: 24 million ways lead around.
  const layers = ['b', 'c', 'd', 'e', 'f'].map((layer) => Array.from({ length: 30 }, (_, i) => `${layer}${i}`));
  const edges: [string, string][] = [['b0', 'a']];
  for (const [at, layer] of layers.entries()) {
    if (at === 0) for (const to of layer) edges.push(['a', to]);
    for (const from of layer) for (const to of layers[at + 1] ?? ['a']) edges.push([from, to]);
  }
  const { cycles, cut } = findCycles(graphOf(edges), () => true);
  assert.ok(cycles.some((cycle) => cycle.join() === 'a,b0'));
  assert.ok(cut.has('a'));
});

function cyclesOf(edges: string): readonly string[] {
  const { cycles, cut } = find(edges, () => true);
  assert.equal(cut.size, 0);
  return cycles.map((cycle) => cycle.join(''));
}

function find(edges: string, counts: (from: string, to: string) => boolean): Cycles {
  return findCycles(graphOf(edges.split(' ').map(([from, to]) => [from!, to!])), counts);
}

function graphOf(edges: readonly (readonly [string, string])[]) {
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  return { classes: [...next.keys()].sort(), successors: (from: string) => (next.get(from) ?? []).sort() };
}
