// SPDX-License-Identifier: GPL-2.0-only
#include <cloister/config.h>
#include <cloister/hypercall.h>

#include "mm/pool.h"

#define POOL_MAX_COUNT 512
#define POOL_MAX_BITS 52

/* @n bits from bit @first on of one word; @n: 1..64 */
static u64 bits(u64 first, u64 n)
{
	return ~0ull >> (64 - n) << first;
}

static void mark(struct frame_pool *pool, u64 frame, u64 count, bool used)
{
	for (u64 i = frame, n; i < frame + count; i += n) {
		n = MIN(64 - i % 64, frame + count - i);
		if (used)
			pool->map[i / 64] |= bits(i % 64, n);
		else
			pool->map[i / 64] &= ~bits(i % 64, n);
	}
}

static u64 map_words(u64 nr_pages)
{
	return (nr_pages + 63) / 64;
}

u64 pool_map_size(u64 nr_pages)
{
	return ALIGN_UP(map_words(nr_pages) * sizeof(u64), PAGE_SIZE);
}

static int init(struct frame_pool *pool, paddr_t base, u64 *map, u64 nr_pages, u64 own)
{
	u64 limit = BIT(POOL_MAX_BITS);

	if (!IS_ALIGNED(base.v, PAGE_SIZE) || nr_pages <= own || nr_pages > limit / PAGE_SIZE ||
	    base.v > limit - nr_pages * PAGE_SIZE)
		return -CL_EINVAL;
	*pool = (struct frame_pool){
		.base = base,
		.map = map,
		.nr = nr_pages,
		.own = own,
		.hint = own,
	};
	for (u64 i = 0; i < map_words(nr_pages); i++)
		map[i] = 0;
	mark(pool, 0, own, true);
	/* Bits of the last word that stand for no frame are never free */
	mark(pool, nr_pages, map_words(nr_pages) * 64 - nr_pages, true);
	return 0;
}

int pool_init(struct frame_pool *pool, paddr_t base, void *virt, u64 nr_pages)
{
	int err;

	if (!IS_ALIGNED((uintptr_t)virt, PAGE_SIZE) || !virt)
		return -CL_EINVAL;
	err = init(pool, base, virt, nr_pages, pool_map_size(nr_pages) / PAGE_SIZE);
	pool->virt = virt;
	pool->phys_to_virt = (u64)(uintptr_t)virt - base.v;
	return err;
}

int pool_init_unmapped(struct frame_pool *pool, paddr_t base, u64 nr_pages, u64 *map)
{
	return init(pool, base, map, nr_pages, 0);
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
	for (u64 i = frame, n; i < frame + count; i += n) {
		u64 mask;

		n = MIN(64 - i % 64, frame + count - i);
		mask = bits(i % 64, n);
		if ((pool->map[i / 64] & mask) != (used ? mask : 0))
			return false;
	}
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

/* Index of the first of @count frames, or pool->nr */
static u64 take(struct frame_pool *pool, unsigned int count)
{
	u64 frame;

	if (count == 1) {
		frame = find_one(pool);
		pool->hint = frame;
		if (frame == pool->nr)
			return frame;
		pool->map[frame / 64] |= BIT(frame % 64);
		pool->hint++;
	} else {
		if (!count || count > POOL_MAX_COUNT || (count & (count - 1)))
			return pool->nr;
		frame = find_run(pool, count);
		if (frame == pool->nr)
			return frame;
		mark(pool, frame, count, true);
		if (pool->hint == frame)
			pool->hint += count;
	}
	pool->used += count;
	return frame;
}

void *pool_alloc_raw(struct frame_pool *pool, unsigned int count)
{
	u64 frame = take(pool, count);

	return frame == pool->nr ? NULL : (u8 *)pool->virt + frame * PAGE_SIZE;
}

paddr_t pool_take(struct frame_pool *pool, unsigned int count)
{
	u64 frame = take(pool, count);

	return PA(frame == pool->nr ? PA_NONE.v : pool->base.v + frame * PAGE_SIZE);
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

int pool_put(struct frame_pool *pool, paddr_t pa, unsigned int count)
{
	u64 offset = pa.v - pool->base.v;
	u64 frame = offset / PAGE_SIZE;

	if (offset % PAGE_SIZE || frame < pool->own || frame >= pool->nr || !count ||
	    count > pool->nr - frame)
		return -CL_EINVAL;
	if (count == 1) {
		if (!(pool->map[frame / 64] & BIT(frame % 64)))
			return -CL_EINVAL;
		pool->map[frame / 64] &= ~BIT(frame % 64);
	} else {
		if (!all_equal(pool, frame, count, true))
			return -CL_EINVAL;
		mark(pool, frame, count, false);
	}
	pool->used -= count;
	if (frame < pool->hint)
		pool->hint = frame;
	return 0;
}

int pool_free(struct frame_pool *pool, void *ptr, unsigned int count)
{
	return pool_put(pool, pool_v2p(pool, ptr), count);
}
