// SPDX-License-Identifier: GPL-2.0-only
/* What must be so on any machine at any time, see check_machine(). */
#include "reach.h"

/* Does a region with all of @flags cover the page? */
static bool has_page(const struct cell *cell, u64 pa, u64 flags)
{
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *m = &cell->config.mem[i];

		if ((m->flags & flags) == flags && !(m->flags & (CL_MEM_COMM | CL_MEM_ALLOC)) &&
		    pa >= m->phys_start && pa - m->phys_start < m->size)
			return true;
	}
	return false;
}

static void check_pair(const struct cell *a, const struct reach *ra, const struct cell *b,
		       const struct reach *rb)
{
	for (u32 i = 0; i < ra->n; i++) {
		for (u32 j = 0; j < rb->n; j++) {
			const struct range *x = &ra->range[i], *y = &rb->range[j];
			u64 from = MAX(x->pa, y->pa);
			u64 to = MIN(x->pa + x->size, y->pa + y->size);

			for (u64 pa = from; pa < to; pa += PAGE_SIZE) {
				if (has_page(b, pa, CL_MEM_ROOTSHARED) &&
				    (cell_is_root(a) || has_page(a, pa, CL_MEM_ROOTSHARED)))
					continue;
				if (cell_is_root(a) && b->loadable && !cell_is_running(b) &&
				    has_page(b, pa, CL_MEM_LOADABLE))
					continue;
				fail_msg("cells %u and %u both reach 0x%llx", a->id, b->id,
					 (unsigned long long)pa);
			}
		}
	}
}

static void check_hypervisor_memory(const struct cell *cell, const struct reach *r)
{
	const struct cl_range *hv = &cells[ROOT_CELL_ID]->config.system->hypervisor_memory;

	for (u32 i = 0; i < r->n; i++) {
		const struct range *x = &r->range[i];

		if (!ranges_overlap(x->pa, x->size, hv->start, hv->size))
			continue;
		if (cell->comm && x->size == PAGE_SIZE && x->ipa == cell->comm_ipa &&
		    x->pa == pool_v2p(&frame_pool, cell->comm).v &&
		    !(x->attr & (REACH_X | REACH_DEVICE | REACH_NC)))
			continue;
		fail_msg("cell %u reaches hypervisor memory at 0x%llx", cell->id,
			 (unsigned long long)x->pa);
	}
}

/* Nobody reaches the interrupt controller but through the hypervisor: what there is
 * of a GICv2 has the places of redistributors
 */
static void check_gic(const struct cell *cell, const struct reach *r)
{
	const struct cl_gic *gic = &cells[ROOT_CELL_ID]->config.system->gic;
	u64 dist = gic->version == 2 ? 4 * KiB : 64 * KiB;

	for (u32 i = 0; i < r->n; i++) {
		const struct range *x = &r->range[i];
		bool meets = ranges_overlap(x->pa, x->size, gic->gicd_base, dist) ||
			     ranges_overlap(x->ipa, x->size, gic->gicd_base, dist);

		for (u32 k = 0; k < CL_MAX_GICR_REGIONS; k++) {
			const struct cl_range *g = &gic->gicr[k];

			meets |= g->size && (ranges_overlap(x->pa, x->size, g->start, g->size) ||
					     ranges_overlap(x->ipa, x->size, g->start, g->size));
		}
		if (meets)
			fail_msg("cell %u reaches the GIC at 0x%llx", cell->id,
				 (unsigned long long)x->ipa);
	}
}

static bool names_spi(const struct cell *cell, u32 spi)
{
	for (u32 i = 0; i < cell->config.nr_spis; i++) {
		if (cell->config.spis[i] == spi)
			return true;
	}
	return false;
}

/* Each interrupt and each CPU is one cell's: the one whose config names it, or root's */
static void check_owners(void)
{
	for (u32 spi = 32; spi < 1020; spi++) {
		u32 owner = ROOT_CELL_ID, owners = 0;

		for (u32 i = 0; i < CL_MAX_CELLS; i++) {
			if (!cells[i])
				continue;
			owners += cell_owns_spi(cells[i], spi) ? 1 : 0;
			if (i != ROOT_CELL_ID && names_spi(cells[i], spi))
				owner = i;
		}
		assert_int_equal(owners, 1);
		assert_true(cell_owns_spi(cells[owner], spi));
	}
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		u32 owner = ROOT_CELL_ID;

		for (u32 i = 1; i < CL_MAX_CELLS; i++) {
			for (u32 k = 0; cells[i] && k < cells[i]->config.nr_cpus; k++)
				owner = cells[i]->config.cpus[k] == cpu ? i : owner;
		}
		assert_ptr_equal(cpus[cpu].cell, cells[owner]);
	}
}

/* One bit for each page of a pool, in a power of two of frames */
static u64 bitmap_frames(u64 bytes)
{
	u64 frames = 1;

	while (frames * PAGE_SIZE * 8 * PAGE_SIZE < bytes)
		frames *= 2;
	return frames;
}

/* Those that are no tables */
static u64 other_frames(void)
{
	u64 frames = 0;

	for (u32 i = 0; i < CL_MAX_CELLS; i++) {
		const struct cell *cell = cells[i];

		if (!cell)
			continue;
		frames += 1 + cell->blob_pages + cell->area_pages + cell->arch_pages +
			  cell->s2.pt.nr_spare;
		frames += cell->comm ? 1 : 0;
		frames += cell->console ? CONSOLE_PAGES : 0;
	}
	for (u32 i = 0; i < cells[ROOT_CELL_ID]->config.nr_pools; i++)
		frames += bitmap_frames(cells[ROOT_CELL_ID]->config.pools[i].size);
	return frames;
}

u64 frames_in_use(void)
{
	static struct reach r;

	reach_tables = 0;
	for (u32 i = 0; i < CL_MAX_CELLS; i++) {
		if (cells[i])
			reach_read(cells[i], &r);
	}
	return other_frames() + reach_tables;
}

/*
 * GICv2: everybody has the virtual CPU interface, each CPU its own of it, where the
 * physical one is; all of it and nothing else. In direct mode it is the first half
 * of the physical one. Goes out of @r.
 */
static void check_gicc(const struct cell *cell, struct reach *r)
{
	const struct cl_gic *gic = &cells[ROOT_CELL_ID]->config.system->gic;
	bool direct = cell->config.cell->irq_mode == CL_IRQ_DIRECT;
	u64 there = 0;
	u32 n = 0;

	if (gic->version != 2)
		return;
	reach_split(r, gic->gicc.start);
	reach_split(r, gic->gicc.start + gic->gicc.size);
	for (u32 i = 0; i < r->n; i++) {
		const struct range *x = &r->range[i];

		if (!range_within(x->ipa, x->size, gic->gicc.start, gic->gicc.size)) {
			r->range[n++] = *x;
			continue;
		}
		assert_int_equal(x->pa - x->ipa, direct ? 0 : gic->gicv.start - gic->gicc.start);
		assert_int_equal(x->attr, REACH_R | REACH_W | REACH_DEVICE);
		there += x->size;
	}
	r->n = n;
	reach_sort(r);
	assert_int_equal(there, direct ? gic->gicc.size / 2 : gic->gicc.size);
}

/*
 * Memory of pools: every page of it lies in its pool, and there is all of it unless
 * it is lazy. Goes out of @r, so that what is left has known addresses.
 */
static void check_pool_memory(const struct cell *cell, struct reach *r)
{
	const struct config *sys = &cells[ROOT_CELL_ID]->config;

	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *m = &cell->config.mem[i];
		u64 there = 0;
		u32 n = 0;

		if (!(m->flags & CL_MEM_ALLOC))
			continue;
		reach_split(r, m->virt_start);
		reach_split(r, m->virt_start + m->size);
		for (u32 j = 0; j < r->n; j++) {
			const struct range *x = &r->range[j];

			if (!ranges_overlap(x->ipa, x->size, m->virt_start, m->size)) {
				r->range[n++] = *x;
				continue;
			}
			assert_true(range_within(x->ipa, x->size, m->virt_start, m->size));
			assert_true(range_within(x->pa, x->size, sys->pools[m->pool].start,
						 sys->pools[m->pool].size));
			assert_int_equal(x->attr, reach_attr(m));
			there += x->size;
		}
		r->n = n;
		/* On its way back to the pool it is no more there */
		if ((m->flags & CL_MEM_LAZY) || cell_state(cell) == CL_CELL_DESTROYING)
			assert_true(there <= m->size);
		else
			assert_int_equal(there, m->size);
	}
	reach_sort(r);
}

void check_machine(void)
{
	static struct reach reach[CL_MAX_CELLS], expected;

	reach_tables = 0;
	for (u32 i = 0; i < CL_MAX_CELLS; i++) {
		static struct reach fixed;

		if (!cells[i])
			continue;
		reach_read(cells[i], &reach[i]);
		check_gicc(cells[i], &reach[i]);
		reach_expect(cells[i], &expected);
		fixed = reach[i];
		check_pool_memory(cells[i], &fixed);
		assert_same_reach(&fixed, &expected);
		check_hypervisor_memory(cells[i], &reach[i]);
		check_gic(cells[i], &reach[i]);
		for (u32 j = 0; j < i; j++) {
			if (cells[j])
				check_pair(cells[j], &reach[j], cells[i], &reach[i]);
		}
	}
	check_owners();
	assert_int_equal(other_frames() + reach_tables, pool_used(&frame_pool));
}
