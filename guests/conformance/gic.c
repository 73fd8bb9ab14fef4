// SPDX-License-Identifier: GPL-2.0-only
#include "gic.h"

/* Accesses that something that is to come, or shall not come, gets as its time */
#define SPINS_UNTIL 5000000
#define SPINS_WITHOUT 2000

#define ISR_I (1u << 7)

void wait_rwp(uint32_t intid)
{
	uint64_t reg = platform.gicd + GICD_CTLR;
	uint32_t bit = GICD_CTLR_RWP;

	if (platform.gic != 3)
		return;
	if (intid < 32) {
		reg = this_cpu()->gicr + GICR_CTLR;
		bit = GICR_CTLR_RWP;
	}
	for (unsigned int i = 0; mmio_read32(reg) & bit; i++) {
		if (i == SPINS_UNTIL)
			guest_fail("RWP stays set");
		cpu_relax();
	}
}

void enable(uint32_t intid)
{
	set_bit(GIC_ISENABLER, intid);
}

void disable(uint32_t intid)
{
	set_bit(GIC_ICENABLER, intid);
	wait_rwp(intid);
}

void set_priority(uint32_t intid, uint8_t priority)
{
	mmio_write8(bank(intid) + GIC_IPRIORITYR + intid, priority);
	dsb(sy);
}

uint32_t get_config(uint32_t intid)
{
	return mmio_read32(bank(intid) + GIC_ICFGR + intid / 16 * 4) >> intid % 16 * 2 & 3;
}

void set_config(uint32_t intid, uint32_t config)
{
	uint64_t reg = bank(intid) + GIC_ICFGR + intid / 16 * 4;
	uint32_t shift = intid % 16 * 2;

	mmio_write32(reg, (mmio_read32(reg) & ~(3u << shift)) | config << shift);
}

void set_route(uint32_t spi, uint32_t cpu)
{
	if (platform.gic == 3)
		mmio_write64(platform.gicd + GICD_IROUTER + spi * 8ull, conformance.mpidr[cpu]);
	else
		mmio_write8(platform.gicd + GICD_ITARGETSR + spi,
			    (uint8_t)guest_cpus[cpu].interface);
	dsb(sy);
}

static void reset_interrupt(uint32_t intid)
{
	disable(intid);
	if (intid >= 32) {
		set_config(intid, 2);
		set_route(intid, this_cpu()->index);
		if (platform.gic == 3)
			mmio_write32(word_of(GIC_IGROUPR, intid),
				     mmio_read32(word_of(GIC_IGROUPR, intid)) | bit_of(intid));
	}
	set_bit(GIC_ICPENDR, intid);
	set_bit(GIC_ICACTIVER, intid);
	set_priority(intid, 0xa0);
}

void reset_interrupts(void)
{
	for (uint32_t i = 0; i < NR_SPIS; i++)
		reset_interrupt(conformance.spi + i);
	for (uint32_t i = 0; i < 16; i++)
		reset_interrupt(i);
	reset_interrupt(PPI);
	reset_interrupt(TIMER_INTID);
}

uint32_t acknowledge(void)
{
	uint32_t iar;

	if (platform.gic == 2)
		return mmio_read32(platform.gicc + GICC_IAR);
	iar = (uint32_t)read_sysreg(icc_iar1_el1);
	isb();
	dsb(sy);
	return iar;
}

void end(uint32_t iar)
{
	if (platform.gic == 2)
		mmio_write32(platform.gicc + GICC_EOIR, iar);
	else
		write_sysreg(iar, icc_eoir1_el1);
	dsb(sy);
	isb();
}

void deactivate(uint32_t iar)
{
	if (platform.gic == 2)
		mmio_write32(platform.gicc + GICC_DIR, iar);
	else
		write_sysreg(iar, icc_dir_el1);
	dsb(sy);
	isb();
}

uint32_t highest_pending(void)
{
	isb();
	if (platform.gic == 2)
		return mmio_read32(platform.gicc + GICC_HPPIR) & 0x3ff;
	return (uint32_t)read_sysreg(icc_hppir1_el1);
}

uint32_t running_priority(void)
{
	isb();
	if (platform.gic == 2)
		return mmio_read32(platform.gicc + GICC_RPR);
	return (uint32_t)read_sysreg(icc_rpr_el1);
}

void set_mask(uint32_t pmr)
{
	if (platform.gic == 2)
		mmio_write32(platform.gicc + GICC_PMR, pmr);
	else
		write_sysreg(pmr, icc_pmr_el1);
	dsb(sy);
	isb();
}

uint32_t get_mask(void)
{
	if (platform.gic == 2)
		return mmio_read32(platform.gicc + GICC_PMR);
	return (uint32_t)read_sysreg(icc_pmr_el1);
}

void set_bpr(uint32_t bpr)
{
	if (platform.gic == 2)
		mmio_write32(platform.gicc + GICC_BPR, bpr);
	else
		write_sysreg(bpr, icc_bpr1_el1);
	isb();
}

uint32_t get_bpr(void)
{
	if (platform.gic == 2)
		return mmio_read32(platform.gicc + GICC_BPR);
	return (uint32_t)read_sysreg(icc_bpr1_el1);
}

void set_eoimode(bool separate)
{
	if (platform.gic == 2)
		mmio_write32(platform.gicc + GICC_CTLR, 1 | (separate ? GICC_EOIMODE : 0));
	else
		write_sysreg(separate ? ICC_CTLR_EOIMODE : 0, icc_ctlr_el1);
	isb();
}

void set_group(bool enabled)
{
	if (platform.gic == 2)
		mmio_write32(platform.gicc + GICC_CTLR, enabled);
	else
		write_sysreg(enabled, icc_igrpen1_el1);
	isb();
}

void set_distributor(bool enabled)
{
	uint32_t value = enabled;

	if (platform.gic == 3)
		value = GICD_CTLR_ARE | (enabled ? 2 : 0);
	mmio_write32(platform.gicd + GICD_CTLR, value);
	wait_rwp(32);
}

void reset_interface(void)
{
	set_group(true);
	set_eoimode(false);
	set_bpr(0);
	set_mask(NO_PRIORITY);
	/* What a check that failed has left active */
	if (platform.gic == 2)
		mmio_write32(platform.gicc + GICC_APR, 0);
	else
		write_sysreg(0, icc_ap1r0_el1);
	isb();
}

static bool signalled(void)
{
	isb();
	return read_sysreg(isr_el1) & ISR_I;
}

bool arrives(void)
{
	for (unsigned int i = 0; i < SPINS_UNTIL; i++) {
		if (signalled())
			return true;
		cpu_relax();
	}
	return false;
}

bool stays_away(void)
{
	for (unsigned int i = 0; i < SPINS_WITHOUT; i++) {
		if (signalled())
			return false;
		cpu_relax();
	}
	return true;
}

bool comes_once(uint32_t intid)
{
	uint32_t iar;
	bool right;

	if (!arrives())
		return false;
	iar = acknowledge();
	right = (iar & 0x3ff) == intid;
	if (iar < 1020 || platform.gic == 2)
		end(iar);
	return right && stays_away();
}
