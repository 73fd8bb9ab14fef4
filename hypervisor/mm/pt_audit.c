// SPDX-License-Identifier: GPL-2.0-only
#include "mm/pt_audit.h"
#include "mm/pt_internal.h"

/* Checks one region page by page in steps of leaves */
static enum pt_verdict audit_region(const struct pt *pt, const struct pt_region *region, u64 *where)
{
	u64 offset = 0;

	while (offset < region->size) {
		struct pt_leaf leaf;

		*where = region->ipa.v + offset;
		if (!pt_query(pt, IPA(*where), &leaf))
			return PT_HOLE;
		if (leaf.pa.v != region->pa.v + offset)
			return PT_OUTPUT;
		if (leaf.perms != region->attr.perms || leaf.type != region->attr.type)
			return PT_ATTR;
		offset += leaf.size - (*where & (leaf.size - 1));
	}
	return PT_AS_IT_SHOULD;
}

/**
 * struct pool_audit - the state of audit_pool_region()
 * @pt: page table
 * @region: the region
 * @next: first address that no leaf has covered so far
 * @verdict: so far
 * @where: the address at fault
 */
struct pool_audit {
	const struct pt *pt;
	const struct pt_region *region;
	u64 next;
	enum pt_verdict verdict;
	u64 where;
};

static int audit_pool_leaf(const struct pt_visit *visit, void *arg)
{
	struct pool_audit *audit = arg;
	const struct pt_region *region = audit->region;
	u64 offset = visit->ipa.v - region->ipa.v;
	struct pt_leaf leaf;

	audit->where = MAX(visit->ipa.v, region->ipa.v);
	pt_query(audit->pt, IPA(audit->where), &leaf);
	if (visit->ipa.v > audit->next && !region->lazy) {
		audit->where = audit->next;
		audit->verdict = PT_HOLE;
	} else if (offset > region->size || visit->size > region->size - offset) {
		audit->verdict = PT_EXTRA;
	} else if (leaf.pa.v - region->pa.v >= region->pool_size ||
		   visit->size > region->pool_size - (leaf.pa.v - region->pa.v)) {
		audit->verdict = PT_OUTPUT;
	} else if (leaf.perms != region->attr.perms || leaf.type != region->attr.type) {
		audit->verdict = PT_ATTR;
	}
	audit->next = visit->ipa.v + visit->size;
	return audit->verdict;
}

static enum pt_verdict audit_pool_region(const struct pt *pt, const struct pt_region *region,
					 u64 *where)
{
	static const struct pt_visitor visitor = { .leaf = audit_pool_leaf };
	struct pool_audit audit = { .pt = pt, .region = region, .next = region->ipa.v };

	pt_walk(pt, region->ipa, region->size, &visitor, &audit);
	if (audit.verdict == PT_AS_IT_SHOULD && !region->lazy &&
	    audit.next != region->ipa.v + region->size) {
		audit.verdict = PT_HOLE;
		audit.where = audit.next;
	}
	*where = audit.where;
	return audit.verdict;
}

static int note_leaf(const struct pt_visit *visit, void *arg)
{
	*(u64 *)arg = visit->ipa.v;
	return 1;
}

/* The region that @ipa lies in, or NULL; @next: where the next one begins */
static const struct pt_region *region_at(const struct pt_region *region, unsigned int count,
					 u64 ipa, u64 *next)
{
	for (unsigned int i = 0; i < count; i++) {
		if (ipa - region[i].ipa.v < region[i].size)
			return &region[i];
		if (region[i].ipa.v > ipa)
			*next = MIN(*next, region[i].ipa.v);
	}
	return NULL;
}

enum pt_verdict pt_audit(const struct pt *pt, const struct pt_region *region, unsigned int count,
			 ipaddr_t *where)
{
	struct pt_visitor visitor = { .leaf = note_leaf };
	enum pt_verdict verdict = PT_AS_IT_SHOULD;
	u64 ipa = 0, fault = 0;

	while (verdict == PT_AS_IT_SHOULD && ipa <= pt->ipa_last) {
		u64 next = pt->ipa_last + 1;
		const struct pt_region *in = region_at(region, count, ipa, &next);

		if (in) {
			verdict = in->pool_size ? audit_pool_region(pt, in, &fault) :
						  audit_region(pt, in, &fault);
			next = in->ipa.v + in->size;
		} else if (pt_walk(pt, IPA(ipa), next - ipa, &visitor, &fault)) {
			/* A leaf that begins before the gap is at fault from the gap on */
			fault = MAX(fault, ipa);
			verdict = PT_EXTRA;
		}
		ipa = next;
	}
	if (verdict != PT_AS_IT_SHOULD && where)
		*where = IPA(fault);
	return verdict;
}

struct reach {
	const struct pt *pt;
	u64 pa;
	u64 last;
	u64 where;
};

static int reach_leaf(const struct pt_visit *visit, void *arg)
{
	struct reach *reach = arg;
	u64 pa = pt_desc_pa(reach->pt, visit->desc);

	if (pa > reach->last || pa + (visit->size - 1) < reach->pa)
		return 0;
	reach->where = visit->ipa.v + (reach->pa > pa ? reach->pa - pa : 0);
	return 1;
}

bool pt_reaches(const struct pt *pt, paddr_t pa, u64 size, ipaddr_t *where)
{
	struct pt_visitor visitor = { .leaf = reach_leaf };
	struct reach reach = { pt, pa.v, pa.v + (size - 1), 0 };
	bool found = pt_walk(pt, IPA(0), pt->ipa_last + 1, &visitor, &reach);

	if (found && where)
		*where = IPA(reach.where);
	return found;
}

/**
 * struct share - the state of pt_share()
 * @a: the table walked
 * @b: the table asked
 * @shared: what both may reach
 * @count: number of these
 * @start: first physical address of the run of leaves seen last
 * @size: bytes of it so far
 * @where: physical address at fault
 */
struct share {
	const struct pt *a;
	const struct pt *b;
	const struct pt_span *shared;
	unsigned int count;
	u64 start;
	u64 size;
	u64 where;
};

/*
 * Asks for the parts of the run that are not shared: from its start to the next
 * shared range, and so on.
 */
static int ask_run(struct share *share)
{
	u64 at = share->start, end = share->start + share->size;

	while (at < end) {
		u64 next = end, skip = 0;
		ipaddr_t ipa;

		for (unsigned int i = 0; i < share->count; i++) {
			const struct pt_span *span = &share->shared[i];

			if (at - span->pa.v < span->size)
				skip = span->pa.v + span->size;
			else if (span->pa.v > at)
				next = MIN(next, span->pa.v);
		}
		if (skip) {
			at = skip;
			continue;
		}
		if (pt_reaches(share->b, PA(at), next - at, &ipa)) {
			share->where = pt_translate(share->b, ipa).v;
			return 1;
		}
		at = next;
	}
	return 0;
}

static int share_leaf(const struct pt_visit *visit, void *arg)
{
	struct share *share = arg;
	u64 pa = pt_desc_pa(share->a, visit->desc);
	int found = 0;

	if (share->size && pa == share->start + share->size) {
		share->size += visit->size;
		return 0;
	}
	found = ask_run(share);
	share->start = pa;
	share->size = visit->size;
	return found;
}

bool pt_share(const struct pt *a, const struct pt *b, const struct pt_span *shared,
	      unsigned int count, paddr_t *where)
{
	struct pt_visitor visitor = { .leaf = share_leaf };
	struct share share = { .a = a, .b = b, .shared = shared, .count = count };
	bool found = pt_walk(a, IPA(0), a->ipa_last + 1, &visitor, &share) || ask_run(&share);

	if (found && where)
		*where = PA(share.where);
	return found;
}
