// SPDX-License-Identifier: GPL-2.0-only
/* What the reader of configs is made of: checksum, names, ranges. */
#include "fixture.h"

/* slow_crc32(), by which all blobs here are sealed, against zlib's crc32() */
static void crc_is_that_of_zlib(void **state)
{
	static const struct {
		const char *text;
		u32 crc;
	} known[] = {
		{ "", 0x00000000 },
		{ "a", 0xe8b7be43 },
		{ "123456789", 0xcbf43926 },
		{ "The quick brown fox jumps over the lazy dog", 0x414fa339 },
	};
	u8 zeroes[32] = { 0 }, ones[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_int_equal(slow_crc32((const u8 *)known[i].text, strlen(known[i].text)),
				 known[i].crc);
	assert_int_equal(slow_crc32(zeroes, sizeof(zeroes)), 0x190a55ad);
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(slow_crc32(ones, sizeof(ones)), 0xff6cab0b);
}

static void names_are_equal_up_to_the_terminator(void **state)
{
	char a[CL_NAME_SIZE] = "abc", b[CL_NAME_SIZE] = "abc";

	(void)state;
	b[4] = 'x';
	assert_true(name_equal(a, b));
	b[3] = 'd';
	assert_false(name_equal(a, b));
	assert_false(name_equal(b, a));
	memset(a, 'x', sizeof(a));
	memset(b, 'x', sizeof(b));
	assert_true(name_equal(a, b));
	b[CL_NAME_SIZE - 1] = 'y';
	assert_false(name_equal(a, b));
}

static void ranges_meet_or_do_not(void **state)
{
	(void)state;
	assert_true(ranges_overlap(0, 1, 0, 1));
	assert_false(ranges_overlap(0, 1, 1, 1));
	assert_false(ranges_overlap(1, 1, 0, 1));
	assert_true(ranges_overlap(0, 10, 9, 1));
	assert_true(ranges_overlap(5, 1, 0, 10));
	assert_false(ranges_overlap(0x1000, 0x1000, 0x2000, 0x1000));
	assert_true(ranges_overlap(0x1000, 0x1001, 0x2000, 0x1000));
	assert_true(range_within(5, 5, 5, 5));
	assert_true(range_within(6, 3, 5, 5));
	assert_false(range_within(4, 5, 5, 5));
	assert_false(range_within(6, 5, 5, 5));
	assert_false(range_within(0, 20, 5, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_is_that_of_zlib),
		cmocka_unit_test(names_are_equal_up_to_the_terminator),
		cmocka_unit_test(ranges_meet_or_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
