import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { exploreSystem } from '../../../src/model/explore/explore.ts';
import { Search } from '../../../src/model/explore/search.ts';
import { System } from '../../../src/model/explore/system.ts';
import { compileModel } from '../../../src/model/frontend/ts/compile.ts';
import { properties } from '../../../src/model/simulate.ts';
import { add, branch, exploreNaively, lock, pass, set, unlock, until, type Command, type Naive, type Values } from './naive.ts';

interface Case {
  readonly model: string;
  readonly scenario: string;
  readonly values?: Readonly<Record<string, number>>;
  /** Properties that fail. */
  readonly fails: readonly string[];
  /** Without reductions, with nothing looked for. */
  readonly states: number;
  /** The same threads by hand. */
  readonly naive: Naive;
}

const both = (first: string, second: string): readonly Command[] => [lock(first), lock(second), unlock(second), unlock(first)];
const gated = (inner: readonly Command[]): readonly Command[] => [lock('gate'), ...inner, unlock('gate')];
const locks: Values = { a: 0, b: 0, c: 0, gate: 0 };

function dining(philosophers: number, hasLeftHanded: boolean): Naive {
  const threads = Array.from({ length: philosophers }, (_, i) => {
    const [left, right] = [`f${i}`, `f${(i + 1) % philosophers}`];
    return hasLeftHanded && i === 0 ? both(right, left) : both(left, right);
  });
  return exploreNaively(threads, Object.fromEntries(threads.map((_, i) => [`f${i}`, 0])));
}

function peterson(isFlagFirst: boolean): Naive {
  const side = (me: number): readonly Command[] => {
    const flag = set(`flag${me}`, 1);
    const turn = set('turn', 1 - me);
    return [
      isFlagFirst ? flag : turn,
      isFlagFirst ? turn : flag,
      branch((v) => v[`flag${1 - me}`] === 1, 3, 4),
      branch((v) => v['turn'] !== me, 2, 4),
      add('inside', 1),
      add('inside', -1),
      set(`flag${me}`, 0),
    ];
  };
  return exploreNaively([side(0), side(1)], { flag0: 0, flag1: 0, turn: 0, inside: 0 }, (v) => v['inside'] === 2);
}

function readersWriters(isRight: boolean): Naive {
  const reader = [lock('gate'), add('readers', 1), unlock('gate'), pass, pass, add('readers', -1)];
  const nobody = until((v) => v['readers'] === 0);
  const writer = [...(isRight ? [lock('gate'), nobody] : [nobody, lock('gate')]), pass, pass, unlock('gate')];
  // At 3 and 4 a reader reads, at 2 and 3 the writer writes.
  const isBad = (_: Values, [a, b, w]: readonly number[]): boolean => [a, b].some((r) => r === 3 || r === 4) && (w === 2 || w === 3);
  return exploreNaively([reader, reader, writer], { gate: 0, readers: 0 }, isBad);
}

function wakeUp(isMended: boolean): Naive {
  const isReady = (v: Values): boolean => v['ready'] === 1;
  const sleep = until((v) => v['asleep'] === 0);
  const sleeper = isMended
    ? [set('asleep', 1), branch(isReady, 2, 3), set('asleep', 0), sleep]
    : [branch(isReady, 3, 1), set('asleep', 1), sleep];
  const waker = [set('ready', 1), branch((v) => v['asleep'] === 1, 2, 3), set('asleep', 0)];
  return exploreNaively([sleeper, waker], { ready: 0, asleep: 0 });
}

const backingOff: readonly Command[] = [
  lock('b'),
  (v) => {
    if (v['a'] === 1) return 2;
    v['a'] = 1;
    return 3;
  },
  (v) => {
    v['b'] = 0;
    return 0;
  },
  unlock('a'),
  unlock('b'),
];

const cases: readonly Case[] = [
  { model: 'dining', scenario: 'right-handed', values: { philosophers: 3 }, fails: ['deadlock'], states: 87, naive: dining(3, false) },
  { model: 'dining', scenario: 'right-handed', values: { philosophers: 4 }, fails: ['deadlock'], states: 391, naive: dining(4, false) },
  { model: 'dining', scenario: 'left-handed', values: { philosophers: 3 }, fails: [], states: 72, naive: dining(3, true) },
  { model: 'dining', scenario: 'left-handed', values: { philosophers: 4 }, fails: [], states: 320, naive: dining(4, true) },
  { model: 'peterson', scenario: 'right', fails: [], states: 58, naive: peterson(true) },
  { model: 'peterson', scenario: 'broken', fails: ['assert'], states: 107, naive: peterson(false) },
  { model: 'readers-writers', scenario: 'right', fails: [], states: 127, naive: readersWriters(true) },
  { model: 'readers-writers', scenario: 'broken', fails: ['race', 'torn'], states: 210, naive: readersWriters(false) },
  { model: 'wake-up', scenario: 'lost', fails: ['deadlock'], states: 13, naive: wakeUp(false) },
  { model: 'wake-up', scenario: 'mended', fails: [], states: 21, naive: wakeUp(true) },
  { model: 'orders', scenario: 'abba', fails: ['deadlock'], states: 19, naive: exploreNaively([both('a', 'b'), both('b', 'a')], locks) },
  { model: 'orders', scenario: 'abab', fails: [], states: 16, naive: exploreNaively([both('a', 'b'), both('a', 'b')], locks) },
  {
    model: 'orders',
    scenario: 'circle',
    fails: ['deadlock'],
    states: 87,
    naive: exploreNaively([both('a', 'b'), both('b', 'c'), both('c', 'a')], locks),
  },
  {
    model: 'orders',
    scenario: 'gate',
    fails: [],
    states: 24,
    naive: exploreNaively([gated(both('a', 'b')), gated(both('b', 'a'))], locks),
  },
  {
    model: 'orders',
    scenario: 'half a gate',
    fails: ['deadlock'],
    states: 29,
    naive: exploreNaively([gated(both('a', 'b')), both('b', 'a')], locks),
  },
  { model: 'orders', scenario: 'back off', fails: [], states: 22, naive: exploreNaively([both('a', 'b'), backingOff], locks) },
];

for (const { model, scenario, values = {}, fails, states, naive } of cases) {
  const numbers = Object.entries(values).map(([name, value]) => `, ${value} ${name}`);
  test(`${model}, ${scenario}${numbers.join('')}: ${fails.length > 0 ? `fails (${fails.join(', ')})` : 'holds'}`, () => {
    const { program, problems } = compileModel(readFileSync(path.join(import.meta.dirname, `${model}.model.ts`), 'utf8'), model);
    assert.deepEqual(problems, []);
    const settings = (wanted: readonly string[]) => ({
      scenario,
      values: new Map(Object.entries(values)),
      properties: new Set(wanted),
      rules: [],
    });
    // By hand, who is inside together with whom is what is bad: claims and races tell it in their own ways.
    assert.equal(naive.deadlock, fails.includes('deadlock'), 'by hand: deadlock');
    assert.equal(
      naive.bad,
      fails.some((property) => property !== 'deadlock'),
      'by hand: claims',
    );
    const bare = new System(program, settings([]));
    const full = new Search(bare, { isReduced: false, limits: {}, wantsDeadlocks: false }).run();
    assert.deepEqual([full.states, full.transitions], [naive.states, naive.transitions], 'as by hand');
    assert.equal(full.states, states);
    for (const isReduced of [true, false]) {
      const failed = properties.filter((property) => {
        const wanted = settings([property]);
        return exploreSystem(new System(program, wanted), wanted, { isReduced, limits: {} }).answer === 'violated';
      });
      assert.deepEqual([...failed].sort(), fails, isReduced ? 'with reductions' : 'without reductions');
    }
  });
}
