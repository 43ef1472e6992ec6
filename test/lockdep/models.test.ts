import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileModel } from '../../src/model/frontend/ts/compile.ts';
import { simulate, simulateLockdep, type LockdepViews, type ModelProgram } from '../../src/model/simulate.ts';
import { edgesOf, reportsOf } from './acquisitions.ts';

const common = `
interface dev { a: mutex; b: mutex; s: srcu_struct }
const d = object<dev>();
const NESTED = 1;
function ba(): void { mutex_lock(d.b); mutex_lock(d.a); mutex_unlock(d.a); mutex_unlock(d.b); }
function ba1(): void { mutex_lock(d.b); mutex_lock_nested(d.a, 1); mutex_unlock(d.a); mutex_unlock(d.b); }
`;

/** A model whose threads are functions without arguments. */
function compiled(text: string, ...threads: readonly string[]): ModelProgram {
  const starts = threads.map((name) => `thread('${name}', ${name});`).join(' ');
  const { program, problems } = compileModel(`${common}${text} scenario('s', 'S', () => { ${starts} });`, 'test.model.ts');
  assert.deepEqual(problems, []);
  return program;
}

function view(text: string, ...threads: readonly string[]): LockdepViews {
  return simulateLockdep(compiled(text, ...threads), { isReduced: true, limits: {}, rules: [] });
}

const [a, a1, b, s] = ['struct dev.a', 'struct dev.a/1', 'struct dev.b', 'struct dev.s'];

test('one place where a lock is held under two subclasses', () => {
  const either = `function ab(): void {
    if (choose(0, 1)) mutex_lock(d.a); else mutex_lock_nested(d.a, 1);
    mutex_lock(d.b); mutex_unlock(d.b); mutex_unlock(d.a);
  }`;
  assert.deepEqual([...edgesOf(view(either, 'ab').after)].sort(), [`${a} -EN-> ${b}`, `${a1} -EN-> ${b}`]);
  assert.deepEqual(reportsOf(view(either, 'ab', 'ba').after), [`circular ${a} ${b}`]);
  assert.deepEqual(reportsOf(view(either, 'ab', 'ba1').after), [`circular ${a1} ${b}`]);
});

test('one place where a lock is held by a trylock or not', () => {
  const either = `function bas(): void {
    if (choose(0, 1)) mutex_lock(d.a); else if (!mutex_trylock(d.a)) return;
    mutex_lock(d.b); mutex_unlock(d.b); mutex_unlock(d.a);
  }`;
  const { acquisitions = [] } = simulate(compiled(either, 'bas'), { isReduced: true, limits: {}, rules: [] });
  const ways = acquisitions.filter(({ lock }) => lock.lockClass === b).map(({ held }) => held.map(({ isTry }) => isTry));
  assert.deepEqual(ways.sort(), [[false], [true]]);
});

test('a subclass by another name is the same', () => {
  const nested = (subclass: string): string =>
    `function ab(): void { mutex_lock_nested(d.a, ${subclass}); mutex_lock(d.b); mutex_unlock(d.b); mutex_unlock(d.a); }`;
  for (const subclass of ['1', 'NESTED', 'NESTED + 0']) {
    assert.deepEqual(reportsOf(view(nested(subclass), 'ab', 'ba1').after), [`circular ${a1} ${b}`], subclass);
    assert.deepEqual(reportsOf(view(nested(subclass), 'ab', 'ba').after), [], subclass);
  }
  assert.deepEqual(reportsOf(view(nested('NESTED - 1'), 'ab', 'ba').after), [`circular ${a} ${b}`]);
});

test('a lock nested under another has no class of its own', () => {
  const nest = 'function ba2(): void { mutex_lock(d.b); mutex_lock_nest_lock(d.a, d.b); mutex_unlock(d.a); mutex_unlock(d.b); }';
  const ab = 'function ab(): void { mutex_lock(d.a); mutex_lock(d.b); mutex_unlock(d.b); mutex_unlock(d.a); }';
  assert.deepEqual(reportsOf(view(`${nest} ${ab}`, 'ba2', 'ab').after), [`circular ${b} ${a}`]);
  assert.deepEqual(reportsOf(view(`${nest} ${ab}`, 'ba2', 'ba').after), []);
});

test('srcu_read_lock_nmisafe is not checked, srcu_read_lock is since f0f44752f5f6', () => {
  const reader = (kind: string): string =>
    `function read(): void { srcu_read_lock${kind}(d.s); mutex_lock(d.a); mutex_unlock(d.a); srcu_read_unlock${kind}(d.s); }
     function write(): void { mutex_lock(d.a); synchronize_srcu(d.s); mutex_unlock(d.a); }`;
  const reports = (kind: string): readonly (readonly string[])[] => {
    const { before, after } = view(reader(kind), 'read', 'write');
    return [reportsOf(before), reportsOf(after)];
  };
  assert.deepEqual(reports(''), [[], [`circular ${s} ${a}`]]);
  assert.deepEqual(reports('_nmisafe'), [[], []]);
});
