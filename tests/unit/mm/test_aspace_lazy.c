// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: frames that come with the first access, and faults. */
#include "space.h"

static void D2_lazy_pages_come_on_first_access_zeroed(void **state)
{
	paddr_t pa;

	(void)state;
	/* Make the pool's frames dirty first */
	assert_int_equal(map(frames(0x40000, 0x20000, AREA_ALLOC)), 0);
	assert_int_equal(aspace_unmap(&as, IPA(0x40000), 0x20000), 0);

	assert_int_equal(map(frames(0x10000, 0x8000, AREA_LAZY)), 0);
	assert_int_equal(as.nr_frames, 0);
	assert_int_equal(aspace_translate(&as, IPA(0x12345)).v, PA_NONE.v);
	assert_int_equal(access_at(0x12345, ACCESS_WRITE), FAULT_RESOLVED);
	assert_int_equal(as.nr_frames, 1);
	pa = aspace_translate(&as, IPA(0x12000));
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(host(pa)[i], 0);
	/* the neighbours are still not there */
	assert_int_equal(aspace_translate(&as, IPA(0x11fff)).v, PA_NONE.v);
	assert_int_equal(aspace_translate(&as, IPA(0x13000)).v, PA_NONE.v);
}

static void E8_second_fault_gets_the_same_frame(void **state)
{
	paddr_t pa;

	(void)state;
	assert_int_equal(map(frames(0x10000, 0x8000, AREA_LAZY)), 0);
	assert_int_equal(access_at(0x12345, ACCESS_WRITE), FAULT_RESOLVED);
	pa = aspace_translate(&as, IPA(0x12000));
	host(pa)[5] = 0xaa;
	assert_int_equal(access_at(0x12345, ACCESS_WRITE), FAULT_SPURIOUS);
	assert_int_equal(access_at(0x12ff8, ACCESS_READ), FAULT_SPURIOUS);
	assert_int_equal(aspace_translate(&as, IPA(0x12000)).v, pa.v);
	assert_int_equal(host(pa)[5], 0xaa);
	assert_int_equal(as.nr_frames, 1);
}

static void D2_faults_check_permissions_first(void **state)
{
	struct area ro = frames(0x10000, 0x8000, AREA_LAZY);

	(void)state;
	ro.attr.perms = PT_READ;
	assert_int_equal(map(ro), 0);
	assert_int_equal(access_at(0x10000, ACCESS_WRITE), FAULT_DENIED);
	assert_int_equal(access_at(0x10000, ACCESS_EXEC), FAULT_DENIED);
	assert_int_equal(access_at(0xf000, ACCESS_READ), FAULT_NO_AREA);
	assert_int_equal(access_at(~0ull, ACCESS_READ), FAULT_NO_AREA);
	assert_int_equal(as.nr_frames, 0);
	assert_int_equal(access_at(0x10000, ACCESS_READ), FAULT_RESOLVED);
}

static void D2_a_lazy_fault_without_memory_changes_nothing(void **state)
{
	u64 sum;

	(void)state;
	assert_int_equal(map(frames(0x10000, 0x8000, AREA_LAZY)), 0);
	assert_int_equal(access_at(0x10000, ACCESS_READ), FAULT_RESOLVED);
	sum = fake_checksum();
	frame_limit = 1;
	assert_int_equal(access_at(0x11000, ACCESS_READ), FAULT_NO_MEMORY);
	assert_int_equal(fake_checksum(), sum);
	frame_limit = 2;
	assert_int_equal(access_at(0x11000, ACCESS_READ), FAULT_RESOLVED);
}

static void D2_lazy_faults_never_want_for_tables(void **state)
{
	(void)state;
	assert_int_equal(map(frames(GiB - 4 * MiB, 8 * MiB, AREA_LAZY)), 0);
	/* from now on the pool has no table for anyone */
	fake_forget();
	fake.fail_at = 1;
	for (u64 ipa = GiB - 4 * MiB; ipa < GiB + 4 * MiB; ipa += MiB)
		assert_int_equal(access_at(ipa, ACCESS_WRITE), FAULT_RESOLVED);
	assert_int_equal(fake.allocs, 0);
	/* The middle goes, and with it a table that the rest may need again */
	assert_int_equal(aspace_unmap(&as, IPA(GiB - 4 * MiB + PAGE_SIZE), 5 * MiB), 0);
	assert_int_equal(access_at(GiB - 4 * MiB, ACCESS_READ), FAULT_SPURIOUS);
	for (u64 ipa = GiB + MiB + PAGE_SIZE; ipa < GiB + 4 * MiB; ipa += 64 * PAGE_SIZE)
		assert_true(access_at(ipa, ACCESS_WRITE) <= FAULT_SPURIOUS);
	fake.fail_at = 0;
	assert_int_equal(aspace_unmap(&as, IPA(0), 2 * GiB), 0);
	assert_int_equal(as.pt.nr_spare, 0);
	assert_int_equal(pool_used(&fake.pool), 1);
}

static void D6_faults_are_logged_in_the_audit_ring(void **state)
{
	(void)state;
	assert_int_equal(map(frames(0x10000, 0x8000, AREA_LAZY)), 0);
	for (unsigned int i = 0; i < AUDIT_ENTRIES + 5; i++)
		access_at(0x10000 + i * 0x1000, ACCESS_WRITE);
	assert_int_equal(as.nr_audited, AUDIT_ENTRIES + 5);
	assert_int_equal(as.outcomes[FAULT_RESOLVED], 8);
	assert_int_equal(as.outcomes[FAULT_NO_AREA], AUDIT_ENTRIES - 3);
	/* the oldest were overwritten */
	assert_int_equal(as.audit[4].fault.ipa.v, 0x10000 + (AUDIT_ENTRIES + 4) * 0x1000);
	assert_int_equal(as.audit[5].fault.ipa.v, 0x15000);
	assert_int_equal(as.audit[5].fault.pc, 0x19000);
	assert_int_equal(as.audit[5].fault.cpu, 1);
	assert_int_equal(as.audit[5].outcome, FAULT_RESOLVED);
}

static int count_walk(const struct pt_visit *visit, void *arg)
{
	(void)visit;
	++*(unsigned int *)arg;
	return 0;
}

static void D2_large_lazy_areas_go_in_the_time_of_what_is_populated(void **state)
{
	struct pt_visitor visitor = { .leaf = count_walk };
	unsigned int count = 0;
	u64 used = pool_used(&fake.pool);

	(void)state;
	/* 1 GiB, of which pages far apart are there, more than one batch: from high to
	 * low, so that no two frames are neighbours in the same order
	 */
	assert_int_equal(map(frames(GiB, GiB, AREA_LAZY)), 0);
	for (u64 i = 70; i-- > 0;)
		assert_int_equal(access_at(GiB + i * 14 * MiB + 0x3000, ACCESS_WRITE),
				 FAULT_RESOLVED);
	fake_forget();
	assert_int_equal(aspace_unmap(&as, IPA(GiB), GiB - MiB), 0);
	assert_int_equal(as.nr_frames, 0);
	assert_int_equal(fake.total[EV_ALL] + fake.total[EV_RANGE], 3);
	assert_int_equal(pt_walk(&as.pt, IPA(0), BIT(39), &visitor, &count), 0);
	assert_int_equal(count, 0);
	/* what is left of the area can still be populated */
	assert_int_equal(access_at(2 * GiB - 5, ACCESS_WRITE), FAULT_RESOLVED);
	assert_int_equal(aspace_unmap(&as, IPA(0), BIT(39)), 0);
	assert_int_equal(pool_used(&fake.pool), used);
}

/* Found by the fuzzer: what was set aside for two went with the next failure */
static void D2_joined_lazy_areas_set_aside_what_one_needs(void **state)
{
	unsigned int spare;

	(void)state;
	assert_int_equal(map(frames(0, 0xd0000, AREA_LAZY)), 0);
	spare = as.pt.nr_spare;
	assert_int_equal(map(frames(0xd0000, 0xd0000, AREA_LAZY)), 0);
	assert_int_equal(as.pt.nr_spare, 2 * spare);
	assert_int_equal(aspace_protect(&as, IPA(0), 0x1a0000, PT_READ), 0);
	assert_int_equal(as.nr_areas, 1);
	assert_int_equal(as.pt.nr_spare, spare);
	assert_int_equal(map(frames(0, 0x1000, AREA_LAZY)), -CL_EEXIST);
	assert_int_equal(as.pt.nr_spare, spare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(D2_lazy_pages_come_on_first_access_zeroed),
		TEST(D2_faults_check_permissions_first),
		TEST(D2_a_lazy_fault_without_memory_changes_nothing),
		TEST(D2_lazy_faults_never_want_for_tables),
		TEST(D6_faults_are_logged_in_the_audit_ring),
		TEST(D2_large_lazy_areas_go_in_the_time_of_what_is_populated),
		TEST(D2_joined_lazy_areas_set_aside_what_one_needs),
		TEST(E8_second_fault_gets_the_same_frame),
	};

	return cmocka_run_group_tests_name("mm lazy frames", tests, NULL, NULL);
}
