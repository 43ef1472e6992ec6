// SPDX-License-Identifier: MIT
/* Sample by Lockstep, not kernel code: the life of a RISC-V vCPU. */

#include <linux/kvm_host.h>

void kvm_riscv_vcpu_power_off(struct kvm_vcpu *vcpu)
{
	vcpu->arch.power_off = true;
	kvm_raise_request(vcpu, KVM_REQ_SLEEP);
}

void kvm_riscv_vcpu_power_on(struct kvm_vcpu *vcpu)
{
	vcpu->arch.power_off = false;
}

int kvm_arch_vcpu_create(struct kvm_vcpu *vcpu)
{
	vcpu->arch.guest_reset_context.a0 = vcpu->vcpu_id;
	return 0;
}

void kvm_arch_vcpu_postcreate(struct kvm_vcpu *vcpu)
{
	/* The guest boots on vCPU 0, which starts the others when it likes. */
	if (vcpu->vcpu_id != 0)
		kvm_riscv_vcpu_power_off(vcpu);
}

int kvm_arch_vcpu_get_mpstate(struct kvm_vcpu *vcpu, struct kvm_mp_state *state)
{
	if (vcpu->arch.power_off)
		state->mp_state = KVM_MP_STATE_STOPPED;
	else
		state->mp_state = KVM_MP_STATE_RUNNABLE;

	return 0;
}

int kvm_arch_vcpu_set_mpstate(struct kvm_vcpu *vcpu, struct kvm_mp_state *state)
{
	switch (state->mp_state) {
	case KVM_MP_STATE_RUNNABLE:
		vcpu->arch.power_off = false;
		return 0;
	case KVM_MP_STATE_STOPPED:
		kvm_riscv_vcpu_power_off(vcpu);
		return 0;
	default:
		return -EINVAL;
	}
}

static void kvm_riscv_reset_vcpu(struct kvm_vcpu *vcpu)
{
	struct kvm_cpu_context *reset = &vcpu->arch.guest_reset_context;
	struct kvm_cpu_context *guest = &vcpu->arch.guest_context;

	guest->sepc = reset->sepc;
	guest->a0 = reset->a0;
	guest->a1 = reset->a1;
}

static void kvm_riscv_check_vcpu_requests(struct kvm_vcpu *vcpu)
{
	if (kvm_take_request(vcpu, KVM_REQ_SLEEP)) {
		kvm_vcpu_srcu_read_unlock(vcpu);
		kvm_riscv_wait_for_start(vcpu);
		kvm_vcpu_srcu_read_lock(vcpu);

		/* A signal ended the wait: sleep again next time. */
		if (vcpu->arch.power_off)
			kvm_raise_request(vcpu, KVM_REQ_SLEEP);
	}

	if (kvm_take_request(vcpu, KVM_REQ_RESET))
		kvm_riscv_reset_vcpu(vcpu);
}

/* The caller holds vcpu->mutex. */
int kvm_arch_vcpu_ioctl_run(struct kvm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	unsigned long cause;
	int ret = 1;

	kvm_vcpu_srcu_read_lock(vcpu);

	while (ret > 0) {
		kvm_riscv_check_vcpu_requests(vcpu);

		if (kvm_riscv_signal_pending()) {
			ret = -EINTR;
			break;
		}

		/* Whoever waits for readers must not wait for the guest. */
		kvm_vcpu_srcu_read_unlock(vcpu);

		if (READ_ONCE(vcpu->requests)) {
			kvm_vcpu_srcu_read_lock(vcpu);
			continue;
		}

		cause = kvm_riscv_enter_guest(vcpu);

		kvm_vcpu_srcu_read_lock(vcpu);

		ret = kvm_riscv_vcpu_exit(vcpu, run, cause);
	}

	kvm_vcpu_srcu_read_unlock(vcpu);

	return ret;
}
