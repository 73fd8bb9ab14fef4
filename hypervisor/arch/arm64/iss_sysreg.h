/* SPDX-License-Identifier: GPL-2.0-only */
/* The syndrome of a trapped MSR, MRS or system instruction, Arm ARM D24.2.40. */
#ifndef ARM64_ISS_SYSREG_H
#define ARM64_ISS_SYSREG_H

/* Without the direction and Rt */
#define ISS_SYSREG(op0, op1, crn, crm, op2) \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ISS_SYSREG_MASK 0x3ffc1e
#define ISS_SYSREG_READ 1
#define ISS_SYSREG_RT(iss) ((u32)((iss) >> 5 & 31))
#define ISS_SYSREG_CRM(iss) ((u32)((iss) >> 1 & 15))
#define ISS_SYSREG_OP2(iss) ((u32)((iss) >> 17 & 7))

#endif
