/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ARCH_CELL_H
#define HOST_ARCH_CELL_H

#include <points.h>
#include <types.h>

/**
 * struct arch_cell - the machine's part of struct cell
 * @resets: calls of arch_cell_reset()
 * @frames: what a cell in direct mode takes
 */
struct arch_cell {
	u32 resets;
	void *frames;
};

#endif
