/* SPDX-License-Identifier: MIT */
/* Sample by Lockstep, not kernel code: what all architectures share. */
#ifndef _LINUX_KVM_HOST_H
#define _LINUX_KVM_HOST_H

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/types.h>

#define KVM_RUN			0x80
#define KVM_GET_MP_STATE	0x98
#define KVM_SET_MP_STATE	0x99
#define KVM_SET_DEVICE_ATTR	0xe1
#define KVM_GET_DEVICE_ATTR	0xe2

#define KVM_MP_STATE_RUNNABLE	0
#define KVM_MP_STATE_STOPPED	5

struct kvm_mp_state {
	u32 mp_state;
};

struct kvm_run {
	u32 exit_reason;
	u32 event;
};

#include <asm/kvm_host.h>

#define KVM_MAX_VCPUS	8
#define KVM_MAX_IO_DEVS	16

/* One bit each in the requests of a vCPU. */
#define KVM_REQ_SLEEP	0
#define KVM_REQ_RESET	1

struct kvm_io_device {
	gpa_t addr;
	int (*write)(struct kvm_io_device *dev, gpa_t addr, u64 value);
};

/* Read under kvm->srcu, replaced as a whole under kvm->slots_lock. */
struct kvm_io_bus {
	int count;
	struct kvm_io_device *devs[KVM_MAX_IO_DEVS];
};

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id;
	int srcu_idx;
	struct mutex mutex;
	unsigned long requests;
	struct kvm_run *run;
	struct kvm_vcpu_arch arch;
};

struct kvm {
	struct mutex lock;
	struct mutex slots_lock;
	struct mutex irq_lock;
	struct srcu_struct srcu;
	struct kvm_io_bus *bus;
	int online_vcpus;
	struct kvm_vcpu *vcpus[KVM_MAX_VCPUS];
	struct kvm_arch arch;
};

struct kvm_device_attr {
	u32 group;
	u64 attr;
	u64 addr;
};

struct kvm_device {
	struct kvm *kvm;
	const struct kvm_device_ops *ops;
};

struct kvm_device_ops {
	const char *name;
	int (*set_attr)(struct kvm_device *dev, struct kvm_device_attr *attr);
	int (*get_attr)(struct kvm_device *dev, struct kvm_device_attr *attr);
};

#define kvm_for_each_vcpu(idx, vcpup, kvm)				\
	for ((idx) = 0;							\
	     (idx) < (kvm)->online_vcpus && ((vcpup) = (kvm)->vcpus[idx]); \
	     (idx)++)

static inline struct kvm_vcpu *kvm_find_vcpu(struct kvm *kvm, unsigned long id)
{
	struct kvm_vcpu *vcpu;
	int i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		if (vcpu->vcpu_id == (int)id)
			return vcpu;

	return NULL;
}

static inline void kvm_vcpu_srcu_read_lock(struct kvm_vcpu *vcpu)
{
	vcpu->srcu_idx = srcu_read_lock(&vcpu->kvm->srcu);
}

static inline void kvm_vcpu_srcu_read_unlock(struct kvm_vcpu *vcpu)
{
	srcu_read_unlock(&vcpu->kvm->srcu, vcpu->srcu_idx);
}

void kvm_raise_request(struct kvm_vcpu *vcpu, int request);
bool kvm_take_request(struct kvm_vcpu *vcpu, int request);

int kvm_io_bus_register_dev(struct kvm *kvm, struct kvm_io_device *dev);
int kvm_io_bus_write(struct kvm_vcpu *vcpu, gpa_t addr, u64 value);

int kvm_arch_vcpu_create(struct kvm_vcpu *vcpu);
void kvm_arch_vcpu_postcreate(struct kvm_vcpu *vcpu);
int kvm_arch_vcpu_ioctl_run(struct kvm_vcpu *vcpu);
int kvm_arch_vcpu_get_mpstate(struct kvm_vcpu *vcpu, struct kvm_mp_state *state);
int kvm_arch_vcpu_set_mpstate(struct kvm_vcpu *vcpu, struct kvm_mp_state *state);

#endif
