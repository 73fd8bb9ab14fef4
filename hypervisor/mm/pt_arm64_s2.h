/* SPDX-License-Identifier: GPL-2.0-only */
/* The AArch64 stage-2 format (VMSAv8-64, 4 KiB granule), and its registers' values. */
#ifndef MM_PT_ARM64_S2_H
#define MM_PT_ARM64_S2_H

#include "mm/pt.h"

/* The format with MemAttr[3:0] of FEAT_S2FWB off: HCR_EL2.FWB must be 0 */
extern const struct pt_format pt_arm64_s2;

/* The format for HCR_EL2.FWB = 1, with FEAT_S2FWB on every CPU (and in the SMMU) */
extern const struct pt_format pt_arm64_s2_fwb;

/* What s2_vtcr() may turn on; each needs the feature on every CPU */
#define S2_VMID16 BIT(0) /* VTCR_EL2.VS: ID_AA64MMFR1_EL1.VMIDBits = 2 */
#define S2_HA BIT(1) /* hardware sets the access flag: HAFDBS >= 1 */
#define S2_HD BIT(2) /* hardware manages the dirty state: HAFDBS >= 2; with S2_HA */

/**
 * s2_vtcr() - the value of VTCR_EL2
 * @ipa_bits: 32, 36, 39, 40, 42, 43, 44 or 48
 * @pa_bits: width of physical addresses, 32..56, of which 48 are used
 * @features: S2_* flags
 *
 * Return: the value (bit 31 is always set), or 0 for a combination that the
 * architecture does not have: @ipa_bits above @pa_bits, S2_HD without S2_HA,
 * another width. Arm ARM, VTCR_EL2.
 */
u64 s2_vtcr(unsigned int ipa_bits, unsigned int pa_bits, u64 features);

/**
 * s2_vttbr() - the value of VTTBR_EL2 for a page table
 * @pt: page table; its VMID goes to bits 63:48
 * @cnp: all CPUs of the inner shareable domain that use this VMID use this very
 *	table, and may share TLB entries (FEAT_TTCNP)
 *
 * Return: the value. Arm ARM, VTTBR_EL2.
 */
u64 s2_vttbr(const struct pt *pt, bool cnp);

/**
 * s2_pa_bits() - the width of physical addresses
 * @parange: ID_AA64MMFR0_EL1.PARange, the least of all CPUs
 *
 * Return: 32, 36, 40, 42, 44, 48, 52 or 56; 0 for a value that is reserved.
 */
unsigned int s2_pa_bits(unsigned int parange);

#endif
