// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The generic timer's virtual counter and timer. */
#include "internal.h"

#define CTL_ENABLE 1
#define NS_PER_S 1000000000ull
#define US_PER_S 1000000ull

static bool sleeping;
static bool handler_set;

uint64_t timer_ticks_to_ns(uint64_t ticks)
{
	uint64_t frequency = timer_frequency();

	/* Seconds apart from the rest: ticks * 10^9 would overflow. */
	return ticks / frequency * NS_PER_S + ticks % frequency * NS_PER_S / frequency;
}

uint64_t timer_us_to_ticks(uint64_t us)
{
	uint64_t frequency = timer_frequency();

	return us / US_PER_S * frequency + (us % US_PER_S * frequency + US_PER_S - 1) / US_PER_S;
}

void udelay(uint64_t us)
{
	uint64_t start = timer_now();
	uint64_t ticks = timer_us_to_ticks(us);

	while (timer_now() - start < ticks)
		cpu_relax();
}

static void wake(uint32_t intid)
{
	write_sysreg(0, cntv_ctl_el0);
	isb();
	__atomic_store_n(&sleeping, false, __ATOMIC_RELAXED);
}

void timer_sleep_us(uint64_t us)
{
	uint64_t flags;

	if (!handler_set) {
		if (irq_enable(TIMER_INTID, wake)) {
			udelay(us);
			return;
		}
		handler_set = true;
	}
	flags = irq_save();
	__atomic_store_n(&sleeping, true, __ATOMIC_RELAXED);
	write_sysreg(timer_now() + timer_us_to_ticks(us), cntv_cval_el0);
	write_sysreg(CTL_ENABLE, cntv_ctl_el0);
	isb();
	/*
	 * WFI ends for a masked interrupt too. Masked, it cannot be taken
	 * between the test and the WFI, which would then sleep for ever.
	 */
	while (__atomic_load_n(&sleeping, __ATOMIC_RELAXED)) {
		wfi();
		irq_on();
		isb();
		irq_off();
	}
	irq_restore(flags);
}
