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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memcpy_copies_that_and_no_more),
		cmocka_unit_test(memset_sets_that_and_no_more),
		cmocka_unit_test(memcmp_finds_the_first_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
