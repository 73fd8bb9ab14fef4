/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's machine "virt" with GICv3 or GICv2, and 2 GiB of RAM (-m 2G), where Linux was
 * booted with mem=768M:
 *
 *	0x40000000  768 MiB  Linux
 *	0x70000000    4 MiB  the hypervisor
 *	0x70400000   12 MiB  a pool: no cell names an address in it
 *	0x71000000 1264 MiB  for cells; root's while no cell has it
 */
#ifndef BOARD_H
#define BOARD_H

#include <cloister/config.h>

#define RAM_LINUX	    0x40000000
#define RAM_LINUX_SIZE	    (768 * MiB)
#define RAM_HYPERVISOR	    0x70000000
#define RAM_HYPERVISOR_SIZE (4 * MiB)
#define RAM_POOL	    0x70400000
#define RAM_POOL_SIZE	    (12 * MiB)
#define RAM_CELLS	    0x71000000
#define RAM_CELLS_SIZE	    (1264 * MiB)

/* No two cells have RAM in common, so any of them can exist side by side. */
#define RAM_HELLO	    0x71000000 /* 1 MiB */
#define RAM_TIMER	    0x71200000 /* 1 MiB */
#define RAM_SMP		    0x71400000 /* 1 MiB */
#define RAM_HELLO_UART	    0x71600000 /* 1 MiB */
#define RAM_BENCH64K	    0x71800000 /* 64 KiB */
#define RAM_GROW	    0x71900000 /* 1 MiB */
#define RAM_UART	    0x71a00000 /* 1 MiB */
#define RAM_BENCH128M	    0x80000000 /* 128 MiB */
#define RAM_CELL_LINUX	    0x90000000
#define RAM_CELL_LINUX_SIZE (512 * MiB)

#define UART0		    0x09000000
#define UART_IRQ	    200 /* of one that is emulated there: no device's */
#define GPIO		    0x09030000

/* With DIRECT a cell's interrupts reach it without the hypervisor */
#ifdef DIRECT
#define IRQ_MODE CL_IRQ_DIRECT
#else
#define IRQ_MODE CL_IRQ_VIRTUAL
#endif

/* RAM of a cell; guests are linked at IPA 0 and entered there */
#define CELL_RAM(phys, bytes)                                           \
	{                                                               \
		.phys_start = (phys), .virt_start = 0, .size = (bytes), \
		.flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE |  \
			 CL_MEM_DMA | CL_MEM_LOADABLE,                  \
	}

/* The communication region, where guests look for it */
#define CELL_COMM                                                  \
	{                                                          \
		.virt_start = 0x80000000, .size = 4 * KiB,         \
		.flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_COMM, \
	}

#endif
