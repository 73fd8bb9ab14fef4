// SPDX-License-Identifier: GPL-2.0-only
/* Images in the memory of cells. */
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/barrier.h>

#include "driver.h"

/* The loadable region that holds an IPA, or NULL */
static const struct cl_mem_region *find_region(const struct cell *cell, u64 ipa)
{
	u32 i;

	for (i = 0; i < cell->config.nr_mem; i++) {
		const struct cl_mem_region *r = &cell->config.mem[i];

		if (r->flags & CL_MEM_LOADABLE && ipa >= r->virt_start &&
		    ipa - r->virt_start < r->size)
			return r;
	}
	return NULL;
}

/**
 * cl_has_loadable() - can anything be loaded into a cell?
 * @cell: with its config
 */
bool cl_has_loadable(const struct cell *cell)
{
	u32 i;

	for (i = 0; i < cell->config.nr_mem; i++) {
		if (cell->config.mem[i].flags & CL_MEM_LOADABLE)
			return true;
	}
	return false;
}

static int check_range(const struct cell *cell, u64 target, u64 size, struct cl_ioc_error *error)
{
	u64 ipa = target, end = target + size;

	if (end < target)
		end = 0;
	while (ipa < end) {
		const struct cl_mem_region *r = find_region(cell, ipa);

		if (!r)
			break;
		ipa = r->virt_start + r->size;
	}
	if (!size || ipa < end || !end)
		return cl_refuse(error, -ERANGE, CL_RULE_CELL_LOAD_RANGE, target, end - 1);
	return 0;
}

/*
 * One piece, contiguous in physical memory. It is mapped only as long as this
 * takes: a cell that runs has its memory for itself.
 *
 * The cell begins with its caches off, so the bytes must be in memory. Its
 * instruction caches are made to forget what was there before; the hypervisor
 * does so too on the cell's own CPUs, for caches that keep cells apart.
 */
static int copy_piece(u64 phys, const void *data, size_t size)
{
	void *memory = memremap(phys, size, MEMREMAP_WB);
	size_t done;

	if (!memory)
		return -ENOMEM;
	for (done = 0; done < size; done += SZ_1M) {
		size_t n = min_t(size_t, size - done, SZ_1M);

		memcpy(memory + done, data + done, n);
		cl_clean_invalidate(memory + done, n);
		cond_resched();
	}
	asm volatile("ic ialluis\n");
	dsb(ish);
	isb();
	memunmap(memory);
	return 0;
}

static int copy_image(const struct cell *cell, const struct cl_image_copy *image)
{
	size_t done = 0;

	while (done < image->size) {
		u64 ipa = image->target + done;
		const struct cl_mem_region *r = find_region(cell, ipa);
		u64 offset = ipa - r->virt_start;
		size_t n = min_t(u64, image->size - done, r->size - offset);
		int ret = copy_piece(r->phys_start + offset, image->data + done, n);

		if (ret)
			return ret;
		done += n;
	}
	return 0;
}

/* The hypervisor lets root write the loadable regions of a stopped cell */
static int set_loadable(const struct cell *cell, struct cl_ioc_error *error)
{
	struct cl_regs r = { .x = { CL_HC_CELL_SET_LOADABLE, cell->id } };

	return cl_call(&r, error);
}

/**
 * cl_load_again() - give a cell that ran all its images as they were loaded
 * @cell: stopped
 * @error: filled in on failure
 *
 * Return: 0 or a negative errno.
 */
int cl_load_again(struct cell *cell, struct cl_ioc_error *error)
{
	struct cl_image_copy *image;
	int ret;

	if (list_empty(&cell->images))
		return 0;
	ret = set_loadable(cell, error);
	list_for_each_entry(image, &cell->images, node) {
		if (ret)
			break;
		ret = copy_image(cell, image);
	}
	return ret;
}

static void free_image(struct cl_image_copy *image)
{
	vfree(image->data);
	kfree(image);
}

/**
 * cl_free_images() - forget everything that was loaded into a cell
 * @cell: any
 */
void cl_free_images(struct cell *cell)
{
	struct cl_image_copy *image, *next;

	list_for_each_entry_safe(image, next, &cell->images, node)
		free_image(image);
	INIT_LIST_HEAD(&cell->images);
}

static int get_image(struct cl_image_copy *image, u64 address, struct cl_ioc_error *error)
{
	size_t done;

	/*
	 * Rather fail than let the OOM killer make room for it. Not by kvmalloc(), for
	 * which 2 GiB are a mistake.
	 */
	image->data = __vmalloc(image->size, GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!image->data)
		return -ENOMEM;
	for (done = 0; done < image->size; done += SZ_1M) {
		size_t n = min_t(size_t, image->size - done, SZ_1M);

		if (copy_from_user(image->data + done, u64_to_user_ptr(address + done), n))
			return cl_refuse(error, -EFAULT, CL_RULE_USER_MEMORY, address, 0);
		cond_resched();
	}
	return 0;
}

/* The new one goes last, as it was loaded last, and replaces its predecessor, or all */
static void keep_image(struct cell *cell, struct cl_image_copy *new, bool first)
{
	struct cl_image_copy *image, *next;

	list_for_each_entry_safe(image, next, &cell->images, node) {
		if (first || image->target == new->target) {
			list_del(&image->node);
			free_image(image);
		}
	}
	list_add_tail(&new->node, &cell->images);
}

/**
 * cl_cell_load() - CL_IOC_CELL_LOAD
 * @arg: the request
 * @error: filled in on failure
 *
 * Return: 0 or a negative errno.
 */
int cl_cell_load(struct cl_ioc_load *arg, struct cl_ioc_error *error)
{
	struct cl_image_copy *image;
	struct cell *cell;
	int ret;

	if (arg->flags & ~CL_IOC_FIRST)
		return cl_refuse(error, -EINVAL, CL_RULE_NOT_SUPPORTED, arg->flags, 0);
	ret = cl_idle_cell(arg->id, arg->name, &cell, error);
	if (ret)
		return ret;
	ret = check_range(cell, arg->target, arg->image_size, error);
	if (ret)
		return ret;
	image = kzalloc(sizeof(*image), GFP_KERNEL);
	if (!image)
		return -ENOMEM;
	image->target = arg->target;
	image->size = arg->image_size;
	ret = get_image(image, arg->image, error);
	if (!ret)
		ret = set_loadable(cell, error);
	if (!ret)
		ret = copy_image(cell, image);
	if (ret) {
		free_image(image);
		return ret;
	}
	keep_image(cell, image, arg->flags & CL_IOC_FIRST);
	return 0;
}
