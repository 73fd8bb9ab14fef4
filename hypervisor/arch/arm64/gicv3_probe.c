// SPDX-License-Identifier: GPL-2.0-only
/* GICv3 (IHI 0069): finding distributor and redistributors, and SPIs that change hands. */
#include <arch.h>
#include <cell.h>
#include <gicv3.h>
#include <setup.h>
#include <sysreg.h>

static u8 *const gicd = (u8 *)VA_GICD;

void gicv3_reset_spi(struct cell *cell, u32 spi)
{
	u32 word = spi / 32 * 4;
	u32 bit = (u32)BIT(spi % 32);

	mmio_write32(gicd + GICD_ICENABLER + word, bit);
	for (u32 i = 0; i < 100000 && (mmio_read32(gicd + GICD_CTLR) & GICD_CTLR_RWP); i++)
		arch_relax();
	gicd_reset_config(cell, spi);
	mmio_write32(gicd + GICD_ICPENDR + word, bit);
	mmio_write32(gicd + GICD_ICACTIVER + word, bit);
	mmio_write8(gicd + GICD_IPRIORITYR + spi, 0);
	for (u32 i = 0; i < nr_cpus; i++) {
		struct cpu *cpu = cell_is_root(cell) ? &cpus[i] : &cpus[cell->config.cpus[0]];

		if (cpu->cell == cell) {
			mmio_write64(gicd + GICD_IROUTER + spi * 8, cpu->mpidr);
			break;
		}
	}
	dsb(sy);
}

void gicv3_leave_cpu(struct cpu *cpu)
{
	const struct cell *root = cells[ROOT_CELL_ID];

	for (u32 spi = 32; spi <= gic.max_intid; spi++) {
		u8 *route = gicd + GICD_IROUTER + spi * 8;

		if (cell_owns_spi(root, spi) && mmio_read64(route) == cpu->mpidr)
			mmio_write64(route, this_cpu()->mpidr);
	}
	dsb(sy);
}

/* Probing, before the hypervisor is in charge */

static int probe_distributor(const struct cl_gic *cfg, struct error *err)
{
	u32 pidr2;

	for (u64 i = 0; i < 16; i++)
		map_device_page(VA_GICD + i * PAGE_SIZE, cfg->gicd_base + i * PAGE_SIZE);
	if (!probe_read32(gicd + GICD_PIDR2, &pidr2))
		return refuse(err, -CL_ENODEV, CL_RULE_GIC_GICD, cfg->gicd_base, ~0u);
	/* ArchRev: 3 is GICv3, 4 GICv4 */
	if ((pidr2 >> 4 & 15) != 3 && (pidr2 >> 4 & 15) != 4)
		return refuse(err, -CL_ENODEV, CL_RULE_GIC_GICD, cfg->gicd_base, pidr2);
	gic.gicd_pa = cfg->gicd_base;
	gic.gicd_pidr2 = pidr2;
	gic.typer = mmio_read32(gicd + GICD_TYPER);
	if (gic.typer & GICD_TYPER_ESPI)
		return refuse(err, -CL_EOPNOTSUPP, CL_RULE_GIC_EXTENDED, 0, cfg->gicd_base);
	gicd_save_config();
	gic.iidr = mmio_read32(gicd + GICD_IIDR);
	gic.max_intid = GICD_TYPER_MAX_INTID(gic.typer);
	return 0;
}

static u64 frames_size(u64 typer)
{
	return typer & GICR_TYPER_VLPIS ? 2 * GICR_FRAMES_SIZE : GICR_FRAMES_SIZE;
}

/*
 * The redistributor of the CPU with this affinity. A frame is looked at through
 * the pages that will be this CPU's in the end.
 */
static int probe_redistributor(const struct cl_gic *cfg, struct cpu *cpu, struct error *err)
{
	u64 affinity = (cpu->mpidr & 0xffffff) | (cpu->mpidr >> 32 & 0xff) << 24;
	u64 va = VA_GICR + cpu->id * 2 * PAGE_SIZE;

	for (u32 i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		u64 pa = cfg->gicr[i].start, end = pa + cfg->gicr[i].size;

		while (pa + GICR_FRAMES_SIZE <= end) {
			u32 low;
			u64 typer;

			map_device_page(va, pa);
			if (!probe_read32((void *)(va + GICR_TYPER), &low))
				break;
			typer = low | (u64)mmio_read32((void *)(va + GICR_TYPER + 4)) << 32;
			if (typer >> 32 == affinity) {
				cpu->arch.gicr_pa = pa;
				cpu->arch.gicr = (u8 *)va;
				cpu->arch.gicr_typer = typer;
				cpu->arch.gicr_size = frames_size(typer);
				map_device_page(va + PAGE_SIZE, pa + GICR_SGI);
				cpu->arch.ppi_config =
					mmio_read32(cpu->arch.gicr + PAGE_SIZE + GICD_ICFGR + 4);
				if (GICR_TYPER_PPINUM(typer))
					return refuse(err, -CL_EOPNOTSUPP, CL_RULE_GIC_EXTENDED,
						      cpu->mpidr, 0);
				return 0;
			}
			if (typer & GICR_TYPER_LAST)
				break;
			pa += frames_size(typer);
		}
	}
	return refuse(err, -CL_ENODEV, CL_RULE_GIC_GICR, cpu->mpidr, cfg->gicr[0].start);
}

int gicv3_probe(const struct cl_gic *cfg, struct error *err)
{
	int ret = probe_distributor(cfg, err);

	for (u32 i = 0; !ret && i < nr_cpus; i++)
		ret = probe_redistributor(cfg, &cpus[i], err);
	/* PIDR2 is in a page that is not mapped; ArchRev is the distributor's */
	gic.gicr_pidr2 = gic.gicd_pidr2;
	cells[ROOT_CELL_ID]->arch.gicd_ctlr = GICD_CTLR_ENABLE_G1A;
	return ret;
}
