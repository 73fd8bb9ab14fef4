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

u32 reach_tables;

/* A table must be a frame of the pool, and in use */
static const u64 *table_at(u64 pa)
{
	u64 frame = (pa - frame_pool.base.v) / PAGE_SIZE;

	assert_true(pa >= frame_pool.base.v && frame < frame_pool.nr);
	assert_true(frame >= frame_pool.own);
	assert_true(frame_pool.map[frame / 64] & BIT(frame % 64));
	reach_tables++;
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

u32 reach_attr(const struct cl_mem_region *m)
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

void reach_sort(struct reach *r)
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
		add(r, m->virt_start, pa, m->size, reach_attr(m));
	}
	if (cell_is_root(cell))
		expect_root(cell, r);
	reach_sort(r);
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

void reach_split(struct reach *r, u64 ipa)
{
	for (u32 i = 0; i < r->n; i++) {
		struct range x = r->range[i];

		if (ipa <= x.ipa || ipa >= x.ipa + x.size)
			continue;
		r->range[i].size = ipa - x.ipa;
		add(r, ipa, x.pa + (ipa - x.ipa), x.ipa + x.size - ipa, x.attr);
		return;
	}
}
