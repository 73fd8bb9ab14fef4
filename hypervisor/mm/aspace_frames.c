// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: the frames behind areas that are not linear. */
#include "mm/aspace_internal.h"

/* Runs of frames that are taken out of a table before one invalidation, then freed */
#define FREE_BATCH 32

/* Populated areas use leaves of this level where they can */
#define BLOCK_LEVEL (PT_LAST_LEVEL - 1)

/**
 * struct batch - frames that leave the table together
 * @as: address space
 * @ipa: first address of the range
 * @last: its last one
 * @run: physically contiguous frames
 * @nr: number of runs
 * @first: address of the first frame
 * @behind: first address behind the last
 */
struct batch {
	const struct aspace *as;
	u64 ipa;
	u64 last;
	struct segment run[FREE_BATCH];
	unsigned int nr;
	u64 first;
	u64 behind;
};

static int collect(const struct pt_visit *visit, void *arg)
{
	struct batch *batch = arg;
	u64 start = MAX(visit->ipa.v, batch->ipa);
	u64 last = MIN(visit->ipa.v + (visit->size - 1), batch->last);
	u64 pa = pt_desc_pa(&batch->as->pt, visit->desc) + (start - visit->ipa.v);
	struct segment *run = &batch->run[batch->nr];

	if (batch->nr && run[-1].pa.v + run[-1].size == pa) {
		run[-1].size += last - start + 1;
	} else {
		if (batch->nr == FREE_BATCH)
			return 1;
		*run = (struct segment){ PA(pa), last - start + 1 };
		if (!batch->nr++)
			batch->first = start;
	}
	batch->behind = last + 1;
	return 0;
}

/*
 * A guest can write to a frame until the invalidation is complete, so that
 * nothing about it can be noted in it: hence batches. The walk skips what is
 * not populated.
 */
static void drain_area(struct aspace *as, const struct area *area, u64 ipa, u64 last)
{
	struct pt_visitor visitor = { .leaf = collect };

	while (ipa <= last) {
		struct batch batch = { .as = as, .ipa = ipa, .last = last };

		pt_walk(&as->pt, IPA(ipa), last - ipa + 1, &visitor, &batch);
		if (!batch.nr)
			return;
		pt_unmap(&as->pt, IPA(batch.first), batch.behind - batch.first);
		for (unsigned int i = 0; i < batch.nr; i++) {
			as->nr_frames -= batch.run[i].size / PAGE_SIZE;
			as->frames->free(as->frames_ctx, area, batch.run[i].pa, batch.run[i].size);
		}
		ipa = batch.behind;
	}
}

void aspace_drain(struct aspace *as, u64 ipa, u64 last)
{
	for (unsigned int i = aspace_find(as, ipa); i < as->nr_areas; i++) {
		struct area *area = &as->area[i];

		if (area->start.v > last)
			break;
		if (area->kind != AREA_LINEAR)
			drain_area(as, area, MAX(ipa, area->start.v), MIN(last, area_last(area)));
	}
}

void aspace_release(struct aspace *as, ipaddr_t ipa, u64 size)
{
	/* Tables that become empty are set aside, too: nothing goes to the pool */
	as->pt.use_spare = true;
	aspace_drain(as, ipa.v, ipa.v + (size - 1));
	as->pt.use_spare = false;
}

int area_populate(struct aspace *as, const struct area *area, u64 ipa, u64 size)
{
	paddr_t pa = as->frames->alloc(as->frames_ctx, area, size);
	int err;

	if (pa.v == PA_NONE.v)
		return -CL_ENOMEM;
	as->pt.use_spare = area->kind == AREA_LAZY;
	err = pt_map(&as->pt, IPA(ipa), pa, size, area->attr);
	as->pt.use_spare = false;
	if (err)
		as->frames->free(as->frames_ctx, area, pa, size);
	else
		as->nr_frames += size / PAGE_SIZE;
	return err;
}

/* A block where alignment and memory allow, else a page */
static int populate_next(struct aspace *as, const struct area *area, u64 *offset)
{
	u64 block = BIT(pt_level_shift(BLOCK_LEVEL)), ipa = area->start.v + *offset;
	u64 size = PAGE_SIZE;
	int err = -CL_ENOMEM;

	if (IS_ALIGNED(ipa, block) && area->size - *offset >= block &&
	    !(area->attr.flags & PT_PAGES_ONLY)) {
		err = area_populate(as, area, ipa, block);
		if (!err)
			size = block;
	}
	if (err)
		err = area_populate(as, area, ipa, PAGE_SIZE);
	*offset += size;
	return err;
}

int area_back(struct aspace *as, const struct area *area)
{
	int err = 0;

	if (area->kind == AREA_LINEAR)
		return pt_map(&as->pt, area->start, area->pa, area->size, area->attr);
	if (area->kind == AREA_LAZY)
		return pt_spare_add(&as->pt, pt_tables_max(&as->pt, area->start, area->size));

	for (u64 offset = 0; !err && offset < area->size;)
		err = populate_next(as, area, &offset);
	if (err)
		drain_area(as, area, area->start.v, area_last(area));
	return err;
}

void area_unback(struct aspace *as, const struct area *area)
{
	if (area->kind == AREA_LINEAR)
		/* Exactly what was mapped before: no leaf is split, nothing can fail */
		pt_unmap(&as->pt, area->start, area->size);
	else
		drain_area(as, area, area->start.v, area_last(area));
}

void aspace_trim_spare(struct aspace *as)
{
	unsigned int keep = as->lent_tables;

	for (unsigned int i = 0; i < as->nr_areas; i++)
		if (as->area[i].kind == AREA_LAZY)
			keep += pt_tables_max(&as->pt, as->area[i].start, as->area[i].size);
	pt_spare_keep(&as->pt, keep);
}
