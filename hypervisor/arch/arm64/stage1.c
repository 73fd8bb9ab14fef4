// SPDX-License-Identifier: GPL-2.0-only
#include <arch.h>
#include <mm/s1_walk.h>
#include <sysreg.h>

void arch_read_stage1(struct s1_registers *regs)
{
	regs->sctlr = read_sysreg(sctlr_el1);
	regs->tcr = read_sysreg(tcr_el1);
	regs->mair = read_sysreg(mair_el1);
	regs->ttbr[0] = read_sysreg(ttbr0_el1);
	regs->ttbr[1] = read_sysreg(ttbr1_el1);
	/* FEAT_TCR2 */
	regs->tcr2 = read_reg(ID_AA64MMFR3_EL1) & 15 ? read_reg(TCR2_EL1) : 0;
}
