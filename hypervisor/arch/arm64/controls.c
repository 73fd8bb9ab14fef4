// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests may use, by EL2's controls.
 *
 * Root keeps what Linux found before the hypervisor came: its ID registers are the
 * hardware's, and the controls are those that its boot code wrote. Linux compares
 * the ID registers of a CPU that comes back with those from its start, and has
 * patched its code for them; so nothing of them changes, and nothing traps.
 *
 * A cell sees ID registers by idregs.h, and what they do not tell of traps, as far as
 * there are controls for it: state that nobody resets would outlive the cell.
 */
#include <cell.h>
#include <guest.h>
#include <setup.h>
#include <sysreg.h>

#define ID_FIELD(reg, shift) ((u32)(read_sysreg(reg) >> (shift)&15))

#define HAS_FGT() ID_FIELD(id_aa64mmfr0_el1, 56)
#define HAS_HCRX() ID_FIELD(id_aa64mmfr1_el1, 40)

/* Where a zero traps: HFGxTR_EL2, and the branch records in HDFGxTR_EL2 */
#define HFG_ENABLES MASK(63, 50)
#define HDFG_ENABLES MASK(62, 59)

void controls_save(void)
{
	struct el2_controls *c = &PRIV->controls;

	c->cptr = read_sysreg(cptr_el2);
	c->mdcr = read_sysreg(mdcr_el2);
	if (HAS_HCRX())
		c->hcrx = read_reg(HCRX_EL2);
	if (HAS_FGT()) {
		c->fgt[0] = read_reg(HFGRTR_EL2);
		c->fgt[1] = read_reg(HFGWTR_EL2);
		c->fgt[2] = read_reg(HDFGRTR_EL2);
		c->fgt[3] = read_reg(HDFGWTR_EL2);
	}
}

/* The bits of HFGxTR_EL2 in @hfg and of HDFGxTR_EL2 in @hdfg become zero */
static void write_fgt(u64 hfg, u64 hdfg)
{
	const struct el2_controls *c = &PRIV->controls;

	if (!HAS_FGT())
		return;
	write_reg(HFGRTR_EL2, c->fgt[0] & ~hfg);
	write_reg(HFGWTR_EL2, c->fgt[1] & ~hfg);
	write_reg(HDFGRTR_EL2, c->fgt[2] & ~hdfg);
	write_reg(HDFGWTR_EL2, c->fgt[3] & ~hdfg);
}

void controls_for_root(void)
{
	const struct el2_controls *c = &PRIV->controls;

	write_sysreg(cptr_el2, c->cptr);
	write_sysreg(mdcr_el2, c->mdcr);
	if (HAS_HCRX())
		write_reg(HCRX_EL2, c->hcrx);
	write_fgt(0, 0);
	isb();
}

static u64 cptr_for_cell(u64 cptr)
{
	cptr |= CPTR_TTA;
	if (ID_FIELD(id_aa64pfr0_el1, 44)) /* AMU */
		cptr |= CPTR_TAM;
	if (ID_FIELD(id_aa64pfr1_el1, 24)) /* SME */
		cptr |= CPTR_TSM;
	return cptr;
}

static u64 mdcr_for_cell(u64 mdcr)
{
	if (ID_FIELD(id_aa64dfr0_el1, 32)) /* SPE */
		mdcr = (mdcr & ~MDCR_E2PB) | MDCR_TPMS;
	if (ID_FIELD(id_aa64dfr0_el1, 40)) /* TraceFilt */
		mdcr |= MDCR_TTRF;
	if (ID_FIELD(id_aa64dfr0_el1, 44)) /* TRBE */
		mdcr &= ~MDCR_E2TB;
	return mdcr;
}

u64 controls_for_cell(u64 hcr)
{
	const struct el2_controls *c = &PRIV->controls;

	write_sysreg(cptr_el2, cptr_for_cell(c->cptr));
	write_sysreg(mdcr_el2, mdcr_for_cell(c->mdcr));
	if (HAS_HCRX())
		write_reg(HCRX_EL2, 0);
	write_fgt(HFG_ENABLES, HDFG_ENABLES);

	hcr = (hcr & ~(HCR_ATA | HCR_ENSCXT)) | HCR_TID3;
	if (ID_FIELD(id_aa64pfr0_el1, 28)) /* RAS */
		hcr |= HCR_TERR;
	if (ID_FIELD(id_aa64mmfr1_el1, 16)) /* LORegions */
		hcr |= HCR_TLOR;
	if (ID_FIELD(id_aa64pfr1_el1, 8) >= 2) /* MTE2 */
		hcr |= HCR_TID5;
	return hcr;
}
