// SPDX-License-Identifier: GPL-2.0-only
/* The rules that a system config must meet by itself. */
#include <config/internal.h>

/* Aff3 and Aff2..Aff0 of MPIDR_EL1 */
#define MPIDR_AFFINITY 0xff00ffffffull

bool touches_gic(const struct cl_system *s, u64 start, u64 size)
{
	u32 i;

	if (ranges_overlap(start, size, s->gic.gicd_base, gicd_size(&s->gic)))
		return true;
	/* Those of a GICv2 are the same ranges by another name */
	for (i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		const struct cl_range *r = &s->gic.gicr[i];

		if (r->size && ranges_overlap(start, size, r->start, r->size))
			return true;
	}
	return false;
}

/*
 * GICv2: guests get the pages of the virtual CPU interface in the place of those of
 * the CPU interface, so that nothing else may be in them.
 */
static int check_frames(const struct cl_gic *gic, unsigned int pa_bits, struct error *err)
{
	u32 i;

	for (i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		const struct cl_range *r = &gic->gicr[i];
		bool good = !(r->start | r->size);

		if (i < 3)
			good = is_aligned(r->start | r->size, KIB_4) && r->size &&
			       r->size <= KIB_128 && !beyond(r->start, r->size, pa_bits);
		/* gicc and gicv */
		if (i == 0 || i == 2)
			good = good && r->size == gic->gicc.size &&
			       (r->size == KIB_8 ||
				(r->size == KIB_128 && is_aligned(r->start, KIB_64)));
		if (!good)
			return REFUSE(GIC_FRAME, i, r->start);
	}
	return 0;
}

static int check_gicr(const struct cl_gic *gic, unsigned int pa_bits, struct error *err)
{
	u32 i;

	for (i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		const struct cl_range *r = &gic->gicr[i];

		if (r->size &&
		    (!is_aligned(r->start | r->size, KIB_64) || beyond(r->start, r->size, pa_bits)))
			return REFUSE(GIC_GICR_PLACE, i, r->start);
	}
	return 0;
}

static int check_gic(const struct cl_system *s, unsigned int pa_bits, struct error *err)
{
	const struct cl_gic *gic = &s->gic;
	u64 size = gicd_size(gic);
	u32 i, j;
	int ret;

	if (gic->version != 3 && gic->version != 2)
		return REFUSE(GIC_VERSION, gic->version, 3);
	if (gic->maintenance_irq < 16 || gic->maintenance_irq > 31)
		return REFUSE(GIC_MAINT_IRQ, gic->maintenance_irq, 0);
	if (!is_aligned(gic->gicd_base, size) || beyond(gic->gicd_base, size, pa_bits))
		return REFUSE(GIC_GICD_PLACE, gic->gicd_base, 0);
	ret = gic->version == 2 ? check_frames(gic, pa_bits, err) : check_gicr(gic, pa_bits, err);
	if (ret)
		return ret;
	for (i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		const struct cl_range *r = &gic->gicr[i];

		if (!r->size)
			continue;
		if (ranges_overlap(r->start, r->size, gic->gicd_base, size))
			return REFUSE(GIC_OVERLAP, i, gic->gicd_base);
		for (j = 0; j < i; j++) {
			if (gic->gicr[j].size &&
			    ranges_overlap(r->start, r->size, gic->gicr[j].start,
					   gic->gicr[j].size))
				return REFUSE(GIC_OVERLAP, i, gic->gicr[j].start);
		}
	}
	if (touches_gic(s, s->hypervisor_memory.start, s->hypervisor_memory.size))
		return REFUSE(GIC_HYPERVISOR, s->hypervisor_memory.start,
			      s->hypervisor_memory.size);
	return 0;
}

static int check_pci(const struct cl_system *s, unsigned int pa_bits, struct error *err)
{
	u64 start = s->pci.mmconfig_base, size;

	if (!start)
		return 0;
	if (!is_aligned(start, MIB_1))
		return REFUSE(PCI_MMCONFIG, start, s->pci.end_bus);
	if (s->pci.end_bus > 255)
		return REFUSE(PCI_MMCONFIG, start, s->pci.end_bus);
	size = mmconfig_size(s);
	if (beyond(start, size, pa_bits))
		return REFUSE(PCI_MMCONFIG, start, s->pci.end_bus);
	/* Root gets all of it */
	if (touches_hypervisor(s, start, size) || touches_gic(s, start, size))
		return REFUSE(PCI_OVERLAP, start, start + size - 1);
	return 0;
}

static int check_debug_console(const struct cl_system *s, unsigned int pa_bits, struct error *err)
{
	const struct cl_console *con = &s->debug_console;
	const struct uart *uart = config_uart(con);
	u64 page = con->address & ~(KIB_4 - 1);

	if (con->type != CL_CONSOLE_NONE && !uart)
		return REFUSE(CONSOLE_TYPE, con->type, 0);
	if (!uart_flags_possible(con, uart, CL_UART_LOG))
		return REFUSE(CONSOLE_FLAGS, con->flags, con->type);
	if (!uart)
		return 0;
	if (!is_aligned(con->address, uart_stride(con)) || beyond(page, KIB_4, pa_bits) ||
	    con->address - page + uart->size * uart_stride(con) > KIB_4)
		return REFUSE(CONSOLE_ALIGN, con->address, 0);
	/* The hypervisor maps all of the page */
	if (touches_hypervisor(s, page, KIB_4))
		return REFUSE(CONSOLE_HYPERVISOR, con->address, s->hypervisor_memory.start);
	if (touches_gic(s, page, KIB_4) || touches_mmconfig(s, page, KIB_4))
		return REFUSE(CONSOLE_DEVICE, con->address, 0);
	return 0;
}

/* Root cannot be asked, started or reset: two fields of its cell count only */
static int check_root_cell(const struct cl_cell *cell, u32 gic_version, struct error *err)
{
	struct cl_cell other = *cell;
	const u8 *bytes = (const u8 *)&other;
	u32 i;

	other.irq_mode = 0;
	for (i = sizeof(cell->name); i < sizeof(*cell); i++) {
		if (bytes[i])
			return REFUSE(ROOT_FIELD, i, bytes[i]);
	}
	if (cell->irq_mode > CL_IRQ_DIRECT_EOI)
		return REFUSE(CELL_IRQ_MODE, cell->irq_mode, 0);
	if (cell->irq_mode != CL_IRQ_VIRTUAL && gic_version != 3)
		return REFUSE(GIC_ROOT_DIRECT, cell->irq_mode, gic_version);
	return 0;
}

static int check_root_region(const struct cl_system *s, const struct cl_mem_region *r, u32 i,
			     struct error *err)
{
	if (r->flags &
	    (CL_MEM_COMM | CL_MEM_LOADABLE | CL_MEM_ROOTSHARED | CL_MEM_ALLOC | CL_IO_WIDTHS))
		return REFUSE(MEM_ROOT_FLAGS, i, r->flags);
	if (r->virt_start != r->phys_start)
		return REFUSE(MEM_NOT_IDENTITY, i, r->phys_start);
	if (touches_hypervisor(s, r->phys_start, r->size))
		return REFUSE(MEM_HYPERVISOR, i, r->phys_start);
	if (touches_gic(s, r->phys_start, r->size))
		return REFUSE(MEM_GIC, i, r->phys_start);
	if (touches_mmconfig(s, r->phys_start, r->size))
		return REFUSE(MEM_MMCONFIG, i, r->phys_start);
	if (!(r->flags & CL_MEM_IO) && touches_debug_console(s, r->phys_start, r->size))
		return REFUSE(MEM_CONSOLE, s->debug_console.address, i);
	return 0;
}

static int check_pool(const struct config *cfg, u32 i, struct error *err)
{
	const struct cl_system *s = cfg->system;
	const struct cl_range *p = &cfg->pools[i];
	u32 j;

	if (touches_hypervisor(s, p->start, p->size))
		return REFUSE(POOL_HYPERVISOR, i, p->start);
	if (touches_gic(s, p->start, p->size) || touches_mmconfig(s, p->start, p->size) ||
	    touches_debug_console(s, p->start, p->size))
		return REFUSE(POOL_DEVICE, i, p->start);
	for (j = 0; j < i; j++) {
		if (ranges_overlap(p->start, p->size, cfg->pools[j].start, cfg->pools[j].size))
			return REFUSE(POOL_OVERLAP, j, i);
	}
	for (j = 0; j < cfg->nr_mem; j++) {
		if (ranges_overlap(p->start, p->size, cfg->mem[j].phys_start, cfg->mem[j].size))
			return REFUSE(POOL_ROOT, i, j);
	}
	return 0;
}

static int check_iommu(const struct config *cfg, u32 i, unsigned int pa_bits, struct error *err)
{
	const struct cl_system *s = cfg->system;
	const struct cl_iommu *u = &cfg->iommus[i];
	u64 start = u->regs.start, size = u->regs.size;
	bool clash;
	u32 j;

	if (u->type != CL_IOMMU_SMMUV3)
		return REFUSE(IOMMU_TYPE, i, u->type);
	if (u->flags)
		return REFUSE(IOMMU_FLAGS, i, u->flags);
	if (!is_aligned(start | size, KIB_64) || !size || beyond(start, size, pa_bits))
		return REFUSE(IOMMU_PLACE, i, start);
	clash = touches_hypervisor(s, start, size) || touches_gic(s, start, size) ||
		touches_mmconfig(s, start, size) || touches_debug_console(s, start, size);
	for (j = 0; j < i; j++)
		clash |= ranges_overlap(start, size, cfg->iommus[j].regs.start,
					cfg->iommus[j].regs.size);
	for (j = 0; j < cfg->nr_pools; j++)
		clash |= ranges_overlap(start, size, cfg->pools[j].start, cfg->pools[j].size);
	for (j = 0; j < cfg->nr_mem; j++)
		clash |= ranges_overlap(start, size, cfg->mem[j].phys_start, cfg->mem[j].size);
	return clash ? REFUSE(IOMMU_OVERLAP, i, start) : 0;
}

static int check_cpus(const struct config *cfg, struct error *err)
{
	u32 i, j;

	if (cfg->system->gic.version == 2 && cfg->nr_cpus > CL_MAX_GICV2_CPUS)
		return REFUSE(GIC_CPUS, cfg->nr_cpus, CL_MAX_GICV2_CPUS);
	for (i = 0; i < cfg->nr_cpus; i++) {
		if (cfg->cpus[i] & ~MPIDR_AFFINITY)
			return REFUSE(CPU_MPIDR_BITS, i, cfg->cpus[i]);
		for (j = 0; j < i; j++) {
			if (cfg->cpus[i] == cfg->cpus[j])
				return REFUSE(CPU_MPIDR_TWICE, cfg->cpus[i], 0);
		}
	}
	return 0;
}

static int check_platform(const struct cl_system *s, unsigned int pa_bits, struct error *err)
{
	int ret = check_gic(s, pa_bits, err);

	if (!ret)
		ret = check_pci(s, pa_bits, err);
	if (!ret)
		ret = check_debug_console(s, pa_bits, err);
	if (!ret && s->flags & ~CL_SYSTEM_NO_MITIGATIONS)
		ret = REFUSE(SYSTEM_FLAGS, s->flags, 0);
	return ret;
}

int config_check_system(const struct config *cfg, unsigned int pa_bits, struct error *err)
{
	int ret = config_check_addresses(cfg, pa_bits, err);
	u32 i;

	if (!ret)
		ret = check_platform(cfg->system, pa_bits, err);
	if (!ret)
		ret = check_root_cell(cfg->cell, cfg->system->gic.version, err);
	if (!ret)
		ret = check_cpus(cfg, err);
	for (i = 0; !ret && i < cfg->nr_mem; i++)
		ret = check_root_region(cfg->system, &cfg->mem[i], i, err);
	for (i = 0; !ret && i < cfg->nr_pools; i++)
		ret = check_pool(cfg, i, err);
	for (i = 0; !ret && i < cfg->nr_iommus; i++)
		ret = check_iommu(cfg, i, pa_bits, err);
	return ret;
}
