// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions from guests, and faults of the hypervisor itself. */
#include <arch.h>
#include <cell.h>
#include <direct.h>
#include <gicv3.h>
#include <guest.h>
#include <inject.h>
#include <setup.h>
#include <subpage.h>
#include <syndrome.h>
#include <sysreg.h>

#define SPSR_EL1H 0x5
#define SPSR_DAIF (0xfull << 6)
#define SPSR_KEEP (BIT(31) | BIT(30) | BIT(29) | BIT(28)) /* NZCV */
#define SPSR_PAN BIT(22)
#define SPSR_DIT BIT(24)
#define SPSR_TCO BIT(25)
#define SPSR_SSBS BIT(12)
#define SCTLR_EL1_SPAN BIT(23)
#define SCTLR_EL1_DSSBS BIT(44)

/*
 * An exception taken to EL1 from wherever the guest was: Arm ARM,
 * AArch64.TakeException. PSTATE bits that an implementation may lack are taken
 * from the guest's own, where they can only be set if the CPU has them.
 */
static void take_exception(u64 esr, u64 far, bool set_far)
{
	u64 spsr = read_sysreg(spsr_el2);
	u64 vector = exception_vector(read_sysreg(vbar_el1), spsr);
	u64 pstate = SPSR_EL1H | SPSR_DAIF | (spsr & (SPSR_KEEP | SPSR_PAN | SPSR_DIT));
	u64 sctlr = read_sysreg(sctlr_el1);

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

void inject_external_abort(u64 esr, u64 far)
{
	take_exception(external_abort(esr, read_sysreg(spsr_el2)), far, true);
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

/*
 * What the guest wanted of stage 2. On a walk of its own tables it is never the
 * instruction, and a write only where the hardware updates the access flag. Cache
 * maintenance says that it writes, but needs to read (Arm ARM, ISS of a data abort).
 */
static enum aspace_access access_of(u64 esr)
{
	if (EC(esr) == EC_IABT_LOWER)
		return esr & ISS_S1PTW ? ACCESS_READ : ACCESS_EXEC;
	return (esr & ISS_WNR) && !(esr & ISS_CM) ? ACCESS_WRITE : ACCESS_READ;
}

/*
 * A page of a lazy region that nobody has touched; or the engine changes live
 * tables by break-before-make: for a moment an address that is mapped is not.
 * Under the lock it is again, and the guest tries anew.
 */
static bool resolve_fault(u64 ipa, u64 esr)
{
	struct aspace_fault fault = {
		.ipa = IPA(ipa),
		.pc = read_sysreg(elr_el2),
		.access = access_of(esr),
		.cpu = PRIV->cpu->id,
	};

	if (!cell_fault(&fault, esr & ISS_S1PTW))
		return false;
	COUNT_EXIT(PAGE);
	return true;
}

/* Registers of a page that is nobody's as a whole, or is not there, or too dangerous */
static bool part_of_page(struct frame *f, u64 ipa, u64 esr)
{
	u64 *reg = guest_register(f, ISS_SRT(esr));
	struct cell *cell = PRIV->cpu->cell;
	struct mmio_access access = {
		.ipa = ipa,
		.value = *reg,
		.size = 1u << ISS_SAS(esr),
		.write = esr & ISS_WNR,
	};

	if (EC(esr) != EC_DABT_LOWER || !(esr & ISS_ISV) || (esr & ISS_S1PTW) ||
	    !(vuart_access(cell, &access) || button_access(cell, &access) ||
	      subpage_access(cell, &access) || direct_mmio(&access)))
		return false;
	COUNT_EXIT(DEVICE);
	if (!access.write)
		*reg = loaded_value(access.value, esr);
	skip_instruction(esr);
	return true;
}

/* An abort that is no access to an emulated device: guest_fast_mmio() was first */
static void guest_abort(struct frame *f, u64 esr)
{
	u64 far = read_sysreg(far_el2);
	u64 ipa;

	if (PRIV->direct && direct_arrived())
		return;
	if (FSC_TYPE(esr) != FSC_TRANSLATION && FSC_TYPE(esr) != FSC_PERMISSION) {
		/* The hardware's own external abort, or something that stage 2 does
		 * not produce: it is the guest's.
		 */
		violation(esr, far, read_sysreg(hpfar_el2) >> 4 << PAGE_SHIFT);
		return;
	}
	if (gic_access_again(esr, guest_register(f, ISS_SRT(esr))))
		return;
	ipa = fault_ipa(esr, far);
	if (ipa != IPA_NONE && !part_of_page(f, ipa, esr) && !resolve_fault(ipa, esr))
		violation(esr, far, ipa);
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
	case EC_WFX: /* WFI, see guest_wfi in idle.S; it may end at any time */
		COUNT_EXIT(WFI);
		skip_instruction(esr);
		cpu_serve_requests();
		break;
	default:
		COUNT_EXIT(OTHER);
		inject_undefined();
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

	PRIV->in_fatal = true;
	log_for_fatal();
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
	if (cell && !cell_is_root(cell) && !locks) {
		/* What this CPU was asked to do may be what it cannot do */
		__atomic_store_n(&PRIV->cpu->request, 0, __ATOMIC_SEQ_CST);
		PRIV->in_fatal = false;
		cell_fail_self(CL_FAIL_HYPERVISOR, read_sysreg(esr_el2), read_sysreg(elr_el2), 0);
	}
	log_printf(locks ? "The machine stops.\n" : "This CPU stops.\n");
	for (;;)
		asm volatile("wfe");
}
