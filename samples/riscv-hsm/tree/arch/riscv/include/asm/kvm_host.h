/* SPDX-License-Identifier: MIT */
/* Sample by Lockstep, not kernel code: the RISC-V part of a VM and its vCPUs. */
#ifndef _ASM_RISCV_KVM_HOST_H
#define _ASM_RISCV_KVM_HOST_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct kvm;
struct kvm_run;
struct kvm_vcpu;

struct kvm_cpu_context {
	unsigned long sepc;
	unsigned long a0;
	unsigned long a1;
	unsigned long a2;
	unsigned long a6;
	unsigned long a7;
};

struct kvm_vcpu_aia {
	gpa_t imsic_addr;
	u64 imsic_reg;
};

struct kvm_vcpu_arch {
	/* Registers of the guest */
	struct kvm_cpu_context guest_context;

	/* Registers that a reset gives to the guest */
	struct kvm_cpu_context guest_reset_context;

	struct kvm_vcpu_aia aia_context;

	/* Stopped: does not enter the guest until another hart starts it */
	bool power_off;
};

struct kvm_aia {
	gpa_t aplic_addr;
	bool initialized;
};

struct kvm_arch {
	struct kvm_aia aia;
};

unsigned long kvm_riscv_enter_guest(struct kvm_vcpu *vcpu);
void kvm_riscv_wait_for_start(struct kvm_vcpu *vcpu);
bool kvm_riscv_signal_pending(void);

void kvm_riscv_vcpu_power_off(struct kvm_vcpu *vcpu);
void kvm_riscv_vcpu_power_on(struct kvm_vcpu *vcpu);
int kvm_riscv_vcpu_exit(struct kvm_vcpu *vcpu, struct kvm_run *run,
			unsigned long cause);

#endif
