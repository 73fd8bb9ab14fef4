/* SPDX-License-Identifier: GPL-2.0-only */
/* An address space on the machine of fake.h, with frames that can run out. */
#ifndef TEST_MM_SPACE_H
#define TEST_MM_SPACE_H

#include "fake.h"
#include "mm/aspace.h"

#define MAX_AREAS 8

static struct aspace as;
static struct area areas[MAX_AREAS];
static unsigned int frame_limit;

static inline paddr_t frame_alloc(void *ctx, const struct area *area, u64 size)
{
	struct fake *f = ctx;
	void *frames;

	(void)area;
	if (as.nr_frames + size / PAGE_SIZE > frame_limit)
		return PA_NONE;
	frames = pool_alloc(&f->pool, (unsigned int)(size / PAGE_SIZE));
	return frames ? pool_v2p(&f->pool, frames) : PA_NONE;
}

static inline void frame_free(void *ctx, const struct area *area, paddr_t pa, u64 size)
{
	struct fake *f = ctx;

	(void)area;
	/* The last owner's bytes: whoever gets it next must not see them */
	memset(pool_p2v(&f->pool, pa), 0x77, size);
	assert_int_equal(pool_put(&f->pool, pa, (unsigned int)(size / PAGE_SIZE)), 0);
}

static const struct frame_ops frame_ops = { frame_alloc, frame_free };

static inline int space_setup(void **state)
{
	struct aspace_config cfg;
	int err = fake_setup(state);

	if (err)
		return err;
	frame_limit = 1000;
	cfg = (struct aspace_config){
		.pt = fake_config(39, 40),
		.areas = areas,
		.max_areas = MAX_AREAS,
		.frames = &frame_ops,
		.frames_ctx = &fake,
	};
	return aspace_init(&as, &cfg);
}

static inline int space_teardown(void **state)
{
	aspace_destroy(&as);
	assert_int_equal(pool_used(&fake.pool), 0);
	assert_int_equal(as.nr_frames, 0);
	return fake_teardown(state);
}

static inline struct area linear(u64 start, u64 size, u64 pa, unsigned int perms)
{
	return (struct area){ IPA(start), size, AREA_LINEAR, 0, PA(pa), attr(perms, PT_NORMAL) };
}

static inline struct area frames(u64 start, u64 size, enum area_kind kind)
{
	return (struct area){ IPA(start), size, kind, 0, PA(0), attr(RW, PT_NORMAL) };
}

static inline int map(struct area area)
{
	return aspace_map(&as, &area, 1);
}

static inline u8 *host(paddr_t pa)
{
	return pool_p2v(&fake.pool, pa);
}

static inline enum aspace_outcome access_at(u64 ipa, enum aspace_access access)
{
	struct aspace_fault fault = { IPA(ipa), 0x4000 + ipa, access, 1 };

	return aspace_handle(&as, &fault);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, space_setup, space_teardown)

#endif
