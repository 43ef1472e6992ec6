import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { sequenceOf } from '../../src/model/trace/from-path.ts';
import { renderSequence } from '../../src/model/trace/mermaid.ts';
import { grammar } from '../checks/fixture.ts';
import { sampleTree } from '../sample/sample-tree.ts';
import { parseMermaid } from '../trace/mermaid-parser.ts';
import { assertGolden } from './golden.ts';
import { pathsIn } from './program.ts';

test('the sample: a lane for each function in the order they are entered, then locks; the diagram is what Mermaid reads', async () => {
  const reviewer = await createReviewer({ tree: createDiskTree(sampleTree), ...grammar });
  const { paths } = reviewer.paths({ paths: [], target: { function: 'kvm_sbi_ext_hsm_handler' } });
  assert.equal(paths.length, 1);
  const sequence = sequenceOf(paths[0]!);
  assert.equal(sequence.title, 'kvm_sbi_ext_hsm_handler from kvm_vcpu_ioctl');
  assert.deepEqual(
    sequence.lanes.map(({ name, kind }) => `${kind} ${name}`),
    [
      'function kvm_vcpu_ioctl',
      'function kvm_arch_vcpu_ioctl_run',
      'function kvm_vcpu_srcu_read_lock',
      'function kvm_vcpu_srcu_read_unlock',
      'function kvm_riscv_vcpu_exit',
      'function kvm_riscv_vcpu_sbi_ecall',
      'function kvm_sbi_ext_hsm_handler',
      'lock struct kvm_vcpu.mutex',
      'lock struct kvm.srcu',
      'lock struct kvm.lock',
    ],
  );
  assert.deepEqual(
    sequence.steps.flatMap(({ mark, note, action }) => (mark ? [`${mark} ${action}: ${note}`.slice(0, 100)] : [])),
    ['order acquire: kvm->lock is taken outside vcpu->mutex (Documentation/virt/kvm/locking.rst:13); kvm->'],
  );
  const { text } = renderSequence(sequence);
  await parseMermaid(text);
  assertGolden('hsm-sample.mmd', text);
});

test('each kind of step is one of a sequence', async () => {
  const text = `
DEFINE_STATIC_SRCU(domain);
DEFINE_SPINLOCK(lock);
int other(void) { return 0; }
void entry(void)
{
	int idx = srcu_read_lock(&domain);
	srcu_read_unlock(&domain, idx);
	spin_lock(&lock);
	spin_unlock(&lock);
	synchronize_srcu(&domain);
	other();
}
`;
  const { paths } = await pathsIn({ 'f.c': text }, { file: 'f.c', line: 12 });
  const { steps } = sequenceOf(paths[0]!);
  assert.deepEqual(
    steps.map(({ action, to, source }) => `${action} ${to ?? '-'} ${source?.line} ${source?.isOperation}`),
    [
      'other - 5 false',
      'enter 1 7 true',
      'leave 1 8 true',
      'acquire 2 9 true',
      'release 2 10 true',
      'synchronize 1 11 true',
      'other - 12 true',
    ],
  );
});
