// SPDX-License-Identifier: GPL-2.0-only
#include <arch.h>
#include <lib.h>
#include <memory_pool.h>
#include <spinlock.h>
#include <system.h>

/* A bitmap of frames is no more than pool_alloc() can give */
_Static_assert(CL_POOL_MAX_SIZE / PAGE_SIZE / 8 <= 512 * PAGE_SIZE, "one bit for each frame");

static struct memory_pool {
	spinlock_t lock;
	struct frame_pool frames;
} pools[CL_MAX_POOLS];

int memory_pools_init(const struct config *cfg, struct error *err)
{
	for (u32 i = 0; i < cfg->nr_pools; i++) {
		const struct cl_range *range = &cfg->pools[i];
		u64 pages = range->size / PAGE_SIZE;
		u64 map_frames = pool_map_size(pages) / PAGE_SIZE;
		u32 count = 1;
		void *map;

		while (count < map_frames)
			count *= 2;
		map = pool_alloc_raw(&frame_pool, count);
		if (!map)
			return refuse_no_frames(err, count);
		pool_init_unmapped(&pools[i].frames, PA(range->start), pages, map);
	}
	return 0;
}

u64 memory_pool_size(u32 pool)
{
	return pool_total(&pools[pool].frames) * PAGE_SIZE;
}

u64 memory_pool_free(u32 pool)
{
	struct memory_pool *p = &pools[pool];
	u64 free;

	spin_lock(&p->lock);
	free = pool_total(&p->frames) - pool_used(&p->frames);
	spin_unlock(&p->lock);
	return free * PAGE_SIZE;
}

/*
 * A lazy frame is zeroed here, by the CPU whose access needs it. The others are
 * zeroed by the cell's own CPU before its first start: cell_prepare_memory().
 */
static paddr_t take_frames(void *ctx, const struct area *area, u64 size)
{
	struct memory_pool *p = &pools[area->source];
	paddr_t pa;

	(void)ctx;
	spin_lock(&p->lock);
	pa = pool_take(&p->frames, (unsigned int)(size / PAGE_SIZE));
	spin_unlock(&p->lock);
	if (area->kind == AREA_LAZY && pa.v != PA_NONE.v) {
		arch_zero_to_memory(arch_window_open(WINDOW_A, pa), PAGE_SIZE);
		arch_window_close(WINDOW_A);
	}
	return pa;
}

static void give_frames(void *ctx, const struct area *area, paddr_t pa, u64 size)
{
	struct memory_pool *p = &pools[area->source];

	(void)ctx;
	spin_lock(&p->lock);
	pool_put(&p->frames, pa, (unsigned int)(size / PAGE_SIZE));
	spin_unlock(&p->lock);
}

const struct frame_ops memory_pool_frames = { take_frames, give_frames };
