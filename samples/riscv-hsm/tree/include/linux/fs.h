/* SPDX-License-Identifier: MIT */
/* Sample by Lockstep, not kernel code: files, memory and user space. */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#include <linux/types.h>

struct file {
	void *private_data;
};

struct file_operations {
	long (*unlocked_ioctl)(struct file *filp, unsigned int cmd, unsigned long arg);
};

unsigned long copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long copy_to_user(void __user *to, const void *from, unsigned long n);

#define GFP_KERNEL	0u

void *kzalloc(unsigned long size, unsigned int flags);
void kfree(const void *p);

#endif
