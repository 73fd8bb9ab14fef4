// SPDX-License-Identifier: GPL-2.0-only
/* The distributor's registers, on the guest's own SPIs and on others. */
#include "gic.h"

#define OWN_MASK ((uint32_t)((1u << NR_SPIS) - 1) << conformance.spi % 32)

static void check_identity(void)
{
	uint32_t typer = mmio_read32(platform.gicd + GICD_TYPER);

	show(typer & 0x1f, "gicd typer lines");
	show(mmio_read32(platform.gicd + GICD_IIDR), "gicd iidr");
	check_equal(typer >> 10 & 1, 0, "gicd typer security");
	if (platform.gic == 2) {
		show(mmio_read32(platform.gicd + GICD_PIDR2_V2) >> 4 & 15, "gicd pidr2 revision");
		show(typer >> 5 & 7, "gicd typer cpus");
		return;
	}
	show(mmio_read32(platform.gicd + GICD_PIDR2) >> 4 & 15, "gicd pidr2 revision");
	show(typer >> 19 & 31, "gicd typer id bits");
	show(typer >> 24 & 3, "gicd typer 1-of-n, a3v");
	show(typer >> 8 & 3, "gicd typer extended ranges, nmi");
	show(typer >> 16 & 7, "gicd typer lpis and messages");
	for (uint32_t offset = 0xffd0; offset < 0x10000; offset += 4) {
		if (offset != GICD_PIDR2 && mmio_read32(platform.gicd + offset) > 0xff)
			check(false, "gicd identification is bytes");
	}
	show(mmio_read32(platform.gicd + 0xffe0), "gicd pidr0");
	show(mmio_read32(platform.gicd + 0xffd0), "gicd pidr4");
	show(mmio_read32(platform.gicd + 0xfff0), "gicd cidr0");
	show(mmio_read32(platform.gicd + 0xfffc), "gicd cidr3");
}

static void check_control(void)
{
	uint64_t reg = platform.gicd + GICD_CTLR;
	uint32_t group1 = platform.gic == 3 ? 2 : 1, value;

	set_distributor(false);
	check_equal(mmio_read32(reg) & group1, 0, "gicd ctlr disabled");
	set_distributor(true);
	check_equal(mmio_read32(reg) & group1, group1, "gicd ctlr enabled");
	if (platform.gic == 2)
		return;
	mmio_write32(reg, 2);
	wait_rwp(32);
	value = mmio_read32(reg);
	check_equal(value & GICD_CTLR_ARE, GICD_CTLR_ARE, "gicd ctlr affinity routing stays");
	check_equal(value & GICD_CTLR_DS, GICD_CTLR_DS, "gicd ctlr one security state");
	mmio_write32(reg, GICD_CTLR_ARE | 3);
	wait_rwp(32);
	show(mmio_read32(reg), "gicd ctlr both groups");
	set_distributor(true);
}

/* What a pair of a set and a clear register does */
static void check_pair(uint32_t set, uint32_t clear, const char *const what[4])
{
	uint64_t word = conformance.spi / 32 * 4;
	uint64_t s = platform.gicd + set + word, c = platform.gicd + clear + word;
	uint32_t shift = conformance.spi % 32;

	mmio_write32(c, OWN_MASK);
	wait_rwp(32);
	check_equal((mmio_read32(s) & OWN_MASK) >> shift, 0, what[0]);
	mmio_write32(s, 0x5u << shift);
	mmio_write32(s, 0x2u << shift);
	mmio_write32(s, 0);
	check_equal((mmio_read32(s) & OWN_MASK) >> shift, 7, what[1]);
	check_equal((mmio_read32(c) & OWN_MASK) >> shift, 7, what[2]);
	mmio_write32(c, 0x2u << shift);
	mmio_write32(c, 0);
	wait_rwp(32);
	check_equal((mmio_read32(s) & OWN_MASK) >> shift, 5, what[3]);
	mmio_write32(c, OWN_MASK);
	wait_rwp(32);
}

static void check_bits(void)
{
	static const char *const enables[] = { "gicd isenabler clear", "gicd isenabler set",
					       "gicd icenabler reads the same",
					       "gicd icenabler one" };
	static const char *const pending[] = { "gicd ispendr clear, disabled",
					       "gicd ispendr set, disabled",
					       "gicd icpendr reads the same, disabled",
					       "gicd icpendr one, disabled" };
	static const char *const active[] = { "gicd isactiver clear", "gicd isactiver set",
					      "gicd icactiver reads the same",
					      "gicd icactiver one" };

	/* A GICv2 has nothing pending for nobody */
	for (uint32_t i = 0; platform.gic == 2 && i < NR_SPIS; i++)
		set_route(conformance.spi + i, 0);
	check_pair(GIC_ISENABLER, GIC_ICENABLER, enables);
	check_pair(GIC_ISPENDR, GIC_ICPENDR, pending);
	check_pair(GIC_ISACTIVER, GIC_ICACTIVER, active);
}

static void check_groups(void)
{
	uint64_t reg = word_of(GIC_IGROUPR, conformance.spi);
	uint32_t old = mmio_read32(reg) & OWN_MASK;

	mmio_write32(reg, ~0u);
	show((mmio_read32(reg) & OWN_MASK) >> conformance.spi % 32, "gicd igroupr group 1");
	mmio_write32(reg, 0);
	show((mmio_read32(reg) & OWN_MASK) >> conformance.spi % 32, "gicd igroupr group 0");
	mmio_write32(reg, old);
}

static void check_priorities(void)
{
	uint64_t reg = platform.gicd + GIC_IPRIORITYR + conformance.spi;

	mmio_write32(reg, 0);
	check_equal(mmio_read32(reg), 0, "gicd ipriorityr zero");
	mmio_write32(reg, 0x10305070);
	check_equal(mmio_read32(reg), 0x10305070, "gicd ipriorityr word");
	mmio_write8(reg + 1, 0xa0);
	check_equal(mmio_read32(reg), 0x1030a070, "gicd ipriorityr byte");
	check_equal(mmio_read8(reg), 0x70, "gicd ipriorityr byte 0");
	check_equal(mmio_read8(reg + 3), 0x10, "gicd ipriorityr byte 3");
	mmio_write8(reg, 0xff);
	show(mmio_read8(reg), "gicd ipriorityr all ones");
	mmio_write32(reg, 0);
}

static void check_config(void)
{
	set_config(conformance.spi, 2);
	set_config(conformance.spi + 1, 0);
	check_equal(get_config(conformance.spi), 2, "gicd icfgr edge");
	check_equal(get_config(conformance.spi + 1), 0, "gicd icfgr level");
	set_config(conformance.spi, 1);
	check_equal(get_config(conformance.spi) & 2, 0, "gicd icfgr level again");
	show(get_config(conformance.spi) & 1, "gicd icfgr lower bit");
	set_config(conformance.spi, 0);
}

static void check_routes(void)
{
	uint64_t reg = platform.gicd + GICD_IROUTER + conformance.spi * 8ull;
	uint64_t mine = conformance.mpidr[0];
	bool all = true;

	for (uint32_t i = 0; i < conformance.nr_cpus; i++) {
		mmio_write64(reg, conformance.mpidr[i]);
		all &= mmio_read64(reg) == conformance.mpidr[i];
	}
	check(all, "gicd irouter every cpu");
	mmio_write32(reg + 4, (uint32_t)(mine >> 32));
	mmio_write32(reg, (uint32_t)mine);
	check(mmio_read64(reg) == mine, "gicd irouter by halves");
	check(mmio_read32(reg) == (uint32_t)mine && mmio_read32(reg + 4) == mine >> 32,
	      "gicd irouter halves read");
	mmio_write64(reg, mine | 1ull << 31);
	show(mmio_read64(reg) >> 31 & 1, "gicd irouter 1-of-n");
	mmio_write64(reg, mine);
	mmio_write64(reg, 0xff00ffff00ull);
	show(mmio_read64(reg) != mine, "gicd irouter to nobody is kept");
	mmio_write64(reg, mine);
	check_equal(mmio_read32(platform.gicd + GICD_ITARGETSR + conformance.spi), 0,
		    "gicd itargetsr does not exist");
	mmio_write8(platform.gicd + GICD_ITARGETSR + conformance.spi, 1);
	check_equal(mmio_read8(platform.gicd + GICD_ITARGETSR + conformance.spi), 0,
		    "gicd itargetsr byte does not exist");
}

static void check_targets(void)
{
	uint64_t reg = platform.gicd + GICD_ITARGETSR + conformance.spi;
	uint32_t mine = this_cpu()->interface, private;

	private = mmio_read32(platform.gicd + GICD_ITARGETSR);
	check(private == mine * 0x01010101, "gicd itargetsr of private ones is this cpu");
	mmio_write8(reg, (uint8_t)mine);
	check(mmio_read8(reg) == mine, "gicd itargetsr this cpu");
	mmio_write8(reg, 0xff);
	check(mmio_read8(reg) & mine, "gicd itargetsr all");
	check((mmio_read8(reg) & mmio_read8(reg) >> 1) || conformance.nr_cpus == 1,
	      "gicd itargetsr all is more than one");
	mmio_write32(reg, mine * 0x01010101);
	check(mmio_read32(reg) == mine * 0x01010101, "gicd itargetsr word");
}

/* What each width leads to: 0 nothing, 1 a value, 2 an abort; a digit for each of 8, 16, 32, 64 */
static uint32_t widths_of(uint64_t address)
{
	uint32_t result = 0;
	uint64_t value;

	for (unsigned int size = 1; size <= 8; size *= 2) {
		bool taken = address % size == 0 && try_read(address, size, &value, NULL);

		result = result << 4 | (taken ? (value ? 1 : 0) : 2);
	}
	return result;
}

static void check_widths(void)
{
	uint32_t word = conformance.spi / 32 * 4;

	mmio_write32(platform.gicd + GIC_IPRIORITYR + conformance.spi, 0xa0a0a0a0);
	mmio_write32(word_of(GIC_ISENABLER, conformance.spi), OWN_MASK);
	set_config(conformance.spi, 2);
	show(widths_of(platform.gicd + GICD_CTLR), "gicd width ctlr");
	show(widths_of(platform.gicd + GIC_ISENABLER + word), "gicd width isenabler");
	show(widths_of(platform.gicd + GIC_IPRIORITYR + conformance.spi), "gicd width ipriorityr");
	show(widths_of(platform.gicd + GIC_ICFGR + conformance.spi / 16 * 4), "gicd width icfgr");
	mmio_write32(word_of(GIC_ICENABLER, conformance.spi), OWN_MASK);
	if (platform.gic == 3) {
		show(widths_of(platform.gicd + GICD_PIDR2), "gicd width pidr2");
		show(widths_of(platform.gicd + 0xc), "gicd width reserved");
		show(widths_of(platform.gicd + GICD_ITARGETSR + conformance.spi),
		     "gicd width itargetsr");
		show(widths_of(platform.gicd + 0x1200), "gicd width isenabler extended");
	}
}

/* In a cell: an interrupt of somebody else's */
static void check_foreign(uint32_t intid)
{
	static const struct {
		uint32_t offset;
		const char *what;
	} regs[] = {
		{ GIC_ISENABLER, "cell: foreign isenabler" },
		{ GIC_ISPENDR, "cell: foreign ispendr" },
		{ GIC_ISACTIVER, "cell: foreign isactiver" },
		{ GIC_IGROUPR, "cell: foreign igroupr" },
	};

	for (unsigned int i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		mmio_write32(platform.gicd + regs[i].offset + intid / 32 * 4, bit_of(intid));
		check(!test_bit(regs[i].offset, intid), regs[i].what);
	}
	set_priority(intid, 0xa0);
	check(!mmio_read8(platform.gicd + GIC_IPRIORITYR + intid), "cell: foreign ipriorityr");
	set_config(intid, 2);
	check(!get_config(intid), "cell: foreign icfgr");
	set_route(intid, 0);
	if (platform.gic == 3)
		check(!mmio_read64(platform.gicd + GICD_IROUTER + intid * 8),
		      "cell: foreign irouter");
	else
		check(!mmio_read8(platform.gicd + GICD_ITARGETSR + intid),
		      "cell: foreign itargetsr");
}

void check_distributor(void)
{
	check_identity();
	check_control();
	check_bits();
	check_groups();
	check_priorities();
	check_config();
	if (platform.gic == 3)
		check_routes();
	else
		check_targets();
	check_widths();
	if (platform.comm)
		check_foreign(conformance.spi + NR_SPIS);
}
