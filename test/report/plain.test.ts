import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonText, plain, plainLine } from '../../src/model/report/plain.ts';

test('what could drive a terminal is escaped, and a tab is a tab', () => {
  assert.equal(plain('`\tfoo();`\x1b[31m\r\n\u202e'), '`\tfoo();`\\x1b[31m\\x0d\\x0a\\u202e');
  assert.equal(plainLine(' a\tb\n'), 'a b');
  assert.equal(jsonText('\t\x9b'), '"\\t\\u009b"\n');
});
