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
		if (!pt_query(&cell->s2.pt, IPA(at), &next) || next.pa.v != pa ||
		    next.perms != leaf.perms || next.type != leaf.type)
			break;
		at += next.size;
		pa += next.size;
	}
	return MIN(at, end) - ipa;
}

void inspect_address_locked(struct cell *cell, u64 ipa, struct cl_translation *result)
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
	result->mapped = pt_query(&cell->s2.pt, IPA(ipa), &leaf);
	if (result->mapped) {
		result->pa = leaf.pa.v;
		result->leaf_size = leaf.size;
		result->level = leaf.level;
		result->perms = leaf.perms;
		result->type = leaf.type;
		result->limit = contiguous(cell, ipa, leaf, r ? r->virt_start + r->size : ~0ull);
	}
}

void inspect_address(struct cell *cell, u64 ipa, struct cl_translation *result)
{
	spin_lock(&cell->s2_lock);
	inspect_address_locked(cell, ipa, result);
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

/* Under the cell's lock */
static void read_tables(struct cell *cell, struct cl_tables *result)
{
	static const struct pt_visitor visitor = { .leaf = count_leaf };

	result->cell = cell->id;
	result->ipa_bits = cell->s2.pt.ipa_bits;
	result->levels = 4u - cell->s2.pt.root_level;
	result->regions = cell->config.nr_mem;
	result->frames = cell->s2.nr_frames;
	result->pages = pt_pages(&cell->s2.pt);
	result->worst_reads[0] = pt_worst_reads(&cell->s2.pt, 3);
	result->worst_reads[1] = pt_worst_reads(&cell->s2.pt, 4);
	pt_walk(&cell->s2.pt, IPA(0), all_of(&cell->s2.pt), &visitor, result);
}

void inspect_tables(struct cell *cell, struct cl_tables *result)
{
	spin_lock(&cell->s2_lock);
	read_tables(cell, result);
	spin_unlock(&cell->s2_lock);
}

_Static_assert((u32)CL_ACCESS_WRITE == ACCESS_WRITE && (u32)CL_ACCESS_EXECUTE == ACCESS_EXEC,
	       "one numbering");
_Static_assert((u32)CL_OUTCOME_SPURIOUS == FAULT_SPURIOUS &&
		       (u32)CL_OUTCOME_NO_REGION == FAULT_NO_AREA &&
		       (u32)CL_OUTCOME_DENIED == FAULT_DENIED &&
		       (u32)CL_OUTCOME_NO_MEMORY == FAULT_NO_MEMORY &&
		       (u32)CL_NR_OUTCOMES == NR_FAULT_OUTCOMES,
	       "one numbering");
_Static_assert(CL_MAX_FAULTS == AUDIT_ENTRIES, "all of the ring");

void inspect_faults(struct cell *cell, struct cl_faults *result)
{
	const struct aspace *as = &cell->s2;

	result->cell = cell->id;
	spin_lock(&cell->s2_lock);
	result->total = as->nr_audited;
	result->nr = (u32)MIN(as->nr_audited, AUDIT_ENTRIES);
	memcpy(result->outcomes, as->outcomes, sizeof(as->outcomes));
	for (u32 i = 0; i < result->nr; i++) {
		const struct audit_entry *entry =
			&as->audit[(as->nr_audited - result->nr + i) % AUDIT_ENTRIES];

		result->last[i] = (struct cl_fault){
			.ipa = entry->fault.ipa.v,
			.pc = entry->fault.pc,
			.cpu = entry->fault.cpu,
			.access = (u16)entry->fault.access,
			.outcome = (u16)entry->outcome,
		};
	}
	spin_unlock(&cell->s2_lock);
}

/* Fills in what is wrong at @ipa of @cell; false, for the callers */
static bool found(struct cl_audit *result, u32 verdict, const struct cell *cell, u64 ipa)
{
	struct pt_leaf leaf;

	result->verdict = verdict;
	result->cell = cell->id;
	result->ipa = ipa;
	if (pt_query(&cell->s2.pt, IPA(ipa), &leaf))
		result->pa = leaf.pa.v;
	return false;
}

/* Does the table of @cell reach [start, end)? An empty range is not reached. */
static bool reaches(const struct cell *cell, u64 start, u64 end, u64 *ipa)
{
	ipaddr_t where;

	if (start >= end || !pt_reaches(&cell->s2.pt, PA(start), end - start, &where))
		return false;
	*ipa = where.v;
	return true;
}

static bool gicc_region(const struct cell *cell, struct pt_region *region)
{
	return cell_gicc_region(cell, &cells[ROOT_CELL_ID]->config.system->gic, region);
}

static bool audit_hypervisor(struct cl_audit *result, const struct cell *cell)
{
	const struct cl_system *sys = cells[ROOT_CELL_ID]->config.system;
	u64 start = sys->hypervisor_memory.start, end = start + sys->hypervisor_memory.size;
	u64 comm = cell->comm ? pool_v2p(&frame_pool, cell->comm).v : end;
	struct pt_region gicc;
	bool gicv2 = gicc_region(cell, &gicc);
	u64 ipa = 0;

	if (reaches(cell, start, comm, &ipa) || reaches(cell, comm + PAGE_SIZE, end, &ipa))
		return found(result, CL_AUDIT_HYPERVISOR, cell, ipa);
	if (reaches(cell, sys->gic.gicd_base, sys->gic.gicd_base + gicd_size(&sys->gic), &ipa))
		return found(result, CL_AUDIT_GIC, cell, ipa);
	for (u32 i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		const struct cl_range *r = &sys->gic.gicr[i];
		u64 from = r->start, end = r->start + r->size;

		/* What guests have of a GICv2: audit_regions() knows where */
		if (gicv2 && from == gicc.pa.v)
			from += gicc.size;
		if (from < end && reaches(cell, from, end, &ipa))
			return found(result, CL_AUDIT_GIC, cell, ipa);
	}
	return true;
}

/* As region_at(), for root, whose PCI configuration space is a field of its own */
static const struct cl_mem_region *root_region_at(const struct cell *root, u64 ipa)
{
	static struct cl_mem_region mmconfig = { .flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO };
	const struct cl_pci *pci = &root->config.system->pci;
	u32 index;

	mmconfig.virt_start = pci->mmconfig_base;
	mmconfig.size = (pci->end_bus + 1ull) << 20;
	if (pci->mmconfig_base && ipa - mmconfig.virt_start < mmconfig.size)
		return &mmconfig;
	return region_at(root, ipa, &index);
}

static int audit_root_leaf(const struct pt_visit *visit, void *arg)
{
	const struct cell *root = cells[ROOT_CELL_ID];
	u64 at = visit->ipa.v, end = at + visit->size;
	struct pt_region gicv;
	struct pt_leaf leaf;

	/* No neighbour leads where this one leads */
	if (gicc_region(root, &gicv) && at - gicv.ipa.v < gicv.size) {
		if (!pt_query(&root->s2.pt, visit->ipa, &leaf) ||
		    leaf.pa.v - gicv.pa.v != at - gicv.ipa.v || end > gicv.ipa.v + gicv.size)
			return !found(arg, CL_AUDIT_OUTPUT, root, at);
		if (leaf.type != gicv.attr.type || leaf.perms != gicv.attr.perms)
			return !found(arg, CL_AUDIT_ATTR, root, at);
		return 0;
	}
	if (!pt_query(&root->s2.pt, visit->ipa, &leaf) || leaf.pa.v != at)
		return !found(arg, CL_AUDIT_OUTPUT, root, at);
	/* Neighbours that are alike may have become one leaf */
	while (at < end) {
		const struct cl_mem_region *r = root_region_at(root, at);
		struct pt_attr attr;

		if (!r)
			return !found(arg, CL_AUDIT_EXTRA, root, at);
		attr = cell_region_attr(r);
		if (leaf.type != attr.type || (leaf.perms & ~attr.perms))
			return !found(arg, CL_AUDIT_ATTR, root, at);
		at = r->virt_start + r->size;
	}
	return 0;
}

/*
 * Root has no more than the system config says, each address where it is. What
 * cells have is missing, and what of theirs it may load into is not executable.
 */
static bool audit_root(struct cl_audit *result, const struct cell *root)
{
	static const struct pt_visitor visitor = { .leaf = audit_root_leaf };

	return !pt_walk(&root->s2.pt, IPA(0), all_of(&root->s2.pt), &visitor, result);
}

/* The tables of a cell, which change only as a whole, against its config */
static bool audit_regions(struct cl_audit *result, const struct cell *cell)
{
	static struct pt_region expected[CL_MAX_MEM_REGIONS + 1];
	static const u32 verdicts[] = {
		[PT_HOLE] = CL_AUDIT_HOLE,
		[PT_EXTRA] = CL_AUDIT_EXTRA,
		[PT_OUTPUT] = CL_AUDIT_OUTPUT,
		[PT_ATTR] = CL_AUDIT_ATTR,
	};
	const struct config *sys = &cells[ROOT_CELL_ID]->config;
	enum pt_verdict verdict;
	ipaddr_t where = IPA(0);
	u32 n = 0;

	if (cell_is_root(cell))
		return audit_root(result, cell);
	/* Its memory may be on the way back to the pools; quarantined it has none */
	if (cell_state(cell) == CL_CELL_DESTROYING || cell_state(cell) == CL_CELL_QUARANTINED)
		return true;
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];

		if (mem_is_subpage(r))
			continue;
		expected[n] = (struct pt_region){
			.ipa = IPA(r->virt_start),
			.pa = PA(cell_region_pa(cell, r)),
			.size = r->size,
			.attr = cell_region_attr(r),
		};
		if (r->flags & CL_MEM_ALLOC) {
			const struct cl_range *pool = &sys->pools[r->pool];

			expected[n].pa = PA(pool->start);
			expected[n].pool_size = pool->size;
			expected[n].lazy = r->flags & CL_MEM_LAZY;
		}
		n++;
	}
	n += gicc_region(cell, &expected[n]);
	verdict = pt_audit(&cell->s2.pt, expected, n, &where);
	if (verdict == PT_AS_IT_SHOULD)
		return true;
	return found(result, verdicts[verdict], cell, where.v);
}

/* The CPU interface of a CPU, and its virtual one, are at the same address on all of them:
 * who has the same may share it. Return: @n, or one more.
 */
static u32 add_gicc(struct pt_span *span, u32 n, const struct cell *cell)
{
	struct pt_region gicc;

	if (!gicc_region(cell, &gicc))
		return n;
	span[n] = (struct pt_span){ gicc.pa, gicc.size };
	return n + 1;
}

/* What @b says is shared, and what of it root may load into while it stands */
static u32 shared_spans(const struct cell *a, const struct cell *b, struct pt_span *span)
{
	u32 n = 0;

	for (u32 i = 0; i < b->config.nr_mem; i++) {
		const struct cl_mem_region *r = &b->config.mem[i];
		bool loadable = cell_is_root(a) && b->loadable && (r->flags & CL_MEM_LOADABLE);

		if (((r->flags & CL_MEM_ROOTSHARED) && !mem_is_subpage(r)) || loadable)
			span[n++] = (struct pt_span){ PA(r->phys_start), r->size };
	}
	return n;
}

/* One entry for all that share the same */
static void list_shared(struct cl_audit *result, const struct pt_span *span, u64 ids)
{
	u32 i = 0;

	while (i < result->nr_shared &&
	       (result->shared[i].pa != span->pa.v || result->shared[i].size != span->size))
		i++;
	if (i == CL_AUDIT_MAX_SHARED)
		return;
	result->nr_shared = MAX(result->nr_shared, i + 1);
	result->shared[i].pa = span->pa.v;
	result->shared[i].size = span->size;
	result->shared[i].cells |= ids;
}

/* Does @a reach a page of which a part is @b's alone? */
static bool reaches_subpage(const struct cell *a, const struct cell *b, u64 *ipa)
{
	bool reached = false;

	for (u32 i = 0; !reached && i < b->config.nr_mem; i++) {
		const struct cl_mem_region *r = &b->config.mem[i];
		u64 page = ALIGN_DOWN(r->phys_start, PAGE_SIZE);

		reached = mem_is_subpage(r) && !(r->flags & CL_MEM_ROOTSHARED) &&
			  reaches(a, page, page + PAGE_SIZE, ipa);
	}
	return reached;
}

/* Do @a and @b reach nothing in common but what @b, and @a unless it is root, shares? */
static bool audit_pair(struct cl_audit *result, const struct cell *a, const struct cell *b)
{
	static struct pt_span span[CL_MAX_MEM_REGIONS + 1];
	paddr_t where = PA(0);
	bool wrong = false;
	u64 ipa = 0;
	u32 n;

	if (reaches_subpage(a, b, &ipa)) {
		result->other = b->id;
		return found(result, CL_AUDIT_SHARED, a, ipa);
	}
	if (reaches_subpage(b, a, &ipa)) {
		result->other = a->id;
		return found(result, CL_AUDIT_SHARED, b, ipa);
	}
	if (!cell_is_root(a)) {
		n = shared_spans(b, a, span);
		wrong = pt_share(&a->s2.pt, &b->s2.pt, span, add_gicc(span, n, b), &where);
	}
	n = shared_spans(a, b, span);
	if (wrong || pt_share(&a->s2.pt, &b->s2.pt, span, add_gicc(span, n, b), &where)) {
		result->other = b->id;
		reaches(a, where.v, where.v + PAGE_SIZE, &ipa);
		return found(result, CL_AUDIT_SHARED, a, ipa);
	}
	for (u32 i = 0; i < n; i++) {
		if (pt_reaches(&a->s2.pt, span[i].pa, span[i].size, NULL))
			list_shared(result, &span[i], BIT(a->id) | BIT(b->id));
	}
	return true;
}

/* The worst first: what is wrong with one cell alone comes after what it reaches */
static bool audit_cell(struct cl_audit *result, struct cell *cell)
{
	struct cl_tables tables = { 0 };

	read_tables(cell, &tables);
	for (u32 level = 0; level < ARRAY_SIZE(tables.leaves); level++)
		result->leaves += tables.leaves[level];
	if (!audit_hypervisor(result, cell))
		return false;
	for (u32 i = cell->id + 1; i < CL_MAX_CELLS; i++) {
		bool fine = true;

		if (!cells[i])
			continue;
		spin_lock(&cells[i]->s2_lock);
		fine = audit_pair(result, cell, cells[i]);
		spin_unlock(&cells[i]->s2_lock);
		if (!fine)
			return false;
	}
	return audit_regions(result, cell);
}

void inspect_audit(struct cl_audit *result)
{
	for (u32 i = 0; i < CL_MAX_CELLS; i++) {
		bool fine;

		if (!cells[i])
			continue;
		/* Tables with lazy memory grow at any time. Nobody else takes two of
		 * these locks at once.
		 */
		spin_lock(&cells[i]->s2_lock);
		fine = audit_cell(result, cells[i]);
		spin_unlock(&cells[i]->s2_lock);
		if (!fine)
			return;
	}
}
