// SPDX-License-Identifier: GPL-2.0-only
/* pt_map() of a range to anywhere, on any tables, with frames running out anywhere. */
#include "machine.h"

static u64 old[NR_ENTRIES];
static struct machine before;

int main(void)
{
	u64 at = nondet_u64();
	u64 ipa = RANGE_IPA * PAGE_SIZE, size = RANGE_PAGES * PAGE_SIZE, pa = nondet_u64();
	struct pt_attr attr = { nondet_u8(), nondet_u8(), nondet_u16() };
	unsigned int tables;
	struct spec after;
	bool exists = false;
	int err, expect = 0;

	machine_any(at);

	for (u64 page = ipa; page < ipa + size; page += PAGE_SIZE)
		exists |= spec_walk(page).mapped;
	if (pa % PAGE_SIZE || attr.perms >= PT_NR_PERMS || attr.type >= PT_NR_TYPES ||
	    (attr.type == PT_DEVICE && (attr.perms & PT_EXEC)))
		expect = -CL_EINVAL;
	else if (pa >= PA_END || size > PA_END - pa)
		expect = -CL_ERANGE;
	else if (exists)
		expect = -CL_EEXIST;

	before = now;
	for (unsigned int i = 0; i < NR_ENTRIES; i++)
		old[i] = frame_at(i / PT_ENTRIES)[i % PT_ENTRIES];
	tables = pt.tables;
	after = spec_walk(at);
	if (!expect && at >= ipa && at < ipa + size) {
		after.mapped = true;
		after.pa = pa + (at - ipa);
		after.perms = attr.perms;
		after.type = attr.type;
	}
	watch_begin(false, after);

	err = pt_map(&pt, IPA(ipa), PA(pa), size, attr);

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
