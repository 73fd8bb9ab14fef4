/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses of guests to the distributor's registers that GICv2 and GICv3 both have:
 * in the hardware, but only for what the cell owns. Inline, for the reason that
 * fast.c gives.
 */
#ifndef ARM64_GICD_ACCESS_H
#define ARM64_GICD_ACCESS_H

#include <cell.h>
#include <gic.h>

/* Interrupts n*32..n*32+31 that the cell owns and the distributor has (SPIs) */
static inline u32 owned_word(const struct cell *cell, u32 n)
{
	return n ? cell->spis[n] : 0;
}

/* Spreads 16 bits to every second of 32, and doubles them */
static inline u32 double_bits(u32 x)
{
	x = (x | x << 8) & 0x00ff00ff;
	x = (x | x << 4) & 0x0f0f0f0f;
	x = (x | x << 2) & 0x33333333;
	x = (x | x << 1) & 0x55555555;
	return x | x << 1;
}

/* One bit for each interrupt: set/clear enable, pending, active; group */
static inline void access_bits(u8 *regs, u32 offset, u32 mask, struct access *a)
{
	if (offset < GICD_ISENABLER) {
		/* Group 0 is not for guests: all are group 1, whatever is written */
		a->value = mask;
	} else if (a->write) {
		mmio_write32(regs + offset, (u32)a->value & mask);
	} else {
		a->value = mmio_read32(regs + offset) & mask;
	}
}

/*
 * In direct mode the hardware knows all. Which are enabled is always its affair, but to
 * disable one takes it back.
 */
static inline bool shows_state(u32 offset, const struct access *a)
{
	return !PRIV->direct && PRIV->sync.state != SYNC_DONE &&
	       offset >= (a->write ? GICD_ICENABLER : GICD_ISPENDR);
}

static inline bool ends(u32 offset, const struct access *a)
{
	return a->write && offset >= GICD_ICACTIVER;
}

/* Not here, but after what gic_access_again() does for it */
static inline bool sync_first(u32 word, u32 bits, u32 ended, struct cpu *cpu)
{
	PRIV->sync = (struct gic_sync){ SYNC_WANTED, word, bits, ended, false, cpu };
	return false;
}

static inline bool activates(u32 offset, const struct access *a)
{
	return a->write && offset >= GICD_ISACTIVER && offset < GICD_ICACTIVER;
}

/*
 * An interrupt with a physical side that is on its way into a guest is active there, so
 * where none is there is nothing to be given back. This is looked at after the access:
 * another CPU may just have taken one. To end one that is then on its way would be too
 * late, hence never here. One that is made active must have been none before.
 */
static inline bool access_spi_bits(u8 *gicd, struct cell *cell, u32 offset, struct access *a)
{
	u32 n = offset % 0x80 / 4;
	u32 mask = owned_word(cell, n), bits = a->write ? (u32)a->value & mask : mask;

	if (!bits || !shows_state(offset, a)) {
		access_bits(gicd, offset, mask, a);
		return true;
	}
	if (ends(offset, a))
		return sync_first(n, bits, bits, NULL);
	if (activates(offset, a)) {
		sync_first(n, bits, 0, NULL);
		PRIV->sync.activates = true;
		return false;
	}
	access_bits(gicd, offset, mask, a);
	bits &= mmio_read32(gicd + GICD_ISACTIVER + n * 4);
	return !bits || sync_first(n, bits, 0, NULL);
}

/* @owned: one bit for each of the four interrupts of a word */
static inline void access_priority(u8 *regs, u32 offset, u32 owned, struct access *a)
{
	if (a->size == 1) {
		if (!(owned & BIT(offset % 4)))
			a->value = 0;
		else if (a->write)
			mmio_write8(regs + offset, (u8)a->value);
		else
			a->value = mmio_read8(regs + offset);
		return;
	}
	if (a->write) {
		for (u32 i = 0; i < 4; i++) {
			if (owned & BIT(i))
				mmio_write8(regs + offset + i, (u8)(a->value >> i * 8));
		}
		return;
	}
	a->value = mmio_read32(regs + offset);
	for (u32 i = 0; i < 4; i++) {
		if (!(owned & BIT(i)))
			a->value &= ~(0xffull << i * 8);
	}
}

/* @owned: one bit for each of the 16 interrupts of a word */
static inline void access_config(u8 *regs, u32 offset, u32 owned, struct access *a)
{
	u32 mask = double_bits(owned);

	if (!a->write) {
		a->value = mmio_read32(regs + offset) & mask;
		return;
	}
	spin_lock(&gicd_config_lock);
	mmio_write32(regs + offset, (mmio_read32(regs + offset) & ~mask) | ((u32)a->value & mask));
	spin_unlock(&gicd_config_lock);
}

#endif
