// SPDX-License-Identifier: GPL-2.0-only
/* What arch.h asks of interrupts, whichever GIC there is. */
#include <arch.h>
#include <cell.h>
#include <direct.h>
#include <gic.h>
#include <sysreg.h>

struct gic gic;
spinlock_t gicd_config_lock;
const struct gic_ops *gic_ops;

void gic_choose(const struct cl_gic *cfg)
{
	gic_ops = cfg->version == 2 ? &gicv2_ops : &gicv3_ops;
	if (gic_ops->map)
		gic_ops->map(cfg);
}

static u8 *const gicd = (u8 *)VA_GICD;
static u32 spi_config[64];

void gicd_save_config(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(spi_config); i++)
		spi_config[i] = mmio_read32(gicd + GICD_ICFGR + i * 4);
}

void gicd_reset_config(u32 spi)
{
	u8 *reg = gicd + GICD_ICFGR + spi / 16 * 4;
	u32 mask = 3u << spi % 16 * 2;

	spin_lock(&gicd_config_lock);
	mmio_write32(reg, (mmio_read32(reg) & ~mask) | (spi_config[spi / 16] & mask));
	spin_unlock(&gicd_config_lock);
}

void arch_kick(struct cpu *cpu)
{
	if (cpu->cell->arch.direct)
		direct_kick(cpu);
	else
		gic_ops->kick(cpu);
}

/* An interrupt is not lost, and what the CPU does at EL2 has an end */
void arch_kick_again(struct cpu *cpu)
{
	if (cpu->cell->arch.direct)
		direct_kick_again(cpu);
}

/*
 * A CPU leaves root: no SPI of root may still be sent there, whatever root wrote
 * into its route. Called on another CPU of root, which gets them.
 */
void arch_cpu_assign(struct cpu *cpu)
{
	gic_ops->leave_cpu(cpu);
}

void arch_spi_assign(struct cell *cell, u32 spi)
{
	gic_ops->reset_spi(cell, spi);
}

u32 arch_max_spi(void)
{
	return gic.max_intid;
}
