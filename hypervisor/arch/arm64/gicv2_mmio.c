// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv2 (IHI 0048): the distributor as a cell sees it. Compiled as fast.c is, but
 * by itself: nothing here may call a function of another file.
 *
 * What a cell owns it reaches in the hardware, as with GICv3. Interrupts 0 to 31 are
 * those of the CPU that looks: so far the hardware does the same. SGIs are no
 * interrupts of the hardware (see gicv2_inject.c), and their registers are kept here;
 * but in direct mode they are.
 */
#include <arch.h>
#include <fast.h>
#include <gicd_access.h>
#include <gicv2.h>
#include <sysreg.h>

static u8 *const gicd = (u8 *)VA_GICD;

/* Are SGIs interrupts of the hardware? In direct mode only */
static bool sgis_are_real(void)
{
	return PRIV->gicv2.own & 1;
}

static u32 pending_sgis(void)
{
	u32 bits = 0;

	for (u32 i = 0; i < 16; i++)
		bits |= PRIV->gicv2.sgi_sources[i] ? (u32)BIT(i) : 0;
	return bits;
}

/*
 * SGIs are always enabled, as the specification allows. Once sync() has been here all
 * that are pending are in @sgi_sources.
 */
static bool access_private_bits(u32 offset, struct access *a)
{
	if (shows_state(offset, a))
		return sync_first(0, ~0u, ends(offset, a) ? (u32)a->value : 0, PRIV->cpu);
	access_bits(gicd, offset, PRIV->gicv2.own, a);
	if (a->write || sgis_are_real())
		return true;
	if (offset < GICD_ISPENDR)
		a->value |= 0xffff;
	else
		a->value |= offset < GICD_ISACTIVER ? pending_sgis() : PRIV->cpu->arch.active_sgis;
	return true;
}

static void access_sgi_priority(u32 intid, struct access *a)
{
	u8 *priority = &PRIV->gicv2.sgi_priority[intid];

	if (!a->write)
		a->value = 0;
	for (u32 i = 0; i < a->size; i++) {
		if (a->write)
			priority[i] = (u8)(a->value >> i * 8) & 0xf8;
		else
			a->value |= (u64)priority[i] << i * 8;
	}
}

static u8 interfaces_of(const struct cell *cell)
{
	u32 mask = 0;

	for (u32 i = 0; i < nr_cpus; i++) {
		if (cpus[i].cell == cell)
			mask |= cpus[i].arch.interface;
	}
	return (u8)mask;
}

static void access_pending_sgi(u32 offset, bool write, u8 bits, u8 *value)
{
	u8 *sources = &PRIV->gicv2.sgi_sources[offset % 16];

	if (sgis_are_real()) {
		/* To set none makes one pending without a sender in QEMU, which dies of that */
		if (write && bits)
			mmio_write8(gicd + offset, bits);
		*value = mmio_read8(gicd + offset);
		return;
	}
	if (write)
		*sources = offset >= GICD_SPENDSGIR ? *sources | bits : *sources & (u8)~bits;
	*value = *sources;
}

/*
 * GICD_CPENDSGIR, GICD_SPENDSGIR: a byte for each SGI of this CPU, a bit for each sender,
 * of which there are none outside of the cell.
 */
static bool access_pending_sgis(struct cell *cell, u32 offset, struct access *a)
{
	u8 senders = interfaces_of(cell);
	u64 written = a->value;

	if (!sgis_are_real() && PRIV->sync.state != SYNC_DONE)
		return sync_first(0, 0, 0, PRIV->cpu);
	a->value = 0;
	for (u32 i = 0; i < a->size; i++) {
		u8 value;

		access_pending_sgi(offset + i, a->write, (u8)(written >> i * 8) & senders, &value);
		a->value |= (u64)(value & senders) << i * 8;
	}
	return true;
}

/* One byte for each interrupt. Those of SPIs lead to CPUs of the cell only. */
static void access_targets(struct cell *cell, u32 intid, struct access *a)
{
	u64 written = a->value;
	u8 mask;

	if (intid < 32) {
		a->value = PRIV->cpu->arch.interface * 0x01010101ull;
		return;
	}
	mask = interfaces_of(cell);
	a->value = 0;
	for (u32 i = 0; i < a->size; i++) {
		u8 *target = gicd + GICD_ITARGETSR + intid + i;
		u8 old;

		if (!cell_owns_spi(cell, intid + i))
			continue;
		old = mmio_read8(target);
		if (a->write)
			mmio_write8(target, gicv2_spi_targets(old, (u8)(written >> i * 8), mask));
		else
			a->value |= (u64)(old & mask) << i * 8;
	}
}

/*
 * An SGI of this CPU to itself becomes a list register at once, without an interrupt
 * on the way, if it is nowhere yet: other cases are inject_sgi()'s.
 */
static bool put_own_sgi(u32 intid, u32 self)
{
	u8 *const gich = (u8 *)VA_GICH;
	u32 free = mmio_read32(gich + GICH_ELRSR);
	u32 used = ~free & (u32)(BIT(PRIV->nr_lrs) - 1);

	if (!free || PRIV->gicv2.sgi_sources[intid] || PRIV->overflow.count)
		return false;
	for (; used; used &= used - 1) {
		if (GICH_LR_INTID(mmio_read32(gich + GICH_LR + __builtin_ctz(used) * 4)) == intid)
			return false;
	}
	mmio_write32(gich + GICH_LR + __builtin_ctz(free) * 4,
		     gicv2_sgi_lr(intid, (u32)__builtin_ctz(self), PRIV->gicv2.sgi_priority[intid],
				  false));
	return true;
}

/*
 * A bit for each CPU of the cell that is meant, and a kick. In direct mode the SGI
 * itself: the hardware tells its target whom it is from. exits.S does most of these.
 */
static void send_sgi(struct cell *cell, u32 value)
{
	u32 self = PRIV->cpu->arch.interface;
	u32 targets = gicv2_sgi_targets(value, self);
	u32 intid = value & 15;
	u64 bit = BIT(intid % 8 * 8) * self;
	u32 reached = 0;

	COUNT_EXIT(SGI);
	if (sgis_are_real()) {
		mmio_write32(gicd + GICD_SGIR, sgir_filter_value(&PRIV->sgir, value));
		return;
	}
	if ((targets & self) && put_own_sgi(intid, self))
		targets &= ~self;
	for (; targets; targets &= targets - 1) {
		struct cpu *cpu = gic.interfaces[__builtin_ctz(targets)];

		if (!cpu || cpu->cell != cell)
			continue;
		__atomic_fetch_or(&cpu->arch.sgis[intid / 8], bit, __ATOMIC_RELAXED);
		reached |= cpu->arch.interface;
	}
	if (!reached)
		return;
	/* The bits, and all that the guest wrote before, come before the interrupt */
	dsb(ish);
	mmio_write32(gicd + GICD_SGIR, KICK(reached));
}

static bool access_ctlr(struct cell *cell, struct access *a)
{
	u32 old = cell->arch.gicd_ctlr;

	if (!a->write) {
		a->value = old;
		return true;
	}
	cell->arch.gicd_ctlr = (u32)a->value & 1;
	if (old == cell->arch.gicd_ctlr || sgis_are_real())
		return true;
	return sync_first(0, ~0u, 0, NULL);
}

static bool access_word(struct cell *cell, u32 offset, struct access *a)
{
	if (a->size != 4)
		return false;
	if (offset == GICD_SGIR) {
		if (a->write)
			send_sgi(cell, (u32)a->value);
		a->value = 0;
		return true;
	}
	COUNT_EXIT(GICD);
	switch (offset) {
	case GICD_CTLR:
		/* The physical one stays enabled: it is everybody's */
		return access_ctlr(cell, a);
	case GICD_TYPER:
		a->value = gic.typer;
		return true;
	case GICD_IIDR:
		a->value = gic.iidr;
		return true;
	case GICD_V2_PIDR2:
		a->value = gic.gicd_pidr2;
		return true;
	}
	if (offset >= GICD_ISENABLER && offset < GICD_IPRIORITYR) {
		u32 n = offset % 0x80 / 4;

		return n ? access_spi_bits(gicd, cell, offset, a) : access_private_bits(offset, a);
	}
	if (offset >= GICD_ICFGR && offset < GICD_ICFGR + 0x100) {
		u32 intid = (offset - GICD_ICFGR) * 4;

		/* Of PPIs it need not be each CPU's own, where it can be changed at all
		 * (4.3.13): then one cell's would be everybody's
		 */
		if (intid >= 32)
			access_config(gicd, offset,
				      owned_word(cell, intid / 32) >> intid % 32 & 0xffff, a);
		else
			a->value = mmio_read32(gicd + offset);
		return true;
	}
	/* Groups, security, and what does not exist */
	a->value = 0;
	return true;
}

static bool access_distributor(struct cell *cell, struct access *a)
{
	u32 offset = (u32)a->offset;
	bool bytes = a->size == 1 || a->size == 4;

	if (bytes && offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + 1020) {
		u32 intid = offset - GICD_IPRIORITYR;
		u32 owned = intid < 32 ? PRIV->gicv2.own : owned_word(cell, intid / 32);

		COUNT_EXIT(GICD);
		if (intid < 16 && !sgis_are_real())
			access_sgi_priority(intid, a);
		else
			access_priority(gicd, offset, owned >> intid % 32 / 4 * 4 & 15, a);
		return true;
	}
	if (bytes && offset >= GICD_ITARGETSR && offset < GICD_ITARGETSR + 1020) {
		COUNT_EXIT(GICD);
		access_targets(cell, offset - GICD_ITARGETSR, a);
		return true;
	}
	if (bytes && offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + 16) {
		COUNT_EXIT(GICD);
		return access_pending_sgis(cell, offset, a);
	}
	return access_word(cell, offset, a);
}

static inline bool access_gicv2(struct cell *cell, u64 ipa, struct access *a)
{
	a->offset = ipa - gic.gicd_pa;
	return a->offset < PAGE_SIZE && access_distributor(cell, a);
}

/* As guest_fast_mmio() */
__attribute__((flatten)) struct fast_result guest_fast_mmio_gicv2(u64 esr, u64 value)
{
	return fast_mmio(esr, value, access_gicv2);
}
