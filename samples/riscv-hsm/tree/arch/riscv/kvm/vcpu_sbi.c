// SPDX-License-Identifier: MIT
/* Sample by Lockstep, not kernel code: finds who answers a call of the guest. */

#include <linux/kvm_host.h>
#include <asm/kvm_vcpu_sbi.h>

static int sbi_base_handler(struct kvm_vcpu *vcpu, struct kvm_run *run,
			    unsigned long *value, bool *leave)
{
	*value = vcpu->vcpu_id;
	return 0;
}

/* Stops every vCPU, then leaves to user space, which resets the machine. */
static int sbi_srst_handler(struct kvm_vcpu *vcpu, struct kvm_run *run,
			    unsigned long *value, bool *leave)
{
	struct kvm_vcpu *tmp;
	int i;

	kvm_for_each_vcpu(i, tmp, vcpu->kvm)
		tmp->arch.power_off = true;

	kvm_for_each_vcpu(i, tmp, vcpu->kvm)
		kvm_raise_request(tmp, KVM_REQ_SLEEP);

	run->event = vcpu->arch.guest_context.a0;
	*leave = true;
	return 0;
}

static const struct kvm_vcpu_sbi_extension vcpu_sbi_ext_base = {
	.first = SBI_EXT_BASE,
	.last = SBI_EXT_BASE,
	.handler = sbi_base_handler,
};

static const struct kvm_vcpu_sbi_extension vcpu_sbi_ext_srst = {
	.first = SBI_EXT_SRST,
	.last = SBI_EXT_SRST,
	.handler = sbi_srst_handler,
};

static const struct kvm_vcpu_sbi_extension *sbi_ext[] = {
	&vcpu_sbi_ext_base,
	&vcpu_sbi_ext_hsm,
	&vcpu_sbi_ext_srst,
};

const struct kvm_vcpu_sbi_extension *kvm_vcpu_sbi_find_ext(unsigned long id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sbi_ext); i++)
		if (sbi_ext[i]->first <= id && id <= sbi_ext[i]->last)
			return sbi_ext[i];

	return NULL;
}

int kvm_riscv_vcpu_sbi_ecall(struct kvm_vcpu *vcpu, struct kvm_run *run)
{
	struct kvm_cpu_context *cp = &vcpu->arch.guest_context;
	const struct kvm_vcpu_sbi_extension *sbi_ext;
	unsigned long value = 0;
	bool leave = false;
	int ret = -EOPNOTSUPP;

	sbi_ext = kvm_vcpu_sbi_find_ext(cp->a7);
	if (sbi_ext && sbi_ext->handler)
		ret = sbi_ext->handler(vcpu, run, &value, &leave);

	if (leave)
		return 0;

	cp->sepc += 4;
	cp->a0 = ret;
	cp->a1 = value;
	return 1;
}
