/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the pool: 3 MiB that are there from the start, and 16 MiB that grow,
 * more than the pool has.
 */
#include "board.h"

#define ALLOC_IPA  0x40000000
#define ALLOC_SIZE (3 * MiB)
#define LAZY_IPA   0x50000000
#define LAZY_SIZE  (16 * MiB)

CELL {
	.name = "grow",
	.entry = 0,
	.console = { .type = CL_CONSOLE_VIRTUAL },
	.args = { ALLOC_IPA, ALLOC_SIZE, LAZY_IPA, LAZY_SIZE },
};

CPUS { 2, 3 };

MEM_REGIONS {
	CELL_RAM(RAM_GROW, 1 * MiB),
	{
		.pool = 0, .virt_start = ALLOC_IPA, .size = ALLOC_SIZE,
		.flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_ALLOC,
	},
	{
		.pool = 0, .virt_start = LAZY_IPA, .size = LAZY_SIZE,
		.flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_ALLOC | CL_MEM_LAZY,
	},
	CELL_COMM,
};
