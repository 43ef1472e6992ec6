import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonKey, comparisonOf, keyText } from '../../src/model/ir/comparisons.ts';
import { Constants } from '../../src/model/frontend/c/constants.ts';
import { FileCache } from '../../src/model/frontend/c/file-cache.ts';
import { Unit } from '../../src/model/frontend/c/unit.ts';
import { treeOf } from '../checks/fixture.ts';

function constantsOf(text: string): Constants {
  const cache = new FileCache(treeOf(new Map([['a.c', text]])));
  return new Constants(new Unit(undefined, ['a.c'], cache));
}

test('expressions of constants are what a compiler makes of them', () => {
  const constants = constantsOf('');
  const valueOf = (source: string) => constants.expression(source, 'a.c');
  const cases: readonly (readonly [string, number])[] = [
    ['0x10UL', 16],
    ['010', 8],
    ['1 << 3 | 2', 10],
    ['(1U << 31)', 2 ** 31],
    ['~3 & 0xf', 12],
    ['BIT(4) + 1', 17],
    ['-(2 * 3) - 1', -7],
    ['(__force u32)5', 5],
    ['0xf0 >> 4 ^ 1', 14],
  ];
  for (const [source, value] of cases) assert.equal(valueOf(source), value, source);
  for (const source of ['', '1 +', '(1', 'f(1)', 'x', '1 << 70', '1 ? 2 : 3', '"a"', "'a'"])
    assert.equal(valueOf(source), undefined, source);
});

test('enumerators count on from the one before, unless a condition stands between', () => {
  const constants = constantsOf(`#define BASE 4
enum first { ONE = 1, two, /* a comment, with a comma */ THREE = BASE | two, four };
enum {
  A,
#ifdef CONFIG_B
  B,
#endif
  C,
  D = 9,
#define D D
};
typedef enum { E = f(1, 2), F } t;
#define LOOP LOOP2
#define LOOP2 LOOP
`);
  const valueOf = (name: string) => constants.named(name, 'a.c');
  assert.deepEqual(['ONE', 'two', 'THREE', 'four', 'D'].map(valueOf), [1, 2, 6, 7, 9]);
  assert.deepEqual(['C', 'E', 'F', 'LOOP', 'LOOP2', 'nothing'].map(valueOf), Array(6).fill(undefined));
});

test('a name that may be two numbers is none', () => {
  const constants = constantsOf('#ifdef CONFIG_X\n#define A 1\n#else\n#define A 2\n#endif\n#define B 3\n');
  assert.equal(constants.named('A', 'a.c'), undefined);
  assert.equal(constants.named('B', 'a.c'), 3);
});

test('a comparison is read from its text, and written as a person would', () => {
  const comparison = { place: 'x->flags', mask: { value: 8, name: 'LOCKED' }, equals: { value: 8 } };
  const key = comparisonKey(comparison);
  assert.deepEqual(comparisonOf(key), comparison);
  assert.equal(keyText(key), 'x->flags&LOCKED==8');
  for (const other of ['x', 'x1', '@12', 'a&&b==1', 'x==NAME', '!x&1']) assert.equal(comparisonOf(other), undefined, other);
});
