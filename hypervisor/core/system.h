/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_SYSTEM_H
#define CORE_SYSTEM_H

#include <mm/pool.h>
#include <spinlock.h>

struct error;

/* The frames of hypervisor_memory; protected by management_lock */
extern struct frame_pool frame_pool;

/* It has no @wanted frames in a row: -CL_ENOMEM */
int refuse_no_frames(struct error *err, u32 wanted);

/* Management requests come one at a time: others are told that it is busy */
extern spinlock_t management_lock;

#endif
