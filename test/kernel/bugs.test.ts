import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import type { CheckId, Finding } from '../../src/model/checks/finding.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar } from '../checks/fixture.ts';

const kernels = process.env['LOCKSTEP_KERNELS'];

/** A bug that 6.1 has and 6.12 has not: where it is told, and what of it. */
interface Bug {
  readonly paths: readonly string[];
  readonly check: CheckId;
  /** What it is called by: the function that does it. */
  readonly name: string;
  readonly message: RegExp;
  /** What the chains of it pass, in their order. */
  readonly way?: RegExp;
}

const bugs: readonly Bug[] = [
  {
    paths: ['drivers/net/ethernet/mellanox/mlx5/core/steering'],
    check: 'lock-order-cycle',
    name: 'dr_dump_domain_all',
    message: /struct mlx5dr_dbg_dump_info\.dbg_mutex is taken here with struct mlx5dr_domain_rx_tx\.mutex held/,
    way: /mlx5dr_matcher_(?:destroy|create)[\s\S]*dr_dump_domain_all/,
  },
  {
    paths: ['kernel/trace'],
    check: 'lock-order-cycle',
    name: 'osnoise_options_write',
    message:
      /cpu_hotplug_lock is taken here with interface_lock held, but osnoise_\w+ takes interface_lock.*trace_types_lock, held on every side, keeps it from deadlocking, but lockdep will report it/,
  },
  {
    paths: ['arch/x86/kvm', 'virt/kvm'],
    check: 'sync-deadlock',
    name: 'kvm_vm_ioctl_set_msr_filter',
    message: /kvm_vm_ioctl_set_msr_filter waits for the readers of struct kvm\.srcu with struct kvm\.lock held/,
  },
  {
    paths: ['drivers/interconnect'],
    check: 'missing-release',
    name: 'icc_sync_state',
    message: /returns with icc_bw_lock held/,
  },
  {
    paths: ['drivers/gpu/drm/amd/amdkfd'],
    check: 'missing-release',
    name: 'kfd_topology_add_device',
    message: /returns with topology_lock held, which its other ways out give back/,
  },
  {
    paths: ['drivers/scsi/mpi3mr'],
    check: 'double-acquire',
    name: 'mpi3mr_issue_iocfacts',
    message: /takes struct mpi3mr_drv_cmd\.mutex with struct mpi3mr_drv_cmd\.mutex held, which is the same lock/,
    way: /mpi3mr_sync_timestamp[\s\S]*calls mpi3mr_soft_reset_handler[\s\S]*calls mpi3mr_reinit_ioc[\s\S]*calls mpi3mr_issue_iocfacts/,
  },
  {
    paths: ['drivers/pci'],
    check: 'sleep-in-atomic',
    name: 'calc_map_type_and_dist',
    message: /xa_store\(…, GFP_KERNEL\) may sleep here inside the read side of rcu/,
  },
];

if (kernels === undefined) console.log('kernel bugs: skipped, LOCKSTEP_KERNELS names no folder');
else {
  for (const bug of bugs) {
    test(`6.1: ${bug.check} in ${bug.name}`, async () => {
      const found = await findingsOf('6.1', bug);
      const told = found.filter((finding) => bug.message.test(finding.message) && isOf(bug, finding));
      assert.ok(told.length > 0, `none of ${JSON.stringify(found.map(({ message }) => message))}`);
      assert.ok(
        told.some(({ confidence }) => confidence === 'high'),
        told.map(({ reasons }) => reasons.join()).join('\n'),
      );
    });
    test(`6.12: no ${bug.check} in ${bug.name}`, async () => {
      const found = await findingsOf('6.12', bug);
      assert.deepEqual(
        found.filter((finding) => bug.message.test(finding.message) && isOf(bug, finding)).map(({ message }) => message),
        [],
      );
    });
  }
}

async function findingsOf(version: string, bug: Bug): Promise<readonly Finding[]> {
  const reviewer = await createReviewer({ tree: createDiskTree(join(kernels!, `linux-source-${version}`)), ...grammar });
  const { findings } = reviewer.check({ paths: bug.paths, scope: 'paths' });
  return findings.filter((finding) => finding.check === bug.check);
}

function isOf({ name, way }: Bug, { function: at, message, witnesses }: Finding): boolean {
  const chains = text(witnesses);
  return (at === name || message.includes(name) || chains.includes(`${name}: `)) && (way?.test(chains) ?? true);
}

function text(witnesses: Finding['witnesses']): string {
  return witnesses.map((witness) => witness.map((hop) => `${hop.function}: ${hop.text}`).join('\n')).join('\n\n');
}
