/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame pool: hands out page frames of one contiguous physical range.
 *
 * There is no lock inside: all calls for one pool are made under the same lock,
 * the management lock. A cell whose memory is populated on first access does
 * not come here from its fault path, but takes from frames set aside for it.
 */
#ifndef MM_POOL_H
#define MM_POOL_H

#include "mm/addr.h"

/**
 * struct frame_pool - a contiguous range of frames and who has them
 * @virt: address of the first frame
 * @phys_to_virt: add this (modulo 2^64) to a physical address for its virtual one
 * @base: physical address of the first frame
 * @map: one bit per frame, set where the frame is in use; lies in the first
 *	frames of the range itself
 * @nr: frames of the range, those of @map included
 * @own: frames of @map
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
 * struct frame_stock - frames set aside for one user
 * @pool: where they come from, and go back to
 * @first: linked through their first word
 * @nr: their number
 *
 * For paths that must not take the lock of the pool, or must not fail: the stock
 * is filled and emptied under the pool's lock, and used under its owner's.
 */
struct frame_stock {
	struct frame_pool *pool;
	u64 *first;
	u64 nr;
};

/**
 * stock_fill() - take frames from the pool
 * @stock: with @pool set, and the rest 0 at first
 * @count: frames to be added
 *
 * Return: 0; -CL_ENOMEM with nothing changed.
 */
int stock_fill(struct frame_stock *stock, u64 count);

/* Gives frames back to the pool until no more than @count are left */
void stock_keep(struct frame_stock *stock, u64 count);

/* One frame, zeroed, or NULL: struct frame_ops.alloc with the stock as ctx */
void *stock_take(void *stock);

/* Puts a frame in: struct frame_ops.free */
void stock_give(void *stock, void *frame);

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
