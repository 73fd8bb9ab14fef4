// SPDX-License-Identifier: GPL-2.0-only
/*
 * pt_translate(), pt_translate_any() and pt_query() at full size: any address in
 * any tables that the format FORMAT can have with IPA_BITS bits of input.
 *
 * One lookup reads one table of each level, and nothing but these: so that all
 * there is to say of all tables is said with one of each, of any contents.
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
	PROVE(count * PT_ENTRIES <= ROOT_ENTRIES, "a root has 16 pages at most");
	/* pt_init() would write to it: the tables here are any */
	return NULL;
}

static u64 entry_of(const struct pt *pt, unsigned int level, u64 index)
{
	if (level == pt->root_level)
		return root[index];
	index %= PT_ENTRIES;
	return level == 1 ? table_1[index] : level == 2 ? table_2[index] : table_3[index];
}

int main(void)
{
	const struct pt_format *fmt = &FORMAT;
	struct mm_ops ops = { .alloc = give_root };
	struct pt_config cfg = {
		.fmt = fmt,
		.ipa_bits = IPA_BITS,
		.pa_bits = 56,
		.phys_to_virt = PHYS_TO_VIRT,
		.ops = &ops,
	};
	u64 ipa = nondet_u64(), pa = 0, size = 0, desc = 0;
	bool mapped = false;
	unsigned int found = 0;
	struct pt_leaf leaf;
	struct pt pt;

	PROVE(pt_init(&pt, &cfg) == -CL_ENOMEM, "the format has this width");
	pt.root = root;
	__CPROVER_havoc_object(root);
	__CPROVER_havoc_object(table_1);
	__CPROVER_havoc_object(table_2);
	__CPROVER_havoc_object(table_3);

	if (!(ipa >> IPA_BITS)) {
		for (unsigned int level = pt.root_level; level < PT_NR_LEVELS; level++) {
			u64 span = PAGE_SIZE << 9 * (3 - level);

			desc = entry_of(&pt, level, ipa / span);
			found = level;
			size = span;
			if (!desc)
				break;
			if (desc & fmt->leaf) {
				mapped = true;
				pa = (desc & fmt->pa_mask) << fmt->pa_shift;
				/* As leaves of that level are */
				ASSUME(fmt->leaf_type[level] && pa % span == 0);
				pa += ipa % span;
				break;
			}
			ASSUME(level < PT_LAST_LEVEL);
			ASSUME(desc == (TABLE_PA(level + 1) >> fmt->pa_shift | fmt->table));
		}
	}

	PROVE(pt_translate(&pt, IPA(ipa)).v == (mapped ? pa : PA_NONE.v),
	      "pt_translate() is the walk by the book");
	PROVE(pt_translate_any(&pt, IPA(ipa)) == (mapped ? pa : PA_NONE.v),
	      "pt_translate_any() too");
	PROVE(pt_query(&pt, IPA(ipa), &leaf) == mapped, "pt_query() finds what there is");
	if (mapped)
		PROVE(leaf.pa.v == pa && leaf.size == size && leaf.level == found &&
			      leaf.desc == desc && leaf.contig == !!(desc & fmt->contig),
		      "and says what it is");
	return 0;
}
