/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cells that differ in the size of their RAM only, to show that what an
 * operation costs does not. Either BENCH_64K or BENCH_128M is defined.
 */
#include "board.h"

#if defined(BENCH_64K)
#define NAME "bench64k"
#define RAM  CELL_RAM(RAM_BENCH64K, 64 * KiB)
#elif defined(BENCH_128M)
#define NAME "bench128m"
#define RAM  CELL_RAM(RAM_BENCH128M, 128 * MiB)
#else
#error "BENCH_64K or BENCH_128M must be defined"
#endif

CELL {
	.name = NAME,
	.entry = 0,
	/* To be measured; the guest prints by hypercalls */
	.console = { .type = CL_CONSOLE_SBSA_UART, .address = UART0 },
	.console_irq = UART_IRQ,
	.irq_mode = IRQ_MODE,
};

CPUS { 1 };

MEM_REGIONS {
	RAM,
	CELL_COMM,
};

SPIS { UART_IRQ };
