/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of an access to a system register that was trapped. */
#ifndef ARM64_SYSREG_TABLE_H
#define ARM64_SYSREG_TABLE_H

#include "iss_sysreg.h"
#include <types.h>

enum trap_action {
	TRAP_REFUSE = 0, /* undefined for the guest */
	TRAP_ZERO, /* reads as zero, ignores writes */
	TRAP_IGNORE, /* write-only: ignored */
	TRAP_ID, /* idregs.h */
};

struct trap_rule {
	u32 mask;
	u32 match;
	u32 action;
};

#define TRAP_ONE(op0, op1, crn, crm, op2, action)                            \
	{                                                                    \
		ISS_SYSREG_MASK, ISS_SYSREG(op0, op1, crn, crm, op2), action \
	}
/* With any op2; with any CRm and op2; with whatever but op0 and op1 */
#define TRAP_CRM(op0, op1, crn, crm, action)                                           \
	{                                                                              \
		ISS_SYSREG(3, 7, 15, 15, 0), ISS_SYSREG(op0, op1, crn, crm, 0), action \
	}
#define TRAP_CRN(op0, op1, crn, action)                                             \
	{                                                                           \
		ISS_SYSREG(3, 7, 15, 0, 0), ISS_SYSREG(op0, op1, crn, 0, 0), action \
	}
#define TRAP_OP1(op0, op1, action)                                               \
	{                                                                        \
		ISS_SYSREG(3, 7, 0, 0, 0), ISS_SYSREG(op0, op1, 0, 0, 0), action \
	}

/*
 * Every register that the controls of a cell (controls.c, HCR_EL2 in setup.c) make trap,
 * and the control. The first rule that matches counts; what is in none is refused.
 * Before it come ICC_SGI1R_EL1, which is emulated (IMO), and what direct mode traps of
 * the CPU interface (direct_sysreg()). All else passes: it is not trapped at all.
 */
/* clang-format off */
static const struct trap_rule trap_rules[] = {
	/* TID3: the ID registers, CRm 1 to 7 */
	TRAP_CRM(3, 0, 0, 1, TRAP_ID), TRAP_CRM(3, 0, 0, 2, TRAP_ID),
	TRAP_CRM(3, 0, 0, 3, TRAP_ID), TRAP_CRM(3, 0, 0, 4, TRAP_ID),
	TRAP_CRM(3, 0, 0, 5, TRAP_ID), TRAP_CRM(3, 0, 0, 6, TRAP_ID),
	TRAP_CRM(3, 0, 0, 7, TRAP_ID),
	/* IMO: SGIs for other groups and security states, where nobody is */
	TRAP_ONE(3, 0, 12, 11, 6, TRAP_IGNORE), /* ICC_ASGI1R_EL1 */
	TRAP_ONE(3, 0, 12, 11, 7, TRAP_IGNORE), /* ICC_SGI0R_EL1 */
	/* TACR: ACTLR_EL1; as on a CPU with nothing in it */
	TRAP_ONE(3, 0, 1, 0, 1, TRAP_ZERO),
	/* TERR: ERRIDR_EL1 says that there are no records, so none can be selected */
	TRAP_CRM(3, 0, 5, 3, TRAP_ZERO),
	TRAP_CRM(3, 0, 5, 4, TRAP_REFUSE), TRAP_CRM(3, 0, 5, 5, TRAP_REFUSE),
	/* TIDCP: implementation defined */
	TRAP_CRN(3, 0, 11, TRAP_REFUSE), TRAP_CRN(3, 0, 15, TRAP_REFUSE),
	/* TLOR: LORegions */
	TRAP_CRM(3, 0, 10, 4, TRAP_REFUSE),
	/* TTA: trace. HDFGRTR_EL2: branch records. TTRF: TRFCR_EL1 */
	TRAP_OP1(2, 1, TRAP_REFUSE), TRAP_ONE(3, 0, 1, 2, 1, TRAP_REFUSE),
	/* TPMS, E2PB: statistical profiling. E2TB: trace buffers */
	TRAP_CRM(3, 0, 9, 9, TRAP_REFUSE), TRAP_CRM(3, 0, 9, 10, TRAP_REFUSE),
	TRAP_CRM(3, 0, 9, 11, TRAP_REFUSE),
	/* TAM: activity monitors */
	TRAP_CRN(3, 3, 13, TRAP_REFUSE),
	/* ATA, TID5: memory tags. GCR, RGSR; TFSR, TFSRE0; GMID */
	TRAP_ONE(3, 0, 1, 0, 6, TRAP_REFUSE), TRAP_ONE(3, 0, 1, 0, 5, TRAP_REFUSE),
	TRAP_CRM(3, 0, 5, 6, TRAP_REFUSE), TRAP_ONE(3, 1, 0, 0, 4, TRAP_REFUSE),
	/* EnSCXT: SCXTNUM_EL1, SCXTNUM_EL0 */
	TRAP_ONE(3, 0, 13, 0, 7, TRAP_REFUSE), TRAP_ONE(3, 3, 13, 0, 7, TRAP_REFUSE),
	/* HCRX_EL2: TCR2_EL1, SCTLR2_EL1 */
	TRAP_ONE(3, 0, 2, 0, 3, TRAP_REFUSE), TRAP_ONE(3, 0, 1, 0, 3, TRAP_REFUSE),
	/* HFGRTR_EL2, HFGWTR_EL2: TPIDR2_EL0, SMPRI_EL1; PIRE0, PIR, POR_EL1 */
	TRAP_ONE(3, 3, 13, 0, 5, TRAP_REFUSE), TRAP_ONE(3, 0, 1, 2, 4, TRAP_REFUSE),
	TRAP_CRM(3, 0, 10, 2, TRAP_REFUSE),
};
/* clang-format on */

/* @which: ISS of the access, without direction and Rt */
static inline enum trap_action trap_action(u32 which)
{
	for (u32 i = 0; i < ARRAY_SIZE(trap_rules); i++) {
		if ((which & trap_rules[i].mask) == trap_rules[i].match)
			return (enum trap_action)trap_rules[i].action;
	}
	return TRAP_REFUSE;
}

#endif
