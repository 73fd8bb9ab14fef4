/* SPDX-License-Identifier: GPL-2.0-only */
/* How EL1 learns of an exception that is made up for it: Arm ARM, AArch64.TakeException. */
#ifndef ARM64_INJECT_H
#define ARM64_INJECT_H

#include "spsr.h"
#include <types.h>

#define SPSR_EL(spsr) ((u32)((spsr) >> 2 & 3))

#define ESR_EC_SHIFT 26
#define ESR_IL_BIT BIT(25)
#define EC_IABT_FROM_EL0 0x20u
#define EC_DABT_FROM_EL0 0x24u
#define ISS_ABORT_CM BIT(8)
#define ISS_ABORT_WNR BIT(6)
#define ISS_ABORT_EXTERNAL 0x10

/* Where the exception goes to that a guest takes with @spsr */
static inline u64 exception_vector(u64 vbar, u64 spsr)
{
	if (spsr & SPSR_AARCH32)
		return vbar + 0x600;
	if (SPSR_EL(spsr) == 0)
		return vbar + 0x400;
	return vbar + (spsr & 1 ? 0x200 : 0);
}

/*
 * ESR_EL1 of a synchronous external abort in the place of the stage 2 fault that @esr
 * tells of. It does not describe the instruction (ISV = 0), and then IL is 1 whatever
 * its length (D24.2.40). On a walk of the guest's tables it is the access's, too: at
 * which level of stage 1 is nowhere to be read.
 */
static inline u64 external_abort(u64 esr, u64 spsr)
{
	bool fetch = (esr >> ESR_EC_SHIFT & 63) == EC_IABT_FROM_EL0;
	u64 ec = fetch ? EC_IABT_FROM_EL0 : EC_DABT_FROM_EL0;
	u64 iss = ISS_ABORT_EXTERNAL;

	if (!fetch)
		iss |= esr & (ISS_ABORT_CM | ISS_ABORT_WNR);
	if (!(spsr & SPSR_AARCH32) && SPSR_EL(spsr) == 1)
		ec++;
	return ec << ESR_EC_SHIFT | ESR_IL_BIT | iss;
}

#endif
