// SPDX-License-Identifier: GPL-2.0-only
/* The rules without which no sum of addresses is safe: for systems and cells. */
#include <config/internal.h>

#define KNOWN_FLAGS                                                                           \
	(CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_DMA | CL_MEM_IO | CL_MEM_COMM | \
	 CL_MEM_LOADABLE | CL_MEM_ROOTSHARED | CL_MEM_ASSIGNABLE | CL_MEM_NONCACHEABLE |      \
	 CL_MEM_ALLOC | CL_MEM_LAZY | CL_IO_WIDTHS)

/* A device is neither code nor a place for images */
#define NO_IO_FLAGS (CL_MEM_EXECUTE | CL_MEM_LOADABLE | CL_MEM_COMM)

/* Nor can a part of a page be mapped, for anybody */
#define NO_SUBPAGE_FLAGS (CL_MEM_DMA | CL_MEM_NONCACHEABLE)

/* Frames of a pool have no fixed address that root or a device could be told of */
#define POOL_FLAGS (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_ALLOC | CL_MEM_LAZY)

static int check_flags(u64 flags, u32 i, struct error *err)
{
	if (flags & ~KNOWN_FLAGS)
		return REFUSE(MEM_FLAGS, i, flags & ~KNOWN_FLAGS);
	if (!(flags & (CL_MEM_READ | CL_MEM_WRITE)))
		return REFUSE(MEM_NO_ACCESS, i, flags);
	if ((flags & CL_MEM_IO) && (flags & NO_IO_FLAGS))
		return REFUSE(MEM_IO_FLAGS, i, flags);
	if ((flags & CL_IO_WIDTHS) && (!(flags & CL_MEM_IO) || (flags & NO_SUBPAGE_FLAGS)))
		return REFUSE(MEM_WIDTHS, i, flags);
	if ((flags & (CL_MEM_ALLOC | CL_MEM_LAZY)) &&
	    (!(flags & CL_MEM_ALLOC) || (flags & ~POOL_FLAGS)))
		return REFUSE(POOL_FLAGS, i, flags);
	return 0;
}

static int check_place(const struct cl_mem_region *r, u64 phys, u32 i, struct error *err)
{
	if (mem_is_subpage(r)) {
		if (r->size > KIB_4 || phys % KIB_4 + r->size > KIB_4 ||
		    !is_aligned(phys ^ r->virt_start, KIB_4))
			return REFUSE(MEM_SUBPAGE, i, phys);
		return 0;
	}
	if (!is_aligned(phys, KIB_4))
		return REFUSE(MEM_ALIGN, i, phys);
	if (!is_aligned(r->virt_start, KIB_4))
		return REFUSE(MEM_ALIGN, i, r->virt_start);
	if (!is_aligned(r->size, KIB_4))
		return REFUSE(MEM_ALIGN, i, r->size);
	return 0;
}

static int check_region(const struct cl_mem_region *r, u32 i, unsigned int pa_bits,
			struct error *err)
{
	/* Instead of an address, memory of a pool has the pool's number */
	u64 phys = r->flags & CL_MEM_ALLOC ? 0 : r->phys_start;
	int ret = check_place(r, phys, i, err);

	if (ret)
		return ret;
	if (!r->size)
		return REFUSE(MEM_EMPTY, i, 0);
	if (beyond(phys, r->size, pa_bits))
		return REFUSE(MEM_WRAP, i, phys);
	if (beyond(r->virt_start, r->size, pa_bits))
		return REFUSE(MEM_WRAP, i, r->virt_start);
	return check_flags(r->flags, i, err);
}

static int check_regions(const struct config *cfg, unsigned int pa_bits, struct error *err)
{
	u32 i, j;

	for (i = 0; i < cfg->nr_mem; i++) {
		const struct cl_mem_region *a = &cfg->mem[i];
		int ret = check_region(a, i, pa_bits, err);

		if (ret)
			return ret;
		for (j = 0; j < i; j++) {
			const struct cl_mem_region *b = &cfg->mem[j];

			if (ranges_overlap(a->virt_start, a->size, b->virt_start, b->size))
				return REFUSE(MEM_OVERLAP_VIRT, j, i);
			if (mem_has_address(a) && mem_has_address(b) &&
			    ranges_overlap(a->phys_start, a->size, b->phys_start, b->size))
				return REFUSE(MEM_OVERLAP_PHYS, j, i);
		}
	}
	return 0;
}

static int check_hypervisor_memory(const struct cl_range *hv, unsigned int pa_bits,
				   struct error *err)
{
	if (!is_aligned(hv->start, MIB_2) || !is_aligned(hv->size, MIB_2) || !hv->size)
		return REFUSE(HV_MEM_ALIGN, hv->start, hv->size);
	if (hv->start < CL_HV_MEM_LOWEST)
		return REFUSE(HV_MEM_LOW, hv->start, CL_HV_MEM_LOWEST);
	if (beyond(hv->start, hv->size, pa_bits))
		return REFUSE(CPU_PA_RANGE, hv->start, pa_bits);
	return 0;
}

static int check_pool(const struct cl_range *p, u32 i, unsigned int pa_bits, struct error *err)
{
	if (!is_aligned(p->start, MIB_2))
		return REFUSE(POOL_ALIGN, i, p->start);
	if (!is_aligned(p->size, MIB_2) || !p->size)
		return REFUSE(POOL_ALIGN, i, p->size);
	if (beyond(p->start, p->size, pa_bits))
		return REFUSE(POOL_RANGE, i, p->start);
	if (p->size > CL_POOL_MAX_SIZE)
		return REFUSE(POOL_SIZE, i, p->size);
	return 0;
}

int config_check_addresses(const struct config *cfg, unsigned int pa_bits, struct error *err)
{
	int ret = 0;
	u32 i;

	if (cfg->system)
		ret = check_hypervisor_memory(&cfg->system->hypervisor_memory, pa_bits, err);
	if (!ret)
		ret = check_regions(cfg, pa_bits, err);
	for (i = 0; !ret && i < cfg->nr_pools; i++)
		ret = check_pool(&cfg->pools[i], i, pa_bits, err);
	return ret;
}

const struct cl_mem_region *config_comm_region(const struct config *cfg)
{
	u32 i;

	for (i = 0; i < cfg->nr_mem; i++) {
		if (cfg->mem[i].flags & CL_MEM_COMM)
			return &cfg->mem[i];
	}
	return NULL;
}
