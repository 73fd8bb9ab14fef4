// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors of every format, for all inputs: there is no bound here. */
#include "mm/pt_arm64_s2.h"
#include "mm/pt_formats.h"
#include "mm/pt_internal.h"
#include "prove.h"

/*
 * A leaf made of any permissions, type, level and aligned address gives back
 * just these, and is a leaf; a table is none. In every format.
 */
static void leaf_of(const struct pt_format *fmt)
{
	u64 desc;
	/* A table of one page */
	struct pt pt = {
		.fmt = fmt,
		.root = &desc,
		.root_level = PT_LAST_LEVEL,
		.root_entries = 1,
		.ipa_last = PAGE_SIZE - 1,
	};
	unsigned int perms = nondet_uint(), type = nondet_uint(), level = nondet_uint();
	u64 pa = nondet_u64(), ipa = nondet_u64();
	struct pt_leaf leaf;

	ASSUME(perms < PT_NR_PERMS && fmt->perm[perms] != PT_NO_PERM && type < PT_NR_TYPES);
	ASSUME(level < PT_NR_LEVELS && fmt->leaf_type[level] != 0);
	ASSUME(pa % BIT(pt_level_shift(level)) == 0 && !(pa >> fmt->max_pa_bits));
	desc = pt_leaf_desc(&pt, level, pa, fmt->perm[perms] | fmt->type[type]);
	if (fmt->contig && nondet_bool())
		desc |= fmt->contig;
	PROVE(pt_is_leaf(&pt, desc), "a leaf is a leaf");
	PROVE(pt_desc_pa(&pt, desc) == pa, "the address comes back");
	PROVE(pt_desc_attr(&pt, desc) == (fmt->perm[perms] | fmt->type[type]),
	      "the attributes come back");
	if (level == PT_LAST_LEVEL) {
		ASSUME(ipa <= pt.ipa_last);
		PROVE(pt_query(&pt, IPA(ipa), &leaf), "it is found");
		PROVE(leaf.pa.v == pa + ipa && leaf.perms == perms && leaf.type == type &&
			      leaf.size == PAGE_SIZE && leaf.level == level,
		      "pt_query() gives back what went in");
		PROVE(leaf.contig == !!(desc & fmt->contig), "and the hint");
	}
	PROVE(pt_perm_bits(&pt, desc, perms) == fmt->perm[perms] ||
		      (type == PT_DEVICE && (perms & PT_EXEC)),
	      "permissions go in unchanged, except that devices do not execute");

	/* Tables: any frame of the machine */
	pt.phys_to_virt = 0;
	pa = nondet_u64();
	ASSUME(pa % PAGE_SIZE == 0 && !(pa >> fmt->max_pa_bits));
	desc = (pa >> fmt->pa_shift) | fmt->table;
	PROVE(!pt_is_leaf(&pt, desc) && desc && pt_desc_pa(&pt, desc) == pa, "a table is a table");
}

int main(void)
{
	leaf_of(&pt_arm64_s2);
	leaf_of(&pt_arm64_s2_fwb);
	leaf_of(&pt_ept);
	leaf_of(&pt_riscv);
	return 0;
}
