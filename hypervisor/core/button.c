// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt is an edge, as that of the UART is (see vuart.c), though a PL061's is a
 * level. So whatever may have made one, or left one standing, raises it anew: a guest
 * that clears one thing while another has happened meets it again.
 */
#include <arch.h>
#include <button.h>
#include <cell.h>
#include <lib.h>
#include <primecell.h>
#include <subpage.h>

#define PL061_ID 0x00041061
#define GPIODIR 0x400 /* below it GPIODATA: bits 9..2 of an address say which lines */
#define GPIOAFSEL 0x420

static u8 inputs(const struct button *b)
{
	return b->pressed ? BIT(BUTTON_LINE) : 0;
}

/* Each line by itself: of those that are inputs */
static u32 raw_status(const struct button *b)
{
	u32 levels = ~(u32)(inputs(b) ^ b->regs[GPIO_IEV]);

	return ((levels & b->regs[GPIO_IS]) | (b->edges & ~b->regs[GPIO_IS])) & ~b->regs[GPIO_DIR];
}

static u32 masked_status(const struct button *b)
{
	return raw_status(b) & b->regs[GPIO_IE];
}

static void raise_irq(const struct cell *cell)
{
	if (masked_status(&cell->button))
		arch_spi_raise(cell->config.cell->power_button.irq);
}

static u32 load(struct button *b, u32 offset)
{
	u32 dir = b->regs[GPIO_DIR], reg = (offset - GPIODIR) / 4;

	if (offset < GPIODIR) {
		if (inputs(b) & ~dir & offset >> 2)
			b->seen = true;
		return ((b->out & dir) | (inputs(b) & ~dir)) & offset >> 2;
	}
	if (offset > GPIOAFSEL)
		return primecell_id(PL061_ID, offset);
	if (reg == GPIO_RIS)
		return raw_status(b);
	return reg == GPIO_MIS ? masked_status(b) : b->regs[reg];
}

static void store(struct button *b, u32 offset, u8 value)
{
	u32 reg = (offset - GPIODIR) / 4;
	u8 lines = (u8)(offset >> 2) & b->regs[GPIO_DIR];

	if (offset < GPIODIR)
		b->out = (b->out & ~lines) | (value & lines);
	else if (reg == GPIO_IC)
		b->edges &= ~value;
	else if (offset <= GPIOAFSEL && reg != GPIO_RIS && reg != GPIO_MIS)
		b->regs[reg] = value;
}

bool button_exists(const struct cell *cell)
{
	return cell->config.cell->power_button.address;
}

bool button_access(struct cell *cell, struct mmio_access *a)
{
	u64 offset = a->ipa - cell->config.cell->power_button.address;
	struct button *b = &cell->button;

	/* A CPU that comes after its cell was given up finds its interrupts gone */
	if (!button_exists(cell) || offset >= PAGE_SIZE || a->size > 4 || !cell_is_running(cell))
		return false;
	spin_lock(&b->lock);
	if (offset % 4) {
		a->value = 0;
	} else if (a->write) {
		store(b, (u32)offset, (u8)a->value);
		raise_irq(cell);
	} else {
		a->value = load(b, (u32)offset);
	}
	spin_unlock(&b->lock);
	return true;
}

void button_ask(struct cell *cell, bool ask)
{
	struct button *b = &cell->button;
	u32 wanted, others;
	bool pressed;

	spin_lock(&b->lock);
	b->seen = b->seen && ask;
	pressed = ask && !b->seen;
	wanted = b->regs[GPIO_IBE] | (pressed ? b->regs[GPIO_IEV] : ~(u32)b->regs[GPIO_IEV]);
	others = b->regs[GPIO_IS] | b->regs[GPIO_DIR];
	if (pressed != b->pressed)
		b->edges |= (u8)(wanted & ~others & BIT(BUTTON_LINE));
	b->pressed = pressed;
	raise_irq(cell);
	spin_unlock(&b->lock);
}

void button_reset(struct cell *cell)
{
	struct button *b = &cell->button;

	spin_lock(&b->lock);
	memset(b->regs, 0, sizeof(b->regs));
	b->pressed = false;
	b->seen = false;
	b->edges = 0;
	b->out = 0;
	spin_unlock(&b->lock);
}
