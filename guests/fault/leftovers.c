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
	X(par_el1, 0x5ec2e000) X(fpcr, 0x3c00000) X(fpsr, 0x1f)				\
	X(cntkctl_el1, 0x303) X(osdlr_el1, 1)

/*
 * The same on CPUs that have them, and if a cell may use them: pointer authentication,
 * SVE's length, SCXTNUM, memory tags, TCR2 and SCTLR2, TPIDR2, words for a debugger
 */
#define OPTIONAL(X)									\
	X(s3_0_c2_c1_0, 0x5ec2e7) X(s3_0_c2_c1_1, 0x5ec2e7) X(s3_0_c2_c1_2, 0x5ec2e7)	\
	X(s3_0_c2_c1_3, 0x5ec2e7) X(s3_0_c2_c2_0, 0x5ec2e7) X(s3_0_c2_c2_1, 0x5ec2e7)	\
	X(s3_0_c2_c2_2, 0x5ec2e7) X(s3_0_c2_c2_3, 0x5ec2e7) X(s3_0_c2_c3_0, 0x5ec2e7)	\
	X(s3_0_c2_c3_1, 0x5ec2e7) X(s3_0_c1_c2_0, 1)					\
	X(s3_0_c13_c0_7, 0x5ec2e7) X(s3_3_c13_c0_7, 0x5ec2e7)				\
	X(s3_0_c1_c0_6, 0x1e7) X(s3_0_c1_c0_5, 7) X(s3_0_c5_c6_0, 1)			\
	X(s3_0_c2_c0_3, 1) X(s3_0_c1_c0_3, 4) X(s3_3_c13_c0_5, 0x5ec2e7)		\
	X(s2_0_c0_c0_2, 0x5ec2e7) X(s2_0_c0_c3_2, 0x5ec2e7)

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

#define LOOK_OPTIONAL(name, number)          \
	do {                                 \
		uint64_t value_ = 0;         \
		fault_catch();               \
		value_ = read_sysreg(name);  \
		if (!fault_caught(NULL))     \
			look(#name, value_); \
	} while (0);

#define FILL(name, number) write_sysreg(number, name);
#define FILL_OPTIONAL(name, number) \
	fault_catch();              \
	write_sysreg(number, name); \
	fault_caught(NULL);
#define FILL_VECTOR(n)                          \
	asm volatile(".arch_extension simd\n\t" \
		     "dup v" #n ".2d, %0"       \
		     :                          \
		     : "r"(0x5ec2e75ec2e70000ull + (n)));

#define CPACR_ZEN (3u << 16)
#define ID_AA64PFR0_SVE 32
#define SVE_VECTOR 256 /* bytes, at most */

/* The registers beyond SIMD's, as long as the vectors are */
#define STORE_VECTOR(n)                                   \
	asm volatile(".arch_extension sve\n\t"            \
		     "str z" #n ", [%0, #" #n ", mul vl]" \
		     :                                    \
		     : "r"(sve)                           \
		     : "memory");
#define FILL_SVE_VECTOR(n)                     \
	asm volatile(".arch_extension sve\n\t" \
		     "dup z" #n ".d, %0"       \
		     :                         \
		     : "r"(0x5ec2e75ec2e70000ull + (n)));
#define PREDICATES(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define STORE_PREDICATE(n)                                \
	asm volatile(".arch_extension sve\n\t"            \
		     "str p" #n ", [%0, #" #n ", mul vl]" \
		     :                                    \
		     : "r"(sve)                           \
		     : "memory");
#define FILL_PREDICATE(n) asm volatile(".arch_extension sve\n\tptrue p" #n ".b");

static uint64_t sve[32 * SVE_VECTOR / 8];

static bool sve_begin(void)
{
	if (!(read_sysreg(id_aa64pfr0_el1) >> ID_AA64PFR0_SVE & 15))
		return false;
	write_sysreg(read_sysreg(cpacr_el1) | CPACR_ZEN, cpacr_el1);
	write_sysreg(15, s3_0_c1_c2_0); /* ZCR_EL1: the longest there is */
	isb();
	return true;
}

static void sve_look(const char *what)
{
	uint64_t all = 0;

	dsb(sy);
	for (unsigned int i = 0; i < sizeof(sve) / sizeof(sve[0]); i++) {
		all |= sve[i];
		sve[i] = 0;
	}
	look(what, all);
}

static void look_at_sve(void)
{
	if (!sve_begin())
		return;
	VECTORS(STORE_VECTOR)
	sve_look("Z");
	PREDICATES(STORE_PREDICATE)
	sve_look("P");
	asm volatile(".arch_extension sve\n\trdffr p0.b");
	STORE_PREDICATE(0)
	sve_look("FFR");
}

static void fill_sve(void)
{
	if (!sve_begin())
		return;
	VECTORS(FILL_SVE_VECTOR)
	PREDICATES(FILL_PREDICATE)
	asm volatile(".arch_extension sve\n\tsetffr");
}

static void look_at_all(void)
{
	found = 0;
	VECTORS(LOOK_VECTOR)
	REGISTERS(LOOK)
	OPTIONAL(LOOK_OPTIONAL)
	look_at_sve();
}

/* What is found at the start of this life, and then left for the next */
void mode_leftovers(const uint64_t args[3])
{
	look_at_all();
	printf("fault: %u registers hold something\n", found);
	VECTORS(FILL_VECTOR)
	fill_sve();
	REGISTERS(FILL)
	OPTIONAL(FILL_OPTIONAL)
	isb();
	look_at_all();
	printf("fault: %u registers hold something now\n", found);
}
