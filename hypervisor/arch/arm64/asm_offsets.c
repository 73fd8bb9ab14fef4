// SPDX-License-Identifier: GPL-2.0-only
/* Compiled to assembly only: the build turns the marked lines into a header. */
#include <cell.h>
#include <cpu.h>
#include <private.h>

#define DEFINE(symbol, value) asm volatile("\n@define " #symbol " %0" ::"i"(value))

_Static_assert(sizeof(struct frame) == FRAME_SIZE, "the entry code saves 31 registers");
_Static_assert(offsetof(struct sgi_filter, denied) == offsetof(struct sgi_filter, cluster) + 8,
	       "the entry code loads both at once");
_Static_assert(offsetof(struct mitigation, call) == offsetof(struct mitigation, loops) + 4,
	       "the entry code loads both at once");
_Static_assert(offsetof(struct overflow, nr_lpis) == offsetof(struct overflow, count) + 4,
	       "the entry code looks at both at once");
_Static_assert(sizeof(struct private) <= PAGE_SIZE, "one page for each CPU");

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(PRIV_MAINTENANCE, offsetof(struct private, maintenance));
	DEFINE(PRIV_MITIGATION_LOOPS, offsetof(struct private, mitigation.loops));
	DEFINE(PRIV_GICV2_VECTORS, offsetof(struct private, gicv2_vectors));
	DEFINE(PRIV_EXITS_IRQ, offsetof(struct private, exits[CL_EXIT_IRQ]));
	DEFINE(PRIV_EXITS_SGI, offsetof(struct private, exits[CL_EXIT_SGI]));
	DEFINE(PRIV_CPU, offsetof(struct private, cpu));
	DEFINE(PRIV_EXITS_WFI, offsetof(struct private, exits[CL_EXIT_WFI]));
	DEFINE(PRIV_SGI, offsetof(struct private, sgi));
	DEFINE(PRIV_SGIR, offsetof(struct private, sgir));
	DEFINE(PRIV_SGIR_IPA, offsetof(struct private, sgir.ipa));
	DEFINE(PRIV_IDLE, offsetof(struct private, idle));
	DEFINE(PRIV_EXITS_SYSREG, offsetof(struct private, exits[CL_EXIT_SYSREG]));
	DEFINE(PRIV_OVERFLOW, offsetof(struct private, overflow.count));
	DEFINE(PRIV_ERRATA, offsetof(struct private, errata));
	DEFINE(ERRATUM_834220_BIT, __builtin_ctz(ERRATUM_834220));
	DEFINE(INTIDS, NR_INTIDS);
	DEFINE(CPU_CELL, offsetof(struct cpu, cell));
	DEFINE(CELL_SPIS, offsetof(struct cell, spis));
	DEFINE(CPU_REQUEST, offsetof(struct cpu, request));
	DEFINE(PRIV_FIXUP, offsetof(struct private, fixup));
	DEFINE(PRIV_IN_FATAL, offsetof(struct private, in_fatal));
	DEFINE(PRIV_ABSORB_SERROR, offsetof(struct private, absorb_serror));
	DEFINE(PRIV_BOOT, offsetof(struct private, boot));
	DEFINE(BOOT_SCTLR, offsetof(struct el2_regs, sctlr));
	DEFINE(BOOT_VBAR, offsetof(struct el2_regs, vbar));
	DEFINE(BOOT_TTBR0, offsetof(struct el2_regs, ttbr0));
	DEFINE(BOOT_TCR, offsetof(struct el2_regs, tcr));
	DEFINE(BOOT_MAIR, offsetof(struct el2_regs, mair));
	DEFINE(BOOT_TPIDR, offsetof(struct el2_regs, tpidr));
	DEFINE(BOOT_ELR, offsetof(struct el2_regs, elr));
	DEFINE(BOOT_SPSR, offsetof(struct el2_regs, spsr));
}
