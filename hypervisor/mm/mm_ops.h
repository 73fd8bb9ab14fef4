/* SPDX-License-Identifier: GPL-2.0-only */
/* What the stage-2 engine needs from its surroundings, and nothing else. */
#ifndef MM_MM_OPS_H
#define MM_MM_OPS_H

#include "mm/addr.h"

/**
 * struct mm_ops - frames, caches and TLBs, as the engine's user provides them
 * @alloc: @count (1, 2, 4, 8 or 16) contiguous frames of 4 KiB, aligned to
 *	their total size, or NULL. The contents may be anything: the engine
 *	writes every descriptor before a table is published.
 * @free: gives back what one call of @alloc returned
 * @clean: cleans @bytes at @from to the point of coherency. NULL where the
 *	table walker is coherent with the caches. Called at most once per
 *	64-byte line between two barriers.
 * @barrier: makes all table writes so far visible to table walkers of every
 *	CPU (DSB ISHST)
 * @tlbi_range: invalidates what TLBs of the inner shareable domain hold for
 *	@size bytes at @ipa in @vmid, intermediate walks and combined stage-1
 *	and stage-2 entries included (TLBI IPAS2E1IS; DSB ISH; TLBI VMALLE1IS;
 *	DSB ISH; ISB: Arm ARM, "TLB maintenance"). @level is that of all leaves concerned,
 *	1..3, usable as stride and as the TTL hint; 0 where leaves of several
 *	levels or tables are concerned: the stride is one page, and no hint.
 *	Complete on return. @barrier has been called before.
 * @tlbi_all: the same for all of @vmid (TLBI VMALLS12E1IS)
 *
 * Each is called with the ctx of the page table. None may fail, except @alloc.
 */
struct mm_ops {
	void *(*alloc)(void *ctx, unsigned int count);
	void (*free)(void *ctx, void *frames, unsigned int count);
	void (*clean)(void *ctx, const void *from, size_t bytes);
	void (*barrier)(void *ctx);
	void (*tlbi_range)(void *ctx, u16 vmid, ipaddr_t ipa, u64 size, unsigned int level);
	void (*tlbi_all)(void *ctx, u16 vmid);
};

#endif
