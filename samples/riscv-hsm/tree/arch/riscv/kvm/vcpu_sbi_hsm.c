// SPDX-License-Identifier: MIT
/* Sample by Lockstep, not kernel code: one hart starts, stops and asks after others. */

#include <linux/kvm_host.h>
#include <asm/kvm_vcpu_sbi.h>

static int kvm_sbi_hsm_vcpu_start(struct kvm_vcpu *vcpu)
{
	struct kvm_cpu_context *cp = &vcpu->arch.guest_context;
	struct kvm_cpu_context *reset;
	struct kvm_vcpu *target;

	target = kvm_find_vcpu(vcpu->kvm, cp->a0);
	if (!target)
		return -EINVAL;
	if (!target->arch.power_off)
		return -EALREADY;

	/* Where to begin, and what the caller passes on */
	reset = &target->arch.guest_reset_context;
	reset->sepc = cp->a1;
	reset->a0 = target->vcpu_id;
	reset->a1 = cp->a2;
	kvm_raise_request(target, KVM_REQ_RESET);

	kvm_riscv_vcpu_power_on(target);

	return 0;
}

static int kvm_sbi_hsm_vcpu_stop(struct kvm_vcpu *vcpu)
{
	if (vcpu->arch.power_off)
		return -EINVAL;

	kvm_riscv_vcpu_power_off(vcpu);

	return 0;
}

static int hsm_vcpu_status(struct kvm_vcpu *vcpu, unsigned long *value)
{
	struct kvm_vcpu *target;

	target = kvm_find_vcpu(vcpu->kvm, vcpu->arch.guest_context.a0);
	if (!target)
		return -EINVAL;

	*value = target->arch.power_off;
	return 0;
}

static int kvm_sbi_ext_hsm_handler(struct kvm_vcpu *vcpu, struct kvm_run *run,
				   unsigned long *value, bool *leave)
{
	struct kvm *kvm = vcpu->kvm;
	int ret;

	switch (vcpu->arch.guest_context.a6) {
	case SBI_HSM_HART_START:
		mutex_lock(&kvm->lock);
		ret = kvm_sbi_hsm_vcpu_start(vcpu);
		mutex_unlock(&kvm->lock);
		break;
	case SBI_HSM_HART_STOP:
		ret = kvm_sbi_hsm_vcpu_stop(vcpu);
		break;
	case SBI_HSM_HART_STATUS:
		ret = hsm_vcpu_status(vcpu, value);
		break;
	default:
		ret = -EOPNOTSUPP;
	}

	return ret;
}

const struct kvm_vcpu_sbi_extension vcpu_sbi_ext_hsm = {
	.first = SBI_EXT_HSM,
	.last = SBI_EXT_HSM,
	.handler = kvm_sbi_ext_hsm_handler,
};
