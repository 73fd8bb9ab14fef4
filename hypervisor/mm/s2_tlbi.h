/* SPDX-License-Identifier: GPL-2.0-only */
/* Operands of the instructions that invalidate stage 2 by address. */
#ifndef MM_S2_TLBI_H
#define MM_S2_TLBI_H

#include "mm/addr.h"
#include "mm/s2_features.h"

/**
 * struct s2_tlbi - one instruction
 * @operand: its register
 * @bytes: what it invalidates, from the IPA on
 * @range: TLBI RIPAS2E1IS, else TLBI IPAS2E1IS
 */
struct s2_tlbi {
	u64 operand;
	u64 bytes;
	bool range;
};

/**
 * s2_tlbi_first() - the first of the instructions that invalidate a range
 * @features: what all CPUs have: the level as a hint (FEAT_TTL) and instructions
 *	for ranges (FEAT_TLBIRANGE) are used where they are there
 * @ipa: first address, below 2^48, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 * @level: of all leaves concerned, 1..3, of whose size both are multiples; 0: any
 *
 * Together they cover the range exactly: as many pages as possible by this one,
 * and s2_tlbi.bytes further the next one begins. Arm ARM, TLBI IPAS2E1IS and
 * TLBI RIPAS2E1IS.
 */
struct s2_tlbi s2_tlbi_first(const struct s2_features *features, ipaddr_t ipa, u64 size,
			     unsigned int level);

#endif
