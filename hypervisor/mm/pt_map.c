// SPDX-License-Identifier: GPL-2.0-only
/* Page tables: mapping what was not mapped. */
#include "mm/pt_internal.h"

/**
 * struct map_op - one call of pt_map()
 * @pt: page table
 * @delta: output minus input, modulo 2^64
 * @attr: permissions and type of the leaves
 * @top: leaves may stand in tables of this level and below (higher numbers):
 *	from there on a leaf's size divides @delta
 * @need: tables that have to be added
 * @reserve: these
 */
struct map_op {
	struct pt *pt;
	u64 delta;
	u64 attr;
	unsigned int top;
	unsigned int need;
	struct pt_reserve reserve;
};

/*
 * Number of tables, of @level and below, that [ipa, end) takes where the table
 * of @level, within which it lies, does not exist.
 */
static unsigned int count_tables(const struct map_op *op, unsigned int level, u64 ipa, u64 end)
{
	unsigned int shift = pt_level_shift(level);
	u64 size = BIT(shift);
	unsigned int n = 1;
	u64 head, tail;

	if (level == PT_LAST_LEVEL)
		return n;

	if (level < op->top) {
		if (level + 1 == PT_LAST_LEVEL)
			return n + (unsigned int)(((end - 1) >> shift) - (ipa >> shift) + 1);
		while (ipa < end) {
			u64 next = MIN(end, (ipa | (size - 1)) + 1);

			n += count_tables(op, level + 1, ipa, next);
			ipa = next;
		}
		return n;
	}

	/* What is whole becomes leaves; what sticks out at either end, tables */
	head = ALIGN_UP(ipa, size);
	tail = ALIGN_DOWN(end, size);
	if (head > tail)
		return n + count_tables(op, level + 1, ipa, end);
	if (ipa < head)
		n += count_tables(op, level + 1, ipa, head);
	if (tail < end)
		n += count_tables(op, level + 1, tail, end);
	return n;
}

static bool all_zero(const u64 *at, unsigned int count)
{
	u64 any = 0;

	for (; count >= 8; count -= 8, at += 8)
		any |= at[0] | at[1] | at[2] | at[3] | at[4] | at[5] | at[6] | at[7];
	while (count--)
		any |= *at++;
	return !any;
}

/*
 * First phase: nothing may be mapped in [ipa, end), which lies within @table.
 * Counts the tables to be added. There are no empty tables, so one whose whole
 * range is wanted has something in it.
 */
static int check(struct map_op *op, const u64 *table, unsigned int level, u64 ipa, u64 end)
{
	unsigned int shift = pt_level_shift(level);
	const u64 *at = &table[pt_index(op->pt, level, ipa)];
	u64 size = BIT(shift);

	if (level == PT_LAST_LEVEL)
		return all_zero(at, (unsigned int)((end - ipa) >> shift)) ? 0 : -CL_EEXIST;

	for (; ipa < end; at++) {
		u64 next = MIN(end, (ipa | (size - 1)) + 1);
		bool whole = next - ipa == size;

		if (!*at) {
			if (!whole || level < op->top)
				op->need += count_tables(op, level + 1, ipa, next);
		} else {
			int err = -CL_EEXIST;

			if (!whole && !pt_is_leaf(op->pt, *at))
				err = check(op, pt_table_at(op->pt, *at), level + 1, ipa, next);
			if (err)
				return err;
		}
		ipa = next;
	}
	return 0;
}

static void commit(struct map_op *op, u64 *table, unsigned int level, u64 ipa, u64 end, bool live);

/*
 * Puts [ipa, end), which is less than the leaf @slot could be, below @slot.
 * Return: whether there is a new table. In a live one, its entry is invalid yet:
 * see publish().
 */
static bool commit_below(struct map_op *op, u64 *slot, unsigned int level, u64 ipa, u64 end,
			 bool live)
{
	struct pt *pt = op->pt;
	unsigned int first, behind;
	u64 *table, desc;

	if (live && *slot) {
		commit(op, pt_table_at(pt, *slot), level + 1, ipa, end, true);
		return false;
	}

	table = pt_reserve_pop(pt, &op->reserve);
	first = pt_index(pt, level + 1, ipa);
	behind = pt_index(pt, level + 1, end - 1) + 1;
	pt_zero(table, first);
	commit(op, table, level + 1, ipa, end, false);
	pt_zero(table + behind, PT_ENTRIES - behind);
	pt_clean(pt, table, PT_ENTRIES);
	desc = pt_table_desc(pt, table);
	WRITE_ONCE(*slot, live ? desc & ~pt->fmt->table : desc);
	return true;
}

/*
 * Makes new tables reachable. They are complete: one barrier for all of them
 * lets walkers see their contents before they see their address. In the range
 * that was just mapped nothing is empty, so what is neither leaf nor table waits
 * for this.
 */
static void publish(struct pt *pt, u64 *at, unsigned int count)
{
	u64 bits = pt->fmt->table;

	pt->ops->barrier(pt->ctx);
	for (; count; count--, at++)
		if (!pt_is_leaf(pt, *at) && (*at & bits) != bits)
			WRITE_ONCE(*at, *at | bits);
}

/*
 * Second phase. @live: walkers can reach @table. What is not live yet is
 * cleaned by whoever publishes it; its entries in the range may hold anything.
 */
static void commit(struct map_op *op, u64 *table, unsigned int level, u64 ipa, u64 end, bool live)
{
	struct pt *pt = op->pt;
	unsigned int shift = pt_level_shift(level);
	unsigned int index = pt_index(pt, level, ipa);
	unsigned int dirty = ~0u, dirty_end = 0;
	u64 size = BIT(shift);
	bool fresh = false;

	while (ipa < end) {
		unsigned int count = 1;
		bool written = true;

		if (level >= op->top && !(ipa & (size - 1)) && end - ipa >= size) {
			count = (unsigned int)((end - ipa) >> shift);
			pt_fill(pt, table, index, count, level,
				pt_leaf_desc(pt, level, ipa + op->delta, op->attr));
			ipa += (u64)count << shift;
		} else {
			u64 next = MIN(end, (ipa | (size - 1)) + 1);

			written = commit_below(op, &table[index], level, ipa, next, live);
			fresh |= written;
			ipa = next;
		}
		if (written) {
			dirty = MIN(dirty, index);
			dirty_end = index + count;
		}
		index += count;
	}
	if (!live || !dirty_end)
		return;
	if (fresh)
		publish(pt, table + dirty, dirty_end - dirty);
	pt_clean(pt, table + dirty, dirty_end - dirty);
}

static unsigned int top_level(const struct pt *pt, u64 delta, bool pages_only)
{
	unsigned int level = pages_only ? PT_LAST_LEVEL : pt->top;

	while (delta & (BIT(pt_level_shift(level)) - 1))
		level++;
	return level;
}

/* Any range that has passed the checks of pt_map(); @bits: permissions and type */
static __attribute__((noinline)) int map_range(struct pt *pt, u64 ipa, u64 pa, u64 size, u64 bits,
					       bool pages_only)
{
	struct map_op op = { .pt = pt, .delta = pa - ipa, .attr = bits };
	int err;

	op.top = top_level(pt, op.delta, pages_only);
	err = check(&op, pt->root, pt->root_level, ipa, ipa + size);
	if (!err && op.need)
		err = pt_reserve_get(pt, &op.reserve, op.need);
	if (err)
		return err;

	commit(&op, pt->root, pt->root_level, ipa, ipa + size, true);
	pt->ops->barrier(pt->ctx);
	return 0;
}

int pt_map(struct pt *pt, ipaddr_t ipa, paddr_t pa, u64 size, struct pt_attr attr)
{
	const struct pt_format *fmt = pt->fmt;
	u64 align = ipa.v | pa.v;
	unsigned int level = pt->root_level;
	u64 span = pt->root_span;
	u64 bits, *at;

	if (unlikely(attr.perms >= PT_NR_PERMS || attr.type >= PT_NR_TYPES ||
		     (attr.type == PT_DEVICE && (attr.perms & PT_EXEC))))
		return -CL_EINVAL;
	bits = fmt->perm[attr.perms];
	if (unlikely(!size || ((align | size) & (PAGE_SIZE - 1)) || bits == PT_NO_PERM))
		return -CL_EINVAL;
	bits |= fmt->type[attr.type];
	/* The order of the terms matters: a sum may wrap */
	if (unlikely(ipa.v > pt->ipa_last || size - 1 > pt->ipa_last - ipa.v ||
		     pa.v > pt->pa_last || size - 1 > pt->pa_last - pa.v))
		return -CL_ERANGE;

	/*
	 * The frequent case, a page after a fault or a block in the root: one
	 * entry of a table that exists already. It takes no frames, so both
	 * phases are one.
	 */
	at = &pt->root[ipa.v >> pt->root_shift];
	while (size < span && *at && !(*at & pt->leaf)) {
		span /= PT_ENTRIES;
		level++;
		at = pt_table_at(pt, *at) +
		     (ipa.v / PAGE_SIZE >> 9 * (PT_LAST_LEVEL - level)) % PT_ENTRIES;
	}
	if (*at || size != span || (align & (span - 1)) || !fmt->leaf_type[level] ||
	    ((attr.flags & PT_PAGES_ONLY) && level != PT_LAST_LEVEL))
		return map_range(pt, ipa.v, pa.v, size, bits, attr.flags & PT_PAGES_ONLY);

	WRITE_ONCE(*at, pt_leaf_desc(pt, level, pa.v, bits));
	pt_clean(pt, at, 1);
	pt->ops->barrier(pt->ctx);
	return 0;
}
