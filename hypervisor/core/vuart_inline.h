/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest does with the emulated UART for each character that it sends: it looks
 * whether there is room, and sends it. Without calls, for the short way through a trap
 * (fast.c) as well as for the other.
 */
#ifndef CORE_VUART_INLINE_H
#define CORE_VUART_INLINE_H

#include <cell.h>
#include <console.h>
#include <vuart.h>

#define UARTDR 0x000
#define UARTFR 0x018

#define FR_RXFE BIT(4)
#define FR_RXFF BIT(6)
#define FR_TXFE BIT(7)

#define INT_TX BIT(5)

/* Is @ipa in the page of the registers? */
static inline bool vuart_is_at(const struct cell *cell, u64 ipa)
{
	return cell->vuart && ipa - cell->config.cell->console.address < PAGE_SIZE;
}

static inline bool vuart_is_empty(const struct vuart *u)
{
	return u->head == u->tail;
}

static inline u32 vuart_flags(const struct vuart *u)
{
	return FR_TXFE | (vuart_is_empty(u) ? FR_RXFE : 0) |
	       (u->head - u->tail == VUART_RING ? FR_RXFF : 0);
}

/* Their first character is there once: whatever does not fit begins at it, or not at all */
static inline bool vuart_says(u8 *at, const char *words, char c)
{
	*at = c == words[*at] ? (u8)(*at + 1) : c == words[0];
	if (words[*at])
		return false;
	*at = 0;
	return true;
}

/*
 * A kernel that panics resets the machine, or switches it off, and tells the firmware
 * nothing of its reason. But it prints that, before; and ahead of a reset in good order,
 * which programs that print the same words may do, a line of "reboot: ". In a panic its
 * driver waits for no lock: what another CPU prints is in between.
 */
static inline void vuart_listen(struct vuart *u, char c)
{
	struct heard *h = &u->heard[this_cpu()->id];

	if (vuart_says(&h->panic_at, CL_PANIC_WORDS, c))
		u->panicked = true;
	if (vuart_says(&h->end_at, "reboot: ", c))
		u->panicked = false;
}

/* Under the lock: the guest sends @c */
static inline void vuart_put(struct cell *cell, char c)
{
	console_put(cell->console, c);
	vuart_listen(cell->vuart, c);
	cell->vuart->sent = true;
}

/**
 * vuart_send() - what vuart_access() does most
 * @cell: with a vuart, and running
 * @offset: of the register
 * @write: a store
 * @value: the value stored, or filled in
 *
 * The flags are read under the lock, too: whoever has been interrupted because of input
 * finds it, as the interrupt is raised under the lock.
 *
 * Return: false, and nothing has happened, if this is not UARTFR that is read, nor
 * UARTDR written while its interrupt is masked.
 */
static inline bool vuart_send(struct cell *cell, u64 offset, bool write, u64 *value)
{
	struct vuart *u = cell->vuart;
	bool done = true;

	if (offset != (write ? UARTDR : UARTFR))
		return false;
	spin_lock(&u->lock);
	if (!write) {
		*value = vuart_flags(u);
	} else if (u->imsc & INT_TX) {
		done = false;
	} else {
		vuart_put(cell, (char)*value);
	}
	spin_unlock(&u->lock);
	return done;
}

#endif
