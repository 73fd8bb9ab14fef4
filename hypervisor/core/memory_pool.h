/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pools of memory for cells: frames without a fixed place, which nobody but the
 * cell that has them can reach. The hypervisor sees them through windows only.
 *
 * A pool has a lock of its own, held for the search of a bitmap and nothing
 * else: cells take frames in their fault path, each under the lock of its own
 * address space. Those that share a pool can delay each other by that much.
 */
#ifndef CORE_MEMORY_POOL_H
#define CORE_MEMORY_POOL_H

#include <config/config.h>
#include <mm/aspace.h>

/**
 * memory_pools_init() - make the pools of a system config
 * @cfg: checked
 * @err: filled in on failure
 *
 * Return: 0 or -CL_ENOMEM.
 */
int memory_pools_init(const struct config *cfg, struct error *err);

/* Bytes of a pool, and those of them that are free at this moment */
u64 memory_pool_size(u32 pool);
u64 memory_pool_free(u32 pool);

/* Areas of kind AREA_ALLOC and AREA_LAZY; their source is the number of the pool */
extern const struct frame_ops memory_pool_frames;

#endif
