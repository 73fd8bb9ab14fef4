// SPDX-License-Identifier: GPL-2.0-only
/*
 * The x86-64 EPT format: Intel SDM volume 3C, "EPT Translation Mechanism". It runs on the host only,
 * and keeps the engine honest about what belongs to a format.
 */
#include "mm/pt_formats.h"

#define EPT_READ BIT(0)
#define EPT_WRITE BIT(1)
#define EPT_EXEC BIT(2)
#define EPT_TYPE(n) ((u64)(n) << 3)
#define EPT_LARGE BIT(7)

#define TYPE_UC 0
#define TYPE_WC 1
#define TYPE_WB 6

static const struct pt_geometry geometry[] = { { 48, 0, 1 } };

const struct pt_format pt_ept = {
	.name = "x86-64-ept",
	.geometry = geometry,
	.nr_geometry = ARRAY_SIZE(geometry),
	.max_pa_bits = 52,
	.pa_mask = MASK(51, 12),
	/* Bit 7 of a 4 KiB page's entry is ignored: it serves to tell leaves */
	.leaf = EPT_LARGE,
	.table = EPT_READ | EPT_WRITE | EPT_EXEC,
	.leaf_type = { 0, EPT_LARGE, EPT_LARGE, EPT_LARGE },
	.perm_mask = EPT_READ | EPT_WRITE | EPT_EXEC,
	.perm = {
		0, /* not present, but not forgotten either */
		EPT_READ,
		PT_NO_PERM, /* write without read is a misconfiguration */
		EPT_READ | EPT_WRITE,
		PT_NO_PERM, /* execute only is an option of the processor */
		EPT_READ | EPT_EXEC,
		PT_NO_PERM,
		EPT_READ | EPT_WRITE | EPT_EXEC,
	},
	.type_mask = EPT_TYPE(7),
	.type = {
		[PT_NORMAL] = EPT_TYPE(TYPE_WB),
		[PT_NORMAL_NC] = EPT_TYPE(TYPE_WC),
		[PT_DEVICE] = EPT_TYPE(TYPE_UC),
	},
};
