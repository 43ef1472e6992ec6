import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SrcuAnnotation } from '../../src/model/lockdep/acquisition.ts';
import { lockdepView, type LockdepView } from '../../src/model/lockdep/lockdep-view.ts';
import { edgesOf, hiddenOf, reportsOf, run } from './acquisitions.ts';

/** The model before the patch; what is asserted is derived by hand in docs/lockdep.md. */
const threads = {
  vcpu: [...vcpu(0), ...vcpu(1)],
  aia: run('aia', 'kvm.lock', 'slots_lock', 'kvm.srcu:srcu:sync'),
  imsic: run('imsic', 'kvm.lock', 'vcpu.mutex@1'),
  create: run('create', 'kvm.lock', 'vcpu.mutex@2'),
};

function vcpu(id: number) {
  return run(`vcpu${id}`, `vcpu.mutex@${id}`, 'kvm.srcu:srcu:read', 'kvm.lock');
}

function view(srcu: SrcuAnnotation, ...names: readonly (keyof typeof threads)[]): LockdepView {
  return lockdepView(
    names.flatMap((name) => threads[name]),
    srcu,
  );
}

const readerHidden = ['vcpu.mutex -> kvm.srcu: reader-unchecked', 'kvm.srcu -> kvm.lock: reader-unchecked'];

test('vCPUs alone: before, the reader is passed over; after, it stands between', () => {
  const before = view('before', 'vcpu');
  assert.deepEqual(edgesOf(before), ['vcpu.mutex -EN-> kvm.lock']);
  assert.deepEqual(reportsOf(before), []);
  assert.deepEqual(hiddenOf(before), readerHidden);
  const after = view('after', 'vcpu');
  assert.deepEqual(edgesOf(after), ['vcpu.mutex -ER-> kvm.srcu', 'kvm.srcu -SN-> kvm.lock']);
  assert.deepEqual(reportsOf(after), []);
  assert.deepEqual(hiddenOf(after), ['vcpu.mutex -> kvm.lock: nearer-lock kvm.srcu']);
});

test('AIA: seen after the commit, not before it', () => {
  const before = view('before', 'vcpu', 'aia');
  assert.deepEqual(edgesOf(before), ['vcpu.mutex -EN-> kvm.lock', 'kvm.lock -EN-> slots_lock']);
  assert.deepEqual(reportsOf(before), []);
  assert.deepEqual(hiddenOf(before), [
    'vcpu.mutex -> kvm.srcu: reader-unchecked',
    'kvm.srcu -> kvm.lock: reader-unchecked, closes kvm.lock kvm.srcu',
    'kvm.lock -> kvm.srcu: sync-not-annotated, closes kvm.srcu kvm.lock',
    'slots_lock -> kvm.srcu: sync-not-annotated, closes kvm.srcu kvm.lock slots_lock',
  ]);
  const after = view('after', 'vcpu', 'aia');
  assert.deepEqual(edgesOf(after), [
    'vcpu.mutex -ER-> kvm.srcu',
    'kvm.srcu -SN-> kvm.lock',
    'kvm.lock -EN-> slots_lock',
    'slots_lock -EN-> kvm.srcu',
  ]);
  assert.deepEqual(reportsOf(after), ['circular kvm.srcu kvm.lock slots_lock']);
  assert.deepEqual(hiddenOf(after), ['vcpu.mutex -> kvm.lock: nearer-lock kvm.srcu']);
  assert.deepEqual(reportsOf(view('after', 'aia', 'vcpu')), ['circular kvm.lock slots_lock kvm.srcu']);
});

test('IMSIC: seen before the commit, not after it', () => {
  const before = view('before', 'vcpu', 'imsic');
  assert.deepEqual(edgesOf(before), ['vcpu.mutex -EN-> kvm.lock', 'kvm.lock -EN-> vcpu.mutex']);
  assert.deepEqual(reportsOf(before), ['circular vcpu.mutex kvm.lock']);
  assert.deepEqual(before.reports[0]?.disjoint, []);
  assert.deepEqual(hiddenOf(before), readerHidden);
  for (const order of [['vcpu', 'imsic'] as const, ['imsic', 'vcpu'] as const]) {
    const after = view('after', ...order);
    assert.deepEqual(reportsOf(after), []);
    assert.deepEqual(hiddenOf(after), ['vcpu.mutex -> kvm.lock: nearer-lock kvm.srcu, closes kvm.lock vcpu.mutex']);
    assert.deepEqual(after.hidden[0]?.disjoint, []);
  }
});

test('create: a circle of classes before the commit that no two instances can close, hidden after it', () => {
  const before = view('before', 'vcpu', 'create');
  assert.deepEqual(reportsOf(before), ['circular vcpu.mutex kvm.lock']);
  assert.deepEqual(before.reports[0]?.disjoint, ['vcpu.mutex']);
  assert.deepEqual(hiddenOf(before), readerHidden);
  const after = view('after', 'vcpu', 'create');
  assert.deepEqual(reportsOf(after), []);
  assert.deepEqual(hiddenOf(after), ['vcpu.mutex -> kvm.lock: nearer-lock kvm.srcu, closes kvm.lock vcpu.mutex']);
  assert.deepEqual(after.hidden[0]?.disjoint, ['vcpu.mutex']);
});

test('all threads: each annotation reports one circle and hides the other', () => {
  assert.deepEqual(reportsOf(view('before', 'vcpu', 'aia', 'imsic', 'create')), ['circular vcpu.mutex kvm.lock']);
  assert.deepEqual(reportsOf(view('after', 'vcpu', 'aia', 'imsic', 'create')), ['circular kvm.srcu kvm.lock slots_lock']);
});

test('after the commit, create or IMSIC before AIA before a vCPU hides even the circle of AIA', () => {
  for (const first of ['create', 'imsic'] as const) {
    const after = view('after', first, 'aia', 'vcpu');
    assert.deepEqual(reportsOf(after), []);
    assert.deepEqual(hiddenOf(after), [
      'vcpu.mutex -> kvm.lock: nearer-lock kvm.srcu, closes kvm.lock vcpu.mutex',
      'kvm.srcu -> kvm.lock: search-order kvm.srcu, closes kvm.lock slots_lock kvm.srcu',
    ]);
    assert.deepEqual(reportsOf(view('after', 'aia', first, 'vcpu')), ['circular kvm.lock slots_lock kvm.srcu']);
    assert.deepEqual(reportsOf(view('after', first, 'vcpu', 'aia')), ['circular kvm.srcu kvm.lock slots_lock']);
  }
});
