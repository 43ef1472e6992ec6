import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { cut, visible, wrap } from '../../src/model/trace/escape.ts';
import { renderSequence, renderWaits } from '../../src/model/trace/mermaid.ts';
import type { Sequence, SequenceStep } from '../../src/model/trace/sequence.ts';
import { fragments, seenName } from './hostile.ts';
import { decoded, parseMermaid } from './mermaid-parser.ts';
import { step } from './sequences.ts';

/** A sequence in which every text is this name. */
function named(name: string): Sequence {
  const more: Partial<SequenceStep> = { object: name, functions: [name], held: [name], changed: { [name]: 1 }, mark: 'race', note: name };
  const waiting = [{ lane: 0, object: name, holders: [1] }];
  return {
    title: name,
    summary: name,
    lanes: [
      { name, kind: 'thread', group: name },
      { name, kind: 'thread', group: name },
      { name, kind: 'lock', group: `${name} locks` },
    ],
    steps: [step(0, 'acquire', name, { ...more, to: 2 }), step(1, 'read', name, { ...more, waiting })],
  };
}

async function assertKept(name: string): Promise<void> {
  const { text } = renderSequence(named(name));
  const wanted = tight(visible(name));
  const db = await parseMermaid(text);
  assert.deepEqual([...db.getActors().keys()], ['T0', 'T1', 'L0']);
  for (const { description } of db.getActors().values()) assert.equal(tight(decoded(description)), short(name, 80));
  assert.deepEqual(
    db.getBoxes().map((box) => tight(decoded(box.name))),
    [short(name, 80), short(`${name} locks`, 80)],
  );
  const [message, access, race, ...others] = db
    .getMessages()
    .filter((parsed) => parsed.from !== undefined && parsed.message !== '')
    .map((parsed) => tight(decoded(String(parsed.message))));
  assert.ok(message!.startsWith(short(name, 120)) && access!.startsWith(short(name, 120)), message);
  assert.equal(race, short(`DATA RACE: ${name}`, 400));
  assert.deepEqual(others, []);
  assert.equal(tight(decoded(db.getAccTitle())), wanted);
  assert.equal(tight(decoded(db.getAccDescription())), wanted);
  const flow = await parseMermaid(renderWaits(named(name), 1));
  assert.deepEqual([...flow.getVertices().keys()], ['T0', 'T1']);
  for (const { text: label, labelType } of flow.getVertices().values()) {
    assert.equal(tight(decoded(label)), short(name, 80));
    assert.notEqual(labelType, 'markdown');
  }
  assert.deepEqual(
    flow.getEdges().map((edge) => [edge.start, edge.end, tight(decoded(edge.text))]),
    [['T0', 'T1', short(name, 80)]],
  );
}

/** Lines are broken at spaces. */
function tight(text: string): string {
  return text.replace(/\s/g, '');
}

function short(text: string, length: number): string {
  return tight(cut(visible(text), length));
}

test('what Mermaid reads as its own comes out as text', async () => {
  for (const fragment of fragments) await assertKept(fragment);
});

test('any name comes out as text, in sequence diagrams and flowcharts', async () => {
  await fc.assert(fc.asyncProperty(seenName, assertKept), { numRuns: 80 });
});

test('nothing of a name is left for Mermaid or a browser to read', () => {
  for (const fragment of fragments) {
    const { text } = renderSequence(named(fragment));
    assert.doesNotMatch(text, /<(?!br\/>)|%|\$|`|\\n/);
    for (const line of text.split('\n')) assert.doesNotMatch(line, /#(?!\d+;)|(?<!#\d+);/);
  }
});

test('what cannot be seen is written as an escape, and nothing as something', () => {
  assert.equal(visible('a\u202eb\u0007\ud800\u{e0041}'), 'a\\u202eb\\x07\\ud800\\u{e0041}');
  assert.equal(visible(' a\n\t b\u2028c '), 'a b c');
  assert.equal(visible('\n'), '?');
  assert.equal(visible('锁定 🔒 für'), '锁定 🔒 für');
});

test('long names are cut between characters and broken where their parts join', () => {
  assert.equal(cut('🔒'.repeat(500), 80), `${'🔒'.repeat(79)}…`);
  assert.equal(cut('short', 5), 'short');
  assert.deepEqual(wrap('kvm_riscv_vcpu_sbi_ecall', 20), ['kvm_riscv_vcpu_sbi_', 'ecall']);
  assert.deepEqual(wrap('waits for kvm.lock', 10), ['waits for', 'kvm.lock']);
  assert.deepEqual(wrap('writes power = 0', 15), ['writes', 'power = 0']);
  assert.deepEqual(wrap('x'.repeat(25), 10), ['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]);
});
