import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readComments } from '../../src/model/orders/comment.ts';
import { readDocument } from '../../src/model/orders/document.ts';
import type { Rule } from '../../src/model/orders/rule.ts';

const kernels = process.env['LOCKSTEP_KERNELS'];
const show = (rules: readonly Rule[]) =>
  rules.map(({ line, outer, inner, innerMode }) => `${line}: ${outer} > ${inner}${innerMode ? ` (${innerMode})` : ''}`);

const expected = {
  '6.1': {
    document: [
      '12: kvm->lock > vcpu->mutex',
      '14: kvm->lock > kvm->slots_lock',
      '14: kvm->lock > kvm->irq_lock',
      '16: kvm->slots_lock > kvm->irq_lock',
      '20: kvm->slots_lock > kvm->srcu (shared)',
      '32: vcpu->mutex > kvm->arch.hyperv.hv_lock',
      '34: kvm->arch.mmu_lock > kvm->arch.tdp_mmu_pages_lock',
      '34: kvm->arch.mmu_lock > kvm->arch.mmu_unsync_pages_lock',
    ],
    source: ['99: kvm->lock > kvm->slots_lock', '99: kvm->lock > kvm->irq_lock', '99: kvm->slots_lock > kvm->irq_lock'],
  },
  '6.12': {
    document: [
      '12: cpus_read_lock() > kvm_lock',
      '14: kvm_usage_lock > cpus_read_lock()',
      '16: kvm->lock > vcpu->mutex',
      '18: kvm->lock > kvm->slots_lock',
      '18: kvm->lock > kvm->irq_lock',
      '20: kvm->slots_lock > kvm->irq_lock',
      '39: kvm->lock > kvm->srcu (shared)',
      '39: vcpu->mutex > kvm->srcu (shared)',
      '39: kvm->slots_lock > kvm->srcu (shared)',
      '53: vcpu->mutex > kvm->arch.hyperv.hv_lock',
      '53: vcpu->mutex > kvm->arch.xen.xen_lock',
    ],
    source: [
      '100: kvm->lock > kvm->slots_lock',
      '100: kvm->lock > kvm->irq_lock',
      '100: kvm->slots_lock > kvm->irq_lock',
      '4302: kvm->lock > vcpu->mutex',
    ],
  },
};

if (kernels === undefined) console.log('kernel orders: skipped, LOCKSTEP_KERNELS names no folder');
else {
  for (const [version, { document, source }] of Object.entries(expected)) {
    const read = (path: string) => readFileSync(join(kernels, `linux-source-${version}`, path), 'utf8');
    test(`${version}: locking.rst of KVM`, () => {
      const { rules, problems } = readDocument('locking.rst', read('Documentation/virt/kvm/locking.rst'));
      assert.deepEqual(show(rules), document);
      assert.deepEqual(problems, []);
    });
    test(`${version}: comments of kvm_main.c and of filemap.c`, () => {
      assert.deepEqual(show(readComments('kvm_main.c', read('virt/kvm/kvm_main.c'))), source);
      const mm = readComments('filemap.c', read('mm/filemap.c'));
      assert.ok(mm.some(({ outer, inner }) => outer === 'i_rwsem' && inner === 'i_mmap_rwsem'));
    });
  }
}
