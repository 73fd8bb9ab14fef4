// SPDX-License-Identifier: GPL-2.0-only
/* Page tables: geometry, map, query, bounds, frames. */
#include "fake.h"

static const unsigned int widths[] = { 32, 36, 39, 40, 42, 43, 44, 48 };

static void A2_every_width_translates_its_first_and_last_page(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(widths); i++) {
		u64 last = BIT(widths[i]) - PAGE_SIZE;
		u64 vtcr = s2_vtcr(widths[i], 48, 0);
		struct hw_result hw;
		struct pt pt;

		fake_new(&pt, widths[i]);
		assert_int_equal(
			pt_map(&pt, IPA(0), PA(0x1234000), PAGE_SIZE, attr(RWX, PT_NORMAL)), 0);
		assert_int_equal(
			pt_map(&pt, IPA(last), PA(0xabc000), PAGE_SIZE, attr(RWX, PT_NORMAL)), 0);
		hw = hw_walk(vtcr, s2_vttbr(&pt, false), 0x678);
		assert_false(hw.fault);
		assert_int_equal(hw.pa, 0x1234678);
		hw = hw_walk(vtcr, s2_vttbr(&pt, false), last + 0xfff);
		assert_false(hw.fault);
		assert_int_equal(hw.pa, 0xabcfff);
		assert_int_equal(hw.reads, widths[i] >= 44 ? 4 : 3);
		assert_int_equal(pt_translate(&pt, IPA(last + 0xfff)).v, 0xabcfff);
		assert_int_equal(pt_translate(&pt, IPA(last - 1)).v, PA_NONE.v);
		pt_destroy(&pt);
		assert_int_equal(pool_used(&fake.pool), 0);
	}
}

static void A2_addresses_beyond_the_widths_are_errors(void **state)
{
	struct pt_config cfg = fake_config(39, 40);
	struct pt_leaf leaf;
	struct pt pt;
	u64 sum;

	(void)state;
	assert_int_equal(pt_init(&pt, &cfg), 0);
	sum = fake_checksum();
	assert_int_equal(pt_map(&pt, IPA(BIT(39)), PA(0), PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_ERANGE);
	assert_int_equal(pt_map(&pt, IPA(BIT(39) - PAGE_SIZE), PA(0), 2 * PAGE_SIZE,
				attr(RW, PT_NORMAL)),
			 -CL_ERANGE);
	assert_int_equal(pt_map(&pt, IPA(PAGE_SIZE), PA(0), ~0ull << 12, attr(RW, PT_NORMAL)),
			 -CL_ERANGE);
	assert_int_equal(pt_map(&pt, IPA(0), PA(BIT(40)), PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_ERANGE);
	assert_int_equal(pt_map(&pt, IPA(0), PA(BIT(40) - PAGE_SIZE), 2 * PAGE_SIZE,
				attr(RW, PT_NORMAL)),
			 -CL_ERANGE);
	assert_int_equal(pt_map(&pt, IPA(0), PA(~0ull << 12), 2 * PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_ERANGE);
	assert_int_equal(pt_unmap(&pt, IPA(BIT(39)), PAGE_SIZE), -CL_ERANGE);
	assert_int_equal(pt_protect(&pt, IPA(~0ull << 12), PAGE_SIZE, RW), -CL_ERANGE);
	assert_false(pt_query(&pt, IPA(BIT(39)), &leaf));
	assert_int_equal(fake_checksum(), sum);
	pt_destroy(&pt);
}

static void E1_beyond_the_width_is_nobody_elses_mapping(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(widths); i++) {
		struct pt_leaf leaf;
		struct pt pt;

		fake_new(&pt, widths[i]);
		assert_int_equal(
			pt_map(&pt, IPA(0x5000), PA(0x7000), PAGE_SIZE, attr(RWX, PT_NORMAL)), 0);
		for (unsigned int bit = widths[i]; bit < 64; bit++) {
			assert_false(pt_query(&pt, IPA(0x5000 | BIT(bit)), &leaf));
			assert_int_equal(pt_translate(&pt, IPA(0x5000 | BIT(bit))).v, PA_NONE.v);
			assert_int_equal(pt_unmap(&pt, IPA(0x5000 | BIT(bit)), PAGE_SIZE),
					 -CL_ERANGE);
		}
		assert_true(pt_query(&pt, IPA(0x5000), &leaf));
		pt_destroy(&pt);
	}
}

static void A2_widths_that_do_not_exist_are_refused(void **state)
{
	struct pt_config cfg = fake_config(41, 48);
	struct pt pt;

	(void)state;
	assert_int_equal(pt_init(&pt, &cfg), -CL_EINVAL);
	cfg = fake_config(44, 42);
	assert_int_equal(pt_init(&pt, &cfg), -CL_ERANGE);
	cfg = fake_config(32, 31);
	assert_int_equal(pt_init(&pt, &cfg), -CL_ERANGE);
	assert_int_equal(pt_ipa_bits_for(0, 32), 32);
	assert_int_equal(pt_ipa_bits_for(BIT(32), 48), 36);
	assert_int_equal(pt_ipa_bits_for(BIT(39) - 1, 48), 39);
	assert_int_equal(pt_ipa_bits_for(BIT(39), 40), 40);
	assert_int_equal(pt_ipa_bits_for(BIT(40), 48), 42);
	assert_int_equal(pt_ipa_bits_for(BIT(42), 48), 43);
	assert_int_equal(pt_ipa_bits_for(BIT(43), 44), 44);
	assert_int_equal(pt_ipa_bits_for(BIT(44), 48), 48);
	assert_int_equal(pt_ipa_bits_for(BIT(44), 44), -CL_ERANGE);
	assert_int_equal(pt_ipa_bits_for(~0ull, 56), -CL_ERANGE);
}

static void A3_wrong_arguments_are_told_apart(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 40);
	assert_int_equal(pt_map(&pt, IPA(0x800), PA(0), PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_EINVAL);
	assert_int_equal(pt_map(&pt, IPA(0), PA(0x800), PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_EINVAL);
	assert_int_equal(pt_map(&pt, IPA(0), PA(0), 0x1800, attr(RW, PT_NORMAL)), -CL_EINVAL);
	assert_int_equal(pt_map(&pt, IPA(0), PA(0), 0, attr(RW, PT_NORMAL)), -CL_EINVAL);
	assert_int_equal(pt_map(&pt, IPA(0), PA(0), PAGE_SIZE, attr(8, PT_NORMAL)), -CL_EINVAL);
	assert_int_equal(pt_map(&pt, IPA(0), PA(0), PAGE_SIZE, attr(RW, PT_NR_TYPES)), -CL_EINVAL);
	assert_int_equal(pt_map(&pt, IPA(0), PA(0), PAGE_SIZE, attr(RWX, PT_DEVICE)), -CL_EINVAL);
	assert_int_equal(pt_unmap(&pt, IPA(0), 0), -CL_EINVAL);
	assert_int_equal(pt_unmap(&pt, IPA(8), PAGE_SIZE), -CL_EINVAL);
	assert_int_equal(pt_protect(&pt, IPA(0), PAGE_SIZE, 8), -CL_EINVAL);
	pt_destroy(&pt);
}

static void A4_every_attribute_survives_the_descriptor(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 40);
	for (unsigned int type = 0; type < PT_NR_TYPES; type++) {
		for (unsigned int perms = 0; perms < PT_NR_PERMS; perms++) {
			u64 size[] = { PAGE_SIZE, 2 * MiB, GiB };

			if (type == PT_DEVICE && (perms & PT_EXEC))
				continue;
			for (unsigned int i = 0; i < 3; i++) {
				struct pt_leaf leaf;

				assert_int_equal(pt_map(&pt, IPA(GiB), PA(3 * GiB), size[i],
							attr(perms, type)),
						 0);
				assert_true(pt_query(&pt, IPA(GiB + 0x123), &leaf));
				assert_int_equal(leaf.pa.v, 3 * GiB + 0x123);
				assert_int_equal(leaf.perms, perms);
				assert_int_equal(leaf.type, type);
				assert_int_equal(leaf.size, size[i]);
				assert_int_equal(leaf.level, 3 - i);
				assert_int_equal(pt_unmap(&pt, IPA(GiB), size[i]), 0);
			}
		}
	}
	pt_destroy(&pt);
}

static void A6_out_of_frames_leaves_table_unchanged(void **state)
{
	struct pt pt;
	u64 sum;
	unsigned int n, used;

	(void)state;
	fake_new(&pt, 48);
	assert_int_equal(pt_map(&pt, IPA(GiB), PA(GiB), GiB, attr(RWX, PT_NORMAL)), 0);
	sum = fake_checksum();
	used = pool_used(&fake.pool);
	for (n = 1;; n++) {
		int err;

		fake_forget();
		fake.fail_at = n;
		err = pt_map(&pt, IPA(2 * GiB - 0), PA(0x40001000), 5 * MiB, attr(RW, PT_NORMAL));
		if (!err)
			break;
		assert_int_equal(err, -CL_ENOMEM);
		assert_int_equal(fake_checksum(), sum);
		assert_int_equal(pool_used(&fake.pool), used);
		assert_int_equal(pt_pages(&pt), used);
		assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 0);
	}
	assert_int_equal(n, 1 + 1 + 3);

	sum = fake_checksum();
	used = pool_used(&fake.pool);
	for (n = 1;; n++) {
		int err;

		fake_forget();
		fake.fail_at = n;
		err = pt_unmap(&pt, IPA(GiB + 5 * PAGE_SIZE), 7 * MiB);
		if (!err)
			break;
		assert_int_equal(err, -CL_ENOMEM);
		assert_int_equal(fake_checksum(), sum);
		assert_int_equal(pool_used(&fake.pool), used);
		assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 0);
	}
	assert_int_equal(n, 1 + 3);
	fake.fail_at = 0;
	pt_destroy(&pt);
	assert_int_equal(pool_used(&fake.pool), 0);
}

static void A9_query_before_and_after(void **state)
{
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	assert_false(pt_query(&pt, IPA(0x40201234), &leaf));
	assert_int_equal(pt_translate(&pt, IPA(0x40201234)).v, PA_NONE.v);
	print_message("before: IPA 0x40201234 -> none\n");
	assert_int_equal(
		pt_map(&pt, IPA(0x40201000), PA(0x80007000), PAGE_SIZE, attr(RW, PT_NORMAL)), 0);
	assert_true(pt_query(&pt, IPA(0x40201234), &leaf));
	assert_int_equal(leaf.pa.v, 0x80007234);
	print_message("after:  IPA 0x40201234 -> PA 0x%llx\n", (unsigned long long)leaf.pa.v);
	pt_destroy(&pt);
}

static void D1_map_over_a_mapping_is_refused(void **state)
{
	struct pt pt;
	u64 sum;

	(void)state;
	fake_new(&pt, 39);
	assert_int_equal(pt_map(&pt, IPA(2 * MiB), PA(0x1000), 3 * PAGE_SIZE, attr(RW, PT_NORMAL)),
			 0);
	assert_int_equal(pt_map(&pt, IPA(GiB), PA(GiB), GiB, attr(RW, PT_NORMAL)), 0);
	sum = fake_checksum();
	/* the same again, one page of it, a block over it, a page in a block */
	assert_int_equal(pt_map(&pt, IPA(2 * MiB), PA(0x1000), 3 * PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_EEXIST);
	assert_int_equal(pt_map(&pt, IPA(MiB), PA(0), MiB + PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_EEXIST);
	assert_int_equal(pt_map(&pt, IPA(0), PA(0), GiB, attr(RW, PT_NORMAL)), -CL_EEXIST);
	assert_int_equal(pt_map(&pt, IPA(GiB + MiB), PA(0), PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_EEXIST);
	assert_int_equal(fake_checksum(), sum);
	assert_int_equal(pt_map(&pt, IPA(2 * MiB + 3 * PAGE_SIZE), PA(0), PAGE_SIZE,
				attr(RW, PT_NORMAL)),
			 0);
	pt_destroy(&pt);
}

static void E2_read_only_and_not_executable_are_what_they_say(void **state)
{
	u64 vtcr = s2_vtcr(39, 48, 0);
	struct hw_result hw;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	assert_int_equal(pt_map(&pt, IPA(0x1000), PA(0x5000), PAGE_SIZE, attr(PT_READ, PT_NORMAL)),
			 0);
	hw = hw_walk(vtcr, s2_vttbr(&pt, false), 0x1000);
	assert_int_equal(hw.desc >> 6 & 3, 1);
	assert_int_equal(hw.desc >> 53 & 3, 2);
	assert_int_equal(pt_map(&pt, IPA(0x2000), PA(0x6000), PAGE_SIZE, attr(RX, PT_NORMAL)), 0);
	hw = hw_walk(vtcr, s2_vttbr(&pt, false), 0x2000);
	assert_int_equal(hw.desc >> 53 & 3, 0);
	assert_int_equal(
		pt_map(&pt, IPA(0x3000), PA(0x7000), PAGE_SIZE, attr(PT_WRITE, PT_NORMAL_NC)), 0);
	hw = hw_walk(vtcr, s2_vttbr(&pt, false), 0x3000);
	assert_int_equal(hw.desc >> 6 & 3, 2);
	assert_int_equal(hw.desc >> 2 & 15, 5);
	pt_destroy(&pt);
}

static void E4_a_block_fits_where_pages_were(void **state)
{
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	for (unsigned int i = 0; i < 512; i++)
		assert_int_equal(pt_map(&pt, IPA(GiB + i * PAGE_SIZE), PA(7 * PAGE_SIZE), PAGE_SIZE,
					attr(RW, PT_NORMAL)),
				 0);
	assert_int_equal(pt_pages(&pt), 3);
	for (unsigned int i = 0; i < 512; i++)
		assert_int_equal(pt_unmap(&pt, IPA(GiB + (i * 37 % 512) * PAGE_SIZE), PAGE_SIZE),
				 0);
	assert_int_equal(pt_pages(&pt), 1);
	assert_int_equal(pt_map(&pt, IPA(GiB), PA(2 * MiB), 2 * MiB, attr(RW, PT_NORMAL)), 0);
	assert_true(pt_query(&pt, IPA(GiB), &leaf));
	assert_int_equal(leaf.size, 2 * MiB);
	pt_destroy(&pt);
}

static void E5_outputs_below_the_input_work(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	assert_int_equal(
		pt_map(&pt, IPA(5 * GiB + 0x3000), PA(0x1000), 4 * MiB, attr(RW, PT_NORMAL)), 0);
	assert_int_equal(pt_translate(&pt, IPA(5 * GiB + 0x3000 + 3 * MiB + 5)).v,
			 0x1000 + 3 * MiB + 5);
	pt_destroy(&pt);
}

static void E11_fresh_maps_invalidate_nothing(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 40);
	assert_int_equal(pt_map(&pt, IPA(0x1000), PA(0x2000), 4 * GiB, attr(RW, PT_NORMAL)), 0);
	assert_int_equal(pt_map(&pt, IPA(8 * GiB), PA(8 * GiB), GiB, attr(RW, PT_NORMAL)), 0);
	assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 0);
	/* one clean for each new table, one for the live root's entries in each call */
	assert_int_equal(fake.total[EV_CLEAN], pt_pages(&pt) - 2 + 2);
	pt_destroy(&pt);
}

static int count_visits(const struct pt_visit *visit, void *arg)
{
	unsigned int *count = arg;

	assert_true(visit->desc != 0);
	count[visit->level]++;
	return 0;
}

static void A3_walk_visits_the_range_in_order(void **state)
{
	struct pt_visitor visitor = { .leaf = count_visits };
	unsigned int leaves[4] = { 0 }, tables[4] = { 0 };
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	assert_int_equal(pt_map(&pt, IPA(2 * MiB - PAGE_SIZE), PA(2 * MiB - PAGE_SIZE),
				GiB + 2 * PAGE_SIZE, attr(RW, PT_NORMAL)),
			 0);
	assert_int_equal(pt_walk(&pt, IPA(0), BIT(39), &visitor, leaves), 0);
	assert_int_equal(leaves[1], 0);
	assert_int_equal(leaves[2], 512);
	assert_int_equal(leaves[3], 2);
	visitor = (struct pt_visitor){ .pre = count_visits };
	assert_int_equal(pt_walk(&pt, IPA(0), GiB, &visitor, tables), 0);
	assert_int_equal(tables[1], 1);
	assert_int_equal(tables[2], 1);
	visitor = (struct pt_visitor){ .post = count_visits };
	assert_int_equal(pt_walk(&pt, IPA(0), BIT(39), &visitor, tables), 0);
	assert_int_equal(tables[1], 3);
	assert_int_equal(tables[2], 3);
	assert_int_equal(pt_walk(&pt, IPA(0), 0, &visitor, tables), -CL_ERANGE);
	assert_int_equal(pt_walk(&pt, IPA(1), BIT(39), &visitor, tables), -CL_ERANGE);
	pt_destroy(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(A2_every_width_translates_its_first_and_last_page),
		TEST(A2_addresses_beyond_the_widths_are_errors),
		TEST(A2_widths_that_do_not_exist_are_refused),
		TEST(A3_wrong_arguments_are_told_apart),
		TEST(A3_walk_visits_the_range_in_order),
		TEST(A4_every_attribute_survives_the_descriptor),
		TEST(A6_out_of_frames_leaves_table_unchanged),
		TEST(A9_query_before_and_after),
		TEST(D1_map_over_a_mapping_is_refused),
		TEST(E1_beyond_the_width_is_nobody_elses_mapping),
		TEST(E2_read_only_and_not_executable_are_what_they_say),
		TEST(E4_a_block_fits_where_pages_were),
		TEST(E5_outputs_below_the_input_work),
		TEST(E11_fresh_maps_invalidate_nothing),
	};

	return cmocka_run_group_tests_name("mm page tables", tests, NULL, NULL);
}
