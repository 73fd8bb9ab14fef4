// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv3 (IHI 0069): the CPU interface. In virtual mode every physical interrupt
 * arrives at EL2 and is put into a list register; guest_irq in vectors.S does
 * that for the common case, this file for all others.
 *
 * Physical CPU interface: EOImode 1, so that ICC_EOIR1 drops the priority and
 * an interrupt stays active, and so cannot arrive again, until the guest
 * deactivates it through the HW bit of its list register.
 */
#include <arch.h>
#include <cell.h>
#include <fast.h>
#include <gicv3.h>
#include <guest.h>
#include <lib.h>
#include <overflow.h>
#include <setup.h>
#include <sgi.h>
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

#define ICC_CTLR_CBPR BIT(0)
#define ICC_CTLR_EOIMODE BIT(ICC_CTLR_EOIMODE_BIT)

#define VMCR_VENG1 BIT(1)
#define VMCR_VCBPR BIT(4)
#define VMCR_VEOIM BIT(9)
#define VMCR_VBPR1_SHIFT 18
#define VMCR_VPMR_SHIFT 24

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
static u64 virtual_enable(void)
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

static bool interrupt_waits(void)
{
	u32 used = ~free_lrs() & (u32)(BIT(PRIV->nr_lrs) - 1);

	for (; used; used &= used - 1) {
		if (read_lr((u32)__builtin_ctz(used)) & LR_PENDING)
			return true;
	}
	return false;
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
	const struct overflow *o = &PRIV->overflow;
	bool waits = o->count || o->nr_lpis;
	bool room = free_lrs() || interrupt_waits();

	if (waits && !room)
		watch_ends();
	write_reg(ICH_HCR_EL2, virtual_enable() | (waits && room ? ICH_HCR_NPIE : 0));
}

static void inject(u32 intid, u8 priority)
{
	u32 free;

	refill();
	free = free_lrs();
	if (free)
		write_lr((u32)__builtin_ctz(free), make_lr(intid, priority));
	else
		wait_or_swap(intid, priority);
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
static void announce_lpis(void)
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

void guest_fiq_c(void)
{
	u32 intid = (u32)read_sysreg(S3_0_C12_C8_0); /* ICC_IAR0_EL1 */

	/* Group 0 is nobody's here: end it, so that it does not come back */
	if (intid < NR_INTIDS) {
		write_sysreg(S3_0_C12_C8_1, intid); /* ICC_EOIR0_EL1 */
		deactivate(intid);
	}
	COUNT_EXIT(OTHER);
}

void gic_send_sgi(struct cell *cell, u64 value)
{
	u64 intid = value & SGI1R_INTID;

	for (u32 i = 0; i < nr_cpus; i++) {
		u64 target = cpus[i].arch.sgi_target;

		if (cpus[i].cell == cell && sgi_reaches(value, target, &cpus[i] == PRIV->cpu))
			write_reg(ICC_SGI1R_EL1, intid | target);
	}
}

/*
 * The kick: the maintenance interrupt of another CPU, set pending in that CPU's
 * redistributor. It belongs to EL2 alone, so it takes no SGI from the guests.
 */
static void kick(struct cpu *cpu)
{
	/* The request must be visible before the interrupt is */
	dsb(ish);
	mmio_write32(cpu->arch.gicr + PAGE_SIZE + GICD_ISPENDR, (u32)BIT(PRIV->maintenance));
}

static u8 *own_sgi_frame(void)
{
	return PRIV->cpu->arch.gicr + PAGE_SIZE;
}

static void wait_for_rwp(void)
{
	/* GICR_CTLR.RWP: a write to ICENABLER0 is still on its way. Bounded: a
	 * redistributor that never answers must not take the CPU with it.
	 */
	for (u32 i = 0; i < 100000; i++) {
		if (!(mmio_read32(PRIV->cpu->arch.gicr + GICR_CTLR) & GICR_CTLR_RWP))
			return;
		arch_relax();
	}
}

/* The maintenance interrupt: most urgent, enabled, not left over */
static void enable_maintenance(void)
{
	u8 *frame = own_sgi_frame();
	u32 bit = (u32)BIT(PRIV->maintenance);

	mmio_write32(frame + GICD_ICPENDR, bit);
	mmio_write32(frame + GICD_ICACTIVER, bit);
	mmio_write32(frame + GICD_IGROUPR, mmio_read32(frame + GICD_IGROUPR) | bit);
	mmio_write8(frame + GICD_IPRIORITYR + PRIV->maintenance, 0);
	mmio_write32(frame + GICD_ISENABLER, bit);
	dsb(sy);
}

void gicv3_disable_maintenance(void)
{
	u32 bit = (u32)BIT(PRIV->maintenance);

	mmio_write32(own_sgi_frame() + GICD_ICENABLER, bit);
	wait_for_rwp();
	mmio_write32(own_sgi_frame() + GICD_ICPENDR, bit);
	dsb(sy);
}

/* The physical CPU interface as EL2 wants it; any CPU, any time */
static void own_cpu_interface(void)
{
	write_reg(ICC_PMR_EL1, 0xff);
	write_reg(ICC_BPR1_EL1, 0);
	write_reg(ICC_CTLR_EL1, (read_reg(ICC_CTLR_EL1) & ~ICC_CTLR_CBPR) | ICC_CTLR_EOIMODE);
	write_reg(ICC_IGRPEN1_EL1, 1);
	isb();
}

void gicv3_end_active(void)
{
	mmio_write32(own_sgi_frame() + GICD_ICACTIVER, ~0u);
}

/* What root's kernel has in the physical CPU interface, as its virtual one */
u64 gicv3_physical_vmcr(void)
{
	u64 ctlr = read_reg(ICC_CTLR_EL1);
	u64 vmcr = 0;

	if (read_reg(ICC_IGRPEN1_EL1) & 1)
		vmcr |= VMCR_VENG1;
	if (ctlr & ICC_CTLR_CBPR)
		vmcr |= VMCR_VCBPR;
	if (ctlr & ICC_CTLR_EOIMODE)
		vmcr |= VMCR_VEOIM;
	vmcr |= (read_reg(ICC_BPR1_EL1) & 7) << VMCR_VBPR1_SHIFT;
	vmcr |= (read_reg(ICC_PMR_EL1) & 0xff) << VMCR_VPMR_SHIFT;
	return vmcr;
}

/* CTLR, PMR: the reverse */
void gicv3_restore_physical(u64 vmcr)
{
	u64 ctlr = read_reg(ICC_CTLR_EL1) & ~(ICC_CTLR_CBPR | ICC_CTLR_EOIMODE);

	write_reg(ICC_CTLR_EL1, ctlr | (vmcr & VMCR_VCBPR ? ICC_CTLR_CBPR : 0) |
					(vmcr & VMCR_VEOIM ? ICC_CTLR_EOIMODE : 0));
	write_reg(ICC_PMR_EL1, vmcr >> VMCR_VPMR_SHIFT & 0xff);
}

/*
 * What root's kernel had in the physical CPU interface becomes its virtual one.
 * Interrupts that are active at this moment (the IPI of the take-over, if the
 * driver used one) end here: a deactivation that the guest writes later finds
 * no list register and has no effect (IHI 0069, ICV_DIR_EL1).
 */
static void commit(void)
{
	u64 vmcr = gicv3_physical_vmcr();

	PRIV->controls.ich_hcr = read_reg(ICH_HCR_EL2);
	PRIV->controls.ich_vmcr = read_reg(ICH_VMCR_EL2);
	for (u32 n = 0; n < PRIV->nr_lrs; n++)
		write_lr(n, 0);
	write_reg(ICH_AP0R0_EL2, 0);
	write_reg(ICH_AP1R0_EL2, 0);
	if (PRIV->cpu->cell->arch.direct) {
		gicv3_commit_direct(vmcr);
		return;
	}
	write_reg(ICC_AP1R0_EL1, 0);
	gicv3_end_active();
	write_reg(ICH_VMCR_EL2, vmcr);
	write_reg(ICH_HCR_EL2, virtual_enable());
	own_cpu_interface();
	enable_maintenance();
}

/* One interrupt that was on its way into a guest goes back into the GIC */
static void give_back_interrupt(u32 intid, bool pending)
{
	u32 bit = (u32)BIT(intid % 32);
	u8 *regs = intid < 32 ? own_sgi_frame() : (u8 *)VA_GICD;
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

/* Is an active interrupt one that the guest makes inactive by a register? */
static bool is_ended(u32 intid)
{
	const struct gic_sync *s = &PRIV->cpu->cell->arch.sync;

	return intid / 32 == s->word && (s->ended & BIT(intid % 32)) &&
	       (intid >= 32 || s->cpu == PRIV->cpu);
}

static u32 held(u32 word)
{
	const struct overflow *o = &PRIV->overflow;
	u32 bits = (u32)(o->pending[word / 2] >> word % 2 * 32);

	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u64 lr = read_lr(n);

		if ((lr & (LR_PENDING | LR_ACTIVE)) && LR_INTID(lr) / 32 == word)
			bits |= (u32)BIT(LR_INTID(lr) % 32);
	}
	return bits;
}

/* LPIs have no registers of that kind */
static void sync(void)
{
	u32 active = 0;

	if (PRIV->direct) {
		gicv3_set_pmr(PRIV->pmr);
		return;
	}
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u64 lr = read_lr(n), rest = 0;
		u32 intid = LR_INTID(lr);

		if (!(lr & (LR_PENDING | LR_ACTIVE)) || intid >= NR_INTIDS)
			continue;
		if ((lr & LR_ACTIVE) && !is_ended(intid)) {
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
static void give_back_interrupts(bool keep_pending)
{
	struct overflow *o = &PRIV->overflow;

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
	write_reg(ICH_HCR_EL2, virtual_enable());
}

static bool lpis_wait(void)
{
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u64 lr = read_lr(n);

		if ((lr & LR_PENDING) && LR_INTID(lr) >= LPI_BASE)
			return true;
	}
	return PRIV->overflow.nr_lpis || __atomic_load_n(&homeless.count, __ATOMIC_RELAXED);
}

static bool hold(bool on)
{
	if (PRIV->direct)
		return true;
	write_reg(ICC_IGRPEN1_EL1, !on);
	isb();
	return !on || !lpis_wait();
}

/* The reverse of commit() */
static void release(void)
{
	u64 vmcr = read_reg(ICH_VMCR_EL2);

	if (PRIV->direct) {
		gicv3_release_direct(vmcr);
	} else {
		give_back_interrupts(true);
		gicv3_disable_maintenance();
		gicv3_restore_physical(vmcr);
		write_reg(ICC_BPR1_EL1, vmcr >> VMCR_VBPR1_SHIFT & 7);
		write_reg(ICC_IGRPEN1_EL1, vmcr & VMCR_VENG1 ? 1 : 0);
		write_reg(ICH_AP1R0_EL2, 0);
	}
	write_reg(ICH_HCR_EL2, PRIV->controls.ich_hcr);
	write_reg(ICH_VMCR_EL2, PRIV->controls.ich_vmcr);
	isb();
}

/*
 * This CPU has left its guest. Interrupts of root that were on their way stay
 * pending for the CPU that Linux routes them to; a cell's go with the cell.
 */
static void quiesce(bool keep_pending)
{
	u8 *frame = own_sgi_frame();
	u32 all = ~(u32)BIT(PRIV->maintenance);

	give_back_interrupts(keep_pending);
	write_reg(ICH_AP0R0_EL2, 0);
	write_reg(ICH_AP1R0_EL2, 0);
	write_reg(ICH_VMCR_EL2, 0);
	mmio_write32(frame + GICD_ICENABLER, all);
	wait_for_rwp();
	mmio_write32(frame + GICD_ICPENDR, all);
	mmio_write32(frame + GICD_ICACTIVER, all);
	own_cpu_interface();
	enable_maintenance();
	if (keep_pending)
		announce_lpis();
}

/* As after power-up: nothing enabled, pending or active, priorities 0 */
static void reset_cpu(void)
{
	u8 *frame = own_sgi_frame();
	u32 all = ~(u32)BIT(PRIV->maintenance);

	/* Once more: another CPU of the former cell may have been at it */
	mmio_write32(frame + GICD_ICENABLER, all);
	wait_for_rwp();
	mmio_write32(frame + GICD_ICFGR + 4, PRIV->cpu->arch.ppi_config);
	mmio_write32(frame + GICD_ICPENDR, all);
	mmio_write32(frame + GICD_ICACTIVER, all);
	mmio_write32(frame + GICD_IGROUPR, ~0u);
	for (u32 i = 0; i < 32; i++) {
		if (i != PRIV->maintenance)
			mmio_write8(frame + GICD_IPRIORITYR + i, 0);
	}
	PRIV->cpu->arch.asleep = 0;
	write_reg(ICH_HCR_EL2, virtual_enable());
	write_reg(ICH_VMCR_EL2, 0);
	write_reg(ICC_SRE_EL1, read_reg(ICC_SRE_EL1) | ICC_SRE_SRE);
	dsb(sy);
}

/* SGIs that vectors.S may let through, see struct private. Root's CPUs come and go. */
void gic_allow_sgis(void)
{
	const struct cell *cell = PRIV->cpu->cell;

	PRIV->sgi = sgi_filter_none();
	if (cell_is_root(cell))
		return;
	PRIV->sgi = sgi_filter_of(PRIV->cpu->arch.sgi_target);
	for (u32 i = 0; i < nr_cpus; i++) {
		if (cpus[i].cell == cell)
			sgi_filter_allow(&PRIV->sgi, cpus[i].arch.sgi_target);
	}
}

static int probe_cpu(u32 id, const struct cl_gic *cfg, struct error *err)
{
	(void)cfg;
	if (!(read_sysreg(id_aa64pfr0_el1) >> 24 & 15) || !(read_reg(ICC_SRE_EL2) & 1))
		return refuse(err, -CL_ENODEV, CL_RULE_GIC_SRE, id, 0);
	PRIV->nr_lrs = (u32)(read_reg(ICH_VTR_EL2) & 31) + 1;
	return 0;
}

const struct gic_ops gicv3_ops = {
	.probe_cpu = probe_cpu,
	.probe = gicv3_probe,
	.commit = commit,
	.hold = hold,
	.release = release,
	.quiesce = quiesce,
	.reset_cpu = reset_cpu,
	.enter_direct = gicv3_enter_direct,
	.leave_direct = gicv3_leave_direct,
	.interrupt_waits = interrupt_waits,
	.sync = sync,
	.held = held,
	.mmio = guest_fast_mmio,
	.kick = kick,
	.reset_spi = gicv3_reset_spi,
	.leave_cpu = gicv3_leave_cpu,
};
