/* SPDX-License-Identifier: MIT */
/* Sample by Lockstep, not kernel code: the mutex calls that it needs. */
#ifndef _LINUX_MUTEX_H
#define _LINUX_MUTEX_H

struct mutex {
	long owner;
};

void mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
int mutex_lock_killable(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

#endif
