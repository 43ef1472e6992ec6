import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { literal } from '../../src/extension/literal.ts';
import { tabTitle, whatIfTitle } from '../../src/extension/tab-title.ts';
import { summaryText } from '../../src/extension/summary-text.ts';

const folder = path.join(import.meta.dirname, '../../src/extension');
const summary = { findings: 5, filesWithFindings: 2, files: 6, hidden: 0, lockOperations: 9 };

test('a name of the workspace becomes neither link nor icon, and reorders nothing', () => {
  // What VS Code looks for in notifications and in labels.
  for (const markup of [/\[[^\]]+\]\([^)]+\)/, /\$\([\w~-]+\)/, /[\p{Cc}\u202e]/u]) {
    assert.doesNotMatch(literal('[click me](command:x).c $(alert) $$(alert) []](http://x) \u202e\u001b\n'), markup);
  }
  assert.equal(literal('arch/x86/kvm/x86.c (copy) [1] $x'), 'arch/x86/kvm/x86.c (copy) [1] $x');
});

test('what VS Code shows has names only as literal text', () => {
  for (const name of readdirSync(folder)) {
    const source = readFileSync(path.join(folder, name), 'utf8');
    const shown = source.match(/(?:show(?:Information|Warning|Error)Message\(|title: |question = )`[^`]*`/g) ?? [];
    for (const text of shown) assert.doesNotMatch(text, /\$\{(?!literal\(|what\}|summaryText\(|manyFiles\})/, name);
  }
});

test('long titles of tabs keep both ends, where they differ', () => {
  const title = 'before: Start against AIA init and interrupts of the IMSIC (2 vCPUs, 1 round)';
  assert.equal(tabTitle(title), 'before: Start against AIA ini…f the IMSIC (2 vCPUs, 1 round)');
  assert.ok(tabTitle(title).length <= 60);
  assert.notEqual(tabTitle(`${title}, otherwise from step 1`), tabTitle(`${title}, otherwise from step 2`));
  assert.equal(tabTitle('a'.repeat(60)), 'a'.repeat(60));
  assert.doesNotMatch(tabTitle('$(alert) $(alert)'), /\$\(/);
});

test('what-ifs are counted by those that are open', () => {
  assert.equal(whatIfTitle('before: A', []), 'What if 1: before: A');
  assert.equal(whatIfTitle('before: A', ['What if 1: before: A', 'before: A', 'What if 12: x']), 'What if 13: before: A');
  assert.equal(whatIfTitle('What if 1: before: A', ['What if 1: before: A']), 'What if 2: before: A');
});

test('a summary counts files with findings, and those that were read', () => {
  assert.equal(summaryText(summary), '5 findings in 2 files (6 read)');
  assert.equal(
    summaryText({ ...summary, findings: 1, filesWithFindings: 1, hidden: 3 }),
    '1 finding in 1 file (6 read); 3 more below lockstep.minimumConfidence',
  );
  assert.equal(summaryText({ ...summary, findings: 0, filesWithFindings: 0 }), 'no findings (6 files read)');
  assert.equal(
    summaryText({ ...summary, findings: 0, filesWithFindings: 0, lockOperations: 0 }),
    'no findings (6 files read); no lock operations there',
  );
});
