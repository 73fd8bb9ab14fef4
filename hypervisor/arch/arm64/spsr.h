/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of PSTATE when an instruction has been done on a guest's behalf. */
#ifndef ARM64_SPSR_H
#define ARM64_SPSR_H

/* For assembly, too */
#define SPSR_AARCH32_BIT 4
#define SPSR_SS_MASK 0x200000
#define SPSR_BTYPE_MASK 0xc00

#ifndef __ASSEMBLER__
#include <types.h>

#define SPSR_AARCH32 BIT(SPSR_AARCH32_BIT)
/* AArch32 has ITSTATE where AArch64 has BTYPE: bits 7:2 and 1:0 of it */
#define SPSR_IT_HIGH MASK(15, 10)
#define SPSR_IT_LOW MASK(26, 25)

/* The rest of an IT block of T32 code (Arm ARM, AArch32.ITAdvance) */
static inline u64 spsr_it_advance(u64 spsr)
{
	u64 it = (spsr & SPSR_IT_HIGH) >> 8 | (spsr & SPSR_IT_LOW) >> 25;

	it = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	return (spsr & ~(SPSR_IT_HIGH | SPSR_IT_LOW)) | (it << 8 & SPSR_IT_HIGH) |
	       (it << 25 & SPSR_IT_LOW);
}

/* The single step is done; no branch came before, and an IT block goes on */
static inline u64 spsr_after(u64 spsr)
{
	if (unlikely(spsr & SPSR_AARCH32))
		return spsr_it_advance(spsr) & ~(u64)SPSR_SS_MASK;
	return spsr & ~((u64)SPSR_SS_MASK | SPSR_BTYPE_MASK);
}
#endif

#endif
