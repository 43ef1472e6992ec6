import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Read } from '../../src/model/ir/readers.ts';
import { readOf, readOfNext, waits, type Acquisition } from '../../src/model/lockdep/acquisition.ts';
import { addEdge, edgeKind, findCircle, type DependencyGraph, type EdgeKind } from '../../src/model/lockdep/dependency-graph.ts';
import { lockdepView } from '../../src/model/lockdep/lockdep-view.ts';
import { run } from './acquisitions.ts';

interface Arc {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
}

const classes = ['a', 'b', 'c', 'd'];
/** A shortest strong path meets each class at most twice: with, and without, edges from readers allowed next. */
const longest = 2 * classes.length - 1;
const witness = run('t', 'a')[0]!;

const arcs = (...kinds: EdgeKind[]) => {
  const arc = fc.record({ from: fc.constantFrom(...classes), to: fc.constantFrom(...classes), kind: fc.constantFrom(...kinds) });
  return fc.array(
    arc.filter(({ from, to }) => from !== to),
    { maxLength: 9 },
  );
};
const read = fc.constantFrom<Read>(0, 1, 2);

/** By definition: every walk from `next` to `prev`, each looked at whole together with the edge that closes it. */
function hasStrongCircle(graph: readonly Arc[], closing: Arc): boolean {
  const tryWalks = (walk: readonly Arc[], at: string): boolean => {
    if (at === closing.from && isStrong([...walk, closing])) return true;
    return walk.length < longest && graph.some((arc) => arc.from === at && tryWalks([...walk, arc], arc.to));
  };
  return tryWalks([], closing.to);
}

function isStrong(circle: readonly Arc[]): boolean {
  return circle.every(({ kind }, i) => !(kind.endsWith('R') && circle[(i + 1) % circle.length]!.kind.startsWith('S')));
}

function graphOf(list: readonly Arc[]): DependencyGraph {
  const graph: DependencyGraph = new Map();
  for (const arc of list) addEdge(graph, { ...arc, acquisition: witness });
  return graph;
}

test('the complete search finds a strong circle just when one can be written down', () => {
  fc.assert(
    fc.property(arcs('SR', 'ER', 'SN', 'EN'), read, read, (list, held, acquired) => {
      const closing: Arc = { from: 'a', to: 'b', kind: edgeKind(held, acquired) };
      const { path } = findCircle(graphOf(list), { lockClass: 'a', read: held }, { lockClass: 'b', read: acquired }, 'complete');
      assert.equal(path !== undefined, hasStrongCircle(list, closing));
      if (path) assert.ok(isStrong([...path, closing]));
    }),
    { numRuns: 500 },
  );
});

test('what the search of lockdep finds is a strong circle', () => {
  fc.assert(
    fc.property(arcs('SR', 'ER', 'SN', 'EN'), read, read, (list, held, acquired) => {
      const { path } = findCircle(graphOf(list), { lockClass: 'a', read: held }, { lockClass: 'b', read: acquired }, 'lockdep');
      if (path) assert.ok(isStrong([...path, { from: 'a', to: 'b', kind: edgeKind(held, acquired) }]));
    }),
    { numRuns: 500 },
  );
});

test('without recursive readers the search of lockdep misses nothing', () => {
  fc.assert(
    fc.property(arcs('SN', 'EN'), fc.constantFrom<Read>(0, 1), fc.constantFrom<Read>(0, 1), (list, held, acquired) => {
      const { path } = findCircle(graphOf(list), { lockClass: 'a', read: held }, { lockClass: 'b', read: acquired }, 'lockdep');
      assert.equal(path !== undefined, hasStrongCircle(list, { from: 'a', to: 'b', kind: edgeKind(held, acquired) }));
    }),
    { numRuns: 500 },
  );
});

/** Threads that each acquire some of the locks, in one of the given ways. */
const runs = (...ways: readonly string[]) =>
  fc
    .array(fc.array(fc.tuple(fc.constantFrom(...classes), fc.constantFrom(...ways)), { minLength: 2, maxLength: 4 }), { maxLength: 4 })
    .map((threads) => threads.flatMap((locks, i) => run(`t${i}`, ...locks.filter(isFirst).map(([name, way]) => `${name}${way}`))));

function isFirst([name]: readonly string[], i: number, all: readonly (readonly string[])[]): boolean {
  return all.findIndex((other) => other[0] === name) === i;
}

/** Every order in which a task waits, whatever lockdep is told. */
function orders(acquisitions: readonly Acquisition[]): readonly Arc[] {
  return acquisitions.filter(waits).flatMap((acquisition) =>
    acquisition.held.map((lock) => ({
      from: lock.lockClass,
      to: acquisition.lock.lockClass,
      kind: edgeKind(readOf(lock), readOfNext(acquisition)),
    })),
  );
}

function distinct(list: readonly Arc[]): readonly Arc[] {
  return [...new Map(list.map((arc) => [JSON.stringify(arc), arc])).values()];
}

test('of mutexes, lockdep reports just when the orders of all held locks have a circle', () => {
  fc.assert(
    fc.property(runs(''), (acquisitions) => {
      const list = distinct(orders(acquisitions));
      const view = lockdepView(acquisitions, 'after');
      assert.equal(
        view.reports.length > 0,
        list.some((arc) => hasStrongCircle(list, arc)),
      );
      assert.deepEqual(view.hidden, []);
    }),
    { numRuns: 200 },
  );
});

test('a strong circle of the orders is reported, or a hidden order closes it; and there is none else', () => {
  const ways = runs('', ':rwsem:read', ':seqlock:read', ':srcu:read', ':srcu:sync', ':srcu:nmi', ':semaphore', ':mutex:try');
  fc.assert(
    fc.property(ways, fc.constantFrom('before' as const, 'after' as const), (acquisitions, srcu) => {
      const list = distinct(orders(acquisitions));
      const { reports, hidden } = lockdepView(acquisitions, srcu);
      const isKnown = reports.length > 0 || hidden.some((order) => order.closes.length > 0);
      assert.equal(
        isKnown,
        list.some((arc) => hasStrongCircle(list, arc)),
      );
    }),
    { numRuns: 300 },
  );
});
