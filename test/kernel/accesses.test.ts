import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { guardsOf } from '../../src/model/analysis/accesses.ts';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { analyzeTree, guardOf, type Analyzed } from '../analysis/program.ts';

const kernels = process.env['LOCKSTEP_KERNELS'];
const context = 'struct kvm_vcpu_arch.guest_reset_context';

if (kernels === undefined) console.log('skipped: kernel tests need LOCKSTEP_KERNELS, the folder of linux-source-6.1 and linux-source-6.12');
else {
  const analyze = (version: string): Analyzed =>
    analyzeTree(createDiskTree(join(kernels, `linux-source-${version}`)), 'arch/riscv/kvm', 'virt/kvm');

  test('6.1: the reset context is written under kvm->lock, and read without', () => {
    const { accesses, cut } = analyze('6.1').accesses({ places: [context] });
    assert.deepEqual(cut, []);
    const guard = guardOf(guardsOf(accesses), context);
    assert.deepEqual([guard.writers, guard.readers, guard.all], [['struct kvm.lock'], ['struct kvm_vcpu.mutex'], []]);
    assert.deepEqual(
      accesses.filter(({ isPrivate }) => !isPrivate).map((access) => `${access.function} ${access.kind} ${access.fields.join('.')}`),
      [
        'kvm_riscv_reset_vcpu read ',
        'kvm_sbi_hsm_vcpu_start write sepc',
        'kvm_sbi_hsm_vcpu_start write a0',
        'kvm_sbi_hsm_vcpu_start write a1',
      ],
    );
  });

  test('6.12: reset_cntx_lock is held by who writes and by who reads', () => {
    const { accesses, cut } = analyze('6.12').accesses({ places: [context, 'struct kvm_vcpu_arch.mp_state'] });
    assert.deepEqual(cut, []);
    const guards = guardsOf(accesses);
    assert.deepEqual(guardOf(guards, context).all, ['struct kvm_vcpu_arch.reset_cntx_lock']);
    assert.deepEqual(guardOf(guards, 'struct kvm_vcpu_arch.mp_state').writers, ['struct kvm_vcpu_arch.mp_state_lock']);
  });

  test('every function of arch/riscv/kvm: no exception, and in a second', () => {
    for (const version of ['6.1', '6.12']) {
      const analyzed = analyze(version);
      const start = performance.now();
      const { accesses } = analyzed.accesses({ functions: analyzed.analysis.program.functions });
      const took = performance.now() - start;
      console.log(`${version}: ${accesses.length} accesses in ${Math.round(took)} ms`);
      assert.ok(accesses.length > 1000);
      assert.ok(took < 5000);
    }
  });
}
