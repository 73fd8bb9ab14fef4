// SPDX-License-Identifier: GPL-2.0-only
#include <arch.h>
#include <inspect.h>
#include <lib.h>
#include <mm/pt_audit.h>
#include <mm/s1_walk.h>
#include <system.h>

/* Leaves that a query follows at most to find its limit */
#define MAX_STEPS 4096

static const struct cl_mem_region *region_at(const struct cell *cell, u64 ipa, u32 *index)
{
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];

		if (ipa >= r->virt_start && ipa - r->virt_start < r->size) {
			*index = i;
			return r;
		}
	}
	*index = ~0u;
	return NULL;
}

/* Bytes from @ipa on that go on as @leaf begins; @end: of the region */
static u64 contiguous(const struct cell *cell, u64 ipa, struct pt_leaf leaf, u64 end)
{
	u64 at = ALIGN_DOWN(ipa, leaf.size) + leaf.size;
	u64 pa = ALIGN_DOWN(leaf.pa.v, leaf.size) + leaf.size;
	struct pt_leaf next;

	for (u32 step = 0; step < MAX_STEPS && at < end; step++) {
		if (!pt_query(&cell->s2, IPA(at), &next) || next.pa.v != pa ||
		    next.perms != leaf.perms || next.type != leaf.type)
			break;
		at += next.size;
		pa += next.size;
	}
	return MIN(at, end) - ipa;
}

void inspect_address(struct cell *cell, u64 ipa, struct cl_translation *result)
{
	const struct cl_mem_region *r = region_at(cell, ipa, &result->region);
	struct pt_leaf leaf;

	result->cell = cell->id;
	result->ipa = ipa;
	if (r) {
		result->region_start = r->virt_start;
		result->region_size = r->size;
		result->region_flags = r->flags;
	}
	spin_lock(&cell->s2_lock);
	result->mapped = pt_query(&cell->s2, IPA(ipa), &leaf);
	if (result->mapped) {
		result->pa = leaf.pa.v;
		result->leaf_size = leaf.size;
		result->level = leaf.level;
		result->perms = leaf.perms;
		result->type = leaf.type;
		result->limit = contiguous(cell, ipa, leaf, r ? r->virt_start + r->size : ~0ull);
	}
	spin_unlock(&cell->s2_lock);
}

static int count_leaf(const struct pt_visit *visit, void *arg)
{
	struct cl_tables *result = arg;

	result->leaves[visit->level]++;
	result->mapped += visit->size;
	if (visit->desc & arch_stage2_format->contig)
		result->contiguous++;
	return 0;
}

static u64 all_of(const struct pt *pt)
{
	return pt->ipa_last + 1;
}

void inspect_tables(struct cell *cell, struct cl_tables *result)
{
	static const struct pt_visitor visitor = { .leaf = count_leaf };

	result->cell = cell->id;
	result->ipa_bits = cell->s2.ipa_bits;
	result->levels = 4u - cell->s2.root_level;
	result->regions = cell->config.nr_mem;
	spin_lock(&cell->s2_lock);
	result->pages = pt_pages(&cell->s2);
	result->worst_reads[0] = pt_worst_reads(&cell->s2, 3);
	result->worst_reads[1] = pt_worst_reads(&cell->s2, 4);
	pt_walk(&cell->s2, IPA(0), all_of(&cell->s2), &visitor, result);
	spin_unlock(&cell->s2_lock);
}

static bool found(struct cl_audit *result, u32 verdict, const struct cell *cell, u64 ipa, u64 pa)
{
	result->verdict = verdict;
	result->cell = cell->id;
	result->ipa = ipa;
	result->pa = pa;
	return false;
}

/* Does the table of @cell reach [start, end)? An empty range is not reached. */
static bool reaches(const struct cell *cell, u64 start, u64 end, u64 *ipa)
{
	ipaddr_t where;

	if (start >= end || !pt_reaches(&cell->s2, PA(start), end - start, &where))
		return false;
	*ipa = where.v;
	return true;
}

static bool audit_hypervisor(struct cl_audit *result, const struct cell *cell)
{
	const struct cl_system *sys = cells[ROOT_CELL_ID]->config.system;
	u64 start = sys->hypervisor_memory.start, end = start + sys->hypervisor_memory.size;
	u64 comm = cell->comm ? pool_v2p(&frame_pool, cell->comm).v : end;
	u64 ipa = 0;

	if (reaches(cell, start, comm, &ipa) || reaches(cell, comm + PAGE_SIZE, end, &ipa))
		return found(result, CL_AUDIT_HYPERVISOR, cell, ipa, 0);
	if (reaches(cell, sys->gic.gicd_base, sys->gic.gicd_base + 0x10000, &ipa))
		return found(result, CL_AUDIT_GIC, cell, ipa, sys->gic.gicd_base);
	for (u32 i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		const struct cl_range *r = &sys->gic.gicr[i];

		if (reaches(cell, r->start, r->start + r->size, &ipa))
			return found(result, CL_AUDIT_GIC, cell, ipa, r->start);
	}
	return true;
}

/* The tables of a cell, which change only as a whole, against its config */
static bool audit_regions(struct cl_audit *result, const struct cell *cell)
{
	static struct pt_region expected[CL_MAX_MEM_REGIONS];
	static const u32 verdicts[] = {
		[PT_HOLE] = CL_AUDIT_HOLE,
		[PT_EXTRA] = CL_AUDIT_EXTRA,
		[PT_OUTPUT] = CL_AUDIT_OUTPUT,
		[PT_ATTR] = CL_AUDIT_ATTR,
	};
	enum pt_verdict verdict;
	ipaddr_t where = IPA(0);

	if (cell_is_root(cell))
		return true;
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];

		expected[i] = (struct pt_region){
			.ipa = IPA(r->virt_start),
			.pa = PA(cell_region_pa(cell, r)),
			.size = r->size,
			.attr = cell_region_attr(r),
		};
	}
	verdict = pt_audit(&cell->s2, expected, cell->config.nr_mem, &where);
	if (verdict == PT_AS_IT_SHOULD)
		return true;
	return found(result, verdicts[verdict], cell, where.v, 0);
}

/* Memory that both configs share; what of a stopped cell root may load into */
static u32 shared_spans(const struct cell *a, const struct cell *b, struct pt_span *span)
{
	u32 n = 0;

	/* Root shares what @b says; two cells share what both say */
	for (u32 i = 0; i < b->config.nr_mem; i++) {
		const struct cl_mem_region *r = &b->config.mem[i];
		bool loadable = cell_is_root(a) && b->loadable && (r->flags & CL_MEM_LOADABLE);

		if ((r->flags & CL_MEM_ROOTSHARED) || loadable)
			span[n++] = (struct pt_span){ PA(r->phys_start), r->size };
	}
	return n;
}

static bool audit_pair(struct cl_audit *result, const struct cell *a, const struct cell *b)
{
	static struct pt_span span[CL_MAX_MEM_REGIONS];
	u32 n = shared_spans(a, b, span);
	paddr_t where = PA(0);

	if (pt_share(&a->s2, &b->s2, span, n, &where)) {
		result->other = b->id;
		return found(result, CL_AUDIT_SHARED, a, 0, where.v);
	}
	for (u32 i = 0; i < n && result->nr_shared < CL_AUDIT_MAX_SHARED; i++) {
		if (!pt_reaches(&a->s2, span[i].pa, span[i].size, NULL))
			continue;
		result->shared[result->nr_shared].pa = span[i].pa.v;
		result->shared[result->nr_shared].size = span[i].size;
		result->shared[result->nr_shared++].cells = BIT(a->id) | BIT(b->id);
	}
	return true;
}

void inspect_audit(struct cl_audit *result)
{
	for (u32 i = 0; i < CL_MAX_CELLS; i++) {
		struct cl_tables tables = { 0 };

		if (!cells[i])
			continue;
		inspect_tables(cells[i], &tables);
		for (u32 level = 0; level < ARRAY_SIZE(tables.leaves); level++)
			result->leaves += tables.leaves[level];
		if (!audit_hypervisor(result, cells[i]) || !audit_regions(result, cells[i]))
			return;
		for (u32 j = i + 1; j < CL_MAX_CELLS; j++) {
			if (cells[j] && !audit_pair(result, cells[i], cells[j]))
				return;
		}
	}
}
