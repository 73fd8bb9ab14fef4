/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of arch/arm64's: locks are noted, and nobody else runs. */
#ifndef TEST_GIC_ARCH_INLINE_H
#define TEST_GIC_ARCH_INLINE_H

#include <private.h>

/* What is held now; one at a time is enough for the distributor */
extern void *lock_held;

static inline void arch_relax(void)
{
}

static inline struct cpu *this_cpu(void)
{
	return PRIV->cpu;
}

static inline void arch_lock_taken(void *lock)
{
	lock_held = lock;
}

static inline void arch_lock_released(void *lock)
{
	(void)lock;
	lock_held = NULL;
}

#endif
