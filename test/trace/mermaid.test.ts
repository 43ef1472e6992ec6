import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { foldedPrefix } from '../../src/model/trace/fold.ts';
import { renderSequence, renderWaits } from '../../src/model/trace/mermaid.ts';
import type { Action, Mark, Sequence, SequenceStep } from '../../src/model/trace/sequence.ts';
import { assertGolden } from './golden.ts';
import { anyName } from './hostile.ts';
import { decoded, parseMermaid } from './mermaid-parser.ts';
import { deadlock, longRun, path, race, step } from './sequences.ts';

const long = longRun(20);
const drawings = {
  deadlock: renderSequence(deadlock).text,
  waits: renderWaits(deadlock, 5),
  race: renderSequence(race).text,
  path: renderSequence(path).text,
  folded: renderSequence(long, { isFolded: (i) => i < foldedPrefix(long) }).text,
  window: renderSequence(longRun(9), { from: 5, to: 20 }).text,
};

for (const [name, text] of Object.entries(drawings)) {
  test(`${name}.mmd is what Mermaid reads`, async () => {
    await parseMermaid(text);
    assertGolden(`${name}.mmd`, text);
  });
}

test('nobody waits, nothing is drawn', () => {
  assert.equal(renderWaits(deadlock, 0), '');
  assert.equal(renderWaits(deadlock, 99), '');
});

test('who waits for what nobody holds waits for the thing itself', async () => {
  const waiting = [{ lane: 0, object: 'vm.done', holders: [] }];
  const db = await parseMermaid(renderWaits({ ...deadlock, steps: [step(0, 'wait', 'waits for vm.done', { waiting })] }, 0));
  assert.deepEqual(
    [...db.getVertices().values()].map(({ text }) => decoded(text)),
    ['vCPU 0', 'vm.done'],
  );
});

test('lanes of locks that nothing shown is done to are left out, held ones are not', async () => {
  const names = async (from: number): Promise<string[]> => {
    const db = await parseMermaid(renderSequence(deadlock, { from }).text);
    return [...db.getActors().values()].map(({ description }) => decoded(description));
  };
  assert.deepEqual(await names(0), ['vCPU 0', 'AIA init', 'vcpus[0].mutex', 'kvm.srcu', 'kvm.lock', 'kvm.slots_lock']);
  assert.deepEqual(await names(1), ['vCPU 0', 'AIA init', 'vcpus[0].mutex', 'kvm.srcu', 'kvm.lock', 'kvm.slots_lock']);
  const { lanes, steps } = long;
  const last = await parseMermaid(renderSequence({ ...long, lanes, steps: steps.slice(0, 41) }, { from: 40 }).text);
  assert.deepEqual([...last.getActors().keys()], ['T0', 'T1', 'L0'], 'kvm.mmu_lock was given back');
});

test('the elements of the drawing lead back to their steps, the line of a message each', async () => {
  const { text, messages, notes, folds } = renderSequence(long, { from: 38, isFolded: (i) => i === 42 });
  const db = await parseMermaid(text);
  const parsed = db.getMessages().filter(({ from, message }) => from !== undefined && message !== '');
  const isNote = (one: object): boolean => 'placement' in one;
  assert.equal(notes.length, parsed.filter(isNote).length);
  const lines = parsed.filter((one) => !isNote(one)).flatMap(({ message }) => String(message).split('<br/>'));
  assert.equal(messages.length, lines.length);
  lines.forEach((line, i) => {
    if (line.startsWith('takes')) assert.ok(long.steps[messages[i]!]!.text.startsWith(line));
  });
  assert.deepEqual(notes, [-1, -1, 45]);
  assert.deepEqual(folds, [
    { note: 0, from: 0, to: 38 },
    { note: 1, from: 42, to: 43 },
  ]);
});

test('a fold says who goes on and what they hold then', () => {
  const { text } = renderSequence(deadlock, { from: 4 });
  assert.match(text, /Note over T0,L3: 4 steps: vCPU 0, AIA init<br\/>/);
  assert.match(text.replaceAll('<br/>', ' '), /vCPU 0 holds vcpus\[0\]\.mutex, kvm\.srcu AIA init holds kvm\.lock, kvm\.slots_lock/);
});

test('narrow, texts between neighbours have short lines, and functions of threads are left to the list', () => {
  const { text, messages } = renderSequence(deadlock, { isNarrow: true });
  assert.doesNotMatch(text, /kvm_io_bus_register_dev/);
  assert.match(text, /T0->>L0: takes<br\/>vcpus\[0\]\.mutex|T0->>L0: takes vcpus\[0\]\.mutex/);
  const shorter = text.split('\n').filter((line) => /->>|--?x|-\)/.test(line));
  assert.equal(shorter.flatMap((line) => line.split('<br/>')).length, messages.length);
  const wide = renderSequence(path).text.split(/\n|<br\/>/);
  const narrow = renderSequence(path, { isNarrow: true }).text.split(/\n|<br\/>/);
  assert.ok(narrow.length > wide.length);
});

test('a note over many lanes is no wider than two gaps, so that it pushes none apart', () => {
  const note = deadlock.steps.at(-1)!.note!;
  const written = renderSequence(deadlock)
    .text.split('\n')
    .find((line) => line.startsWith('Note over') && line.includes('CYCLE'))!;
  const lines = written.slice(written.indexOf(': ') + 2).split('<br/>');
  assert.ok(lines.length > 2 && note.length > 88);
  assert.ok(lines.every((line) => line.length <= 44));
});

test('every mark says in words what it is', () => {
  const words: Record<Mark, string> = {
    cycle: 'WAIT-FOR CYCLE',
    race: 'DATA RACE',
    torn: 'TORN READ',
    order: 'ORDER BROKEN',
    broken: 'PROPERTY BROKEN',
    found: 'WHAT COMES OF IT',
  };
  for (const [mark, word] of Object.entries(words)) {
    const { text } = renderSequence({ ...deadlock, steps: [step(0, 'other', 'x', { mark: mark as Mark })] });
    assert.match(text, new RegExp(`\nrect rgba\\([^\n]*\n[^]*\nNote over T0: ${word}\nend\n`));
  }
});

test('marked steps one after the other share what the last says', () => {
  const steps = [step(0, 'wait', 'a', { mark: 'cycle' }), step(1, 'wait', 'b', { mark: 'cycle', note: 'all' })];
  const { text, notes } = renderSequence({ ...deadlock, steps });
  assert.equal(text.match(/rect /g)?.length, 1);
  assert.equal(text.match(/WAIT-FOR CYCLE: all/g)?.length, 1);
  assert.deepEqual(notes, [0, 1, 1]);
  assert.match(renderSequence({ ...deadlock, steps }, { to: 1 }).text, /Note over T0: WAIT-FOR CYCLE\n/);
});

test('a note that begins with the word of its mark has it once', () => {
  const { text } = renderSequence({ ...deadlock, steps: [step(0, 'read', 'reads x', { mark: 'race', note: 'data race on x' })] });
  assert.match(text, /Note over T0: DATA RACE on x\n/);
});

test('who waits waits for somebody', () => {
  const wait = (text: string): string => {
    const waiting = [{ lane: 0, object: 'x', holders: [1] }];
    return renderSequence({ ...deadlock, steps: [step(0, 'wait', text, { waiting })] }).text.replaceAll('<br/>', ' ');
  };
  assert.match(wait('waits for x'), /: waits for x, held by AIA init\n/);
  assert.match(wait('waits for x, held by AIA init'), /: waits for x, held by AIA init\n/);
  assert.match(wait('waits for the readers of x'), /: waits for the readers of x: AIA init\n/);
});

test('a window of 60 steps is far from what Mermaid refuses', () => {
  const text = renderSequence(longRun(500), { from: 400, to: 460 }).text;
  assert.ok(text.length < 10_000, `${text.length} characters`);
});

const actions: Action[] = [
  'acquire',
  'release',
  'enter',
  'leave',
  'synchronize',
  'grace-period',
  'wait',
  'fail',
  'wake',
  'read',
  'call',
  'other',
];
const anyStep: fc.Arbitrary<SequenceStep> = fc.record({
  lane: fc.nat(2),
  to: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
  action: fc.constantFrom(...actions),
  text: anyName,
  functions: fc.array(anyName, { maxLength: 2 }),
  held: fc.array(anyName, { maxLength: 2 }),
  changed: fc.dictionary(anyName, fc.integer(), { maxKeys: 1 }),
  waiting: fc.constant([{ lane: 0, object: 'x', holders: [1] }]),
  mark: fc.option(fc.constantFrom<Mark>('cycle', 'race', 'order'), { nil: undefined }),
  note: fc.option(anyName, { nil: undefined }),
});
const anySequence: fc.Arbitrary<Sequence> = fc.record({
  title: anyName,
  summary: anyName,
  lanes: fc.tuple(
    ...(['thread', 'thread', 'function', 'lock', 'lock', 'lock'] as const).map((kind) =>
      fc.record({ name: anyName, kind: fc.constant(kind), group: anyName }),
    ),
  ),
  steps: fc.array(anyStep, { maxLength: 12 }),
});

test('whatever is folded and however locks are given back, Mermaid reads it', async () => {
  const property = async (sequence: Sequence, from: number, to: number, folded: readonly number[], isNarrow: boolean): Promise<void> => {
    const { text, notes } = renderSequence(sequence, { from, to, isFolded: (i) => folded.includes(i), isNarrow });
    const db = await parseMermaid(text);
    assert.equal(notes.length, db.getMessages().filter((message) => 'placement' in message).length);
    for (const i of sequence.steps.keys()) await parseMermaid(renderWaits(sequence, i));
  };
  const numbers = fc.array(fc.nat(12), { maxLength: 6 });
  await fc.assert(fc.asyncProperty(anySequence, fc.nat(12), fc.nat(13), numbers, fc.boolean(), property), { numRuns: 60 });
});
