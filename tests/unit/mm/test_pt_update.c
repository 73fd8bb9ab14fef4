// SPDX-License-Identifier: GPL-2.0-only
/* Page tables: what unmap and protect do, and in which order. */
#include "fake.h"

static const char kind_letter[] = { 'c', 'b', 'R', 'A', 'a', 'f' };

/* The log as letters: a alloc, c clean, b barrier, R range, A all, f free */
static const char *trace(void)
{
	static char text[ARRAY_SIZE(fake.log) + 1];

	for (unsigned int i = 0; i < fake.nr; i++)
		text[i] = kind_letter[fake.log[i].kind];
	text[fake.nr] = '\0';
	return text;
}

static const struct event *first_event(enum event_kind kind)
{
	for (unsigned int i = 0; i < fake.nr; i++)
		if (fake.log[i].kind == kind)
			return &fake.log[i];
	fail_msg("no such event");
	return NULL;
}

static void map(struct pt *pt, u64 ipa, u64 pa, u64 size)
{
	assert_int_equal(pt_map(pt, IPA(ipa), PA(pa), size, attr(RWX, PT_NORMAL)), 0);
	fake_forget();
}

static void C7_page_out_of_a_block_is_break_before_make(void **state)
{
	struct hw_result hw;
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, GiB, 3 * GiB, GiB);
	assert_int_equal(pt_unmap(&pt, IPA(0x50003000), PAGE_SIZE), 0);
	/*
	 * Two tables, each cleaned once; the broken root entry cleaned; one
	 * invalidation of the block at its own level; the new entry; nothing freed.
	 */
	assert_string_equal(trace(), "aacccbRcb");
	assert_int_equal(first_event(EV_RANGE)->a, GiB);
	assert_int_equal(first_event(EV_RANGE)->size, GiB);
	assert_int_equal(first_event(EV_RANGE)->level, 1);
	assert_int_equal(pt_pages(&pt), 3);
	assert_false(pt_query(&pt, IPA(0x50003000), &leaf));
	assert_true(pt_query(&pt, IPA(0x50002fff), &leaf));
	assert_int_equal(leaf.size, PAGE_SIZE);
	assert_int_equal(leaf.perms, RWX);
	assert_false(leaf.contig);
	assert_true(pt_query(&pt, IPA(0x50010000), &leaf));
	assert_true(leaf.contig);
	assert_int_equal(leaf.pa.v, 0xd0010000);
	assert_true(pt_query(&pt, IPA(0x50200000), &leaf));
	assert_int_equal(leaf.size, 2 * MiB);
	hw = hw_walk(s2_vtcr(39, 48, 0), s2_vttbr(&pt, false), 0x7fffffff);
	assert_int_equal(hw.pa, 0xffffffff);
	pt_destroy(&pt);
}

static void E3_unmap_in_a_block_takes_two_tables(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, 0, 0, 4 * GiB);
	assert_int_equal(pt_unmap(&pt, IPA(0x201000), PAGE_SIZE), 0);
	assert_int_equal(pt_pages(&pt), 3);
	fake_forget();
	/* 2 MiB of it: one table */
	assert_int_equal(pt_unmap(&pt, IPA(GiB + 2 * MiB), 2 * MiB), 0);
	assert_int_equal(pt_pages(&pt), 4);
	assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 1);
	/* across two blocks: a table in each at either end */
	fake_forget();
	assert_int_equal(pt_unmap(&pt, IPA(3 * GiB - 2 * MiB), 4 * MiB), 0);
	assert_int_equal(pt_pages(&pt), 6);
	assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 1);
	pt_destroy(&pt);
}

static void E12_split_publishes_a_complete_table(void **state)
{
	struct hw_result hw;
	struct pt pt;
	u64 vttbr;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, GiB, GiB, GiB);
	vttbr = s2_vttbr(&pt, false);
	assert_int_equal(pt_protect(&pt, IPA(GiB + 0x3000), PAGE_SIZE, PT_READ), 0);
	for (u64 ipa = GiB; ipa < 2 * GiB; ipa += PAGE_SIZE) {
		hw = hw_walk(s2_vtcr(39, 48, 0), vttbr, ipa);
		assert_false(hw.fault);
		assert_int_equal(hw.pa, ipa);
		assert_int_equal(hw.desc >> 6 & 3, ipa == GiB + 0x3000 ? 1 : 3);
		assert_int_equal(hw.desc >> 53 & 3, ipa == GiB + 0x3000 ? 2 : 0);
	}
	/* both tables were cleaned before the barrier after which they can be reached */
	assert_string_equal(trace(), "aacccbRcb");
	pt_destroy(&pt);
}

static void B9_contiguous_hint_where_16_entries_allow_it(void **state)
{
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, 0x10000, 0x50000, 17 * PAGE_SIZE);
	assert_true(pt_query(&pt, IPA(0x10000), &leaf) && leaf.contig);
	assert_true(pt_query(&pt, IPA(0x1ffff), &leaf) && leaf.contig);
	assert_true(pt_query(&pt, IPA(0x20000), &leaf) && !leaf.contig);
	/* output not aligned alike */
	map(&pt, 0x100000, 0x51000, 64 * PAGE_SIZE);
	assert_true(pt_query(&pt, IPA(0x110000), &leaf) && !leaf.contig);
	/* 16 blocks of 2 MiB */
	map(&pt, GiB + 32 * MiB, 5 * GiB + 64 * MiB, 32 * MiB);
	assert_true(pt_query(&pt, IPA(GiB + 40 * MiB), &leaf) && leaf.contig);
	assert_int_equal(leaf.size, 2 * MiB);
	pt_destroy(&pt);
}

static void B9_contiguous_hint_goes_before_one_of_16_changes(void **state)
{
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, 0x10000, 0x50000, 32 * PAGE_SIZE);
	assert_int_equal(pt_unmap(&pt, IPA(0x15000), PAGE_SIZE), 0);
	assert_string_equal(trace(), "cbRccb");
	assert_int_equal(first_event(EV_RANGE)->a, 0x10000);
	assert_int_equal(first_event(EV_RANGE)->size, 0x10000);
	assert_int_equal(first_event(EV_RANGE)->level, 3);
	for (u64 ipa = 0x10000; ipa < 0x20000; ipa += PAGE_SIZE) {
		assert_int_equal(pt_query(&pt, IPA(ipa), &leaf), ipa != 0x15000);
		assert_false(leaf.contig);
	}
	assert_true(pt_query(&pt, IPA(0x20000), &leaf) && leaf.contig);
	/* All 16 at once may change in place */
	fake_forget();
	assert_int_equal(pt_protect(&pt, IPA(0x20000), 0x10000, PT_READ), 0);
	assert_string_equal(trace(), "cbR");
	assert_true(pt_query(&pt, IPA(0x2f000), &leaf) && leaf.contig);
	assert_int_equal(leaf.perms, PT_READ);
	pt_destroy(&pt);
}

static void C5_one_invalidation_for_an_operation(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 40);
	map(&pt, 0x1000, 0x2000, 8 * MiB);
	assert_int_equal(pt_unmap(&pt, IPA(0x3000), 20 * PAGE_SIZE), 0);
	assert_int_equal(fake.total[EV_RANGE], 1);
	assert_int_equal(fake.total[EV_ALL], 0);
	assert_int_equal(first_event(EV_RANGE)->level, 3);
	assert_int_equal(first_event(EV_RANGE)->size, 20 * PAGE_SIZE);
	fake_forget();
	/* beyond the limit: all of the VMID at once */
	assert_int_equal(pt_unmap(&pt, IPA(0x3000), 4 * MiB), 0);
	assert_int_equal(fake.total[EV_RANGE], 0);
	assert_int_equal(fake.total[EV_ALL], 1);
	/* nothing there: nothing to invalidate */
	fake_forget();
	assert_int_equal(pt_unmap(&pt, IPA(0x3000), 4 * MiB), 0);
	assert_int_equal(fake.nr, 0);
	pt_destroy(&pt);
}

/* FEAT_TTL: with a level as hint, entries of other levels may stay */
static void C5_a_level_is_told_only_if_it_is_that_of_all(void **state)
{
	static const struct {
		u64 ipa, size;
		unsigned int level;
	} cases[] = {
		{ 4 * MiB, PAGE_SIZE, 3 },
		{ 2 * MiB, 2 * MiB, 2 },
		{ GiB, GiB, 1 },
		{ 2 * MiB, 2 * MiB + PAGE_SIZE, 0 },
		{ 4 * MiB + 0x7000, MiB, 3 },
		{ GiB - 2 * MiB, GiB + 2 * MiB, 0 },
		{ 4 * MiB - 0x1000, 0x2000, 0 },
		{ GiB, PAGE_SIZE, 1 },
	};
	struct pt pt;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		for (unsigned int protect = 0; protect < 2; protect++) {
			fake_new(&pt, 39);
			map(&pt, 2 * MiB, 2 * MiB, 2 * MiB);
			map(&pt, 4 * MiB, 0x1000, MiB + 0x8000);
			map(&pt, GiB - 2 * MiB, GiB - 2 * MiB, GiB + 2 * MiB);
			if (protect)
				assert_int_equal(pt_protect(&pt, IPA(cases[i].ipa), cases[i].size,
							    PT_READ),
						 0);
			else
				assert_int_equal(pt_unmap(&pt, IPA(cases[i].ipa), cases[i].size),
						 0);
			if (fake.total[EV_RANGE])
				assert_int_equal(first_event(EV_RANGE)->level, cases[i].level);
			else
				assert_int_equal(fake.total[EV_ALL], 1);
			pt_destroy(&pt);
		}
	}
}

static void C7_frames_are_freed_after_the_invalidation(void **state)
{
	struct pt pt;
	const char *text;

	(void)state;
	fake_new(&pt, 39);
	assert_int_equal(pt_map(&pt, IPA(GiB), PA(0x80001000), 64 * MiB, attr(RW, PT_NORMAL)), 0);
	fake_forget();
	assert_int_equal(pt_pages(&pt), 1 + 1 + 32);
	assert_int_equal(pt_unmap(&pt, IPA(GiB), 64 * MiB), 0);
	text = trace();
	/* two cleans: the entries of the level 2 table, and the root's */
	assert_int_equal(strspn(text, "cb"), strcspn(text, "A"));
	assert_int_equal(strspn(strchr(text, 'A'), "Af"), 1 + 33);
	assert_int_equal(pt_pages(&pt), 1);
	pt_destroy(&pt);
}

static void E6_protect_over_holes_skips_them(void **state)
{
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, 2 * MiB, 2 * MiB, 2 * MiB);
	map(&pt, 8 * MiB, 8 * MiB, PAGE_SIZE);
	assert_int_equal(pt_protect(&pt, IPA(0), 4 * GiB, RX), 0);
	assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 1);
	assert_true(pt_query(&pt, IPA(2 * MiB), &leaf));
	assert_int_equal(leaf.perms, RX);
	assert_int_equal(leaf.size, 2 * MiB);
	assert_true(pt_query(&pt, IPA(8 * MiB), &leaf));
	assert_int_equal(leaf.perms, RX);
	assert_false(pt_query(&pt, IPA(4 * MiB), &leaf));
	assert_false(pt_query(&pt, IPA(GiB), &leaf));
	pt_destroy(&pt);
}

static void E6_protect_that_changes_nothing_does_nothing(void **state)
{
	struct pt pt;
	u64 sum;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, 0, 0, 4 * GiB);
	sum = fake_checksum();
	assert_int_equal(pt_protect(&pt, IPA(0x5000), 3 * GiB, RWX), 0);
	assert_int_equal(fake.nr, 0);
	assert_int_equal(fake_checksum(), sum);
	pt_destroy(&pt);
}

static void B7_device_memory_never_becomes_executable(void **state)
{
	struct hw_result hw;
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	assert_int_equal(pt_map(&pt, IPA(0x9000000), PA(0x9000000), 2 * MiB, attr(RW, PT_DEVICE)),
			 0);
	assert_int_equal(pt_protect(&pt, IPA(0x9000000), PAGE_SIZE, RX), 0);
	assert_true(pt_query(&pt, IPA(0x9000000), &leaf));
	assert_int_equal(leaf.perms, PT_READ);
	assert_int_equal(leaf.type, PT_DEVICE);
	hw = hw_walk(s2_vtcr(39, 48, 0), s2_vttbr(&pt, false), 0x9000000);
	assert_int_equal(hw.desc >> 53 & 3, 2);
	assert_int_equal(hw.desc >> 2 & 15, 1);
	pt_destroy(&pt);
}

static void B7_splits_preserve_every_attribute(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	for (unsigned int type = 0; type < PT_NR_TYPES; type++) {
		for (unsigned int perms = 0; perms < PT_NR_PERMS; perms++) {
			struct pt_leaf before, after;

			if (type == PT_DEVICE && (perms & PT_EXEC))
				continue;
			assert_int_equal(pt_map(&pt, IPA(GiB), PA(5 * GiB), GiB, attr(perms, type)),
					 0);
			assert_true(pt_query(&pt, IPA(GiB + 0x7000), &before));
			assert_int_equal(pt_unmap(&pt, IPA(GiB + 0x8000), PAGE_SIZE), 0);
			assert_true(pt_query(&pt, IPA(GiB + 0x7000), &after));
			assert_int_equal(after.pa.v, before.pa.v);
			assert_int_equal(after.perms, perms);
			assert_int_equal(after.type, type);
			/* bits that belong to address and level aside, the same descriptor */
			assert_int_equal(before.desc & ~MASK(47, 12) & ~2ull,
					 after.desc & ~MASK(47, 12) & ~2ull);
			assert_int_equal(pt_unmap(&pt, IPA(GiB), GiB), 0);
		}
	}
	pt_destroy(&pt);
}

static void E10_unmap_frees_tables(void **state)
{
	struct pt pt;
	u64 used;

	(void)state;
	fake_new(&pt, 48);
	used = pool_used(&fake.pool);
	map(&pt, BIT(40) + 0x1000, 0x5000, 3 * PAGE_SIZE);
	assert_int_equal(pool_used(&fake.pool), used + 3);
	assert_int_equal(pt_unmap(&pt, IPA(BIT(40) + 0x2000), PAGE_SIZE), 0);
	assert_int_equal(pool_used(&fake.pool), used + 3);
	assert_int_equal(pt_unmap(&pt, IPA(BIT(40)), 2 * MiB), 0);
	assert_int_equal(pool_used(&fake.pool), used);
	pt_destroy(&pt);
	assert_int_equal(pool_used(&fake.pool), 0);
}

static void B7_merge_restores_what_was_split(void **state)
{
	struct pt_leaf before, after;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, GiB, 5 * GiB, GiB);
	assert_true(pt_query(&pt, IPA(GiB + 0x7123), &before));
	assert_int_equal(pt_protect(&pt, IPA(GiB + 0x7000), PAGE_SIZE, PT_READ), 0);
	assert_int_equal(pt_unmap(&pt, IPA(GiB + 8 * MiB), 0x3000), 0);
	assert_int_equal(pt_pages(&pt), 4);
	/* not everything is uniform yet */
	assert_int_equal(pt_merge(&pt, IPA(0), 4 * GiB), 0);
	assert_int_equal(pt_pages(&pt), 4);
	assert_int_equal(pt_protect(&pt, IPA(GiB), 2 * MiB, RWX), 0);
	assert_int_equal(pt_map(&pt, IPA(GiB + 8 * MiB), PA(5 * GiB + 8 * MiB), 0x3000,
				attr(RWX, PT_NORMAL)),
			 0);
	/* the block lies half in this range: only what is inside of it is made */
	assert_int_equal(pt_merge(&pt, IPA(GiB), GiB - PAGE_SIZE), 0);
	assert_int_equal(pt_pages(&pt), 2);
	fake_forget();
	assert_int_equal(pt_merge(&pt, IPA(GiB), GiB), 0);
	assert_string_equal(trace(), "cbAcbf");
	assert_int_equal(pt_pages(&pt), 1);
	assert_true(pt_query(&pt, IPA(GiB + 0x7123), &after));
	assert_int_equal(before.desc, after.desc);
	assert_int_equal(after.size, GiB);
	pt_destroy(&pt);
}

static void B9_merge_sets_the_contiguous_hint(void **state)
{
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	for (u64 i = 0; i < 40; i++)
		map(&pt, 0x8000 + i * PAGE_SIZE, 0x58000 + i * PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(pt_merge(&pt, IPA(0x8000), 38 * PAGE_SIZE), 0);
	assert_string_equal(trace(), "cbRcb");
	assert_true(pt_query(&pt, IPA(0xf000), &leaf) && !leaf.contig);
	assert_true(pt_query(&pt, IPA(0x10000), &leaf) && leaf.contig);
	assert_true(pt_query(&pt, IPA(0x1f000), &leaf) && leaf.contig);
	assert_true(pt_query(&pt, IPA(0x20000), &leaf) && !leaf.contig);
	/* a second time there is nothing to do */
	fake_forget();
	assert_int_equal(pt_merge(&pt, IPA(0x8000), 38 * PAGE_SIZE), 0);
	assert_int_equal(fake.nr, 0);
	/* exactly one group */
	assert_int_equal(pt_merge(&pt, IPA(0x20000), 16 * PAGE_SIZE), 0);
	assert_true(pt_query(&pt, IPA(0x20000), &leaf) && leaf.contig);
	pt_destroy(&pt);
}

static void A3_destroy_frees_every_frame(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 43);
	map(&pt, 0x1000, 0x3000, 4 * GiB);
	map(&pt, BIT(42), 0, 3 * GiB + 5 * MiB + PAGE_SIZE);
	pt_destroy(&pt);
	assert_int_equal(pool_used(&fake.pool), 0);
	assert_int_equal(fake.total[EV_ALL], 1);
	assert_int_equal(pt_pages(&pt), 0);
	assert_int_equal(pt_translate(&pt, IPA(0x1000)).v, PA_NONE.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(A3_destroy_frees_every_frame),
		TEST(B7_device_memory_never_becomes_executable),
		TEST(B7_splits_preserve_every_attribute),
		TEST(B9_contiguous_hint_where_16_entries_allow_it),
		TEST(B9_contiguous_hint_goes_before_one_of_16_changes),
		TEST(B7_merge_restores_what_was_split),
		TEST(B9_merge_sets_the_contiguous_hint),
		TEST(C5_one_invalidation_for_an_operation),
		TEST(C5_a_level_is_told_only_if_it_is_that_of_all),
		TEST(C7_page_out_of_a_block_is_break_before_make),
		TEST(C7_frames_are_freed_after_the_invalidation),
		TEST(E3_unmap_in_a_block_takes_two_tables),
		TEST(E6_protect_over_holes_skips_them),
		TEST(E6_protect_that_changes_nothing_does_nothing),
		TEST(E10_unmap_frees_tables),
		TEST(E12_split_publishes_a_complete_table),
	};

	return cmocka_run_group_tests_name("mm updates", tests, NULL, NULL);
}
