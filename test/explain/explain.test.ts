import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Finding } from '../../src/model/checks/finding.ts';
import { explain } from '../../src/model/explain/explain.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { renderMail } from '../../src/model/trace/mail.ts';
import { renderSequence } from '../../src/model/trace/mermaid.ts';
import { grammar, readFixtures, treeOf, type Fixture } from '../checks/fixture.ts';
import { parseMermaid } from '../trace/mermaid-parser.ts';

const fixtures = readFixtures('');
/** One of each kind of story: the first finding of a fixture, or the first that says this. */
const told: Readonly<Record<string, string | readonly [fixture: string, message: RegExp]>> = {
  circle: 'abba-struct.c',
  'long-circle': 'four-way.c',
  gate: 'gate-lock.c',
  readers: 'double-acquire-readers.c',
  again: 'double-acquire.c',
  order: 'order-broken.c',
  left: 'missing-release-goto.c',
  'left-inside': 'missing-release-rcu.c',
  mismatch: 'mismatched-release.c',
  extra: 'release-unheld.c',
  sleep: 'sleep-in-atomic-kinds.c',
  'order-document': 'multi-order-document',
  sync: 'sync-srcu.c',
  'sync-gate': 'sync-gate.c',
  'sleep-rcu': 'sleep-in-atomic-rcu.c',
  itself: 'sync-self.c',
  interrupt: 'irq-inversion-handler.c',
  'interrupt-order': 'irq-inversion-order.c',
  'sleep-interrupt': 'sleep-in-atomic-interrupt.c',
  'contract-given-back': ['lock-contract.c', /has given it back/],
  'contract-later': ['lock-contract.c', /takes it afterwards/],
  'contract-shared': ['lock-contract.c', /as a reader/],
  'contract-note': ['lock-contract.c', /is noted/],
  'mismatch-interrupts': ['mismatched-release.c', /interrupts stay off/],
  'mismatch-handler': 'mismatched-release-handler.c',
  'mismatch-on': ['mismatched-release.c', /interrupts are on afterwards/],
  access: 'unprotected-access.c',
  wait: 'wait-work.c',
  'wait-completion': 'wait-completion.c',
};

for (const [name, of] of Object.entries(told)) {
  const [fixture, message] = typeof of === 'string' ? [of, /./] : of;
  test(`${name}: ${fixture} in words`, async () => {
    const findings = await check(fixtures.find((each) => each.name === fixture)!);
    const finding = findings.find((each) => message.test(each.message));
    assert.ok(finding);
    assertGolden(`${name}.txt`, renderMail(explain(finding)!.sequence));
  });
}

test('each finding with a chain has an explanation that Mermaid reads, and says who waits where somebody does', async () => {
  let count = 0;
  for (const fixture of fixtures) {
    for (const finding of await check(fixture)) {
      const explanation = explain(finding);
      assert.equal(explanation === undefined, finding.witnesses.length === 0, finding.id);
      if (!explanation) continue;
      count++;
      const { sequence } = explanation;
      await parseMermaid(renderSequence(sequence).text);
      const { mark, waiting } = sequence.steps.at(-1)!;
      assert.ok(mark !== undefined, finding.id);
      // Who waits in a circle waits for somebody who waits.
      const waiters = new Set(waiting.map(({ lane }) => lane));
      if (mark === 'cycle')
        for (const { lane, holders } of waiting)
          assert.ok(
            holders.some((holder) => waiters.has(holder)),
            `${finding.id}: lane ${lane}`,
          );
    }
  }
  assert.ok(count > 50, `${count} findings`);
});

test('what has no chain has no explanation', () => {
  const at = { file: 'x.c', line: 1, column: 1, endLine: 1, endColumn: 2 };
  const finding: Finding = {
    ...{ id: 'x', check: 'suppression', severity: 'warning', confidence: 'high', message: 'm', at, function: '' },
    ...{ acquires: '', held: [], about: [], witnesses: [], reasons: [] },
  };
  assert.equal(explain(finding), undefined);
});

async function check(fixture: Fixture): Promise<readonly Finding[]> {
  const reviewer = await createReviewer({ tree: treeOf(fixture.files), ...grammar });
  const orders = [...fixture.files.keys()].filter((path) => path.endsWith('.rst'));
  return reviewer.check({ paths: ['fixture'], scope: 'paths', orders, enabled: ['unprotected-access'] }).findings;
}

/** Compares with a file of `golden/`; `UPDATE=1` writes the file instead. */
function assertGolden(name: string, text: string): void {
  const file = new URL(`golden/${name}`, import.meta.url);
  if (process.env['UPDATE'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}
