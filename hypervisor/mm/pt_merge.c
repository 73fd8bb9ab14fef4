// SPDX-License-Identifier: GPL-2.0-only
/* Page tables: from small leaves back to large ones. */
#include "mm/pt_internal.h"

/* The address and attributes of a leaf: what must go on from entry to entry */
static u64 content(const struct pt *pt, u64 desc)
{
	return desc & (pt->fmt->pa_mask | pt->fmt->perm_mask | pt->fmt->type_mask);
}

/*
 * Whether @count entries of a table of @level continue what starts with
 * @expect, in units of PA without shift: leaves of that size, or tables full of
 * them.
 */
static bool uniform(const struct pt *pt, const u64 *at, unsigned int count, unsigned int level,
		    u64 expect)
{
	u64 step = BIT(pt_level_shift(level)) >> pt->fmt->pa_shift;

	for (; count--; at++, expect += step) {
		if (!*at)
			return false;
		if (pt_is_leaf(pt, *at)) {
			if (content(pt, *at) != expect)
				return false;
		} else if (!uniform(pt, pt_table_at(pt, *at), PT_ENTRIES, level + 1, expect)) {
			return false;
		}
	}
	return true;
}

/* The leaf that the walk through the first entries ends at */
static u64 first_leaf(const struct pt *pt, u64 desc)
{
	while (desc && !pt_is_leaf(pt, desc))
		desc = *pt_table_at(pt, desc);
	return desc;
}

static void invalidate(struct pt *pt, u64 ipa, u64 size, unsigned int level)
{
	u64 stride = level ? BIT(pt_level_shift(level)) : PAGE_SIZE;

	pt->ops->barrier(pt->ctx);
	if (size / stride > pt->tlbi_max)
		pt->ops->tlbi_all(pt->ctx, pt->vmid);
	else
		pt->ops->tlbi_range(pt->ctx, pt->vmid, IPA(ipa), size, level);
}

/* Replaces the table that @entry points to by the leaf @desc */
static void fold(struct pt *pt, u64 *entry, unsigned int level, u64 ipa, u64 desc)
{
	struct pt_unlinked list = { 0 };
	u64 *table = pt_table_at(pt, *entry);

	WRITE_ONCE(*entry, 0);
	pt_unlink(pt, &list, table, level + 1);
	pt_clean(pt, entry, 1);
	invalidate(pt, ipa, BIT(pt_level_shift(level)), 0);
	WRITE_ONCE(*entry, desc);
	pt_clean(pt, entry, 1);
	pt->ops->barrier(pt->ctx);
	pt_unlinked_free(pt, &list);
}

/* Sets the contiguous hint on the 16 entries at @at, if they may have it */
static void hint(struct pt *pt, u64 *at, unsigned int level, u64 ipa)
{
	unsigned int shift = pt_level_shift(level);
	u64 size = BIT(shift) * PT_CONTIG_ENTRIES;
	u64 step = BIT(shift) >> pt->fmt->pa_shift;
	u64 desc = *at;

	if (!desc || !pt_is_leaf(pt, desc) || (desc & pt->fmt->contig) ||
	    (pt_desc_pa(pt, desc) & (size - 1)))
		return;
	for (u64 i = 0; i < PT_CONTIG_ENTRIES; i++)
		if (at[i] != desc + i * step)
			return;

	for (unsigned int i = 0; i < PT_CONTIG_ENTRIES; i++)
		WRITE_ONCE(at[i], 0);
	pt_clean(pt, at, PT_CONTIG_ENTRIES);
	invalidate(pt, ipa, size, level);
	desc |= pt->fmt->contig;
	for (u64 i = 0; i < PT_CONTIG_ENTRIES; i++)
		WRITE_ONCE(at[i], desc + i * step);
	pt_clean(pt, at, PT_CONTIG_ENTRIES);
	pt->ops->barrier(pt->ctx);
}

static void merge(struct pt *pt, u64 *table, unsigned int level, u64 ipa, u64 end)
{
	u64 size = BIT(pt_level_shift(level));
	u64 group = size * PT_CONTIG_ENTRIES;
	u64 start = ipa;
	u64 *at = &table[pt_index(pt, level, ipa)];

	for (u64 next; ipa < end; ipa = next, at++) {
		u64 leaf;

		next = MIN(end, (ipa | (size - 1)) + 1);
		if (!*at || pt_is_leaf(pt, *at))
			continue;
		leaf = first_leaf(pt, *at);
		if (next - ipa == size && pt->fmt->leaf_type[level] && leaf &&
		    !(pt_desc_pa(pt, leaf) & (size - 1)) &&
		    uniform(pt, at, 1, level, content(pt, leaf)))
			fold(pt, at, level, ipa,
			     pt_leaf_desc(pt, level, pt_desc_pa(pt, leaf), pt_desc_attr(pt, leaf)));
		else
			merge(pt, pt_table_at(pt, *at), level + 1, ipa, next);
	}

	if (!pt->contig)
		return;
	for (ipa = ALIGN_UP(start, group); ipa + group <= end; ipa += group)
		hint(pt, &table[pt_index(pt, level, ipa)], level, ipa);
}

int pt_merge(struct pt *pt, ipaddr_t ipa, u64 size)
{
	int err = pt_check_range(pt, ipa.v, size);

	if (!err)
		merge(pt, pt->root, pt->root_level, ipa.v, ipa.v + size);
	return err;
}
