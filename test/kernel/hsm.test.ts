import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import type { Finding } from '../../src/model/checks/finding.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import type { CheckResult } from '../../src/model/reviewer-api.ts';
import type { Tree } from '../../src/model/source/tree.ts';
import { grammar } from '../checks/fixture.ts';

const kernels = process.env['LOCKSTEP_KERNELS'];
const handler = 'arch/riscv/kvm/vcpu_sbi_hsm.c';

if (kernels === undefined) console.log('skipped: kernel tests need LOCKSTEP_KERNELS, the folder of linux-source-6.1 and linux-source-6.12');
else {
  test('6.1: HART_START takes kvm->lock inside vcpu->mutex and kvm->srcu', async () => {
    const { findings } = await check(kernelTree('6.1'));
    const found = findings.filter((f) => f.at.file === handler);
    assert.equal(found.length, 1);
    const [finding] = found as [Finding];
    assert.equal(finding.check, 'documented-order');
    assert.equal(finding.at.line, 82);
    assert.equal(finding.function, 'kvm_sbi_ext_hsm_handler');
    assert.equal(finding.acquires, 'struct kvm.lock');
    assert.deepEqual(finding.held, ['struct kvm_vcpu.mutex', 'struct kvm.srcu']);
    assert.equal(finding.confidence, 'high');
    assert.deepEqual(finding.order, {
      file: 'Documentation/virt/kvm/locking.rst',
      line: 12,
      text: 'kvm->lock is taken outside vcpu->mutex',
    });
    assert.deepEqual(way(finding, 0), [
      'virt/kvm/kvm_main.c:3864 kvm_vcpu_ioctl (kvm_vcpu_fops.unlocked_ioctl)',
      'virt/kvm/kvm_main.c:4100 kvm_vcpu_ioctl',
      'virt/kvm/kvm_main.c:4124 kvm_vcpu_ioctl',
      'arch/riscv/kvm/vcpu.c:1111 kvm_arch_vcpu_ioctl_run',
      'include/linux/kvm_host.h:856 kvm_vcpu_srcu_read_lock',
      'arch/riscv/kvm/vcpu.c:1113 kvm_arch_vcpu_ioctl_run',
      'arch/riscv/kvm/vcpu_exit.c:194 kvm_riscv_vcpu_exit',
      'arch/riscv/kvm/vcpu_sbi.c:142 kvm_riscv_vcpu_sbi_ecall (struct kvm_vcpu_sbi_extension.handler)',
      'arch/riscv/kvm/vcpu_sbi_hsm.c:82 kvm_sbi_ext_hsm_handler',
    ]);
  });

  test('6.12: the patch is in, nothing is found', async () => {
    const { findings } = await check(kernelTree('6.12'));
    assert.deepEqual(
      findings.filter((f) => f.severity !== 'information').map((f) => f.message),
      [],
    );
  });

  test('6.12 with kvm->lock put back: order, cycle and grace period', async () => {
    const { findings } = await check(withLockPutBack(kernelTree('6.12')));
    const place = (f: Finding): boolean => f.at.file === handler && f.acquires === 'struct kvm.lock';
    const orders = findings.filter((f) => f.check === 'documented-order').filter(place);
    assert.deepEqual(orders.map((f) => f.order?.line).sort(), [16, 39]);

    const cycle = only(findings.filter((f) => f.check === 'lock-order-cycle'));
    assert.ok(place(cycle));
    assert.equal(cycle.severity, 'error');
    assert.equal(cycle.witnesses.length, 2);
    // The other direction runs through AIA, not through the vCPU that nobody can reach yet.
    assert.match(way(cycle, 1).join('\n'), /aia_set_attr[\s\S]*aia_imsic\.c:898/);
    assert.doesNotMatch(way(cycle, 1).join('\n'), /create_vcpu/);

    const wait = only(findings.filter((f) => f.check === 'sync-deadlock'));
    assert.ok(place(wait));
    const waiting = way(wait, 1).join('\n');
    assert.match(
      waiting,
      /4760 kvm_device_ioctl_attr \(struct kvm_device_ops\.set_attr\)[\s\S]*aia_device\.c:363[\s\S]*aia_aplic\.c:602[\s\S]*kvm_main\.c:6025 kvm_io_bus_register_dev$/,
    );
    assert.match(wait.witnesses[1]!.at(-1)!.text, /synchronize_srcu_expedited waits for the readers of struct kvm\.srcu/);
  });

  test('a file opened alone gets the finding: its module is read with it', async () => {
    const reviewer = await createReviewer({ tree: kernelTree('6.1'), ...grammar });
    const { findings } = reviewer.check({ paths: [handler], scope: 'module' });
    assert.deepEqual(
      findings.map((f) => `${f.at.line} ${f.check}`),
      ['82 documented-order'],
    );
    const hover = reviewer.hover(handler, 82, 5);
    assert.equal(hover?.lockClass, 'struct kvm.lock');
    assert.deepEqual(
      hover.held.map((h) => h.lockClass),
      ['struct kvm_vcpu.mutex', 'struct kvm.srcu'],
    );
    assert.ok(hover.rules.some((rule) => rule.line === 12));
  });

  test('6.1: osnoise takes interface_lock both ways round under a gate lock', async () => {
    const { findings } = await check(kernelTree('6.1'), 'kernel/trace');
    const gated = only(findings.filter((f) => /held on every side/.test(f.message)));
    assert.equal(gated.severity, 'information');
    assert.match(gated.message, /cpu_hotplug_lock.*interface_lock.*trace_types_lock, held on every side/);
  });
}

async function check(tree: Tree, ...paths: string[]): Promise<CheckResult> {
  const reviewer = await createReviewer({ tree, ...grammar });
  return reviewer.check({ paths: paths.length > 0 ? paths : ['arch/riscv/kvm', 'virt/kvm'], scope: 'paths' });
}

function kernelTree(version: string): Tree {
  return createDiskTree(join(kernels!, `linux-source-${version}`));
}

/** The pair that the patch removed, around the same call. */
function withLockPutBack(tree: Tree): Tree {
  return {
    list: (folder) => tree.list(folder),
    read(path) {
      const file = tree.read(path);
      if (path !== handler || !('text' in file)) return file;
      const call = 'ret = kvm_sbi_hsm_vcpu_start(vcpu);';
      assert.ok(file.text.includes(call));
      return { text: file.text.replace(call, `mutex_lock(&vcpu->kvm->lock);\n${call}\nmutex_unlock(&vcpu->kvm->lock);`) };
    },
  };
}

function only(findings: readonly Finding[]): Finding {
  assert.equal(findings.length, 1, findings.map((f) => f.message).join('\n'));
  return findings[0]!;
}

/** A chain as `file:line function (pointer)`. */
function way(finding: Finding, index: number): string[] {
  return finding.witnesses[index]!.map(
    (hop) => `${hop.at.file}:${hop.at.line} ${hop.function}${hop.via === undefined ? '' : ` (${hop.via})`}`,
  );
}
