/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Proofs about tables as they are: that they map what they should and nothing
 * else, and whom they reach. They only read, and trust nothing but the tables.
 */
#ifndef MM_PT_AUDIT_H
#define MM_PT_AUDIT_H

#include "mm/pt.h"

/**
 * struct pt_region - what should be mapped
 * @ipa: first input address, a multiple of 4 KiB
 * @pa: what it is mapped to, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0; no two regions overlap in @ipa
 * @attr: permissions and type
 * @pool_size: not 0: each page leads to somewhere in that many bytes from @pa on
 * @lazy: with @pool_size: some of it may not be mapped yet
 */
struct pt_region {
	ipaddr_t ipa;
	paddr_t pa;
	u64 size;
	struct pt_attr attr;
	u64 pool_size;
	bool lazy;
};

/**
 * enum pt_verdict - what an audit has found
 * @PT_AS_IT_SHOULD: nothing wrong
 * @PT_HOLE: something of a region is not mapped
 * @PT_EXTRA: something outside of all regions is mapped
 * @PT_OUTPUT: something of a region is mapped to another address
 * @PT_ATTR: the address is right, permissions or type are not
 */
enum pt_verdict { PT_AS_IT_SHOULD, PT_HOLE, PT_EXTRA, PT_OUTPUT, PT_ATTR };

/**
 * pt_audit() - whether exactly these regions are mapped
 * @pt: page table
 * @region: the regions, in any order
 * @count: their number
 * @where: the first address at fault; may be NULL
 *
 * Return: enum pt_verdict, for the lowest address at fault.
 */
enum pt_verdict pt_audit(const struct pt *pt, const struct pt_region *region, unsigned int count,
			 ipaddr_t *where);

/**
 * pt_reaches() - whether any access through a table can end in a physical range
 * @pt: page table
 * @pa: first physical address
 * @size: bytes, not 0
 * @where: the first input address that gets there; may be NULL
 *
 * Leaves without any permission count too: they are one bit away.
 */
bool pt_reaches(const struct pt *pt, paddr_t pa, u64 size, ipaddr_t *where);

/**
 * struct pt_span - a physical range
 */
struct pt_span {
	paddr_t pa;
	u64 size;
};

/**
 * pt_share() - whether two tables reach the same memory
 * @a: page table
 * @b: page table
 * @shared: what they may both reach
 * @count: number of these
 * @where: the first physical address at fault that was found; may be NULL
 *
 * The time grows with the product of their leaves, runs of contiguous leaves
 * counting as one.
 */
bool pt_share(const struct pt *a, const struct pt *b, const struct pt_span *shared,
	      unsigned int count, paddr_t *where);

#endif
