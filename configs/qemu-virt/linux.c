/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A distribution's Linux with two CPUs, for `cellctl linux`, which puts kernel,
 * ramdisk and device tree into its RAM and says where it begins. Its console is a
 * UART that the hypervisor emulates, where QEMU has root's, and its power button is
 * where QEMU has it, too; their interrupts are ones that no device of the machine has.
 * It knows no communication region.
 */
#include "board.h"

#define CONSOLE_IRQ 224
#define BUTTON_IRQ 225

CELL {
	.name = "linux",
	.entry = RAM_CELL_LINUX,
	.console = { .type = CL_CONSOLE_SBSA_UART, .address = UART0 },
	.console_irq = CONSOLE_IRQ,
	.power_button = { .address = GPIO, .irq = BUTTON_IRQ },
	.shutdown_timeout_ms = 30000,
	.irq_mode = IRQ_MODE,
	.flags = CL_CELL_PASSIVE | CL_CELL_RELOAD,
};

CPUS { 2, 3 };

MEM_REGIONS {
	{
		.phys_start = RAM_CELL_LINUX,
		.virt_start = RAM_CELL_LINUX,
		.size = RAM_CELL_LINUX_SIZE,
		.flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_DMA |
			 CL_MEM_LOADABLE,
	},
};

SPIS { CONSOLE_IRQ, BUTTON_IRQ };
