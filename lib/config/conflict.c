// SPDX-License-Identifier: GPL-2.0-only
/* The rules that several cells must meet together. */
#include <config/internal.h>

#define CONFLICT(rule, a, cell, index) \
	refuse(err, -CL_EBUSY, CL_RULE_##rule, (a), (u64)(index) << CL_ERROR_INDEX_SHIFT | (cell))

static int check_cpus(const struct config *cfg, const struct config *other, u32 id,
		      struct error *err)
{
	u32 i, j;

	for (i = 0; i < cfg->nr_cpus; i++) {
		for (j = 0; j < other->nr_cpus; j++) {
			if (cfg->cpus[i] == other->cpus[j])
				return CONFLICT(CPU_TAKEN, cfg->cpus[i], id, j);
		}
	}
	return 0;
}

static int check_spis(const struct config *cfg, const struct config *other, u32 id,
		      struct error *err)
{
	u32 i, j;

	for (i = 0; i < cfg->nr_spis; i++) {
		for (j = 0; j < other->nr_spis; j++) {
			if (cfg->spis[i] == other->spis[j])
				return CONFLICT(SPI_TAKEN, cfg->spis[i], id, j);
		}
	}
	return 0;
}

static int check_pci(const struct config *cfg, const struct config *other, u32 id,
		     struct error *err)
{
	u32 i, j;

	/* There is one domain */
	for (i = 0; i < cfg->nr_pci; i++) {
		for (j = 0; j < other->nr_pci; j++) {
			if (cfg->pci[i].bdf == other->pci[j].bdf)
				return CONFLICT(PCI_TAKEN, cfg->pci[i].bdf, id, j);
		}
	}
	return 0;
}

static int check_memory(const struct config *cfg, const struct config *other, u32 id,
			struct error *err)
{
	u32 i, j;

	for (i = 0; i < cfg->nr_mem; i++) {
		const struct cl_mem_region *a = &cfg->mem[i];

		for (j = 0; j < other->nr_mem; j++) {
			const struct cl_mem_region *b = &other->mem[j];

			if (!mem_has_address(a) || !mem_has_address(b))
				continue;
			/* Shared by all that name it, if each of them says so */
			if (a->flags & b->flags & CL_MEM_ROOTSHARED)
				continue;
			if (ranges_overlap(a->phys_start, a->size, b->phys_start, b->size))
				return CONFLICT(MEM_TAKEN, i, id, j);
		}
	}
	return 0;
}

static int check_pair(const struct config *cfg, const struct config *other, u32 id,
		      struct error *err)
{
	int ret;

	if (name_equal(cfg->cell->name, other->cell->name))
		return refuse(err, -CL_EEXIST, CL_RULE_CELL_NAME_TAKEN, id, 0);
	/* Its CPUs are MPIDRs, and its memory is what cells are made of */
	if (other->system)
		return 0;
	ret = check_cpus(cfg, other, id, err);
	if (!ret)
		ret = check_spis(cfg, other, id, err);
	if (!ret)
		ret = check_pci(cfg, other, id, err);
	if (!ret)
		ret = check_memory(cfg, other, id, err);
	return ret;
}

/* What the first @count regions take of a pool when their cell is created */
static u64 taken_from(const struct config *cfg, u64 pool, u32 count)
{
	u64 bytes = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		const struct cl_mem_region *r = &cfg->mem[i];

		if ((r->flags & CL_MEM_ALLOC) && !(r->flags & CL_MEM_LAZY) && r->pool == pool)
			bytes += r->size;
	}
	return bytes;
}

static int check_pools(const struct config *cfg, const struct config *const *cells, u32 count,
		       struct error *err)
{
	u32 i, j;

	for (i = 0; i < cfg->nr_mem; i++) {
		const struct cl_mem_region *r = &cfg->mem[i];
		u64 left;

		if (!(r->flags & CL_MEM_ALLOC) || (r->flags & CL_MEM_LAZY))
			continue;
		left = cells[0]->pools[r->pool].size - taken_from(cfg, r->pool, i);
		for (j = 1; j < count; j++)
			left -= cells[j] ? taken_from(cells[j], r->pool, cells[j]->nr_mem) : 0;
		if (r->size > left)
			return refuse(err, -CL_ENOMEM, CL_RULE_POOL_EMPTY, i, left);
	}
	return 0;
}

int config_check_beside(const struct config *cfg, const struct config *const *cells, u32 count,
			struct error *err)
{
	u32 cpus = cfg->nr_cpus, i;
	int ret = 0;

	for (i = 0; !ret && i < count; i++) {
		if (!cells[i])
			continue;
		ret = check_pair(cfg, cells[i], i, err);
		cpus += i ? cells[i]->nr_cpus : 0;
	}
	if (ret || !cells[0])
		return ret;
	if (cpus >= cells[0]->nr_cpus)
		return REFUSE(CPU_LAST, 0, 0);
	return check_pools(cfg, cells, count, err);
}

int config_check_supported(const struct config *cfg, struct error *err)
{
	if (cfg->nr_pci)
		return refuse(err, -CL_EOPNOTSUPP, CL_RULE_PCI_UNSUPPORTED, cfg->nr_pci, 0);
	if (cfg->nr_iommus)
		return refuse(err, -CL_EOPNOTSUPP, CL_RULE_IOMMU_UNSUPPORTED, cfg->nr_iommus, 0);
	return 0;
}
