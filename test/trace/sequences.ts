import type { Action, Lane, Sequence, SequencePlace, SequenceStep } from '../../src/model/trace/sequence.ts';

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

/** Two vCPUs at one variable, one of them with the lock that keeps it. */
export const race: Sequence = {
  title: 'early: Start against Stop',
  summary: 'vCPU 0 and vCPU 1 access vcpus[1].power_off at the same time, one of them plainly.',
  lanes: [
    { name: 'vCPU 0', kind: 'thread', group: 'vCPUs' },
    { name: 'vCPU 1', kind: 'thread', group: 'vCPUs' },
    { name: 'vcpus[1].mp_state_lock', kind: 'lock', group: 'locks' },
    { name: 'vm.users', kind: 'lock', group: 'locks' },
  ],
  steps: [
    step(1, 'acquire', 'takes vm.users', { to: 3, object: 'vm.users', mode: 'shared', functions: ['kvm_vcpu_ioctl'], held: ['vm.users'] }),
    step(0, 'acquire', 'takes vm.users', { to: 3, object: 'vm.users', mode: 'shared', functions: ['kvm_vcpu_ioctl'], held: ['vm.users'] }),
    step(0, 'acquire', 'takes vcpus[1].mp_state_lock', {
      to: 2,
      object: 'vcpus[1].mp_state_lock',
      mode: 'exclusive',
      functions: ['kvm_vcpu_ioctl', 'kvm_sbi_hsm_vcpu_start'],
      held: ['vm.users', 'vcpus[1].mp_state_lock'],
    }),
    step(0, 'write', 'writes vcpus[1].requests', {
      object: 'vcpus[1].requests',
      functions: ['kvm_vcpu_ioctl', 'kvm_sbi_hsm_vcpu_start'],
      held: ['vm.users', 'vcpus[1].mp_state_lock'],
      changed: { 'vcpus[1].requests': 1 },
    }),
    step(1, 'fail', 'does not get vcpus[1].mp_state_lock', {
      to: 2,
      object: 'vcpus[1].mp_state_lock',
      functions: ['kvm_vcpu_ioctl'],
      held: ['vm.users'],
    }),
    step(1, 'release', 'releases vm.users', { to: 3, object: 'vm.users', mode: 'shared', functions: ['kvm_vcpu_ioctl'] }),
    step(1, 'wake', 'wakes up by a signal', { functions: ['kvm_vcpu_ioctl'] }),
    step(0, 'write', 'writes vcpus[1].power_off', {
      object: 'vcpus[1].power_off',
      functions: ['kvm_vcpu_ioctl', 'kvm_sbi_hsm_vcpu_start', 'kvm_riscv_vcpu_power_on'],
      held: ['vm.users', 'vcpus[1].mp_state_lock'],
      changed: { 'vcpus[1].power_off': 0 },
      mark: 'race',
      note: 'no lock is held at both accesses to vcpus[1].power_off',
    }),
    step(1, 'read', 'reads vcpus[1].power_off', {
      object: 'vcpus[1].power_off',
      functions: ['kvm_vcpu_ioctl', 'kvm_arch_vcpu_runnable'],
      mark: 'race',
      note: 'no lock is held at both accesses to vcpus[1].power_off',
    }),
  ],
};

const functions = [
  'kvm_vcpu_ioctl',
  'kvm_arch_vcpu_ioctl_run',
  'kvm_riscv_vcpu_exit',
  'kvm_riscv_vcpu_sbi_ecall',
  'kvm_sbi_ext_hsm_handler',
];

/** From the system call to the lock that is documented to be outside, through a pointer. */
export const path: Sequence = {
  title: 'kvm_sbi_ext_hsm_handler from kvm_vcpu_ioctl',
  summary: 'The shortest of 2 paths: 5 functions, 3 locks.',
  lanes: [
    ...functions.map((name): Lane => ({ name, kind: 'function', group: '' })),
    { name: 'struct kvm_vcpu.mutex', kind: 'lock', group: 'locks' },
    { name: 'struct kvm.srcu', kind: 'lock', group: 'locks' },
    { name: 'struct kvm.lock', kind: 'lock', group: 'locks' },
  ],
  steps: [
    step(0, 'acquire', 'takes struct kvm_vcpu.mutex', {
      to: 5,
      object: 'struct kvm_vcpu.mutex',
      mode: 'exclusive',
      functions: functions.slice(0, 1),
      held: ['struct kvm_vcpu.mutex'],
      source: { path: 'virt/kvm/kvm_main.c', line: 4100, isOperation: true },
    }),
    call(0, { path: 'virt/kvm/kvm_main.c', line: 4125, isOperation: true }, ['struct kvm_vcpu.mutex']),
    step(1, 'enter', 'enters the read side of struct kvm.srcu', {
      to: 6,
      object: 'struct kvm.srcu',
      functions: functions.slice(0, 2),
      held: ['struct kvm_vcpu.mutex', 'struct kvm.srcu'],
      source: { path: 'arch/riscv/kvm/vcpu.c', line: 1111, isOperation: true },
    }),
    call(1, { path: 'arch/riscv/kvm/vcpu.c', line: 1230, isOperation: true }),
    call(2, { path: 'arch/riscv/kvm/vcpu_exit.c', line: 220, isOperation: true }),
    { ...call(3, { path: 'arch/riscv/kvm/vcpu_sbi.c', line: 430, isOperation: true }), via: 'kvm_vcpu_sbi_extension.handler' },
    step(4, 'acquire', 'takes struct kvm.lock', {
      to: 7,
      object: 'struct kvm.lock',
      mode: 'exclusive',
      functions,
      held: ['struct kvm_vcpu.mutex', 'struct kvm.srcu', 'struct kvm.lock'],
      mark: 'order',
      note: 'kvm->lock is taken outside vcpu->mutex (Documentation/virt/kvm/locking.rst:12)',
      source: { path: 'arch/riscv/kvm/vcpu_sbi_hsm.c', line: 82, isOperation: true },
    }),
  ],
};

/** A run of so many rounds of a lock before two vCPUs meet: long, and folded. */
export function longRun(rounds: number): Sequence {
  const steps: SequenceStep[] = [];
  for (let i = 0; i < rounds; i++) {
    const lane = i % 2;
    const round = { to: 2, object: 'kvm.mmu_lock', functions: ['kvm_riscv_gstage_map'] };
    steps.push(step(lane, 'acquire', 'takes kvm.mmu_lock', { ...round, mode: 'exclusive', held: ['kvm.mmu_lock'] }));
    steps.push(step(lane, 'release', 'releases kvm.mmu_lock', round));
  }
  return {
    ...deadlock,
    title: `before: ${rounds} rounds`,
    lanes: [...deadlock.lanes.slice(0, 2), mmu, ...deadlock.lanes.slice(2)],
    steps: [...steps, ...moved],
  };
}

const mmu: Lane = { name: 'kvm.mmu_lock', kind: 'lock', group: 'locks' };
/** The steps of the deadlock, its lock lanes one further. */
const moved = deadlock.steps.map((one): SequenceStep => ({ ...one, to: one.to! + 1 }));

function call(from: number, source: SequencePlace, held = ['struct kvm_vcpu.mutex', 'struct kvm.srcu']): SequenceStep {
  return step(from, 'call', `calls ${functions[from + 1]!}`, { to: from + 1, functions: functions.slice(0, from + 1), held, source });
}
