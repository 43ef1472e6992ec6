import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rewrite } from '../../src/model/frontend/c/rewrite.ts';
import { SyntaxParser } from '../../src/model/frontend/c/syntax.ts';
import { tokenize } from '../../src/model/frontend/c/tokens.ts';
import { grammar } from '../checks/fixture.ts';
import { cText, manyOf } from './c-text.ts';

const parser = await SyntaxParser.load(grammar.runtimeWasm, grammar.grammarWasm);

/** A function's body as rewritten, with single spaces. */
function body(source: string): string {
  const head = 'void f(void)\n{\n';
  return rewrite(`${head}${source}\n}`).text.slice(head.length, -2).replace(/\s+/g, ' ').trim();
}

test('rewriting keeps the length of any text', () => {
  fc.assert(
    fc.property(cText, (text) => {
      const { text: rewritten, alternative } = rewrite(text);
      assert.equal(rewritten.length, text.length);
      if (alternative !== undefined) assert.equal(alternative.length, text.length);
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test('tokens lie within the text and in order', () => {
  fc.assert(
    fc.property(cText, (text) => {
      const { count, start, end } = tokenize(text);
      for (let i = 0; i < count; i++) assert.ok((i === 0 ? 0 : end[i - 1]!) <= start[i]! && start[i]! < end[i]! && end[i]! <= text.length);
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test('time grows with the length alone', { timeout: 120_000 }, () => {
  for (const [piece, text] of manyOf(100_000)) {
    const start = performance.now();
    rewrite(text);
    assert.ok(performance.now() - start < 2_000, JSON.stringify(piece));
  }
});

test('what is nested too deep is an error and no overflow', () => {
  const deep = ['(', '{', 'a + ', 'if (a) ', 'f(', 'a.', '*', '!', 'a ? b : '];
  for (const piece of deep) {
    const text = `void f(int a)\n{\n${piece.repeat(100_000)}\n}\n`;
    assert.notDeepEqual(parser.parse(rewrite(text).text, 0).errors, [], piece);
  }
  const nested = `void f(void)\n${'{'.repeat(400)}${'}'.repeat(400)}\n`;
  assert.deepEqual(parser.parse(nested, 0).errors, []);
  const braces = `void f(void)\n${'{'.repeat(100_000)}${'}'.repeat(100_000)}\n`;
  assert.notDeepEqual(parser.parse(braces, 0).errors, []);
});

test('a computed goto is not understood, and said so', () => {
  const { errors } = parser.parse(rewrite('void f(void *p)\n{\n\tgoto *p;\n}').text, 0);
  assert.notDeepEqual(errors, []);
});

test('loops and statements that macros make', () => {
  assert.equal(body('list_for_each(a, b) f(a);'), 'while (a, b) f(a);');
  assert.equal(body('do { f(a); } while_each_thread(a, b);'), 'do { f(a); } while (a, b);');
  assert.equal(body('test_for_each_bit(a);'), 'test_for_each_bit(a);');
  assert.equal(body('TRACE(a)\nf(b);'), 'TRACE(a);f(b);');
  assert.equal(body('if (a)\nTRACE(a)\nf(b);'), 'if (a) TRACE(a);f(b);');
  assert.equal(body('if (a) {\nTRACE(b)/* why */\n}'), 'if (a) { b;/* why */ }');
  assert.equal(body('int x[] = {\nTRACE(a)\n};'), 'int x[] = { TRACE(a) };');
  assert.equal(body('BEGIN\nf(a);'), 'BEGIN;f(a);');
  assert.equal(body('EXPECT_FAIL(a, f(b); return c);'), 'if(-_) {a; f(b); return c;}');
});

test('arguments that are no expressions', () => {
  assert.equal(body('a = min_t(unsigned long, b, c);'), 'a = min_t(___ , b, c);');
  assert.equal(body('ASSERT(a, ==, b);'), 'ASSERT(a, _ , b);');
  assert.equal(body('printk(KERN_INFO NAME ": x" VERSION);'), 'printk( NAME ": x" VERSION);');
  assert.equal(body('a = F(3DNOW) | F(2NDEXEC);'), 'a = F(_DNOW) | F(_NDEXEC);');
});

test('members and lists that macros make', () => {
  const words = (source: string) => rewrite(source).text.replace(/\s+/g, ' ');
  assert.equal(words('struct s { struct_group(g, int a; int b;); int c; };'), 'struct s { struct { int a; int b;}; int c; };');
  assert.equal(words('struct s { DECLARE_BITMAP(bits[2], 256) __aligned(8); };'), 'struct s { int bits ; };');
  assert.equal(words('struct s {\nfields_start\n\tvoid *p;\n};'), 'struct s { void *p; };');
  assert.equal(words('struct s { u8 data[] SOME_ALIGN; u32 __x; int y __some; };'), 'struct s { u8 data[] ; u32 __x; int y ; };');
  assert.equal(words('const struct s s[] = {\n\tENTRIES\n\tMORE(x)\n\t{ 1 },\n};'), 'const struct s s[] = { { 1 }, };');
});

test('a statement that #if cuts through is read both ways', () => {
  const text =
    'void f(void)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t\tg();\n#ifndef A\n\t\th();\n\t} else {\n#endif\n\t}\n}';
  const { text: met, alternative } = rewrite(text);
  assert.deepEqual(
    [met, alternative!].map((reading) => reading.replace(/\s+/g, ' ')),
    ['void f(void) { if (a) { g(); } }', 'void f(void) { if (b) { g(); h(); } else { } }'],
  );
});
