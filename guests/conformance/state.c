// SPDX-License-Identifier: GPL-2.0-only
/* A CPU as it begins, and what it has. */
#include "check.h"
#include "entry.h"

#define SCTLR_RES1 0x30d00800

/* Of its own cache lines, since it is written with caches off */
struct entry_state entry_state __attribute__((aligned(256)));

static void clean_invalidate(void)
{
	uintptr_t line = 4ul << (read_sysreg(ctr_el0) >> 16 & 15);

	for (uintptr_t at = 0; at < sizeof(entry_state); at += line)
		asm volatile("dc civac, %0" : : "r"((uintptr_t)&entry_state + at) : "memory");
	dsb(sy);
}

void entry_prepare(void)
{
	entry_state = (struct entry_state){ 0 };
	clean_invalidate();
}

bool entry_is_done(void)
{
	clean_invalidate();
	return __atomic_load_n(&entry_state.done, __ATOMIC_ACQUIRE);
}

void entry_release(void)
{
	entry_state.release = platform.conduit == SMCCC_SMC ? 1 : 2;
	clean_invalidate();
}

static void check_entry(void)
{
	entry_prepare();
	if (psci(PSCI_CPU_ON, conformance.mpidr[1], (uintptr_t)entry_probe, 0))
		guest_fail("CPU_ON");
	while (!entry_is_done())
		cpu_relax();
	check_equal(entry_state.x0, 0, "entry x0");
	check_equal(entry_state.others, 0, "entry x1 to x30");
	/* Alone on a machine with EL2, the guest begins there */
	if (platform.start_el == 1) {
		check_equal(entry_state.el >> 2, 1, "entry exception level");
		check_equal(entry_state.sctlr & 0x1005, 0, "entry sctlr: mmu and caches off");
		show(entry_state.sctlr & ~0x1005ull, "entry sctlr");
	}
	check_equal(entry_state.daif, 0x3c0, "entry daif: all masked");
	check_equal(entry_state.spsel, 1, "entry spsel");
	check_equal(entry_state.cpacr, 0, "entry cpacr");
	check_equal(entry_state.cntv_ctl & 1, 0, "entry virtual timer off");
	check_equal(entry_state.cntp_ctl & 1, 0, "entry physical timer off");
	check_equal(entry_state.cntkctl & 0x303, 0, "entry cntkctl");
	check_equal(entry_state.mdscr & 0xa001, 0, "entry mdscr: no debug exceptions");
	check_equal(entry_state.tcr, 0, "entry tcr");
	entry_release();
	while (psci(PSCI_AFFINITY_INFO, conformance.mpidr[1], 0, 0) != PSCI_IS_OFF)
		cpu_relax();
}

static void check_simd(void)
{
	uint64_t low, high, fpcr = read_sysreg(fpcr);

	asm volatile(".arch_extension simd\n\t"
		     "mov	x9, #0x1234\n\t"
		     "dup	v31.2d, x9\n\t"
		     "add	v31.2d, v31.2d, v31.2d\n\t"
		     "umov	%0, v31.d[0]\n\t"
		     "umov	%1, v31.d[1]"
		     : "=r"(low), "=r"(high)
		     :
		     : "x9");
	check(low == 0x2468 && high == 0x2468, "simd computes");
	asm volatile(".arch_extension fp\n\t"
		     "fmov	d30, #1.5\n\t"
		     "fadd	d30, d30, d30\n\t"
		     "fmov	%0, d30"
		     : "=r"(low));
	check_equal(low, 0x4008000000000000, "fp computes");
	check_equal(fpcr, 0, "fpcr");
}

static void check_timers(void)
{
	uint64_t virtual, physical, a, b;

	check(timer_frequency() != 0, "cntfrq");
	a = timer_now();
	b = timer_now();
	check(b >= a, "cntvct does not go back");
	isb();
	virtual = read_sysreg(cntvct_el0);
	isb();
	physical = read_sysreg(cntpct_el0);
	isb();
	b = read_sysreg(cntvct_el0);
	check(virtual <= physical && physical <= b, "cntvct is cntpct");
	write_sysreg(physical - 1, cntp_cval_el0);
	write_sysreg(3, cntp_ctl_el0);
	isb();
	check_equal(read_sysreg(cntp_ctl_el0), 7, "physical timer's condition");
	write_sysreg(0, cntp_ctl_el0);
	write_sysreg(b - 1, cntv_cval_el0);
	write_sysreg(3, cntv_ctl_el0);
	isb();
	check_equal(read_sysreg(cntv_ctl_el0), 7, "virtual timer's condition");
	/* As far ahead as it can be: a CPU that is emulated may pause for any time */
	write_sysreg(INT32_MAX, cntv_tval_el0);
	check((read_sysreg(cntv_tval_el0) & 0xffffffff) <= INT32_MAX, "virtual timer's tval");
	write_sysreg(0, cntv_ctl_el0);
}

/* An access to a register that is undefined at EL1 */
#define CHECK_UNDEFINED(access, what)                                            \
	do {                                                                     \
		struct guest_fault fault;                                        \
                                                                                 \
		fault_catch();                                                   \
		asm volatile(access : : : "x9");                                 \
		check(fault_caught(&fault) && ESR_EC(fault.esr) == EC_UNKNOWN && \
			      (fault.esr & 0x3ffffff) == 0x2000000,              \
		      "undefined: " what);                                       \
	} while (0)

static void check_undefined(void)
{
	CHECK_UNDEFINED("mrs x9, hcr_el2", "hcr_el2");
	CHECK_UNDEFINED("msr vbar_el2, xzr", "vbar_el2, write");
	CHECK_UNDEFINED("mrs x9, vttbr_el2", "vttbr_el2");
	CHECK_UNDEFINED("mrs x9, cntvoff_el2", "cntvoff_el2");
	CHECK_UNDEFINED("mrs x9, s3_6_c1_c1_0", "scr_el3");
	CHECK_UNDEFINED("mrs x9, s3_4_c12_c11_0", "ich_hcr_el2");
	CHECK_UNDEFINED("mrs x9, s3_4_c12_c9_5", "icc_sre_el2");
	CHECK_UNDEFINED("mrs x9, s3_5_c1_c0_0", "sctlr_el12");
	CHECK_UNDEFINED("tlbi alle1", "tlbi alle1");
	CHECK_UNDEFINED("at s12e1r, xzr", "at s12e1r");
	CHECK_UNDEFINED(".inst 0", "udf");
	CHECK_UNDEFINED("mrs x9, s3_0_c2_c7_7", "a register that nobody has");
	CHECK_UNDEFINED("msr s3_0_c0_c0_0, x9", "midr_el1, write");
	if (!(read_sysreg(id_aa64pfr0_el1) >> 32 & 15))
		CHECK_UNDEFINED("mrs x9, s3_0_c1_c2_0", "zcr_el1 without sve");
	if (!(read_sysreg(id_aa64isar1_el1) >> 4 & 0xff) &&
	    !(read_sysreg(id_aa64isar1_el1) >> 24 & 0xff))
		CHECK_UNDEFINED("mrs x9, s3_0_c2_c1_0", "apiakeylo_el1 without pauth");
	if (platform.gic == 3) {
		CHECK_UNDEFINED("mrs x9, s3_0_c12_c11_5", "icc_sgi1r_el1, read");
		CHECK_UNDEFINED("mrs x9, s3_0_c12_c12_1", "icc_eoir1_el1, read");
		CHECK_UNDEFINED("msr s3_0_c12_c12_0, x9", "icc_iar1_el1, write");
		CHECK_UNDEFINED("msr s3_0_c12_c11_3, x9", "icc_rpr_el1, write");
		CHECK_UNDEFINED("mrs x9, s3_0_c12_c11_1", "icc_dir_el1, read");
	}
}

static void check_interface(void)
{
	uint64_t ctlr;

	if (platform.gic != 3)
		return;
	show(read_sysreg(icc_sre_el1), "icc_sre");
	ctlr = read_sysreg(icc_ctlr_el1);
	show(ctlr >> 8 & 7, "icc_ctlr priority bits");
	show(ctlr >> 11 & 7, "icc_ctlr id bits");
	show(ctlr >> 14 & 3, "icc_ctlr seis, a3v");
	show(ctlr >> 18 & 3, "icc_ctlr range selector, extended ranges");
	write_sysreg(~0ull, icc_ctlr_el1);
	isb();
	show(read_sysreg(icc_ctlr_el1) & 0x43, "icc_ctlr writable");
	write_sysreg(0, icc_ctlr_el1);
	write_sysreg(3, icc_igrpen1_el1);
	isb();
	check_equal(read_sysreg(icc_igrpen1_el1), 1, "icc_igrpen1");
	show(read_sysreg(icc_ap1r0_el1), "icc_ap1r0");
}

void check_state(void)
{
	check_equal(read_sysreg(currentel) >> 2, 1, "exception level");
	check_equal(read_sysreg(mpidr_el1) >> 30 & 3, 2, "mpidr: one of several");
	show(read_sysreg(midr_el1), "midr");
	check_interface();
	check_simd();
	check_timers();
	check_undefined();
	if (conformance.nr_cpus > 1)
		check_entry();
}
