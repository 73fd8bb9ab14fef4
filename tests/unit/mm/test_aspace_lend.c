// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is lent comes back, whatever became of its neighbours, and of the pool. */
#include "fake.h"
#include "mm/aspace.h"

#define MAX_AREAS 24

/* RAM, not aligned to anything, in two areas that differ, and one between */
#define LOW (GiB + 2 * MiB - 0x3000)
#define LOW_SIZE (600 * MiB)
#define DEVICE (LOW + LOW_SIZE)
#define HIGH (DEVICE + 0x5000)
#define HIGH_SIZE (3 * GiB)

static struct aspace as;
static struct area areas[MAX_AREAS];
static u64 seed;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct area identity(u64 start, u64 size)
{
	bool device = start >= DEVICE && start < HIGH;

	return (struct area){
		IPA(start), size,      AREA_LINEAR,
		0,	    PA(start), attr(device ? RW : RWX, device ? PT_DEVICE : PT_NORMAL)
	};
}

static int setup(void **state)
{
	struct area all[] = { identity(LOW, LOW_SIZE), identity(DEVICE, 0x5000),
			      identity(HIGH, HIGH_SIZE) };
	struct aspace_config cfg;
	int err = fake_setup(state);

	if (err)
		return err;
	cfg = (struct aspace_config){
		.pt = fake_config(39, 40),
		.areas = areas,
		.max_areas = MAX_AREAS,
	};
	err = aspace_init(&as, &cfg);
	return err ? err : aspace_map(&as, all, ARRAY_SIZE(all));
}

static int teardown(void **state)
{
	aspace_destroy(&as);
	assert_int_equal(pool_used(&fake.pool), 0);
	return fake_teardown(state);
}

static bool is_there(u64 at)
{
	u64 pa = aspace_translate(&as, IPA(at)).v;

	assert_true(pa == at || pa == PA_NONE.v);
	assert_int_equal(aspace_area(&as, IPA(at)) != NULL, pa == at);
	return pa == at;
}

static void D6_lent_memory_is_gone_and_comes_back(void **state)
{
	u64 sum = fake_checksum(), used = pool_used(&fake.pool);
	struct area page = identity(HIGH + GiB + 0x7000, 0x2000);

	(void)state;
	assert_int_equal(aspace_lend(&as, page.start, page.size), 0);
	assert_int_equal(as.nr_areas, 4);
	assert_true(is_there(page.start.v - 1));
	assert_false(is_there(page.start.v));
	assert_false(is_there(page.start.v + 0x1fff));
	assert_true(is_there(page.start.v + 0x2000));
	assert_int_equal(aspace_restore(&as, &page), 0);
	assert_int_equal(as.nr_areas, 3);
	assert_true(is_there(page.start.v));
	assert_int_equal(pool_used(&fake.pool), used);
	assert_int_equal(fake_checksum(), sum);
}

static void D6_only_what_is_there_can_be_lent(void **state)
{
	static const struct {
		u64 start, size;
		int err;
		enum area_reason reason;
	} wrong[] = {
		{ LOW, 0, -CL_EINVAL, AREA_EMPTY },
		{ LOW + 1, 0x1000, -CL_EINVAL, AREA_MISALIGNED },
		{ LOW, 0x1800, -CL_EINVAL, AREA_MISALIGNED },
		{ LOW - 0x1000, 0x2000, -CL_ENOENT, AREA_NOT_THERE },
		{ LOW - 0x1000, 0x1000, -CL_ENOENT, AREA_NOT_THERE },
		{ DEVICE - 0x1000, 0x2000, -CL_ENOENT, AREA_NOT_THERE },
		{ HIGH + HIGH_SIZE - 0x1000, 0x2000, -CL_ENOENT, AREA_NOT_THERE },
		{ BIT(39) - 0x1000, 0x2000, -CL_ERANGE, AREA_BEYOND_IPA },
		{ ~0xfffull, 0x2000, -CL_ERANGE, AREA_WRAPS },
	};
	struct area low = identity(LOW, 0x1000);
	u64 sum = fake_checksum(), used = pool_used(&fake.pool);

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(aspace_lend(&as, IPA(wrong[i].start), wrong[i].size),
				 wrong[i].err);
		assert_int_equal(as.reason, wrong[i].reason);
		assert_int_equal(fake_checksum(), sum);
		assert_int_equal(pool_used(&fake.pool), used);
	}
	assert_int_equal(aspace_lend(&as, low.start, low.size), 0);
	assert_int_equal(aspace_lend(&as, low.start, low.size), -CL_ENOENT);
	assert_int_equal(aspace_restore(&as, &low), 0);
	assert_int_equal(fake_checksum(), sum);
}

/* Somebody may use it in another way meanwhile */
static void D6_what_stands_in_lent_memory_goes_first(void **state)
{
	struct area page = identity(LOW + 64 * MiB, 4 * MiB + 0x1000), other = page;
	u64 sum = fake_checksum(), used = pool_used(&fake.pool);

	(void)state;
	assert_int_equal(aspace_lend(&as, page.start, page.size), 0);
	other.attr.perms = RW;
	assert_int_equal(aspace_map(&as, &other, 1), 0);
	assert_int_equal(aspace_area(&as, page.start)->attr.perms, RW);
	assert_int_equal(aspace_restore(&as, &page), 0);
	assert_int_equal(aspace_area(&as, page.start)->attr.perms, RWX);
	assert_int_equal(as.nr_areas, 3);
	assert_int_equal(pool_used(&fake.pool), used);
	assert_int_equal(fake_checksum(), sum);
}

static void A6_lend_that_fails_changes_nothing(void **state)
{
	u64 sum = fake_checksum(), used = pool_used(&fake.pool);
	unsigned int failed = 0;
	int err;

	(void)state;
	do {
		fake_forget();
		fake.fail_at = ++failed;
		err = aspace_lend(&as, IPA(HIGH + 5 * MiB), 7 * MiB + 0x5000);
		if (err) {
			assert_int_equal(err, -CL_ENOMEM);
			assert_int_equal(as.reason, AREA_NO_FRAMES);
			assert_int_equal(fake_checksum(), sum);
			assert_int_equal(pool_used(&fake.pool), used);
			assert_int_equal(as.nr_areas, 3);
			assert_int_equal(as.nr_lent, 0);
		}
	} while (err);
	assert_true(failed > 2);
}

/* Each range that is lent keeps room for its return, and so nobody else gets it */
static void D6_there_is_always_room_for_the_return(void **state)
{
	struct area away[MAX_AREAS], extra = identity(16 * GiB, 0x1000);
	unsigned int n = 0;
	u64 sum = fake_checksum();

	(void)state;
	/* Whole areas, which leave room that is not free, and parts */
	away[n++] = identity(DEVICE, 0x5000);
	assert_int_equal(aspace_lend(&as, away[0].start, away[0].size), 0);
	for (;; n++) {
		away[n] = identity(LOW + n * 0x3000, 0x1000);
		if (aspace_lend(&as, away[n].start, away[n].size))
			break;
	}
	assert_int_equal(as.reason, AREA_NO_ROOM);
	while (!aspace_map(&as, &extra, 1))
		extra.start.v += 0x2000;
	assert_int_equal(as.reason, AREA_NO_ROOM);
	while (n--)
		assert_int_equal(aspace_restore(&as, &away[n]), 0);
	assert_int_equal(aspace_unmap(&as, IPA(16 * GiB), GiB), 0);
	assert_int_equal(as.nr_areas, 3);
	assert_int_equal(fake_checksum(), sum);
}

static int add_leaf(const struct pt_visit *visit, void *arg)
{
	u64 *sum = arg;

	*sum = (*sum ^ visit->ipa.v ^ visit->desc ^ visit->level) * 0x100000001b3;
	return 0;
}

/* Of the leaves alone: which frames the tables lie in is no matter */
static u64 shape(void)
{
	struct pt_visitor visitor = { .leaf = add_leaf };
	u64 sum = 0xcbf29ce484222325;

	assert_int_equal(pt_walk(&as.pt, IPA(0), BIT(39), &visitor, &sum), 0);
	return sum;
}

static struct area lent[8];
static bool is_lent[ARRAY_SIZE(lent)];

static bool overlaps_lent(unsigned int new)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(lent); i++) {
		if (is_lent[i] && lent[i].start.v < lent[new].start.v + lent[new].size &&
		    lent[new].start.v < lent[i].start.v + lent[i].size)
			return true;
	}
	return false;
}

/*
 * At random: lend and restore in any order, with others' mappings in between
 * and a pool that has nothing left when memory comes back.
 */
static void D6_random_ranges_are_lent_and_restored(void **state)
{
	u64 before = shape(), used = pool_used(&fake.pool);
	unsigned int count[2] = { 0 };

	(void)state;
	seed = 0x9e3779b97f4a7c15;
	for (unsigned int step = 0; step < 20000; step++) {
		unsigned int i = rnd() % ARRAY_SIZE(lent);

		fake_forget();
		fake.fail_at = 0;
		if (is_lent[i]) {
			fake.fail_at = 1;
			assert_int_equal(aspace_restore(&as, &lent[i]), 0);
			assert_true(is_there(lent[i].start.v));
			assert_true(is_there(lent[i].start.v + lent[i].size - 1));
			is_lent[i] = false;
			continue;
		}
		switch (rnd() % 4) {
		case 0:
			lent[i] = identity(LOW, LOW_SIZE);
			break;
		case 1:
			lent[i] = identity(HIGH + rnd() % 2 * GiB, (1 + rnd() % 2) * GiB);
			break;
		case 2:
			lent[i] = identity(LOW + (rnd() % 150000) * PAGE_SIZE,
					   (1 + rnd() % 1024) * PAGE_SIZE);
			break;
		case 3:
			lent[i] = identity(ALIGN_UP(HIGH, 2 * MiB) + (rnd() % 1024) * 2 * MiB,
					   (1 + rnd() % 200) * 2 * MiB);
		}
		/* What stands in lent memory is nobody's to lend again */
		if (overlaps_lent(i))
			continue;
		fake.fail_at = (unsigned int)(rnd() % 8);
		is_lent[i] = !aspace_lend(&as, lent[i].start, lent[i].size);
		count[is_lent[i]]++;
		if (!is_lent[i])
			continue;
		assert_false(is_there(lent[i].start.v));
		if (rnd() % 3 == 0) {
			struct area other = lent[i];

			other.attr.perms = PT_READ;
			aspace_map(&as, &other, 1);
		}
	}
	/* Both happened often */
	assert_true(count[0] > 1000 && count[1] > 1000);
	for (unsigned int i = 0; i < ARRAY_SIZE(lent); i++) {
		if (is_lent[i])
			assert_int_equal(aspace_restore(&as, &lent[i]), 0);
	}
	assert_int_equal(as.nr_areas, 3);
	assert_int_equal(as.lent_tables, 0);
	assert_int_equal(pool_used(&fake.pool), used);
	assert_int_equal(shape(), before);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(D6_lent_memory_is_gone_and_comes_back),
		TEST(D6_only_what_is_there_can_be_lent),
		TEST(D6_what_stands_in_lent_memory_goes_first),
		TEST(A6_lend_that_fails_changes_nothing),
		TEST(D6_there_is_always_room_for_the_return),
		TEST(D6_random_ranges_are_lent_and_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
