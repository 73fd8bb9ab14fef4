// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on an address space, with memory running out at random,
 * against a flat array with an entry for every page.
 */
#include "fake.h"
#include "mm/aspace.h"

#define START (GiB - 4 * MiB)
#define PAGES 2048
#define MAX_AREAS 24

struct page {
	bool owned;
	bool there; /* mapped */
	enum area_kind kind;
	u8 perms;
	u8 type;
	u64 pa; /* of linear areas; of others, once it is there */
};

static struct page model[PAGES];
static struct aspace as;
static struct area areas[MAX_AREAS];
static u64 seed;
static bool out_of_frames;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static paddr_t frame_alloc(void *ctx, const struct area *area, u64 size)
{
	struct frame_pool *pool = &((struct fake *)ctx)->pool;
	void *frames;

	(void)area;
	if (out_of_frames && rnd() % 4 == 0)
		return PA_NONE;
	frames = pool_alloc(pool, (unsigned int)(size / PAGE_SIZE));
	return frames ? pool_v2p(pool, frames) : PA_NONE;
}

static void frame_free(void *ctx, const struct area *area, paddr_t pa, u64 size)
{
	struct frame_pool *pool = &((struct fake *)ctx)->pool;

	(void)area;
	memset(pool_p2v(pool, pa), 0x66, size);
	assert_int_equal(pool_put(pool, pa, (unsigned int)(size / PAGE_SIZE)), 0);
}

static const struct frame_ops frame_ops = { frame_alloc, frame_free };

static u64 ipa_of(unsigned int page)
{
	return START + page * PAGE_SIZE;
}

static void compare(void)
{
	u64 nr_frames = 0;

	for (unsigned int i = 0; i < PAGES; i++) {
		const struct area *area = aspace_area(&as, IPA(ipa_of(i)));
		struct pt_leaf leaf;

		assert_int_equal(area != NULL, model[i].owned);
		assert_int_equal(pt_query(&as.pt, IPA(ipa_of(i)), &leaf), model[i].there);
		if (area) {
			assert_int_equal(area->kind, model[i].kind);
			assert_int_equal(area->attr.perms, model[i].perms);
		}
		if (!model[i].there)
			continue;
		assert_int_equal(leaf.perms, model[i].perms);
		assert_int_equal(leaf.type, model[i].type);
		if (model[i].kind == AREA_LINEAR) {
			assert_int_equal(leaf.pa.v, model[i].pa);
			continue;
		}
		nr_frames++;
		/* A frame stays the same as long as its page lives */
		if (model[i].pa)
			assert_int_equal(leaf.pa.v, model[i].pa);
		model[i].pa = leaf.pa.v;
	}
	assert_int_equal(as.nr_frames, nr_frames);
	assert_int_equal(pool_used(&fake.pool), nr_frames + pt_pages(&as.pt) + as.pt.nr_spare);
}

static int step_map(unsigned int first, unsigned int count)
{
	struct area area = { IPA(ipa_of(first)),
			     count * PAGE_SIZE,
			     rnd() % 3,
			     0,
			     PA(0),
			     attr(rnd() % 8, rnd() % PT_NR_TYPES) };
	bool taken = false;
	int err;

	if (area.attr.type == PT_DEVICE)
		area.attr.perms &= ~PT_EXEC;
	if (area.kind == AREA_LINEAR)
		area.pa = PA(rnd() % 2 ? ipa_of(first) + 4 * GiB : (rnd() % 0x10000) << 12);
	for (unsigned int i = first; i < first + count; i++)
		taken |= model[i].owned;
	err = aspace_map(&as, &area, 1);
	if (taken)
		assert_int_equal(err, -CL_EEXIST);
	if (err)
		return err;
	for (unsigned int i = 0; i < count; i++)
		model[first + i] = (struct page){
			.owned = true,
			.there = area.kind != AREA_LAZY,
			.kind = area.kind,
			.perms = area.attr.perms,
			.type = area.attr.type,
			.pa = area.kind == AREA_LINEAR ? area.pa.v + i * PAGE_SIZE : 0,
		};
	return 0;
}

static void step_fault(unsigned int page)
{
	struct aspace_fault fault = { IPA(ipa_of(page) + rnd() % PAGE_SIZE), 0, rnd() % 3, 0 };
	enum aspace_outcome outcome = aspace_handle(&as, &fault);
	u8 need = (u8)(1 << fault.access);

	if (!model[page].owned) {
		assert_int_equal(outcome, FAULT_NO_AREA);
	} else if (!(model[page].perms & need)) {
		assert_int_equal(outcome, FAULT_DENIED);
	} else if (model[page].there) {
		assert_int_equal(outcome, FAULT_SPURIOUS);
	} else if (outcome == FAULT_NO_MEMORY) {
		assert_true(out_of_frames);
	} else {
		assert_int_equal(outcome, FAULT_RESOLVED);
		model[page].there = true;
		/* zeroed, whoever had it before */
		assert_int_equal(
			*(u64 *)pool_p2v(&fake.pool, aspace_translate(&as, IPA(ipa_of(page)))), 0);
	}
}

static int step_protect(unsigned int first, unsigned int count)
{
	u8 perms = rnd() % 8;
	int err = aspace_protect(&as, IPA(ipa_of(first)), count * PAGE_SIZE, perms);

	for (unsigned int i = first; !err && i < first + count; i++)
		model[i].perms = model[i].type == PT_DEVICE ? perms & ~PT_EXEC : perms;
	return err;
}

static void step(void)
{
	unsigned int count = 1 + rnd() % (rnd() % 4 ? 40 : 1200);
	unsigned int first = rnd() % (PAGES - count + 1);
	u64 before = 0;
	int err = 0;

	if (rnd() % 3 == 0)
		first &= ~511u;
	out_of_frames = rnd() % 3 == 0;
	fake_forget();
	fake.fail_at = out_of_frames ? 1 + rnd() % 6 : 0;
	if (out_of_frames)
		before = fake_checksum();
	switch (rnd() % 12) {
	case 0 ... 4:
		err = step_map(first, count);
		break;
	case 5 ... 6:
		err = aspace_unmap(&as, IPA(ipa_of(first)), count * PAGE_SIZE);
		if (!err)
			memset(model + first, 0, count * sizeof(*model));
		break;
	case 7:
		err = step_protect(first, count);
		break;
	case 8:
		assert_int_equal(aspace_merge(&as, IPA(START), PAGES * PAGE_SIZE), 0);
		break;
	default:
		step_fault(first);
	}
	if (err == -CL_ENOMEM)
		assert_true(out_of_frames);
	else
		assert_true(!err || err == -CL_EEXIST || err == -CL_ENOSPC);
	if (err && out_of_frames)
		assert_int_equal(fake_checksum(), before);
	compare();
}

static void D1_D2_D6_random_operations(void **state)
{
	const char *text = getenv("MM_MODEL_STEPS");
	const char *start = getenv("MM_MODEL_SEED");
	unsigned int steps = text ? (unsigned int)atoi(text) : 1000;
	struct aspace_config cfg = {
		.pt = fake_config(39, 40),
		.areas = areas,
		.max_areas = MAX_AREAS,
		.frames = &frame_ops,
		.frames_ctx = &fake,
	};

	(void)state;
	seed = start ? strtoull(start, NULL, 0) : 88172645463325252ull;
	/* How to see the same again */
	print_message("MM_MODEL_SEED=0x%llx MM_MODEL_STEPS=%u\n", (unsigned long long)seed, steps);
	memset(model, 0, sizeof(model));
	assert_int_equal(aspace_init(&as, &cfg), 0);
	for (unsigned int i = 0; i < steps; i++)
		step();
	fake.fail_at = 0;
	aspace_destroy(&as);
	assert_int_equal(as.nr_frames, 0);
	assert_int_equal(pool_used(&fake.pool), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(D1_D2_D6_random_operations),
	};

	return cmocka_run_group_tests_name("mm address space model", tests, NULL, NULL);
}
