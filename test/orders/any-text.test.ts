import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readComments } from '../../src/model/orders/comment.ts';
import { readDocument } from '../../src/model/orders/document.ts';

const piece = fc.oneof(
  fc.constantFrom(
    ...'box->lock map_lock dev.mutex a_sem hot_read_lock() box->srcu is are taken nests inside outside before after must not cannot can be while and or these locks it'.split(
      ' ',
    ),
    ...[
      'read-side critical section',
      'Lock ordering:',
      '->',
      '-->',
      '>',
      ',',
      '.',
      ':',
      '::',
      '(',
      ')',
      '``',
      '*',
      '_',
      '\n',
      '\r\n',
      '\n * ',
      '\n\t',
      '  ',
      '/*',
      '*/',
      '- ',
      '.. note::',
      '====',
      '"',
      '1. ',
    ],
  ),
  fc.string({ maxLength: 6 }),
);
const text = fc.array(fc.tuple(piece, fc.constantFrom('', ' ')), { maxLength: 120 }).map((parts) => parts.flat().join(''));

test('any text gives rules whose lines exist, and the same ones again', () => {
  fc.assert(
    fc.property(text, (source) => {
      const count = source.split('\n').length;
      for (const read of [
        (t: string) => readDocument('a', t).rules,
        (t: string) => readComments('a', t),
        (t: string) => readComments('a', `/*\n * ${t}\n */`),
      ]) {
        const rules = read(source);
        assert.deepEqual(read(source), rules);
        for (const { line, outer, inner, text: said } of rules) {
          assert.ok(line >= 1 && line <= count + 2);
          assert.ok(outer !== '' && inner !== '' && outer !== inner && said !== '');
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('hostile text takes no longer than its length allows', () => {
  const parts = [
    '(',
    ')',
    '((',
    ' -> ',
    'a_lock -> ',
    'a_lock > ',
    '-',
    '- ',
    'a-',
    '.',
    '. ',
    'a_lock is taken outside b_lock. ',
    'a_lock and ',
    'take a_lock ',
    'x (',
    '*',
    '_a',
    '`',
    ' ',
    '/*',
    '*/',
    '/**/',
    '/* lock order */',
    '"',
    'a_lock\n',
    ' a_lock (\n',
    'lock order\n',
    'these locks ',
    'a->',
    'a::',
  ];
  for (const part of parts) {
    const body = part.repeat(Math.ceil(200_000 / part.length));
    for (const source of [body, `/* Lock order:\n${body}\n */`, `Lock ordering:\n\n${body}`, `/* taken before lock ${body}`]) {
      const start = performance.now();
      readDocument('a', source);
      readComments('a', source);
      const took = performance.now() - start;
      assert.ok(took < 2000, `${JSON.stringify(part)} took ${took.toFixed(0)} ms`);
    }
  }
});
