// SPDX-License-Identifier: GPL-2.0-only
#include <arch.h>
#include <cell.h>
#include <config/range.h>
#include <subpage.h>

/*
 * Nobody changes a cell's regions while one of its CPUs is here. A CPU that comes after it
 * was given up finds the cell at its end, long before.
 */
static bool cell_access(const struct cell *cell, struct mmio_access *a)
{
	u64 flags = (a->write ? CL_MEM_WRITE : CL_MEM_READ) | CL_MEM_IO_8 * a->size;

	if (!cell_is_running(cell))
		return false;
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];

		if (mem_is_subpage(r) && range_within(a->ipa, a->size, r->virt_start, r->size))
			return !(flags & ~r->flags) &&
			       arch_device_access(PA(r->phys_start + a->ipa - r->virt_start), a);
	}
	return false;
}

bool subpage_is_taken(u64 start, u64 size, const struct cell *cell, u32 count)
{
	const struct cell *c = cells[ROOT_CELL_ID]->next_subpaged;

	for (; c; c = c->next_subpaged) {
		for (u32 i = 0; i < (c == cell ? count : c->config.nr_mem); i++) {
			const struct cl_mem_region *r = &c->config.mem[i];

			if (mem_is_subpage(r) && !(r->flags & CL_MEM_ROOTSHARED) &&
			    ranges_overlap(start, size, r->phys_start, r->size))
				return true;
		}
	}
	return false;
}

/* What cells have left of a page; the bytes must not become theirs meanwhile */
static bool root_access(struct cell *root, struct mmio_access *a)
{
	u32 perm = a->write ? PT_WRITE : PT_READ;
	bool done;

	spin_lock(&root->s2_lock);
	done = subpage_is_taken(ALIGN_DOWN(a->ipa, PAGE_SIZE), PAGE_SIZE, NULL, 0) &&
	       !subpage_is_taken(a->ipa, a->size, NULL, 0) &&
	       (cell_root_attr(a->ipa).perms & perm) && arch_device_access(PA(a->ipa), a);
	spin_unlock(&root->s2_lock);
	return done;
}

bool subpage_access(struct cell *cell, struct mmio_access *a)
{
	if (!READ_ONCE(cell->subpages) || !IS_ALIGNED(a->ipa, a->size))
		return false;
	return cell_is_root(cell) ? root_access(cell, a) : cell_access(cell, a);
}

void subpage_add(struct cell *cell)
{
	struct cell *root = cells[ROOT_CELL_ID];

	for (u32 i = 0; i < cell->config.nr_mem; i++)
		cell->subpages += mem_is_subpage(&cell->config.mem[i]);
	if (!cell->subpages)
		return;
	spin_lock(&root->s2_lock);
	cell->next_subpaged = root->next_subpaged;
	root->next_subpaged = cell;
	root->subpages += cell->subpages;
	spin_unlock(&root->s2_lock);
}

void subpage_remove(struct cell *cell)
{
	struct cell *root = cells[ROOT_CELL_ID], *c = root;

	if (!cell->subpages)
		return;
	spin_lock(&root->s2_lock);
	while (c->next_subpaged != cell)
		c = c->next_subpaged;
	c->next_subpaged = cell->next_subpaged;
	root->subpages -= cell->subpages;
	cell->subpages = 0;
	spin_unlock(&root->s2_lock);
}
