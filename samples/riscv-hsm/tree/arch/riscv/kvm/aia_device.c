// SPDX-License-Identifier: MIT
/* Sample by Lockstep, not kernel code: user space sets up the interrupt controller. */

#include <linux/kvm_host.h>

#define AIA_GROUP_ADDR	0
#define AIA_GROUP_CTRL	1
#define AIA_GROUP_IMSIC	2

static struct kvm_io_device aplic_dev;

static int aia_imsic_addr(struct kvm *kvm, unsigned long id, gpa_t addr)
{
	struct kvm_vcpu *vcpu = kvm_find_vcpu(kvm, id);

	if (!vcpu)
		return -EINVAL;
	if (kvm->arch.aia.initialized)
		return -EBUSY;

	/* Not while the vCPU runs */
	mutex_lock(&vcpu->mutex);
	vcpu->arch.aia_context.imsic_addr = addr;
	mutex_unlock(&vcpu->mutex);

	return 0;
}

static int kvm_riscv_aia_imsic_rw_attr(struct kvm *kvm, unsigned long id,
				       bool write, u64 *value)
{
	struct kvm_vcpu *vcpu = kvm_find_vcpu(kvm, id);

	if (!vcpu)
		return -EINVAL;

	mutex_lock(&vcpu->mutex);
	if (write)
		vcpu->arch.aia_context.imsic_reg = *value;
	else
		*value = vcpu->arch.aia_context.imsic_reg;
	mutex_unlock(&vcpu->mutex);

	return 0;
}

/* The caller holds kvm->lock. */
static int aia_init(struct kvm *kvm)
{
	int ret;

	if (kvm->arch.aia.initialized)
		return -EBUSY;

	mutex_lock(&kvm->slots_lock);
	aplic_dev.addr = kvm->arch.aia.aplic_addr;
	ret = kvm_io_bus_register_dev(kvm, &aplic_dev);
	mutex_unlock(&kvm->slots_lock);
	if (ret)
		return ret;

	kvm->arch.aia.initialized = true;
	return 0;
}

static int aia_set_attr(struct kvm_device *dev, struct kvm_device_attr *attr)
{
	struct kvm *kvm = dev->kvm;
	u64 value = attr->addr;
	int ret = -ENXIO;

	mutex_lock(&kvm->lock);

	switch (attr->group) {
	case AIA_GROUP_ADDR:
		ret = aia_imsic_addr(kvm, attr->attr, value);
		break;
	case AIA_GROUP_CTRL:
		ret = aia_init(kvm);
		break;
	case AIA_GROUP_IMSIC:
		ret = kvm_riscv_aia_imsic_rw_attr(kvm, attr->attr, true, &value);
		break;
	}

	mutex_unlock(&kvm->lock);

	return ret;
}

static int aia_get_attr(struct kvm_device *dev, struct kvm_device_attr *attr)
{
	u64 value;
	int ret;

	if (attr->group != AIA_GROUP_IMSIC)
		return -ENXIO;

	mutex_lock(&dev->kvm->lock);
	ret = kvm_riscv_aia_imsic_rw_attr(dev->kvm, attr->attr, false, &value);
	mutex_unlock(&dev->kvm->lock);
	if (ret)
		return ret;

	if (copy_to_user((void __user *)(unsigned long)attr->addr, &value, sizeof(value)))
		return -EFAULT;

	return 0;
}

const struct kvm_device_ops aia_device_ops = {
	.name = "riscv-aia",
	.set_attr = aia_set_attr,
	.get_attr = aia_get_attr,
};
