import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanFile, type Item } from '../../src/model/frontend/c/scan.ts';
import { cText, manyOf } from './c-text.ts';

function show(text: string): string[] {
  return scanFile(text).items.map(({ kind, name }) => `${kind} ${name}`);
}

test('items lie within the text and in order', () => {
  fc.assert(
    fc.property(cText, (text) => {
      const { items, unbalanced } = scanFile(text);
      let before = 0;
      for (const item of items) {
        assert.ok(before <= item.start && item.start < item.end && item.end <= text.length, JSON.stringify(item));
        assert.ok(item.body === -1 || (item.start <= item.body && item.body <= item.end), JSON.stringify(item));
        before = item.start;
      }
      for (const offset of unbalanced) assert.ok(offset >= 0 && offset < text.length);
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('lines may end in carriage returns', () => {
  const text =
    '#define A(x) \\\n  f(x)\n#ifdef B\nint f(int a)\n{\n#if 0\n}\n#endif\n\treturn a;\n}\n#else\nint f(void) { return 0; }\n#endif\nstatic DEFINE_MUTEX(m);\n';
  const plain = ({ kind, name, conditions, parameters }: Item) => ({ kind, name, conditions, parameters });
  assert.deepEqual(scanFile(text.replaceAll('\n', '\r\n')).items.map(plain), scanFile(text).items.map(plain));
});

test('each name of a declaration is an item', () => {
  assert.deepEqual(show('typedef struct s { int x; } s_t, *s_ptr;'), ['typedef s_t', 'typedef s_ptr', 'struct s']);
  assert.deepEqual(show('static int a = 1, *b, c[2] = { 1, 2 };'), ['variable a', 'variable b', 'variable c']);
  assert.deepEqual(show('static struct { int x; } one, two = { 1 };'), ['variable one', 'variable two']);
  assert.deepEqual(show('typedef int (*handler_t)(int), number_t;'), ['typedef handler_t', 'typedef number_t']);
  assert.deepEqual(show('static int (*hook)(int) = f;'), ['variable hook']);
});

test('attributes are no names', () => {
  assert.deepEqual(show('struct s { int x; } __packed __aligned(4);'), ['struct s']);
  assert.deepEqual(show('struct __aligned(8) s { int x; };'), ['struct s']);
  assert.deepEqual(show('static __printf(1, 2) int f(const char *x, ...) __must_hold(x) { }'), ['function f']);
  assert.deepEqual(show('void * __unheard_of(2) f(int x) { }'), ['function f']);
  assert.deepEqual(show('extern int __start[], x __unheard_of;'), ['variable __start', 'variable x']);
});

test('macros at the top level', () => {
  assert.deepEqual(show('EXPORT_SYMBOL(f)\nint g(void) { }\nLAST(x)'), ['macro-call EXPORT_SYMBOL', 'function g', 'macro-call LAST']);
  assert.deepEqual(show('LIST_START\nstatic int f(void) { }'), ['function f']);
  assert.deepEqual(show('SYSCALL_DEFINE2(dup, int, a, int, b)\n{ }'), ['function sys_dup']);
  assert.deepEqual(show('static int FNAME(walk)(int a) { }'), ['function FNAME(walk)']);
  assert.deepEqual(show('static DEFINE_PER_CPU(struct s, per) = { 1 };'), ['variable per']);
});

test('a head that #if splits belongs to one function', () => {
  const text = '#ifdef A\nint f(int a)\n{\n#else\nint f(void)\n{\n#endif\n\treturn 0;\n}\nint g(void) { }\n';
  const [f, g] = scanFile(text).items;
  assert.deepEqual([f!.name, f!.start, f!.conditions, g!.name], ['f', 0, [], 'g']);
  assert.deepEqual(scanFile(text).unbalanced, []);
});

test('conditions of an item', () => {
  const text = '#if A && B\n#elif defined(C)\nint c;\n#else\nint d;\n#endif\n#ifndef E\nint e;\n#endif\n';
  assert.deepEqual(
    scanFile(text).items.map(({ conditions }) => conditions),
    [['!(A && B)', 'C'], ['!(A && B)', '!C'], ['!E']],
  );
});

test('a body that is not closed ends before the next function', () => {
  const { items, unbalanced } = scanFile('int f(void)\n{\n\tif (x) {\n}\n\nint g(void)\n{\n}\n');
  assert.deepEqual(
    items.map(({ name }) => name),
    ['f', 'g'],
  );
  assert.equal(unbalanced.length, 1);
  assert.deepEqual(show('int f(int a\n{\n}\nint g(void)\n{\n}\n'), ['function f', 'function g']);
});

test('time grows with the length alone', { timeout: 60_000 }, () => {
  for (const [piece, text] of manyOf(200_000)) {
    const start = performance.now();
    scanFile(text);
    assert.ok(performance.now() - start < 2_000, JSON.stringify(piece));
  }
});
