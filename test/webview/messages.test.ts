import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FromPage, ToPage } from '../../src/protocol/diagram.ts';
import { readFromPage, readToPage, readView } from '../../src/protocol/diagram-messages.ts';
import { samples } from '../../webview/sample/samples.ts';

test('every view is read as it was sent', () => {
  for (const [name, sample] of Object.entries(samples)) {
    const view = JSON.parse(JSON.stringify(sample()));
    const message: ToPage = { type: 'show', view, hasDetails: true, selected: { column: 0, step: 1 } };
    assert.deepEqual(readToPage(message), message, name);
    assert.deepEqual(readView(message.view), message.view, name);
  }
});

test('every message of a page is read as it was sent', () => {
  const messages: FromPage[] = [
    { type: 'ready' },
    { type: 'select', column: 1, step: 2 },
    { type: 'open', column: 0, step: 0, where: 'model' },
    { type: 'copy', what: 'text', column: 0 },
    { type: 'save', format: 'svg', column: 0, text: '<svg/>' },
    { type: 'save', format: 'png', column: 0, base64: 'iVBORw==' },
    { type: 'what-if', column: 0, step: 3, move: 1 },
    { type: 'compare' },
    { type: 'painted', steps: 7, milliseconds: 12.5 },
  ];
  for (const message of messages) assert.deepEqual(readFromPage(message), message);
});

test('what is no message is none', () => {
  const wrong: unknown[] = [
    undefined,
    null,
    'ready',
    [],
    {},
    { type: 'run' },
    { type: 'select', column: 0 },
    { type: 'select', column: 0, step: 1.5 },
    { type: 'select', column: -1, step: 0 },
    { type: 'open', column: 0, step: 0, where: '/etc/passwd' },
    { type: 'copy', what: 'file', column: 0 },
    { type: 'save', format: 'svg', column: 0, base64: 'AAAA' },
    { type: 'save', format: 'png', column: 0, base64: 'not base64' },
    { type: 'painted', steps: 1, milliseconds: NaN },
  ];
  for (const message of wrong) assert.equal(readFromPage(message), undefined, JSON.stringify(message));
});

test('what it takes to go on from a run is read as it was sent', () => {
  const view = samples['deadlock']!();
  assert.ok(view.kind === 'trace');
  const schedule = { digest: '0f', properties: ['deadlock', 'race'] as const, initial: 0, moves: [1], before: [0] };
  const kept = { ...view, column: { ...view.column, rerun: { params: { model: { name: 'before' }, limits: {} }, schedule } } };
  assert.deepEqual(readView(kept), kept);
});

test('what a message has besides is left out', () => {
  assert.deepEqual(readFromPage({ type: 'compare', path: '../..' }), { type: 'compare' });
});

test('a sequence whose steps name lanes that are not there is none', () => {
  const view = samples['deadlock']!();
  assert.ok(view.kind === 'trace');
  const { sequence } = view.column;
  const step = sequence.steps[0]!;
  for (const wrong of [
    { ...step, lane: 9 },
    { ...step, to: 9 },
    { ...step, waiting: [{ lane: 0, object: '', holders: [9] }] },
  ])
    assert.equal(readView({ ...view, column: { ...view.column, sequence: { ...sequence, steps: [wrong] } } }), undefined);
  const waiting = [{ lane: 9, object: '', holders: [] }];
  assert.equal(readView({ ...view, column: { ...view.column, sequence: { ...sequence, waiting } } }), undefined);
});
