import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderText } from '../../src/model/report/text.ts';
import { assertGolden } from './golden.ts';
import { everything, hostile, nothing } from './sample-result.ts';

test('text shows each finding with its chains, the documented order, the confidence and the reasons', () => {
  assertGolden('everything.txt', renderText(everything, { inBaseline: 2, lessSure: 3, shownAt: 'medium' }));
});

test('text without findings is one line', () => {
  assert.match(renderText(nothing), /^no findings; read 0 files and 0 headers, .*\n$/);
});

test('text lines of findings are what a make-style matcher expects', () => {
  const heads = renderText(everything)
    .split('\n')
    .filter((line) => /^[^ ].*\[[a-z-]+\]$/.test(line));
  assert.equal(heads.length, everything.findings.length);
  for (const line of heads) assert.match(line, /^.+:\d+:\d+: (error|warning|information): /);
});

test('text never passes on what could steer a terminal or forge a line', () => {
  const text = renderText(hostile);
  assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202e/u);
  assert.equal(text.split('\n').filter((line) => line.startsWith('b.c')).length, 0);
  assert.ok(text.includes('evil\\x1b[31m\\x0alock'));
});
