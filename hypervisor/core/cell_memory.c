// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of cells: how it moves between root and a cell, and the work on
 * it that the cell's own CPUs do.
 */
#include <arch.h>
#include <cell.h>
#include <lib.h>
#include <memory_pool.h>
#include <mm/pool.h>
#include <subpage.h>
#include <system.h>

#define BLOCK_SIZE (2ull << 20)

struct pt_attr cell_region_attr(const struct cl_mem_region *r)
{
	struct pt_attr attr = { 0 };

	if (r->flags & CL_MEM_READ)
		attr.perms |= PT_READ;
	if (r->flags & CL_MEM_WRITE)
		attr.perms |= PT_WRITE;
	if (r->flags & CL_MEM_EXECUTE)
		attr.perms |= PT_EXEC;
	if (r->flags & CL_MEM_NONCACHEABLE)
		attr.type = PT_NORMAL_NC;
	else if (r->flags & CL_MEM_IO)
		attr.type = PT_DEVICE;
	else
		attr.type = PT_NORMAL;
	return attr;
}

struct pt_attr cell_root_attr(u64 pa)
{
	const struct config *sys = &cells[ROOT_CELL_ID]->config;

	for (u32 i = 0; i < sys->nr_mem; i++) {
		const struct cl_mem_region *r = &sys->mem[i];

		if (pa >= r->phys_start && pa - r->phys_start < r->size)
			return cell_region_attr(r);
	}
	return (struct pt_attr){ 0 };
}

u64 cell_region_pa(const struct cell *cell, const struct cl_mem_region *r)
{
	return r->flags & CL_MEM_COMM ? pool_v2p(&frame_pool, cell->comm).v : r->phys_start;
}

static struct area linear_area(u64 ipa, u64 pa, u64 size, struct pt_attr attr)
{
	return (struct area){
		.start = IPA(ipa), .size = size, .kind = AREA_LINEAR, .pa = PA(pa), .attr = attr
	};
}

static struct area area_of(const struct cell *cell, const struct cl_mem_region *r)
{
	struct area area =
		linear_area(r->virt_start, cell_region_pa(cell, r), r->size, cell_region_attr(r));

	if (r->flags & CL_MEM_ALLOC) {
		area.kind = r->flags & CL_MEM_LAZY ? AREA_LAZY : AREA_ALLOC;
		area.source = (u32)r->pool;
		area.pa = PA(0);
	}
	return area;
}

static int map(struct cell *cell, const struct area *area)
{
	int ret;

	spin_lock(&cell->s2_lock);
	ret = aspace_map(&cell->s2, area, 1);
	spin_unlock(&cell->s2_lock);
	return ret;
}

static int unmap(struct cell *cell, u64 ipa, u64 size)
{
	int ret;

	spin_lock(&cell->s2_lock);
	ret = aspace_unmap(&cell->s2, IPA(ipa), size);
	spin_unlock(&cell->s2_lock);
	return ret;
}

/* Why region @i could not be mapped, or taken from root */
static int no_memory(struct error *err, const struct cl_mem_region *r, u32 i, int code)
{
	if (code == -CL_ENOMEM && (r->flags & CL_MEM_ALLOC) &&
	    memory_pool_free((u32)r->pool) < r->size)
		return refuse(err, code, CL_RULE_POOL_EMPTY, i, memory_pool_free((u32)r->pool));
	if (code == -CL_ENOMEM)
		return refuse_no_frames(err, 1);
	if (code == -CL_ENOSPC)
		return refuse(err, code, CL_RULE_MEM_PIECES, i, cells[ROOT_CELL_ID]->s2.max_areas);
	return refuse(err, code, CL_RULE_INTERNAL, __LINE__, 0);
}

int cell_map_regions(struct cell *cell, struct error *err)
{
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];
		struct area area = area_of(cell, r);
		int ret = mem_is_subpage(r) ? 0 : map(cell, &area);

		if (ret)
			return no_memory(err, r, i, ret);
	}
	return 0;
}

bool cell_gicc_region(const struct cell *cell, const struct cl_gic *gic, struct pt_region *region)
{
	bool direct = cell->config.cell->irq_mode == CL_IRQ_DIRECT;

	*region = (struct pt_region){
		.ipa = IPA(gic->gicc.start),
		.pa = PA(direct ? gic->gicc.start : gic->gicv.start),
		.size = direct ? gic->gicc.size / 2 : gic->gicc.size,
		.attr = { .perms = PT_READ | PT_WRITE, .type = PT_DEVICE },
	};
	return gic->version == 2;
}

int cell_map_gicc(struct cell *cell, const struct cl_gic *gic, struct error *err)
{
	struct pt_region r;
	int ret = 0;

	if (cell_gicc_region(cell, gic, &r)) {
		struct area area = linear_area(r.ipa.v, r.pa.v, r.size, r.attr);

		ret = map(cell, &area);
	}

	if (ret == -CL_ENOMEM)
		return refuse_no_frames(err, 1);
	return ret ? refuse(err, ret, CL_RULE_INTERNAL, __LINE__, 0) : 0;
}

/* Does the cell take this region away from root? */
static bool is_taken(const struct cl_mem_region *r)
{
	return mem_has_address(r) && !(r->flags & CL_MEM_ROOTSHARED);
}

/*
 * What of root's the region @i takes when the regions before it have been taken:
 * nothing of a page that root has lost already.
 */
static bool taken_by(const struct cell *cell, u32 i, struct cl_range *range)
{
	const struct cl_mem_region *r = &cell->config.mem[i];

	*range = (struct cl_range){ r->phys_start, r->size };
	if (!is_taken(r) || !mem_is_subpage(r))
		return is_taken(r);
	*range = (struct cl_range){ ALIGN_DOWN(r->phys_start, PAGE_SIZE), PAGE_SIZE };
	return !subpage_is_taken(range->start, PAGE_SIZE, cell, i);
}

/* Gives the first @count regions back. That cannot fail: the frames that it
 * takes were set aside before the regions were taken.
 */
void cell_return_to_root(struct cell *cell, u32 count)
{
	struct cell *root = cells[ROOT_CELL_ID];

	for (u32 i = 0; i < count; i++) {
		struct cl_range range;
		struct area area;
		int ret = 0;

		spin_lock(&root->s2_lock);
		if (taken_by(cell, i, &range)) {
			area = linear_area(range.start, range.start, range.size,
					   cell_root_attr(range.start));
			ret = aspace_restore(&root->s2, &area);
		}
		spin_unlock(&root->s2_lock);
		if (ret)
			log_printf("cell %u: memory at 0x%llx could not be given back to root\n",
				   cell->id, (unsigned long long)range.start);
	}
	subpage_remove(cell);
}

int cell_take_from_root(struct cell *cell, struct error *err)
{
	struct cell *root = cells[ROOT_CELL_ID];

	subpage_add(cell);
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		struct cl_range range;
		int ret = 0;

		spin_lock(&root->s2_lock);
		if (taken_by(cell, i, &range))
			ret = aspace_lend(&root->s2, IPA(range.start), range.size);
		spin_unlock(&root->s2_lock);
		if (ret) {
			cell_return_to_root(cell, i);
			return no_memory(err, &cell->config.mem[i], i, ret);
		}
	}
	return 0;
}

int cell_map_loadable(struct cell *cell, bool map_it, struct error *err)
{
	struct cell *root = cells[ROOT_CELL_ID];
	struct pt_attr attr = { .perms = PT_READ | PT_WRITE, .type = PT_NORMAL };

	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];
		struct area area = linear_area(r->phys_start, r->phys_start, r->size, attr);
		int ret;

		if (!is_taken(r) || !(r->flags & CL_MEM_LOADABLE))
			continue;
		ret = map_it ? map(root, &area) : unmap(root, r->phys_start, r->size);
		if (!ret)
			continue;
		no_memory(err, r, i, ret);
		while (map_it && i--) {
			r = &cell->config.mem[i];
			if (is_taken(r) && (r->flags & CL_MEM_LOADABLE))
				unmap(root, r->phys_start, r->size);
		}
		return ret;
	}
	cell->loadable = map_it;
	return 0;
}

bool cell_fault(const struct aspace_fault *fault, bool on_walk)
{
	struct cell *cell = this_cpu()->cell;
	enum aspace_outcome outcome;
	struct pt_leaf leaf;
	bool again;

	spin_lock(&cell->s2_lock);
	outcome = aspace_handle(&cell->s2, fault);
	again = outcome == FAULT_RESOLVED || outcome == FAULT_SPURIOUS;
	/* HCR_EL2.PTW: translation tables in device memory are a fault by themselves */
	if (again && on_walk && pt_query(&cell->s2.pt, fault->ipa, &leaf) && leaf.type == PT_DEVICE)
		again = false;
	spin_unlock(&cell->s2_lock);
	return again;
}

/* The cell's own RAM: what it alone has, and can hold in its caches */
static bool is_own_ram(const struct cl_mem_region *r)
{
	return mem_is_ram(r) && (is_taken(r) || (r->flags & CL_MEM_ALLOC));
}

/**
 * struct chunk - a part of a cell's own RAM, within one aligned 2 MiB block
 * @region: index of its region
 * @at: physical address; where the memory comes from a pool: IPA
 * @size: bytes
 *
 * All zero before the first.
 */
struct chunk {
	u32 region;
	u64 at;
	u64 size;
};

/* The next one, and its region; NULL behind the last */
static const struct cl_mem_region *next_chunk(const struct cell *cell, struct chunk *c)
{
	for (; c->region < cell->config.nr_mem; c->region++, c->size = 0) {
		const struct cl_mem_region *r = &cell->config.mem[c->region];
		u64 start = r->flags & CL_MEM_ALLOC ? r->virt_start : r->phys_start;
		u64 end = start + r->size;

		if (!is_own_ram(r))
			continue;
		c->at = c->size ? c->at + c->size : start;
		if (c->at < end) {
			c->size = MIN(ALIGN_DOWN(c->at, BLOCK_SIZE) + BLOCK_SIZE, end) - c->at;
			return r;
		}
	}
	return NULL;
}

/* @work on the piece [pa, pa + size), which lies within one aligned 2 MiB block */
static void on_piece(u64 pa, u64 size, void (*work)(void *, size_t))
{
	if (size == BLOCK_SIZE) {
		work(arch_block_open(PA(pa)), size);
		arch_block_close();
		return;
	}
	/* A block here would map a neighbour's memory, or a device */
	for (u64 done = 0; done < size; done += PAGE_SIZE) {
		work(arch_window_open(WINDOW_A, PA(pa + done)), PAGE_SIZE);
		arch_window_close(WINDOW_A);
	}
}

struct leaf_work {
	const struct cell *cell;
	void (*work)(void *, size_t);
};

static int on_leaf(const struct pt_visit *visit, void *arg)
{
	const struct leaf_work *lw = arg;

	on_piece(pt_translate(&lw->cell->s2.pt, visit->ipa).v, visit->size, lw->work);
	return 0;
}

static void on_chunk(const struct cell *cell, const struct cl_mem_region *r, const struct chunk *c,
		     void (*work)(void *, size_t))
{
	static const struct pt_visitor visitor = { .leaf = on_leaf };
	struct leaf_work lw = { cell, work };

	/* No leaf of memory from a pool is larger than a chunk, nor reaches out of it */
	if (r->flags & CL_MEM_ALLOC)
		pt_walk(&cell->s2.pt, IPA(c->at), c->size, &visitor, &lw);
	else
		on_piece(c->at, c->size, work);
}

/*
 * A guest begins with its caches off. Lines that root, or the cell's former
 * life, left dirty could later be written over what the guest stored in
 * memory, and clean ones could hide it: so nothing of the RAM may remain in
 * any cache. (The images were cleaned to memory by the driver.) What comes from
 * a pool is zeroed, the first time.
 *
 * This takes time in proportion to the RAM, on a CPU that is the cell's own. No
 * other CPU runs in the cell yet, so the tables are still.
 */
void cell_prepare_memory(struct cell *cell)
{
	const struct cl_mem_region *r;
	struct chunk c = { 0 };

	if (cell_is_root(cell) || __atomic_load_n(&cell->memory_ready, __ATOMIC_ACQUIRE))
		return;
	while ((r = next_chunk(cell, &c))) {
		bool fresh = !cell->zeroed && (r->flags & CL_MEM_ALLOC);

		/* Destroyed while it was still at it */
		if (!cell_is_running(cell))
			return;
		on_chunk(cell, r, &c, fresh ? arch_zero_to_memory : arch_clean_invalidate);
	}
	cell->zeroed = true;
	__atomic_store_n(&cell->memory_ready, true, __ATOMIC_RELEASE);
}

static void release_chunk(struct cell *cell, const struct chunk *c)
{
	spin_lock(&cell->s2_lock);
	aspace_release(&cell->s2, IPA(c->at), c->size);
	spin_unlock(&cell->s2_lock);
}

/* Frames of pools go back. The lock is let go of now and then: root may look. */
static void release_frames(struct cell *cell)
{
	const struct cl_mem_region *r;
	struct chunk c = { 0 };

	while ((r = next_chunk(cell, &c))) {
		if (r->flags & CL_MEM_ALLOC)
			release_chunk(cell, &c);
	}
}

/*
 * Every CPU of the cell takes the next chunk until none is left. The last that is
 * done gives frames back to their pools: until then nobody changes the tables
 * that the others walk. That takes as long as there are frames, which is why it
 * is not left to root.
 */
void cell_scrub(struct cell *cell)
{
	u64 mine = __atomic_fetch_add(&cell->scrub_next, 1, __ATOMIC_SEQ_CST);
	const struct cl_mem_region *r;
	struct chunk c = { 0 };

	for (u64 index = 0; (r = next_chunk(cell, &c)); index++) {
		if (index != mine)
			continue;
		on_chunk(cell, r, &c, arch_zero_to_memory);
		mine = __atomic_fetch_add(&cell->scrub_next, 1, __ATOMIC_SEQ_CST);
	}
	if (__atomic_sub_fetch(&cell->scrub_cpus, 1, __ATOMIC_SEQ_CST) == 0)
		release_frames(cell);
}

bool cell_scrub_next(struct cell *cell)
{
	const struct cl_mem_region *r;
	struct chunk c = { 0 };
	u64 index = 0;

	while ((r = next_chunk(cell, &c))) {
		if (index++ != cell->scrub_next)
			continue;
		on_chunk(cell, r, &c, arch_zero_to_memory);
		if (r->flags & CL_MEM_ALLOC)
			release_chunk(cell, &c);
		cell->scrub_next++;
		return true;
	}
	return false;
}
