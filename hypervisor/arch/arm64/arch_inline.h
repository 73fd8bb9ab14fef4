/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_ARCH_INLINE_H
#define ARM64_ARCH_INLINE_H

#include <private.h>

static inline void arch_relax(void)
{
	asm volatile("yield" ::: "memory");
}

static inline struct cpu *this_cpu(void)
{
	return PRIV->cpu;
}

static inline void arch_lock_taken(void *lock)
{
	(void)lock;
	PRIV->locks_held++;
}

static inline void arch_lock_released(void *lock)
{
	(void)lock;
	PRIV->locks_held--;
}

#endif
