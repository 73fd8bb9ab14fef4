// SPDX-License-Identifier: GPL-2.0-only
/* pt_query() and pt_translate() of any address, on the tables of the other proofs. */
#include "machine.h"

int main(void)
{
	u64 ipa = nondet_u64();
	u64 page = ipa % IPA_END / PAGE_SIZE * PAGE_SIZE;
	struct pt_leaf leaf;
	struct spec spec;

	machine_any(page);
	PROVE(machine_sound(), "what the proofs begin with is sound");
	spec = spec_walk(page);
	if (ipa >= IPA_END)
		spec.mapped = false;
	PROVE(pt_translate(&pt, IPA(ipa)).v ==
		      (spec.mapped ? spec.pa + ipa % PAGE_SIZE : PA_NONE.v),
	      "pt_translate() is the walk by the book");
	PROVE(pt_query(&pt, IPA(ipa), &leaf) == spec.mapped, "pt_query() finds what there is");
	if (spec.mapped)
		PROVE(leaf.pa.v == spec.pa + ipa % PAGE_SIZE && leaf.perms == spec.perms &&
			      leaf.type == spec.type && leaf.level == spec.level &&
			      leaf.contig == spec.contig,
		      "and says what it is");
	return 0;
}
