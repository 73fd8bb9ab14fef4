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

void smc_refused(struct cell *cell, u32 function)
{
	u64 before = __atomic_fetch_add(&cell->smcs_refused, 1, __ATOMIC_RELAXED);

	cell->last_smc = function;
	if (before < REFUSALS_LOGGED)
		log_printf("cell %u: SMC 0x%x is not among its smc_rules\n", cell->id, function);
}
