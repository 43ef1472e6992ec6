import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldedCode } from '../../src/model/source/folded-code.ts';

const same: readonly (readonly [a: string, b: string])[] = [
  ['a = b;\n', 'a = b; /* why */\n'],
  ['a = b;\n', 'a\t=  b;\n'],
  ['a;\nb;\n', 'a;\n\n/* one\n * two\n */\n\nb;\n'],
  ['a;\nb;\n', 'a; // x\nb;\n'],
  ['puts("/* " /* x */);\n', 'puts("/* "  );\n'],
];
const different: readonly (readonly [a: string, b: string])[] = [
  ['a = b;\n', 'a = c;\n'],
  ['puts("a /* b */");\n', 'puts("a ");\n'],
  ['puts("a  b");\n', 'puts("a b");\n'],
  ['#define A b\nc;\n', '#define A b c;\n'],
  ['int a;\n', 'inta;\n'],
  [`c = '"'; /* x */ d = '"';\n`, `c = '"'; d = '';\n`],
];

test('code is what is left without comments and the kind of blanks', () => {
  for (const [a, b] of same) assert.equal(foldedCode(a), foldedCode(b));
  for (const [a, b] of different) assert.notEqual(foldedCode(a), foldedCode(b));
});

test('a comment between words changes nothing; a word more does', () => {
  const words = fc.array(fc.constantFrom<string>('lock', '(', ')', ';', '"/*"', "'\"'", '+', '#', '\n'), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(words, fc.nat(), fc.constantFrom('/* a */', '/* "b\n * c */', '/**/'), (list, at, comment) => {
      const code = foldedCode(list.join(' '));
      const where = at % (list.length + 1);
      assert.equal(foldedCode(list.toSpliced(where, 0, comment).join(' ')).trim(), code.trim());
      assert.notEqual(foldedCode(list.toSpliced(where, 0, 'more').join(' ')), code);
    }),
  );
});
