// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv3 (IHI 0069), virtual mode: interrupts on their way into a guest, in list
 * registers or waiting for one. guest_irq in guest_irq.S does the common case.
 */
#include <arch.h>
#include <cell.h>
#include <gicv3.h>
#include <guest.h>
#include <lib.h>
#include <overflow.h>
#include <sysreg.h>

#define LR_PENDING BIT(62)
#define LR_ACTIVE BIT(63)
#define LR_HW BIT(61)
#define LR_GROUP1 BIT(60)
#define LR_PINTID MASK(44, 32)
#define LR_EOI BIT(41) /* without LR_HW: its end is told */
#define LR_INTID(lr) ((u32)(lr))
#define LR_PRIORITY(lr) ((u8)((lr) >> 48))

#define ICH_HCR_EN BIT(0)
#define ICH_HCR_NPIE BIT(3)

#define LPI_BASE 8192
#define LAST_SPECIAL 1023 /* 1020..1023: no interrupt */
/* What Linux gives all of them; their table of priorities is root's own memory */
#define LPI_PRIORITY 0xa0

#define FOR_EACH_LR(X) \
	X(0, 12, 0)    \
	X(1, 12, 1)    \
	X(2, 12, 2)    \
	X(3, 12, 3)    \
	X(4, 12, 4)    \
	X(5, 12, 5)    \
	X(6, 12, 6)    \
	X(7, 12, 7)    \
	X(8, 13, 0)    \
	X(9, 13, 1)    \
	X(10, 13, 2)   \
	X(11, 13, 3)   \
	X(12, 13, 4)   \
	X(13, 13, 5)   \
	X(14, 13, 6)   \
	X(15, 13, 7)

/* Out of line: a table of instructions, which one copy of is enough */
static __attribute__((noinline)) u64 read_lr(u32 n)
{
	switch (n) {
#define CASE(i, crm, op2) \
	case i:           \
		return read_sysreg(S3_4_C12_C##crm##_##op2);
		FOR_EACH_LR(CASE)
#undef CASE
	}
	return 0;
}

static __attribute__((noinline)) void write_lr(u32 n, u64 lr)
{
	switch (n) {
#define CASE(i, crm, op2)                                  \
	case i:                                            \
		write_sysreg(S3_4_C12_C##crm##_##op2, lr); \
		break;
		FOR_EACH_LR(CASE)
#undef CASE
	}
}

static void drop_priority(u32 intid)
{
	write_reg(ICC_EOIR1_EL1, intid);
}

static void deactivate(u32 intid)
{
	write_reg(ICC_DIR_EL1, intid);
}

/* The list register that says what @intid is; LPIs and SGIs have no physical side */
static u64 make_lr(u32 intid, u8 priority)
{
	u64 lr = intid | (u64)priority << 48 | LR_GROUP1 | LR_PENDING;

	if (intid >= 16 && intid < NR_INTIDS)
		lr |= (u64)intid << 32 | LR_HW;
	return lr;
}

static u32 free_lrs(void)
{
	return (u32)read_reg(ICH_ELRSR_EL2);
}

void gicv3_clear_lrs(void)
{
	for (u32 n = 0; n < PRIV->nr_lrs; n++)
		write_lr(n, 0);
}

/* An SGI or LPI that is in a list register already becomes pending there */
static bool merge_with_lr(u32 intid)
{
	u32 used = ~free_lrs() & (u32)(BIT(PRIV->nr_lrs) - 1);

	for (; used; used &= used - 1) {
		u32 n = (u32)__builtin_ctz(used);
		u64 lr = read_lr(n);

		if (LR_INTID(lr) == intid) {
			write_lr(n, lr | LR_PENDING);
			return true;
		}
	}
	return false;
}

static bool is_enabled(void)
{
	return PRIV->cpu->cell->arch.gicd_ctlr & GICD_CTLR_ENABLE_G1A;
}

/*
 * ICH_HCR_EL2, but for what waits. A distributor that the guest has switched off signals
 * nothing: without the virtual CPU interface the same comes of it, and what arrives
 * meanwhile is kept.
 */
u64 gicv3_virtual_enable(void)
{
	return is_enabled() ? ICH_HCR_EN : 0;
}

/* In direct mode nothing is more urgent than 0 */
void gicv3_set_pmr(u64 value)
{
	write_reg(ICC_PMR_EL1, value & 0xff);
	PRIV->pmr = (u32)read_reg(ICC_PMR_EL1); /* as many bits as there are */
	if (!is_enabled())
		write_reg(ICC_PMR_EL1, 0);
}

/*
 * No list register is free. If one holds a pending interrupt that is less
 * urgent than the new one, they change places: otherwise a guest that masks by
 * priority would never be told of the urgent one.
 */
static void wait_or_swap(u32 intid, u8 priority)
{
	int victim = -1;
	u64 victim_lr = 0;

	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u64 lr = read_lr(n);

		if ((lr & (LR_PENDING | LR_ACTIVE)) == LR_PENDING && LR_PRIORITY(lr) > priority &&
		    LR_INTID(lr) < NR_INTIDS &&
		    (victim < 0 || LR_PRIORITY(lr) > LR_PRIORITY(victim_lr))) {
			victim = (int)n;
			victim_lr = lr;
		}
	}
	if (victim >= 0) {
		write_lr((u32)victim, make_lr(intid, priority));
		wait_add(LR_INTID(victim_lr), LR_PRIORITY(victim_lr));
	} else {
		wait_add(intid, priority);
	}
}

static void refill(void)
{
	u32 free = free_lrs();

	for (; free; free &= free - 1) {
		int slot = wait_best();

		if (slot < 0)
			break;
		wait_remove((u32)slot);
		write_lr((u32)__builtin_ctz(free),
			 make_lr((u32)slot, PRIV->overflow.priority[slot]));
	}
	for (; free && PRIV->overflow.nr_lpis; free &= free - 1)
		write_lr((u32)__builtin_ctz(free),
			 make_lr(PRIV->overflow.lpi[--PRIV->overflow.nr_lpis], LPI_PRIORITY));
}

/* Not what is active, too: that is not signalled, and not what ICH_HCR_EL2.NPIE means */
bool gicv3_interrupt_waits(void)
{
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		if ((read_lr(n) & (LR_PENDING | LR_ACTIVE)) == LR_PENDING)
			return true;
	}
	return false;
}

static bool somebody_waits(void)
{
	return PRIV->overflow.count || PRIV->overflow.nr_lpis;
}

/* The guest is handling one in each list register: the end of any comes to EL2 */
static void watch_ends(void)
{
	for (u32 n = 0; n < PRIV->nr_lrs; n++)
		write_lr(n, (read_lr(n) & ~(LR_HW | LR_PINTID)) | LR_EOI);
}

static void finish_ended(void)
{
	u32 ended = (u32)read_reg(ICH_EISR_EL2);

	for (; ended; ended &= ended - 1) {
		u32 n = (u32)__builtin_ctz(ended);
		u32 intid = LR_INTID(read_lr(n));

		/* SGIs have been, and LPIs have no such state */
		if (intid >= 16 && intid < NR_INTIDS)
			deactivate(intid);
		write_lr(n, 0);
	}
}

/*
 * While something waits, the guest comes here as soon as no list register has a pending
 * interrupt, and no earlier: none that waits is more urgent than one there.
 */
static void watch(void)
{
	bool waits = somebody_waits();
	bool room = free_lrs() || gicv3_interrupt_waits();

	if (waits && !room)
		watch_ends();
	write_reg(ICH_HCR_EL2, gicv3_virtual_enable() | (waits && room ? ICH_HCR_NPIE : 0));
}

static void inject(u32 intid, u8 priority)
{
	bool waited = somebody_waits();
	u32 free = free_lrs();

	if (waited) {
		refill();
		free = free_lrs();
	}
	if (free)
		write_lr((u32)__builtin_ctz(free), make_lr(intid, priority));
	else
		wait_or_swap(intid, priority);
	if (waited || somebody_waits())
		watch();
}

/*
 * LPIs have no active state: acknowledged they are gone from the GIC, so one
 * that finds no list register must be remembered here. The same LPI again
 * merges, as in hardware. Only root has LPIs.
 */
static void inject_lpi(u32 intid)
{
	struct overflow *o = &PRIV->overflow;
	u32 free;

	refill();
	free = free_lrs();
	if (merge_with_lr(intid))
		return;
	for (u32 i = 0; i < o->nr_lpis; i++) {
		if (o->lpi[i] == intid)
			return;
	}
	if (free) {
		write_lr((u32)__builtin_ctz(free), make_lr(intid, LPI_PRIORITY));
		return;
	}
	if (o->nr_lpis == ARRAY_SIZE(o->lpi)) {
		log_printf("CPU %u: LPI %u lost\n", PRIV->cpu->id, intid);
		return;
	}
	o->lpi[o->nr_lpis++] = intid;
	watch();
}

/*
 * LPIs that were on their way into a CPU of root that has been turned off. They
 * are pending nowhere in the GIC any more; any other CPU of root may have them.
 */
static struct {
	spinlock_t lock;
	u32 count;
	u32 lpi[64];
} homeless;

static void leave_lpi(u32 intid)
{
	spin_lock(&homeless.lock);
	if (homeless.count < ARRAY_SIZE(homeless.lpi))
		homeless.lpi[homeless.count++] = intid;
	spin_unlock(&homeless.lock);
}

static void take_homeless_lpis(void)
{
	if (!__atomic_load_n(&homeless.count, __ATOMIC_RELAXED))
		return;
	spin_lock(&homeless.lock);
	while (homeless.count)
		inject_lpi(homeless.lpi[--homeless.count]);
	spin_unlock(&homeless.lock);
}

/* Some CPU of root that runs is to look at them */
void gicv3_announce_lpis(void)
{
	if (!__atomic_load_n(&homeless.count, __ATOMIC_RELAXED))
		return;
	for (u32 i = 0; i < nr_cpus; i++) {
		if (&cpus[i] != PRIV->cpu && cell_is_root(cpus[i].cell) &&
		    cpu_state(&cpus[i]) == CPU_ON) {
			arch_kick(&cpus[i]);
			return;
		}
	}
}

void guest_irq_slow(u32 intid)
{
	u8 priority = (u8)read_reg(ICC_RPR_EL1);

	if (intid == PRIV->maintenance) {
		drop_priority(intid);
		deactivate(intid);
		PRIV->exits[CL_EXIT_IRQ]--; /* counted as one of these on the way here */
		COUNT_EXIT(MAINTENANCE);
		finish_ended();
		refill();
		watch();
		if (cell_is_root(PRIV->cpu->cell))
			take_homeless_lpis();
		cpu_serve_requests();
		return;
	}
	if (intid >= NR_INTIDS && intid <= LAST_SPECIAL)
		return; /* spurious: gone before it was acknowledged */
	drop_priority(intid);
	if (intid >= LPI_BASE) {
		/* A cell has no LPIs, and root's ITS may send to any CPU. They
		 * have no active state: dropped here, this one is gone.
		 */
		if (cell_is_root(PRIV->cpu->cell))
			inject_lpi(intid);
		return;
	}
	if (intid >= NR_INTIDS) {
		/* Extended ranges: refused by gic_probe(), but a CPU must not
		 * be stuck at this one's priority.
		 */
		deactivate(intid);
		return;
	}
	if (intid < 16) {
		deactivate(intid);
		/* Where it still is, in a list register or waiting, it merges */
		if ((PRIV->overflow.pending[0] & BIT(intid)) || merge_with_lr(intid))
			return;
	}
	inject(intid, priority);
}

/* One interrupt that was on its way into a guest goes back into the GIC */
static void give_back_interrupt(u32 intid, bool pending)
{
	u32 bit = (u32)BIT(intid % 32);
	u8 *regs = intid < 32 ? gicv3_sgi_frame() : (u8 *)VA_GICD;
	u32 word = intid < 32 ? 0 : intid / 32 * 4;

	/* An SPI that was given to another cell meanwhile is not touched */
	if (intid >= 32 && !cell_owns_spi(PRIV->cpu->cell, intid))
		return;
	if (intid >= 16)
		mmio_write32(regs + GICD_ICACTIVER + word, bit);
	/* A level that is still there is pending by itself. One that is not may have gone,
	 * or the guest has set it pending: that must not be lost.
	 */
	if (pending && !(mmio_read32(regs + GICD_ISPENDR + word) & bit))
		mmio_write32(regs + GICD_ISPENDR + word, bit);
}

/* Interrupts that wait for a list register */
static void give_back_waiting(bool keep_pending)
{
	struct overflow *o = &PRIV->overflow;

	for (u32 slot = 0; o->count && slot < NR_INTIDS; slot++) {
		if (o->pending[slot / 64] & BIT(slot % 64)) {
			give_back_interrupt(slot, keep_pending);
			wait_remove(slot);
		}
	}
}

u32 gicv3_held(u32 word)
{
	const struct overflow *o = &PRIV->overflow;
	u32 bits = (u32)(o->pending[word / 2] >> word % 2 * 32);

	finish_ended();
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u64 lr = read_lr(n);

		if ((lr & (LR_PENDING | LR_ACTIVE)) && LR_INTID(lr) / 32 == word)
			bits |= (u32)BIT(LR_INTID(lr) % 32);
	}
	return bits;
}

void gicv3_put_active(u32 intid)
{
	u32 free = free_lrs();

	if (free)
		write_lr((u32)__builtin_ctz(free), make_lr(intid, 0) ^ LR_PENDING ^ LR_ACTIVE);
}

/* LPIs have no registers of that kind */
void gicv3_sync(void)
{
	u32 active = 0;

	if (PRIV->direct) {
		gicv3_set_pmr(PRIV->pmr);
		return;
	}
	finish_ended();
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u64 lr = read_lr(n), rest = 0;
		u32 intid = LR_INTID(lr);

		if (!(lr & (LR_PENDING | LR_ACTIVE)) || intid >= NR_INTIDS)
			continue;
		if ((lr & LR_ACTIVE) && !gic_is_ended(intid)) {
			rest = lr & ~LR_PENDING;
			active |= intid < 16 ? (u32)BIT(intid) : 0;
		}
		write_lr(n, rest);
		if (lr & LR_PENDING)
			give_back_interrupt(intid, true);
	}
	PRIV->cpu->arch.active_sgis = active;
	give_back_waiting(true);
	watch();
}

/* Empties list registers and waiting room */
void gicv3_give_back(bool keep_pending)
{
	struct overflow *o = &PRIV->overflow;

	finish_ended();
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u64 lr = read_lr(n);

		if ((lr & (LR_PENDING | LR_ACTIVE)) && LR_INTID(lr) < NR_INTIDS)
			give_back_interrupt(LR_INTID(lr), keep_pending && (lr & LR_PENDING));
		else if ((lr & LR_PENDING) && keep_pending)
			leave_lpi(LR_INTID(lr));
		write_lr(n, 0);
	}
	for (u32 i = 0; keep_pending && i < o->nr_lpis; i++)
		leave_lpi(o->lpi[i]);
	give_back_waiting(keep_pending);
	o->nr_lpis = 0;
	write_reg(ICH_HCR_EL2, gicv3_virtual_enable());
}

bool gicv3_lpis_wait(void)
{
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u64 lr = read_lr(n);

		if ((lr & LR_PENDING) && LR_INTID(lr) >= LPI_BASE)
			return true;
	}
	return PRIV->overflow.nr_lpis || __atomic_load_n(&homeless.count, __ATOMIC_RELAXED);
}
