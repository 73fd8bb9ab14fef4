// SPDX-License-Identifier: GPL-2.0-only
/* What cells may ask of the firmware. */
#include <cell.h>
#include <smc.h>

/* Of each life of a cell: a guest can refuse to learn */
#define REFUSALS_LOGGED 8

bool smc_allowed(const struct cell *cell, u32 function, const u64 *args)
{
	for (u32 i = 0; i < cell->config.nr_smc; i++) {
		const struct cl_smc_rule *r = &cell->config.smc[i];
		bool matches = !((function ^ r->function) & ~r->ignore);

		for (u32 k = 0; args && k < ARRAY_SIZE(r->args); k++)
			matches &= (args[k] & r->args[k].mask) == r->args[k].value;
		if (matches)
			return true;
	}
	return false;
}

/* A bit of a guest's own CPU is all that these change, or ask for */
static bool is_mitigation(u32 function)
{
	return function == SMCCC_ARCH_WORKAROUND_1 || function == SMCCC_ARCH_WORKAROUND_2 ||
	       function == SMCCC_ARCH_WORKAROUND_3;
}

/*
 * What root may ask the firmware. Not SDEI, which would let the firmware call into
 * EL2, nor DRTM (DEN0113), which launches the caller's code there. Nor a fast call whose
 * owner is a hypervisor or nobody (DEN0028, owning entity numbers 5 to 47): firmware that
 * has a PSCI from before its standard has it there, and that turns CPUs on at EL2, with
 * code of root's.
 */
static bool is_for_firmware(u32 function)
{
	u32 owner = function >> 24 & 0x3f;

	if (!(function & BIT(31)))
		return true;
	return (owner < 5 || owner > 47) && !FUNCTION_IS_SDEI(function) &&
	       !FUNCTION_IS_DRTM(function);
}

bool smc_is_forwarded(const struct cell *cell, const u64 *x)
{
	u32 function = (u32)x[0], asked = (u32)x[1];

	if (cell_is_root(cell))
		return is_for_firmware(function);
	if (function == SMCCC_ARCH_FEATURES)
		return is_mitigation(asked) || smc_allowed(cell, asked, NULL);
	return is_mitigation(function) || smc_allowed(cell, function, &x[1]);
}

void smc_refused(struct cell *cell, u32 function)
{
	u64 before = __atomic_fetch_add(&cell->smcs_refused, 1, __ATOMIC_RELAXED);

	cell->last_smc = function;
	if (before < REFUSALS_LOGGED)
		log_printf("cell %u: SMC 0x%x is not among its smc_rules\n", cell->id, function);
}
