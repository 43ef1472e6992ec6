// SPDX-License-Identifier: MIT
/* Sample by Lockstep, not kernel code: why the guest stopped running, and what to do. */

#include <linux/kvm_host.h>
#include <asm/kvm_vcpu_sbi.h>

#define CAUSE_ECALL	10
#define CAUSE_STORE	23

/* Positive: back to the guest. Zero or negative: back to user space. */
int kvm_riscv_vcpu_exit(struct kvm_vcpu *vcpu, struct kvm_run *run,
			unsigned long cause)
{
	struct kvm_cpu_context *cp = &vcpu->arch.guest_context;

	switch (cause) {
	case CAUSE_ECALL:
		return kvm_riscv_vcpu_sbi_ecall(vcpu, run);
	case CAUSE_STORE:
		return kvm_io_bus_write(vcpu, cp->a0, cp->a1) ? 0 : 1;
	default:
		run->exit_reason = cause;
		return 0;
	}
}
