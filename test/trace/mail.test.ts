import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { describe, renderMail } from '../../src/model/trace/mail.ts';
import { assertGolden } from './golden.ts';
import { anyName } from './hostile.ts';
import { deadlock, path, race, step } from './sequences.ts';

for (const [name, sequence] of Object.entries({ deadlock, race, path })) {
  test(`${name} as text for a mail and as sentences`, () => {
    assertGolden(`${name}.txt`, renderMail(sequence));
    assertGolden(`${name}.sentences.txt`, `${describe(sequence).join('\n')}\n`);
  });
}

test('at most 72 columns, whatever the names, and nothing that drives a terminal', () => {
  const property = (name: string, lane: number): void => {
    const lanes = Array.from({ length: 12 }, () => ({ name, kind: 'thread' as const, group: name }));
    const source = { path: name, line: 1, isOperation: true };
    const one = step(lane, 'acquire', name, {
      functions: [name],
      held: [name],
      changed: { [name]: 1 },
      via: name,
      mark: 'race',
      note: name,
      source,
    });
    const text = renderMail({ title: name, summary: name, lanes, steps: [one] });
    for (const line of text.split('\n')) {
      assert.ok(Array.from(line).length <= 72, line);
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Cs}]|\s$/u);
    }
  };
  fc.assert(fc.property(anyName, fc.nat(11), property), { numRuns: 300 });
});

test('Chinese takes two columns', () => {
  const text = renderMail({ ...deadlock, title: '锁'.repeat(60), steps: [] });
  assert.ok(text.startsWith(`${'锁'.repeat(36)}\n${'锁'.repeat(24)}\n`));
});

test('plain ASCII where the source is', () => {
  for (const sequence of [deadlock, race, path]) assert.doesNotMatch(renderMail(sequence), /[^\n -~]/);
});
