/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_SMC_H
#define CORE_SMC_H

#include <types.h>

struct cell;

/**
 * smc_allowed() - may a cell make this call of the firmware?
 * @cell: not root, which has no such list
 * @function: SMCCC function ID
 * @args: x1..x4; NULL: is there any call of this function that it may make?
 */
bool smc_allowed(const struct cell *cell, u32 function, const u64 *args);

/* Counts, and logs while it is news, that a cell made a call which it may not */
void smc_refused(struct cell *cell, u32 function);

#endif
