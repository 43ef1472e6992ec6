import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Search } from '../../../src/model/explore/search.ts';
import { System } from '../../../src/model/explore/system.ts';
import { compileModel } from '../../../src/model/frontend/ts/compile.ts';
import { properties, RunError } from '../../../src/model/simulate.ts';

const root = path.join(import.meta.dirname, '../../..');

/** Milliseconds that no text of this file may take. */
const patience = 10_000;

const thread = "scenario('s', 'S', () => { thread('A', f); });";
const many = (n: number, one: (i: number) => string): string => Array.from({ length: n }, (_, i) => one(i)).join('');

/** Texts that are no models, or too much of one. */
const refused: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['10 MB', `const x = ${'1'.repeat(10_000_000)};`, /1000000 are read at the most/],
  ['binary garbage', many(50_000, (i) => String.fromCharCode((i * 7919 + i * i) % 65536)), /./],
  ['zeros', '\0'.repeat(100_000), /./],
  ['half a surrogate', `const x = "${'\uD800'.repeat(1000)}`, /Unterminated string/],
  ['10,000 parentheses', `const x = ${'('.repeat(10_000)}1${')'.repeat(10_000)};`, /nested too deeply/],
  ['10,000 open parentheses', `const x = ${'('.repeat(10_000)}`, /./],
  ['300 parentheses', `const x = ${'('.repeat(300)}1${')'.repeat(300)};`, /nested more than 200 levels|nested too deeply/],
  ['100,000 terms', `const x = ${'1+'.repeat(100_000)}1;`, /nested more than 200 levels/],
  ['100,000 minus signs', `const x = ${'- '.repeat(100_000)}1;`, /nested/],
  ['2,000 blocks', `function f(): void ${'{'.repeat(2000)}${'}'.repeat(2000)}`, /nested/],
  ['5,000 if', `function f(x: int): void { ${'if (x) '.repeat(5000)}{} }`, /nested/],
  ['80,000 else if', `function f(x: int): void { ${'if (x);else '.repeat(80_000)}{} }`, /nested/],
  ['100,000 problems', `function f(): void { ${'a.b(c);'.repeat(100_000)} }`, /by their name/],
  ['problems in problems', `function f(): void { ${'g('.repeat(150)}x${')'.repeat(150)} }`, /neither a function/],
  ['5,000 arrows', `const x = ${'() => '.repeat(5000)}1;`, /nested/],
  ['5,000 types in types', `interface o { v: ${'pointer<'.repeat(5000)}o${'>'.repeat(5000)} }`, /nested/],
  ['recursion', `function f(): void { f(); }\n${thread}`, /models have no recursion/],
  ['recursion of three', `function f(): void { g(); } function g(): void { h(); } function h(): void { f(); }`, /models have no recursion/],
  ['20,000 calls deep', many(20_000, (i) => `function f${i}(): void { f${i + 1}(); }`) + 'function f20000(): void {}', /too deeply|deeper/],
  ['200 calls deep', many(200, (i) => `function f${i}(): void { f${i + 1}(); }`) + 'function f200(): void {}', /calls go deeper than 100/],
  [
    '1,000 types inside a type',
    many(1000, (i) => `interface a${i} { x: a${i + 1} }`) + 'interface a1000 { x: int }',
    /more than 100 other types/,
  ],
  ['an unknown primitive', `function f(): void { frobnicate(); }`, /neither a function of this model nor a primitive/],
  ['30,000 problems', 'let x = 1;'.repeat(30_000), /const/],
  ['one long name', `function f(): void { ${'x'.repeat(500_000)}(); }`, /./],
  ['one long text', `function f(): void { return '${'x'.repeat(500_000)}'; }`, /is not an expression/],
];

for (const [what, text, message] of refused) {
  test(`refused: ${what}`, () => {
    const before = performance.now();
    const { problems } = compileModel(text, 'test.model.ts');
    assert.ok(performance.now() - before < patience, 'in time');
    assert.ok(problems.length > 0 && problems.length <= 100, `${problems.length} problems`);
    assert.match(problems[0]!.message, message);
    for (const { at } of problems) assert.ok(at.start >= 0 && at.start <= at.end && at.end <= text.length);
    assert.deepEqual(
      compileModel("function f(): void {}\nscenario('s', 'S', () => { thread('A', f); });", 'm').problems,
      [],
      'what comes after',
    );
  });
}

test('a long chain of else if is no nesting', () => {
  const chain = many(1000, (i) => `if (o.v == ${i}) o.v = 1; else `);
  const text = `interface o { v: int }\nconst o = object<o>();\nfunction f(): void { ${chain}{} }\n${thread}`;
  const { program, problems } = compileModel(text, 'test.model.ts');
  assert.deepEqual(problems, []);
  const system = new System(program, { scenario: 's', values: new Map(), properties: new Set(properties), rules: [] });
  assert.equal(new Search(system, { isReduced: true, limits: {}, wantsDeadlocks: true }).run().found, undefined);
});

/** Models whose runs would not end, or would be too many. */
const endless: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['a loop without a step', `function f(): void { while (true) {} }`, /runs for ever without a step that others see/],
  ['a loop over locals', `function f(): void { let i = 0; while (true) i++; }`, /runs for ever without a step/],
  [
    'loops in loops',
    `function f(): void { ${many(9, (i) => `for (let i${i} = 0; i${i} < 99; i${i}++) `)}{} }`,
    /runs for ever without a step/,
  ],
  [
    'calls that double',
    many(40, (i) => `function f${i === 0 ? '' : i}(): void { f${i + 1}(); f${i + 1}(); }`) + 'function f40(): void {}',
    /runs for ever/,
  ],
  ['a counter', 'interface o { v: int } const o = object<o>(); function f(): void { while (true) o.v++; }', /without bound/],
  [
    'a counter of its own',
    'interface o { v: int } const o = object<o>(); function f(): void { for (let i = 0; ; i++) WRITE_ONCE(o.v, i); }',
    /more than 200000 places/,
  ],
  ['a lock in a loop', 'const s = object<rw_semaphore>(); function f(): void { while (true) down_read(s); }', /is taken more than 8 times/],
  ['choices of choices', `function f(): void { ${many(40, () => 'choose(0, 1);')} }`, /./],
  ['many objects', 'interface o { v: int } const all = objects<o>(1000000); function f(): void {}', /elements: 0 to 1000 are possible/],
  [
    'objects in objects',
    `${many(30, (i) => `interface a${i} { x: a${i + 1}; y: a${i + 1} } `)}interface a30 { v: int } const o = object<a0>(); function f(): void {}`,
    /more than 10000 objects/,
  ],
  ['fewer than no objects', 'interface o { v: int } const all = objects<o>(-1); function f(): void {}', /elements: 0 to 1000/],
  ['a null pointer', 'interface o { p: pointer<o>; v: int } const o = object<o>(); function f(): void { o.p.v = 1; }', /null pointer/],
  ['an index outside', 'const o = object<array<int, 2>>(); function f(): void { o[2] = 1; }', /outside the array/],
  ['a division by zero', 'function f(): void { assert(1 / 0 === 0); }', /division by zero/],
];

for (const [what, text, message] of endless) {
  test(`refused when run: ${what}`, () => {
    const before = performance.now();
    const { program, problems } = compileModel(`${text}\n${thread}`, 'test.model.ts');
    assert.deepEqual(problems, []);
    const run = () => {
      const system = new System(program, { scenario: 's', values: new Map(), properties: new Set(properties), rules: [] });
      new Search(system, { isReduced: true, limits: { states: 1000 }, wantsDeadlocks: true }).run();
    };
    assert.throws(run, (error) => error instanceof RunError && message.test(error.message));
    assert.ok(performance.now() - before < patience, 'in time');
  });
}

/** What would leave a trace if it were run. */
const traced = 'globalThis.executed = true';
const code: readonly string[] = [
  `${traced};`,
  `const x = (${traced});`,
  `const x = eval('${traced}');`,
  `const x = new Function('${traced}')();`,
  `const x = (() => {}).constructor('${traced}')();`,
  `const x = [].filter.constructor('${traced}')();`,
  `const x = \`\${${traced}}\`;`,
  `const x = String.raw\`\${${traced}}\`;`,
  `const x = { get y() { return ${traced}; } }.y;`,
  `const x = { [${traced}]: 1 };`,
  `const x = parameter(\`\${${traced}}\`, 1);`,
  `const x = import('data:text/javascript,${traced}');`,
  `import 'data:text/javascript,${traced}';`,
  `export * from 'data:text/javascript,${traced}';`,
  `/// <reference path="../../../../../etc/passwd" />\n${traced};`,
  `class x { static { ${traced}; } }`,
  `class x { static y = (${traced}); }`,
  `enum x { y = (${traced}, 1) }`,
  `namespace x { ${traced}; }`,
  `@(${traced}, (x) => x)\nclass y {}`,
  `function f(x = (${traced})): void {}`,
  `function f({ x = (${traced}) }: int): void {}`,
  `function f(): void { ${traced}; }\n${thread}`,
  `function f(): void { (${traced}); }\n${thread}`,
  `function f(): void { assert(true, \`\${${traced}}\`); }\n${thread}`,
  `function f(): void { wake_up((${traced})); }\n${thread}`,
  `scenario('s', (${traced}, 'S'), () => {});`,
  `scenario('s', 'S', () => { ${traced}; });`,
  `scenario('s', 'S', () => {}, { get vcpus() { return ${traced}; } });`,
  `models((${traced}, 'x'));`,
  `interface o { [${traced}]: int }`,
  `process.exit(1);`,
  `require('node:fs').writeFileSync('executed', '');`,
  `throw 1;`,
];

test('nothing of a model is ever executed', () => {
  for (const text of code) {
    const { program, problems } = compileModel(text, 'test.model.ts');
    assert.ok(problems.length > 0, text);
    // A model with problems is not to be run; if it is, that is still no JavaScript.
    for (const { name } of program.scenarios) {
      try {
        new System(program, { scenario: name, values: new Map(), properties: new Set(properties), rules: [] });
      } catch (error) {
        assert.ok(error instanceof RunError, String(error));
      }
    }
    assert.equal('executed' in globalThis, false, text);
  }
});

test('names that mean something to JavaScript mean nothing in a model', () => {
  const text = `
    interface constructor { __proto__: int; constructor: int; toString: int; hasOwnProperty: array<int, 2>; valueOf: mutex }
    const prototype = object<constructor>();
    function __proto__(toString: int): int { const constructor = toString + 1; return constructor; }
    function f(): void {
      mutex_lock(prototype.valueOf);
      prototype.__proto__ = __proto__(1);
      prototype.constructor = prototype.__proto__ + 1;
      prototype.hasOwnProperty[1] = prototype.constructor;
      mutex_unlock(prototype.valueOf);
      assert(prototype.hasOwnProperty[1] === 3 && prototype.toString === 0);
    }
    ${thread}`;
  const { program, problems } = compileModel(text, 'test.model.ts');
  assert.deepEqual(problems, []);
  const system = new System(program, { scenario: 's', values: new Map(), properties: new Set(properties), rules: [] });
  const { found, states } = new Search(system, { isReduced: false, limits: {}, wantsDeadlocks: true }).run();
  assert.deepEqual([found, states], [undefined, 9]);
});

const shipped = readdirSync(path.join(root, 'src/model/vcpu')).filter((name) => name.endsWith('.model.ts'));
const small = readdirSync(path.join(root, 'test/explore/primitives')).filter((name) => name.endsWith('.model.ts'));
const texts = {
  shipped: shipped.map((name) => readFileSync(path.join(root, 'src/model/vcpu', name), 'utf8')),
  small: small.map((name) => readFileSync(path.join(root, 'test/explore/primitives', name), 'utf8')),
};

/** A change of a text: something cut out somewhere, and something put there, often a piece of the same text. */
interface Change {
  readonly at: number;
  readonly cut: number;
  readonly put: string | { readonly from: number; readonly length: number };
}

const pieces = [
  '(',
  ')',
  '{',
  '}',
  '<',
  '>',
  ';',
  '`',
  '${',
  "'",
  '/*',
  '0',
  '-1',
  'null',
  'while (true) ',
  'return;',
  'f();',
  '\u0000',
  '\uD800',
  '💥',
];
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.integer({ min: 0, max: 40 }),
  put: fc.oneof(
    fc.constantFrom(...pieces),
    fc.string({ maxLength: 5 }),
    fc.record({ from: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.integer({ min: 1, max: 40 }) }),
  ),
});

function changed(text: string, changes: readonly Change[]): string {
  let now = text;
  for (const { at, cut, put } of changes) {
    const start = Math.floor(at * now.length);
    const from = typeof put === 'string' ? 0 : Math.floor(put.from * now.length);
    const insert = typeof put === 'string' ? put : now.slice(from, from + put.length);
    now = now.slice(0, start) + insert + now.slice(start + cut);
  }
  return now;
}

const changes = fc.array(change, { minLength: 1, maxLength: 4 });

test('a changed model compiles or has problems, always the same', () => {
  const property = fc.property(fc.constantFrom(...texts.shipped, ...texts.small), changes, (text, how) => {
    const now = changed(text, how);
    const { problems } = compileModel(now, 'test.model.ts');
    for (const { at, message } of problems) {
      assert.ok(at.start >= 0 && at.start <= at.end && at.end <= now.length);
      assert.ok(message.length > 0 && message.length < 1000);
    }
    assert.deepEqual(compileModel(now, 'test.model.ts').problems, problems);
  });
  fc.assert(property, { seed: 1, numRuns: 300 });
});

test('a changed model that compiles runs, or cannot be run and says why', () => {
  let ran = 0;
  const property = fc.property(fc.constantFrom(...texts.small), changes, (text, how) => {
    const { program, problems } = compileModel(changed(text, how), 'test.model.ts');
    if (problems.length > 0) return;
    for (const { name } of program.scenarios) {
      try {
        const system = new System(program, { scenario: name, values: new Map(), properties: new Set(properties), rules: [] });
        new Search(system, { isReduced: true, limits: { states: 10_000 }, wantsDeadlocks: true }).run();
        ran++;
      } catch (error) {
        assert.ok(error instanceof RunError, String(error));
      }
    }
  });
  fc.assert(property, { seed: 1, numRuns: 1500 });
  assert.ok(ran > 20, `${ran} ran`);
});
