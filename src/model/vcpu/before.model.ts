// RISC-V KVM's HSM calls before 2121cadec45a, as in Linux 6.1: HART_START takes kvm->lock inside vcpu->mutex and kvm->srcu.
//
// Names of functions and fields are the kernel's. Left out is what takes no part: guest entry itself, timers, interrupts,
// other requests. A stopped vCPU sleeps until it is started or a signal comes; a signal may come at any time.

/*
 * Lock ordering:
 *
 * - kvm->lock is taken outside vcpu->mutex
 * - kvm->lock is taken outside kvm->slots_lock
 */

models('arch/riscv/kvm', 'virt/kvm');

const VCPUS = parameter('vcpus', 2);
const ROUNDS = parameter('rounds', 1);

/** What a vCPU may ask of its hypervisor. */
const START = 1;
const STOP = 2;
const STATUS = 4;
const SYSTEM_RESET = 8;
const ANY_ECALL = START | STOP | STATUS | SYSTEM_RESET;

const KVM_REQ_SLEEP = 0;
const KVM_REQ_VCPU_RESET = 1;

interface kvm {
  lock: mutex;
  slots_lock: mutex;
  srcu: srcu_struct;
}

interface kvm_cpu_context {
  sepc: int;
  a0: int;
  a1: int;
}

interface kvm_vcpu_arch {
  power_off: bool;
  guest_reset_context: kvm_cpu_context;
}

interface kvm_vcpu {
  kvm: pointer<kvm>;
  vcpu_idx: int;
  mutex: mutex;
  requests: int;
  /** Whether a signal may wake it. */
  signals: bool;
  wait: wait_queue_head_t;
  arch: kvm_vcpu_arch;
}

const vm = object<kvm>();
const vcpus = objects<kvm_vcpu>(VCPUS);
/** The vCPU that KVM_CREATE_VCPU makes: nobody else can reach it yet. */
const new_vcpu = object<kvm_vcpu>();

// Requests (include/linux/kvm_host.h)

function kvm_make_request(req: int, vcpu: kvm_vcpu): void {
  set_bit(req, vcpu.requests);
}

function kvm_request_pending(vcpu: kvm_vcpu): bool {
  return READ_ONCE(vcpu.requests) != 0;
}

function kvm_check_request(req: int, vcpu: kvm_vcpu): bool {
  if (!test_bit(req, vcpu.requests)) return false;
  clear_bit(req, vcpu.requests);
  return true;
}

function kvm_make_all_cpus_request(req: int): void {
  for (const vcpu of vcpus) kvm_make_request(req, vcpu);
}

// Power (arch/riscv/kvm/vcpu.c)

function kvm_riscv_vcpu_power_off(vcpu: kvm_vcpu): void {
  vcpu.arch.power_off = true;
  kvm_make_request(KVM_REQ_SLEEP, vcpu);
}

function kvm_riscv_vcpu_power_on(vcpu: kvm_vcpu): void {
  vcpu.arch.power_off = false;
  wake_up(vcpu.wait);
}

function kvm_arch_vcpu_ioctl_set_mpstate(vcpu: kvm_vcpu): void {
  kvm_riscv_vcpu_power_off(vcpu);
}

// HSM calls (arch/riscv/kvm/vcpu_sbi_hsm.c). `stamp` stands for the three values that one START writes.

function kvm_sbi_hsm_vcpu_start(target_vcpu: kvm_vcpu, stamp: int): void {
  if (!target_vcpu.arch.power_off) return;
  const reset_cntx = target_vcpu.arch.guest_reset_context;
  reset_cntx.sepc = stamp;
  reset_cntx.a0 = stamp;
  reset_cntx.a1 = stamp;
  kvm_make_request(KVM_REQ_VCPU_RESET, target_vcpu);
  kvm_riscv_vcpu_power_on(target_vcpu);
}

function kvm_sbi_hsm_vcpu_stop(vcpu: kvm_vcpu): void {
  if (vcpu.arch.power_off) return;
  kvm_riscv_vcpu_power_off(vcpu);
}

function kvm_sbi_hsm_vcpu_get_status(target_vcpu: kvm_vcpu): bool {
  return !target_vcpu.arch.power_off;
}

function kvm_sbi_ext_hsm_handler(vcpu: kvm_vcpu, funcid: int, stamp: int): void {
  const kvm = vcpu.kvm;
  switch (funcid) {
    case START:
      mutex_lock(kvm.lock);
      kvm_sbi_hsm_vcpu_start(any_other(vcpus, vcpu), stamp);
      mutex_unlock(kvm.lock);
      break;
    case STOP:
      kvm_sbi_hsm_vcpu_stop(vcpu);
      break;
    case STATUS:
      kvm_sbi_hsm_vcpu_get_status(any_other(vcpus, vcpu));
      break;
  }
}

// System reset (arch/riscv/kvm/vcpu_sbi.c)

function kvm_riscv_vcpu_sbi_system_reset(): void {
  for (const tmp of vcpus) tmp.arch.power_off = true;
  kvm_make_all_cpus_request(KVM_REQ_SLEEP);
}

function kvm_riscv_vcpu_sbi_ecall(vcpu: kvm_vcpu, ecalls: int, stamp: int): void {
  const funcid = choose(0, START, STOP, STATUS, SYSTEM_RESET);
  if ((funcid & ecalls) == 0) return;
  if (funcid == SYSTEM_RESET) kvm_riscv_vcpu_sbi_system_reset();
  else kvm_sbi_ext_hsm_handler(vcpu, funcid, stamp);
}

function kvm_riscv_vcpu_exit(vcpu: kvm_vcpu, ecalls: int, stamp: int): void {
  kvm_riscv_vcpu_sbi_ecall(vcpu, ecalls, stamp);
}

// KVM_RUN (arch/riscv/kvm/vcpu.c)

function kvm_riscv_reset_vcpu(vcpu: kvm_vcpu): void {
  const reset_cntx = vcpu.arch.guest_reset_context;
  const sepc = reset_cntx.sepc;
  const a0 = reset_cntx.a0;
  const a1 = reset_cntx.a1;
  assert(sepc == a0 && a0 == a1, 'the reset context is what one START wrote', 'torn');
}

/** Whether a signal came while the vCPU slept. */
function kvm_riscv_check_vcpu_requests(vcpu: kvm_vcpu): bool {
  let signal = 0;
  if (kvm_request_pending(vcpu)) {
    if (kvm_check_request(KVM_REQ_SLEEP, vcpu)) {
      srcu_read_unlock(vcpu.kvm.srcu);
      if (vcpu.signals) signal = wait_event_interruptible(vcpu.wait, () => !vcpu.arch.power_off);
      else wait_event_idle(vcpu.wait, () => !vcpu.arch.power_off);
      srcu_read_lock(vcpu.kvm.srcu);
      if (vcpu.arch.power_off) kvm_make_request(KVM_REQ_SLEEP, vcpu);
    }
    if (kvm_check_request(KVM_REQ_VCPU_RESET, vcpu)) kvm_riscv_reset_vcpu(vcpu);
  }
  return signal != 0;
}

function kvm_arch_vcpu_ioctl_run(vcpu: kvm_vcpu, ecalls: int, stamp: int): void {
  srcu_read_lock(vcpu.kvm.srcu);
  while (true) {
    const signal = kvm_riscv_check_vcpu_requests(vcpu);
    srcu_read_unlock(vcpu.kvm.srcu);
    if (signal || kvm_request_pending(vcpu)) {
      srcu_read_lock(vcpu.kvm.srcu);
      if (signal) break;
      continue;
    }
    // The guest runs, until it calls its hypervisor.
    srcu_read_lock(vcpu.kvm.srcu);
    kvm_riscv_vcpu_exit(vcpu, ecalls, stamp);
    break;
  }
  srcu_read_unlock(vcpu.kvm.srcu);
}

const KVM_RUN = 0;
const KVM_SET_MP_STATE = 1;

function kvm_vcpu_ioctl(vcpu: kvm_vcpu, ioctl: int, ecalls: int, stamp: int): void {
  mutex_lock(vcpu.mutex);
  if (ioctl == KVM_RUN) kvm_arch_vcpu_ioctl_run(vcpu, ecalls, stamp);
  else kvm_arch_vcpu_ioctl_set_mpstate(vcpu);
  mutex_unlock(vcpu.mutex);
}

// AIA (arch/riscv/kvm/aia_device.c and aia_aplic.c, which 6.1 does not have) and the memory slots of KVM

function kvm_io_bus_register_dev(kvm: kvm): void {
  synchronize_srcu_expedited(kvm.srcu);
}

function kvm_riscv_aia_aplic_init(kvm: kvm): void {
  mutex_lock(kvm.slots_lock);
  kvm_io_bus_register_dev(kvm);
  mutex_unlock(kvm.slots_lock);
}

function aia_init(kvm: kvm): void {
  kvm_riscv_aia_aplic_init(kvm);
}

function aia_imsic_addr(vcpu: kvm_vcpu): void {
  mutex_lock(vcpu.mutex);
  mutex_unlock(vcpu.mutex);
}

const KVM_DEV_RISCV_AIA_GRP_CTRL = 0;
const KVM_DEV_RISCV_AIA_GRP_ADDR = 1;

function aia_set_attr(kvm: kvm, group: int): void {
  switch (group) {
    case KVM_DEV_RISCV_AIA_GRP_ADDR:
      mutex_lock(kvm.lock);
      aia_imsic_addr(any_of(vcpus));
      mutex_unlock(kvm.lock);
      break;
    case KVM_DEV_RISCV_AIA_GRP_CTRL:
      mutex_lock(kvm.lock);
      aia_init(kvm);
      mutex_unlock(kvm.lock);
      break;
  }
}

/**
 * What kvm_vm_ioctl_create_vcpu does in later kernels, and not in 6.1, to teach lockdep that kvm->lock is outside vcpu->mutex:
 * with a vCPU that is not in the array yet.
 */
function create_vcpu_for_lockdep(kvm: kvm, vcpu: kvm_vcpu): void {
  mutex_lock(kvm.lock);
  mutex_lock(vcpu.mutex);
  mutex_unlock(vcpu.mutex);
  mutex_unlock(kvm.lock);
}

// Threads

function vcpu_thread(vcpu: kvm_vcpu, ecalls: int): void {
  for (let round = 0; round < ROUNDS; round++) kvm_vcpu_ioctl(vcpu, KVM_RUN, ecalls, 1 + round * VCPUS + vcpu.vcpu_idx);
}

function userspace_stops(): void {
  kvm_vcpu_ioctl(any_of(vcpus), KVM_SET_MP_STATE, 0, 0);
}

/** vCPU 0 runs; the others wait to be started, as kvm_arch_vcpu_postcreate leaves them. */
function vcpus_created(): void {
  let idx = 0;
  for (const vcpu of vcpus) {
    vcpu.kvm = vm;
    vcpu.vcpu_idx = idx;
    vcpu.signals = true;
    if (idx != 0) {
      vcpu.arch.power_off = true;
      vcpu.requests = 1 << KVM_REQ_SLEEP;
    }
    idx++;
  }
  new_vcpu.kvm = vm;
}

scenario('everything', 'Everything together', () => {
  vcpus_created();
  for (const vcpu of vcpus) {
    thread('vCPU', vcpu_thread, vcpu, ANY_ECALL);
    at_end(() => !(unfinished(vcpu) && !vcpu.arch.power_off), 'a vCPU that was started runs', 'start');
  }
  if (option('aia')) thread('AIA', aia_set_attr, vm, KVM_DEV_RISCV_AIA_GRP_CTRL);
  if (option('imsic')) thread('IMSIC', aia_set_attr, vm, KVM_DEV_RISCV_AIA_GRP_ADDR);
  if (option('create')) thread('create', create_vcpu_for_lockdep, vm, new_vcpu);
  if (option('mps')) thread('MPS', userspace_stops);
});

scenario('no-signals', 'Everything a vCPU can ask, and no signal wakes it', () => {
  vcpus_created();
  for (const vcpu of vcpus) {
    vcpu.signals = false;
    thread('vCPU', vcpu_thread, vcpu, ANY_ECALL);
    at_end(() => !(unfinished(vcpu) && !vcpu.arch.power_off), 'a vCPU that was started runs', 'start');
  }
});

scenario(
  'start-start',
  'Two vCPUs start the same hart',
  () => {
    vcpus_created();
    for (const vcpu of vcpus) {
      vcpu.arch.power_off = vcpu.vcpu_idx == 2;
      vcpu.requests = vcpu.vcpu_idx == 2 ? 1 << KVM_REQ_SLEEP : 0;
      thread('vCPU', vcpu_thread, vcpu, vcpu.vcpu_idx == 2 ? 0 : START);
    }
  },
  { vcpus: 3 },
);

scenario('start-stop', 'Start against stop', () => {
  vcpus_created();
  for (const vcpu of vcpus) {
    vcpu.arch.power_off = false;
    vcpu.requests = 0;
    thread('vCPU', vcpu_thread, vcpu, vcpu.vcpu_idx == 0 ? START : STOP);
  }
});

scenario('start-reset', 'Start against system reset', () => {
  vcpus_created();
  for (const vcpu of vcpus) thread('vCPU', vcpu_thread, vcpu, START | SYSTEM_RESET);
});

scenario('start-aia', 'Start against AIA init', () => {
  vcpus_created();
  for (const vcpu of vcpus) thread('vCPU', vcpu_thread, vcpu, START);
  thread('AIA', aia_set_attr, vm, KVM_DEV_RISCV_AIA_GRP_CTRL);
});

scenario('start-imsic', 'Start against an IMSIC address', () => {
  vcpus_created();
  for (const vcpu of vcpus) thread('vCPU', vcpu_thread, vcpu, START);
  thread('IMSIC', aia_set_attr, vm, KVM_DEV_RISCV_AIA_GRP_ADDR);
});

scenario('start-create', 'Start against vCPU creation', () => {
  vcpus_created();
  for (const vcpu of vcpus) thread('vCPU', vcpu_thread, vcpu, START);
  thread('create', create_vcpu_for_lockdep, vm, new_vcpu);
});

scenario(
  'restart',
  'Start while the target still resets',
  () => {
    vcpus_created();
    for (const vcpu of vcpus) thread('vCPU', vcpu_thread, vcpu, START);
    thread('MPS', userspace_stops);
  },
  { rounds: 2 },
);

export {};
