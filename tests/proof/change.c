// SPDX-License-Identifier: GPL-2.0-only
/* pt_unmap() or, with PROTECT, pt_protect() of any range, on any tables. */
#include "machine.h"

static u64 old[NR_ENTRIES];
static struct machine before;

int main(void)
{
	u64 at = nondet_u64();
	u64 ipa = RANGE_IPA * PAGE_SIZE, size = RANGE_PAGES * PAGE_SIZE;
	unsigned int perms = nondet_u8();
	unsigned int tables;
	struct spec after;
	int err, expect = 0;

	machine_any(at);
	before = now;
	for (unsigned int i = 0; i < NR_ENTRIES; i++)
		old[i] = frame_at(i / PT_ENTRIES)[i % PT_ENTRIES];
	tables = pt.tables;
	after = spec_walk(at);
#ifdef PROTECT
	if (perms >= PT_NR_PERMS)
		expect = -CL_EINVAL;
	else if (at >= ipa && at < ipa + size)
		after.perms = after.type == PT_DEVICE ? perms & ~PT_EXEC : perms;
#else
	if (at >= ipa && at < ipa + size)
		after.mapped = false;
#endif
	watch_begin(at >= ipa && at < ipa + size, after);

#ifdef PROTECT
	err = pt_protect(&pt, IPA(ipa), size, perms);
#else
	err = pt_unmap(&pt, IPA(ipa), size);
#endif

	PROVE(err == expect || (!expect && err == -CL_ENOMEM && now.allocs >= now.fail_at),
	      "the result is what it should be");
	if (WATCH) {
		watch_end();
		return 0;
	}
	if (err) {
		unsigned int i = nondet_uint();

		ASSUME(i < NR_ENTRIES);
		PROVE(!before.used[i / PT_ENTRIES] ||
			      frame_at(i / PT_ENTRIES)[i % PT_ENTRIES] == old[i],
		      "after an error tables are as they were");
		PROVE(now.used[i / PT_ENTRIES] == before.used[i / PT_ENTRIES],
		      "after an error no frame is lost");
		PROVE(pt.tables == tables, "after an error the count is as it was");
		return 0;
	}
	watch_end();
	PROVE(machine_sound(), "tables are sound, and no frame is lost");
	return 0;
}
