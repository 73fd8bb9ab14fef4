// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: areas, and what becomes of faults. */
#include "mm/aspace_internal.h"

/* Index of the first area that ends at or after @ipa */
unsigned int aspace_find(const struct aspace *as, u64 ipa)
{
	unsigned int low = 0, high = as->nr_areas;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (area_last(&as->area[mid]) < ipa)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct area *aspace_area(const struct aspace *as, ipaddr_t ipa)
{
	unsigned int i = aspace_find(as, ipa.v);

	return i < as->nr_areas && as->area[i].start.v <= ipa.v ? &as->area[i] : NULL;
}

/* Opens or closes a gap; room has been checked */
static void shift_areas(struct aspace *as, unsigned int from, int by)
{
	if (by > 0)
		for (unsigned int i = as->nr_areas; i-- > from;)
			as->area[i + (unsigned int)by] = as->area[i];
	else
		for (unsigned int i = from; i < as->nr_areas; i++)
			as->area[i - (unsigned int)-by] = as->area[i];
	as->nr_areas = (unsigned int)((int)as->nr_areas + by);
}

void aspace_insert(struct aspace *as, unsigned int at, const struct area *area)
{
	shift_areas(as, at, 1);
	as->area[at] = *area;
}

int aspace_init(struct aspace *as, const struct aspace_config *cfg)
{
	int err;

	*as = (struct aspace){
		.first = cfg->base.v,
		.area = cfg->areas,
		.max_areas = cfg->max_areas,
		.frames = cfg->frames,
		.frames_ctx = cfg->frames_ctx,
	};
	err = pt_init(&as->pt, &cfg->pt);
	if (err)
		return err;
	as->last = as->pt.ipa_last;
	if (cfg->size || cfg->base.v) {
		u64 size = cfg->size ? cfg->size : as->last - cfg->base.v + 1;

		err = pt_check_range(&as->pt, cfg->base.v, size);
		as->last = cfg->base.v + (size - 1);
	}
	if (err)
		pt_destroy(&as->pt);
	return err;
}

void aspace_destroy(struct aspace *as)
{
	aspace_drain(as, 0, as->pt.ipa_last);
	as->nr_areas = 0;
	pt_destroy(&as->pt);
}

static const s32 reason_errno[] = {
	[AREA_OK] = 0,
	[AREA_EMPTY] = -CL_EINVAL,
	[AREA_MISALIGNED] = -CL_EINVAL,
	[AREA_ATTR] = -CL_EINVAL,
	[AREA_WRAPS] = -CL_ERANGE,
	[AREA_BEYOND_IPA] = -CL_ERANGE,
	[AREA_BEYOND_PA] = -CL_ERANGE,
	[AREA_OVERLAPS] = -CL_EEXIST,
	[AREA_NOT_THERE] = -CL_ENOENT,
	[AREA_NO_ROOM] = -CL_ENOSPC,
	[AREA_NO_FRAMES] = -CL_ENOMEM,
};

int aspace_refuse(struct aspace *as, enum area_reason reason)
{
	as->reason = reason;
	return reason_errno[reason];
}

static enum area_reason judge_range(const struct aspace *as, u64 ipa, u64 size)
{
	if (!size)
		return AREA_EMPTY;
	if (!IS_ALIGNED(ipa | size, PAGE_SIZE))
		return AREA_MISALIGNED;
	if (size - 1 > ~ipa)
		return AREA_WRAPS;
	if (ipa < as->first || ipa + (size - 1) > as->last)
		return AREA_BEYOND_IPA;
	return AREA_OK;
}

/* What can be said of an area without looking at others */
static enum area_reason judge(const struct aspace *as, const struct area *area)
{
	const struct pt_attr *attr = &area->attr;
	enum area_reason reason = judge_range(as, area->start.v, area->size);

	if (reason != AREA_OK)
		return reason;
	if (attr->perms >= PT_NR_PERMS || attr->type >= PT_NR_TYPES ||
	    as->pt.fmt->perm[attr->perms] == PT_NO_PERM ||
	    (attr->type == PT_DEVICE && (attr->perms & PT_EXEC)))
		return AREA_ATTR;
	if (area->kind != AREA_LINEAR)
		return area->kind <= AREA_LAZY && as->frames ? AREA_OK : AREA_ATTR;
	if (!IS_ALIGNED(area->pa.v, PAGE_SIZE))
		return AREA_MISALIGNED;
	if (area->size - 1 > ~area->pa.v)
		return AREA_WRAPS;
	return area->pa.v + (area->size - 1) > as->pt.pa_last ? AREA_BEYOND_PA : AREA_OK;
}

static enum area_reason add_area(struct aspace *as, const struct area *area)
{
	enum area_reason reason = judge(as, area);
	unsigned int at;

	if (reason != AREA_OK)
		return reason;
	at = aspace_find(as, area->start.v);
	if (at < as->nr_areas && as->area[at].start.v <= area_last(area))
		return AREA_OVERLAPS;
	if (as->nr_areas + as->nr_lent >= as->max_areas)
		return AREA_NO_ROOM;
	/* Everything else has been checked: only frames can be missing */
	if (area_back(as, area))
		return AREA_NO_FRAMES;
	aspace_insert(as, at, area);
	return AREA_OK;
}

int aspace_map(struct aspace *as, const struct area *area, unsigned int count)
{
	enum area_reason reason = AREA_OK;
	unsigned int done;

	for (done = 0; done < count; done++) {
		reason = add_area(as, &area[done]);
		if (reason != AREA_OK)
			break;
	}
	if (reason == AREA_OK)
		return aspace_refuse(as, AREA_OK);

	while (done--) {
		area_unback(as, &area[done]);
		shift_areas(as, aspace_find(as, area[done].start.v) + 1, -1);
	}
	aspace_trim_spare(as);
	return aspace_refuse(as, reason);
}

/* Cuts the area that @ipa lies within, but does not begin at, in two */
static void cut(struct aspace *as, u64 ipa)
{
	unsigned int i = aspace_find(as, ipa);
	u64 first;

	if (i == as->nr_areas || as->area[i].start.v >= ipa)
		return;
	shift_areas(as, i, 1);
	first = ipa - as->area[i].start.v;
	as->area[i].size = first;
	as->area[i + 1].start.v += first;
	if (as->area[i].kind == AREA_LINEAR)
		as->area[i + 1].pa.v += first;
	as->area[i + 1].size -= first;
}

/* Whether cut() would cut */
static unsigned int cuts(const struct aspace *as, u64 ipa)
{
	unsigned int i = aspace_find(as, ipa);

	return i < as->nr_areas && as->area[i].start.v < ipa;
}

static bool joinable(const struct area *a, const struct area *b)
{
	return a->start.v + a->size == b->start.v && a->kind == b->kind && a->source == b->source &&
	       a->attr.perms == b->attr.perms && a->attr.type == b->attr.type &&
	       a->attr.flags == b->attr.flags &&
	       (a->kind != AREA_LINEAR || a->pa.v + a->size == b->pa.v);
}

/* Joins what cuts have left: each area with the one before it, where they fit */
void aspace_join(struct aspace *as, unsigned int first, unsigned int behind)
{
	for (unsigned int i = MIN(behind + 1, as->nr_areas); i-- > MAX(first, 1u);) {
		if (!joinable(&as->area[i - 1], &as->area[i]))
			continue;
		as->area[i - 1].size += as->area[i].size;
		shift_areas(as, i + 1, -1);
	}
}

/* Whether an operation on a range is possible as far as areas are concerned */
enum area_reason aspace_judge_cuts(const struct aspace *as, u64 ipa, u64 size)
{
	enum area_reason reason = judge_range(as, ipa, size);

	if (reason == AREA_OK &&
	    cuts(as, ipa) + cuts(as, ipa + size) > as->max_areas - as->nr_areas - as->nr_lent)
		reason = AREA_NO_ROOM;
	return reason;
}

int aspace_unmap(struct aspace *as, ipaddr_t ipa, u64 size)
{
	enum area_reason reason = aspace_judge_cuts(as, ipa.v, size);
	unsigned int first, behind;

	if (reason != AREA_OK)
		return aspace_refuse(as, reason);
	/* Frames of allocated areas go first, so what comes after may not fail */
	if (pt_spare_add(&as->pt, pt_unmap_tables(&as->pt, ipa, size)))
		return aspace_refuse(as, AREA_NO_FRAMES);
	as->pt.use_spare = true;
	aspace_drain(as, ipa.v, ipa.v + (size - 1));
	pt_unmap(&as->pt, ipa, size);
	as->pt.use_spare = false;

	cut(as, ipa.v);
	cut(as, ipa.v + size);
	first = aspace_find(as, ipa.v);
	for (behind = first; behind < as->nr_areas; behind++)
		if (as->area[behind].start.v >= ipa.v + size)
			break;
	if (behind > first)
		shift_areas(as, behind, -(int)(behind - first));
	/* The tables that were freed went to the spare ones: a lazy area may need them */
	aspace_trim_spare(as);
	return aspace_refuse(as, AREA_OK);
}

int aspace_protect(struct aspace *as, ipaddr_t ipa, u64 size, unsigned int perms)
{
	enum area_reason reason = aspace_judge_cuts(as, ipa.v, size);
	unsigned int first, i;
	int err;

	if (reason == AREA_OK && !pt_perms_possible(&as->pt, perms))
		reason = AREA_ATTR;
	if (reason != AREA_OK)
		return aspace_refuse(as, reason);
	err = pt_protect(&as->pt, ipa, size, perms);
	if (err)
		return aspace_refuse(as, AREA_NO_FRAMES);

	cut(as, ipa.v);
	cut(as, ipa.v + size);
	first = aspace_find(as, ipa.v);
	for (i = first; i < as->nr_areas && as->area[i].start.v < ipa.v + size; i++) {
		struct pt_attr *attr = &as->area[i].attr;

		attr->perms = (u8)perms;
		if (attr->type == PT_DEVICE)
			attr->perms &= (u8)~PT_EXEC;
	}
	aspace_join(as, first, i);
	/* Two lazy areas that are one now may need fewer tables */
	aspace_trim_spare(as);
	return aspace_refuse(as, AREA_OK);
}

int aspace_merge(struct aspace *as, ipaddr_t ipa, u64 size)
{
	enum area_reason reason = judge_range(as, ipa.v, size);
	u64 last = ipa.v + (size - 1);

	if (reason != AREA_OK)
		return aspace_refuse(as, reason);
	for (unsigned int i = aspace_find(as, ipa.v); i < as->nr_areas; i++) {
		const struct area *area = &as->area[i];
		u64 from = MAX(ipa.v, area->start.v);

		if (area->start.v > last)
			break;
		/* Frames of other areas come and go one by one, in leaves of their own */
		if (area->kind == AREA_LINEAR)
			pt_merge(&as->pt, IPA(from), MIN(last, area_last(area)) - from + 1);
	}
	return aspace_refuse(as, AREA_OK);
}

static const u8 access_perm[] = {
	[ACCESS_READ] = PT_READ,
	[ACCESS_WRITE] = PT_WRITE,
	[ACCESS_EXEC] = PT_EXEC,
};

static enum aspace_outcome resolve(struct aspace *as, u64 ipa, enum aspace_access access)
{
	const struct area *area = aspace_area(as, IPA(ipa));

	if (!area)
		return FAULT_NO_AREA;
	if (!(area->attr.perms & access_perm[access]))
		return FAULT_DENIED;
	if (pt_translate(&as->pt, IPA(ipa)).v != PA_NONE.v)
		return FAULT_SPURIOUS;
	/* All but lazy areas are mapped entirely */
	return area_populate(as, area, ALIGN_DOWN(ipa, PAGE_SIZE), PAGE_SIZE) ? FAULT_NO_MEMORY :
										FAULT_RESOLVED;
}

enum aspace_outcome aspace_handle(struct aspace *as, const struct aspace_fault *fault)
{
	enum aspace_outcome outcome = resolve(as, fault->ipa.v, fault->access);

	as->audit[as->nr_audited++ % AUDIT_ENTRIES] = (struct audit_entry){ *fault, outcome };
	as->outcomes[outcome]++;
	return outcome;
}

int aspace_query(const struct aspace *as, ipaddr_t ipa, struct aspace_info *info)
{
	const struct area *area = aspace_area(as, ipa);
	struct pt_leaf leaf;
	u64 left;

	if (!area)
		return -CL_ENOENT;
	info->area = *area;
	if (!pt_query(&as->pt, ipa, &info->leaf))
		return -CL_EFAULT;

	left = area_last(area) - ipa.v + 1;
	info->limit = left;
	if (area->kind == AREA_LINEAR)
		return 0;
	info->limit = MIN(left, info->leaf.size - ipa.v % info->leaf.size);
	while (info->limit < left && pt_query(&as->pt, IPA(ipa.v + info->limit), &leaf) &&
	       leaf.pa.v == info->leaf.pa.v + info->limit)
		info->limit = MIN(left, info->limit + leaf.size);
	return 0;
}

int aspace_segments(struct aspace *as, ipaddr_t ipa, u64 size, enum aspace_access access,
		    struct segment *segment, unsigned int max)
{
	unsigned int n = 0;

	if (!size)
		return -CL_EINVAL;
	if (ipa.v > as->pt.ipa_last || size - 1 > as->pt.ipa_last - ipa.v)
		return -CL_EFAULT;
	while (size) {
		enum aspace_outcome outcome = resolve(as, ipa.v, access);
		struct aspace_info info;
		u64 piece;

		if (outcome == FAULT_NO_MEMORY)
			return -CL_ENOMEM;
		if (outcome == FAULT_DENIED)
			return -CL_EPERM;
		if (outcome == FAULT_NO_AREA || aspace_query(as, ipa, &info))
			return -CL_EFAULT;

		piece = MIN(size, info.limit);
		if (n && segment[n - 1].pa.v + segment[n - 1].size == info.leaf.pa.v) {
			segment[n - 1].size += piece;
		} else {
			if (n == max)
				return -CL_E2BIG;
			segment[n++] = (struct segment){ info.leaf.pa, piece };
		}
		ipa.v += piece;
		size -= piece;
	}
	return (int)n;
}
