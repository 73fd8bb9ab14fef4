// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv3 (IHI 0069): the CPU interface. In virtual mode every physical interrupt
 * arrives at EL2 and is put into a list register: gicv3_inject.c.
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
#include <setup.h>
#include <sgi.h>
#include <sysreg.h>

#define VMCR_VENG1 BIT(1)
#define VMCR_VCBPR BIT(4)
#define VMCR_VEOIM BIT(9)
#define VMCR_VBPR1_SHIFT 18
#define VMCR_VPMR_SHIFT 24

void guest_fiq_c(void)
{
	u32 intid = (u32)read_sysreg(S3_0_C12_C8_0); /* ICC_IAR0_EL1 */

	/* Group 0 is nobody's here: end it, so that it does not come back */
	if (intid < NR_INTIDS) {
		write_sysreg(S3_0_C12_C8_1, intid); /* ICC_EOIR0_EL1 */
		write_reg(ICC_DIR_EL1, intid);
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
	u8 *frame = gicv3_sgi_frame();
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

	mmio_write32(gicv3_sgi_frame() + GICD_ICENABLER, bit);
	wait_for_rwp();
	mmio_write32(gicv3_sgi_frame() + GICD_ICPENDR, bit);
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
	mmio_write32(gicv3_sgi_frame() + GICD_ICACTIVER, ~0u);
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
	gicv3_clear_lrs();
	write_reg(ICH_AP0R0_EL2, 0);
	write_reg(ICH_AP1R0_EL2, 0);
	if (PRIV->cpu->cell->arch.direct) {
		gicv3_commit_direct(vmcr);
		return;
	}
	write_reg(ICC_AP1R0_EL1, 0);
	gicv3_end_active();
	write_reg(ICH_VMCR_EL2, vmcr);
	write_reg(ICH_HCR_EL2, gicv3_virtual_enable());
	own_cpu_interface();
	enable_maintenance();
}

static bool hold(bool on)
{
	if (PRIV->direct)
		return true;
	write_reg(ICC_IGRPEN1_EL1, !on);
	isb();
	return !on || !gicv3_lpis_wait();
}

/* The reverse of commit() */
static void release(void)
{
	u64 vmcr = read_reg(ICH_VMCR_EL2);

	if (PRIV->direct) {
		gicv3_release_direct(vmcr);
	} else {
		gicv3_give_back(true);
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
	u8 *frame = gicv3_sgi_frame();
	u32 all = ~(u32)BIT(PRIV->maintenance);

	gicv3_give_back(keep_pending);
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
		gicv3_announce_lpis();
}

/* As after power-up: nothing enabled, pending or active, priorities 0 */
static void reset_cpu(void)
{
	u8 *frame = gicv3_sgi_frame();
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
	write_reg(ICH_HCR_EL2, gicv3_virtual_enable());
	write_reg(ICH_VMCR_EL2, 0);
	write_reg(ICC_SRE_EL1, read_reg(ICC_SRE_EL1) | ICC_SRE_SRE);
	dsb(sy);
}

/* SGIs that exits.S may let through, see struct private. Root's CPUs come and go. */
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
	.interrupt_waits = gicv3_interrupt_waits,
	.sync = gicv3_sync,
	.held = gicv3_held,
	.put_active = gicv3_put_active,
	.mmio = guest_fast_mmio,
	.kick = kick,
	.reset_spi = gicv3_reset_spi,
	.leave_cpu = gicv3_leave_cpu,
};
