// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions from guests, and faults of the hypervisor itself. */
#include <arch.h>
#include <cell.h>
#include <gicv3.h>
#include <guest.h>
#include <hypercall.h>
#include <setup.h>
#include <sysreg.h>

/* ISS of a data abort, Arm ARM D24.2.40 */
#define ISS_ISV BIT(24)
#define ISS_SAS(esr) ((u32)((esr) >> 22 & 3))
#define ISS_SSE BIT(21)
#define ISS_SRT(esr) ((u32)((esr) >> 16 & 31))
#define ISS_SF BIT(15)
#define ISS_S1PTW BIT(7)
#define ISS_WNR BIT(6)
#define ISS_FSC(esr) ((u32)(esr) & 63)
#define FSC_TRANSLATION 0x04 /* with the level in bits 1:0 */
#define FSC_PERMISSION 0x0c
#define FSC_EXTERNAL 0x10
#define FSC_TYPE(esr) (ISS_FSC(esr) & 0x3c)

#define EC(esr) ((u32)((esr) >> 26 & 63))
#define ESR_IL BIT(25)

#define SPSR_EL(spsr) ((u32)((spsr) >> 2 & 3))
#define SPSR_M 0xf
#define SPSR_AARCH32 BIT(4)
#define SPSR_EL1H 0x5
#define SPSR_DAIF (0xfull << 6)
#define SPSR_KEEP (BIT(31) | BIT(30) | BIT(29) | BIT(28)) /* NZCV */
#define SPSR_PAN BIT(22)
#define SPSR_SS BIT(21)
#define SPSR_DIT BIT(24)
#define SPSR_TCO BIT(25)
#define SPSR_SSBS BIT(12)
#define SCTLR_EL1_SPAN BIT(23)
#define SCTLR_EL1_DSSBS BIT(44)

#define FUNCTION_IS_PSCI(fn) (((fn) & 0xbfffffe0) == 0x84000000)

static void skip_instruction(u64 esr)
{
	write_sysreg(elr_el2, read_sysreg(elr_el2) + (esr & ESR_IL ? 4 : 2));
}

/*
 * An exception taken to EL1 from wherever the guest was: Arm ARM,
 * AArch64.TakeException. PSTATE bits that an implementation may lack are taken
 * from the guest's own, where they can only be set if the CPU has them.
 */
static void take_exception(u64 esr, u64 far, bool set_far)
{
	u64 spsr = read_sysreg(spsr_el2);
	u64 vector = read_sysreg(vbar_el1);
	u64 pstate = SPSR_EL1H | SPSR_DAIF | (spsr & (SPSR_KEEP | SPSR_PAN | SPSR_DIT));
	u64 sctlr = read_sysreg(sctlr_el1);

	if (SPSR_EL(spsr) == 1 && !(spsr & SPSR_AARCH32))
		vector += spsr & 1 ? 0x200 : 0;
	else
		vector += spsr & SPSR_AARCH32 ? 0x600 : 0x400;
	if ((read_sysreg(id_aa64mmfr1_el1) >> 20 & 15) && !(sctlr & SCTLR_EL1_SPAN))
		pstate |= SPSR_PAN;
	if ((read_sysreg(id_aa64pfr1_el1) >> 4 & 15) && (sctlr & SCTLR_EL1_DSSBS))
		pstate |= SPSR_SSBS;
	if ((read_sysreg(id_aa64pfr1_el1) >> 8 & 15) >= 2)
		pstate |= SPSR_TCO;

	write_sysreg(elr_el1, read_sysreg(elr_el2));
	write_sysreg(spsr_el1, spsr);
	write_sysreg(esr_el1, esr);
	if (set_far)
		write_sysreg(far_el1, far);
	write_sysreg(elr_el2, vector);
	write_sysreg(spsr_el2, pstate);
}

void inject_undefined(void)
{
	take_exception((u64)EC_UNKNOWN << 26 | ESR_IL, 0, false);
}

/* A synchronous external abort with the syndrome that the access had */
void inject_external_abort(u64 esr, u64 far)
{
	bool from_el1 = SPSR_EL(read_sysreg(spsr_el2)) == 1;
	u32 ec = EC(esr) == EC_IABT_LOWER ? EC_IABT_LOWER : EC_DABT_LOWER;
	u64 iss = FSC_EXTERNAL | (esr & ISS_WNR);

	if (ec == EC_IABT_LOWER)
		iss = FSC_EXTERNAL;
	take_exception((u64)(from_el1 ? ec + 1 : ec) << 26 | (esr & ESR_IL) | iss, far, true);
}

/*
 * The IPA of a stage 2 fault. HPFAR_EL2 has it for translation faults and for
 * those of a stage 1 walk; for a permission fault it may not (Arm ARM D24.2.58),
 * and on a Cortex-A57 up to r1p2 not for a translation fault either, where stage
 * 1 has a fault of its own (erratum 834220). Then the guest's stage 1 is asked;
 * if it does not translate any more, the guest tries again and gets what its
 * tables say now.
 */
static bool fault_ipa(u64 esr, u64 far, u64 *ipa)
{
	bool hpfar_valid = (esr & ISS_S1PTW) || FSC_TYPE(esr) != FSC_PERMISSION;
	u64 par, saved;

	if (hpfar_valid && !(PRIV->errata & ERRATUM_834220)) {
		*ipa = (read_sysreg(hpfar_el2) >> 4 << PAGE_SHIFT) | (far & (PAGE_SIZE - 1));
		return true;
	}
	if (esr & ISS_S1PTW) {
		*ipa = (read_sysreg(hpfar_el2) >> 4 << PAGE_SHIFT) | (far & (PAGE_SIZE - 1));
		return true;
	}
	saved = read_sysreg(par_el1);
	asm volatile("at s1e1r, %0" ::"r"(far) : "memory");
	isb();
	par = read_sysreg(par_el1);
	write_sysreg(par_el1, saved);
	if (par & 1)
		return false;
	*ipa = (par & MASK(51, 12)) | (far & (PAGE_SIZE - 1));
	return true;
}

/* Nobody granted that: the guest is told, or ends, as its config says */
static void violation(u64 esr, u64 far, u64 ipa)
{
	struct cell *cell = PRIV->cpu->cell;

	COUNT_EXIT(VIOLATION);
	if (__atomic_fetch_add(&cell->violations, 1, __ATOMIC_RELAXED) < VIOLATIONS_LOGGED)
		log_printf("cell %u, CPU %u: refused access to 0x%llx (ESR 0x%llx, PC 0x%llx)\n",
			   cell->id, PRIV->cpu->id, (unsigned long long)ipa,
			   (unsigned long long)esr, (unsigned long long)read_sysreg(elr_el2));
	if (!cell_is_root(cell) && cell->config.cell->on_violation == CL_VIOLATION_FAIL)
		cell_fail_self(CL_FAIL_VIOLATION, esr, read_sysreg(elr_el2), ipa);
	inject_external_abort(esr, far);
}

static u64 *guest_register(struct frame *f, u32 n)
{
	static const u64 zero;

	/* Register 31 is XZR: reads as zero, writes go to a place nobody reads */
	f->unused = zero;
	return n == 31 ? &f->unused : &f->x[n];
}

/* What a load of a device register leaves in Xt */
static u64 extend(u64 value, u64 esr)
{
	u32 bits = 8u << ISS_SAS(esr);

	if (bits < 64) {
		value &= BIT(bits) - 1;
		if (esr & ISS_SSE) {
			value = (value ^ BIT(bits - 1)) - BIT(bits - 1);
			if (!(esr & ISS_SF))
				value = (u32)value;
		}
	}
	return value;
}

/* Is @ipa a device that is emulated, and does it take this access? */
static bool device_access(struct cell *cell, u64 ipa, struct access *a)
{
	struct cpu *cpu;

	a->offset = ipa - gic.gicd_pa;
	if (a->offset < 0x10000)
		return gicd_access(cell, a);
	cpu = gicr_find(ipa, &a->offset);
	return cpu && gicr_access(cell, cpu, a);
}

/*
 * The engine changes live tables by break-before-make: for a moment an address
 * that is mapped is not. Under the lock it is again, and the guest tries anew.
 */
static bool is_mapped_now(struct cell *cell, u64 ipa, u64 esr)
{
	struct pt_leaf leaf;
	u32 need = EC(esr) == EC_IABT_LOWER ? PT_EXEC : esr & ISS_WNR ? PT_WRITE : PT_READ;
	bool mapped;

	spin_lock(&cell->s2_lock);
	mapped = pt_query(&cell->s2, IPA(ipa), &leaf) && (leaf.perms & need);
	spin_unlock(&cell->s2_lock);
	return mapped;
}

static void guest_abort(struct frame *f, u64 esr)
{
	struct cell *cell = PRIV->cpu->cell;
	u64 far = read_sysreg(far_el2);
	u64 ipa;

	if (FSC_TYPE(esr) != FSC_TRANSLATION && FSC_TYPE(esr) != FSC_PERMISSION) {
		/* The hardware's own external abort, or something that stage 2 does
		 * not produce: it is the guest's.
		 */
		violation(esr, far, read_sysreg(hpfar_el2) >> 4 << PAGE_SHIFT);
		return;
	}
	if (!fault_ipa(esr, far, &ipa))
		return;
	if (EC(esr) == EC_DABT_LOWER && (esr & ISS_ISV) && !(esr & ISS_S1PTW)) {
		u64 *reg = guest_register(f, ISS_SRT(esr));
		struct access a = {
			.value = *reg,
			.size = 1u << ISS_SAS(esr),
			.write = esr & ISS_WNR,
		};

		if (IS_ALIGNED(ipa, a.size) && device_access(cell, ipa, &a)) {
			if (!a.write)
				*reg = extend(a.value, esr);
			skip_instruction(esr);
			return;
		}
	}
	if (is_mapped_now(cell, ipa, esr))
		return;
	violation(esr, far, ipa);
}

/* ISS of a trapped MSR or MRS, without the direction and Rt */
#define ISS_SYSREG(op0, op1, crn, crm, op2)                                                        \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ISS_SYSREG_MASK 0x3ffc1e
#define ISS_SYSREG_READ 1
#define ISS_SYSREG_RT(esr) ((u32)((esr) >> 5 & 31))

static void guest_sysreg(struct frame *f, u64 esr)
{
	u64 *reg = guest_register(f, ISS_SYSREG_RT(esr));
	u32 which = (u32)esr & ISS_SYSREG_MASK;
	bool read = esr & ISS_SYSREG_READ;

	if (which == ISS_SYSREG(3, 0, 12, 11, 5) && !read) { /* ICC_SGI1R_EL1 */
		COUNT_EXIT(SGI);
		gic_send_sgi(PRIV->cpu->cell, *reg);
		skip_instruction(esr);
		return;
	}
	COUNT_EXIT(SYSREG);
	if (read_sysreg(hcr_el2) & HCR_TVM) {
		/* A CPU of root that has just been turned on */
		if (which != ISS_SYSREG(3, 0, 1, 0, 0) || read || !complete_init_el1(f, esr))
			write_sysreg(hcr_el2, read_sysreg(hcr_el2) & ~(u64)HCR_TVM);
		return;
	}
	switch (which) {
	case ISS_SYSREG(3, 0, 12, 11, 6): /* ICC_ASGI1R_EL1 */
	case ISS_SYSREG(3, 0, 12, 11, 7): /* ICC_SGI0R_EL1 */
		/* Other security states and groups: nobody there */
		if (!read) {
			skip_instruction(esr);
			return;
		}
		break;
	case ISS_SYSREG(3, 0, 1, 0, 1): /* ACTLR_EL1 */
		if (read)
			*reg = 0;
		skip_instruction(esr);
		return;
	}
	inject_undefined();
}

void guest_trap(struct frame *f, u64 esr)
{
	switch (EC(esr)) {
	case EC_DABT_LOWER:
	case EC_IABT_LOWER:
		guest_abort(f, esr);
		break;
	case EC_SYSREG:
		guest_sysreg(f, esr);
		break;
	default:
		COUNT_EXIT(OTHER);
		inject_undefined();
	}
}

/* HVC_* of the kernel's stub, answered for root as the stub would */
#define STUB_SOFT_RESTART 1
#define STUB_FINALISE_EL2 3
#define STUB_GET_ICH_VTR 4
#define STUB_ERROR 0xbadca11

static bool stub_call(u64 *x)
{
	if (x[0] > STUB_GET_ICH_VTR)
		return false;
	COUNT_EXIT(HVC);
	if (x[0] == STUB_GET_ICH_VTR) {
		x[0] = 0;
		x[1] = read_reg(ICH_VTR_EL2);
	} else {
		/* 0 to 2 would drop EL2: refused. 3: there is no VHE to change to */
		x[0] = STUB_ERROR;
	}
	return true;
}

/* Everything that arrives by both conduits */
static bool firmware_call(u64 *x)
{
	if (FUNCTION_IS_PSCI((u32)x[0])) {
		COUNT_EXIT(PSCI);
		return psci_call(x);
	}
	return false;
}

#define SMCCC_VERSION 0x80000000
#define SMCCC_ARCH_FEATURES 0x80000001
#define SMCCC_NOT_SUPPORTED ((u64)-1)
#define HVC_IMMEDIATE(esr) ((u32)(esr) & 0xffff)

/* true: this CPU leaves the hypervisor, with the results in @f */
bool guest_hvc(struct frame *f)
{
	u64 *x = f->x;
	u32 owner = (u32)x[0] >> 24;

	if (likely(owner == 0xc6 || owner == 0x86)) {
		COUNT_EXIT(HVC);
		if (unlikely((u32)x[0] == CL_HC_DISABLE) && cell_is_root(PRIV->cpu->cell))
			return disable_call(x);
		hypercall(x);
		return false;
	}
	if (HVC_IMMEDIATE(read_sysreg(esr_el2)) == 0) {
		if (firmware_call(x))
			return false;
		if (cell_is_root(PRIV->cpu->cell) && stub_call(x))
			return false;
		if ((u32)x[0] == SMCCC_VERSION) {
			x[0] = 0x10001;
			return false;
		}
	}
	COUNT_EXIT(HVC);
	x[0] = SMCCC_NOT_SUPPORTED;
	return false;
}

void guest_smc(struct frame *f)
{
	u64 *x = f->x;
	bool is_root = cell_is_root(PRIV->cpu->cell);

	if (firmware_call(x))
		return;
	COUNT_EXIT(SMC);
	/* SDEI would let firmware call into EL2 */
	if (is_root && ((u32)x[0] & 0xbfffffe0) != 0x84000020) {
		forward_smc(x);
		return;
	}
	switch ((u32)x[0]) {
	case SMCCC_VERSION:
		x[0] = 0x10001;
		break;
	case SMCCC_ARCH_FEATURES:
		x[0] = (u32)x[1] == SMCCC_VERSION || (u32)x[1] == SMCCC_ARCH_FEATURES ?
			       0 :
			       SMCCC_NOT_SUPPORTED;
		break;
	default:
		x[0] = SMCCC_NOT_SUPPORTED;
	}
}

/*
 * A system error while a guest ran: the guest's, whether by its own doing or by
 * a device's. It gets it as a virtual one, with the syndrome if the CPU has one.
 */
void guest_serror_c(void)
{
	COUNT_EXIT(OTHER);
	if (read_sysreg(id_aa64pfr0_el1) >> 28 & 15)
		write_reg(VSESR_EL2, read_sysreg(esr_el2) & MASK(24, 0));
	write_sysreg(hcr_el2, read_sysreg(hcr_el2) | HCR_VSE);
	isb();
}

/* Called where a function finds its stack frame damaged */
void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
	asm volatile("brk #1"); /* a fault like any other: el2_fatal() */
}

/*
 * The hypervisor itself is at fault. This CPU's cell ends; the others go on,
 * unless a lock is held here, which sooner or later would stop each of them
 * without a word.
 */
void el2_fatal(struct frame *f)
{
	struct cell *cell = PRIV->cpu ? PRIV->cpu->cell : NULL;
	u32 locks = PRIV->locks_held;

	log_to_uart = true;
	log_printf("\nFATAL: EL2 exception on CPU %u: ESR 0x%llx ELR 0x%llx FAR 0x%llx\n",
		   PRIV->cpu ? PRIV->cpu->id : 0, (unsigned long long)read_sysreg(esr_el2),
		   (unsigned long long)read_sysreg(elr_el2),
		   (unsigned long long)read_sysreg(far_el2));
	for (u32 i = 0; i < 30; i += 3)
		log_printf("x%02u 0x%016llx x%02u 0x%016llx x%02u 0x%016llx\n", i,
			   (unsigned long long)f->x[i], i + 1, (unsigned long long)f->x[i + 1],
			   i + 2, (unsigned long long)f->x[i + 2]);
	log_printf("x30 0x%016llx sp 0x%016llx locks held %u\n", (unsigned long long)f->x[30],
		   (unsigned long long)read_sysreg(sp_el0), locks);
	hv_log->fatal++;
	arch_clean_invalidate(hv_log, LOG_SIZE);
	if (cell && !cell_is_root(cell) && !locks)
		cell_fail_self(CL_FAIL_HYPERVISOR, read_sysreg(esr_el2), read_sysreg(elr_el2), 0);
	log_printf(locks ? "The machine stops.\n" : "This CPU stops.\n");
	for (;;)
		asm volatile("wfe");
}
