/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CPU that counts the interrupts of its virtual timer. That is a PPI of
 * the CPU itself, so the cell needs no SPI. TIMER_CPU names another CPU.
 */
#include "board.h"

#ifndef TIMER_CPU
#define TIMER_CPU 3
#endif

CELL {
	.name = "timer",
	.entry = 0,
	.console = { .type = CL_CONSOLE_VIRTUAL },
	.irq_mode = IRQ_MODE,
};

CPUS { TIMER_CPU };

MEM_REGIONS {
	CELL_RAM(RAM_TIMER, 1 * MiB),
	CELL_COMM,
};
