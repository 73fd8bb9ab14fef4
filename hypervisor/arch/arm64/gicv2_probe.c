// SPDX-License-Identifier: GPL-2.0-only
/* GICv2 (IHI 0048): finding its frames, and SPIs that change hands. */
#include <arch.h>
#include <cell.h>
#include <gicv2.h>
#include <setup.h>
#include <sysreg.h>

static u8 *const gicd = (u8 *)VA_GICD;

static u32 first_interface(const struct cell *cell)
{
	if (!cell_is_root(cell))
		return cpus[cell->config.cpus[0]].arch.interface;
	for (u32 i = 0; i < nr_cpus; i++) {
		if (cpus[i].cell == cell)
			return cpus[i].arch.interface;
	}
	return 0;
}

void gicv2_reset_spi(struct cell *cell, u32 spi)
{
	u32 word = spi / 32 * 4;
	u32 bit = (u32)BIT(spi % 32);

	mmio_write32(gicd + GICD_ICENABLER + word, bit);
	dsb(sy);
	gicd_reset_config(cell, spi);
	mmio_write32(gicd + GICD_ICPENDR + word, bit);
	mmio_write32(gicd + GICD_ICACTIVER + word, bit);
	mmio_write8(gicd + GICD_IPRIORITYR + spi, 0);
	mmio_write8(gicd + GICD_ITARGETSR + spi, (u8)first_interface(cell));
	dsb(sy);
}

void gicv2_leave_cpu(struct cpu *cpu)
{
	const struct cell *root = cells[ROOT_CELL_ID];

	for (u32 spi = 32; spi <= gic.max_intid; spi++) {
		u8 *target = gicd + GICD_ITARGETSR + spi;
		u32 old = mmio_read8(target);

		if (!cell_owns_spi(root, spi) || !(old & cpu->arch.interface))
			continue;
		old &= ~cpu->arch.interface;
		mmio_write8(target, (u8)(old ? old : this_cpu()->arch.interface));
	}
	dsb(sy);
}

/* Probing, before the hypervisor is in charge */

/* The first of these addresses are not checked yet: nothing but an address is taken of them */
static void map_page(u64 va, u64 pa)
{
	map_device_page(va, pa & MASK(47, PAGE_SHIFT));
}

void gicv2_map(const struct cl_gic *cfg)
{
	u64 gicc = cfg->gicc.start + gicc_offset(cfg);

	map_page(VA_GICD, cfg->gicd_base);
	map_page(VA_GICC, gicc);
	map_page(VA_GICC + PAGE_SIZE, gicc + PAGE_SIZE);
	map_page(VA_GICH, cfg->gich.start);
}

static int no_answer(struct error *err, u64 pa, u32 value)
{
	return refuse(err, -CL_ENODEV, CL_RULE_GIC_CPU_INTERFACE, pa, value);
}

/* GICC_IIDR, GICV_IIDR: the architecture's version */
static bool is_interface(const u8 *page, u32 *iidr)
{
	return probe_read32(page + GICC_IIDR, iidr) && (*iidr >> 16 & 15) == 2;
}

int gicv2_probe(const struct cl_gic *cfg, struct error *err)
{
	u32 value = ~0u;

	for (u32 i = 0; i < nr_cpus; i++) {
		if (gic.interfaces[__builtin_ctz(cpus[i].arch.interface)] != &cpus[i])
			return refuse(err, -CL_ENODEV, CL_RULE_GIC_TARGETS, i,
				      cpus[i].arch.interface);
	}
	map_page(VA_GICV, cfg->gicv.start + gicc_offset(cfg));
	if (!is_interface((u8 *)VA_GICV, &value))
		return no_answer(err, cfg->gicv.start, value);
	gic.gicd_pa = cfg->gicd_base;
	gic.gicd_pidr2 = mmio_read32(gicd + GICD_V2_PIDR2);
	gic.typer = mmio_read32(gicd + GICD_TYPER);
	gic.iidr = mmio_read32(gicd + GICD_IIDR);
	gic.max_intid = GICD_TYPER_MAX_INTID(gic.typer);
	gicd_save_config();
	cells[ROOT_CELL_ID]->arch.gicd_ctlr = mmio_read32(gicd + GICD_CTLR);
	return 0;
}

/* The number of this CPU's interface: what it reads as the target of its own interrupts */
static u32 own_interface(void)
{
	u32 targets = 0;

	for (u32 i = 0; !targets && i < 32; i += 4)
		targets = mmio_read32(gicd + GICD_ITARGETSR + i);
	targets |= targets >> 16;
	targets |= targets >> 8;
	/* With one CPU there are no such registers */
	return nr_cpus == 1 ? 1 : targets & 0xff;
}

int gicv2_probe_cpu(u32 id, const struct cl_gic *cfg, struct error *err)
{
	struct cpu *cpu = &cpus[id];
	u32 value = ~0u;

	/* A CPU with system registers of a GICv3: guests could use what is not emulated here */
	if (read_sysreg(id_aa64pfr0_el1) >> 24 & 15)
		return refuse(err, -CL_ENODEV, CL_RULE_GIC_VERSION, 2, 3);
	if (!probe_read32(gicd + GICD_V2_PIDR2, &value) || (value >> 4 & 15) != 2)
		return refuse(err, -CL_ENODEV, CL_RULE_GIC_GICD, cfg->gicd_base, value);
	if (!is_interface((u8 *)VA_GICC, &value))
		return no_answer(err, cfg->gicc.start, value);
	if (!probe_read32((u8 *)VA_GICH + GICH_VTR, &value))
		return no_answer(err, cfg->gich.start, ~0u);
	/* GICH_ELRSR1 and what belongs to it are not used */
	PRIV->nr_lrs = MIN((value & 63) + 1, 32u);
	/* QEMU up to now. See gicv2_inject.c for the list register that it costs */
	if (mmio_read32(gicd + GICD_IIDR) == GICD_IIDR_QEMU && PRIV->nr_lrs > 1) {
		PRIV->errata |= ERRATUM_GICV2_LEVEL;
		PRIV->nr_lrs--;
	}

	cpu->arch.interface = own_interface();
	if (!cpu->arch.interface || (cpu->arch.interface & (cpu->arch.interface - 1)))
		return refuse(err, -CL_ENODEV, CL_RULE_GIC_TARGETS, id, cpu->arch.interface);
	gic.interfaces[__builtin_ctz(cpu->arch.interface)] = cpu;
	return 0;
}
