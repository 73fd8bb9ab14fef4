// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv2 (IHI 0048), virtual mode: interrupts on their way into a guest, in list
 * registers or waiting for one. guest_irq_gicv2_entry in guest_irq.S does the common case.
 *
 * SGIs have no physical side. The sender leaves a bit in struct arch_cpu and kicks
 * the CPU, which makes a list register of it. Of each SGI number there is one list
 * register at most: another CPU's SGI of that number waits until the guest is done
 * with the first (GICH_LR_EOI), as the specification leaves open what two of the
 * same number do.
 */
#include <arch.h>
#include <cell.h>
#include <gicv2.h>
#include <guest.h>
#include <lib.h>
#include <overflow.h>
#include <sysreg.h>

static u8 *const gicd = (u8 *)VA_GICD;
static u8 *const gicc = (u8 *)VA_GICC;
static u8 *const gich = (u8 *)VA_GICH;

/* With ERRATUM_GICV2_LEVEL: no guest can end it, as it is none (1020 to 1023 are special) */
#define WATCHER_INTID 1022u

static u32 read_lr(u32 n)
{
	return mmio_read32(gich + GICH_LR + n * 4);
}

static void write_lr(u32 n, u32 lr)
{
	mmio_write32(gich + GICH_LR + n * 4, lr);
}

static u32 free_lrs(void)
{
	return mmio_read32(gich + GICH_ELRSR);
}

static u32 used_lrs(void)
{
	return ~free_lrs() & (u32)(BIT(PRIV->nr_lrs) - 1);
}

void gicv2_clear_lrs(void)
{
	for (u32 n = 0; n < PRIV->nr_lrs; n++)
		write_lr(n, 0);
}

/* As gicv3_virtual_enable() */
static u32 virtual_enable(void)
{
	return PRIV->cpu->cell->arch.gicd_ctlr & 1 ? GICH_HCR_EN : 0;
}

/*
 * ERRATUM_GICV2_LEVEL: a guest ends an interrupt whose level is high (again), and QEMU
 * does not signal it until something else happens to the distributor: on an idle machine
 * for ever. The maintenance interrupt's level is made to change whenever the last list
 * register in use ends. That level is underflow, which is one in use or none: so one is
 * always in use, active and nobody's. While there is nothing to do for EL2 the interrupt
 * itself is disabled. What else may raise it (NPIE, EOI) is done for at once, so that the
 * level is low again while a guest's are in use.
 */
static bool ends_unseen(void)
{
	return PRIV->errata & ERRATUM_GICV2_LEVEL;
}

void gicv2_put_watcher(bool on)
{
	if (ends_unseen())
		write_lr(PRIV->nr_lrs, on ? GICH_LR_ACTIVE | WATCHER_INTID : 0);
}

static u32 state_of(u32 lr)
{
	return lr & (GICH_LR_PENDING | GICH_LR_ACTIVE);
}

/* Not what is active, too: that is not signalled, and not what GICH_HCR.NPIE means */
bool gicv2_interrupt_waits(void)
{
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		if (state_of(read_lr(n)) == GICH_LR_PENDING)
			return true;
	}
	return false;
}

static bool is_end_told(u32 lr)
{
	return !(lr & GICH_LR_HW) && (lr & GICH_LR_EOI);
}

static bool any_end_is_told(void)
{
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		if (is_end_told(read_lr(n)))
			return true;
	}
	return false;
}

/*
 * The guest is handling one in each list register: the end of any comes to EL2. An SGI that
 * has come again meanwhile waits for that like those of other senders.
 */
static void watch_ends(void)
{
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u32 lr = read_lr(n);

		if (lr & GICH_LR_HW)
			lr &= ~(GICH_LR_HW | GICH_LR_PINTID);
		else if (lr & GICH_LR_PENDING)
			PRIV->gicv2.sgi_sources[GICH_LR_INTID(lr) % 16] |=
				(u8)BIT(GICH_LR_SOURCE(lr));
		write_lr(n, (lr & ~GICH_LR_PENDING) | GICH_LR_EOI);
	}
}

/*
 * While something waits, the guest comes here as soon as no list register has a pending
 * interrupt, and no earlier: none that waits is more urgent than one there.
 */
void gicv2_watch(void)
{
	bool waits = PRIV->overflow.count;
	bool room = free_lrs() || gicv2_interrupt_waits();
	u32 hcr = virtual_enable() | (waits && room ? GICH_HCR_NPIE : 0);

	if (waits && !room)
		watch_ends();
	if (ends_unseen()) {
		u32 reg = waits || any_end_is_told() ? GICD_ISENABLER : GICD_ICENABLER;

		hcr |= GICH_HCR_UIE;
		mmio_write32(gicd + reg, (u32)BIT(PRIV->maintenance));
	}
	mmio_write32(gich + GICH_HCR, hcr);
}

/* @slot leaves the waiting room for list register @n */
static void put(u32 n, u32 slot, u8 priority)
{
	u8 *sources = &PRIV->gicv2.sgi_sources[slot % 16];
	u32 source;

	if (slot >= 16) {
		write_lr(n, gicv2_lr(slot, priority));
		return;
	}
	source = (u32)__builtin_ctz(*sources);
	*sources &= *sources - 1;
	write_lr(n, gicv2_sgi_lr(slot, source, priority, *sources));
}

/* What list register @n has waits instead */
static void take_back(u32 lr)
{
	u32 intid = GICH_LR_INTID(lr);

	if (intid < 16)
		PRIV->gicv2.sgi_sources[intid] |= (u8)BIT(GICH_LR_SOURCE(lr));
	wait_add(intid, GICH_LR_PRIORITY(lr));
}

/*
 * No list register is free. If one holds a pending interrupt that is less urgent
 * than the new one, they change places: otherwise a guest that masks by priority
 * would never be told of the urgent one.
 */
static void wait_or_swap(u32 intid, u8 priority)
{
	int victim = -1;
	u32 victim_lr = 0;

	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u32 lr = read_lr(n);

		if (state_of(lr) == GICH_LR_PENDING && GICH_LR_PRIORITY(lr) > priority &&
		    (victim < 0 || GICH_LR_PRIORITY(lr) > GICH_LR_PRIORITY(victim_lr))) {
			victim = (int)n;
			victim_lr = lr;
		}
	}
	if (victim >= 0) {
		put((u32)victim, intid, priority);
		take_back(victim_lr);
	} else {
		wait_add(intid, priority);
	}
}

static void refill(void)
{
	for (u32 free = free_lrs(); free; free &= free - 1) {
		int slot = wait_best();

		if (slot < 0)
			break;
		wait_remove((u32)slot);
		put((u32)__builtin_ctz(free), (u32)slot, PRIV->overflow.priority[slot]);
	}
}

static void inject(u32 intid, u8 priority)
{
	bool waited = PRIV->overflow.count;
	u32 free;

	if (waited)
		refill();
	free = free_lrs();
	if (free)
		put((u32)__builtin_ctz(free), intid, priority);
	else
		wait_or_swap(intid, priority);
	if (waited || PRIV->overflow.count)
		gicv2_watch();
}

/*
 * SGI @intid of @sources. In a list register already: the same source merges, as in
 * hardware; others wait for its end. So does the same if that is told anyway, and perhaps
 * has been: something more urgent may wait, too.
 */
void gicv2_inject_sgi(u32 intid, u8 sources)
{
	struct gicv2_state *v2 = &PRIV->gicv2;

	v2->sgi_sources[intid] |= sources;
	for (u32 used = used_lrs(); used; used &= used - 1) {
		u32 n = (u32)__builtin_ctz(used);
		u32 lr = read_lr(n);

		if (GICH_LR_INTID(lr) != intid)
			continue;
		if (is_end_told(lr) && !(lr & GICH_LR_PENDING))
			return;
		if (v2->sgi_sources[intid] & BIT(GICH_LR_SOURCE(lr)))
			lr |= GICH_LR_PENDING;
		v2->sgi_sources[intid] &= (u8)~BIT(GICH_LR_SOURCE(lr));
		if (v2->sgi_sources[intid])
			lr |= GICH_LR_EOI;
		write_lr(n, lr);
		if (ends_unseen())
			gicv2_watch();
		return;
	}
	if (!(PRIV->overflow.pending[0] & BIT(intid)))
		inject(intid, v2->sgi_priority[intid]);
}

/* What others have sent meanwhile. Return: was there any? */
static bool take_sgis(void)
{
	bool any = false;

	for (u32 i = 0; i < 2; i++) {
		u64 *sgis = &PRIV->cpu->arch.sgis[i];
		u64 bits = __atomic_load_n(sgis, __ATOMIC_RELAXED);

		if (bits)
			bits = __atomic_exchange_n(sgis, 0, __ATOMIC_ACQUIRE);
		for (; bits; bits &= ~(0xffull << __builtin_ctzll(bits) / 8 * 8)) {
			u32 intid = (u32)__builtin_ctzll(bits) / 8;

			gicv2_inject_sgi(i * 8 + intid, (u8)(bits >> intid * 8));
			any = true;
		}
	}
	return any;
}

/* EOIR wants all of what IAR said, for an SGI its sender, too */
static void drop_priority(u32 iar)
{
	mmio_write32(gicc + GICC_EOIR, iar);
}

static void deactivate(u32 iar)
{
	mmio_write32(gicc + GICC_DIR, iar);
}

/* What has ended: an SGI that others of the same number wait for, or see watch_ends() */
static void finish_ended(void)
{
	u32 ended = mmio_read32(gich + GICH_EISR) & (u32)(BIT(PRIV->nr_lrs) - 1);

	for (; ended; ended &= ended - 1) {
		u32 n = (u32)__builtin_ctz(ended);
		u32 intid = GICH_LR_INTID(read_lr(n));

		write_lr(n, 0);
		if (intid >= 16)
			deactivate(intid);
		else if (PRIV->gicv2.sgi_sources[intid])
			wait_add(intid, PRIV->gicv2.sgi_priority[intid]);
	}
}

/* Not the interrupt of a guest, or not only */
static void own_interrupt(void)
{
	PRIV->exits[CL_EXIT_IRQ]--; /* counted as one of these on the way here */
	COUNT_EXIT(MAINTENANCE);
}

static void physical_sgi(u32 iar)
{
	u32 intid = GICC_IAR_INTID(iar);

	drop_priority(iar);
	deactivate(iar);
	if (intid != KICK_SGI) {
		/* Sent by root's kernel before this CPU was taken over */
		if (cell_is_root(PRIV->cpu->cell))
			gicv2_inject_sgi(intid, (u8)BIT(GICC_IAR_SOURCE(iar)));
		return;
	}
	/* What the sender wrote before is seen now */
	dsb(ish);
	if (!take_sgis())
		own_interrupt();
	cpu_serve_requests();
}

void guest_irq_gicv2(u32 iar)
{
	u32 intid = GICC_IAR_INTID(iar);
	u8 priority;

	if (intid >= NR_INTIDS)
		return; /* spurious: gone before it was acknowledged */
	if (intid < 16) {
		physical_sgi(iar);
		return;
	}
	if (intid == PRIV->maintenance) {
		own_interrupt();
		finish_ended();
		refill();
		gicv2_watch();
		drop_priority(iar);
		deactivate(iar);
		return;
	}
	priority = (u8)mmio_read32(gicc + GICC_RPR);
	drop_priority(iar);
	inject(intid, priority);
}

/* One interrupt that was on its way into a guest goes back into the GIC */
static void give_back_interrupt(u32 intid, bool pending)
{
	u32 bit = (u32)BIT(intid % 32);
	u32 word = intid / 32 * 4;

	/* An SPI that was given to another cell meanwhile is not touched */
	if (intid < 16 || (intid >= 32 && !cell_owns_spi(PRIV->cpu->cell, intid)))
		return;
	mmio_write32(gicd + GICD_ICACTIVER + word, bit);
	/* See that of gicv3_inject.c */
	if (pending && !(mmio_read32(gicd + GICD_ISPENDR + word) & bit))
		mmio_write32(gicd + GICD_ISPENDR + word, bit);
}

/* Interrupts that wait for a list register, @first and up */
static void give_back_waiting(u32 first, bool keep_pending)
{
	struct overflow *o = &PRIV->overflow;

	for (u32 slot = first; o->count && slot < NR_INTIDS; slot++) {
		if (o->pending[slot / 64] & BIT(slot % 64)) {
			give_back_interrupt(slot, keep_pending);
			wait_remove(slot);
		}
	}
}

/*
 * SGIs are nobody's affair but this CPU's own: they go to @sgi_sources where its guest
 * looks at private interrupts, and come back from there in resume().
 */
void gicv2_sync(void)
{
	const struct gic_sync *s = &PRIV->cpu->cell->arch.sync;
	bool sgis = s->cpu == PRIV->cpu;
	u32 active = 0;

	if (PRIV->direct)
		return;
	finish_ended();
	if (sgis)
		take_sgis();
	for (u32 used = used_lrs(); used; used &= used - 1) {
		u32 n = (u32)__builtin_ctz(used);
		u32 lr = read_lr(n), intid = GICH_LR_INTID(lr), rest = 0;

		if (intid < 16 && !sgis)
			continue;
		if ((lr & GICH_LR_ACTIVE) && !gic_is_ended(intid)) {
			rest = lr & ~GICH_LR_PENDING;
			active |= intid < 16 ? (u32)BIT(intid) : 0;
		}
		write_lr(n, rest);
		if (!(lr & GICH_LR_PENDING))
			continue;
		if (intid < 16)
			PRIV->gicv2.sgi_sources[intid] |= (u8)BIT(GICH_LR_SOURCE(lr));
		else
			give_back_interrupt(intid, true);
	}
	give_back_waiting(sgis ? 0 : 16, true);
	PRIV->cpu->arch.active_sgis = active;
	gicv2_watch();
}

void gicv2_resume(void)
{
	for (u32 i = 0; i < 16 && !PRIV->direct; i++) {
		if (PRIV->gicv2.sgi_sources[i])
			gicv2_inject_sgi(i, 0);
	}
	if (!PRIV->direct)
		gicv2_watch();
}

u32 gicv2_held(u32 word)
{
	u32 bits;

	finish_ended();
	bits = (u32)(PRIV->overflow.pending[word / 2] >> word % 2 * 32);
	for (u32 used = used_lrs(); used; used &= used - 1) {
		u32 intid = GICH_LR_INTID(read_lr((u32)__builtin_ctz(used)));

		if (intid / 32 == word)
			bits |= (u32)BIT(intid % 32);
	}
	return bits;
}

void gicv2_put_active(u32 intid)
{
	u32 free = free_lrs();

	if (free)
		write_lr((u32)__builtin_ctz(free),
			 gicv2_lr(intid, 0) ^ GICH_LR_PENDING ^ GICH_LR_ACTIVE);
}

/* Empties list registers and waiting room */
void gicv2_give_back(bool keep_pending)
{
	finish_ended();
	take_sgis();
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u32 lr = read_lr(n), intid = GICH_LR_INTID(lr);

		if (intid < 16 && (lr & GICH_LR_PENDING))
			PRIV->gicv2.sgi_sources[intid] |= (u8)BIT(GICH_LR_SOURCE(lr));
		if (state_of(lr))
			give_back_interrupt(intid, keep_pending && (lr & GICH_LR_PENDING));
		write_lr(n, 0);
	}
	give_back_waiting(0, keep_pending);
	gicv2_watch();
}
