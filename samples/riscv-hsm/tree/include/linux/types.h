/* SPDX-License-Identifier: MIT */
/* Sample by Lockstep, not kernel code: basic types and macros. */
#ifndef _LINUX_TYPES_H
#define _LINUX_TYPES_H

#define NULL	((void *)0)
#define bool	_Bool
#define true	1
#define false	0

#define __user

typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned long gpa_t;

void set_bit(int nr, unsigned long *word);
bool test_and_clear_bit(int nr, unsigned long *word);

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))

#endif
