// SPDX-License-Identifier: MIT
/* Sample by Lockstep, not kernel code: entry points that all architectures share. */

#include <linux/kvm_host.h>

void kvm_raise_request(struct kvm_vcpu *vcpu, int request)
{
	set_bit(request, &vcpu->requests);
}

bool kvm_take_request(struct kvm_vcpu *vcpu, int request)
{
	return test_and_clear_bit(request, &vcpu->requests);
}

static long kvm_vcpu_ioctl(struct file *filp, unsigned int ioctl,
			   unsigned long arg)
{
	struct kvm_vcpu *vcpu = filp->private_data;
	void __user *argp = (void __user *)arg;
	struct kvm_mp_state state;
	int r;

	if (mutex_lock_killable(&vcpu->mutex))
		return -EINTR;

	switch (ioctl) {
	case KVM_RUN:
		r = kvm_arch_vcpu_ioctl_run(vcpu);
		break;
	case KVM_GET_MP_STATE:
		r = kvm_arch_vcpu_get_mpstate(vcpu, &state);
		if (!r && copy_to_user(argp, &state, sizeof(state)))
			r = -EFAULT;
		break;
	case KVM_SET_MP_STATE:
		r = -EFAULT;
		if (copy_from_user(&state, argp, sizeof(state)))
			goto out;
		r = kvm_arch_vcpu_set_mpstate(vcpu, &state);
		break;
	default:
		r = -ENOTTY;
	}

out:
	mutex_unlock(&vcpu->mutex);
	return r;
}

const struct file_operations kvm_vcpu_fops = {
	.unlocked_ioctl = kvm_vcpu_ioctl,
};

int kvm_vm_ioctl_create_vcpu(struct kvm *kvm, int id)
{
	struct kvm_vcpu *vcpu;
	int r;

	vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL);
	if (!vcpu)
		return -ENOMEM;

	vcpu->kvm = kvm;
	vcpu->vcpu_id = id;
	mutex_init(&vcpu->mutex);

	r = kvm_arch_vcpu_create(vcpu);
	if (r)
		goto out_free;

	mutex_lock(&kvm->lock);

#ifdef CONFIG_LOCKDEP
	/* Nobody else can reach this vCPU yet: shows lockdep the order, no more. */
	mutex_lock(&vcpu->mutex);
	mutex_unlock(&vcpu->mutex);
#endif

	r = -EBUSY;
	if (kvm->online_vcpus == KVM_MAX_VCPUS || kvm_find_vcpu(kvm, id))
		goto out_unlock;

	kvm->vcpus[kvm->online_vcpus++] = vcpu;
	mutex_unlock(&kvm->lock);

	kvm_arch_vcpu_postcreate(vcpu);
	return 0;

out_unlock:
	mutex_unlock(&kvm->lock);
out_free:
	kfree(vcpu);
	return r;
}

/* The caller holds kvm->slots_lock. */
int kvm_io_bus_register_dev(struct kvm *kvm, struct kvm_io_device *dev)
{
	struct kvm_io_bus *old = kvm->bus;
	struct kvm_io_bus *new;

	if (old->count == KVM_MAX_IO_DEVS)
		return -EBUSY;

	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;

	*new = *old;
	new->devs[new->count++] = dev;
	WRITE_ONCE(kvm->bus, new);

	/* Readers of the old table may be in the middle of it. */
	synchronize_srcu_expedited(&kvm->srcu);
	kfree(old);

	return 0;
}

/* Called with the read side of kvm->srcu held. */
int kvm_io_bus_write(struct kvm_vcpu *vcpu, gpa_t addr, u64 value)
{
	struct kvm_io_bus *bus = READ_ONCE(vcpu->kvm->bus);
	int i;

	for (i = 0; i < bus->count; i++)
		if (bus->devs[i]->addr == addr)
			return bus->devs[i]->write(bus->devs[i], addr, value);

	return -ENXIO;
}

static int kvm_device_access(struct kvm_device *dev,
			     int (*accessor)(struct kvm_device *dev,
					     struct kvm_device_attr *attr),
			     unsigned long arg)
{
	struct kvm_device_attr attr;

	if (!accessor)
		return -ENXIO;

	if (copy_from_user(&attr, (void __user *)arg, sizeof(attr)))
		return -EFAULT;

	return accessor(dev, &attr);
}

static long kvm_device_ioctl(struct file *filp, unsigned int ioctl,
			     unsigned long arg)
{
	struct kvm_device *dev = filp->private_data;

	switch (ioctl) {
	case KVM_SET_DEVICE_ATTR:
		return kvm_device_access(dev, dev->ops->set_attr, arg);
	case KVM_GET_DEVICE_ATTR:
		return kvm_device_access(dev, dev->ops->get_attr, arg);
	default:
		return -ENOTTY;
	}
}

const struct file_operations kvm_device_fops = {
	.unlocked_ioctl = kvm_device_ioctl,
};
