// SPDX-License-Identifier: GPL-2.0-only
/* Page tables: life, frames, walks and queries. */
#include "mm/pt_internal.h"

#define TLBI_MAX_DEFAULT 64

static u64 *take_frame(struct pt *pt)
{
	u64 *table = pt->spare;

	if (!pt->use_spare)
		return pt->ops->alloc(pt->ctx, 1);
	if (table) {
		pt->spare = (u64 *)(uintptr_t)table[0];
		pt->nr_spare--;
	}
	return table;
}

static void give_frame(struct pt *pt, u64 *table)
{
	if (!pt->use_spare) {
		pt->ops->free(pt->ctx, table, 1);
		return;
	}
	table[0] = (u64)(uintptr_t)pt->spare;
	pt->spare = table;
	pt->nr_spare++;
}

/* Only after the invalidation is complete */
void pt_unlinked_free(struct pt *pt, struct pt_unlinked *list)
{
	u64 pa = list->first;

	for (u64 n = list->count; n; n--) {
		u64 *table = (u64 *)(uintptr_t)(pa + pt->phys_to_virt);

		pa = table[0];
		give_frame(pt, table);
	}
	pt->tables -= list->count;
	list->count = 0;
}

int pt_reserve_get(struct pt *pt, struct pt_reserve *reserve, unsigned int count)
{
	reserve->first = NULL;
	while (count--) {
		u64 *table = take_frame(pt);

		if (!table)
			goto out_of_frames;
		table[0] = (u64)(uintptr_t)reserve->first;
		reserve->first = table;
	}
	return 0;

out_of_frames:
	while (reserve->first) {
		u64 *table = reserve->first;

		reserve->first = (u64 *)(uintptr_t)table[0];
		give_frame(pt, table);
	}
	return -CL_ENOMEM;
}

int pt_spare_add(struct pt *pt, unsigned int count)
{
	unsigned int before = pt->nr_spare;

	while (count--) {
		u64 *table = pt->ops->alloc(pt->ctx, 1);

		if (!table) {
			pt_spare_keep(pt, before);
			return -CL_ENOMEM;
		}
		table[0] = (u64)(uintptr_t)pt->spare;
		pt->spare = table;
		pt->nr_spare++;
	}
	return 0;
}

void pt_spare_keep(struct pt *pt, unsigned int count)
{
	while (pt->nr_spare > count) {
		u64 *table = pt->spare;

		pt->spare = (u64 *)(uintptr_t)table[0];
		pt->nr_spare--;
		pt->ops->free(pt->ctx, table, 1);
	}
}

unsigned int pt_tables_max(const struct pt *pt, ipaddr_t ipa, u64 size)
{
	u64 last = ipa.v + (size - 1);
	u64 n = 0;

	/* For each level but the last, the entries that must be tables */
	for (unsigned int level = pt->root_level; level < PT_LAST_LEVEL; level++)
		n += (last >> pt_level_shift(level)) - (ipa.v >> pt_level_shift(level)) + 1;
	return (unsigned int)n;
}

int pt_init(struct pt *pt, const struct pt_config *cfg)
{
	const struct pt_format *fmt = cfg->fmt;
	const struct pt_geometry *geo = NULL;
	unsigned int pa_bits = MIN(cfg->pa_bits, (unsigned int)fmt->max_pa_bits);

	for (unsigned int i = 0; i < fmt->nr_geometry; i++)
		if (fmt->geometry[i].ipa_bits == cfg->ipa_bits)
			geo = &fmt->geometry[i];
	if (!geo)
		return -CL_EINVAL;
	if (cfg->pa_bits < 32 || cfg->pa_bits > 56)
		return -CL_ERANGE;
	if (fmt->input_within_output && cfg->ipa_bits > cfg->pa_bits)
		return -CL_ERANGE;

	pt->fmt = fmt;
	pt->phys_to_virt = cfg->phys_to_virt;
	pt->root_level = geo->root_level;
	pt->root_shift = pt_level_shift(geo->root_level);
	pt->root_span = BIT(pt->root_shift);
	pt->root_pages = geo->root_pages;
	pt->root_entries = BIT(geo->ipa_bits - pt->root_shift);
	pt->top = geo->root_level;
	while (!fmt->leaf_type[pt->top])
		pt->top++;
	pt->quick_entries = 0;
	if (geo->root_level == 1 && !fmt->pa_shift && fmt->max_pa_bits <= 48)
		pt->quick_entries = pt->root_entries;
	pt->leaf = fmt->leaf;
	pt->ipa_bits = geo->ipa_bits;
	pt->ipa_last = BIT(geo->ipa_bits) - 1;
	pt->pa_last = BIT(pa_bits) - 1;
	pt->vmid = cfg->vmid;
	pt->contig = fmt->contig && !cfg->no_contig;
	pt->tlbi_max = cfg->tlbi_max ? cfg->tlbi_max : TLBI_MAX_DEFAULT;
	pt->use_spare = false;
	pt->spare = NULL;
	pt->nr_spare = 0;
	pt->ops = cfg->ops;
	pt->ctx = cfg->ctx;

	pt->root = pt->ops->alloc(pt->ctx, pt->root_pages);
	if (!pt->root)
		return -CL_ENOMEM;
	pt->tables = pt->root_pages;
	pt_zero(pt->root, pt->root_pages * PT_ENTRIES);
	pt_clean(pt, pt->root, pt->root_pages * PT_ENTRIES);
	pt->ops->barrier(pt->ctx);
	return 0;
}

/*
 * Puts a table and all below it on the list. Its entries stay as they are,
 * except the first: clearing them one by one would cost more than all the rest.
 */
void pt_unlink(const struct pt *pt, struct pt_unlinked *list, u64 *table, unsigned int level)
{
	if (level < PT_LAST_LEVEL) {
		for (unsigned int i = 0; i < PT_ENTRIES; i++) {
			u64 desc = table[i];

			if (desc && !pt_is_leaf(pt, desc))
				pt_unlink(pt, list, pt_table_at(pt, desc), level + 1);
		}
	}
	WRITE_ONCE(table[0], list->first);
	list->first = (u64)(uintptr_t)table - pt->phys_to_virt;
	list->count++;
}

void pt_destroy(struct pt *pt)
{
	struct pt_unlinked list = { 0 };

	for (u64 i = 0; i < pt->root_entries; i++) {
		u64 desc = pt->root[i];

		WRITE_ONCE(pt->root[i], 0);
		if (desc && !pt_is_leaf(pt, desc))
			pt_unlink(pt, &list, pt_table_at(pt, desc), pt->root_level + 1u);
	}
	pt_clean(pt, pt->root, pt->root_entries);
	pt->ops->barrier(pt->ctx);
	pt->ops->tlbi_all(pt->ctx, pt->vmid);
	pt_unlinked_free(pt, &list);
	pt_spare_keep(pt, 0);
	pt->ops->free(pt->ctx, pt->root, pt->root_pages);
	pt->root = NULL;
	pt->root_entries = 0;
	pt->quick_entries = 0;
	pt->tables = 0;
}

static void run(u64 *at, unsigned int count, u64 desc, u64 step)
{
	for (; count >= 8; count -= 8, at += 8) {
		WRITE_ONCE(at[0], desc);
		desc += step;
		WRITE_ONCE(at[1], desc);
		desc += step;
		WRITE_ONCE(at[2], desc);
		desc += step;
		WRITE_ONCE(at[3], desc);
		desc += step;
		WRITE_ONCE(at[4], desc);
		desc += step;
		WRITE_ONCE(at[5], desc);
		desc += step;
		WRITE_ONCE(at[6], desc);
		desc += step;
		WRITE_ONCE(at[7], desc);
		desc += step;
	}
	for (; count; count--, at++, desc += step)
		WRITE_ONCE(*at, desc);
}

void pt_zero(u64 *entries, unsigned int count)
{
	run(entries, count, 0, 0);
}

/**
 * pt_fill() - write leaves whose output is contiguous
 * @pt: page table
 * @table: the table
 * @index: first entry
 * @count: number of entries
 * @level: level of the table
 * @desc: the first leaf, without the contiguous hint
 *
 * The hint is set on every 16 aligned entries that lie within the run and whose
 * output is aligned to their size (Arm ARM, "The
 * Contiguous bit").
 */
void pt_fill(const struct pt *pt, u64 *table, unsigned int index, unsigned int count,
	     unsigned int level, u64 desc)
{
	unsigned int shift = pt_level_shift(level);
	u64 step = BIT(shift) >> pt->fmt->pa_shift;
	unsigned int head = -index % PT_CONTIG_ENTRIES;
	unsigned int body;
	u64 *at = table + index;

	if (!pt->contig || count < head + PT_CONTIG_ENTRIES ||
	    ((pt_desc_pa(pt, desc) >> shift) + head) % PT_CONTIG_ENTRIES) {
		run(at, count, desc, step);
		return;
	}
	body = ALIGN_DOWN(count - head, PT_CONTIG_ENTRIES);
	run(at, head, desc, step);
	run(at + head, body, (desc + head * step) | pt->fmt->contig, step);
	run(at + head + body, count - head - body, desc + (head + body) * step, step);
}

static void decode(const struct pt *pt, u64 desc, struct pt_leaf *leaf)
{
	const struct pt_format *fmt = pt->fmt;

	leaf->perms = 0;
	for (unsigned int i = 0; i < PT_NR_PERMS; i++)
		if ((desc & fmt->perm_mask) == fmt->perm[i])
			leaf->perms = i;
	for (unsigned int i = 0; i < PT_NR_TYPES; i++)
		if ((desc & fmt->type_mask) == fmt->type[i])
			leaf->type = i;
	leaf->contig = desc & fmt->contig;
	leaf->desc = desc;
}

bool pt_query(const struct pt *pt, ipaddr_t ipa, struct pt_leaf *leaf)
{
	const u64 *table = pt->root;

	if (ipa.v > pt->ipa_last)
		return false;
	for (unsigned int level = pt->root_level; level <= PT_LAST_LEVEL; level++) {
		u64 desc = READ_ONCE(table[pt_index(pt, level, ipa.v)]);

		if (!desc)
			return false;
		if (pt_is_leaf(pt, desc)) {
			leaf->size = BIT(pt_level_shift(level));
			leaf->level = level;
			leaf->pa = PA(pt_desc_pa(pt, desc) + (ipa.v & (leaf->size - 1)));
			decode(pt, desc, leaf);
			return true;
		}
		table = pt_table_at(pt, desc);
	}
	return false;
}

u64 pt_translate_any(const struct pt *pt, ipaddr_t ipa)
{
	unsigned int shift = pt->root_shift;
	u64 index = ipa.v >> shift;
	u64 desc, offset;

	if (index >= pt->root_entries)
		return PA_NONE.v;
	desc = READ_ONCE(pt->root[index]);
	while (!pt_is_leaf(pt, desc)) {
		if (!desc)
			return PA_NONE.v;
		shift -= 9;
		desc = READ_ONCE(pt_table_at(pt, desc)[(ipa.v >> shift) % PT_ENTRIES]);
	}
	offset = ipa.v & (BIT(shift) - 1);
	return (pt_desc_pa(pt, desc) & ~(BIT(shift) - 1)) | offset;
}

struct walk {
	const struct pt *pt;
	const struct pt_visitor *visitor;
	void *arg;
};

static int call(int (*fn)(const struct pt_visit *, void *), const struct pt_visit *visit, void *arg)
{
	return fn ? fn(visit, arg) : 0;
}

static int walk(const struct walk *w, const u64 *table, unsigned int level, u64 ipa, u64 last)
{
	u64 size = BIT(pt_level_shift(level));
	int err = 0;

	for (;;) {
		const u64 *entry = &table[pt_index(w->pt, level, ipa)];
		u64 end = ipa | (size - 1);
		struct pt_visit visit = {
			IPA(ALIGN_DOWN(ipa, size)), size, level, READ_ONCE(*entry), entry,
		};

		if (visit.desc && pt_is_leaf(w->pt, visit.desc)) {
			err = call(w->visitor->leaf, &visit, w->arg);
		} else if (visit.desc) {
			err = call(w->visitor->pre, &visit, w->arg);
			if (!err)
				err = walk(w, pt_table_at(w->pt, visit.desc), level + 1, ipa,
					   MIN(last, end));
			if (!err)
				err = call(w->visitor->post, &visit, w->arg);
		}
		if (err || end >= last)
			return err;
		ipa = end + 1;
	}
}

int pt_walk(const struct pt *pt, ipaddr_t ipa, u64 size, const struct pt_visitor *visitor,
	    void *arg)
{
	struct walk w = { pt, visitor, arg };

	if (!size || ipa.v > pt->ipa_last || size - 1 > pt->ipa_last - ipa.v)
		return -CL_ERANGE;
	return walk(&w, pt->root, pt->root_level, ipa.v, ipa.v + (size - 1));
}
