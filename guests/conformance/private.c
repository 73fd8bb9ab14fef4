// SPDX-License-Identifier: GPL-2.0-only
/* What each CPU has of its own: SGIs and PPIs, and with GICv3 a redistributor. */
#include "gic.h"

struct walk {
	uint32_t frames;
	uint32_t last;
	uint32_t mine;
	bool others_known;
};

static bool visit(uint64_t mpidr, uint64_t frame, void *context)
{
	struct walk *w = context;
	uint64_t typer = mmio_read64(frame + GICR_TYPER);

	w->frames++;
	w->last += typer >> 4 & 1;
	w->mine += mpidr == this_cpu()->mpidr;
	w->others_known &= (mmio_read32(frame + GICD_PIDR2) >> 4 & 15) >= 3;
	return true;
}

static void check_frames(void)
{
	struct walk w = { .others_known = true };
	uint64_t frame = this_cpu()->gicr;
	uint64_t typer = mmio_read64(frame + GICR_TYPER);

	gic_for_each_frame(visit, &w);
	check(w.frames >= conformance.nr_cpus, "gicr a frame for each cpu");
	check_equal(w.last, 1, "gicr typer last");
	check_equal(w.mine, 1, "gicr typer affinity");
	check(w.others_known, "gicr pidr2 of all frames");
	check(mmio_read32(frame + GICR_TYPER) == (uint32_t)typer &&
		      mmio_read32(frame + GICR_TYPER + 4) == typer >> 32,
	      "gicr typer by halves");
	show(typer >> 1 & 3, "gicr typer virtual lpis, dirty");
	show(typer & 9, "gicr typer lpis");
	show(mmio_read32(frame + GICR_IIDR), "gicr iidr");
	show(mmio_read32(frame + GICD_PIDR2) >> 4 & 15, "gicr pidr2 revision");
	show(mmio_read32(frame + GICR_CTLR) & ~7u, "gicr ctlr");
}

static void check_waker(void)
{
	uint64_t reg = this_cpu()->gicr + GICR_WAKER;

	check_equal(mmio_read32(reg) & 6, 0, "gicr waker awake");
	set_group(false);
	mmio_write32(reg, 2);
	check_equal(mmio_read32(reg) & 6, 6, "gicr waker asleep");
	mmio_write32(reg, 0);
	check_equal(mmio_read32(reg) & 6, 0, "gicr waker awake again");
	set_group(true);
}

static void check_bits(uint32_t intid, const char *const what[6])
{
	static const uint32_t pairs[][2] = { { GIC_ISENABLER, GIC_ICENABLER },
					     { GIC_ISPENDR, GIC_ICPENDR },
					     { GIC_ISACTIVER, GIC_ICACTIVER } };

	for (unsigned int i = 0; i < 3; i++) {
		set_bit(pairs[i][1], intid);
		wait_rwp(intid);
		set_bit(pairs[i][0], intid);
		check(test_bit(pairs[i][0], intid) && test_bit(pairs[i][1], intid), what[2 * i]);
		set_bit(pairs[i][1], intid);
		wait_rwp(intid);
		check(!test_bit(pairs[i][0], intid) && !test_bit(pairs[i][1], intid),
		      what[2 * i + 1]);
	}
}

static void check_priorities(void)
{
	uint64_t reg = bank(0) + GIC_IPRIORITYR;

	mmio_write32(reg, 0x10305070);
	check_equal(mmio_read32(reg), 0x10305070, "sgi priority word");
	mmio_write8(reg + 2, 0xc0);
	check_equal(mmio_read32(reg), 0x10c05070, "sgi priority byte");
	mmio_write8(reg, 0xff);
	show(mmio_read8(reg), "sgi priority all ones");
	mmio_write32(reg, 0xa0a0a0a0);
	mmio_write8(reg + PPI, 0x60);
	check_equal(mmio_read8(reg + PPI), 0x60, "ppi priority");
}

static void check_config(void)
{
	uint64_t reg = bank(0) + GIC_ICFGR;
	uint32_t ppi = get_config(PPI);

	mmio_write32(reg, 0);
	check_equal(mmio_read32(reg), 0xaaaaaaaa, "sgi config is edge");
	set_config(PPI, 2);
	show(get_config(PPI), "ppi config edge");
	set_config(PPI, 0);
	show(get_config(PPI), "ppi config level");
	set_config(PPI, ppi);
	show(get_config(TIMER_INTID) & 2, "ppi config timer");
}

/* PPIs are each CPU's own */
static void read_pending(void *arg)
{
	*(uint32_t *)arg = mmio_read32(bank(0) + GIC_ISPENDR);
}

static void check_other_cpu(void)
{
	uint64_t other = guest_cpus[1].gicr + GICR_SGI;
	uint32_t seen;

	set_bit(GIC_ISPENDR, PPI);
	run_on(1, read_pending, &seen);
	check(!(seen & bit_of(PPI)), "ppi pending is not another cpu's");
	set_bit(GIC_ICPENDR, PPI);
	if (platform.gic == 2)
		return;
	mmio_write32(other + GIC_ISPENDR, bit_of(PPI));
	run_on(1, read_pending, &seen);
	check(seen & bit_of(PPI), "gicr of another cpu ispendr");
	check(mmio_read32(other + GIC_ISPENDR) & bit_of(PPI), "gicr of another cpu reads");
	mmio_write32(other + GIC_ICPENDR, bit_of(PPI));
	run_on(1, read_pending, &seen);
	check(!(seen & bit_of(PPI)), "gicr of another cpu icpendr");
	mmio_write8(other + GIC_IPRIORITYR + PPI, 0x40);
	check_equal(mmio_read8(other + GIC_IPRIORITYR + PPI), 0x40, "gicr of another cpu priority");
}

static void check_sgi_registers_v2(void)
{
	uint64_t set = platform.gicd + GICD_SPENDSGIR, clear = platform.gicd + GICD_CPENDSGIR;

	show(mmio_read32(bank(0) + GIC_ISENABLER) & 0xffff, "sgi enables");
	mmio_write8(set + 3, own_interface());
	check(mmio_read8(set + 3) == own_interface(), "gicd spendsgir");
	mmio_write8(clear + 3, own_interface());
	check_equal(mmio_read8(set + 3), 0, "gicd cpendsgir");
}

void check_private(void)
{
	static const char *const ppis[] = { "ppi enable",      "ppi disable",
					    "ppi set pending", "ppi clear pending",
					    "ppi set active",  "ppi clear active" };
	static const char *const sgis[] = { "sgi enable",      "sgi disable",
					    "sgi set pending", "sgi clear pending",
					    "sgi set active",  "sgi clear active" };

	reset_interrupts();
	if (platform.gic == 3) {
		check_frames();
		check_waker();
		check_bits(5, sgis);
	} else {
		check_sgi_registers_v2();
	}
	check_bits(PPI, ppis);
	check_priorities();
	check_config();
	if (conformance.nr_cpus > 1) {
		start_cpus();
		check_other_cpu();
		stop_cpus();
	}
}
