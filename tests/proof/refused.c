// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments that pt_map(), pt_unmap(), pt_protect() and pt_merge() must refuse, at
 * full size: any of them, in any format. The parts of the engine that read or write
 * tables are cut out: whoever comes to them has failed.
 */
#include "mm/pt_arm64_s2.h"
#include "mm/pt_formats.h"
#include "mm/pt_internal.h"
#include "prove.h"

u64 root[ROOT_ENTRIES];
u64 table_1[PT_ENTRIES], table_2[PT_ENTRIES], table_3[PT_ENTRIES];

static void *give_root(void *ctx, unsigned int count)
{
	(void)ctx;
	(void)count;
	return NULL;
}

static int range_error(u64 start, u64 size, u64 bits)
{
	if (start >> bits || size > BIT(bits) - start)
		return -CL_ERANGE;
	return 0;
}

int main(void)
{
	const struct pt_format *fmt = &FORMAT;
	struct mm_ops ops = { .alloc = give_root };
	unsigned int pa_bits = nondet_uint();
	struct pt_config cfg = { .fmt = fmt, .ipa_bits = IPA_BITS, .pa_bits = pa_bits, .ops = &ops };
	u64 ipa = nondet_u64(), pa = nondet_u64(), size = nondet_u64();
	struct pt_attr attr = { nondet_u8(), nondet_u8(), nondet_u16() };
	unsigned int perms = nondet_uint();
	bool aligned, exists;
	struct pt pt;
	int map, change;

	ASSUME(pa_bits >= 32 && pa_bits <= 56 &&
	       (!fmt->input_within_output || IPA_BITS <= pa_bits));
	PROVE(pt_init(&pt, &cfg) == -CL_ENOMEM, "the format has this width");
	pt.root = root;
	pa_bits = MIN(pa_bits, (unsigned int)fmt->max_pa_bits);

	aligned = size && ipa % PAGE_SIZE == 0 && size % PAGE_SIZE == 0;
	change = aligned ? range_error(ipa, size, IPA_BITS) : -CL_EINVAL;
	exists = attr.perms < PT_NR_PERMS && attr.type < PT_NR_TYPES &&
		 !(attr.type == PT_DEVICE && (attr.perms & PT_EXEC)) &&
		 fmt->perm[attr.perms] != PT_NO_PERM;
	map = aligned && pa % PAGE_SIZE == 0 && exists ? range_error(ipa, size, IPA_BITS) :
							 -CL_EINVAL;
	if (!map)
		map = range_error(pa, size, pa_bits);
	if (map)
		PROVE(pt_map(&pt, IPA(ipa), PA(pa), size, attr) == map, "pt_map() refuses it");
	if (change) {
		PROVE(pt_unmap(&pt, IPA(ipa), size) == change, "pt_unmap() refuses it");
		PROVE(pt_merge(&pt, IPA(ipa), size) == change, "pt_merge() refuses it");
	}
	exists = perms < PT_NR_PERMS && fmt->perm[perms] != PT_NO_PERM &&
		 fmt->perm[perms & ~(unsigned int)PT_EXEC] != PT_NO_PERM;
	if (!exists || change)
		PROVE(pt_protect(&pt, IPA(ipa), size, perms) == (exists ? change : -CL_EINVAL),
		      "pt_protect() refuses it");
	return 0;
}
