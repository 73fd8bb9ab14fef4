// SPDX-License-Identifier: GPL-2.0-only
/* Page tables: removing what is mapped, and changing its permissions. */
#include "mm/pt_internal.h"

/*
 * Entries that have been broken and are made after the invalidation: a run of
 * @count at @at, the first with @desc, each with @step more than the one before.
 * Either end of a range may cut one leaf and, on each of 3 levels, one group of
 * contiguous entries, of which the two parts are made.
 */
struct make {
	u64 *at;
	u64 desc;
	u64 step;
	unsigned int count;
};

/* Entries of a cache line of 64 bytes; larger lines are cleaned more often */
#define LINE_ENTRIES 8

#define MAX_MAKES (2 + 2 * 3 * 2)

/**
 * struct update_op - one call of pt_unmap() or pt_protect()
 * @pt: page table
 * @unmap: which of the two
 * @perms: permissions for pt_protect()
 * @reserve: tables for the leaves to be split
 * @make: what is to be written after the invalidation
 * @nr_makes: number of these
 * @unlinked: tables to be freed then
 * @inv_start: first address to be invalidated
 * @inv_last: last one; below @inv_start: none
 * @inv_level: level of all leaves that were changed, 0 where they differ
 */
struct update_op {
	struct pt *pt;
	bool unmap;
	unsigned int perms;
	struct pt_reserve reserve;
	struct make make[MAX_MAKES];
	unsigned int nr_makes;
	struct pt_unlinked unlinked;
	u64 inv_start;
	u64 inv_last;
	unsigned int inv_level;
};

#define LEVEL_UNSET (~0u)

static void invalidate(struct update_op *op, u64 ipa, u64 size, unsigned int level)
{
	op->inv_start = MIN(op->inv_start, ipa);
	op->inv_last = MAX(op->inv_last, ipa + (size - 1));
	if (op->inv_level == LEVEL_UNSET)
		op->inv_level = level;
	else if (op->inv_level != level)
		op->inv_level = 0;
}

/* What a leaf becomes within the range */
static u64 updated(const struct update_op *op, u64 desc)
{
	if (op->unmap)
		return 0;
	return (desc & ~op->pt->fmt->perm_mask) | pt_perm_bits(op->pt, desc, op->perms);
}

static u64 *leaf_at(const struct pt *pt, u64 ipa, unsigned int *level)
{
	u64 *table = pt->root;

	for (*level = pt->root_level; *level <= PT_LAST_LEVEL; (*level)++) {
		u64 *entry = &table[pt_index(pt, *level, ipa)];

		if (!*entry)
			return NULL;
		if (pt_is_leaf(pt, *entry))
			return entry;
		table = pt_table_at(pt, *entry);
	}
	return NULL;
}

/*
 * First phase: the tables for splitting the leaf that @edge lies in, if it does
 * not just begin there. @other is the edge counted before (or @edge itself):
 * the tables that both lie in are needed once.
 */
static unsigned int count_split(const struct update_op *op, u64 edge, u64 other)
{
	const struct pt *pt = op->pt;
	unsigned int level, n = 0;
	u64 *leaf;

	if (edge > pt->ipa_last)
		return 0;
	leaf = leaf_at(pt, edge, &level);
	if (!leaf || updated(op, *leaf) == *leaf)
		return 0;
	for (; level < PT_LAST_LEVEL; level++) {
		unsigned int shift = pt_level_shift(level);

		if (!(edge & (BIT(shift) - 1)))
			break;
		if (edge == other || edge >> shift != other >> shift || !(other & (BIT(shift) - 1)))
			n++;
	}
	return n;
}

/*
 * Breaks @count leaves from @index on. They come back without the contiguous
 * hint, where @change with what the operation makes of them.
 */
static void break_run(struct update_op *op, u64 *table, unsigned int index, unsigned int count,
		      unsigned int level, bool change)
{
	u64 desc = table[index] & ~op->pt->fmt->contig;

	if (!count)
		return;
	op->make[op->nr_makes++] = (struct make){
		.at = &table[index],
		.desc = change ? updated(op, desc) : desc,
		.step = BIT(pt_level_shift(level)) >> op->pt->fmt->pa_shift,
		.count = count,
	};
	for (unsigned int i = index; i < index + count; i++)
		WRITE_ONCE(table[i], 0);
}

/*
 * The range touches the entries @touched (first, behind) of a table, and covers
 * @whole of them entirely. Where it does not cover all of the contiguous group
 * that begins at @group, and changes what it does cover, all of the group is
 * broken: the parts that stay come back without the hint; of the rest, unmapping
 * clears what it covers, and split() replaces what it does not.
 * Return: whether it was broken.
 */
static bool break_group(struct update_op *op, u64 *table, unsigned int level, u64 ipa,
			unsigned int group, const unsigned int touched[2],
			const unsigned int whole[2])
{
	unsigned int behind = group + PT_CONTIG_ENTRIES;
	unsigned int in = MAX(whole[0], group), in_end = MIN(whole[1], behind);
	unsigned int shift = pt_level_shift(level);
	u64 size = BIT(shift) * PT_CONTIG_ENTRIES;
	u64 desc = table[MAX(touched[0], group)];

	if (!op->pt->contig || !(desc & op->pt->fmt->contig) || !pt_is_leaf(op->pt, desc) ||
	    (whole[0] <= group && whole[1] >= behind) || updated(op, desc) == desc)
		return false;

	invalidate(op, ALIGN_DOWN(ipa, size), size, level);
	if (touched[0] > group)
		break_run(op, table, group, touched[0] - group, level, false);
	if (touched[1] < behind)
		break_run(op, table, touched[1], behind - touched[1], level, false);
	if (!op->unmap && in < in_end)
		break_run(op, table, in, in_end - in, level, true);
	return true;
}

/*
 * Builds the table that replaces the leaf @desc of @level, of which the range
 * covers [ipa, end) and not all. The table is complete, with the change made,
 * before anyone can see it.
 */
static u64 *build_split(struct update_op *op, u64 desc, unsigned int level, u64 ipa, u64 end)
{
	struct pt *pt = op->pt;
	u64 *table = pt_reserve_pop(pt, &op->reserve);
	unsigned int shift = pt_level_shift(++level);
	u64 size = BIT(shift);
	u64 base = ALIGN_DOWN(ipa, size << 9);
	u64 pa = ALIGN_DOWN(pt_desc_pa(pt, desc), size << 9);
	u64 attr = pt_desc_attr(pt, desc);
	unsigned int first = (unsigned int)((ipa - base) >> shift);
	unsigned int last = (unsigned int)((end - 1 - base) >> shift);
	bool head = !IS_ALIGNED(ipa, size);
	bool tail = !IS_ALIGNED(end, size) && (first != last || !head);
	unsigned int in = first + head, behind = last + 1 - tail;

	pt_fill(pt, table, 0, first, level, pt_leaf_desc(pt, level, pa, attr));
	pt_fill(pt, table, last + 1, PT_ENTRIES - 1 - last, level,
		pt_leaf_desc(pt, level, pa + (last + 1) * size, attr));
	if (in < behind && op->unmap)
		pt_zero(table + in, behind - in);
	else if (in < behind)
		pt_fill(pt, table, in, behind - in, level,
			updated(op, pt_leaf_desc(pt, level, pa + in * size, attr)));
	if (head) {
		u64 part = pt_leaf_desc(pt, level, pa + first * size, attr);

		table[first] = pt_table_desc(pt, build_split(op, part, level, ipa,
							     MIN(end, base + (first + 1) * size)));
	}
	if (tail) {
		u64 part = pt_leaf_desc(pt, level, pa + last * size, attr);

		table[last] = pt_table_desc(pt, build_split(op, part, level,
							    MAX(ipa, base + last * size), end));
	}
	pt_clean(pt, table, PT_ENTRIES);
	return table;
}

static void split(struct update_op *op, u64 *entry, unsigned int level, u64 ipa, u64 end)
{
	u64 size = BIT(pt_level_shift(level));
	u64 desc = pt_table_desc(op->pt, build_split(op, *entry, level, ipa, end));

	op->make[op->nr_makes++] = (struct make){ .at = entry, .desc = desc, .count = 1 };
	WRITE_ONCE(*entry, 0);
	invalidate(op, ALIGN_DOWN(ipa, size), size, level);
}

/* All of what @entry maps changes. Return: whether the entry was written. */
static bool update_whole(struct update_op *op, u64 *entry, unsigned int level, u64 ipa)
{
	struct pt *pt = op->pt;
	u64 size = BIT(pt_level_shift(level));
	u64 desc = *entry, new;

	if (pt_is_leaf(pt, desc)) {
		new = updated(op, desc);
		if (new == desc)
			return false;
		WRITE_ONCE(*entry, new);
		invalidate(op, ipa, size, level);
	} else {
		WRITE_ONCE(*entry, 0);
		pt_unlink(pt, &op->unlinked, pt_table_at(pt, desc), level + 1);
		invalidate(op, ipa, size, 0);
	}
	return true;
}

static bool update(struct update_op *op, u64 *table, unsigned int level, u64 ipa, u64 end);

/*
 * The part [ipa, end) of what @entry maps, or all of it, changes.
 * Return: whether the entry was written.
 */
static bool update_entry(struct update_op *op, u64 *entry, unsigned int level, u64 ipa, u64 end)
{
	struct pt *pt = op->pt;
	bool whole = end - ipa == BIT(pt_level_shift(level));
	u64 desc = *entry;
	u64 *table;

	if (!desc)
		return false;
	if (pt_is_leaf(pt, desc) ? whole : whole && op->unmap)
		return update_whole(op, entry, level, ipa);
	if (pt_is_leaf(pt, desc)) {
		if (updated(op, desc) == desc)
			return false;
		split(op, entry, level, ipa, end);
		return true;
	}

	table = pt_table_at(pt, desc);
	if (!update(op, table, level + 1, ipa, end))
		return false;
	/* Nothing is left in the table itself either */
	WRITE_ONCE(*entry, 0);
	pt_unlink(pt, &op->unlinked, table, PT_LAST_LEVEL);
	op->inv_level = 0;
	return true;
}

static bool all_zero(const u64 *at, unsigned int count)
{
	for (; count; count--)
		if (*at++)
			return false;
	return true;
}

/*
 * Second phase, first half: changes what needs no new entry afterwards, and
 * breaks what does. Return: whether @table is empty, and will remain so.
 */
static bool update(struct update_op *op, u64 *table, unsigned int level, u64 ipa, u64 end)
{
	u64 size = BIT(pt_level_shift(level));
	unsigned int index = pt_index(op->pt, level, ipa);
	unsigned int touched[2] = { index, pt_index(op->pt, level, end - 1) + 1 };
	unsigned int whole[2] = { index + !IS_ALIGNED(ipa, size),
				  touched[1] - !IS_ALIGNED(end, size) };
	unsigned int left = ALIGN_DOWN(touched[0], PT_CONTIG_ENTRIES);
	unsigned int right = ALIGN_DOWN(touched[1] - 1, PT_CONTIG_ENTRIES);
	unsigned int dirty = touched[1], dirty_end = touched[0];
	unsigned int makes = op->nr_makes;

	if (break_group(op, table, level, ipa, left, touched, whole)) {
		dirty = left;
		dirty_end = left + PT_CONTIG_ENTRIES;
	}
	if (right != left && break_group(op, table, level, end - 1, right, touched, whole)) {
		dirty = MIN(dirty, right);
		dirty_end = right + PT_CONTIG_ENTRIES;
	}
	for (; ipa < end; index++) {
		u64 next = MIN(end, (ipa | (size - 1)) + 1);

		if (update_entry(op, &table[index], level, ipa, next)) {
			dirty = MIN(dirty, index);
			dirty_end = MAX(dirty_end, index + 1);
		}
		ipa = next;
	}
	if (dirty < dirty_end)
		pt_clean(op->pt, table + dirty, dirty_end - dirty);
	return op->unmap && level > op->pt->root_level && makes == op->nr_makes &&
	       dirty < dirty_end && all_zero(table, PT_ENTRIES);
}

static u64 *line_of(u64 *entry)
{
	return (u64 *)((uintptr_t)entry & ~(uintptr_t)(LINE_ENTRIES * sizeof(*entry) - 1));
}

static bool in_makes(const struct update_op *op, unsigned int before, const u64 *line)
{
	for (unsigned int i = 0; i < before; i++) {
		const struct make *make = &op->make[i];

		if (make->at + make->count > line && make->at < line + LINE_ENTRIES)
			return true;
	}
	return false;
}

/* Cleans the lines of what was made, those with parts of several runs once */
static void clean_makes(const struct update_op *op)
{
	for (unsigned int i = 0; i < op->nr_makes; i++) {
		const struct make *make = &op->make[i];
		u64 *end = make->at + make->count;

		for (u64 *line = line_of(make->at); line < end; line += LINE_ENTRIES)
			if (!in_makes(op, i, line))
				pt_clean(op->pt, line, LINE_ENTRIES);
	}
}

/*
 * Second phase, second half: the one place where invalidation takes place and
 * where broken entries are made. Tables are freed last, when no TLB and no walk
 * cache can hold a way into them.
 */
static void finish(struct update_op *op)
{
	struct pt *pt = op->pt;
	u64 stride = op->inv_level ? BIT(pt_level_shift(op->inv_level)) : PAGE_SIZE;
	u64 size = op->inv_last - op->inv_start + 1;

	if (op->inv_level == LEVEL_UNSET)
		return;

	pt->ops->barrier(pt->ctx);
	if (size / stride > pt->tlbi_max)
		pt->ops->tlbi_all(pt->ctx, pt->vmid);
	else
		pt->ops->tlbi_range(pt->ctx, pt->vmid, IPA(op->inv_start), size, op->inv_level);

	for (unsigned int i = 0; i < op->nr_makes; i++) {
		struct make *make = &op->make[i];
		u64 desc = make->desc;

		for (unsigned int j = 0; j < make->count; j++, desc += make->step)
			WRITE_ONCE(make->at[j], desc);
	}
	if (op->nr_makes) {
		if (pt->ops->clean)
			clean_makes(op);
		pt->ops->barrier(pt->ctx);
	}
	pt_unlinked_free(pt, &op->unlinked);
}

static unsigned int count_tables(const struct update_op *op, u64 ipa, u64 size)
{
	return count_split(op, ipa, ipa) + count_split(op, ipa + size, ipa);
}

unsigned int pt_unmap_tables(const struct pt *pt, ipaddr_t ipa, u64 size)
{
	/* Only read through: an operation needs a table that it may write to */
	struct update_op op = { .pt = (struct pt *)(uintptr_t)pt, .unmap = true };

	return count_tables(&op, ipa.v, size);
}

static int run_update(struct update_op *op, u64 ipa, u64 size)
{
	struct pt *pt = op->pt;
	unsigned int need;
	int err = pt_check_range(pt, ipa, size);

	if (err)
		return err;
	need = count_tables(op, ipa, size);
	if (need)
		err = pt_reserve_get(pt, &op->reserve, need);
	if (err)
		return err;

	op->inv_start = ~0ull;
	op->inv_level = LEVEL_UNSET;
	update(op, pt->root, pt->root_level, ipa, ipa + size);
	finish(op);
	return 0;
}

int pt_unmap(struct pt *pt, ipaddr_t ipa, u64 size)
{
	struct update_op op = { .pt = pt, .unmap = true };

	return run_update(&op, ipa.v, size);
}

int pt_protect(struct pt *pt, ipaddr_t ipa, u64 size, unsigned int perms)
{
	struct update_op op = { .pt = pt, .perms = perms };

	if (!pt_perms_possible(pt, perms))
		return -CL_EINVAL;
	return run_update(&op, ipa.v, size);
}
