// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that change hands: from a guest to the hypervisor and into the next. */
#include <arch.h>
#include <cell.h>
#include <direct.h>
#include <gic.h>
#include <guest.h>
#include <lib.h>
#include <mm/mm_ops.h>
#include <mm/pool.h>
#include <mm/pt_arm64_s2.h>
#include <setup.h>
#include <sysreg.h>
#include <system.h>

/* Reset value: the RES1 bits; MMU and caches off */
#define SCTLR_EL1_RESET 0x30d00800

#define SPSR_EL1H_MASKED 0x3c5

/* What Linux's init_kernel_el returns on a CPU that came from EL2 */
#define BOOT_CPU_MODE_EL2 0xe12

static int alloc_saved_root(struct cell *cell)
{
	if (cell->arch.saved_root)
		return 0;
	cell->arch.saved_root = pool_alloc_raw(&frame_pool, cell->s2.pt.root_pages);
	if (!cell->arch.saved_root)
		return -CL_ENOMEM;
	cell->arch_pages = cell->s2.pt.root_pages;
	return 0;
}

int arch_cell_init(struct cell *cell)
{
	cell->arch.vtcr = s2_vtcr(cell->s2.pt.ipa_bits, arch_pa_bits(), 0);
	cell->arch.vttbr = s2_vttbr(&cell->s2.pt, false);
	cell->arch.hardware_root = cell->s2.pt.root;
	cell->arch.direct = cell->config.cell->irq_mode != CL_IRQ_VIRTUAL;
	cell->arch.direct_eoi = cell->config.cell->irq_mode == CL_IRQ_DIRECT_EOI;
	if (cell->arch.direct && !cell_is_root(cell) && alloc_saved_root(cell))
		return -CL_ENOMEM;
	/* A VMID may have been another cell's before */
	arch_mm_ops.tlbi_all(NULL, cell->s2.pt.vmid);
	return 0;
}

int arch_cell_revoke(struct cell *cell)
{
	if (alloc_saved_root(cell))
		return -CL_ENOMEM;
	direct_revoke(cell);
	return 0;
}

void arch_cell_exit(struct cell *cell)
{
	if (!cell->arch.saved_root)
		return;
	/* The engine frees what it has made */
	direct_end(cell);
	pool_free(&frame_pool, cell->arch.saved_root, cell->arch_pages);
	cell->arch.saved_root = NULL;
}

void arch_cell_reset(struct cell *cell)
{
	if (cell->arch.direct)
		direct_restore(cell);
	cell->arch.gicd_ctlr = 0;
	cell->arch.syncing = 0;
	for (u32 i = 0; i < cell->config.nr_spis; i++)
		gic_ops->reset_spi(cell, cell->config.spis[i]);
}

static void reset_pmu(void)
{
	u32 version = read_sysreg(id_aa64dfr0_el1) >> 8 & 15;
	u32 counters;

	if (version == 0 || version == 15)
		return;
	counters = (u32)(read_sysreg(pmcr_el0) >> 11 & 31);
	write_sysreg(pmcntenclr_el0, 0xffffffff);
	write_sysreg(pmintenclr_el1, 0xffffffff);
	write_sysreg(pmovsclr_el0, 0xffffffff);
	write_sysreg(pmuserenr_el0, 0);
	write_sysreg(pmccfiltr_el0, 0);
	for (u32 i = 0; i < counters; i++) {
		write_sysreg(pmselr_el0, i);
		isb();
		write_sysreg(pmxevtyper_el0, 0);
	}
	write_sysreg(pmselr_el0, 0);
	/* P and C: event counters and cycle counter to zero; all disabled */
	write_sysreg(pmcr_el0, 6);
}

/* Emulators lack some registers of every CPU; an abort ends at the label, see el2_abort */
#define write_if_there(name, value) write_if_there_(name, value)
#define write_if_there_(name, value)                                                 \
	asm volatile("adr x9, 1f\n\tstr x9, [%0]\n\tmsr " #name ", %x1\n\tisb\n1:\t" \
		     "str xzr, [%0]" ::"r"(&PRIV->fixup),                            \
		     "rZ"((u64)(value))                                              \
		     : "x9", "memory")

/* Each case falls into the next: the highest number there is, and all below */
#define FOR_EACH_DEBUG_REGISTER(X) \
	X(15) X(14) X(13) X(12) X(11) X(10) X(9) X(8) X(7) X(6) X(5) X(4) X(3) X(2) X(1) X(0)

static void reset_debug(void)
{
	u64 dfr0 = read_sysreg(id_aa64dfr0_el1);

	write_sysreg(mdscr_el1, 0);
	write_sysreg(mdccint_el1, 0);
	/* Software has nothing to do with the double lock, but can take it */
	write_sysreg(osdlr_el1, 0);
	/* Locked, as after a reset; OSECCR_EL1 can be written only so */
	write_sysreg(oslar_el1, 1);
	isb();
	write_if_there(OSECCR_EL1, 0);
	write_if_there(OSDTRRX_EL1, 0);
	write_if_there(OSDTRTX_EL1, 0);
	write_if_there(DBGCLAIMCLR_EL1, 0xff);
	switch (dfr0 >> 12 & 15) {
#define CLEAR(n)                                  \
	case n:                                   \
		write_sysreg(dbgbcr##n##_el1, 0); \
		write_sysreg(dbgbvr##n##_el1, 0); \
		__attribute__((fallthrough));
		FOR_EACH_DEBUG_REGISTER(CLEAR)
	default:
		break;
#undef CLEAR
	}
	switch (dfr0 >> 20 & 15) {
#define CLEAR(n)                                  \
	case n:                                   \
		write_sysreg(dbgwcr##n##_el1, 0); \
		write_sysreg(dbgwvr##n##_el1, 0); \
		__attribute__((fallthrough));
		FOR_EACH_DEBUG_REGISTER(CLEAR)
	default:
		break;
#undef CLEAR
	}
}

/* A field of an ID register, unsigned */
#define ID_FIELD(reg, shift) ((u32)(read_sysreg(reg) >> (shift)&15))

static void reset_pauth(void)
{
	u64 isar1 = read_sysreg(id_aa64isar1_el1);
	u64 isar2 = read_reg(ID_AA64ISAR2_EL1);

	/* APA, API, GPA, GPI; GPA3, APA3 */
	if (!(isar1 & (0xffull << 4 | 0xffull << 24)) && !(isar2 & (0xffull << 8)))
		return;
	write_sysreg(S3_0_C2_C1_0, 0); /* APIAKeyLo_EL1 and so on */
	write_sysreg(S3_0_C2_C1_1, 0);
	write_sysreg(S3_0_C2_C1_2, 0);
	write_sysreg(S3_0_C2_C1_3, 0);
	write_sysreg(S3_0_C2_C2_0, 0);
	write_sysreg(S3_0_C2_C2_1, 0);
	write_sysreg(S3_0_C2_C2_2, 0);
	write_sysreg(S3_0_C2_C2_3, 0);
	write_sysreg(S3_0_C2_C3_0, 0);
	write_sysreg(S3_0_C2_C3_1, 0);
}

/*
 * SME, if Linux uses it: no cell does. To leave both modes is to forget what is in
 * them; and in streaming mode not all of zero_fp() and zero_sve() exists.
 */
static void reset_sme(void)
{
	if (!ID_FIELD(id_aa64pfr1_el1, 24) || (PRIV->controls.cptr & CPTR_TSM))
		return;
	write_reg(SVCR, 0);
	write_reg(SMCR_EL1, 0);
	write_reg(SMPRI_EL1, 0);
	write_reg(TPIDR2_EL0, 0);
}

/* What newer CPUs have, each behind its ID field */
static void reset_extensions(void)
{
	if (ID_FIELD(id_aa64pfr0_el1, 32) && !(PRIV->controls.cptr & CPTR_TZ)) { /* SVE */
		write_reg(ZCR_EL1, 0);
		zero_sve();
	}
	if (ID_FIELD(id_aa64pfr0_el1, 56) >= 2) { /* CSV2_2 */
		write_reg(SCXTNUM_EL0, 0);
		write_reg(SCXTNUM_EL1, 0);
	}
	if (ID_FIELD(id_aa64pfr0_el1, 28)) /* RAS */
		write_reg(DISR_EL1, 0);
	if (ID_FIELD(id_aa64pfr1_el1, 8) >= 2) { /* MTE2 */
		write_reg(GCR_EL1, 0);
		write_reg(RGSR_EL1, 0);
		write_reg(TFSR_EL1, 0);
		write_reg(TFSRE0_EL1, 0);
	}
	if (ID_FIELD(id_aa64dfr0_el1, 40)) /* TraceFilt */
		write_reg(TRFCR_EL1, 0);
	if (ID_FIELD(id_aa64dfr0_el1, 52)) { /* BRBE */
		write_reg(BRBCR_EL1, 0);
		isb();
		asm volatile("sys #1, c7, c2, #4" ::: "memory"); /* BRB IALL */
	}
	if (read_reg(ID_AA64MMFR3_EL1) & 15) /* TCRX */
		write_reg(TCR2_EL1, 0);
	if (read_reg(ID_AA64MMFR3_EL1) >> 4 & 15) /* SCTLRX */
		write_reg(SCTLR2_EL1, 0);
	if (read_reg(ID_AA64MMFR3_EL1) >> 8 & 15) { /* S1PIE */
		write_reg(PIR_EL1, 0);
		write_reg(PIRE0_EL1, 0);
	}
}

/* Nothing of the last guest, and what the architecture says of a reset */
static void reset_el1(void)
{
	write_sysreg(sctlr_el1, SCTLR_EL1_RESET);
	write_sysreg(cpacr_el1, 0);
	write_sysreg(ttbr0_el1, 0);
	write_sysreg(ttbr1_el1, 0);
	write_sysreg(tcr_el1, 0);
	write_sysreg(mair_el1, 0);
	write_sysreg(amair_el1, 0);
	write_sysreg(vbar_el1, 0);
	write_sysreg(contextidr_el1, 0);
	write_sysreg(tpidr_el0, 0);
	write_sysreg(tpidrro_el0, 0);
	write_sysreg(tpidr_el1, 0);
	write_sysreg(esr_el1, 0);
	write_sysreg(far_el1, 0);
	write_sysreg(afsr0_el1, 0);
	write_sysreg(afsr1_el1, 0);
	write_sysreg(par_el1, 0);
	write_sysreg(elr_el1, 0);
	write_sysreg(spsr_el1, 0);
	write_sysreg(sp_el0, 0);
	write_sysreg(sp_el1, 0);
	write_sysreg(csselr_el1, 0);
	write_sysreg(cntkctl_el1, 0);
	write_sysreg(cntv_ctl_el0, 0);
	write_sysreg(cntp_ctl_el0, 0);
	write_sysreg(cntv_cval_el0, 0);
	write_sysreg(cntp_cval_el0, 0);
	reset_debug();
	reset_pmu();
	reset_pauth();
	reset_sme();
	zero_fp();
	reset_extensions();
}

/*
 * Profiling and trace buffers are written through the owner's translation,
 * with no instruction of anybody's: they must be drained and off before another
 * owner's tables are loaded.
 */
static void stop_buffers(void)
{
	if (ID_FIELD(id_aa64dfr0_el1, 32) && !(read_reg(PMBIDR_EL1) & BIT(4))) { /* SPE */
		write_reg(PMSCR_EL1, 0);
		isb();
		asm volatile("hint #17" ::: "memory"); /* PSB CSYNC */
		dsb(nsh);
		write_reg(PMBLIMITR_EL1, 0);
	}
	if (ID_FIELD(id_aa64dfr0_el1, 44) && !(read_reg(TRBIDR_EL1) & BIT(4))) { /* TRBE */
		write_reg(TRFCR_EL1, 0);
		isb();
		asm volatile("hint #18" ::: "memory"); /* TSB CSYNC */
		dsb(nsh);
		write_reg(TRBLIMITR_EL1, 0);
	}
	isb();
}

/* A store of the former guest may have failed only now: its error, nobody else's */
static void absorb_serrors(void)
{
	PRIV->absorb_serror = true;
	asm volatile("dsb sy\n\tisb\n\tmsr daifclr, #4\n\tisb\n\tmsr daifset, #4\n\tisb" ::
			     : "memory");
	PRIV->absorb_serror = false;
	if (ID_FIELD(id_aa64pfr0_el1, 28)) {
		write_reg(VDISR_EL2, 0);
		write_reg(VSESR_EL2, 0);
	}
}

void arch_cpu_quiesce(void)
{
	/* What a cell may not touch, reset_el1() must be able to */
	controls_for_root();
	stop_buffers();
	absorb_serrors();
	write_sysreg(cntv_ctl_el0, 0);
	write_sysreg(cntp_ctl_el0, 0);
	isb();
	if (PRIV->direct)
		direct_leave();
	gic_ops->quiesce(true);
}

void arch_park(void)
{
	run_on_fresh_stack(cpu_park_loop);
}

void arch_guest_start(struct cpu *cpu)
{
	struct cell *cell = cpu->cell;
	struct frame f = { 0 };
	u64 hcr = PRIV->hcr;

	if (PRIV->counted_for != cpu->owners) {
		memset(PRIV->exits, 0, sizeof(PRIV->exits));
		PRIV->counted_for = cpu->owners;
	}
	reset_el1();
	gic_ops->reset_cpu();
	write_sysreg(vtcr_el2, cell->arch.vtcr);
	write_sysreg(vttbr_el2, cell->arch.vttbr);
	/* A CPU of Linux enters at EL1 a kernel that was booted at EL2: see
	 * complete_init_el1().
	 */
	if (cell_is_root(cell))
		hcr |= HCR_TVM;
	else
		hcr = controls_for_cell(hcr);
	/* All cells have one time; root has the physical timer as well as they */
	write_sysreg(cntvoff_el2, 0);
	gic_allow_sgis();
	if (cell->arch.direct) {
		direct_enter();
		hcr = direct_hcr(cell, hcr);
		/* See direct_kick() */
		cpu_serve_requests();
	}
	write_sysreg(hcr_el2, hcr);
	isb();
	/* Stage 1 entries of this VMID from before its reset; instructions that
	 * a former guest had at the same addresses.
	 */
	asm volatile("tlbi vmalls12e1\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");

	for (u32 i = 0; i < ARRAY_SIZE(cpu->args); i++)
		f.x[i] = cpu->args[i];
	write_sysreg(elr_el2, cpu->entry);
	write_sysreg(spsr_el2, SPSR_EL1H_MASKED);
	guest_enter(&f);
}

/*
 * Linux compares the exception level in which each CPU enters the kernel, and
 * newer versions refuse one that differs from the others. The boot CPU came in
 * at EL2, which is no longer to be had. The first thing a CPU does is the
 * kernel's init_kernel_el: at EL1 it writes SCTLR_EL1, sets up PSTATE, and
 * returns the level in x0. That write is trapped (HCR_EL2.TVM), and the rest of
 * the function is done here on its behalf, with the answer of a CPU that came
 * from EL2 and was left in EL1.
 */
bool complete_init_el1(struct frame *f, u64 esr)
{
	u64 hcr = read_sysreg(hcr_el2);
	u32 rt = (u32)(esr >> 5 & 31);

	if (!(hcr & HCR_TVM))
		return false;
	write_sysreg(hcr_el2, hcr & ~HCR_TVM);
	write_sysreg(sctlr_el1, rt == 31 ? 0 : f->x[rt]);
	f->x[0] = BOOT_CPU_MODE_EL2;
	write_sysreg(elr_el2, f->x[30]);
	write_sysreg(spsr_el2, SPSR_EL1H_MASKED);
	isb();
	return true;
}

void arch_wait(void)
{
	asm volatile("wfe" ::: "memory");
}

void arch_signal(void)
{
	asm volatile("dsb ish\n\tsev" ::: "memory");
}

void arch_read_exits(const struct cpu *cpu, u64 *exits, unsigned int n)
{
	const struct private *p = arch_window_open(WINDOW_B, PA(cpu->arch.private_pa));
	bool current = p->counted_for == cpu->owners;
	u64 total = 0;

	for (unsigned int i = 1; i < MIN(n, ARRAY_SIZE(p->exits)); i++) {
		exits[i] = current ? p->exits[i] : 0;
		total += exits[i];
	}
	exits[CL_EXIT_TOTAL] = total;
	arch_window_close(WINDOW_B);
}
