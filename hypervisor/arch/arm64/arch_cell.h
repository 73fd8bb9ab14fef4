/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_ARCH_CELL_H
#define ARM64_ARCH_CELL_H

#include <types.h>

/**
 * struct arch_cell - the machine's part of struct cell
 * @vtcr: VTCR_EL2 while one of its CPUs runs
 * @vttbr: VTTBR_EL2
 * @gicd_ctlr: the group enables that the cell wrote to GICD_CTLR
 */
struct arch_cell {
	u64 vtcr;
	u64 vttbr;
	u32 gicd_ctlr;
};

#endif
