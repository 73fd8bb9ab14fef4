// SPDX-License-Identifier: GPL-2.0-only
#include <cloister/config.h>
#include <cloister/hypercall.h>

#include "mm/pool.h"

#define POOL_MAX_COUNT 512
#define POOL_MAX_BITS 52

static void mark(struct frame_pool *pool, u64 frame, u64 count, bool used)
{
	for (u64 i = frame; i < frame + count; i++) {
		if (used)
			pool->map[i / 64] |= BIT(i % 64);
		else
			pool->map[i / 64] &= ~BIT(i % 64);
	}
}

int pool_init(struct frame_pool *pool, paddr_t base, void *virt, u64 nr_pages)
{
	u64 words = (nr_pages + 63) / 64;
	u64 limit = BIT(POOL_MAX_BITS);

	if (!IS_ALIGNED(base.v, PAGE_SIZE) || !IS_ALIGNED((uintptr_t)virt, PAGE_SIZE) || !virt)
		return -CL_EINVAL;
	if (nr_pages < 2 || nr_pages > limit / PAGE_SIZE || base.v > limit - nr_pages * PAGE_SIZE)
		return -CL_EINVAL;

	pool->virt = virt;
	pool->phys_to_virt = (u64)(uintptr_t)virt - base.v;
	pool->base = base;
	pool->map = virt;
	pool->nr = nr_pages;
	pool->own = ALIGN_UP(words * sizeof(u64), PAGE_SIZE) / PAGE_SIZE;
	pool->used = 0;
	pool->hint = pool->own;

	for (u64 i = 0; i < words; i++)
		pool->map[i] = 0;
	mark(pool, 0, pool->own, true);
	/* Bits of the last word that stand for no frame are never free */
	mark(pool, nr_pages, words * 64 - nr_pages, true);
	return 0;
}

/* The first free frame at or above the hint; pool->nr where there is none */
static u64 find_one(const struct frame_pool *pool)
{
	u64 words = (pool->nr + 63) / 64;

	for (u64 w = pool->hint / 64; w < words; w++)
		if (~pool->map[w])
			return w * 64 + (u64)__builtin_ctzll(~pool->map[w]);
	return pool->nr;
}

static bool all_equal(const struct frame_pool *pool, u64 frame, u64 count, bool used)
{
	for (u64 i = frame; i < frame + count; i++)
		if (!(pool->map[i / 64] & BIT(i % 64)) == used)
			return false;
	return true;
}

/* The first free run of @count frames whose physical address is aligned to it */
static u64 find_run(const struct frame_pool *pool, u64 count)
{
	u64 pfn = pool->base.v / PAGE_SIZE;
	u64 frame = ALIGN_UP(pfn + pool->hint, count) - pfn;

	for (; frame + count <= pool->nr; frame += count)
		if (all_equal(pool, frame, count, false))
			return frame;
	return pool->nr;
}

void *pool_alloc_raw(struct frame_pool *pool, unsigned int count)
{
	u64 frame;

	if (count == 1) {
		frame = find_one(pool);
		pool->hint = frame;
		if (frame == pool->nr)
			return NULL;
		pool->map[frame / 64] |= BIT(frame % 64);
		pool->hint++;
	} else {
		if (!count || count > POOL_MAX_COUNT || (count & (count - 1)))
			return NULL;
		frame = find_run(pool, count);
		if (frame == pool->nr)
			return NULL;
		mark(pool, frame, count, true);
	}
	pool->used += count;
	return (u8 *)pool->virt + frame * PAGE_SIZE;
}

static void zero(u64 *frames, u64 count)
{
	for (u64 i = 0; i < count * (PAGE_SIZE / sizeof(*frames)); i++)
		frames[i] = 0;
}

void *pool_alloc(struct frame_pool *pool, unsigned int count)
{
	u64 *frames = pool_alloc_raw(pool, count);

	if (frames)
		zero(frames, count);
	return frames;
}

int pool_free(struct frame_pool *pool, void *ptr, unsigned int count)
{
	u64 offset = (u64)((uintptr_t)ptr - (uintptr_t)pool->virt);
	u64 frame = offset / PAGE_SIZE;

	if (offset % PAGE_SIZE || frame < pool->own || frame >= pool->nr || !count ||
	    count > pool->nr - frame)
		return -CL_EINVAL;
	if (!all_equal(pool, frame, count, true))
		return -CL_EINVAL;

	mark(pool, frame, count, false);
	pool->used -= count;
	if (frame < pool->hint)
		pool->hint = frame;
	return 0;
}

int stock_fill(struct frame_stock *stock, u64 count)
{
	u64 before = stock->nr;

	while (count--) {
		void *frame = pool_alloc_raw(stock->pool, 1);

		if (!frame) {
			stock_keep(stock, before);
			return -CL_ENOMEM;
		}
		stock_give(stock, frame);
	}
	return 0;
}

static u64 *unlink_first(struct frame_stock *stock)
{
	u64 *frame = stock->first;

	stock->first = (u64 *)(uintptr_t)frame[0];
	stock->nr--;
	return frame;
}

void stock_keep(struct frame_stock *stock, u64 count)
{
	while (stock->nr > count)
		pool_free(stock->pool, unlink_first(stock), 1);
}

void *stock_take(void *ctx)
{
	struct frame_stock *stock = ctx;
	u64 *frame;

	if (!stock->nr)
		return NULL;
	frame = unlink_first(stock);
	zero(frame, 1);
	return frame;
}

void stock_give(void *ctx, void *frame)
{
	struct frame_stock *stock = ctx;

	*(u64 *)frame = (u64)(uintptr_t)stock->first;
	stock->first = frame;
	stock->nr++;
}
