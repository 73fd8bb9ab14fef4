/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CPU that prints. HELLO_UART builds the variant that prints to root's
 * PL011 itself instead of to a virtual console.
 */
#include "board.h"

#ifdef HELLO_UART
#define NAME "hello-uart"
#define RAM RAM_HELLO_UART
#define CONSOLE { .type = CL_CONSOLE_PL011, .address = UART0 }
#else
#define NAME "hello"
#define RAM RAM_HELLO
#define CONSOLE { .type = CL_CONSOLE_VIRTUAL }
#endif

CELL {
	.name = NAME,
	.entry = 0,
	.console = CONSOLE,
	.irq_mode = IRQ_MODE,
};

CPUS { 1 };

MEM_REGIONS {
	CELL_RAM(RAM, 1 * MiB),
	CELL_COMM,
#ifdef HELLO_UART
	{
		.phys_start = UART0, .virt_start = UART0, .size = 4 * KiB,
		.flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO |
			 CL_MEM_ROOTSHARED,
	},
#endif
};
