// SPDX-License-Identifier: GPL-2.0-only
/* Operands of TLBI IPAS2E1IS and TLBI RIPAS2E1IS, as in their Arm ARM pages. */
#include "mm/s2_tlbi.h"
#include "mm/pt.h"

/* IPAS2E1IS: IPA[47:12] in bits 35:0; TTL in 47:44, of which 01xx is 4 KiB */
#define PAGE_TTL(level) ((u64)(4 | (level)) << 44)

/*
 * RIPAS2E1IS: (NUM + 1) << (5 * SCALE + 1) pages from BaseADDR on, the number of
 * a page of the size that TG says. A level in TTL needs a base that is aligned to
 * the leaves of that level.
 */
#define RANGE_TTL(level) ((u64)(level) << 37)
#define RANGE_NUM(n) ((u64)(n) << 39)
#define RANGE_SCALE(n) ((u64)(n) << 44)
#define RANGE_TG_4K (1ull << 46)
#define RANGE_MAX_NUM 31
#define RANGE_MAX_SCALE 3

static unsigned int scale_shift(unsigned int scale)
{
	return 5 * scale + 1;
}

struct s2_tlbi s2_tlbi_first(const struct s2_features *features, ipaddr_t ipa, u64 size,
			     unsigned int level)
{
	u64 stride = level ? BIT(pt_level_shift(level)) : PAGE_SIZE;
	u64 page = ipa.v >> PAGE_SHIFT, pages = size >> PAGE_SHIFT;
	unsigned int hint = features->ttl ? level : 0;
	unsigned int scale = RANGE_MAX_SCALE;
	u64 num;

	if (!features->tlbi_ranges || size <= stride)
		return (struct s2_tlbi){ page | (hint ? PAGE_TTL(hint) : 0), stride, false };

	while (!(pages >> scale_shift(scale)))
		scale--;
	num = MIN((pages >> scale_shift(scale)) - 1, RANGE_MAX_NUM);
	return (struct s2_tlbi){ page | RANGE_TTL(hint) | RANGE_NUM(num) | RANGE_SCALE(scale) |
					 RANGE_TG_4K,
				 (num + 1) << scale_shift(scale) << PAGE_SHIFT, true };
}
