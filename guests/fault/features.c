// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Is what the ID registers tell of there, and nothing else? */
#include "fault.h"

/*
 * X(name, ID register, shift of the field, least value, register of the feature).
 * s3_0_c0_c4_2 is ID_AA64PFR2_EL1, s3_0_c0_c7_3 ID_AA64MMFR3_EL1.
 */
/* clang-format off */
#define FEATURES(X)									\
	X("EL2", id_aa64pfr0_el1, 8, 1, hcr_el2)					\
	X("EL3", id_aa64pfr0_el1, 12, 1, scr_el3)					\
	X("GIC system registers", id_aa64pfr0_el1, 24, 1, icc_ctlr_el1)			\
	X("RAS", id_aa64pfr0_el1, 28, 1, s3_0_c12_c1_1)					\
	X("MPAM", id_aa64pfr0_el1, 40, 1, s3_0_c10_c5_0)				\
	X("AMU", id_aa64pfr0_el1, 44, 1, s3_3_c13_c2_1)					\
	X("DIT", id_aa64pfr0_el1, 48, 1, s3_3_c4_c2_5)					\
	X("CSV2_2", id_aa64pfr0_el1, 56, 2, s3_0_c13_c0_7)				\
	X("SSBS2", id_aa64pfr1_el1, 4, 2, s3_3_c4_c2_6)					\
	X("MTE2", id_aa64pfr1_el1, 8, 2, s3_0_c1_c0_6)					\
	X("MTE2 block size", id_aa64pfr1_el1, 8, 2, s3_1_c0_c0_4)			\
	X("SME", id_aa64pfr1_el1, 24, 1, s3_3_c4_c2_2)					\
	X("NMI", id_aa64pfr1_el1, 36, 1, s3_0_c4_c3_0)					\
	X("GCS", id_aa64pfr1_el1, 44, 1, s3_0_c2_c5_0)					\
	X("FPMR", s3_0_c0_c4_2, 32, 1, s3_3_c4_c4_2)					\
	X("breakpoints", id_aa64dfr0_el1, 0, 6, dbgbvr0_el1)				\
	X("trace", id_aa64dfr0_el1, 4, 1, s2_1_c0_c1_0)					\
	X("PMU", id_aa64dfr0_el1, 8, 1, pmcr_el0)					\
	X("SPE", id_aa64dfr0_el1, 32, 1, s3_0_c9_c9_0)					\
	X("SPE buffer", id_aa64dfr0_el1, 32, 1, s3_0_c9_c10_0)				\
	X("trace filter", id_aa64dfr0_el1, 40, 1, s3_0_c1_c2_1)				\
	X("trace buffer", id_aa64dfr0_el1, 44, 1, s3_0_c9_c11_0)			\
	X("BRBE", id_aa64dfr0_el1, 52, 1, s2_1_c9_c0_0)					\
	X("RNDR", id_aa64isar0_el1, 60, 1, s3_3_c2_c4_0)				\
	X("FGT", id_aa64mmfr0_el1, 56, 1, s3_4_c1_c1_4)					\
	X("ECV", id_aa64mmfr0_el1, 60, 1, s3_3_c14_c0_6)				\
	X("VHE", id_aa64mmfr1_el1, 8, 1, s3_5_c1_c0_0)					\
	X("LORegions", id_aa64mmfr1_el1, 16, 1, s3_0_c10_c4_3)				\
	X("PAN", id_aa64mmfr1_el1, 20, 1, s3_0_c4_c2_3)					\
	X("HCRX", id_aa64mmfr1_el1, 40, 1, s3_4_c1_c2_2)				\
	X("UAO", id_aa64mmfr2_el1, 4, 1, s3_0_c4_c2_4)					\
	X("CCIDX", id_aa64mmfr2_el1, 20, 1, s3_1_c0_c0_2)				\
	X("NV", id_aa64mmfr2_el1, 24, 1, s3_4_c2_c2_0)					\
	X("TCR2", s3_0_c0_c7_3, 0, 1, s3_0_c2_c0_3)					\
	X("SCTLR2", s3_0_c0_c7_3, 4, 1, s3_0_c1_c0_3)					\
	X("S1PIE", s3_0_c0_c7_3, 8, 1, s3_0_c10_c2_3)					\
	X("S1POE", s3_0_c0_c7_3, 16, 1, s3_0_c10_c2_4)

/* clang-format on */

static void report(const char *name, bool told, bool works)
{
	printf("fault: %s: %s, %s\n", name, told ? "told" : "not told",
	       works ? "works" : "undefined");
}

#define TRY(name, id, shift, least, reg)                                 \
	do {                                                             \
		bool told_ = (read_sysreg(id) >> (shift)&15) >= (least); \
		fault_catch();                                           \
		read_sysreg(reg);                                        \
		report(name, told_, !fault_caught(NULL));                \
	} while (0);

/* Pointer authentication: whatever algorithm */
static void try_pauth(void)
{
	uint64_t isar1 = read_sysreg(id_aa64isar1_el1);
	uint64_t isar2 = read_sysreg(s3_0_c0_c6_2);

	fault_catch();
	read_sysreg(s3_0_c2_c1_0);
	report("PAuth", isar1 & 0xff0 || isar2 & 0xf000, !fault_caught(NULL));
}

/* An instruction, where there is no register: RDVL, RDSVL; CPYFP of nothing */
static void try_instructions(void)
{
	register uint64_t x0 asm("x0") = 0, x1 asm("x1") = 0, x2 asm("x2") = 0;
	bool mops = read_sysreg(s3_0_c0_c6_2) >> 16 & 15;
	bool sve = read_sysreg(id_aa64pfr0_el1) >> 32 & 15;

	write_sysreg(read_sysreg(cpacr_el1) | 0xfu << 16 | 0xfu << 24, cpacr_el1);
	isb();
	fault_catch();
	asm volatile(".inst 0x04bf5020" : "=r"(x0)); /* rdvl x0, #1 */
	report("SVE instructions", sve, !fault_caught(NULL));
	fault_catch();
	asm volatile(".inst 0x04bf5820" : "=r"(x0)); /* rdsvl x0, #1 */
	report("SME instructions", read_sysreg(id_aa64pfr1_el1) >> 24 & 15, !fault_caught(NULL));
	x0 = 0;
	fault_catch();
	asm volatile(".inst 0x19010440\n\t" /* cpyfp [x0]!, [x1]!, x2! */
		     : "+r"(x0), "+r"(x1), "+r"(x2)
		     :
		     : "memory", "cc");
	report("MOPS", mops, !fault_caught(NULL));
}

#define ID_ROW(crm)                                                                     \
	printf("fault: ID " #crm ": 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", \
	       read_sysreg(s3_0_c0_c##crm##_0), read_sysreg(s3_0_c0_c##crm##_1),        \
	       read_sysreg(s3_0_c0_c##crm##_2), read_sysreg(s3_0_c0_c##crm##_3),        \
	       read_sysreg(s3_0_c0_c##crm##_4), read_sysreg(s3_0_c0_c##crm##_5),        \
	       read_sysreg(s3_0_c0_c##crm##_6), read_sysreg(s3_0_c0_c##crm##_7));

/* No offset between the two counters: they can be read by turns */
static void compare_counters(void)
{
	uint64_t first, second, third;

	isb();
	first = read_sysreg(cntpct_el0);
	isb();
	second = read_sysreg(cntvct_el0);
	isb();
	third = read_sysreg(cntpct_el0);
	printf("fault: counters %s\n", first <= second && second <= third ? "agree" : "DIFFER");
}

void mode_features(const uint64_t args[3])
{
	FEATURES(TRY)
	try_pauth();
	try_instructions();
	ID_ROW(1)
	ID_ROW(2)
	ID_ROW(3)
	ID_ROW(4)
	ID_ROW(5)
	ID_ROW(6)
	ID_ROW(7)
	compare_counters();
}
