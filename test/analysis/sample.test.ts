import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, test } from 'node:test';
import { guardsOf, type Access } from '../../src/model/analysis/accesses.ts';
import { treeOf } from '../checks/fixture.ts';
import { applyPatch, copySample, readTree, samplePatches } from '../sample/sample-tree.ts';
import { analyzeTree, guardOf, lineOf, type Analyzed } from './program.ts';

const state = 'struct kvm_vcpu_arch.mp_state';
const powerOff = 'struct kvm_vcpu_arch.power_off';
const context = 'struct kvm_vcpu_arch.guest_reset_context';
const stateLock = 'struct kvm_vcpu_arch.mp_state_lock';
const contextLock = 'struct kvm_vcpu_arch.reset_cntx_lock';

const tree = copySample();
after(() => {
  rmSync(tree, { recursive: true, force: true });
});
const analyze = (): Analyzed => analyzeTree(treeOf(readTree(tree)), 'arch', 'virt');
const before = analyze();
applyPatch(tree, samplePatches[0]!);
const patched = analyze();
applyPatch(tree, samplePatches[1]!);
const guarded = analyze();

function accessesTo({ accesses }: Analyzed, ...places: string[]): readonly Access[] {
  return accesses({ places }).accesses;
}

function linesTo(analyzed: Analyzed, place: string, name: string): string[] {
  return accessesTo(analyzed, place)
    .filter((access) => access.function === name)
    .map(lineOf);
}

test('before: HART_START holds kvm->lock, and a vcpu->mutex that is its own', () => {
  assert.deepEqual(linesTo(before, powerOff, 'kvm_sbi_hsm_vcpu_start'), [
    'kvm_sbi_hsm_vcpu_start: read target->arch.power_off [struct kvm.lock] other: struct kvm_vcpu.mutex in: struct kvm.srcu',
  ]);
  assert.deepEqual(linesTo(before, powerOff, 'sbi_srst_handler'), [
    'sbi_srst_handler: write tmp->arch.power_off [] other: struct kvm_vcpu.mutex in: struct kvm.srcu',
  ]);
  assert.deepEqual(linesTo(before, powerOff, 'kvm_sbi_hsm_vcpu_stop'), [
    'kvm_sbi_hsm_vcpu_stop: read vcpu->arch.power_off [struct kvm_vcpu.mutex] in: struct kvm.srcu',
  ]);
  assert.deepEqual(guardOf(guardsOf(accessesTo(before, powerOff)), powerOff).writers, []);
});

test('patched: what writes mp_state holds the mp_state_lock of its vCPU, and all of it is marked', () => {
  const accesses = accessesTo(patched, state);
  const writes = accesses.filter(({ kind }) => kind === 'write');
  assert.deepEqual(
    [...new Set(writes.map((access) => access.function))],
    ['__kvm_riscv_vcpu_power_off', '__kvm_riscv_vcpu_power_on', 'sbi_srst_handler'],
  );
  assert.ok(accesses.every(({ isMarked }) => isMarked));
  const guard = guardOf(guardsOf(accesses), state);
  assert.deepEqual(guard.writers, [stateLock]);
  // Those that only look use READ_ONCE() and no lock.
  assert.deepEqual(guard.all, []);
});

test('the reset context: its writers have one lock, then another, and its reader none of them until the second patch', () => {
  const [first, second, third] = [before, patched, guarded].map((version) => guardOf(guardsOf(accessesTo(version, context)), context));
  assert.deepEqual([first!.writers, first!.readers, first!.all], [['struct kvm.lock'], ['struct kvm_vcpu.mutex'], []]);
  assert.deepEqual([second!.writers, second!.readers, second!.all], [[stateLock], ['struct kvm_vcpu.mutex'], []]);
  assert.deepEqual(
    [third!.writers, third!.readers, third!.all],
    [[stateLock, contextLock], ['struct kvm_vcpu.mutex', contextLock], [contextLock]],
  );
});

test('the reader reaches no lock before, and its ways in are known all the same', () => {
  assert.ok(before.functions('kvm_riscv_reset_vcpu').every((fn) => !before.analysis.summaries.reaches(fn)));
  const reads = accessesTo(before, context).filter((access) => access.kind === 'read');
  assert.deepEqual(
    reads.map((access) => access.fields.join()),
    ['sepc', 'a0', 'a1'],
  );
  assert.deepEqual(reads[0]!.chain, ['kvm_vcpu_ioctl', 'kvm_arch_vcpu_ioctl_run', 'kvm_riscv_check_vcpu_requests', 'kvm_riscv_reset_vcpu']);
});

test('setting up a vCPU that nobody can reach does not count', () => {
  for (const version of [before, patched, guarded]) {
    const created = accessesTo(version, context).filter((access) => access.function === 'kvm_arch_vcpu_create');
    assert.deepEqual(
      created.map(({ isPrivate }) => isPrivate),
      [true],
    );
  }
});

test('contracts: the power functions lock, those with underscores expect the lock', () => {
  const contracts = (version: Analyzed, name: string) => version.contracts(version.functions(name))[0]!;
  assert.deepEqual(contracts(before, 'kvm_riscv_vcpu_power_off').takes, []);
  assert.deepEqual(contracts(patched, 'kvm_riscv_vcpu_power_off').takes, [stateLock]);
  assert.deepEqual(contracts(patched, '__kvm_riscv_vcpu_power_off').takes, []);
  assert.deepEqual(contracts(patched, '__kvm_riscv_vcpu_power_off').held, [stateLock]);
  assert.deepEqual(contracts(before, 'kvm_sbi_hsm_vcpu_start').held, ['struct kvm.lock', 'struct kvm.srcu', 'struct kvm_vcpu.mutex']);
  assert.deepEqual(contracts(patched, 'kvm_sbi_hsm_vcpu_start').held, ['struct kvm.srcu', 'struct kvm_vcpu.mutex']);
});
