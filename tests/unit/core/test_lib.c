// SPDX-License-Identifier: GPL-2.0-only
/* lib.c, under the names that the Makefile gives it. */
#include "fixture.h"

void *hv_memcpy(void *dst, const void *src, size_t n);
void *hv_memset(void *dst, int c, size_t n);
int hv_memcmp(const void *a, const void *b, size_t n);

#define LONGEST 70
#define MARGIN 16

static void fill(u8 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (u8)(i * 37 + 11);
}

/* What zlib's crc32() says of the same */
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
		assert_int_equal(crc32_update(0, known[i].text, strlen(known[i].text)),
				 known[i].crc);
	assert_int_equal(crc32_update(0, zeroes, sizeof(zeroes)), 0x190a55ad);
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(crc32_update(0, ones, sizeof(ones)), 0xff6cab0b);
}

static void crc_of_pieces_is_that_of_the_whole(void **state)
{
	u8 data[512];

	(void)state;
	fill(data, sizeof(data));
	for (size_t n = 0; n <= sizeof(data); n++) {
		u32 whole = slow_crc32(data, n);

		assert_int_equal(crc32_update(0, data, n), whole);
		assert_int_equal(
			crc32_update(crc32_update(0, data, n / 3), data + n / 3, n - n / 3), whole);
	}
}

static void memcpy_copies_that_and_no_more(void **state)
{
	u8 from[LONGEST + 2 * MARGIN], to[LONGEST + 2 * MARGIN], expected[sizeof(to)];

	(void)state;
	fill(from, sizeof(from));
	for (size_t a = 0; a < 9; a++) {
		for (size_t b = 0; b < 9; b++) {
			for (size_t n = 0; n <= LONGEST; n++) {
				memset(to, 0xee, sizeof(to));
				memset(expected, 0xee, sizeof(to));
				for (size_t i = 0; i < n; i++)
					expected[a + i] = from[b + i];
				assert_ptr_equal(hv_memcpy(to + a, from + b, n), to + a);
				assert_memory_equal(to, expected, sizeof(to));
			}
		}
	}
}

static void memset_sets_that_and_no_more(void **state)
{
	static const int values[] = { 0, 1, 0x80, 0xff, 0x1a5, -1 };
	u8 to[LONGEST + 2 * MARGIN], expected[sizeof(to)];

	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
		for (size_t a = 0; a < 9; a++) {
			for (size_t n = 0; n <= LONGEST; n++) {
				memset(to, 0xee, sizeof(to));
				memset(expected, 0xee, sizeof(to));
				for (size_t i = 0; i < n; i++)
					expected[a + i] = (u8)values[v];
				assert_ptr_equal(hv_memset(to + a, values[v], n), to + a);
				assert_memory_equal(to, expected, sizeof(to));
			}
		}
	}
}

static void memcmp_finds_the_first_difference(void **state)
{
	u8 a[LONGEST], b[LONGEST];

	(void)state;
	fill(a, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_int_equal(hv_memcmp(a, b, sizeof(a)), 0);
	assert_int_equal(hv_memcmp(a, b, 0), 0);
	for (size_t i = 0; i < sizeof(a); i++) {
		a[i] = 0x7f;
		b[i] = 0x80;
		assert_true(hv_memcmp(a, b, sizeof(a)) < 0);
		assert_true(hv_memcmp(b, a, sizeof(a)) > 0);
		assert_int_equal(hv_memcmp(a, b, i), 0);
		b[i] = a[i];
	}
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
		cmocka_unit_test(crc_of_pieces_is_that_of_the_whole),
		cmocka_unit_test(memcpy_copies_that_and_no_more),
		cmocka_unit_test(memset_sets_that_and_no_more),
		cmocka_unit_test(memcmp_finds_the_first_difference),
		cmocka_unit_test(names_are_equal_up_to_the_terminator),
		cmocka_unit_test(ranges_meet_or_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
