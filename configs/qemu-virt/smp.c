/* SPDX-License-Identifier: GPL-2.0-only */
/* Two CPUs: the guest starts the second one by PSCI, and they exchange SGIs. */
#include "board.h"

CELL {
	.name = "smp",
	.entry = 0,
	.console = { .type = CL_CONSOLE_VIRTUAL },
	.irq_mode = IRQ_MODE,
};

CPUS { 2, 3 };

MEM_REGIONS {
	CELL_RAM(RAM_SMP, 1 * MiB),
	CELL_COMM,
};
