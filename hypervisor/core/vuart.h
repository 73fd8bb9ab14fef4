/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A UART for cells whose guest knows no hypercall: Arm's SBSA Generic UART (BSA, DEN0094,
 * appendix B), the subset of a PL011 (DDI 0183) that needs no setting up. What is sent
 * goes to the cell's console at once; what root types waits in a ring for the guest.
 */
#ifndef CORE_VUART_H
#define CORE_VUART_H

#include <cloister/config.h>
#include <spinlock.h>
#include <types.h>

struct cell;
struct mmio_access;

#define VUART_RING 2048 /* a power of two */

/**
 * struct vuart - one UART
 * @lock: CPUs of the cell and of root meet here, for a few instructions each
 * @imsc: UARTIMSC
 * @sent: raw status of the transmit interrupt
 * @panicked: the guest has said so, and not that it ends in good order since
 * @heard: by CPU, for the lines of several may be mixed: how much it has sent of the
 *	words for either
 * @head: characters that root has put into @ring; written under @lock
 * @tail: characters that the guest has taken, or a reset has thrown away
 * @ring: those in between
 */
struct vuart {
	spinlock_t lock;
	u32 imsc;
	bool sent;
	bool panicked;
	struct heard {
		u8 panic_at;
		u8 end_at;
	} heard[CL_MAX_CPUS];
	u32 head;
	u32 tail;
	u8 ring[VUART_RING];
};

/* As after power-up; what the guest has sent stays. Before the interrupt is reset. */
void vuart_reset(struct cell *cell);

/**
 * vuart_access() - an access of the calling CPU's guest
 * @cell: its cell
 * @access: the access; a load is filled in
 *
 * What is no register reads as zero and ignores writes, as on a PL011.
 *
 * Return: false if that is no business of this.
 */
bool vuart_access(struct cell *cell, struct mmio_access *access);

/**
 * vuart_input() - characters for the guest, from root
 * @cell: with a vuart
 * @text: the characters
 * @n: their number
 *
 * Called under the management lock.
 *
 * Return: how many there was room for.
 */
u32 vuart_input(struct cell *cell, const u8 *text, u32 n);

/* Has the kernel in @cell panicked, as far as its UART tells? */
bool vuart_panicked(const struct cell *cell);

#endif
