// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What a CPU holds that its next owner must not find there. */
#include "fault.h"

/*
 * Registers that take a number and that neither the entry of a guest nor its
 * library has a use for: debug, performance monitors, timers, and what software
 * keeps for itself. What is written has no effect while debug exceptions and
 * interrupts of these are masked.
 */
/* clang-format off */
#define REGISTERS(X)									\
	X(dbgbvr0_el1, 0x1230) X(dbgbvr1_el1, 0x1230) X(dbgbvr5_el1, 0x1230)		\
	X(dbgbcr0_el1, 0x1e6) X(dbgbcr1_el1, 0x1e6) X(dbgbcr5_el1, 0x1e6)		\
	X(dbgwvr0_el1, 0x1230) X(dbgwvr3_el1, 0x1230)					\
	X(dbgwcr0_el1, 0x1fc) X(dbgwcr3_el1, 0x1fc)					\
	X(mdscr_el1, 0x1000) X(mdccint_el1, 1 << 30)					\
	X(pmcntenset_el0, 0x8000000f) X(pmintenset_el1, 0x8000000f)			\
	X(pmevtyper0_el0, 0x11) X(pmevtyper1_el0, 0x11)					\
	X(pmevcntr0_el0, 0x5ec2e7) X(pmevcntr1_el0, 0x5ec2e7)				\
	X(pmccfiltr_el0, 1 << 27) X(pmccntr_el0, 0x5ec2e7)				\
	X(pmuserenr_el0, 0xf) X(pmselr_el0, 3)						\
	X(cntp_cval_el0, 0x5ec2e7) X(cntp_ctl_el0, 2)					\
	X(tpidr_el0, 0x5ec2e7) X(tpidrro_el0, 0x5ec2e7) X(contextidr_el1, 0x5ec2e7)	\
	X(afsr0_el1, 0x5ec2e7) X(afsr1_el1, 0x5ec2e7) X(amair_el1, 0x5ec2e7)		\
	X(ttbr1_el1, 0x5ec2e000) X(csselr_el1, 2) X(sp_el0, 0x5ec2e7)			\
	X(par_el1, 0x5ec2e000) X(fpcr, 0x3c00000) X(fpsr, 0x1f)

#define VECTORS(X)									\
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)	\
	X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27)	\
	X(28) X(29) X(30) X(31)
/* clang-format on */

static unsigned int found;

static void look(const char *name, uint64_t value)
{
	if (!value)
		return;
	found++;
	printf("fault: %s holds 0x%lx\n", name, value);
}

#define LOOK(name, number) look(#name, read_sysreg(name));
#define LOOK_VECTOR(n)                                                      \
	do {                                                                \
		uint64_t low_, high_;                                       \
		asm volatile(".arch_extension simd\n\t"                     \
			     "mov %0, v" #n ".d[0]\n\tmov %1, v" #n ".d[1]" \
			     : "=r"(low_), "=r"(high_));                    \
		look("v" #n, low_ | high_);                                 \
	} while (0);

#define FILL(name, number) write_sysreg(number, name);
#define FILL_VECTOR(n)                          \
	asm volatile(".arch_extension simd\n\t" \
		     "dup v" #n ".2d, %0"       \
		     :                          \
		     : "r"(0x5ec2e75ec2e70000ull + (n)));

/* What is found at the start of this life, and then left for the next */
void mode_leftovers(const uint64_t args[3])
{
	VECTORS(LOOK_VECTOR)
	REGISTERS(LOOK)
	printf("fault: %u registers hold something\n", found);
	VECTORS(FILL_VECTOR)
	REGISTERS(FILL)
	isb();
	found = 0;
	VECTORS(LOOK_VECTOR)
	REGISTERS(LOOK)
	printf("fault: %u registers hold something now\n", found);
}
