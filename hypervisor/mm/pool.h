/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame pool: hands out page frames of one contiguous physical range.
 *
 * There is no lock inside: all calls for one pool are made under the same lock.
 */
#ifndef MM_POOL_H
#define MM_POOL_H

#include "mm/addr.h"

/**
 * struct frame_pool - a contiguous range of frames and who has them
 * @virt: address of the first frame
 * @phys_to_virt: add this (modulo 2^64) to a physical address for its virtual one
 * @base: physical address of the first frame
 * @map: one bit per frame, set where the frame is in use
 * @nr: frames of the range, those of @map included
 * @own: frames of @map, which lies in the first ones of the range itself; 0
 *	where it lies elsewhere
 * @used: frames in use, those of @map not included
 * @hint: no frame below this one is free
 */
struct frame_pool {
	void *virt;
	u64 phys_to_virt;
	paddr_t base;
	u64 *map;
	u64 nr;
	u64 own;
	u64 used;
	u64 hint;
};

/**
 * pool_init() - make a pool of a range of memory
 * @pool: to be filled in
 * @base: physical address, a multiple of 4 KiB
 * @virt: address of the same memory, writable, a multiple of 4 KiB
 * @nr_pages: frames, 2 or more; the first 1/32768 of them, rounded up, hold the
 *	bitmap
 *
 * Return: 0; -CL_EINVAL where a value is not as described or @base plus the size
 * exceeds 2^52.
 */
int pool_init(struct frame_pool *pool, paddr_t base, void *virt, u64 nr_pages);

/**
 * pool_alloc() - take frames, zeroed
 * @pool: initialised pool
 * @count: 1, 2, 4, .. 512 contiguous frames
 *
 * Return: address of the first, whose physical address is a multiple of
 * @count * 4 KiB; NULL where there is no such run or @count is none of these.
 */
void *pool_alloc(struct frame_pool *pool, unsigned int count);

/**
 * pool_alloc_raw() - take frames whose contents are whatever they are
 * @pool: initialised pool
 * @count: as in pool_alloc()
 *
 * For callers that write all of it before anyone else can see it.
 */
void *pool_alloc_raw(struct frame_pool *pool, unsigned int count);

/**
 * pool_free() - give frames back
 * @pool: the pool they came from
 * @ptr: what pool_alloc() or pool_alloc_raw() returned
 * @count: as it was there
 *
 * Return: 0; -CL_EINVAL, with nothing changed, where these frames are not all in
 * use or not of this pool (freed twice, wrong pointer).
 */
int pool_free(struct frame_pool *pool, void *ptr, unsigned int count);

/**
 * pool_map_size() - the bitmap that a pool needs
 * @nr_pages: frames of the pool
 *
 * Return: bytes, a multiple of 4 KiB.
 */
u64 pool_map_size(u64 nr_pages);

/**
 * pool_init_unmapped() - make a pool of memory that cannot be accessed
 * @pool: to be filled in
 * @base: physical address, a multiple of 4 KiB
 * @nr_pages: frames, 1 or more
 * @map: pool_map_size() bytes elsewhere
 *
 * Its frames have no address but the physical one: pool_take() and pool_put()
 * are for them, and nobody zeroes them.
 *
 * Return: as pool_init().
 */
int pool_init_unmapped(struct frame_pool *pool, paddr_t base, u64 nr_pages, u64 *map);

/**
 * pool_take() - as pool_alloc_raw(), by physical address
 *
 * Return: address of the first frame; PA_NONE where there is no such run.
 */
paddr_t pool_take(struct frame_pool *pool, unsigned int count);

/**
 * pool_put() - as pool_free(), by physical address
 *
 * Any frames in use may be given back together, or one by one.
 */
int pool_put(struct frame_pool *pool, paddr_t pa, unsigned int count);

/* Frames that the pool can hand out at most, and those handed out */
static inline u64 pool_total(const struct frame_pool *pool)
{
	return pool->nr - pool->own;
}

static inline u64 pool_used(const struct frame_pool *pool)
{
	return pool->used;
}

/* The two addresses of memory in the pool; no check */
static inline void *pool_p2v(const struct frame_pool *pool, paddr_t pa)
{
	return (void *)(uintptr_t)(pa.v + pool->phys_to_virt);
}

static inline paddr_t pool_v2p(const struct frame_pool *pool, const void *virt)
{
	return PA((u64)(uintptr_t)virt - pool->phys_to_virt);
}

#endif
