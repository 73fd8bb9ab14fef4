// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * System registers: those of EL2, those whose use could reach beyond the cell,
 * those that a hypervisor may forget.
 */
#include "fault.h"

/* clang-format off */

/* Read, and written back */
#define READ_WRITE(X)									\
	/* EL2's and EL3's: undefined at EL1 */						\
	X(hcr_el2) X(vttbr_el2) X(sctlr_el2) X(vbar_el2) X(ich_hcr_el2) X(cnthctl_el2)	\
	X(scr_el3)									\
	/* debug */									\
	X(mdscr_el1) X(osdlr_el1) X(dbgbvr0_el1) X(dbgbcr0_el1)				\
	/* performance monitors */							\
	X(pmcr_el0) X(pmcntenset_el0) X(pmintenset_el1) X(pmuserenr_el0)		\
	/* SVE (ZCR), pointer authentication (key APIA) */				\
	X(s3_0_c1_c2_0) X(s3_0_c2_c1_0)							\
	/* statistical profiling (PMSCR, PMBLIMITR, PMBPTR), trace (TRCPRGCTLR), MPAM1 */ \
	X(s3_0_c9_c9_0) X(s3_0_c9_c10_0) X(s3_0_c9_c10_1) X(s2_1_c0_c1_0)		\
	X(s3_0_c10_c5_0)								\
	/* limited ordering (LORC), errors (ERRSELR), auxiliary control */		\
	X(s3_0_c10_c4_3) X(s3_0_c5_c3_1) X(actlr_el1)					\
	/* implementation defined, on Cortex-A57 CPUACTLR, CPUECTLR and L2CTLR */	\
	X(s3_1_c15_c2_0) X(s3_1_c15_c2_1) X(s3_1_c11_c0_2)				\
	/* interrupt controller */							\
	X(icc_sre_el1) X(icc_ctlr_el1) X(icc_pmr_el1) X(icc_igrpen0_el1)		\
	X(icc_igrpen1_el1) X(icc_bpr0_el1) X(icc_ap0r0_el1) X(icc_ap1r0_el1)		\
	/* timers */									\
	X(cntfrq_el0) X(cntp_ctl_el0) X(cntps_ctl_el1)

/* Identity, features, state; s3_0_c5_c3_0 is ERRIDR */
#define READ_ONLY(X)									\
	X(midr_el1) X(mpidr_el1)							\
	X(id_aa64pfr0_el1) X(id_aa64pfr1_el1) X(id_aa64dfr0_el1)			\
	X(id_aa64isar0_el1) X(id_aa64isar1_el1)						\
	X(id_aa64mmfr0_el1) X(id_aa64mmfr1_el1) X(id_aa64mmfr2_el1)			\
	X(oslsr_el1) X(mdrar_el1) X(s3_0_c5_c3_0)				\
	X(icc_rpr_el1) X(icc_hppir0_el1) X(icc_iar0_el1)

/* clang-format on */

static uint64_t value;

static void finish(const char *what)
{
	struct guest_fault fault;
	bool ok = !fault_caught(&fault);

	report_value(what, ok, value, &fault);
}

#define TRY_READ(name)             \
	fault_catch();             \
	value = read_sysreg(name); \
	finish("read " #name);

#define TRY_READ_WRITE(name)       \
	TRY_READ(name)             \
	fault_catch();             \
	write_sysreg(value, name); \
	finish("write " #name);

void mode_sysregs(const uint64_t args[3])
{
	READ_ONLY(TRY_READ)
	READ_WRITE(TRY_READ_WRITE)

	value = 0;
	fault_catch();
	write_sysreg(0, oslar_el1);
	finish("write oslar_el1");
	fault_catch();
	asm volatile("tlbi vmalle1is\n\tic ialluis\n\tdsb ish\n\tisb");
	finish("tlbi vmalle1is");
	fault_catch();
	asm volatile("tlbi alle1is\n\tdsb ish");
	finish("tlbi alle1is");
}
