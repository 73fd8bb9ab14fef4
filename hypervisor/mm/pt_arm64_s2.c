// SPDX-License-Identifier: GPL-2.0-only
/*
 * The AArch64 stage-2 format: Arm ARM, "Translation table
 * descriptor formats" and VTCR_EL2.
 */
#include "mm/pt_arm64_s2.h"
#include "mm/pt_internal.h"

#define S2_VALID BIT(0)
#define S2_TABLE_OR_PAGE BIT(1)
#define S2_MEMATTR(n) ((u64)(n) << 2)
#define S2_S2AP_READ BIT(6)
#define S2_S2AP_WRITE BIT(7)
#define S2_SH_INNER (3ull << 8)
#define S2_AF BIT(10)
#define S2_CONTIG BIT(52)
#define S2_XN BIT(54) /* XN[1:0] = 10: not executable at EL1 and EL0 */

#define MEMATTR_DEVICE_nGnRE 0x1
#define MEMATTR_NORMAL_NC 0x5 /* outer and inner non-cacheable */
#define MEMATTR_NORMAL_WB 0xf /* outer and inner write-back cacheable */

/*
 * With HCR_EL2.FWB = 1 (Arm ARM, "Stage 2 memory type and Cacheability
 * attributes when FEAT_S2FWB is enabled"). Normal memory is what stage 1 says, not
 * write-back by force: that would make root's non-cacheable DMA buffers cacheable.
 */
#define MEMATTR_FWB_STAGE1 0x7
#define MEMATTR_FWB_NC 0x5

/*
 * With SL0 = 1 (level 1) up to 16 tables are concatenated at the root, which
 * gives 4 more bits than the 39 of one table. From 44 bits on SL0 = 2 (level 0).
 */
static const struct pt_geometry geometry[] = {
	{ 32, 1, 1 }, { 36, 1, 1 },  { 39, 1, 1 }, { 40, 1, 2 },
	{ 42, 1, 8 }, { 43, 1, 16 }, { 44, 0, 1 }, { 48, 0, 1 },
};

/* All but the memory types, which FEAT_S2FWB encodes differently */
#define S2_FORMAT                                                                                       \
	.geometry = geometry, .nr_geometry = ARRAY_SIZE(geometry), .max_pa_bits = 48,                   \
	.input_within_output = true,                                                                    \
	.pa_mask = MASK(                                                                                \
		47,                                                                                     \
		12), /* The access flag is preset in leaves; bit 10 of a table is ignored, written 0 */ \
		.leaf = S2_AF,                                                                          \
	.table = S2_VALID |                                                                             \
		 S2_TABLE_OR_PAGE, /* With a 4 KiB granule there are no blocks at level 0 */            \
		.leaf_type = { 0, S2_VALID | S2_AF, S2_VALID | S2_AF,                                   \
			       S2_VALID | S2_TABLE_OR_PAGE | S2_AF },                                   \
	.contig = S2_CONTIG, .perm_mask = S2_S2AP_READ | S2_S2AP_WRITE | MASK(54, 53),                  \
	.perm = { S2_XN,                                                                                \
		  S2_XN | S2_S2AP_READ,                                                                 \
		  S2_XN | S2_S2AP_WRITE,                                                                \
		  S2_XN | S2_S2AP_READ | S2_S2AP_WRITE,                                                 \
		  0,                                                                                    \
		  S2_S2AP_READ,                                                                         \
		  S2_S2AP_WRITE,                                                                        \
		  S2_S2AP_READ | S2_S2AP_WRITE }

const struct pt_format pt_arm64_s2 = {
	.name = "arm64-s2",
	S2_FORMAT,
	.type_mask = S2_MEMATTR(0xf) | S2_SH_INNER,
	.type = {
		[PT_NORMAL] = S2_MEMATTR(MEMATTR_NORMAL_WB) | S2_SH_INNER,
		[PT_NORMAL_NC] = S2_MEMATTR(MEMATTR_NORMAL_NC) | S2_SH_INNER,
		/* Device memory is outer shareable whatever SH says: left 0 */
		[PT_DEVICE] = S2_MEMATTR(MEMATTR_DEVICE_nGnRE),
	},
};

const struct pt_format pt_arm64_s2_fwb = {
	.name = "arm64-s2-fwb",
	S2_FORMAT,
	.type_mask = S2_MEMATTR(0xf) | S2_SH_INNER,
	.type = {
		[PT_NORMAL] = S2_MEMATTR(MEMATTR_FWB_STAGE1) | S2_SH_INNER,
		[PT_NORMAL_NC] = S2_MEMATTR(MEMATTR_FWB_NC) | S2_SH_INNER,
		[PT_DEVICE] = S2_MEMATTR(MEMATTR_DEVICE_nGnRE),
	},
};

#define VTCR_T0SZ(ipa_bits) ((u64)(64 - (ipa_bits)))
#define VTCR_SL0(root_level) ((u64)(2 - (root_level)) << 6)
#define VTCR_IRGN0_WB (1ull << 8)
#define VTCR_ORGN0_WB (1ull << 10)
#define VTCR_SH0_INNER (3ull << 12)
#define VTCR_TG0_4K 0
#define VTCR_PS(n) ((u64)(n) << 16)
#define VTCR_VS BIT(19)
#define VTCR_HA BIT(21)
#define VTCR_HD BIT(22)
#define VTCR_RES1 BIT(31)

static const u8 pa_range_bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };
#define PS_48_BITS 5 /* the widest without FEAT_LPA2 */

unsigned int s2_pa_bits(unsigned int parange)
{
	return parange < ARRAY_SIZE(pa_range_bits) ? pa_range_bits[parange] : 0;
}

u64 s2_vtcr(unsigned int ipa_bits, unsigned int pa_bits, u64 features)
{
	u64 vtcr = VTCR_RES1 | VTCR_TG0_4K | VTCR_SH0_INNER | VTCR_ORGN0_WB | VTCR_IRGN0_WB;
	unsigned int ps = 0;
	int root_level = -1;

	for (unsigned int i = 0; i < ARRAY_SIZE(geometry); i++)
		if (geometry[i].ipa_bits == ipa_bits)
			root_level = geometry[i].root_level;
	if (root_level < 0 || ipa_bits > pa_bits || pa_bits > 56)
		return 0;
	if ((features & S2_HD) && !(features & S2_HA))
		return 0;
	/* A width between two steps counts as the lower one: never promise too much */
	while (ps < PS_48_BITS && pa_range_bits[ps + 1] <= pa_bits)
		ps++;

	vtcr |= VTCR_T0SZ(ipa_bits) | VTCR_SL0(root_level) | VTCR_PS(ps);
	if (features & S2_VMID16)
		vtcr |= VTCR_VS;
	if (features & S2_HA)
		vtcr |= VTCR_HA;
	if (features & S2_HD)
		vtcr |= VTCR_HD;
	return vtcr;
}

u64 s2_vttbr(const struct pt *pt, bool cnp)
{
	return (u64)pt->vmid << 48 | pt_root(pt).v | cnp;
}

int pt_ipa_bits_for(u64 highest_ipa, unsigned int pa_bits)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(geometry); i++) {
		unsigned int bits = geometry[i].ipa_bits;

		if (bits <= pa_bits && highest_ipa < BIT(bits))
			return (int)bits;
	}
	return -CL_ERANGE;
}
