// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct mode with a GICv3. What is shared with others stays trapped: SGIs, and with
 * them the registers common to both groups (ICH_HCR_EL2.TC), and Group 0 (TALL0).
 */
#include <cell.h>
#include <direct.h>
#include <gicv3.h>
#include <syndrome.h>
#include <sysreg.h>

#define ICH_HCR_TC BIT(10)
#define ICH_HCR_TALL0 BIT(11)

#define ICC_CTLR_PRIBITS(ctlr) (((u32)(ctlr) >> 8 & 7) + 1)

#define NO_INTERRUPT 1023

static void write_ctlr(u64 value)
{
	const u64 mask = ICC_CTLR_CBPR | ICC_CTLR_EOIMODE;

	write_reg(ICC_CTLR_EL1, (read_reg(ICC_CTLR_EL1) & ~mask) | (value & mask));
}

/* Priorities that the guest has not dropped */
static void clear_active_priorities(void)
{
	u32 bits = ICC_CTLR_PRIBITS(read_reg(ICC_CTLR_EL1));

	write_reg(ICC_AP1R0_EL1, 0);
	if (bits > 5)
		write_reg(ICC_AP1R1_EL1, 0);
	if (bits > 6) {
		write_reg(ICC_AP1R2_EL1, 0);
		write_reg(ICC_AP1R3_EL1, 0);
	}
}

/*
 * Root can go without any exit: what it writes to the registers common to both groups is
 * virtual then (HCR_EL2.FMO) and without effect, an interrupt is over at its EOIR, and
 * that to ICC_DIR_EL1 does nothing. Its kernel must not mask by priority.
 */
static void set_traps(void)
{
	if (PRIV->cpu->cell->arch.direct_eoi) {
		write_reg(ICC_PMR_EL1, 0xff);
		write_ctlr(read_reg(ICC_CTLR_EL1) & ICC_CTLR_CBPR);
		write_reg(ICH_HCR_EL2, 0);
	} else {
		write_reg(ICH_HCR_EL2, ICH_HCR_TC | ICH_HCR_TALL0);
	}
}

/*
 * ICC_SRE_EL1 is kept from the guest: system registers switched off, where a CPU
 * can do that, do not go with interrupts that are not EL2's (IHI 0069, 13.1). Not
 * even the maintenance interrupt is EL2's any more.
 */
void gicv3_enter_direct(void)
{
	gicv3_disable_maintenance();
	write_reg(ICC_SRE_EL2, read_reg(ICC_SRE_EL2) & ~ICC_SRE_ENABLE);
	write_reg(ICC_IGRPEN1_EL1, 0);
	isb();
	clear_active_priorities();
	gicv3_set_pmr(0);
	write_reg(ICC_BPR1_EL1, 0);
	write_ctlr(0);
	set_traps();
}

/*
 * Interrupts are masked, and none is being handled: but for the take-over's own, which
 * root ends in the way that it knows. Where that has no effect any more it ends here.
 */
void gicv3_commit_direct(u64 vmcr)
{
	write_reg(ICC_SRE_EL2, read_reg(ICC_SRE_EL2) & ~ICC_SRE_ENABLE);
	if (PRIV->cpu->cell->arch.direct_eoi) {
		gicv3_end_active();
		clear_active_priorities();
		write_reg(ICH_VMCR_EL2, vmcr);
	}
	set_traps();
	PRIV->direct = true;
}

void gicv3_release_direct(u64 vmcr)
{
	if (PRIV->cpu->cell->arch.direct_eoi)
		gicv3_restore_physical(vmcr);
	write_reg(ICC_SRE_EL2, read_reg(ICC_SRE_EL2) | ICC_SRE_ENABLE);
	PRIV->direct = false;
}

/* Nothing must be signalled while the priorities change: hence the group first */
void gicv3_leave_direct(void)
{
	write_reg(ICC_IGRPEN1_EL1, 0);
	isb();
	clear_active_priorities();
	write_reg(ICC_SRE_EL2, read_reg(ICC_SRE_EL2) | ICC_SRE_ENABLE);
}

/* An interrupt of its own that the guest may end: others' could be active, too */
static bool may_deactivate(u64 intid)
{
	return intid < 32 ? intid != PRIV->maintenance :
			    intid < NR_INTIDS && cell_owns_spi(PRIV->cpu->cell, (u32)intid);
}

bool direct_sysreg(u32 which, bool read, u64 *value)
{
	switch (which) {
	case ISS_SYSREG(3, 0, 4, 6, 0): /* ICC_PMR_EL1 */
		if (read)
			*value = PRIV->pmr;
		else
			gicv3_set_pmr(*value);
		return true;
	case ISS_SYSREG(3, 0, 12, 12, 4): /* ICC_CTLR_EL1 */
		if (read)
			*value = read_reg(ICC_CTLR_EL1);
		else
			write_ctlr(*value);
		return true;
	case ISS_SYSREG(3, 0, 12, 11, 3): /* ICC_RPR_EL1 */
		if (!read)
			return false;
		*value = read_reg(ICC_RPR_EL1);
		return true;
	case ISS_SYSREG(3, 0, 12, 11, 1): /* ICC_DIR_EL1 */
		if (read)
			return false;
		/* With EOImode 0 it has no effect, or that of a system error */
		if ((read_reg(ICC_CTLR_EL1) & ICC_CTLR_EOIMODE) &&
		    may_deactivate(*value & MASK(23, 0)))
			write_reg(ICC_DIR_EL1, *value & MASK(23, 0));
		return true;
	case ISS_SYSREG(3, 0, 12, 12, 5): /* ICC_SRE_EL1 */
		if (read)
			*value = read_reg(ICC_SRE_EL1);
		return true;
	case ISS_SYSREG(3, 0, 12, 8, 0): /* ICC_IAR0_EL1: of Group 0 there is nothing */
	case ISS_SYSREG(3, 0, 12, 8, 2): /* ICC_HPPIR0_EL1 */
		if (!read)
			return false;
		*value = NO_INTERRUPT;
		return true;
	case ISS_SYSREG(3, 0, 12, 8, 1): /* ICC_EOIR0_EL1 */
		return !read;
	case ISS_SYSREG(3, 0, 12, 8, 3): /* ICC_BPR0_EL1 */
	case ISS_SYSREG(3, 0, 12, 8, 4): /* ICC_AP0R0_EL1 and so on */
	case ISS_SYSREG(3, 0, 12, 8, 5):
	case ISS_SYSREG(3, 0, 12, 8, 6):
	case ISS_SYSREG(3, 0, 12, 8, 7):
	case ISS_SYSREG(3, 0, 12, 12, 6): /* ICC_IGRPEN0_EL1 */
		if (read)
			*value = 0;
		return true;
	}
	return false;
}
