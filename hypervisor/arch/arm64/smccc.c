// SPDX-License-Identifier: GPL-2.0-only
/* HVC and SMC: who answers which. Documentation/hypercalls.md has the table. */
#include <cell.h>
#include <guest.h>
#include <hypercall.h>
#include <jailhouse.h>
#include <setup.h>
#include <smc.h>
#include <syndrome.h>
#include <sysreg.h>

/* HVC_* of the kernel's stub, answered for root as the stub would */
#define STUB_GET_ICH_VTR 4
#define STUB_ERROR 0xbadca11

static bool stub_call(u64 *x)
{
	if (x[0] > STUB_GET_ICH_VTR)
		return false;
	if (x[0] == STUB_GET_ICH_VTR && (read_sysreg(id_aa64pfr0_el1) >> 24 & 15)) {
		x[0] = 0;
		x[1] = read_reg(ICH_VTR_EL2);
	} else {
		/* 0 to 2 would drop EL2: refused. 3: there is no VHE to change to */
		x[0] = STUB_ERROR;
	}
	return true;
}

#define SMCCC_NOT_SUPPORTED ((u64)-1)
#define HVC_IMMEDIATE(esr) ((u32)(esr)&0xffff)
#define HVC_JAILHOUSE 0x4a48

/* The general calls; unknown ones are not supported. Return: is it known? */
static bool smccc_call(u64 *x)
{
	bool known = (u32)x[1] == SMCCC_VERSION || (u32)x[1] == SMCCC_ARCH_FEATURES;

	switch ((u32)x[0]) {
	case SMCCC_VERSION:
		x[0] = SMCCC_1_1;
		return true;
	case SMCCC_ARCH_FEATURES:
		x[0] = known ? 0 : SMCCC_NOT_SUPPORTED;
		return true;
	default:
		x[0] = SMCCC_NOT_SUPPORTED;
		return false;
	}
}

static bool try_psci(u64 *x)
{
	if (!FUNCTION_IS_PSCI((u32)x[0]))
		return false;
	COUNT_EXIT(PSCI);
	x[0] &= ~SMCCC_NO_SVE;
	psci_call(x);
	return true;
}

/* What is no PSCI: the firmware's, if it may be asked */
static void firmware_call(struct cell *cell, u64 *x)
{
	u32 fn = (u32)x[0];

	if (smc_is_forwarded(cell, x))
		forward_smc(x);
	else if (!smccc_call(x) && !cell_is_root(cell))
		smc_refused(cell, fn);
}

/* As below, by HVC #0. A cell's conduit may be either; root's is SMC. */
static bool guest_hvc(struct cell *cell, u64 *x)
{
	u32 owner = (u32)x[0] >> 24;

	if (likely(owner == 0xc6 || owner == 0x86)) {
		COUNT_EXIT(HVC);
		if (unlikely((u32)x[0] == CL_HC_DISABLE) && cell_is_root(cell))
			return disable_call(x);
		hypercall(x);
		return false;
	}
	if (try_psci(x))
		return false;
	COUNT_EXIT(HVC);
	if (!cell_is_root(cell))
		firmware_call(cell, x);
	else if (!stub_call(x))
		smccc_call(x);
	return false;
}

static void guest_smc(struct cell *cell, u64 *x)
{
	if (try_psci(x))
		return;
	COUNT_EXIT(SMC);
	firmware_call(cell, x);
}

/* A call that fast.c did not know. true: this CPU leaves the hypervisor, with the
 * results in @f
 */
bool guest_call(struct frame *f, u64 esr)
{
	struct cell *cell = PRIV->cpu->cell;

	if (EC(esr) != EC_HVC64) {
		guest_smc(cell, f->x);
		return false;
	}
	if (likely(HVC_IMMEDIATE(esr) == 0))
		return guest_hvc(cell, f->x);
	COUNT_EXIT(HVC);
	if (HVC_IMMEDIATE(esr) == HVC_JAILHOUSE)
		jailhouse_call(f->x);
	else
		f->x[0] = SMCCC_NOT_SUPPORTED;
	return false;
}
