// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts between CPUs, and SPIs that are sent to one or another of them. */
#include "gic.h"

#define SGI 3
#define SGI1R_IRM (1ull << 40)

/* What a CPU finds when it is asked to look */
struct look {
	uint32_t intid;
	uint32_t iar;
	bool came;
	bool once;
};

/* Takes what arrives; the sender of a GICv2's SGI is above the INTID */
static void take(void *arg)
{
	struct look *l = arg;

	l->came = arrives();
	l->iar = acknowledge();
	if ((l->iar & 0x3ff) < 1020)
		end(l->iar);
	l->once = stays_away();
}

static void make_sure(void *arg)
{
	*(bool *)arg = stays_away();
}

static void prepare(void *arg)
{
	irq_off();
	reset_interface();
	set_priority(SGI, 0x80);
	enable(SGI);
	dsb(sy);
}

/* To oneself by its own affinity, and by the forms that name no CPU */
static void send_to_self(void)
{
	if (platform.gic == 3)
		sgi_send(this_cpu()->mpidr, SGI);
	else
		mmio_write32(platform.gicd + GICD_SGIR, 2u << 24 | SGI);
}

static void send_to_others(void)
{
	dsb(ish);
	if (platform.gic == 3)
		write_sysreg(SGI1R_IRM | (uint64_t)SGI << 24, icc_sgi1r_el1);
	else
		mmio_write32(platform.gicd + GICD_SGIR, 1u << 24 | SGI);
	isb();
}

static void check_self(void)
{
	uint32_t iar;

	send_to_self();
	check(arrives(), "sgi to self arrives");
	check(is_pending(SGI), "sgi pending until acknowledged");
	check(highest_pending() == SGI, "sgi hppir");
	iar = acknowledge();
	check((iar & 0x3ff) == SGI, "sgi iar");
	check(is_active(SGI), "sgi active when acknowledged");
	send_to_self();
	check(stays_away(), "sgi not again while active");
	check(is_pending(SGI) && is_active(SGI), "sgi pending and active");
	end(iar);
	check(comes_once(SGI), "sgi sent while active comes afterwards");
	check(!is_pending(SGI) && !is_active(SGI), "sgi at rest");
	send_to_self();
	arrives();
	send_to_self();
	check(comes_once(SGI), "sgi sent twice comes once");
}

/* By registers, as a driver that restores state does it */
static void check_pending(void)
{
	uint64_t set = platform.gicd + GICD_SPENDSGIR + SGI;
	uint64_t clear = platform.gicd + GICD_CPENDSGIR + SGI;
	bool banked = platform.gic == 2;
	uint8_t self = own_interface();

	if (banked)
		mmio_write8(set, self);
	else
		set_bit(GIC_ISPENDR, SGI);
	check(comes_once(SGI), "sgi set pending comes");
	send_to_self();
	arrives();
	if (banked)
		mmio_write8(clear, self);
	else
		set_bit(GIC_ICPENDR, SGI);
	check(!is_pending(SGI) && stays_away(), "sgi clear pending takes it back");
	acknowledge();
}

/* An SGI of a GICv2 is always enabled */
static void check_enable_and_active(void)
{
	uint32_t iar;

	disable(SGI);
	send_to_self();
	check(stays_away(), "sgi disabled is not signalled");
	check(is_pending(SGI), "sgi disabled is pending");
	set_bit(GIC_ICPENDR, SGI);
	enable(SGI);
	check(stays_away(), "sgi clear pending");
	send_to_self();
	arrives();
	disable(SGI);
	check(stays_away(), "sgi disabled while pending");
	enable(SGI);
	check(comes_once(SGI), "sgi enabled again comes");
	send_to_self();
	arrives();
	iar = acknowledge();
	set_bit(GIC_ICACTIVER, SGI);
	check(!is_active(SGI), "sgi made inactive");
	end(iar);
	check(stays_away(), "sgi made inactive is over");
	set_bit(GIC_ISACTIVER, SGI);
	check(is_active(SGI), "sgi made active");
	send_to_self();
	check(stays_away(), "sgi made active does not come");
	set_bit(GIC_ICACTIVER, SGI);
	check(comes_once(SGI), "sgi made inactive comes");
}

static bool all_take(void)
{
	bool right = true;

	for (uint32_t i = 1; i < conformance.nr_cpus; i++) {
		struct look l = { 0 };

		run_on(i, take, &l);
		right &= l.came && (l.iar & 0x3ff) == SGI && l.once;
	}
	return right;
}

static void check_others(void)
{
	bool right = true, away = true, quiet = true;

	for (uint32_t i = 1; i < conformance.nr_cpus; i++) {
		struct look l = { 0 };

		sgi_send(conformance.mpidr[i], SGI);
		run_on(i, take, &l);
		right &= l.came && (l.iar & 0x3ff) == SGI && l.once;
		if (platform.gic == 2)
			right &= 1u << (l.iar >> 10) == own_interface();
		away &= stays_away();
	}
	check(right, "sgi to each cpu");
	check(away, "sgi to each cpu, not to self");
	send_to_others();
	check(all_take(), "sgi to all others");
	check(stays_away(), "sgi to all others, not to self");
	for (uint32_t i = 1; i < conformance.nr_cpus; i++) {
		bool q;

		run_on(i, make_sure, &q);
		quiet &= q;
	}
	check(quiet, "sgi once only");
	if (platform.gic == 3) {
		/* A cluster that does not exist, and an empty list */
		write_sysreg(0xfeull << 48 | 0xfeull << 32 | SGI << 24 | 0xfeull << 16 | 0xffff,
			     icc_sgi1r_el1);
		write_sysreg((uint64_t)SGI << 24, icc_sgi1r_el1);
		isb();
		run_on(1, make_sure, &quiet);
		check(quiet && stays_away(), "sgi to nobody");
	}
}

static void acknowledge_only(void *arg)
{
	struct look *l = arg;

	l->came = arrives();
	l->iar = acknowledge();
}

static void end_only(void *arg)
{
	end(((struct look *)arg)->iar);
}

static void check_routes(void)
{
	uint32_t spi = conformance.spi, last = conformance.nr_cpus - 1;
	bool right = true, quiet;
	struct look l;

	enable(spi);
	for (uint32_t i = 0; i < conformance.nr_cpus; i++) {
		l = (struct look){ 0 };
		set_route(spi, i);
		set_bit(GIC_ISPENDR, spi);
		if (i)
			run_on(i, take, &l);
		else
			take(&l);
		right &= l.came && l.iar == spi && l.once;
	}
	check(right, "spi to each cpu");

	/* Another CPU looks at it in each state, and takes it away */
	set_route(spi, last);
	set_bit(GIC_ISPENDR, spi);
	check(is_pending(spi) && !is_active(spi), "spi on another cpu is pending");
	run_on(last, acknowledge_only, &l);
	check(is_active(spi) && !is_pending(spi), "spi on another cpu is active");
	run_on(last, end_only, &l);
	check(!is_active(spi) && !is_pending(spi), "spi on another cpu at rest");
	set_bit(GIC_ISPENDR, spi);
	is_pending(spi);
	set_bit(GIC_ICPENDR, spi);
	run_on(last, make_sure, &quiet);
	check(quiet, "spi on another cpu taken back");
	set_bit(GIC_ISPENDR, spi);
	disable(spi);
	run_on(last, make_sure, &quiet);
	check(quiet, "spi on another cpu disabled");
	set_route(spi, 0);
	enable(spi);
	check(comes_once(spi), "spi comes to its new cpu");
	set_distributor(false);
	set_route(spi, last);
	set_bit(GIC_ISPENDR, spi);
	run_on(last, make_sure, &quiet);
	check(quiet, "gicd ctlr off: not on another cpu");
	set_distributor(true);
	run_on(last, take, &l);
	check(l.came && l.iar == spi && l.once, "gicd ctlr on: on another cpu");
	set_route(spi, 0);
	disable(spi);
}

/* A CPU goes off with an interrupt that it did not take */
static void check_off(void)
{
	uint32_t spi = conformance.spi, last = conformance.nr_cpus - 1;

	set_route(spi, last);
	enable(spi);
	set_bit(GIC_ISPENDR, spi);
	is_pending(spi);
	stop_cpus();
	check(is_pending(spi), "spi stays pending when its cpu goes off");
	set_route(spi, 0);
	check(comes_once(spi), "spi of a cpu that went off comes");
	disable(spi);
}

void check_smp(void)
{
	reset_interrupts();
	prepare(NULL);
	check_self();
	check_pending();
	if (platform.gic == 3)
		check_enable_and_active();
	if (conformance.nr_cpus == 1)
		return;
	start_cpus();
	for (uint32_t i = 1; i < conformance.nr_cpus; i++)
		run_on(i, prepare, NULL);
	check_others();
	check_routes();
	check_off();
}
