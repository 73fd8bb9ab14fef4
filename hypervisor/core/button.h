/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How root asks a guest to end that knows no hypercall: a power button, on a line of
 * Arm's PrimeCell GPIO controller (PL061, DDI 0190), as QEMU's machine virt has it.
 */
#ifndef CORE_BUTTON_H
#define CORE_BUTTON_H

#include <spinlock.h>
#include <types.h>

struct cell;
struct mmio_access;

#define BUTTON_LINE 3 /* of eight; nothing is connected to the others */

/* GPIODIR, and those that follow */
enum { GPIO_DIR, GPIO_IS, GPIO_IBE, GPIO_IEV, GPIO_IE, GPIO_RIS, GPIO_MIS, GPIO_IC, GPIO_AFSEL };

/**
 * struct button - a power button and its controller
 * @lock: CPUs of the cell and of root meet here, for a few instructions each
 * @pressed: the line is high
 * @seen: the guest has looked at it while it was, since root asks
 * @edges: that were asked for, and came
 * @out: what the guest has written to lines that are outputs
 * @regs: by GPIO_*, but those that are status
 */
struct button {
	spinlock_t lock;
	bool pressed;
	bool seen;
	u8 edges;
	u8 out;
	u8 regs[GPIO_AFSEL + 1];
};

/* Has the cell one? */
bool button_exists(const struct cell *cell);

/* As after power-up, and not pressed. Before the interrupt is reset. */
void button_reset(struct cell *cell);

/**
 * button_access() - an access of the calling CPU's guest
 * @cell: its cell
 * @access: the access; a load is filled in
 *
 * What is no register reads as zero and ignores writes.
 *
 * Return: false if that is no business of this.
 */
bool button_access(struct cell *cell, struct mmio_access *access);

/**
 * button_ask() - root presses it
 * @cell: with a button
 * @ask: false: root gives up, and lets it go
 *
 * However busy the guest is, it is pressed until the guest has looked, and is let go by
 * the next call: no time would be right for all. Under the management lock.
 */
void button_ask(struct cell *cell, bool ask);

#endif
