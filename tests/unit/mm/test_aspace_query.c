// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: what is asked of them, and buffers in them. */
#include "space.h"

static void D3_E9_limit_is_what_remains(void **state)
{
	struct aspace_info info;

	(void)state;
	assert_int_equal(map(linear(GiB, 3 * GiB + 0x5000, 8 * GiB, RWX)), 0);
	assert_int_equal(aspace_query(&as, IPA(GiB + 0x123), &info), 0);
	assert_int_equal(info.leaf.pa.v, 8 * GiB + 0x123);
	assert_int_equal(info.leaf.size, GiB);
	assert_int_equal(info.leaf.perms, RWX);
	assert_int_equal(info.limit, 3 * GiB + 0x5000 - 0x123);
	assert_int_equal(aspace_query(&as, IPA(4 * GiB + 0x4fff), &info), 0);
	assert_int_equal(info.limit, 1);
	assert_int_equal(info.leaf.size, PAGE_SIZE);
	assert_int_equal(aspace_query(&as, IPA(4 * GiB + 0x5000), &info), -CL_ENOENT);

	/* lazy: what is there, and contiguous */
	assert_int_equal(map(frames(0x10000, 0x8000, AREA_LAZY)), 0);
	assert_int_equal(aspace_query(&as, IPA(0x10000), &info), -CL_EFAULT);
	assert_int_equal(access_at(0x10000, ACCESS_READ), FAULT_RESOLVED);
	assert_int_equal(access_at(0x11000, ACCESS_READ), FAULT_RESOLVED);
	assert_int_equal(access_at(0x13000, ACCESS_READ), FAULT_RESOLVED);
	assert_int_equal(aspace_translate(&as, IPA(0x11000)).v,
			 aspace_translate(&as, IPA(0x10000)).v + PAGE_SIZE);
	assert_int_equal(aspace_query(&as, IPA(0x10800), &info), 0);
	assert_int_equal(info.limit, 0x1800);
}

static void D4_segments_across_pages_areas_and_holes(void **state)
{
	struct segment seg[4];

	(void)state;
	assert_int_equal(map(linear(0x10000, 0x2000, 0x50000, RW)), 0);
	assert_int_equal(map(linear(0x12000, 0x1000, 0x52000, PT_READ)), 0);
	assert_int_equal(map(linear(0x13000, 0x1000, 0x90000, RW)), 0);
	assert_int_equal(aspace_segments(&as, IPA(0x10010), 0x3800, ACCESS_READ, seg, 4), 2);
	/* two areas, one piece */
	assert_int_equal(seg[0].pa.v, 0x50010);
	assert_int_equal(seg[0].size, 0x2ff0);
	assert_int_equal(seg[1].pa.v, 0x90000);
	assert_int_equal(seg[1].size, 0x810);
	assert_int_equal(aspace_segments(&as, IPA(0x10010), 0x3800, ACCESS_READ, seg, 1),
			 -CL_E2BIG);
	assert_int_equal(aspace_segments(&as, IPA(0x10010), 0x3800, ACCESS_WRITE, seg, 4),
			 -CL_EPERM);
	assert_int_equal(aspace_segments(&as, IPA(0x13ff0), 0x11, ACCESS_READ, seg, 4), -CL_EFAULT);
	assert_int_equal(aspace_segments(&as, IPA(0x0), 0x11, ACCESS_READ, seg, 4), -CL_EFAULT);
	assert_int_equal(aspace_segments(&as, IPA(~0ull), 2, ACCESS_READ, seg, 4), -CL_EFAULT);
	assert_int_equal(aspace_segments(&as, IPA(0x10000), ~0ull, ACCESS_READ, seg, 4),
			 -CL_EFAULT);
	assert_int_equal(aspace_segments(&as, IPA(0x10000), 0, ACCESS_READ, seg, 4), -CL_EINVAL);
}

static void D4_segments_populate_lazy_pages(void **state)
{
	struct segment seg[4];
	u64 total = 0;
	int n;

	(void)state;
	assert_int_equal(map(frames(0x10000, 0x4000, AREA_LAZY)), 0);
	n = aspace_segments(&as, IPA(0x10ff8), 0x1010, ACCESS_WRITE, seg, 4);
	assert_true(n >= 1);
	for (int i = 0; i < n; i++)
		total += seg[i].size;
	assert_int_equal(total, 0x1010);
	assert_int_equal(as.nr_frames, 3);
	frame_limit = 3;
	assert_int_equal(aspace_segments(&as, IPA(0x12000), 0x1010, ACCESS_WRITE, seg, 4),
			 -CL_ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(D3_E9_limit_is_what_remains),
		TEST(D4_segments_across_pages_areas_and_holes),
		TEST(D4_segments_populate_lazy_pages),
	};

	return cmocka_run_group_tests_name("mm queries", tests, NULL, NULL);
}
