// SPDX-License-Identifier: GPL-2.0-only
/* PSCI 1.1 (DEN0022F): for a cell its own CPUs, for root the machine's. */
#include <arch.h>
#include <cell.h>
#include <direct.h>
#include <gic.h>
#include <guest.h>
#include <setup.h>
#include <smc.h>
#include <sysreg.h>

#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED ((u64)-1)
#define PSCI_INVALID_PARAMETERS ((u64)-2)
#define PSCI_DENIED ((u64)-3)
#define PSCI_ALREADY_ON ((u64)-4)
#define PSCI_ON_PENDING ((u64)-5)
#define PSCI_INVALID_ADDRESS ((u64)-9)

#define MIGRATE_NOT_REQUIRED 2
/* The one type of SYSTEM_RESET2 that is no vendor's: RAM stays, as with SYSTEM_RESET */
#define SYSTEM_WARM_RESET 0

/* By function ID without PSCI_64: those of psci_call() */
#define OFFERED \
	(BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(18))
/* Of these, those that exist in 64 bits, too */
#define OFFERED_64 (BIT(1) | BIT(3) | BIT(4) | BIT(18))

static bool is_reset2(u32 fn)
{
	return (fn & ~(u32)PSCI_64) == PSCI_SYSTEM_RESET2;
}

/* Flags of CPU_SUSPEND, too: the original format of the state, no mode set by the OS */
static u64 features(u64 *x, u32 fn)
{
	u32 n = fn - PSCI_VERSION;

	/* The machine's, which has it or not */
	if (is_reset2(fn) && cell_is_root(PRIV->cpu->cell)) {
		forward_smc(x);
		return x[0];
	}
	if (fn == SMCCC_VERSION || (n < 32 && (OFFERED & BIT(n))) ||
	    (n - PSCI_64 < 32 && (OFFERED_64 & BIT(n - PSCI_64))))
		return 0;
	return PSCI_NOT_SUPPORTED;
}

static u64 cpu_on(const u64 *x)
{
	struct cell *cell = PRIV->cpu->cell;
	const struct area *area;
	u64 entry = x[2];
	bool executable;

	/* Of a lazy area, the page may not be there yet */
	spin_lock(&cell->s2_lock);
	area = aspace_area(&cell->s2, IPA(entry));
	executable = area && (area->attr.perms & PT_EXEC);
	spin_unlock(&cell->s2_lock);
	if (!executable || entry % 4)
		return PSCI_INVALID_ADDRESS;
	switch (cpu_turn_on(cell, x[1], entry, x[3])) {
	case 0:
		return PSCI_SUCCESS;
	case -CL_EEXIST:
		return PSCI_ALREADY_ON;
	case -CL_EINPROGRESS:
		return PSCI_ON_PENDING;
	case -CL_ENOENT:
		return PSCI_INVALID_PARAMETERS;
	}
	return PSCI_DENIED;
}

/*
 * Standby: this CPU is nobody else's, so it may simply wait. A request for
 * power-down is answered the same way, as if a wake-up event had come before
 * the CPU was down (DEN0022F 5.4.4 allows that); context is never lost.
 */
static u64 cpu_suspend(void)
{
	/* A system error is on its way to the guest */
	if (read_sysreg(hcr_el2) & HCR_VSE)
		return PSCI_SUCCESS;
	if (PRIV->direct) {
		direct_wait();
		return PSCI_SUCCESS;
	}
	/* What waits in a list register does not end WFI at EL2 */
	if (gic_ops->interrupt_waits())
		return PSCI_SUCCESS;
	asm volatile("dsb sy\n\twfi" ::: "memory");
	return PSCI_SUCCESS;
}

/* For root the machine's firmware does it: the end of all cells, too */
static void system_end(u64 *x)
{
	if (cell_is_root(PRIV->cpu->cell))
		forward_smc(x);
	else if ((u32)x[0] == PSCI_SYSTEM_OFF)
		cell_end_self();
	else if (is_reset2((u32)x[0]) && (u32)x[1] != SYSTEM_WARM_RESET)
		x[0] = PSCI_INVALID_PARAMETERS;
	else
		cell_reset_self();
}

/* Calls by SMC32 convention have 32-bit arguments */
static void narrow(u64 *x)
{
	if (!(x[0] & PSCI_64)) {
		for (u32 i = 1; i < 4; i++)
			x[i] = (u32)x[i];
	}
}

void psci_call(u64 *x)
{
	u32 fn = (u32)x[0];
	u64 args[4] = { x[0], x[1], x[2], x[3] };

	narrow(args);
	switch (fn) {
	case PSCI_VERSION:
		x[0] = PSCI_1_1;
		return;
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | PSCI_64:
		x[0] = psci_affinity_info(args[1], args[2]);
		return;
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | PSCI_64:
		x[0] = cpu_suspend();
		return;
	case PSCI_CPU_OFF:
		cpu_turn_off();
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | PSCI_64:
		x[0] = cpu_on(args);
		return;
	case PSCI_MIGRATE_INFO_TYPE:
		x[0] = MIGRATE_NOT_REQUIRED;
		return;
	case PSCI_FEATURES:
		x[0] = features(x, (u32)args[1]);
		return;
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2 | PSCI_64:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
		system_end(x);
		return;
	}
	x[0] = PSCI_NOT_SUPPORTED;
}
