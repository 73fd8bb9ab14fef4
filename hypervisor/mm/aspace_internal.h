/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the address-space layer share. */
#ifndef MM_ASPACE_INTERNAL_H
#define MM_ASPACE_INTERNAL_H

#include "mm/aspace.h"
#include "mm/pt_internal.h"

/* Last address; an area never wraps */
static inline u64 area_last(const struct area *area)
{
	return area->start.v + (area->size - 1);
}

/* Index of the first area that ends at or after @ipa */
unsigned int aspace_find(const struct aspace *as, u64 ipa);

/* Records why, and returns the errno for it */
int aspace_refuse(struct aspace *as, enum area_reason reason);

/* Whether a range may be cut out of the areas: alignment, bounds, room for the parts */
enum area_reason aspace_judge_cuts(const struct aspace *as, u64 ipa, u64 size);

/* Adds a checked area, for which there is room, to the array, or joins it with neighbours */
void aspace_insert(struct aspace *as, unsigned int at, const struct area *area);
void aspace_join(struct aspace *as, unsigned int first, unsigned int behind);

/* What is behind areas: maps what an area needs now, or nothing on failure */
int area_back(struct aspace *as, const struct area *area);
void area_unback(struct aspace *as, const struct area *area);

/* One piece of an area that is not linear: 4 KiB, or 2 MiB */
int area_populate(struct aspace *as, const struct area *area, u64 ipa, u64 size);

/* Frees all frames of [ipa, last], which may not cut leaves unless tables are set aside */
void aspace_drain(struct aspace *as, u64 ipa, u64 last);

/* Gives back what was set aside for lazy areas that are no more */
void aspace_trim_spare(struct aspace *as);

#endif
