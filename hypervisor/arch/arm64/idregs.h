/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ID registers as cells see them: nothing that a guest there may not use, or that
 * would outlive it. Root has the hardware's own, see controls.c.
 */
#ifndef ARM64_IDREGS_H
#define ARM64_IDREGS_H

#include <types.h>

/* What depends on the machine's controls, not on the CPU alone */
struct id_facts {
	bool gicv3;
	bool sve;
	bool pauth;
	bool pmu;
};

/*
 * X(CRm, op2, most) for op0 = 3, op1 = 0, CRn = 0. A digit of @most is the most that
 * the field may say, f: whatever the CPU has; so fields that nobody knows yet read as
 * zero. All that is not listed does. Arm ARM D24.2, in the order of its numbers.
 */
/* clang-format off */
#define ID_REGISTERS(X)									\
	/* AArch32 at EL0: PFR0 PFR1 DFR0 MMFR0..3, ISAR0..5 MMFR4 ISAR6, MVFR0..2 PFR2 MMFR5 */ \
	X(1, 0, 0x1f0fffff) X(1, 1, 0x100f0f0f) X(1, 2, 0x0f00000f)			\
	X(1, 4, 0xffffffff) X(1, 5, 0xffffffff) X(1, 6, 0xffffffff) X(1, 7, 0xffffffff)	\
	X(2, 0, 0xffffffff) X(2, 1, 0xffffffff) X(2, 2, 0xffffffff) X(2, 3, 0xffffffff)	\
	X(2, 4, 0xffffffff) X(2, 5, 0xffffffff) X(2, 6, 0xffffffff) X(2, 7, 0xffffffff)	\
	X(3, 0, 0xffffffff) X(3, 1, 0xffffffff) X(3, 2, 0xffffffff) X(3, 4, 0x000000ff)	\
	X(3, 6, 0xffffffff)								\
	/* PFR0: no EL2, EL3, secure EL2, AMU, MPAM, RME; EL1 of 64 bits only, RAS */	\
	/* without records of errors, CSV2 without SCXTNUM */				\
	X(4, 0, 0xf10f000f11ff001f)							\
	/* PFR1: BTI and SSBS; no MTE, MPAM, SME, NMI, GCS */				\
	X(4, 1, 0x00000001000000ff)							\
	/* ZFR0 */									\
	X(4, 4, 0xffffffffffffffff)							\
	/* DFR0: breakpoints and the PMU; no trace, SPE, TRBE, BRBE */			\
	X(5, 0, 0x000000f0f0f0ff0f)							\
	/* ISAR0..2: no TME, LS64, MOPS and what is of 128 bits */			\
	X(6, 0, 0xfffffffff0fffff0)							\
	X(6, 1, 0x0fffffffffffffff)							\
	X(6, 2, 0x0fff0f00fff0ffff)							\
	/* MMFR0: no other stage 2, FGT, ECV's offset; no big-endian data, which the */	\
	/* emulated devices do not know */						\
	X(7, 0, 0x1000f000fff000ff)							\
	/* MMFR1: no VHE, LORegions, stage 2, HCRX; what TCR2 would enable */		\
	X(7, 1, 0xfffff0f00ff0f002)							\
	/* MMFR2: no nested virtualization, FWB, EVT, addresses of 56 bits */		\
	X(7, 2, 0xf0ff001ff0f1ffff)
/* clang-format on */

#define ID_REG(crm, op2) ((crm) << 3 | (op2))
#define ID_FIELD_MASK(shift) (15ull << (shift))

/* The digits of @value, but none greater than that of @most */
static inline u64 id_limit(u64 value, u64 most)
{
	u64 result = 0;

	for (u32 shift = 0; shift < 64; shift += 4) {
		u64 max = most >> shift & 15, field = value >> shift & 15;

		result |= (max == 15 ? field : MIN(field, max)) << shift;
	}
	return result;
}

/* Fields of register ID_REG() @reg that are zero for lack of what they stand for */
static inline u64 id_missing(u32 reg, const struct id_facts *facts)
{
	switch (reg) {
	case ID_REG(1, 1): /* ID_PFR1 */
		return facts->gicv3 ? 0 : ID_FIELD_MASK(28);
	case ID_REG(1, 2): /* ID_DFR0 */
		return facts->pmu ? 0 : ID_FIELD_MASK(24);
	case ID_REG(4, 0): /* ID_AA64PFR0 */
		return (facts->gicv3 ? 0 : ID_FIELD_MASK(24)) |
		       (facts->sve ? 0 : ID_FIELD_MASK(32));
	case ID_REG(4, 4): /* ID_AA64ZFR0 */
		return facts->sve ? 0 : ~0ull;
	case ID_REG(5, 0): /* ID_AA64DFR0 */
		return facts->pmu ? 0 : ID_FIELD_MASK(8);
	case ID_REG(6, 1): /* ID_AA64ISAR1: APA, API, GPA, GPI */
		return facts->pauth ? 0 : 0xff000ff0;
	case ID_REG(6, 2): /* ID_AA64ISAR2: GPA3, APA3, PAC_frac */
		return facts->pauth ? 0 : 0x0f00ff00;
	}
	return 0;
}

#endif
