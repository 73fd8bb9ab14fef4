/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2's own address space, for C, assembly and the linker script.
 *
 * It is the same on every CPU but for the private part, which each CPU maps to
 * its own pages: another CPU's stack and registers cannot be named here. All
 * of it lies below 64 MiB, and hypervisor_memory above (rule HV_MEM_LOW), so
 * that the one page that is mapped where it physically is, for switching the
 * MMU on and off, never meets it.
 *
 *	 2 MiB	image: text, read-only data, data; shared
 *	 4 MiB	private: page, guard, stack, guard, windows
 *	 6 MiB	device registers; shared
 *	 8 MiB	frames of hypervisor_memory behind the image; shared
 *	30 MiB	window for a block of 2 MiB; private
 */
#ifndef ARM64_LAYOUT_H
#define ARM64_LAYOUT_H

#define VA_IMAGE 0x200000
#define VA_PRIVATE 0x400000 /* struct private */
#define VA_STACK 0x402000 /* the page below is the guard */
#define STACK_SIZE 0x2000
#define VA_STACK_TOP (VA_STACK + STACK_SIZE)
#define VA_PRIVATE_L3 0x405000 /* the tables behind the private part */
#define VA_PRIVATE_L2 0x406000
#define VA_WINDOW_A 0x408000
#define VA_WINDOW_B 0x40a000
#define VA_DEVICES 0x600000
#define VA_POOL 0x800000
#define POOL_BLOCKS 10 /* of 2 MiB: what of hypervisor_memory is used at most */
#define VA_BLOCK_WINDOW 0x1e00000
#define VA_END 0x4000000

/* Within VA_DEVICES */
#define VA_GICD VA_DEVICES /* 64 KiB */
#define VA_UART (VA_DEVICES + 0x10000)
#define VA_GICR (VA_DEVICES + 0x20000) /* 2 pages for each CPU */
/* GICv2 has instead of redistributors */
#define VA_GICC VA_GICR /* 2 pages */
#define VA_GICH (VA_GICR + 0x2000)
#define VA_GICV (VA_GICR + 0x3000) /* while probing */

/* The log at the end of the image: header and text */
#define LOG_SIZE 0x2000
#define LOG_TEXT 0x1000

/* What each CPU needs: private page, stack, two tables, up to two more */
#define PERCPU_PAGES 7

/* struct frame: x0..x30 of a guest, on the stack */
#define FRAME_SIZE 256

/* struct private: idle, if it is not 0 */
#define IDLE_WFI 1 /* for a trapped WFI: goes on in the guest */
#define IDLE_CALL 2 /* in direct_wait() */

#endif
