/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CPU with a UART that the hypervisor emulates, where QEMU has root's.
 */
#include "board.h"

CELL {
	.name = "uart",
	.entry = 0,
	.console = { .type = CL_CONSOLE_SBSA_UART, .address = UART0 },
	.console_irq = UART_IRQ,
	.irq_mode = IRQ_MODE,
	.args = { UART_IRQ },
};

CPUS { 2 };

MEM_REGIONS {
	CELL_RAM(RAM_UART, 1 * MiB),
	CELL_COMM,
};

SPIS { UART_IRQ };
