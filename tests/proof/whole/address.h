/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One table of each level at full size: all that one lookup can come to. Where they
 * lie in physical memory is the proof's choice: a page of its own for each level.
 */
#ifndef PROOF_ADDRESS_H
#define PROOF_ADDRESS_H

#include "types.h"

#define PHYS_TO_VIRT 0x8000000000ull
#define TABLES_PA 0x40000000ull
#define TABLE_PA(level) (TABLES_PA + (u64)(level)*PAGE_SIZE)
#define ROOT_ENTRIES (16 * 512)

extern u64 root[ROOT_ENTRIES];
extern u64 table_1[512], table_2[512], table_3[512];

static inline u64 *proof_pointer(u64 address)
{
	switch (address - PHYS_TO_VIRT) {
	case TABLE_PA(1):
		return table_1;
	case TABLE_PA(2):
		return table_2;
	case TABLE_PA(3):
		return table_3;
	default:
		__CPROVER_assert(0, "what is followed is a table");
		__CPROVER_assume(0);
		return NULL;
	}
}

/* Of a root only, whose place is of no importance */
static inline u64 proof_number(const u64 *pointer)
{
	return (u64)(uintptr_t)pointer;
}

#endif
