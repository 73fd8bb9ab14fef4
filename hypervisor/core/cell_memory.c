// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of cells: how it moves between root and a cell, and the work on
 * it that the cell's own CPUs do.
 */
#include <arch.h>
#include <cell.h>
#include <lib.h>
#include <mm/pool.h>
#include <system.h>

#define BLOCK_SIZE (2ull << 20)
#define LARGEST_LEAF (1ull << 30)

struct pt_attr cell_region_attr(const struct cl_mem_region *r)
{
	struct pt_attr attr = { 0 };

	if (r->flags & CL_MEM_READ)
		attr.perms |= PT_READ;
	if (r->flags & CL_MEM_WRITE)
		attr.perms |= PT_WRITE;
	if (r->flags & CL_MEM_EXECUTE)
		attr.perms |= PT_EXEC;
	if (r->flags & CL_MEM_IO)
		attr.type = PT_DEVICE;
	else if (r->flags & CL_MEM_NONCACHEABLE)
		attr.type = PT_NORMAL_NC;
	else
		attr.type = PT_NORMAL;
	return attr;
}

static int map(struct cell *cell, u64 ipa, u64 pa, u64 size, struct pt_attr attr)
{
	int ret;

	spin_lock(&cell->s2_lock);
	ret = pt_map(&cell->s2, IPA(ipa), PA(pa), size, attr);
	spin_unlock(&cell->s2_lock);
	return ret;
}

static int unmap(struct cell *cell, u64 ipa, u64 size)
{
	int ret;

	spin_lock(&cell->s2_lock);
	ret = pt_unmap(&cell->s2, IPA(ipa), size);
	spin_unlock(&cell->s2_lock);
	return ret;
}

static int no_memory(struct error *err, int code)
{
	if (code == -CL_ENOMEM)
		return refuse(err, code, CL_RULE_NO_MEMORY, 1,
			      pool_total(&frame_pool) - pool_used(&frame_pool));
	return refuse(err, code, CL_RULE_INTERNAL, __LINE__, 0);
}

/*
 * Root's tables were split to take a piece away. Now that it is back they
 * become as large as before, and their frames free, unless a neighbour is away.
 * That cannot fail: the pages around the piece are within the tables.
 */
static void merge(struct cell *cell, u64 ipa, u64 size)
{
	u64 start = ALIGN_DOWN(ipa, LARGEST_LEAF);
	u64 end = ALIGN_UP(ipa + size, LARGEST_LEAF);

	spin_lock(&cell->s2_lock);
	pt_merge(&cell->s2, IPA(start), end - start);
	spin_unlock(&cell->s2_lock);
}

u64 cell_region_pa(const struct cell *cell, const struct cl_mem_region *r)
{
	return r->flags & CL_MEM_COMM ? pool_v2p(&frame_pool, cell->comm).v : r->phys_start;
}

int cell_map_regions(struct cell *cell, struct error *err)
{
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];
		int ret = map(cell, r->virt_start, cell_region_pa(cell, r), r->size,
			      cell_region_attr(r));

		if (ret)
			return no_memory(err, ret);
	}
	return 0;
}

/* Does the cell take this region away from root? */
static bool is_taken(const struct cl_mem_region *r)
{
	return !(r->flags & (CL_MEM_COMM | CL_MEM_ROOTSHARED));
}

/* What root had at @pa by the system config */
static struct pt_attr root_attr(u64 pa)
{
	const struct config *sys = &cells[ROOT_CELL_ID]->config;

	for (u32 i = 0; i < sys->nr_mem; i++) {
		const struct cl_mem_region *r = &sys->mem[i];

		if (pa >= r->phys_start && pa - r->phys_start < r->size)
			return cell_region_attr(r);
	}
	return (struct pt_attr){ 0 };
}

/*
 * The most tables that root can come to need for a region that comes back: all
 * of its blocks may have become other cells' since. What is whole becomes leaves
 * where there are any; an end that sticks out needs a table on each level.
 */
static unsigned int tables_for(const struct pt *pt, u64 start, u64 end)
{
	unsigned int n = 0;

	for (unsigned int level = pt->root_level; level < PT_LAST_LEVEL; level++) {
		u64 span = BIT(pt_level_shift(level));
		bool head = !IS_ALIGNED(start, span), tail = !IS_ALIGNED(end, span);

		if (level < pt->top)
			n += (unsigned int)((end - 1) / span - start / span + 1);
		else if (head && tail && start / span != end / span)
			n += 2;
		else
			n += head || tail;
	}
	return n;
}

/* What is set aside in root's tables for the memory that a cell has */
static unsigned int reserve_of(const struct cell *cell)
{
	unsigned int n = 0;

	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];

		if (is_taken(r))
			n += tables_for(&cells[ROOT_CELL_ID]->s2, r->phys_start,
					r->phys_start + r->size);
	}
	return n;
}

/* The memory of @cell is back: keeps what is set aside for the others */
static void trim_reserve(const struct cell *cell)
{
	struct cell *root = cells[ROOT_CELL_ID];
	unsigned int keep = 0;

	for (u32 i = ROOT_CELL_ID + 1; i < CL_MAX_CELLS; i++) {
		if (cells[i] && cells[i] != cell)
			keep += reserve_of(cells[i]);
	}
	spin_lock(&root->s2_lock);
	pt_spare_keep(&root->s2, keep);
	spin_unlock(&root->s2_lock);
}

/* One region, from what was set aside when it was taken */
static void return_region(struct cell *cell, const struct cl_mem_region *r)
{
	struct cell *root = cells[ROOT_CELL_ID];
	int ret;

	spin_lock(&root->s2_lock);
	root->s2.use_spare = true;
	if (cell->loadable && (r->flags & CL_MEM_LOADABLE))
		pt_unmap(&root->s2, IPA(r->phys_start), r->size);
	ret = pt_map(&root->s2, IPA(r->phys_start), PA(r->phys_start), r->size,
		     root_attr(r->phys_start));
	root->s2.use_spare = false;
	spin_unlock(&root->s2_lock);
	if (ret)
		log_printf("cell %u: memory at 0x%llx could not be given back to root\n", cell->id,
			   (unsigned long long)r->phys_start);
	merge(root, r->phys_start, r->size);
}

/* Gives the first @count regions back. That cannot fail: the frames that it
 * takes were set aside before the regions were taken.
 */
void cell_return_to_root(struct cell *cell, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		if (is_taken(&cell->config.mem[i]))
			return_region(cell, &cell->config.mem[i]);
	}
	trim_reserve(cell);
}

static int set_reserve_aside(const struct cell *cell)
{
	struct cell *root = cells[ROOT_CELL_ID];
	int ret;

	spin_lock(&root->s2_lock);
	ret = pt_spare_add(&root->s2, reserve_of(cell));
	spin_unlock(&root->s2_lock);
	return ret;
}

int cell_take_from_root(struct cell *cell, struct error *err)
{
	int ret = set_reserve_aside(cell);

	if (ret)
		return no_memory(err, ret);
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];

		if (!is_taken(r))
			continue;
		ret = unmap(cells[ROOT_CELL_ID], r->phys_start, r->size);
		if (ret) {
			cell_return_to_root(cell, i);
			return no_memory(err, ret);
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
		int ret;

		if (!is_taken(r) || !(r->flags & CL_MEM_LOADABLE))
			continue;
		if (map_it)
			ret = map(root, r->phys_start, r->phys_start, r->size, attr);
		else
			ret = unmap(root, r->phys_start, r->size);
		if (!ret)
			continue;
		if (map_it) {
			while (i--) {
				r = &cell->config.mem[i];
				if (is_taken(r) && (r->flags & CL_MEM_LOADABLE))
					unmap(root, r->phys_start, r->size);
			}
		}
		return no_memory(err, ret);
	}
	cell->loadable = map_it;
	return 0;
}

/* The cell's own RAM: what it alone has, and can hold in its caches */
static bool is_own_ram(const struct cl_mem_region *r)
{
	return is_taken(r) && mem_is_ram(r);
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

/*
 * A guest begins with its caches off. Lines that root, or the cell's former
 * life, left dirty could later be written over what the guest stored in
 * memory, and clean ones could hide it: so nothing of the RAM may remain in
 * any cache. (The images were cleaned to memory by the driver.)
 *
 * This takes time in proportion to the RAM, on a CPU that is the cell's own.
 */
void cell_prepare_memory(struct cell *cell)
{
	if (cell_is_root(cell) || __atomic_load_n(&cell->memory_ready, __ATOMIC_ACQUIRE))
		return;
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];
		u64 pa = r->phys_start, end = pa + r->size;

		if (!is_own_ram(r))
			continue;
		while (pa < end) {
			u64 next = MIN(ALIGN_DOWN(pa, BLOCK_SIZE) + BLOCK_SIZE, end);

			/* Destroyed while it was still at it */
			if (!cell_is_running(cell))
				return;
			on_piece(pa, next - pa, arch_clean_invalidate);
			pa = next;
		}
	}
	__atomic_store_n(&cell->memory_ready, true, __ATOMIC_RELEASE);
}

/*
 * Every CPU of the cell takes the next chunk until none is left: chunks are
 * the 2 MiB blocks that the regions touch, counted over all regions.
 */
void cell_scrub(struct cell *cell)
{
	u64 mine = __atomic_fetch_add(&cell->scrub_next, 1, __ATOMIC_SEQ_CST);
	u64 index = 0;

	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];
		u64 pa = r->phys_start, end = pa + r->size;

		if (!is_own_ram(r))
			continue;
		while (pa < end) {
			u64 next = MIN(ALIGN_DOWN(pa, BLOCK_SIZE) + BLOCK_SIZE, end);

			if (index++ == mine) {
				on_piece(pa, next - pa, arch_zero_to_memory);
				mine = __atomic_fetch_add(&cell->scrub_next, 1, __ATOMIC_SEQ_CST);
			}
			pa = next;
		}
	}
}
