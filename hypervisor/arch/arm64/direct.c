// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct mode: the guest has the CPU interface of its CPUs, and its interrupts
 * arrive there without the hypervisor (HCR_EL2.IMO and FMO are 0). What is shared
 * with others stays trapped: SGIs, and with them the registers common to both
 * groups (ICH_HCR_EL2.TC), and Group 0 (TALL0).
 *
 * The price is the kick. No interrupt is EL2's any more, so a CPU is made to come
 * by taking its memory away: once the root of its stage 2 is empty and the TLBs
 * are invalidated, the next fetch or access of the guest is a fault. (A loop of
 * instructions that were fetched before, and touch no memory, may run on until
 * something makes it fetch again: the architecture promises no more. Then the CPU
 * is lost, but its memory is not.)
 */
#include <arch.h>
#include <cell.h>
#include <direct.h>
#include <gicv3.h>
#include <mm/mm_ops.h>
#include <syndrome.h>
#include <sysreg.h>

#define ICH_HCR_TC BIT(10)
#define ICH_HCR_TALL0 BIT(11)

#define ICC_CTLR_CBPR BIT(0)
#define ICC_CTLR_EOIMODE BIT(1)
#define ICC_CTLR_PRIBITS(ctlr) (((u32)(ctlr) >> 8 & 7) + 1)

#define NO_INTERRUPT 1023

static void write_ctlr(u64 value)
{
	const u64 mask = ICC_CTLR_CBPR | ICC_CTLR_EOIMODE;

	write_reg(ICC_CTLR_EL1, (read_reg(ICC_CTLR_EL1) & ~mask) | (value & mask));
}

/* Priorities that the guest has not dropped */
static void clear_active_priorities(void)
{
	u32 bits = ICC_CTLR_PRIBITS(read_reg(ICC_CTLR_EL1));

	write_reg(ICC_AP1R0_EL1, 0);
	if (bits > 5)
		write_reg(ICC_AP1R1_EL1, 0);
	if (bits > 6) {
		write_reg(ICC_AP1R2_EL1, 0);
		write_reg(ICC_AP1R3_EL1, 0);
	}
}

/*
 * ICC_SRE_EL1 is kept from the guest: system registers switched off, where a CPU
 * can do that, do not go with interrupts that are not EL2's (IHI 0069, 13.1).
 */
void direct_enter(void)
{
	write_reg(ICC_SRE_EL2, read_reg(ICC_SRE_EL2) & ~ICC_SRE_ENABLE);
	write_reg(ICC_IGRPEN1_EL1, 0);
	isb();
	clear_active_priorities();
	write_reg(ICC_PMR_EL1, 0);
	write_reg(ICC_BPR1_EL1, 0);
	write_ctlr(0);
	write_reg(ICH_HCR_EL2, ICH_HCR_TC | ICH_HCR_TALL0);
	PRIV->direct = true;
}

/* Nothing must be signalled while the priorities change: hence the group first */
void direct_leave(void)
{
	write_reg(ICC_IGRPEN1_EL1, 0);
	isb();
	clear_active_priorities();
	write_reg(ICC_SRE_EL2, read_reg(ICC_SRE_EL2) | ICC_SRE_ENABLE);
	write_sysreg(hcr_el2, PRIV->hcr);
	isb();
	PRIV->direct = false;
}

static u64 root_entries(const struct cell *cell)
{
	return cell->s2.pt.root_entries;
}

/*
 * The engine goes on with the copy, so that nobody but the CPUs misses anything.
 * Entries become invalid, in any order, before the invalidation begins.
 */
void direct_revoke(struct cell *cell)
{
	struct arch_cell *arch = &cell->arch;

	spin_lock(&cell->s2_lock);
	if (!arch->revoked) {
		for (u64 i = 0; i < root_entries(cell); i++) {
			arch->saved_root[i] = arch->hardware_root[i];
			WRITE_ONCE(arch->hardware_root[i], 0);
		}
		cell->s2.pt.root = arch->saved_root;
		__atomic_store_n(&arch->revoked, true, __ATOMIC_RELEASE);
	}
	spin_unlock(&cell->s2_lock);
	dsb(ishst);
	arch_mm_ops.tlbi_all(NULL, cell->s2.pt.vmid);
}

/* Under the lock. Invalid to valid needs no invalidation. */
static void put_back(struct cell *cell)
{
	struct arch_cell *arch = &cell->arch;

	for (u64 i = 0; i < root_entries(cell); i++)
		WRITE_ONCE(arch->hardware_root[i], arch->saved_root[i]);
	cell->s2.pt.root = arch->hardware_root;
	dsb(ishst);
	__atomic_store_n(&arch->revoked, false, __ATOMIC_RELEASE);
}

/*
 * Is a CPU of it to stop? For one that is only to tell something, others do not wait:
 * if it has not noticed, it will be kicked again.
 */
static bool is_asked(const struct cell *cell)
{
	const u32 harmless = CPU_REQ_START | CPU_REQ_TELL;

	for (u32 i = 0; i < cell->config.nr_cpus; i++) {
		const struct cpu *cpu = &cpus[cell->config.cpus[i]];

		if (__atomic_load_n(&cpu->request, __ATOMIC_SEQ_CST) & ~harmless)
			return true;
	}
	return false;
}

/*
 * A kick that comes now either finds the entries back and takes them away again,
 * or is seen by is_asked(): it sets the request first and looks at @revoked under
 * the lock.
 */
void direct_restore(struct cell *cell)
{
	spin_lock(&cell->s2_lock);
	if (cell->arch.revoked && !is_asked(cell))
		put_back(cell);
	spin_unlock(&cell->s2_lock);
	arch_signal();
}

void direct_end(struct cell *cell)
{
	spin_lock(&cell->s2_lock);
	if (cell->arch.revoked)
		put_back(cell);
	spin_unlock(&cell->s2_lock);
}

/*
 * A CPU that is on its way into the guest looks at its requests after it has
 * become ON, see arch_guest_start(); whoever kicks it sets the request before.
 * (Both are sequentially consistent: one of the two sees the other.) It waits
 * for nothing: a CPU in the hypervisor needs no kick.
 */
void direct_kick(struct cpu *cpu)
{
	if (cpu_state(cpu) == CPU_ON)
		direct_revoke(cpu->cell);
}

/*
 * It may run instructions that it fetched before. Without those in its caches it
 * has to fetch again, and to translate for it, sooner than without a reason.
 */
void direct_kick_again(struct cpu *cpu)
{
	if (cpu_state(cpu) != CPU_ON)
		return;
	direct_kick(cpu);
	asm volatile("ic ialluis\n\tdsb ish" ::: "memory");
}

bool direct_arrived(void)
{
	struct cell *cell = PRIV->cpu->cell;

	if (!__atomic_load_n(&cell->arch.revoked, __ATOMIC_ACQUIRE))
		return false;
	for (;;) {
		cpu_serve_requests(); /* may not return */
		direct_restore(cell);
		if (!__atomic_load_n(&cell->arch.revoked, __ATOMIC_ACQUIRE))
			return true;
		/* For another CPU of the cell, which is asked for something */
		arch_wait();
	}
}

/* An interrupt of its own that the guest may end: others' could be active, too */
static bool may_deactivate(u64 intid)
{
	return intid < 32 ? intid != PRIV->maintenance :
			    intid < NR_INTIDS && cell_owns_spi(PRIV->cpu->cell, (u32)intid);
}

bool direct_sysreg(u32 which, bool read, u64 *value)
{
	switch (which) {
	case ISS_SYSREG(3, 0, 4, 6, 0): /* ICC_PMR_EL1 */
		if (read)
			*value = read_reg(ICC_PMR_EL1);
		else
			write_reg(ICC_PMR_EL1, *value & 0xff);
		return true;
	case ISS_SYSREG(3, 0, 12, 12, 4): /* ICC_CTLR_EL1 */
		if (read)
			*value = read_reg(ICC_CTLR_EL1);
		else
			write_ctlr(*value);
		return true;
	case ISS_SYSREG(3, 0, 12, 11, 3): /* ICC_RPR_EL1 */
		if (!read)
			return false;
		*value = read_reg(ICC_RPR_EL1);
		return true;
	case ISS_SYSREG(3, 0, 12, 11, 1): /* ICC_DIR_EL1 */
		if (read)
			return false;
		/* With EOImode 0 it has no effect, or that of a system error */
		if ((read_reg(ICC_CTLR_EL1) & ICC_CTLR_EOIMODE) &&
		    may_deactivate(*value & MASK(23, 0)))
			write_reg(ICC_DIR_EL1, *value & MASK(23, 0));
		return true;
	case ISS_SYSREG(3, 0, 12, 12, 5): /* ICC_SRE_EL1 */
		if (read)
			*value = read_reg(ICC_SRE_EL1);
		return true;
	case ISS_SYSREG(3, 0, 12, 8, 0): /* ICC_IAR0_EL1: of Group 0 there is nothing */
	case ISS_SYSREG(3, 0, 12, 8, 2): /* ICC_HPPIR0_EL1 */
		if (!read)
			return false;
		*value = NO_INTERRUPT;
		return true;
	case ISS_SYSREG(3, 0, 12, 8, 1): /* ICC_EOIR0_EL1 */
		return !read;
	case ISS_SYSREG(3, 0, 12, 8, 3): /* ICC_BPR0_EL1 */
	case ISS_SYSREG(3, 0, 12, 8, 4): /* ICC_AP0R0_EL1 and so on */
	case ISS_SYSREG(3, 0, 12, 8, 5):
	case ISS_SYSREG(3, 0, 12, 8, 6):
	case ISS_SYSREG(3, 0, 12, 8, 7):
	case ISS_SYSREG(3, 0, 12, 12, 6): /* ICC_IGRPEN0_EL1 */
		if (read)
			*value = 0;
		return true;
	}
	return false;
}
