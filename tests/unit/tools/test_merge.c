// SPDX-License-Identifier: GPL-2.0-only
/* dt_merge() where something is short; what it makes of trees is in test_dt_user.py. */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include <dt/dt.h>

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define ROOM 1024
#define RESERVATIONS 16

static uint64_t tree[ROOM / 8], user[ROOM / 8];
static const struct dt_boot boot;

static void begin_tree(void *to, int reservations)
{
	assert_int_equal(fdt_create(to, ROOM), 0);
	for (int i = 1; i <= reservations; i++)
		assert_int_equal(fdt_add_reservemap_entry(to, i * 0x10000, i), 0);
	assert_int_equal(fdt_finish_reservemap(to), 0);
	assert_int_equal(fdt_begin_node(to, ""), 0);
}

static int setup(void **state)
{
	(void)state;
	begin_tree(tree, 0);
	assert_int_equal(fdt_begin_node(tree, "chosen"), 0);
	assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_finish(tree), 0);
	assert_int_equal(fdt_pack(tree), 0);
	begin_tree(user, RESERVATIONS);
	assert_int_equal(fdt_end_node(user), 0);
	assert_int_equal(fdt_finish(user), 0);
	return 0;
}

/* The linker puts this before malloc() */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
static int mallocs_left = -1;

void *__wrap_malloc(size_t size)
{
	return mallocs_left-- ? __real_malloc(size) : NULL;
}

static bool merge(u32 size, struct dt_why *why)
{
	memset(why, 0, sizeof(*why));
	return dt_merge(tree, size, user, dt_size(user), &boot, why);
}

/* To the byte: what is reserved has room, or there is no tree */
static void test_no_room_for_reservations(void **state)
{
	u32 needed = dt_size(tree) + RESERVATIONS * sizeof(struct fdt_reserve_entry);
	struct dt_why why;

	assert_false(merge(needed - 1, &why));
	assert_string_equal(why.text, "the device tree cannot be merged: FDT_ERR_NOSPACE");
	setup(state);
	assert_true(merge(needed, &why));
	assert_int_equal(dt_size(tree), needed);
	assert_int_equal(fdt_num_mem_rsv(tree), RESERVATIONS);
}

/* Not "no room": nothing is wrong with the trees */
static void test_no_memory(void **state)
{
	u32 sizes[] = { dt_size(user), dt_size(tree) };
	struct dt_why why;
	char expected[64];

	(void)state;
	for (int i = 0; i < 2; i++) {
		mallocs_left = i;
		assert_false(merge(ROOM, &why));
		assert_int_equal(mallocs_left, -1);
		snprintf(expected, sizeof(expected), "no memory for %u bytes", sizes[i]);
		assert_string_equal(why.text, expected);
	}
	assert_true(merge(ROOM, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_room_for_reservations, setup),
		cmocka_unit_test_setup(test_no_memory, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
