/* SPDX-License-Identifier: MIT */
/* Sample by Lockstep, not kernel code: calls of the guest into its firmware. */
#ifndef _ASM_RISCV_KVM_VCPU_SBI_H
#define _ASM_RISCV_KVM_VCPU_SBI_H

#include <linux/types.h>

#define SBI_EXT_BASE		0x10
#define SBI_EXT_HSM		0x48534d
#define SBI_EXT_SRST		0x53525354

#define SBI_HSM_HART_START	0
#define SBI_HSM_HART_STOP	1
#define SBI_HSM_HART_STATUS	2

struct kvm_run;
struct kvm_vcpu;

struct kvm_vcpu_sbi_extension {
	unsigned long first;
	unsigned long last;

	/* Runs with vcpu->mutex and the read side of kvm->srcu held. */
	int (*handler)(struct kvm_vcpu *vcpu, struct kvm_run *run,
		       unsigned long *value, bool *leave);
};

extern const struct kvm_vcpu_sbi_extension vcpu_sbi_ext_hsm;

const struct kvm_vcpu_sbi_extension *kvm_vcpu_sbi_find_ext(unsigned long id);
int kvm_riscv_vcpu_sbi_ecall(struct kvm_vcpu *vcpu, struct kvm_run *run);

#endif
