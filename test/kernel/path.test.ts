import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import type { LockPath, PathTarget } from '../../src/model/path/lock-path.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import type { PathsResult } from '../../src/model/reviewer-api.ts';
import { sequenceOf } from '../../src/model/trace/from-path.ts';
import { renderSequence } from '../../src/model/trace/mermaid.ts';
import { grammar } from '../checks/fixture.ts';
import { assertGolden } from '../path/golden.ts';
import { waysOf } from '../path/program.ts';
import { parseMermaid } from '../trace/mermaid-parser.ts';

const kernels = process.env['LOCKSTEP_KERNELS'];
const handler = 'arch/riscv/kvm/vcpu_sbi_hsm.c';

if (kernels === undefined) console.log('skipped: kernel tests need LOCKSTEP_KERNELS, the folder of linux-source-6.1 and linux-source-6.12');
else {
  test('6.1: the way to HART_START, step by step', async () => {
    const { paths, isCut, problems } = await pathsTo('6.1', { function: 'kvm_sbi_ext_hsm_handler' });
    assert.deepEqual([isCut, problems], [false, []]);
    assert.deepEqual(placesOf(paths[0]!), [
      'virt/kvm/kvm_main.c:3864 kvm_vcpu_ioctl: entered (kvm_vcpu_fops.unlocked_ioctl)',
      'virt/kvm/kvm_main.c:4100 kvm_vcpu_ioctl: takes struct kvm_vcpu.mutex',
      'virt/kvm/kvm_main.c:4124 kvm_vcpu_ioctl: calls kvm_arch_vcpu_ioctl_run',
      'arch/riscv/kvm/vcpu.c:984 kvm_arch_vcpu_ioctl_run: calls kvm_vcpu_srcu_read_lock',
      'include/linux/kvm_host.h:856 kvm_vcpu_srcu_read_lock: enters the read side of struct kvm.srcu',
      'arch/riscv/kvm/vcpu.c:1039 kvm_arch_vcpu_ioctl_run: calls kvm_vcpu_srcu_read_unlock',
      'include/linux/kvm_host.h:861 kvm_vcpu_srcu_read_unlock: leaves the read side of struct kvm.srcu',
      'arch/riscv/kvm/vcpu.c:1111 kvm_arch_vcpu_ioctl_run: calls kvm_vcpu_srcu_read_lock',
      'include/linux/kvm_host.h:856 kvm_vcpu_srcu_read_lock: enters the read side of struct kvm.srcu',
      'arch/riscv/kvm/vcpu.c:1113 kvm_arch_vcpu_ioctl_run: calls kvm_riscv_vcpu_exit',
      'arch/riscv/kvm/vcpu_exit.c:194 kvm_riscv_vcpu_exit: calls kvm_riscv_vcpu_sbi_ecall',
      'arch/riscv/kvm/vcpu_sbi.c:142 kvm_riscv_vcpu_sbi_ecall: calls kvm_sbi_ext_hsm_handler (one of 8) (struct kvm_vcpu_sbi_extension.handler)',
      'arch/riscv/kvm/vcpu_sbi_hsm.c:82 kvm_sbi_ext_hsm_handler: takes struct kvm.lock',
    ]);
    const last = paths[0]!.steps.at(-1)!;
    assert.deepEqual(
      last.held.map(({ lockClass }) => lockClass),
      ['struct kvm_vcpu.mutex', 'struct kvm.srcu', 'struct kvm.lock'],
    );
    assert.deepEqual(
      last.breaks.map(({ file, line }) => `${file}:${line}`),
      ['Documentation/virt/kvm/locking.rst:12'],
    );
    assert.deepEqual(
      paths.map((path) => path.steps.filter(({ breaks }) => breaks.length > 0).length),
      [1, 1],
    );
    assert.equal(waysOf({ paths })[1]!.split(' ')[0], 'kvm_vcpu_compat_ioctl');
  });

  test('6.1: to the function that starts, which is called with the lock held; to the line that takes it', async () => {
    const start = await pathsTo('6.1', { function: 'kvm_sbi_hsm_vcpu_start' });
    assert.deepEqual(placesOf(start.paths[0]!).slice(-2), [
      'arch/riscv/kvm/vcpu_sbi_hsm.c:82 kvm_sbi_ext_hsm_handler: takes struct kvm.lock',
      'arch/riscv/kvm/vcpu_sbi_hsm.c:83 kvm_sbi_ext_hsm_handler: calls kvm_sbi_hsm_vcpu_start',
    ]);
    const line = await pathsTo('6.1', { file: handler, line: 82 });
    const whole = await pathsTo('6.1', { function: 'kvm_sbi_ext_hsm_handler' });
    assert.deepEqual(line.paths, whole.paths);
  });

  test('6.12: locks of the vCPU alone, and no order is broken', async () => {
    const { paths } = await pathsTo('6.12', { function: 'kvm_sbi_hsm_vcpu_start' });
    assert.deepEqual(placesOf(paths[0]!).slice(-3), [
      'arch/riscv/kvm/vcpu_sbi_hsm.c:100 kvm_sbi_ext_hsm_handler: calls kvm_sbi_hsm_vcpu_start',
      'arch/riscv/kvm/vcpu_sbi_hsm.c:28 kvm_sbi_hsm_vcpu_start: takes struct kvm_vcpu_arch.mp_state_lock',
      'arch/riscv/kvm/vcpu_sbi_hsm.c:35 kvm_sbi_hsm_vcpu_start: takes struct kvm_vcpu_arch.reset_cntx_lock',
    ]);
    assert.ok(paths.every(({ steps }) => steps.every(({ breaks, lock }) => breaks.length === 0 && lock?.lockClass !== 'struct kvm.lock')));
  });

  for (const [version, name] of [
    ['6.1', 'kvm_sbi_ext_hsm_handler'],
    ['6.12', 'kvm_sbi_hsm_vcpu_start'],
  ] as const) {
    test(`${version}: the diagram is what Mermaid reads`, async () => {
      const { paths } = await pathsTo(version, { function: name });
      const { text } = renderSequence(sequenceOf(withoutSentences(paths[0]!)));
      await parseMermaid(text);
      assertGolden(`hsm-${version}.mmd`, text);
    });
  }

  test('x86 KVM: functions that many call, in time', async () => {
    const reviewer = await reviewerOf('6.12');
    const paths = ['arch/x86/kvm', 'virt/kvm'];
    // Reads and analyzes; what comes after is about paths alone.
    reviewer.paths({ paths, target: { function: 'kvm_vm_ioctl_set_msr_filter' } });
    for (const name of ['kvm_read_guest', '__kvm_mmu_topup_memory_cache', 'kvm_make_all_cpus_request']) {
      const started = performance.now();
      const found = reviewer.paths({ paths, target: { function: name } });
      assert.equal(found.isCut, true);
      assert.equal(found.paths.length, 20);
      assert.ok(performance.now() - started < 30_000, name);
    }
  });
}

async function pathsTo(version: string, target: PathTarget): Promise<PathsResult> {
  return (await reviewerOf(version)).paths({ paths: [handler], target });
}

function reviewerOf(version: string): ReturnType<typeof createReviewer> {
  return createReviewer({ tree: createDiskTree(join(kernels!, `linux-source-${version}`)), ...grammar });
}

/** Sentences of the kernel stay where they are; names and lines are facts. */
function withoutSentences(path: LockPath): LockPath {
  return { ...path, steps: path.steps.map((step) => ({ ...step, breaks: step.breaks.map((order) => ({ ...order, text: 'the order' })) })) };
}

/** `file:line function: text (pointer)`. */
function placesOf({ steps, functions }: LockPath): string[] {
  return steps.map(
    ({ at, function: fn, text, via }) => `${at.file}:${at.line} ${functions[fn]!.name}: ${text}${via === undefined ? '' : ` (${via})`}`,
  );
}
