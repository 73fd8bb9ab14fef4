// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv2 (IHI 0048): the CPU interface, in virtual mode. Every physical interrupt arrives
 * at EL2 and is put into a list register: gicv2_inject.c; guests have the virtual CPU
 * interface where they look for the real one.
 */
#include <arch.h>
#include <cell.h>
#include <fast.h>
#include <gicv2.h>
#include <lib.h>
#include <sysreg.h>

static u8 *const gicd = (u8 *)VA_GICD;
static u8 *const gicc = (u8 *)VA_GICC;
static u8 *const gich = (u8 *)VA_GICH;

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
	gicv2_watch();
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
			gicv2_inject_sgi(i, sources);
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
	PRIV->sgir.ipa = SGIR_IPA_NONE;
	mmio_write32(gicd + GICD_ICACTIVER, ~0u);
	clear_active_priorities();
	gicv2_clear_lrs();
	mmio_write32(gich + GICH_APR, 0);
	gicv2_put_watcher(true);
	mmio_write32(gich + GICH_VMCR, vmcr);
	take_over_sgis();
	own_cpu_interface();
	enable_own();
	write_sysreg(vbar_el2, (u64)el2_vectors_gicv2);
	isb();
}

/* The reverse of commit() */
static void release(void)
{
	u32 vmcr = mmio_read32(gich + GICH_VMCR);
	u32 bit = (u32)BIT(PRIV->maintenance);

	gicv2_give_back(true);
	gicv2_put_watcher(false);
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
	gicv2_give_back(keep_pending);
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
	gicv2_put_watcher(true);
	gicv2_watch();
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
	.interrupt_waits = gicv2_interrupt_waits,
	.sync = gicv2_sync,
	.resume = gicv2_resume,
	.held = gicv2_held,
	.put_active = gicv2_put_active,
	.kick = kick,
	.reset_spi = gicv2_reset_spi,
	.leave_cpu = gicv2_leave_cpu,
};
