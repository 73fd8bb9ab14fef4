// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RISC-V G-stage formats Sv39x4 and Sv48x4: privileged architecture,
 * "Guest Physical Address Translation",
 * with the memory types of Svpbmt. They run on the host only.
 */
#include "mm/pt_formats.h"

#define PTE_V BIT(0)
#define PTE_R BIT(1)
#define PTE_W BIT(2)
#define PTE_X BIT(3)
#define PTE_U BIT(4) /* G-stage accesses are user accesses */
#define PTE_A BIT(6)
#define PTE_D BIT(7)
#define PTE_PBMT(n) ((u64)(n) << 61)

#define PBMT_PMA 0
#define PBMT_NC 1
#define PBMT_IO 2

/* Accessed and dirty are preset; A must be clear in tables, so it tells leaves */
#define PTE_LEAF (PTE_V | PTE_U | PTE_A | PTE_D)

/* The root is four pages: two bits more than stage 1 has */
static const struct pt_geometry geometry[] = { { 41, 1, 4 }, { 50, 0, 4 } };

const struct pt_format pt_riscv = {
	.name = "riscv-x4",
	.geometry = geometry,
	.nr_geometry = ARRAY_SIZE(geometry),
	.max_pa_bits = 56,
	.pa_shift = 2, /* the PPN, PA >> 12, stands at bit 10 */
	.pa_mask = MASK(53, 10),
	.leaf = PTE_A,
	.table = PTE_V,
	.leaf_type = { PTE_LEAF, PTE_LEAF, PTE_LEAF, PTE_LEAF },
	.perm_mask = PTE_R | PTE_W | PTE_X,
	.perm = {
		PT_NO_PERM, /* would be a table */
		PTE_R,
		PT_NO_PERM, /* write without read is reserved */
		PTE_R | PTE_W,
		PTE_X,
		PTE_R | PTE_X,
		PT_NO_PERM,
		PTE_R | PTE_W | PTE_X,
	},
	.type_mask = PTE_PBMT(3),
	.type = {
		[PT_NORMAL] = PTE_PBMT(PBMT_PMA),
		[PT_NORMAL_NC] = PTE_PBMT(PBMT_NC),
		[PT_DEVICE] = PTE_PBMT(PBMT_IO),
	},
};
