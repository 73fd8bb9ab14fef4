// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct mode: the guest has the CPU interface of its CPUs, and its interrupts
 * arrive there without the hypervisor (HCR_EL2.IMO and FMO are 0). What is shared
 * with others stays trapped: gicv3_direct.c and gicv2_direct.c say what that is.
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
#include <gic.h>
#include <mm/mm_ops.h>
#include <subpage.h>
#include <sysreg.h>

void direct_enter(void)
{
	gic_ops->enter_direct();
	PRIV->direct = true;
}

void direct_leave(void)
{
	gic_ops->leave_direct();
	write_sysreg(hcr_el2, PRIV->hcr);
	isb();
	PRIV->direct = false;
}

bool direct_mmio(struct mmio_access *a)
{
	return PRIV->direct && gic_ops->direct_mmio && gic_ops->direct_mmio(a);
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
	const u32 harmless = CPU_REQ_START | CPU_REQ_SERVICE;

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
 * for nothing: a CPU in the hypervisor needs no kick. Those of root come by
 * themselves: its driver makes them.
 */
void direct_kick(struct cpu *cpu)
{
	if (cpu_state(cpu) == CPU_ON && !cell_is_root(cpu->cell))
		direct_revoke(cpu->cell);
}

/*
 * It may run instructions that it fetched before. Without those in its caches it
 * has to fetch again, and to translate for it, sooner than without a reason.
 */
void direct_kick_again(struct cpu *cpu)
{
	if (cpu_state(cpu) != CPU_ON || cell_is_root(cpu->cell))
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
