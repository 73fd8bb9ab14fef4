/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUs can do at stage 2, from the values of their ID registers. */
#ifndef MM_S2_FEATURES_H
#define MM_S2_FEATURES_H

#include "mm/pt_arm64_s2.h"

/**
 * struct s2_ids - ID registers of one CPU, as read
 * @mmfr0: ID_AA64MMFR0_EL1
 * @mmfr1: ID_AA64MMFR1_EL1
 * @mmfr2: ID_AA64MMFR2_EL1
 * @isar0: ID_AA64ISAR0_EL1
 */
struct s2_ids {
	u64 mmfr0;
	u64 mmfr1;
	u64 mmfr2;
	u64 isar0;
};

/**
 * struct s2_features - what can be used
 * @pa_bits: width of physical addresses that can be used, at most 48
 * @granule_4k: stage 2 has the 4 KiB granule; nothing works without
 * @vmid_bits: 8 or 16
 * @ha: hardware sets the access flag
 * @hd: hardware manages the dirty state
 * @xnx: separate execute permissions for EL1 and EL0
 * @fwb: stage 2 can override cacheability: pt_arm64_s2_fwb, with HCR_EL2.FWB = 1
 * @cnp: TLB entries can be shared between CPUs
 * @ttl: the level given to tlbi_range() can be used as a hint
 * @tlbi_ranges: instructions that invalidate ranges
 * @bbm: level of FEAT_BBM, 0..2
 * @ttst: small tables: T0SZ up to 48 (FEAT_TTST)
 * @lpa2: 52-bit addresses at stage 2 with the 4 KiB granule (FEAT_LPA2)
 *
 * What is not used, and why, is in Documentation/stage2.md.
 */
struct s2_features {
	u8 pa_bits;
	bool granule_4k;
	u8 vmid_bits;
	bool ha;
	bool hd;
	bool xnx;
	bool fwb;
	bool cnp;
	bool ttl;
	bool tlbi_ranges;
	u8 bbm;
	bool ttst;
	bool lpa2;
};

/**
 * s2_features_of() - the features of one CPU
 * @ids: its ID registers
 */
struct s2_features s2_features_of(const struct s2_ids *ids);

/**
 * s2_features_common() - what two CPUs, or groups of CPUs, both have
 * @a: features
 * @b: features
 */
struct s2_features s2_features_common(const struct s2_features *a, const struct s2_features *b);

/* The flags for s2_vtcr() that features allow */
u64 s2_vtcr_flags(const struct s2_features *features);

#endif
