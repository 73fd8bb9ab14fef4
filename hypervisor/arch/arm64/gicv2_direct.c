// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct mode with a GICv2 (IHI 0048). The first page of the CPU interface is the
 * guest's; the distributor stays trapped, and so do SGIs, which are written there.
 * Its registers are this CPU's own, and what a guest does there stays there:
 *
 * - GICC_IAR acknowledges what is pending at this CPU: its private interrupts, and
 *   SPIs that the trapped GICD_ITARGETSR leads to it, which are the cell's.
 * - GICC_CTLR. The bypass bits decide whether, with a group disabled, the legacy
 *   inputs of this CPU are signalled instead (2.3): to the guest that asked for it.
 *   FIQEn makes FIQs of Group 0, which is all there is where EL2 sees no security
 *   states; HCR_EL2.FMO is 0, so they are the guest's, too. With security states
 *   these are the non-secure views of the bits, and the firmware's FIQs stay its own.
 * - GICC_APRn, GICC_NSAPRn, priorities and masks: of this CPU.
 *
 * Two registers name any interrupt. GICC_DIR ends one that somebody else has taken;
 * it is on a page of its own, which is not mapped. GICC_EOIR cannot be kept away.
 * What it does with an interrupt that this CPU has not acknowledged last is
 * unpredictable (4.4.5): most implementations do nothing or drop a priority of
 * this CPU, but one may take another cell's SPI for ended. If its device
 * still asserts it, it then arrives once more, where it belongs; no memory and no
 * interrupt is anybody else's by that. A cell that must not be able to do so much is
 * for virtual mode. (With GICv3 ICC_EOIR1_EL1 is the same.)
 */
#include <cell.h>
#include <direct.h>
#include <gicv2.h>
#include <subpage.h>

static u8 *const gicd = (u8 *)VA_GICD;
static u8 *const gicc = (u8 *)VA_GICC;

/*
 * Disabled, so that nothing is signalled while the rest changes. Where there are no
 * security states a guest reaches the active priorities of both groups.
 */
static void put_to_rest(void)
{
	mmio_write32(gicc + GICC_CTLR, PRIV->gicv2.ctlr);
	for (u32 i = 0; i < 4; i++) {
		mmio_write32(gicc + GICC_APR + i * 4, 0);
		mmio_write32(gicc + GICC_NSAPR + i * 4, 0);
	}
	mmio_write32(gicc + GICC_PMR, 0);
	mmio_write32(gicc + GICC_BPR, 0);
	mmio_write32(gicc + GICC_ABPR, 0);
	mmio_write32(gicd + GICD_ICENABLER, ~0u);
	dsb(sy);
	mmio_write32(gicd + GICD_ICPENDR, ~0u);
	mmio_write32(gicd + GICD_ICACTIVER, ~0u);
	gicv2_clear_sgis(true);
}

/* What exits.S may send */
static void allow_sgis(void)
{
	const struct cpu *cpu = PRIV->cpu;
	u32 cell = 0;

	for (u32 i = 0; i < nr_cpus; i++)
		cell |= cpus[i].cell == cpu->cell ? cpus[i].arch.interface : 0;
	PRIV->sgir = sgir_filter_of(cpu->arch.interface, cell);
	PRIV->sgir.ipa = gic.gicd_pa + GICD_SGIR;
}

/* Not even the kick and the maintenance interrupt are EL2's */
void gicv2_enter_direct(void)
{
	allow_sgis();
	PRIV->gicv2.own = OWN_DIRECT;
	mmio_write32((u8 *)VA_GICH + GICH_HCR, 0);
	put_to_rest();
	for (u32 i = 0; i < 16; i += 4)
		mmio_write32(gicd + GICD_IPRIORITYR + i, 0);
	dsb(sy);
}

void gicv2_leave_direct(void)
{
	PRIV->sgir.ipa = SGIR_IPA_NONE;
	put_to_rest();
	PRIV->gicv2.own = OWN_PPIS;
	dsb(sy);
}

/* With EOImode 0 the effect is unpredictable: then there is none */
static void deactivate(u32 iar)
{
	u32 intid = GICC_IAR_INTID(iar);
	bool own = intid < 32 ? OWN_DIRECT & (u32)BIT(intid) :
				cell_owns_spi(PRIV->cpu->cell, intid);

	if (own && (mmio_read32(gicc + GICC_CTLR) & GICC_CTLR_EOIMODE))
		mmio_write32(gicc + GICC_DIR, iar);
}

/* The second page, or the second 64 KiB, where each of 16 pages is the same */
bool gicv2_direct_mmio(struct mmio_access *a)
{
	const struct cl_gic *cfg = &cells[ROOT_CELL_ID]->config.system->gic;
	u64 half = cfg->gicc.size / 2;
	u64 offset = a->ipa - cfg->gicc.start - half;

	if (offset >= half || a->size != 4)
		return false;
	if (!a->write)
		a->value = 0;
	else if ((offset & (PAGE_SIZE - 1)) == GICC_DIR % PAGE_SIZE)
		deactivate((u32)a->value);
	return true;
}
