// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: memory that goes to somebody else for a while, and comes back. */
#include "mm/aspace_internal.h"

/*
 * The most tables that a range can come to need when it is mapped again: what
 * surrounds it may have been lent, too, since. What is whole becomes leaves
 * where there are any; an end that sticks out needs a table on each level.
 */
static unsigned int tables_for(const struct pt *pt, u64 start, u64 end)
{
	unsigned int n = 0;

	for (unsigned int level = pt->root_level; level < PT_LAST_LEVEL; level++) {
		u64 span = BIT(pt_level_shift(level));
		bool head = !IS_ALIGNED(start, span), tail = !IS_ALIGNED(end, span);

		if (level < pt->top)
			n += (unsigned int)((end - 1) / span - start / span + 1);
		else if (head && tail && start / span != end / span)
			n += 2;
		else
			n += head || tail;
	}
	return n;
}

/* The largest leaf, above which nothing can be merged */
static u64 largest_leaf(const struct pt *pt)
{
	return BIT(pt_level_shift(pt->top));
}

int aspace_lend(struct aspace *as, ipaddr_t ipa, u64 size)
{
	enum area_reason reason = aspace_judge_cuts(as, ipa.v, size);
	const struct area *area = aspace_area(as, ipa);
	unsigned int tables;
	int err;

	if (reason == AREA_OK &&
	    (!area || area->kind != AREA_LINEAR || ipa.v + (size - 1) > area_last(area)))
		reason = AREA_NOT_THERE;
	if (reason != AREA_OK)
		return aspace_refuse(as, reason);
	tables = tables_for(&as->pt, ipa.v, ipa.v + size);
	if (pt_spare_add(&as->pt, tables))
		return aspace_refuse(as, AREA_NO_FRAMES);
	/* Room for one more area is kept from here on */
	as->nr_lent++;
	as->lent_tables += tables;
	err = aspace_unmap(as, ipa, size);
	if (err) {
		as->nr_lent--;
		as->lent_tables -= tables;
		aspace_trim_spare(as);
	}
	return err;
}

int aspace_restore(struct aspace *as, const struct area *area)
{
	u64 align = largest_leaf(&as->pt);
	u64 first = ALIGN_DOWN(area->start.v, align);
	u64 last = MIN(as->last, area_last(area) | (align - 1));
	unsigned int at;
	int err;

	aspace_unmap(as, area->start, area->size);
	as->pt.use_spare = true;
	err = area_back(as, area);
	as->pt.use_spare = false;

	as->nr_lent--;
	as->lent_tables -= tables_for(&as->pt, area->start.v, area->start.v + area->size);
	at = aspace_find(as, area->start.v);
	aspace_insert(as, at, area);
	aspace_join(as, at, at + 1);
	aspace_merge(as, IPA(MAX(first, as->first)), last - MAX(first, as->first) + 1);
	aspace_trim_spare(as);
	return err;
}
