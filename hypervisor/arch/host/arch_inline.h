/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ARCH_INLINE_H
#define HOST_ARCH_INLINE_H

#include <points.h>

struct cpu;

struct cpu *this_cpu(void);

void host_lock_taken(void *lock);
void host_lock_released(void *lock);

/* The CPU that has the lock must get its turn */
void arch_relax(void);

static inline void arch_lock_taken(void *lock)
{
	host_lock_taken(lock);
}

static inline void arch_lock_released(void *lock)
{
	host_lock_released(lock);
}

#endif
