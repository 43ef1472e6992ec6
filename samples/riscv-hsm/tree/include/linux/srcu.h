/* SPDX-License-Identifier: MIT */
/* Sample by Lockstep, not kernel code: the SRCU calls that it needs. */
#ifndef _LINUX_SRCU_H
#define _LINUX_SRCU_H

struct srcu_struct {
	int readers[2];
};

int srcu_read_lock(struct srcu_struct *ssp);
void srcu_read_unlock(struct srcu_struct *ssp, int idx);
void synchronize_srcu(struct srcu_struct *ssp);
void synchronize_srcu_expedited(struct srcu_struct *ssp);

#endif
