import type { Action, Lane, Sequence, SequenceStep } from '../../src/model/trace/sequence.ts';

/** A step of a lane, with what else there is to it. */
export function step(lane: number, action: Action, text: string, rest: Partial<SequenceStep> = {}): SequenceStep {
  return { lane, action, text, functions: [], held: [], changed: {}, waiting: [], ...rest };
}

const threads: Lane[] = [
  { name: 'vCPU 0', kind: 'thread', group: 'vCPUs' },
  { name: 'AIA init', kind: 'thread', group: 'ioctls' },
];

const run = ['kvm_vcpu_ioctl', 'kvm_arch_vcpu_ioctl_run'];
const start = [...run, 'kvm_riscv_vcpu_exit', 'kvm_sbi_ext_hsm_handler'];
const init = ['aia_set_attr', 'kvm_riscv_aia_aplic_init'];

/** HART_START under kvm->srcu against a device that waits for its readers: the case of the sample. */
export const deadlock: Sequence = {
  title: 'before: Start against AIA init',
  summary: 'vCPU 0 waits for kvm.lock, held by AIA init; AIA init waits for the readers of kvm.srcu, of which vCPU 0 is one.',
  lanes: [
    ...threads,
    { name: 'vcpus[0].mutex', kind: 'lock', group: 'locks' },
    { name: 'kvm.srcu', kind: 'lock', group: 'locks' },
    { name: 'kvm.lock', kind: 'lock', group: 'locks' },
    { name: 'kvm.slots_lock', kind: 'lock', group: 'locks' },
    { name: 'vcpus[1].mutex', kind: 'lock', group: 'locks' },
  ],
  steps: [
    step(0, 'acquire', 'takes vcpus[0].mutex', {
      to: 2,
      object: 'vcpus[0].mutex',
      mode: 'exclusive',
      functions: run.slice(0, 1),
      held: ['vcpus[0].mutex'],
      source: { path: 'virt/kvm/kvm_main.c', line: 4100, isOperation: true },
    }),
    step(0, 'enter', 'enters the read side of kvm.srcu', {
      to: 3,
      object: 'kvm.srcu',
      functions: run,
      held: ['vcpus[0].mutex', 'kvm.srcu'],
      source: { path: 'arch/riscv/kvm/vcpu.c', line: 1111, isOperation: true },
    }),
    step(1, 'acquire', 'takes kvm.lock', {
      to: 4,
      object: 'kvm.lock',
      mode: 'exclusive',
      functions: init.slice(0, 1),
      held: ['kvm.lock'],
      source: { path: 'arch/riscv/kvm/aia_device.c', line: 363, isOperation: true },
    }),
    step(1, 'acquire', 'takes kvm.slots_lock', {
      to: 5,
      object: 'kvm.slots_lock',
      mode: 'exclusive',
      functions: init,
      held: ['kvm.lock', 'kvm.slots_lock'],
      source: { path: 'arch/riscv/kvm/aia_aplic.c', line: 602, isOperation: true },
    }),
    step(1, 'synchronize', 'begins to wait for the readers of kvm.srcu', {
      to: 3,
      object: 'kvm.srcu',
      functions: [...init, 'kvm_io_bus_register_dev'],
      held: ['kvm.lock', 'kvm.slots_lock'],
      waiting: [{ lane: 1, object: 'readers of kvm.srcu', holders: [0] }],
      source: { path: 'virt/kvm/kvm_main.c', line: 6025, isOperation: true },
    }),
    step(0, 'wait', 'waits for kvm.lock, held by AIA init', {
      to: 4,
      object: 'kvm.lock',
      functions: start,
      held: ['vcpus[0].mutex', 'kvm.srcu'],
      waiting: [
        { lane: 0, object: 'kvm.lock', holders: [1] },
        { lane: 1, object: 'readers of kvm.srcu', holders: [0] },
      ],
      mark: 'cycle',
      note: 'vCPU 0 waits for kvm.lock, held by AIA init, which waits for the readers of kvm.srcu, of which vCPU 0 is one',
      source: { path: 'arch/riscv/kvm/vcpu_sbi_hsm.c', line: 82, isOperation: true },
    }),
  ],
};
