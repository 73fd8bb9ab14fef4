/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the page-table engine share. */
#ifndef MM_PT_INTERNAL_H
#define MM_PT_INTERNAL_H

#include <cloister/config.h>
#include <cloister/hypercall.h>

#include "mm/pt.h"

#define PT_CONTIG_ENTRIES 16

static inline bool pt_is_leaf(const struct pt *pt, u64 desc)
{
	return desc & pt->fmt->leaf;
}

static inline unsigned int pt_index(const struct pt *pt, unsigned int level, u64 ipa)
{
	u64 entries = level == pt->root_level ? pt->root_entries : PT_ENTRIES;

	return (ipa >> pt_level_shift(level)) & (entries - 1);
}

static inline u64 pt_desc_pa(const struct pt *pt, u64 desc)
{
	return (desc & pt->fmt->pa_mask) << pt->fmt->pa_shift;
}

static inline u64 pt_table_desc(const struct pt *pt, const u64 *table)
{
	u64 pa = (u64)(uintptr_t)table - pt->phys_to_virt;

	return (pa >> pt->fmt->pa_shift) | pt->fmt->table;
}

/* Permissions and type of a leaf: what is left without level and address */
static inline u64 pt_desc_attr(const struct pt *pt, u64 desc)
{
	return desc & (pt->fmt->perm_mask | pt->fmt->type_mask);
}

static inline u64 pt_leaf_desc(const struct pt *pt, unsigned int level, u64 pa, u64 attr)
{
	return (pa >> pt->fmt->pa_shift) | attr | pt->fmt->leaf_type[level];
}

static inline void pt_clean(const struct pt *pt, const u64 *from, unsigned int entries)
{
	if (pt->ops->clean)
		pt->ops->clean(pt->ctx, from, entries * sizeof(*from));
}

/* Whether pt_protect() can give @perms to normal and to device memory */
static inline bool pt_perms_possible(const struct pt *pt, unsigned int perms)
{
	return perms < PT_NR_PERMS && pt->fmt->perm[perms] != PT_NO_PERM &&
	       pt->fmt->perm[perms & ~(unsigned int)PT_EXEC] != PT_NO_PERM;
}

/* The descriptor bits of permissions, for memory of the type in @attr */
static inline u64 pt_perm_bits(const struct pt *pt, u64 attr, unsigned int perms)
{
	if ((attr & pt->fmt->type_mask) == pt->fmt->type[PT_DEVICE])
		perms &= ~(unsigned int)PT_EXEC;
	return pt->fmt->perm[perms];
}

/*
 * Whether a range of input addresses is well-formed: 0; -CL_EINVAL: size 0 or
 * alignment; -CL_ERANGE: it leaves the width.
 */
static inline int pt_check_range(const struct pt *pt, u64 ipa, u64 size)
{
	if (!size || !IS_ALIGNED(ipa | size, PAGE_SIZE))
		return -CL_EINVAL;
	/* The order of the terms matters: ipa + size may wrap */
	if (ipa > pt->ipa_last || size - 1 > pt->ipa_last - ipa)
		return -CL_ERANGE;
	return 0;
}

/*
 * Frames taken in the first phase and used up in the second: a list linked
 * through their first word.
 */
struct pt_reserve {
	u64 *first;
};

int pt_reserve_get(struct pt *pt, struct pt_reserve *reserve, unsigned int count);

static inline u64 *pt_reserve_pop(struct pt *pt, struct pt_reserve *reserve)
{
	u64 *table = reserve->first;

	reserve->first = (u64 *)(uintptr_t)table[0];
	pt->tables++;
	return table;
}

void pt_fill(const struct pt *pt, u64 *table, unsigned int index, unsigned int count,
	     unsigned int level, u64 desc);
void pt_zero(u64 *entries, unsigned int count);

/*
 * Tables that have been unlinked and wait for the end of the invalidation.
 * They are linked through their first entry, by physical address: with its low
 * 12 bits zero it is an invalid descriptor in every format, so that a walker
 * that still knows the table finds a hole there.
 */
struct pt_unlinked {
	u64 first;
	u64 count;
};

void pt_unlink(const struct pt *pt, struct pt_unlinked *list, u64 *table, unsigned int level);
void pt_unlinked_free(struct pt *pt, struct pt_unlinked *list);

#endif
