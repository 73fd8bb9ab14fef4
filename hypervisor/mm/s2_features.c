// SPDX-License-Identifier: GPL-2.0-only
/* ID registers of AArch64 that concern stage 2: see their names in the Arm ARM. */
#include "mm/s2_features.h"

static unsigned int field(u64 reg, unsigned int shift)
{
	return reg >> shift & 15;
}

/*
 * TGran4_2 [43:40]: 1 no, 2 yes, 3 yes with LPA2; 0: as TGran4 [31:28], which is
 * signed: negative means no.
 */
static bool has_granule_4k(u64 mmfr0)
{
	unsigned int stage2 = field(mmfr0, 40);

	return stage2 ? stage2 >= 2 : field(mmfr0, 28) < 8;
}

/* TGran4: 1 is LPA2 at stage 1, of which 0 in TGran4_2 speaks, too */
static bool has_lpa2(u64 mmfr0)
{
	unsigned int stage2 = field(mmfr0, 40);

	return stage2 ? stage2 >= 3 : field(mmfr0, 28) == 1;
}

struct s2_features s2_features_of(const struct s2_ids *ids)
{
	unsigned int hafdbs = field(ids->mmfr1, 0);
	unsigned int pa_bits = s2_pa_bits(field(ids->mmfr0, 0));

	return (struct s2_features){
		.pa_bits = (u8)MIN(pa_bits, 48u),
		.granule_4k = has_granule_4k(ids->mmfr0),
		.lpa2 = has_lpa2(ids->mmfr0),
		.vmid_bits = field(ids->mmfr1, 4) == 2 ? 16 : 8,
		.ha = hafdbs >= 1,
		.hd = hafdbs >= 2,
		.xnx = field(ids->mmfr1, 28) >= 1,
		.cnp = field(ids->mmfr2, 0) >= 1,
		.fwb = field(ids->mmfr2, 40) >= 1,
		.ttst = field(ids->mmfr2, 28) >= 1,
		.ttl = field(ids->mmfr2, 48) >= 1,
		.bbm = (u8)MIN(field(ids->mmfr2, 52), 2u),
		.tlbi_ranges = field(ids->isar0, 56) >= 2,
	};
}

struct s2_features s2_features_common(const struct s2_features *a, const struct s2_features *b)
{
	return (struct s2_features){
		.pa_bits = MIN(a->pa_bits, b->pa_bits),
		.granule_4k = a->granule_4k && b->granule_4k,
		.lpa2 = a->lpa2 && b->lpa2,
		.ttst = a->ttst && b->ttst,
		.vmid_bits = MIN(a->vmid_bits, b->vmid_bits),
		.ha = a->ha && b->ha,
		.hd = a->hd && b->hd,
		.xnx = a->xnx && b->xnx,
		.cnp = a->cnp && b->cnp,
		.fwb = a->fwb && b->fwb,
		.ttl = a->ttl && b->ttl,
		.bbm = MIN(a->bbm, b->bbm),
		.tlbi_ranges = a->tlbi_ranges && b->tlbi_ranges,
	};
}

u64 s2_vtcr_flags(const struct s2_features *features)
{
	u64 flags = 0;

	if (features->vmid_bits == 16)
		flags |= S2_VMID16;
	if (features->ha)
		flags |= S2_HA;
	if (features->ha && features->hd)
		flags |= S2_HD;
	return flags;
}
