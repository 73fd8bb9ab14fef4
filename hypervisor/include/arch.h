/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the generic code (core/, mm/) asks of the machine. arch/arm64 answers
 * for real, arch/host plays the machine for tests and fuzzers.
 */
#ifndef ARCH_H
#define ARCH_H

#include <mm/addr.h>
#include <types.h>

struct cell;
struct cpu;
struct pt;
struct mm_ops;

/* In arch_inline.h of each machine:
 *
 * void arch_relax(void): in a spin loop, lets others go on.
 * void arch_lock_taken(void *lock), arch_lock_released(void *lock): counted, so
 *	that a fatal error knows whether it happened inside a critical section.
 * struct cpu *this_cpu(void): the CPU this runs on.
 */
#include <arch_inline.h>

/* Waiting and waking: a CPU that waits returns after arch_signal() of another */
void arch_wait(void);
void arch_signal(void);

/**
 * arch_kick() - make a CPU enter the hypervisor soon
 * @cpu: any CPU but the caller's
 *
 * It then looks at cpu->request. Requests must be set before.
 */
void arch_kick(struct cpu *cpu);

/**
 * arch_kick_again() - whatever else can make a CPU come
 * @cpu: one that has been kicked, some time ago
 */
void arch_kick_again(struct cpu *cpu);

/* CPU_REQ_SYNC, which it clears: what is kept here of a guest's devices goes back there */
void arch_sync(void);

/* One character to the debug console, if there is one */
void arch_debug_putc(char c);

/*
 * One CPU's private counters, readable from elsewhere: enum cl_exit. They are of the
 * CPU's owner: 0 until the first guest of that has begun there.
 */
void arch_read_exits(const struct cpu *cpu, u64 *exits, unsigned int n);

/*
 * Windows: memory that the hypervisor does not map is seen through them, by
 * this CPU alone and only as long as needed. Two may be open at a time; they
 * are closed in reverse order.
 *
 * arch_window_open(): one 4 KiB page. arch_window_open_block(): one aligned
 * 2 MiB block of RAM.
 */
enum arch_window { WINDOW_A, WINDOW_B };
void *arch_window_open(enum arch_window w, paddr_t page);
void arch_window_close(enum arch_window w);
void *arch_block_open(paddr_t block);
void arch_block_close(void);

/**
 * arch_device_access() - one access to device registers
 * @pa: where, aligned to the access
 * @access: its size, direction and value; the address is @pa's
 *
 * Return: false if the device answered with an abort.
 */
struct mmio_access;
bool arch_device_access(paddr_t pa, struct mmio_access *access);

/* Cache maintenance to the point of coherency, and zeroing that includes it */
void arch_clean_invalidate(void *p, size_t size);
void arch_zero_to_memory(void *p, size_t size);

/* What the guest that runs on this CPU has in its translation registers */
struct s1_registers;
void arch_read_stage1(struct s1_registers *regs);

/* Page tables of cells */
struct pt_format;
extern const struct pt_format *const arch_stage2_format;
extern const struct mm_ops arch_mm_ops;
unsigned int arch_pa_bits(void);

/**
 * arch_cell_init() - what a cell needs of the machine before it may be started
 * @cell: with its config and its tables, before any CPU is its own
 *
 * Frames that it takes are counted in cell->arch_pages.
 *
 * Return: 0 or a negative CL_E*.
 */
int arch_cell_init(struct cell *cell);

/**
 * arch_cell_revoke() - take all memory from a cell whose CPUs may still run
 * @cell: which ends
 *
 * When it returns no CPU of the cell can access anything any more. Its tables, as
 * the engine knows them, are as before. Only arch_cell_exit() undoes it.
 *
 * Return: 0 or -CL_ENOMEM.
 */
int arch_cell_revoke(struct cell *cell);

/* The reverse, before its address space goes; also after a failed arch_cell_init() */
void arch_cell_exit(struct cell *cell);

/* All virtual devices of a cell as after power-up; its CPUs are parked */
void arch_cell_reset(struct cell *cell);

/* A device interrupt changes its owner: disabled, not pending, sent to @cell's first CPU */
void arch_spi_assign(struct cell *cell, u32 spi);
u32 arch_max_spi(void);

/* Makes a device interrupt pending for whoever owns it */
void arch_spi_raise(u32 spi);

/* A parked CPU of root is about to be another cell's: nothing of root reaches it */
void arch_cpu_assign(struct cpu *cpu);

/* Called on a CPU that has left its guest: nothing of the guest stays active in it */
void arch_cpu_quiesce(void);

/**
 * arch_guest_start() - run a guest from its reset state; does not return
 * @cpu: this CPU; cpu->entry and cpu->args say where and with what
 */
void arch_guest_start(struct cpu *cpu) __attribute__((noreturn));

/* Leaves the hypervisor for good: the machine's firmware turns this CPU off */
void arch_cpu_power_off(void) __attribute__((noreturn));

/* Forget the call stack and wait for requests */
void arch_park(void) __attribute__((noreturn));

#endif
