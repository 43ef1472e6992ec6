/* SPDX-License-Identifier: MIT */
/* Sample by Lockstep, not kernel code: error numbers. */
#ifndef _LINUX_ERRNO_H
#define _LINUX_ERRNO_H

#define EINTR		4
#define ENXIO		6
#define ENOMEM		12
#define EFAULT		14
#define EBUSY		16
#define EINVAL		22
#define ENOTTY		25
#define EOPNOTSUPP	95
#define EALREADY	114

#endif
