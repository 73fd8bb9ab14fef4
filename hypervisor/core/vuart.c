// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt is an edge, as the hypervisor has nothing but the distributor's pending
 * bit to move. No guest may wait for one that does not come, so all that makes one raises
 * it: characters that arrive, one that was sent, a mask that is lifted, and, while there
 * are characters, a receive interrupt that the guest clears without having read them: a
 * PL011's receive timeout would bring that back, too. Each happens under the lock, with
 * the state that it goes by. A guest that was faster meets an interrupt with nothing in it.
 */
#include <arch.h>
#include <cell.h>
#include <lib.h>
#include <primecell.h>
#include <subpage.h>
#include <vuart_inline.h>

#define UARTIMSC 0x038
#define UARTRIS 0x03c
#define UARTMIS 0x040
#define UARTICR 0x044
#define PL011_ID 0x00341011 /* r1p5 */

#define INT_RX BIT(4)
#define INT_RT BIT(6)
#define INT_MASK MASK(10, 4) /* these, and four errors, which do not happen */

/* Characters that wait are ready, and have timed out, from the first one on */
static u32 raw_status(const struct vuart *u)
{
	return (vuart_is_empty(u) ? 0 : INT_RX | INT_RT) | (u->sent ? INT_TX : 0);
}

/* These have come, or come anew */
static void raise_irq(const struct cell *cell, u32 interrupts)
{
	const struct vuart *u = cell->vuart;

	if (raw_status(u) & u->imsc & interrupts)
		arch_spi_raise(cell->config.cell->console_irq);
}

static u32 take_character(struct vuart *u)
{
	u32 c = 0;

	if (!vuart_is_empty(u)) {
		c = u->ring[u->tail % VUART_RING];
		/* Its place may be filled from here on */
		__atomic_store_n(&u->tail, u->tail + 1, __ATOMIC_RELEASE);
	}
	return c;
}

bool vuart_panicked(const struct cell *cell)
{
	return cell->vuart && READ_ONCE(cell->vuart->panicked);
}

static u32 load(struct vuart *u, u32 offset)
{
	switch (offset) {
	case UARTDR:
		return take_character(u);
	case UARTIMSC:
		return u->imsc;
	case UARTRIS:
		return raw_status(u);
	case UARTMIS:
		return raw_status(u) & u->imsc;
	}
	return primecell_id(PL011_ID, offset);
}

static void store(struct cell *cell, u32 offset, u32 value)
{
	struct vuart *u = cell->vuart;
	u32 masked = ~u->imsc;

	switch (offset) {
	case UARTDR:
		vuart_put(cell, (char)value);
		raise_irq(cell, INT_TX);
		break;
	case UARTIMSC:
		u->imsc = value & INT_MASK;
		raise_irq(cell, masked);
		break;
	case UARTICR:
		u->sent = u->sent && !(value & INT_TX);
		raise_irq(cell, value & (INT_RX | INT_RT));
		break;
	}
}

bool vuart_access(struct cell *cell, struct mmio_access *a)
{
	u64 offset = a->ipa - cell->config.cell->console.address;
	struct vuart *u = cell->vuart;

	/* A CPU that comes after its cell was given up finds its interrupts gone */
	if (!vuart_is_at(cell, a->ipa) || a->size > 4 || !cell_is_running(cell))
		return false;
	if (vuart_send(cell, offset, a->write, &a->value))
		return true;
	spin_lock(&u->lock);
	if (offset % 4)
		a->value = 0;
	else if (a->write)
		store(cell, (u32)offset, (u32)a->value);
	else
		a->value = load(u, (u32)offset);
	spin_unlock(&u->lock);
	return true;
}

/* Copied before it is shown, so that nobody waits for the lock longer than for a register */
u32 vuart_input(struct cell *cell, const u8 *text, u32 n)
{
	struct vuart *u = cell->vuart;
	u32 room = VUART_RING - (u->head - __atomic_load_n(&u->tail, __ATOMIC_ACQUIRE));

	n = MIN(n, room);
	for (u32 i = 0; i < n; i++)
		u->ring[(u->head + i) % VUART_RING] = text[i];
	spin_lock(&u->lock);
	u->head += n;
	raise_irq(cell, n ? INT_RX | INT_RT : 0);
	spin_unlock(&u->lock);
	return n;
}

void vuart_reset(struct cell *cell)
{
	struct vuart *u = cell->vuart;

	if (!u)
		return;
	spin_lock(&u->lock);
	u->imsc = 0;
	u->sent = false;
	u->panicked = false;
	memset(u->heard, 0, sizeof(u->heard));
	u->tail = u->head;
	spin_unlock(&u->lock);
}
