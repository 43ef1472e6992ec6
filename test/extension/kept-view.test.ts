import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWithin, restoreView } from '../../src/extension/kept-view.ts';
import type { DiagramView } from '../../src/protocol/diagram.ts';
import { samples } from '../../webview/sample/samples.ts';

const limits = { memory: 512 };
const home = { scheme: 'file', authority: '', path: '/home/me/linux' };

test('what was shown comes back, at the same step', () => {
  for (const [name, sample] of Object.entries(samples)) {
    const view: DiagramView = JSON.parse(JSON.stringify(sample()));
    const restored = restoreView({ view, selected: { column: 0, step: 1 }, zoom: 2 }, () => true, limits);
    assert.deepEqual(withoutLimits(restored?.view), withoutLimits(view), name);
    assert.deepEqual(restored?.selected, { column: 0, step: 1 }, name);
  }
});

test('places and models elsewhere are left out, and limits are never those that were kept', () => {
  const view = trace({ uri: 'file:///home/me/linux/a.model.ts' });
  const asked: string[] = [];
  const restored = restoreView({ view }, (uri) => asked.push(uri) > 0 && uri.startsWith('file:///home/me/linux/'), limits);
  assert.ok(restored?.view.kind === 'trace');
  const { sequence, rerun } = restored.view.column;
  assert.deepEqual(sequence.steps[0]?.source, { path: 'shadow', line: 1, isOperation: true });
  assert.deepEqual(rerun?.params, { model: { uri: 'file:///home/me/linux/a.model.ts' }, limits });
  assert.deepEqual(asked.sort(), ['file:///etc/passwd', 'file:///etc/shadow', 'file:///home/me/linux/a.model.ts']);
  const elsewhere = restoreView({ view: trace({ uri: 'file:///etc/a.model.ts' }) }, () => false, limits);
  assert.ok(elsewhere?.view.kind === 'trace');
  assert.equal(elsewhere.view.column.rerun, undefined);
  const shipped = restoreView({ view: trace({ name: 'before' }) }, () => false, limits);
  assert.ok(shipped?.view.kind === 'trace');
  assert.deepEqual(shipped.view.column.rerun?.params, { model: { name: 'before' }, limits });
});

test('a step that is not there is not selected', () => {
  const view = samples['deadlock']!();
  const wrong = [
    undefined,
    null,
    {},
    { column: 1, step: 0 },
    { column: 0, step: 9999 },
    { column: 0, step: -1 },
    { column: '__proto__', step: 0 },
  ];
  for (const selected of wrong) assert.equal(restoreView({ view, selected }, () => true, limits)?.selected, undefined);
});

test('what is no view is none', () => {
  for (const state of [undefined, null, 'view', {}, { view: {} }, { view: { kind: 'path', title: '', paths: [], isCut: false } }])
    assert.equal(
      restoreView(state, () => true, limits),
      undefined,
    );
});

test('a file is in a folder by its path, whatever the way there', () => {
  const within = ['/home/me/linux/virt/kvm/kvm_main.c', '/home/me/linux/a/../b.c', '/home/me/linux//b.c'];
  const outside = ['/home/me/linux', '/home/me/linux2/a.c', '/home/me/linux/../.ssh/id_rsa', '/home/me/linux/a/../../x', '/etc/passwd', ''];
  for (const path of within) assert.ok(isWithin({ ...home, path }, [home]), path);
  for (const path of outside) assert.ok(!isWithin({ ...home, path }, [home]), path);
  const file = '/home/me/linux/a.c';
  assert.ok(
    isWithin({ ...home, path: file }, [
      { ...home, path: '/etc' },
      { ...home, path: '/' },
    ]),
  );
  assert.ok(!isWithin({ ...home, authority: 'server', path: file }, [home]));
  for (const scheme of ['http', 'vscode', 'command', 'untitled']) assert.ok(!isWithin({ ...home, scheme, path: file }, [home]), scheme);
  assert.ok(!isWithin({ ...home, path: file }, []));
});

/** A run of the model with a place and a file beside it that nobody opened. */
function trace(model: { uri: string } | { name: string }): DiagramView {
  const view = samples['deadlock']!();
  assert.ok(view.kind === 'trace');
  const { sequence } = view.column;
  const source = { uri: 'file:///etc/shadow', path: 'shadow', line: 1, isOperation: true };
  const params = { model, near: 'file:///etc/passwd', limits: { states: 1e12, memory: 1e9 } };
  const rerun = { params, schedule: { initial: 0, moves: [], before: [] } };
  const { model: _, ...step } = sequence.steps[0]!;
  return { ...view, column: { ...view.column, sequence: { ...sequence, steps: [{ ...step, source }] }, rerun } };
}

function withoutLimits(view: DiagramView | undefined): unknown {
  return JSON.parse(JSON.stringify(view, (key: string, value: unknown) => (key === 'limits' ? undefined : value)));
}
