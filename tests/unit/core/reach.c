// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "reach.h"

static void append(struct reach *r, struct range x)
{
	struct range *last = r->n ? &r->range[r->n - 1] : NULL;

	if (last && last->ipa + last->size == x.ipa && last->pa + last->size == x.pa &&
	    last->attr == x.attr) {
		last->size += x.size;
		return;
	}
	assert_true(r->n < MAX_RANGES);
	r->range[r->n++] = x;
}

/* Arm ARM D8.3.2, D8.6.5: stage 2 leaf attributes, HCR_EL2.FWB = 0 */
static u32 decode(u64 desc)
{
	u32 attr = 0;

	if (desc & BIT(6))
		attr |= REACH_R;
	if (desc & BIT(7))
		attr |= REACH_W;
	switch (desc >> 53 & 3) {
	case 0:
		attr |= REACH_X;
		break;
	case 2:
		break;
	default:
		fail_msg("execute permission for one exception level only");
	}
	switch (desc >> 2 & 15) {
	case 15: /* Normal, inner and outer write-back */
		break;
	case 5: /* Normal, inner and outer non-cacheable */
		attr |= REACH_NC;
		break;
	case 1: /* Device-nGnRE */
		attr |= REACH_DEVICE;
		break;
	default:
		fail_msg("memory type %u", (u32)(desc >> 2 & 15));
	}
	if (!(desc & BIT(10)))
		fail_msg("a leaf without the access flag");
	/* Inner shareable; of devices it is ignored, and left 0. The rest is reserved, or
	 * means something with features that are not used.
	 */
	if ((desc >> 8 & 3) != (attr & REACH_DEVICE ? 0 : 3))
		fail_msg("shareability %u", (u32)(desc >> 8 & 3));
	if (desc & ~(MASK(54, 52) | MASK(47, 12) | MASK(10, 0)))
		fail_msg("a leaf with strange bits: 0x%llx", (unsigned long long)desc);
	return attr;
}

static u32 tables_seen;

/* A table must be a frame of the pool, and in use */
static const u64 *table_at(u64 pa)
{
	u64 frame = (pa - frame_pool.base.v) / PAGE_SIZE;

	assert_true(pa >= frame_pool.base.v && frame < frame_pool.nr);
	assert_true(frame >= frame_pool.own);
	assert_true(frame_pool.map[frame / 64] & BIT(frame % 64));
	tables_seen++;
	return host_ram(pa);
}

/* Arm ARM D8.6.1: 16 descriptors, aligned, that say the same of adjacent memory */
static void check_contiguous(const u64 *table, u32 i, u64 span)
{
	const u64 *first = &table[i & ~15u];

	if (!(table[i] & BIT(52)))
		return;
	assert_true(IS_ALIGNED(*first & MASK(47, 12), 16 * span));
	for (u32 k = 0; k < 16; k++)
		assert_true(first[k] == *first + k * span);
}

static void read_table(struct reach *r, u64 pa, u32 entries, u32 level, u64 ipa)
{
	u64 span = BIT(12 + 9 * (3 - level));

	for (u32 page = 0; page < (entries + 511) / 512; page++) {
		const u64 *table = table_at(pa + page * PAGE_SIZE);

		for (u32 i = 0; i < MIN(entries, 512); i++, ipa += span) {
			u64 next = table[i] & MASK(47, 12);

			if (!(table[i] & 1))
				continue;
			if (level < 3 && (table[i] & 2)) {
				assert_true(!(table[i] & ~(MASK(47, 12) | 3)));
				read_table(r, next, 512, level + 1, ipa);
				continue;
			}
			assert_true(level == 3 ? (table[i] & 2) != 0 : level > 0);
			assert_true(IS_ALIGNED(next, span));
			check_contiguous(table, i, span);
			append(r, (struct range){ ipa, next, span, decode(table[i]) });
		}
	}
}

void reach_read(const struct cell *cell, struct reach *r)
{
	const struct pt *pt = &cell->s2.pt;
	u32 shift = 12 + 9 * (3 - pt->root_level);

	r->n = 0;
	read_table(r, pool_v2p(&frame_pool, pt->root).v, 1u << (pt->ipa_bits - shift),
		   pt->root_level, 0);
}

static u32 attr_of(const struct cl_mem_region *m)
{
	u32 attr = 0;

	if (m->flags & CL_MEM_READ)
		attr |= REACH_R;
	if (m->flags & CL_MEM_WRITE)
		attr |= REACH_W;
	if (m->flags & CL_MEM_EXECUTE)
		attr |= REACH_X;
	if (m->flags & CL_MEM_NONCACHEABLE)
		attr |= REACH_NC;
	else if (m->flags & CL_MEM_IO)
		attr |= REACH_DEVICE;
	return attr;
}

static int by_ipa(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->ipa < y->ipa ? -1 : x->ipa > y->ipa;
}

static void sort(struct reach *r)
{
	struct reach sorted = { .n = 0 };

	qsort(r->range, r->n, sizeof(r->range[0]), by_ipa);
	for (u32 i = 0; i < r->n; i++)
		append(&sorted, r->range[i]);
	*r = sorted;
}

static void add(struct reach *r, u64 ipa, u64 pa, u64 size, u32 attr)
{
	assert_true(r->n < MAX_RANGES);
	r->range[r->n++] = (struct range){ ipa, pa, size, attr };
}

/* Takes [start, start + size) out of root's ranges */
static void take(struct reach *r, u64 start, u64 size)
{
	u64 end = start + size;

	for (u32 i = 0; i < r->n; i++) {
		struct range x = r->range[i];

		if (!ranges_overlap(x.ipa, x.size, start, size))
			continue;
		r->range[i--] = r->range[--r->n];
		if (x.ipa < start)
			add(r, x.ipa, x.pa, start - x.ipa, x.attr);
		if (x.ipa + x.size > end)
			add(r, end, end, x.ipa + x.size - end, x.attr);
	}
}

static bool takes_away(const struct cl_mem_region *m)
{
	return !(m->flags & (CL_MEM_COMM | CL_MEM_ROOTSHARED | CL_MEM_ALLOC));
}

static void expect_root(const struct cell *root, struct reach *r)
{
	const struct cl_pci *pci = &root->config.system->pci;

	if (pci->mmconfig_base)
		add(r, pci->mmconfig_base, pci->mmconfig_base, (pci->end_bus + 1ull) << 20,
		    REACH_R | REACH_W | REACH_DEVICE);
	for (u32 id = 1; id < CL_MAX_CELLS; id++) {
		const struct cell *cell = cells[id];

		for (u32 i = 0; cell && i < cell->config.nr_mem; i++) {
			const struct cl_mem_region *m = &cell->config.mem[i];

			if (!takes_away(m))
				continue;
			if (m->flags & CL_IO_WIDTHS)
				take(r, ALIGN_DOWN(m->phys_start, PAGE_SIZE), PAGE_SIZE);
			else
				take(r, m->phys_start, m->size);
			if (cell->loadable && (m->flags & CL_MEM_LOADABLE))
				add(r, m->phys_start, m->phys_start, m->size, REACH_R | REACH_W);
		}
	}
}

void reach_expect(const struct cell *cell, struct reach *r)
{
	r->n = 0;
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *m = &cell->config.mem[i];
		u64 pa = m->phys_start;

		if (m->flags & (CL_MEM_ALLOC | CL_IO_WIDTHS))
			continue;
		if (m->flags & CL_MEM_COMM)
			pa = pool_v2p(&frame_pool, cell->comm).v;
		add(r, m->virt_start, pa, m->size, attr_of(m));
	}
	if (cell_is_root(cell))
		expect_root(cell, r);
	sort(r);
}

static bool same(const struct range *a, const struct range *b)
{
	return a->ipa == b->ipa && a->pa == b->pa && a->size == b->size && a->attr == b->attr;
}

void assert_same_reach(const struct reach *a, const struct reach *b)
{
	for (u32 i = 0; i < a->n && i < b->n; i++) {
		if (!same(&a->range[i], &b->range[i]))
			fail_msg("0x%llx -> 0x%llx, 0x%llx bytes, attributes %x; but 0x%llx -> "
				 "0x%llx, 0x%llx bytes, attributes %x",
				 (unsigned long long)a->range[i].ipa,
				 (unsigned long long)a->range[i].pa,
				 (unsigned long long)a->range[i].size, a->range[i].attr,
				 (unsigned long long)b->range[i].ipa,
				 (unsigned long long)b->range[i].pa,
				 (unsigned long long)b->range[i].size, b->range[i].attr);
	}
	assert_int_equal(a->n, b->n);
}

bool reaches_page(const struct cell *cell, u64 pa)
{
	static struct reach r;

	reach_read(cell, &r);
	for (u32 i = 0; i < r.n; i++) {
		if (pa >= r.range[i].pa && pa - r.range[i].pa < r.range[i].size)
			return true;
	}
	return false;
}

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

/* Nobody reaches the interrupt controller but through the hypervisor */
static void check_gic(const struct cell *cell, const struct reach *r)
{
	const struct cl_gic *gic = &cells[ROOT_CELL_ID]->config.system->gic;

	for (u32 i = 0; i < r->n; i++) {
		const struct range *x = &r->range[i];
		bool meets = ranges_overlap(x->pa, x->size, gic->gicd_base, 64 * KiB) ||
			     ranges_overlap(x->ipa, x->size, gic->gicd_base, 64 * KiB);

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

	tables_seen = 0;
	for (u32 i = 0; i < CL_MAX_CELLS; i++) {
		if (cells[i])
			reach_read(cells[i], &r);
	}
	return other_frames() + tables_seen;
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
		for (u32 j = 0; j < r->n; j++) {
			const struct range *x = &r->range[j];

			if (!ranges_overlap(x->ipa, x->size, m->virt_start, m->size)) {
				r->range[n++] = *x;
				continue;
			}
			assert_true(range_within(x->ipa, x->size, m->virt_start, m->size));
			assert_true(range_within(x->pa, x->size, sys->pools[m->pool].start,
						 sys->pools[m->pool].size));
			assert_int_equal(x->attr, attr_of(m));
			there += x->size;
		}
		r->n = n;
		/* On its way back to the pool it is no more there */
		if ((m->flags & CL_MEM_LAZY) || cell_state(cell) == CL_CELL_DESTROYING)
			assert_true(there <= m->size);
		else
			assert_int_equal(there, m->size);
	}
}

void check_machine(void)
{
	static struct reach reach[CL_MAX_CELLS], expected;

	tables_seen = 0;
	for (u32 i = 0; i < CL_MAX_CELLS; i++) {
		static struct reach fixed;

		if (!cells[i])
			continue;
		reach_read(cells[i], &reach[i]);
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
	assert_int_equal(other_frames() + tables_seen, pool_used(&frame_pool));
}
