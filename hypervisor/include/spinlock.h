/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket lock: fair, so that the longest wait is (number of CPUs - 1) critical
 * sections. Every critical section in the hypervisor is short and free of
 * loops over guest-controlled sizes, and interrupts are masked at EL2.
 */
#ifndef SPINLOCK_H
#define SPINLOCK_H

#include <arch.h>
#include <types.h>

typedef struct {
	u32 next;
	u32 owner;
} spinlock_t;

static inline void spin_lock(spinlock_t *lock)
{
	u32 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		arch_relax();
	arch_lock_taken(lock);
}

static inline bool spin_trylock(spinlock_t *lock)
{
	u32 owner = __atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE);
	u32 expected = owner;

	if (!__atomic_compare_exchange_n(&lock->next, &expected, owner + 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	arch_lock_taken(lock);
	return true;
}

static inline void spin_unlock(spinlock_t *lock)
{
	arch_lock_released(lock);
	__atomic_store_n(&lock->owner, lock->owner + 1, __ATOMIC_RELEASE);
}

#endif
