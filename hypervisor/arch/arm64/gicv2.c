// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv2 (IHI 0048): the CPU interface, in virtual mode. As with GICv3, guest_irq of
 * vectors.S puts the common interrupt into a list register, and this file does the
 * rest; guests have the virtual CPU interface where they look for the real one.
 *
 * SGIs have no physical side. The sender leaves a bit in struct arch_cpu and kicks
 * the CPU, which makes a list register of it. Of each SGI number there is one list
 * register at most: another CPU's SGI of that number waits until the guest is done
 * with the first (GICH_LR_EOI), as the specification leaves open what two of the
 * same number do.
 */
#include <arch.h>
#include <cell.h>
#include <fast.h>
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

/* As virtual_enable() of gicv3.c */
static u32 virtual_enable(void)
{
	return PRIV->cpu->cell->arch.gicd_ctlr & 1 ? GICH_HCR_EN : 0;
}

static bool sgis_wait(void)
{
	u32 sources = 0;

	for (u32 i = 0; i < 16; i++)
		sources |= PRIV->gicv2.sgi_sources[i];
	return sources;
}

/*
 * ERRATUM_GICV2_LEVEL: a guest ends an interrupt whose level is high (again), and QEMU
 * does not signal it until something else happens to the distributor: on an idle machine
 * for ever. The maintenance interrupt's level is made to change whenever the last list
 * register in use ends. That level is underflow, which is one in use or none: so one is
 * always in use, active and nobody's. While there is nothing to do for EL2 the interrupt
 * itself is disabled.
 */
static bool ends_unseen(void)
{
	return PRIV->errata & ERRATUM_GICV2_LEVEL;
}

static void put_watcher(bool on)
{
	if (ends_unseen())
		write_lr(PRIV->nr_lrs, on ? GICH_LR_ACTIVE | WATCHER_INTID : 0);
}

static void set_hcr(void)
{
	u32 hcr = virtual_enable() | (PRIV->overflow.count ? GICH_HCR_UIE : 0);

	if (ends_unseen()) {
		u32 reg = PRIV->overflow.count || sgis_wait() ? GICD_ISENABLER : GICD_ICENABLER;

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

static void wait(u32 slot, u8 priority)
{
	wait_add(slot, priority);
	set_hcr();
}

/* What list register @n has waits instead */
static void take_back(u32 lr)
{
	u32 intid = GICH_LR_INTID(lr);

	if (intid < 16)
		PRIV->gicv2.sgi_sources[intid] |= (u8)BIT(GICH_LR_SOURCE(lr));
	wait(intid, GICH_LR_PRIORITY(lr));
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

		if ((lr & (GICH_LR_PENDING | GICH_LR_ACTIVE)) == GICH_LR_PENDING &&
		    GICH_LR_PRIORITY(lr) > priority &&
		    (victim < 0 || GICH_LR_PRIORITY(lr) > GICH_LR_PRIORITY(victim_lr))) {
			victim = (int)n;
			victim_lr = lr;
		}
	}
	if (victim >= 0) {
		put((u32)victim, intid, priority);
		take_back(victim_lr);
	} else {
		wait(intid, priority);
	}
}

static void inject(u32 intid, u8 priority)
{
	u32 free = free_lrs();

	if (free)
		put((u32)__builtin_ctz(free), intid, priority);
	else
		wait_or_swap(intid, priority);
}

/*
 * SGI @intid of @sources. In a list register already: the same source merges, as in
 * hardware; others wait for its end.
 */
static void inject_sgi(u32 intid, u8 sources)
{
	struct gicv2_state *v2 = &PRIV->gicv2;

	v2->sgi_sources[intid] |= sources;
	for (u32 used = used_lrs(); used; used &= used - 1) {
		u32 n = (u32)__builtin_ctz(used);
		u32 lr = read_lr(n);

		if (GICH_LR_INTID(lr) != intid)
			continue;
		if (v2->sgi_sources[intid] & BIT(GICH_LR_SOURCE(lr)))
			lr |= GICH_LR_PENDING;
		v2->sgi_sources[intid] &= (u8)~BIT(GICH_LR_SOURCE(lr));
		if (v2->sgi_sources[intid])
			lr |= GICH_LR_EOI;
		write_lr(n, lr);
		if (ends_unseen())
			set_hcr();
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

			inject_sgi(i * 8 + intid, (u8)(bits >> intid * 8));
			any = true;
		}
	}
	return any;
}

/* SGIs that have ended, and others of the same number that waited for it */
static void end_sgis(void)
{
	u32 ended = mmio_read32(gich + GICH_EISR) & (u32)(BIT(PRIV->nr_lrs) - 1);

	for (; ended; ended &= ended - 1) {
		u32 n = (u32)__builtin_ctz(ended);
		u32 intid = GICH_LR_INTID(read_lr(n)) % 16;

		write_lr(n, 0);
		if (PRIV->gicv2.sgi_sources[intid])
			wait_add(intid, PRIV->gicv2.sgi_priority[intid]);
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
	set_hcr();
}

static bool interrupt_waits(void)
{
	u32 used = used_lrs();

	for (; used; used &= used - 1) {
		if (read_lr((u32)__builtin_ctz(used)) & GICH_LR_PENDING)
			return true;
	}
	return false;
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
			inject_sgi(intid, (u8)BIT(GICC_IAR_SOURCE(iar)));
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
		end_sgis();
		refill();
		drop_priority(iar);
		deactivate(iar);
		return;
	}
	priority = (u8)mmio_read32(gicc + GICC_RPR);
	drop_priority(iar);
	inject(intid, priority);
}

static void kick(struct cpu *cpu)
{
	/* The request must be visible before the interrupt is */
	dsb(ish);
	mmio_write32(gicd + GICD_SGIR, KICK(cpu->arch.interface));
}

/* What is EL2's alone: most urgent, enabled, not left over */
static void enable_own(void)
{
	u32 bit = (u32)BIT(PRIV->maintenance);

	mmio_write32(gicd + GICD_ICPENDR, bit);
	mmio_write32(gicd + GICD_ICACTIVER, bit);
	mmio_write8(gicd + GICD_IPRIORITYR + PRIV->maintenance, 0);
	mmio_write8(gicd + GICD_IPRIORITYR + KICK_SGI, 0);
	mmio_write32(gicd + GICD_ISENABLER, bit | (u32)BIT(KICK_SGI));
	set_hcr();
	dsb(sy);
}

/* The physical CPU interface as EL2 wants it; any CPU, any time */
static void own_cpu_interface(void)
{
	mmio_write32(gicc + GICC_PMR, 0xff);
	mmio_write32(gicc + GICC_BPR, 0);
	mmio_write32(gicc + GICC_CTLR, PRIV->gicv2.ctlr | GICC_CTLR_EOIMODE | GICC_CTLR_ENABLE);
	dsb(sy);
}

/* Priorities that somebody has not dropped */
static void clear_active_priorities(void)
{
	for (u32 i = 0; i < 4; i++)
		mmio_write32(gicc + GICC_APR + i * 4, 0);
}

void gicv2_clear_sgis(bool kick)
{
	for (u32 i = 0; i < 16; i++) {
		if (kick || i != KICK_SGI)
			mmio_write8(gicd + GICD_CPENDSGIR + i, 0xff);
	}
}

/* Root's SGIs: those that it was sent, and how urgent it wants them */
static void take_over_sgis(void)
{
	for (u32 i = 0; i < 16; i++) {
		u8 *pending = gicd + GICD_SPENDSGIR + i;
		u8 sources = mmio_read8(pending);

		PRIV->gicv2.sgi_priority[i] = mmio_read8(gicd + GICD_IPRIORITYR + i);
		mmio_write8(gicd + GICD_CPENDSGIR + i, sources);
		if (sources)
			inject_sgi(i, sources);
	}
}

/*
 * What root's kernel had in the physical CPU interface becomes its virtual one.
 * Interrupts that are active at this moment end here, as with GICv3.
 */
static void commit(void)
{
	u32 ctlr = mmio_read32(gicc + GICC_CTLR);
	u32 vmcr = gicv2_vmcr(ctlr, mmio_read32(gicc + GICC_BPR), mmio_read32(gicc + GICC_PMR));

	PRIV->controls.ich_hcr = mmio_read32(gich + GICH_HCR);
	PRIV->controls.ich_vmcr = mmio_read32(gich + GICH_VMCR);
	PRIV->gicv2.ctlr = ctlr & GICC_CTLR_BYPASS;
	PRIV->gicv2.own = OWN_PPIS;
	mmio_write32(gicd + GICD_ICACTIVER, ~0u);
	clear_active_priorities();
	for (u32 n = 0; n < PRIV->nr_lrs; n++)
		write_lr(n, 0);
	mmio_write32(gich + GICH_APR, 0);
	put_watcher(true);
	mmio_write32(gich + GICH_VMCR, vmcr);
	take_over_sgis();
	own_cpu_interface();
	enable_own();
	write_sysreg(vbar_el2, (u64)el2_vectors_gicv2);
	isb();
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
	/* See that of gicv3.c */
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
static void sync(void)
{
	const struct gic_sync *s = &PRIV->cpu->cell->arch.sync;
	bool sgis = s->cpu == PRIV->cpu;
	u32 active = 0;

	if (PRIV->direct)
		return;
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
	set_hcr();
}

static void resume(void)
{
	for (u32 i = 0; i < 16 && !PRIV->direct; i++) {
		if (PRIV->gicv2.sgi_sources[i])
			inject_sgi(i, 0);
	}
	if (!PRIV->direct)
		set_hcr();
}

static u32 held(u32 word)
{
	u32 bits = (u32)(PRIV->overflow.pending[word / 2] >> word % 2 * 32);

	for (u32 used = used_lrs(); used; used &= used - 1) {
		u32 intid = GICH_LR_INTID(read_lr((u32)__builtin_ctz(used)));

		if (intid / 32 == word)
			bits |= (u32)BIT(intid % 32);
	}
	return bits;
}

/* Empties list registers and waiting room; SGIs stay in sgi_sources */
static void give_back_interrupts(bool keep_pending)
{
	take_sgis();
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u32 lr = read_lr(n), intid = GICH_LR_INTID(lr);

		if (intid < 16 && (lr & GICH_LR_PENDING))
			PRIV->gicv2.sgi_sources[intid] |= (u8)BIT(GICH_LR_SOURCE(lr));
		if (lr & (GICH_LR_PENDING | GICH_LR_ACTIVE))
			give_back_interrupt(intid, keep_pending && (lr & GICH_LR_PENDING));
		write_lr(n, 0);
	}
	give_back_waiting(0, keep_pending);
	set_hcr();
}

/* The reverse of commit() */
static void release(void)
{
	u32 vmcr = mmio_read32(gich + GICH_VMCR);
	u32 bit = (u32)BIT(PRIV->maintenance);

	give_back_interrupts(true);
	put_watcher(false);
	mmio_write32(gicd + GICD_ICENABLER, bit);
	dsb(sy);
	mmio_write32(gicd + GICD_ICPENDR, bit);
	mmio_write8(gicd + GICD_CPENDSGIR + KICK_SGI, 0xff);
	for (u32 i = 0; i < 16; i++) {
		mmio_write8(gicd + GICD_IPRIORITYR + i, PRIV->gicv2.sgi_priority[i]);
		if (PRIV->gicv2.sgi_sources[i])
			mmio_write8(gicd + GICD_SPENDSGIR + i, PRIV->gicv2.sgi_sources[i]);
	}
	mmio_write32(gich + GICH_HCR, (u32)PRIV->controls.ich_hcr);
	mmio_write32(gich + GICH_VMCR, (u32)PRIV->controls.ich_vmcr);
	clear_active_priorities();
	mmio_write32(gicc + GICC_BPR, GICH_VMCR_BPR(vmcr));
	mmio_write32(gicc + GICC_PMR, GICH_VMCR_PMR(vmcr));
	mmio_write32(gicc + GICC_CTLR,
		     PRIV->gicv2.ctlr | (vmcr & (GICC_CTLR_EOIMODE | GICC_CTLR_ENABLE)));
	dsb(sy);
}

/* Nothing sent to the last guest is left for the next */
static void forget_sgis(void)
{
	for (u32 i = 0; i < 2; i++)
		__atomic_store_n(&PRIV->cpu->arch.sgis[i], 0, __ATOMIC_RELAXED);
	memset(PRIV->gicv2.sgi_sources, 0, sizeof(PRIV->gicv2.sgi_sources));
	memset(PRIV->gicv2.sgi_priority, 0, sizeof(PRIV->gicv2.sgi_priority));
}

/* SGIs of a CPU of root that was turned off are lost, as without the hypervisor */
static void quiesce(bool keep_pending)
{
	give_back_interrupts(keep_pending);
	forget_sgis();
	mmio_write32(gich + GICH_APR, 0);
	mmio_write32(gich + GICH_VMCR, 0);
	mmio_write32(gicd + GICD_ICENABLER, OWN_PPIS);
	dsb(sy);
	mmio_write32(gicd + GICD_ICPENDR, OWN_PPIS);
	mmio_write32(gicd + GICD_ICACTIVER, OWN_PPIS);
	own_cpu_interface();
	enable_own();
}

/* As after power-up: nothing enabled, pending or active, priorities 0 */
static void reset_cpu(void)
{
	forget_sgis();
	mmio_write32(gicd + GICD_ICENABLER, OWN_PPIS);
	dsb(sy);
	mmio_write32(gicd + GICD_ICPENDR, OWN_PPIS);
	mmio_write32(gicd + GICD_ICACTIVER, OWN_PPIS);
	/* Another CPU of a former cell in direct mode may have sent them until now */
	gicv2_clear_sgis(false);
	for (u32 i = 16; i < 32; i++) {
		if (i != PRIV->maintenance)
			mmio_write8(gicd + GICD_IPRIORITYR + i, 0);
	}
	mmio_write32(gich + GICH_VMCR, 0);
	put_watcher(true);
	set_hcr();
	dsb(sy);
}

const struct gic_ops gicv2_ops = {
	.map = gicv2_map,
	.probe_cpu = gicv2_probe_cpu,
	.probe = gicv2_probe,
	.commit = commit,
	.release = release,
	.quiesce = quiesce,
	.reset_cpu = reset_cpu,
	.enter_direct = gicv2_enter_direct,
	.leave_direct = gicv2_leave_direct,
	.direct_mmio = gicv2_direct_mmio,
	.mmio = guest_fast_mmio_gicv2,
	.interrupt_waits = interrupt_waits,
	.sync = sync,
	.resume = resume,
	.held = held,
	.kick = kick,
	.reset_spi = gicv2_reset_spi,
	.leave_cpu = gicv2_leave_cpu,
};
