// SPDX-License-Identifier: GPL-2.0-only
#include "fake.h"

static void pool_counts_what_it_has(void **state)
{
	(void)state;
	assert_int_equal(pool_total(&fake.pool), FAKE_PAGES - 1);
	assert_int_equal(pool_used(&fake.pool), 0);
	assert_non_null(pool_alloc(&fake.pool, 4));
	assert_int_equal(pool_used(&fake.pool), 4);
}

static void pool_frames_are_zeroed_when_given_again(void **state)
{
	u8 *first = pool_alloc(&fake.pool, 1), *second;

	(void)state;
	memset(first, 0x5a, PAGE_SIZE);
	assert_int_equal(pool_free(&fake.pool, first, 1), 0);
	second = pool_alloc(&fake.pool, 1);
	assert_ptr_equal(first, second);
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(second[i], 0);
}

static void pool_runs_are_aligned_physically(void **state)
{
	struct frame_pool pool;
	u8 *mem = fake.mem;

	(void)state;
	/* A range whose physical and virtual alignments differ */
	assert_int_equal(pool_init(&pool, PA(0x40003000), mem + 5 * PAGE_SIZE, 200), 0);
	for (unsigned int count = 1; count <= 16; count *= 2) {
		void *frames = pool_alloc(&pool, count);

		assert_non_null(frames);
		assert_true(IS_ALIGNED(pool_v2p(&pool, frames).v, count * PAGE_SIZE));
		assert_ptr_equal(pool_p2v(&pool, pool_v2p(&pool, frames)), frames);
	}
}

static void pool_gives_every_frame_once_and_then_none(void **state)
{
	u64 total = pool_total(&fake.pool);
	u8 *seen = calloc(FAKE_PAGES, 1);

	(void)state;
	for (u64 i = 0; i < total; i++) {
		u8 *frame = pool_alloc_raw(&fake.pool, 1);
		u64 nr = (u64)(frame - (u8 *)fake.mem) / PAGE_SIZE;

		assert_non_null(frame);
		assert_true(nr >= 1 && nr < FAKE_PAGES);
		assert_int_equal(seen[nr]++, 0);
	}
	assert_null(pool_alloc(&fake.pool, 1));
	assert_null(pool_alloc(&fake.pool, 2));
	assert_int_equal(pool_used(&fake.pool), total);
	assert_int_equal(pool_free(&fake.pool, (u8 *)fake.mem + 9 * PAGE_SIZE, 1), 0);
	assert_ptr_equal(pool_alloc(&fake.pool, 1), (u8 *)fake.mem + 9 * PAGE_SIZE);
	free(seen);
}

static void pool_last_partial_word_is_not_given(void **state)
{
	struct frame_pool pool;

	(void)state;
	assert_int_equal(pool_init(&pool, PA(0), fake.mem, 67), 0);
	for (unsigned int i = 0; i < 66; i++)
		assert_non_null(pool_alloc(&pool, 1));
	assert_null(pool_alloc(&pool, 1));
}

static void pool_refuses_wrong_frees(void **state)
{
	u8 *frames = pool_alloc(&fake.pool, 2);

	(void)state;
	assert_int_equal(pool_free(&fake.pool, frames + 1, 1), -CL_EINVAL);
	assert_int_equal(pool_free(&fake.pool, frames, 3), -CL_EINVAL);
	assert_int_equal(pool_free(&fake.pool, fake.mem, 1), -CL_EINVAL);
	assert_int_equal(pool_free(&fake.pool, (u8 *)fake.mem - PAGE_SIZE, 1), -CL_EINVAL);
	assert_int_equal(pool_free(&fake.pool, (u8 *)fake.mem + FAKE_PAGES * PAGE_SIZE, 1),
			 -CL_EINVAL);
	assert_int_equal(pool_used(&fake.pool), 2);
	assert_int_equal(pool_free(&fake.pool, frames, 2), 0);
	assert_int_equal(pool_free(&fake.pool, frames, 2), -CL_EINVAL);
	assert_int_equal(pool_used(&fake.pool), 0);
}

static void pool_refuses_wrong_counts_and_ranges(void **state)
{
	struct frame_pool pool;

	(void)state;
	assert_null(pool_alloc(&fake.pool, 0));
	assert_null(pool_alloc(&fake.pool, 3));
	assert_null(pool_alloc(&fake.pool, 1024));
	assert_int_equal(pool_init(&pool, PA(0x800), fake.mem, 16), -CL_EINVAL);
	assert_int_equal(pool_init(&pool, PA(0), (u8 *)fake.mem + 8, 16), -CL_EINVAL);
	assert_int_equal(pool_init(&pool, PA(0), fake.mem, 1), -CL_EINVAL);
	assert_int_equal(pool_init(&pool, PA(0), fake.mem, ~0ull), -CL_EINVAL);
	assert_int_equal(pool_init(&pool, PA(~0ull << 12), fake.mem, 16), -CL_EINVAL);
}

/* A pool whose frames have no address but the physical one */
static void pool_unmapped_hands_out_addresses(void **state)
{
	const u64 nr = 3 * 512 + 7;
	u64 size = pool_map_size(nr), *map = malloc(size);
	struct frame_pool pool;

	(void)state;
	assert_int_equal(size, PAGE_SIZE);
	assert_int_equal(pool_map_size(8 * PAGE_SIZE), PAGE_SIZE);
	assert_int_equal(pool_map_size(8 * PAGE_SIZE + 1), 2 * PAGE_SIZE);
	assert_int_equal(pool_init_unmapped(&pool, PA(0x80001000), nr, map), -0);
	assert_int_equal(pool_total(&pool), nr);
	assert_int_equal(pool_take(&pool, 1).v, 0x80001000);
	/* aligned to their size; what lies below stays for smaller ones */
	assert_int_equal(pool_take(&pool, 512).v, 0x80200000);
	assert_int_equal(pool_take(&pool, 512).v, 0x80400000);
	assert_int_equal(pool_take(&pool, 512).v, PA_NONE.v);
	assert_int_equal(pool_take(&pool, 1).v, 0x80002000);
	/* parts of a run, in any order, and none twice */
	assert_int_equal(pool_put(&pool, PA(0x80210000), 3), 0);
	assert_int_equal(pool_put(&pool, PA(0x80210000), 1), -CL_EINVAL);
	assert_int_equal(pool_put(&pool, PA(0x80200000), 512), -CL_EINVAL);
	assert_int_equal(pool_put(&pool, PA(0x80213000), 512 - 19), 0);
	assert_int_equal(pool_put(&pool, PA(0x80200000), 16), 0);
	assert_int_equal(pool_take(&pool, 512).v, 0x80200000);
	assert_int_equal(pool_used(&pool), 2 * 512 + 2);
	/* nothing below or behind it */
	assert_int_equal(pool_put(&pool, PA(0x80000000), 1), -CL_EINVAL);
	assert_int_equal(pool_put(&pool, PA(0x80001000 + nr * PAGE_SIZE), 1), -CL_EINVAL);
	assert_int_equal(pool_put(&pool, PA(0x80600000), 1024), -CL_EINVAL);
	for (u64 n = pool_used(&pool); n < nr; n++)
		assert_true(pool_take(&pool, 1).v != PA_NONE.v);
	assert_int_equal(pool_take(&pool, 1).v, PA_NONE.v);
	free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pool_counts_what_it_has),
		TEST(pool_frames_are_zeroed_when_given_again),
		TEST(pool_runs_are_aligned_physically),
		TEST(pool_gives_every_frame_once_and_then_none),
		TEST(pool_last_partial_word_is_not_given),
		TEST(pool_refuses_wrong_frees),
		TEST(pool_refuses_wrong_counts_and_ranges),
		TEST(pool_unmapped_hands_out_addresses),
	};

	return cmocka_run_group_tests_name("mm pool", tests, NULL, NULL);
}
