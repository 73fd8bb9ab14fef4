// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defects that were measured in other implementations: the requirements E1 to
 * E12, where no other file has the test. Each fails on the obvious way to do it.
 */
#include "fake.h"

static void map(struct pt *pt, u64 ipa, u64 pa, u64 size)
{
	assert_int_equal(pt_map(pt, IPA(ipa), PA(pa), size, attr(RWX, PT_NORMAL)), 0);
}

/*
 * E5: output below and above the input, at both ends of both widths, where the
 * difference and the sums wrap.
 */
static void E5_no_arithmetic_wraps(void **state)
{
	static const struct {
		u64 ipa, pa, size;
		int err;
	} cases[] = {
		{ 0, BIT(48) - PAGE_SIZE, PAGE_SIZE, 0 },
		{ BIT(40) - PAGE_SIZE, 0, PAGE_SIZE, 0 },
		{ 0x1000, BIT(48) - GiB, GiB, 0 },
		{ BIT(40) - GiB, 0, GiB, 0 },
		{ BIT(40) - GiB, BIT(48) - GiB, GiB, 0 },
		{ 0, BIT(48) - GiB, GiB + PAGE_SIZE, -CL_ERANGE },
		{ BIT(40) - GiB, 0, GiB + PAGE_SIZE, -CL_ERANGE },
		{ PAGE_SIZE, 0, ~0ull << 12, -CL_ERANGE },
		{ 0, PAGE_SIZE, ~0ull << 12, -CL_ERANGE },
		{ ~0ull << 12, 0, PAGE_SIZE, -CL_ERANGE },
		{ 0, ~0ull << 12, PAGE_SIZE, -CL_ERANGE },
		{ ~0ull << 12, ~0ull << 12, PAGE_SIZE, -CL_ERANGE },
		/* sums that wrap to something small */
		{ ~0ull << 12, 0, 2 * PAGE_SIZE, -CL_ERANGE },
		{ 0, ~0ull << 12, 2 * PAGE_SIZE, -CL_ERANGE },
		{ ~0ull << 30, 0, 2 * GiB, -CL_ERANGE },
	};
	struct pt pt;

	(void)state;
	fake_new(&pt, 40);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 sum = fake_checksum(), size = cases[i].size;
		u64 at[] = { 0, size / 2, size - 1 };

		assert_int_equal(pt_map(&pt, IPA(cases[i].ipa), PA(cases[i].pa), size,
					attr(RW, PT_NORMAL)),
				 cases[i].err);
		if (cases[i].err) {
			assert_int_equal(fake_checksum(), sum);
			assert_int_equal(pt_unmap(&pt, IPA(cases[i].ipa), size),
					 cases[i].ipa + size - 1 < BIT(40) &&
							 cases[i].ipa + size > cases[i].ipa ?
						 0 :
						 -CL_ERANGE);
			continue;
		}
		for (unsigned int j = 0; j < ARRAY_SIZE(at); j++)
			assert_int_equal(pt_translate(&pt, IPA(cases[i].ipa + at[j])).v,
					 cases[i].pa + at[j]);
		if (cases[i].ipa)
			assert_int_equal(pt_translate(&pt, IPA(cases[i].ipa - 1)).v, PA_NONE.v);
		assert_int_equal(pt_unmap(&pt, IPA(cases[i].ipa), size), 0);
	}
	pt_destroy(&pt);
}

/* E6: what is mapped where nothing is, is of the size that was asked for */
static void E6_a_page_where_nothing_is_is_a_page(void **state)
{
	static const u64 sizes[] = { PAGE_SIZE, 16 * PAGE_SIZE, 2 * MiB, 32 * MiB };
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, 4 * GiB, 4 * GiB, GiB);
	assert_int_equal(pt_unmap(&pt, IPA(4 * GiB), GiB), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* input and output would do for 1 GiB */
		map(&pt, 4 * GiB, 8 * GiB, sizes[i]);
		assert_true(pt_query(&pt, IPA(4 * GiB + sizes[i] - 1), &leaf));
		assert_true(leaf.size <= sizes[i]);
		assert_int_equal(pt_translate(&pt, IPA(4 * GiB + sizes[i])).v, PA_NONE.v);
		assert_int_equal(pt_unmap(&pt, IPA(4 * GiB), sizes[i]), 0);
	}
	/* and what does not exist cannot be protected into being */
	assert_int_equal(pt_protect(&pt, IPA(4 * GiB), GiB, RW), 0);
	assert_false(pt_query(&pt, IPA(4 * GiB), &leaf));
	pt_destroy(&pt);
}

static int fallible(struct pt *pt, unsigned int what)
{
	if (what == 0)
		return pt_map(pt, IPA(BIT(40) - 3 * MiB - PAGE_SIZE), PA(0x7000), 7 * MiB,
			      attr(RW, PT_NORMAL));
	if (what == 1)
		return pt_unmap(pt, IPA(GiB + 0x5000), GiB + 5 * MiB);
	return pt_protect(pt, IPA(2 * GiB - MiB), 3 * MiB + 0x3000, RX);
}

/* E7: after a failure for want of any frame, the same call just works */
static void E7_what_failed_can_be_tried_again(void **state)
{
	struct pt pt;

	(void)state;
	for (unsigned int what = 0; what < 3; what++) {
		unsigned int n = 1;

		for (int err = -1; err; n++) {
			u64 sum;

			fake_new(&pt, 48);
			map(&pt, GiB, 5 * GiB, 2 * GiB);
			sum = fake_checksum();
			fake_forget();
			fake.fail_at = n;
			err = fallible(&pt, what);
			fake.fail_at = 0;
			if (err) {
				assert_int_equal(err, -CL_ENOMEM);
				assert_int_equal(fake_checksum(), sum);
				assert_int_equal(fallible(&pt, what), 0);
			}
			pt_destroy(&pt);
			assert_int_equal(pool_used(&fake.pool), 0);
		}
		/* at the first, the second, and at least one more */
		assert_true(n > 4);
	}
}

/* E10: tables go with what they mapped, whatever the order */
static void E10_the_last_page_takes_its_tables_along(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 48);
	for (u64 i = 0; i < 8; i++)
		map(&pt, i * BIT(39) + i * GiB + i * 2 * MiB, i * MiB, PAGE_SIZE);
	assert_int_equal(pt_pages(&pt), 1 + 8 * 3);
	for (u64 i = 0; i < 8; i++) {
		u64 j = i * 5 % 8;

		assert_int_equal(pt_unmap(&pt, IPA(j * BIT(39) + j * GiB + j * 2 * MiB), PAGE_SIZE),
				 0);
		assert_int_equal(pt_pages(&pt), 1 + (7 - i) * 3);
	}
	assert_int_equal(pool_used(&fake.pool), 1);
	pt_destroy(&pt);
}

/* E11: no invalidation, one clean for a line and two barriers at most for a map */
static void E11_a_map_has_one_clean_for_a_line_and_two_barriers(void **state)
{
	static const struct {
		u64 ipa, pa, size;
		unsigned int lines, barriers;
	} cases[] = {
		/* one entry; eight; two tables with the entry above them */
		{ GiB, GiB, GiB, 1, 1 },
		{ 8 * GiB, 6 * GiB, 8 * GiB, 1, 1 },
		{ 16 * GiB, 0x1000, 2 * MiB, 2 * 64 + 1, 2 },
		{ 20 * GiB + 0x1000, 0x1000, PAGE_SIZE, 2 * 64 + 1, 2 },
		/* 512 tables, one of level 2, the root's entry */
		{ 32 * GiB, 0x1000, GiB, 513 * 64 + 1, 2 },
		/* into the table that the second last made */
		{ 20 * GiB + 0x2000, 0x2000, 5 * PAGE_SIZE, 1, 1 },
	};
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 lines = 0;

		fake_forget();
		map(&pt, cases[i].ipa, cases[i].pa, cases[i].size);
		assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 0);
		assert_int_equal(fake.total[EV_BARRIER], cases[i].barriers);
		for (u64 j = 0; j < ARRAY_SIZE(fake.cleaned); j++)
			lines += fake.cleaned[j] + cases[i].barriers > fake.barriers &&
				 fake.cleaned[j];
		assert_int_equal(lines, cases[i].lines);
	}
	pt_destroy(&pt);
}

/* C6: what was invalid is in no TLB: a barrier does */
static void C6_invalid_to_valid_is_a_store_and_a_barrier(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	map(&pt, 0x1000, 0x1000, PAGE_SIZE);
	fake_forget();
	map(&pt, 0x2000, 0x2000, PAGE_SIZE);
	assert_int_equal(fake.nr, 2);
	assert_int_equal(fake.log[0].kind, EV_CLEAN);
	assert_int_equal(fake.log[0].size, 8);
	assert_int_equal(fake.log[1].kind, EV_BARRIER);
	pt_destroy(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(C6_invalid_to_valid_is_a_store_and_a_barrier),
		TEST(E5_no_arithmetic_wraps),
		TEST(E6_a_page_where_nothing_is_is_a_page),
		TEST(E7_what_failed_can_be_tried_again),
		TEST(E10_the_last_page_takes_its_tables_along),
		TEST(E11_a_map_has_one_clean_for_a_line_and_two_barriers),
	};

	return cmocka_run_group_tests_name("mm defects", tests, NULL, NULL);
}
