// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: areas and what is behind them. */
#include "space.h"

static void D1_every_refusal_has_its_own_reason(void **state)
{
	static const struct {
		u64 start, size, pa;
		int err;
		enum area_reason reason;
	} wrong[] = {
		{ 0x1000, 0, 0, -CL_EINVAL, AREA_EMPTY },
		{ 0x1800, 0x1000, 0, -CL_EINVAL, AREA_MISALIGNED },
		{ 0x1000, 0x1800, 0, -CL_EINVAL, AREA_MISALIGNED },
		{ 0x1000, 0x1000, 0x10, -CL_EINVAL, AREA_MISALIGNED },
		{ ~0xfffull, 0x2000, 0, -CL_ERANGE, AREA_WRAPS },
		{ 0x1000, 0x2000, ~0xfffull, -CL_ERANGE, AREA_WRAPS },
		{ BIT(39) - 0x1000, 0x2000, 0, -CL_ERANGE, AREA_BEYOND_IPA },
		{ 0x1000, 0x2000, BIT(40) - 0x1000, -CL_ERANGE, AREA_BEYOND_PA },
		{ 0x100000, 0x3000, 0, -CL_EEXIST, AREA_OVERLAPS },
		{ 0x102000, 0x1000, 0, -CL_EEXIST, AREA_OVERLAPS },
		{ 0x0ff000, 0x2000, 0, -CL_EEXIST, AREA_OVERLAPS },
	};
	u64 sum;

	(void)state;
	assert_int_equal(map(linear(0x100000, 0x3000, 0x5000, RW)), 0);
	sum = fake_checksum();
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(map(linear(wrong[i].start, wrong[i].size, wrong[i].pa, RW)),
				 wrong[i].err);
		assert_int_equal(as.reason, wrong[i].reason);
	}
	assert_int_equal(map(linear(0x1000, 0x1000, 0, 8)), -CL_EINVAL);
	assert_int_equal(as.reason, AREA_ATTR);
	fake_forget();
	fake.fail_at = 1;
	assert_int_equal(map(linear(GiB, 0x1000, 0, RW)), -CL_ENOMEM);
	assert_int_equal(as.reason, AREA_NO_FRAMES);
	fake.fail_at = 0;
	assert_int_equal(as.nr_areas, 1);
	assert_int_equal(fake_checksum(), sum);
	/* exactly up to the ends is possible */
	assert_int_equal(map(linear(BIT(39) - 0x2000, 0x2000, BIT(40) - 0x2000, RW)), 0);
	assert_int_equal(aspace_unmap(&as, IPA(BIT(39) - 0x1000), 0x1000), 0);
	assert_int_equal(aspace_unmap(&as, IPA(BIT(39) - 0x2000), 0x1000), 0);
	for (unsigned int i = 1; i < MAX_AREAS; i++)
		assert_int_equal(map(linear(GiB - i * 0x2000, 0x1000, 0, RW)), 0);
	assert_int_equal(map(linear(GiB, 0x1000, 0, RW)), -CL_ENOSPC);
	assert_int_equal(as.reason, AREA_NO_ROOM);
	for (unsigned int i = 1; i < as.nr_areas; i++)
		assert_true(areas[i - 1].start.v + areas[i - 1].size <= areas[i].start.v);
}

static void D2_linear_with_offsets_of_either_sign(void **state)
{
	(void)state;
	assert_int_equal(map(linear(GiB, 0x5000, 0x3000, RW)), 0);
	assert_int_equal(map(linear(0x2000, 0x5000, 5 * GiB, RW)), 0);
	assert_int_equal(aspace_translate(&as, IPA(GiB + 0x4fff)).v, 0x7fff);
	assert_int_equal(aspace_translate(&as, IPA(0x2004)).v, 5 * GiB + 4);
	assert_int_equal(aspace_translate(&as, IPA(0x1fff)).v, PA_NONE.v);
	assert_int_equal(aspace_translate(&as, IPA(0x7000)).v, PA_NONE.v);
}

static void D2_populated_areas_have_zeroed_frames_at_once(void **state)
{
	(void)state;
	assert_int_equal(map(frames(0x10000, 0x8000, AREA_ALLOC)), 0);
	assert_int_equal(as.nr_frames, 8);
	for (u64 ipa = 0x10000; ipa < 0x18000; ipa += 8)
		assert_int_equal(*(u64 *)host(aspace_translate(&as, IPA(ipa))), 0);
	assert_int_equal(access_at(0x10000, ACCESS_READ), FAULT_SPURIOUS);
}

static void D2_E7_populate_that_fails_leaks_nothing(void **state)
{
	u64 used = pool_used(&fake.pool);
	u64 sum = fake_checksum();

	(void)state;
	for (frame_limit = 0; frame_limit < 20; frame_limit++) {
		assert_int_equal(map(frames(0x1f0000, 20 * PAGE_SIZE, AREA_ALLOC)), -CL_ENOMEM);
		assert_int_equal(as.nr_areas, 0);
		assert_int_equal(as.nr_frames, 0);
		assert_int_equal(pool_used(&fake.pool), used);
		assert_int_equal(fake_checksum(), sum);
	}
	/* and when it is a table that is missing */
	for (unsigned int n = 1; n <= 3; n++) {
		fake_forget();
		fake.fail_at = n;
		assert_int_equal(map(frames(0x1f0000, 20 * PAGE_SIZE, AREA_ALLOC)), -CL_ENOMEM);
		assert_int_equal(pool_used(&fake.pool), used);
		assert_int_equal(fake_checksum(), sum);
	}
	fake.fail_at = 0;
	assert_int_equal(map(frames(0x1f0000, 20 * PAGE_SIZE, AREA_ALLOC)), 0);
}

static void D6_batches_are_all_or_nothing(void **state)
{
	struct area batch[] = {
		linear(0x40000, 0x2000, 0x50000, RW),
		frames(0x10000, 0x8000, AREA_ALLOC),
		frames(GiB, 0x200000, AREA_LAZY),
		linear(0x41000, 0x1000, 0, RW),
	};
	u64 sum = fake_checksum();

	(void)state;
	assert_int_equal(aspace_map(&as, batch, 4), -CL_EEXIST);
	assert_int_equal(as.nr_areas, 0);
	assert_int_equal(fake_checksum(), sum);
	assert_int_equal(pool_used(&fake.pool), 1);
	assert_int_equal(aspace_map(&as, batch, 3), 0);
	assert_int_equal(as.nr_areas, 3);
	/* one call over all of them */
	assert_int_equal(aspace_protect(&as, IPA(0), 2 * GiB, PT_READ), 0);
	assert_int_equal(access_at(GiB, ACCESS_WRITE), FAULT_DENIED);
	assert_int_equal(aspace_unmap(&as, IPA(0), 2 * GiB), 0);
	assert_int_equal(as.nr_areas, 0);
	assert_int_equal(pool_used(&fake.pool), 1);
}

static void D6_partial_operations_split_areas(void **state)
{
	struct aspace_info info;

	(void)state;
	assert_int_equal(map(linear(GiB, GiB, 4 * GiB, RW)), 0);
	assert_int_equal(aspace_protect(&as, IPA(GiB + 0x5000), 0x1000, PT_READ), 0);
	assert_int_equal(as.nr_areas, 3);
	assert_int_equal(aspace_query(&as, IPA(GiB + 0x5000), &info), 0);
	assert_int_equal(info.leaf.perms, PT_READ);
	assert_int_equal(info.limit, 0x1000);
	assert_int_equal(aspace_query(&as, IPA(GiB + 0x6000), &info), 0);
	assert_int_equal(info.leaf.pa.v, 4 * GiB + 0x6000);
	assert_int_equal(info.leaf.perms, RW);
	/* back again: one area, and after a merge one block */
	assert_int_equal(aspace_protect(&as, IPA(GiB + 0x5000), 0x1000, RW), 0);
	assert_int_equal(as.nr_areas, 1);
	assert_int_equal(aspace_merge(&as, IPA(0), 8 * GiB), 0);
	assert_int_equal(pt_pages(&as.pt), 1);

	assert_int_equal(aspace_unmap(&as, IPA(GiB + 0x5000), 0x1000), 0);
	assert_int_equal(as.nr_areas, 2);
	assert_int_equal(access_at(GiB + 0x5000, ACCESS_READ), FAULT_NO_AREA);
	assert_int_equal(aspace_translate(&as, IPA(GiB + 0x4fff)).v, 4 * GiB + 0x4fff);
	assert_int_equal(aspace_translate(&as, IPA(GiB + 0x5000)).v, PA_NONE.v);
	/* and mapped to something else */
	assert_int_equal(map(linear(GiB + 0x5000, 0x1000, 0x7000, RW)), 0);
	assert_int_equal(aspace_translate(&as, IPA(GiB + 0x5008)).v, 0x7008);
}

static void D6_unmap_that_fails_changes_nothing(void **state)
{
	struct area batch[] = {
		frames(GiB - 0x8000, 0x8000, AREA_ALLOC),
		linear(GiB, GiB, 4 * GiB, RW),
	};
	u64 sum;

	(void)state;
	assert_int_equal(aspace_map(&as, batch, 2), 0);
	sum = fake_checksum();
	for (unsigned int n = 1; n <= 2; n++) {
		fake_forget();
		fake.fail_at = n;
		assert_int_equal(aspace_unmap(&as, IPA(GiB - 0x4000), 0x8000), -CL_ENOMEM);
		assert_int_equal(as.nr_areas, 2);
		assert_int_equal(as.nr_frames, 8);
		assert_int_equal(fake_checksum(), sum);
		assert_int_equal(as.pt.nr_spare, 0);
	}
	fake.fail_at = 0;
	assert_int_equal(aspace_unmap(&as, IPA(GiB - 0x4000), 0x8000), 0);
	assert_int_equal(as.nr_frames, 4);
	/* the neighbours of what goes stay */
	assert_int_equal(aspace_unmap(&as, IPA(GiB - 0x7000), 0x1000), 0);
	assert_int_equal(as.nr_frames, 3);
	assert_true(aspace_translate(&as, IPA(GiB - 0x8000)).v != PA_NONE.v);
	assert_true(aspace_translate(&as, IPA(GiB - 0x6000)).v != PA_NONE.v);
}

static void D2_populated_areas_use_blocks(void **state)
{
	u64 used = pool_used(&fake.pool);
	struct aspace_info info;
	u64 pa;

	(void)state;
	frame_limit = 3000;
	/* 1 MiB, 2 blocks, 12 KiB: no area has to be aligned */
	assert_int_equal(map(frames(3 * MiB, 5 * MiB + 0x3000, AREA_ALLOC)), 0);
	assert_int_equal(as.nr_frames, (5 * MiB + 0x3000) / PAGE_SIZE);
	assert_int_equal(pool_used(&fake.pool) - used, as.nr_frames + 1 + 2);
	for (u64 ipa = 3 * MiB; ipa < 8 * MiB + 0x3000; ipa += PAGE_SIZE) {
		bool block = ipa >= 4 * MiB && ipa < 8 * MiB;

		assert_int_equal(aspace_query(&as, IPA(ipa), &info), 0);
		assert_int_equal(info.leaf.size, block ? 2 * MiB : PAGE_SIZE);
		/* as far as frames follow each other, and never over the end */
		assert_true(info.limit >=
			    MIN(info.leaf.size - ipa % info.leaf.size, 8 * MiB + 0x3000 - ipa));
		assert_true(info.limit <= 8 * MiB + 0x3000 - ipa);
	}

	/* a page out of a block: that frame goes, and no other */
	pa = aspace_translate(&as, IPA(6 * MiB)).v;
	assert_int_equal(aspace_unmap(&as, IPA(6 * MiB + 0x5000), 0x2000), 0);
	assert_int_equal(as.nr_frames, (5 * MiB + 0x1000) / PAGE_SIZE);
	assert_int_equal(aspace_translate(&as, IPA(6 * MiB + 0x4fff)).v, pa + 0x4fff);
	assert_int_equal(aspace_translate(&as, IPA(6 * MiB + 0x7000)).v, pa + 0x7000);
	assert_int_equal(host(PA(pa + 0x5000))[0], 0x77);
	assert_int_equal(host(PA(pa + 0x6fff))[0], 0x77);
	assert_int_equal(host(PA(pa + 0x7000))[0], 0);
	assert_int_equal(aspace_unmap(&as, IPA(0), 16 * MiB), 0);
	assert_int_equal(pool_used(&fake.pool), used);

	/* no block left: pages */
	frame_limit = 520;
	assert_int_equal(map(frames(2 * MiB, 2 * MiB + 0x1000, AREA_ALLOC)), 0);
	assert_int_equal(aspace_unmap(&as, IPA(0), 16 * MiB), 0);
	assert_int_equal(map(frames(2 * MiB, 2 * MiB + 0x9000, AREA_ALLOC)), -CL_ENOMEM);
	assert_int_equal(as.reason, AREA_NO_FRAMES);
	assert_int_equal(as.nr_frames, 0);
	assert_int_equal(pool_used(&fake.pool), used);
}

static void D2_released_frames_leave_the_areas(void **state)
{
	u64 used;

	(void)state;
	assert_int_equal(map(frames(2 * MiB, 4 * MiB, AREA_LAZY)), 0);
	used = pool_used(&fake.pool);
	for (u64 i = 0; i < 4 * MiB; i += 0x7000)
		assert_int_equal(access_at(2 * MiB + i, ACCESS_READ), FAULT_RESOLVED);
	/* where the pool of the tables must not be touched: none is freed or taken */
	fake_forget();
	aspace_release(&as, IPA(2 * MiB), 2 * MiB);
	aspace_release(&as, IPA(4 * MiB), 2 * MiB);
	assert_int_equal(fake.total[EV_FREE], 0);
	assert_int_equal(fake.total[EV_ALLOC], 0);
	assert_int_equal(as.nr_frames, 0);
	assert_int_equal(pool_used(&fake.pool), used);
	/* as new */
	assert_int_equal(access_at(2 * MiB + 8, ACCESS_WRITE), FAULT_RESOLVED);
	assert_int_equal(host(aspace_translate(&as, IPA(2 * MiB)))[0], 0);
}

static void D1_areas_lie_within_the_address_space(void **state)
{
	struct aspace_config cfg = {
		.pt = fake_config(39, 40),
		.base = IPA(0x10000),
		.size = 0x10000,
		.areas = areas,
		.max_areas = MAX_AREAS,
	};

	(void)state;
	aspace_destroy(&as);
	cfg.size = 0x800;
	assert_int_equal(aspace_init(&as, &cfg), -CL_EINVAL);
	cfg.size = BIT(39);
	assert_int_equal(aspace_init(&as, &cfg), -CL_ERANGE);
	assert_int_equal(pool_used(&fake.pool), 0);
	cfg.size = 0x10000;
	assert_int_equal(aspace_init(&as, &cfg), 0);
	assert_int_equal(map(linear(0xf000, 0x2000, 0, RW)), -CL_ERANGE);
	assert_int_equal(as.reason, AREA_BEYOND_IPA);
	assert_int_equal(map(linear(0x1f000, 0x2000, 0, RW)), -CL_ERANGE);
	assert_int_equal(map(linear(0x20000, 0x1000, 0, RW)), -CL_ERANGE);
	assert_int_equal(map(frames(0x10000, 0x1000, AREA_LAZY)), -CL_EINVAL);
	assert_int_equal(map(linear(0x10000, 0x10000, 0, RW)), 0);
}

/* The example of the founding document: a space of 64 KiB, 8 KiB of it populated */
static void D7_example_of_the_founding_document(void **state)
{
	struct aspace_info info;
	struct aspace_config cfg = {
		.pt = fake_config(39, 40),
		.base = IPA(0x10000),
		.size = 0x10000,
		.areas = areas,
		.max_areas = MAX_AREAS,
		.frames = &frame_ops,
		.frames_ctx = &fake,
	};
	paddr_t pa;

	(void)state;
	aspace_destroy(&as);
	assert_int_equal(aspace_init(&as, &cfg), 0);
	assert_int_equal(map(frames(0x18000, 0x2000, AREA_ALLOC)), 0);
	pa = aspace_translate(&as, IPA(0x18000));
	assert_true(pa.v != PA_NONE.v);
	assert_int_equal(aspace_translate(&as, IPA(0x18abc)).v, pa.v + 0xabc);
	assert_int_equal(aspace_translate(&as, IPA(0x10000)).v, PA_NONE.v);
	assert_int_equal(aspace_translate(&as, IPA(0x1a000)).v, PA_NONE.v);
	assert_int_equal(aspace_query(&as, IPA(0x19000), &info), 0);
	assert_int_equal(info.area.start.v, 0x18000);
	assert_int_equal(info.limit, 0x1000);
	assert_int_equal(access_at(0x1a000, ACCESS_WRITE), FAULT_NO_AREA);
	/* the same, lazily */
	assert_int_equal(map(frames(0x1a000, 0x2000, AREA_LAZY)), 0);
	assert_int_equal(access_at(0x1a000, ACCESS_WRITE), FAULT_RESOLVED);
	assert_true(aspace_translate(&as, IPA(0x1a000)).v != PA_NONE.v);
	assert_int_equal(aspace_unmap(&as, IPA(0x18000), 0x4000), 0);
	assert_int_equal(aspace_translate(&as, IPA(0x18000)).v, PA_NONE.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(D1_every_refusal_has_its_own_reason),
		TEST(D2_linear_with_offsets_of_either_sign),
		TEST(D2_populated_areas_have_zeroed_frames_at_once),
		TEST(D2_E7_populate_that_fails_leaks_nothing),
		TEST(D6_batches_are_all_or_nothing),
		TEST(D6_partial_operations_split_areas),
		TEST(D6_unmap_that_fails_changes_nothing),
		TEST(D2_populated_areas_use_blocks),
		TEST(D2_released_frames_leave_the_areas),
		TEST(D1_areas_lie_within_the_address_space),
		TEST(D7_example_of_the_founding_document),
	};

	return cmocka_run_group_tests_name("mm address spaces", tests, NULL, NULL);
}
