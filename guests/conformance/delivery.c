// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts on their way to the boot CPU: states, priorities, ends. */
#include "gic.h"

#define SPI(n) (conformance.spi + (n))
#define ROUNDS 100

/* Pending, seen, taken, ended: what the registers say at each step */
static void check_states(void)
{
	uint32_t spi = SPI(0), iar;

	enable(spi);
	check(stays_away(), "spi nothing without a reason");
	check_equal(acknowledge(), SPURIOUS, "iar without an interrupt");
	set_bit(GIC_ISPENDR, spi);
	check(arrives(), "spi set pending arrives");
	check(is_pending(spi), "spi pending until acknowledged");
	check(!is_active(spi), "spi not active until acknowledged");
	check(highest_pending() == spi, "hppir names it");
	check_equal(running_priority(), NO_PRIORITY, "rpr idle");
	iar = acknowledge();
	check(iar == spi, "iar names it");
	check(!is_pending(spi), "spi not pending when acknowledged");
	check(is_active(spi), "spi active when acknowledged");
	check_equal(running_priority(), 0xa0, "rpr of it");
	check(stays_away(), "spi signalled no more");
	set_bit(GIC_ISPENDR, spi);
	check(is_pending(spi) && is_active(spi), "spi pending and active");
	check(stays_away(), "spi not again while active");
	end(iar);
	check(!is_active(spi), "spi inactive at the end");
	check_equal(running_priority(), NO_PRIORITY, "rpr idle again");
	check(comes_once(spi), "spi pending while active comes afterwards");
	check(!is_pending(spi) && !is_active(spi), "spi at rest");
}

static void check_withdrawal(void)
{
	uint32_t spi = SPI(0);

	set_bit(GIC_ISPENDR, spi);
	arrives();
	set_bit(GIC_ICPENDR, spi);
	check(!is_pending(spi) && stays_away(), "spi clear pending takes it back");
	acknowledge();
	set_bit(GIC_ISPENDR, spi);
	arrives();
	set_bit(GIC_ISPENDR, spi);
	check(comes_once(spi), "spi set pending twice comes once");
	set_bit(GIC_ISPENDR, spi);
	arrives();
	disable(spi);
	check(is_pending(spi), "spi disabled stays pending");
	check(stays_away(), "spi disabled is not signalled");
	check_equal(acknowledge(), SPURIOUS, "iar of a disabled spi");
	enable(spi);
	check(comes_once(spi), "spi enabled again comes");
}

static void check_active(void)
{
	uint32_t spi = SPI(0), iar;

	set_bit(GIC_ISACTIVER, spi);
	set_bit(GIC_ISPENDR, spi);
	check(stays_away(), "spi made active does not come");
	check(is_active(spi) && is_pending(spi), "spi made active is pending, too");
	set_bit(GIC_ICACTIVER, spi);
	check(comes_once(spi), "spi made inactive comes");
	set_bit(GIC_ISPENDR, spi);
	arrives();
	iar = acknowledge();
	set_bit(GIC_ICACTIVER, spi);
	check(!is_active(spi), "spi acknowledged, made inactive");
	set_bit(GIC_ISPENDR, spi);
	check(stays_away(), "spi of the running priority waits");
	end(iar);
	check(comes_once(spi), "spi comes after the end");
}

static void check_enables(void)
{
	uint32_t spi = SPI(0), iar;

	set_distributor(false);
	set_bit(GIC_ISPENDR, spi);
	check(stays_away(), "gicd ctlr off: not signalled");
	check(is_pending(spi), "gicd ctlr off: pending");
	check_equal(highest_pending(), SPURIOUS, "gicd ctlr off: hppir");
	set_distributor(true);
	check(arrives(), "gicd ctlr on: signalled");
	set_distributor(false);
	check(stays_away(), "gicd ctlr off again: not signalled");
	iar = acknowledge();
	check_equal(iar, SPURIOUS, "gicd ctlr off again: iar");
	if (iar != SPURIOUS)
		end(iar);
	set_distributor(true);
	check(comes_once(spi), "gicd ctlr on again: comes");
	set_group(false);
	set_bit(GIC_ISPENDR, spi);
	check(stays_away(), "group off: not signalled");
	check_equal(acknowledge(), SPURIOUS, "group off: iar");
	set_group(true);
	check(comes_once(spi), "group on: comes");
}

/* More at once than a CPU has list registers, the least urgent first */
static void check_order(void)
{
	uint32_t iar[NR_SPIS];
	bool right = true, nested = true;

	for (uint32_t i = 0; i < NR_SPIS; i++) {
		set_priority(SPI(i), (uint8_t)(0xf0 - (i + 1) * 0x18) & 0xf8);
		enable(SPI(i));
		set_bit(GIC_ISPENDR, SPI(i));
	}
	arrives();
	for (uint32_t i = 0; i < NR_SPIS; i++)
		nested &= is_pending(SPI(i));
	check(nested, "order: all are pending");
	for (uint32_t i = 0; i < NR_SPIS; i++) {
		iar[i] = acknowledge();
		right &= iar[i] == SPI(NR_SPIS - 1 - i);
		end(iar[i]);
		if (i < NR_SPIS - 1)
			nested &= arrives();
	}
	check(right, "order: by priority");
	check(nested, "order: all come");
	check(stays_away(), "order: nothing else");
}

static void check_mask(void)
{
	uint32_t spi = SPI(0);

	set_priority(spi, 0x80);
	set_mask(0x80);
	set_bit(GIC_ISPENDR, spi);
	check(stays_away(), "pmr equal: not signalled");
	check_equal(acknowledge(), SPURIOUS, "pmr equal: iar");
	check(highest_pending() == spi, "pmr equal: hppir");
	set_mask(0x88);
	check(arrives(), "pmr one step less urgent: signalled");
	set_mask(0x40);
	check(stays_away(), "pmr more urgent: not signalled");
	set_mask(NO_PRIORITY);
	check(comes_once(spi), "pmr open: comes");
	set_mask(0xff);
	show(get_mask(), "pmr all ones");
	set_mask(0);
	check_equal(get_mask(), 0, "pmr zero");
	set_mask(NO_PRIORITY);
}

/* One is being handled; which others may interrupt it? */
static void check_preemption(void)
{
	uint32_t low = SPI(0), high = SPI(1), first, second;

	set_priority(low, 0xa0);
	set_priority(high, 0x80);
	set_bit(GIC_ISPENDR, low);
	arrives();
	first = acknowledge();
	set_bit(GIC_ISPENDR, high);
	check(arrives(), "preemption by a more urgent one");
	second = acknowledge();
	check(first == low && second == high, "preemption order");
	check_equal(running_priority(), 0x80, "preemption rpr");
	end(second);
	check_equal(running_priority(), 0xa0, "preemption rpr afterwards");
	set_priority(high, 0xa0);
	set_bit(GIC_ISPENDR, high);
	check(stays_away(), "preemption not by an equal one");
	end(first);
	check(comes_once(high), "equal one comes afterwards");

	/* Group priorities of 2 bits: 0x80 and 0xa0 are the same, 0x40 is not */
	set_bpr(platform.gic == 3 ? 6 : 5);
	set_priority(high, 0x80);
	set_bit(GIC_ISPENDR, low);
	arrives();
	first = acknowledge();
	show(running_priority(), "bpr: rpr");
	set_bit(GIC_ISPENDR, high);
	check(stays_away(), "bpr: not within a group priority");
	set_bit(GIC_ICPENDR, high);
	set_priority(high, 0x40);
	set_bit(GIC_ISPENDR, high);
	check(arrives(), "bpr: by another group priority");
	second = acknowledge();
	end(second);
	end(first);
	check(stays_away() && second == high, "bpr: both end");
	set_bpr(0);
	show(get_bpr(), "bpr smallest");
	set_bpr(7);
	check_equal(get_bpr(), 7, "bpr largest");
	set_bpr(0);
}

static void check_eoimode(void)
{
	uint32_t spi = SPI(0), iar;

	set_priority(spi, 0xa0);
	set_priority(SPI(1), 0xa0);
	set_eoimode(true);
	set_bit(GIC_ISPENDR, spi);
	arrives();
	iar = acknowledge();
	end(iar);
	check_equal(running_priority(), NO_PRIORITY, "eoimode 1: end drops the priority");
	check(is_active(spi), "eoimode 1: end leaves it active");
	set_bit(GIC_ISPENDR, spi);
	check(stays_away(), "eoimode 1: not again while active");
	set_bit(GIC_ISPENDR, SPI(1));
	check(arrives(), "eoimode 1: another comes");
	end(acknowledge());
	deactivate(SPI(1));
	check(!is_active(SPI(1)) && is_active(spi), "eoimode 1: dir of the other");
	deactivate(iar);
	check(!is_active(spi) || is_pending(spi), "eoimode 1: dir deactivates");
	check(arrives(), "eoimode 1: then it comes again");
	iar = acknowledge();
	end(iar);
	deactivate(iar);
	set_eoimode(false);
	check(stays_away() && !is_active(spi), "eoimode 0 again");
	if (platform.gic == 2)
		return; /* which CPU's it would be is not defined; QEMU: each one's */
	set_bit(GIC_ISACTIVER, spi);
	set_eoimode(true);
	deactivate(spi);
	check(!is_active(spi), "eoimode 1: dir of one made active");
	set_bit(GIC_ISPENDR, spi);
	set_bit(GIC_ISACTIVER, spi);
	check(stays_away(), "eoimode 1: made active while pending");
	deactivate(spi);
	check(comes_once(spi), "eoimode 1: then it comes");
	set_bit(GIC_ICACTIVER, spi);
	set_eoimode(false);
}

/* The virtual timer's output is a level */
static void check_level(void)
{
	uint32_t iar, late = 0;

	enable(TIMER_INTID);
	check(stays_away(), "timer off");
	write_sysreg(timer_now(), cntv_cval_el0);
	write_sysreg(1, cntv_ctl_el0);
	check(arrives(), "timer comes");
	check(is_pending(TIMER_INTID), "timer pending");
	iar = acknowledge();
	check_equal(iar, TIMER_INTID, "timer iar");
	check(is_pending(TIMER_INTID) && is_active(TIMER_INTID),
	      "timer pending and active while asserted");
	end(iar);
	check(arrives(), "timer comes again while asserted");
	iar = acknowledge();
	/* By itself: not with whatever else happens on the machine */
	for (unsigned int i = 0; i < ROUNDS && iar == TIMER_INTID; i++) {
		end(iar);
		late += stays_away();
		iar = acknowledge();
	}
	check_equal(late, 0, "timer comes again late");
	write_sysreg(0, cntv_ctl_el0);
	isb();
	check(!is_pending(TIMER_INTID), "timer silenced is not pending");
	end(iar);
	check(stays_away(), "timer silenced comes no more");
	write_sysreg(1, cntv_ctl_el0);
	arrives();
	write_sysreg(0, cntv_ctl_el0);
	isb();
	check(stays_away(), "timer silenced before it is taken");
	iar = acknowledge();
	if (iar != SPURIOUS)
		end(iar);
	disable(TIMER_INTID);
	write_sysreg(1, cntv_ctl_el0);
	isb();
	check(stays_away() && is_pending(TIMER_INTID), "timer disabled is pending");
	set_bit(GIC_ICPENDR, TIMER_INTID);
	check(is_pending(TIMER_INTID), "timer stays pending while asserted");
	write_sysreg(0, cntv_ctl_el0);
	isb();
	check(!is_pending(TIMER_INTID), "timer disabled, silenced");
}

static uint32_t depth, deepest;
static uint32_t seen[4], nr_seen;

static void note(uint32_t intid)
{
	if (nr_seen < 4)
		seen[nr_seen++] = intid;
	if (++depth > deepest)
		deepest = depth;
	if (intid == SPI(0)) {
		set_bit(GIC_ISPENDR, SPI(1));
		irq_on();
		for (unsigned int i = 0; i < 1000000 && nr_seen < 2; i++)
			cpu_relax();
		irq_off();
	}
	depth--;
}

/* By exceptions, as most guests do it */
static void check_exceptions(void)
{
	reset_interrupts();
	irq_enable(SPI(0), note);
	irq_enable(SPI(1), note);
	set_config(SPI(0), 2);
	set_priority(SPI(1), 0x40);
	set_bit(GIC_ISPENDR, SPI(0));
	irq_on();
	for (unsigned int i = 0; i < 1000000 && nr_seen < 2; i++)
		cpu_relax();
	irq_off();
	check(nr_seen == 2 && seen[0] == SPI(0) && seen[1] == SPI(1), "handlers in order");
	check_equal(deepest, 2, "handlers nested");
}

void check_delivery(void)
{
	reset_interrupts();
	reset_interface();
	check_states();
	check_withdrawal();
	check_active();
	check_enables();
	check_order();
	check_mask();
	check_preemption();
	check_eoimode();
	check_level();
	check_exceptions();
	reset_interrupts();
}
