// SPDX-License-Identifier: GPL-2.0-only
/* Proofs about live tables: complete, nothing else, nobody else's memory. */
#include "fake.h"
#include "mm/pt_audit.h"

static const struct pt_region regions[] = {
	{ IPA(2 * GiB), PA(5 * GiB), GiB + 3 * MiB, { RWX, PT_NORMAL, 0 }, 0, false },
	{ IPA(0x9000000), PA(0x9000000), 0x3000, { RW, PT_DEVICE, 0 }, 0, false },
	{ IPA(0x9003000), PA(0x9003000), 0x1000, { PT_READ, PT_NORMAL, 0 }, 0, false },
};

static void create(struct pt *pt)
{
	fake_new(pt, 39);
	for (unsigned int i = 0; i < ARRAY_SIZE(regions); i++)
		assert_int_equal(pt_map(pt, regions[i].ipa, regions[i].pa, regions[i].size,
					regions[i].attr),
				 0);
}

static enum pt_verdict audit(struct pt *pt, u64 *where)
{
	ipaddr_t ipa = IPA(0);
	enum pt_verdict verdict = pt_audit(pt, regions, ARRAY_SIZE(regions), &ipa);

	*where = ipa.v;
	return verdict;
}

static void B10_tables_cover_exactly_the_regions(void **state)
{
	struct pt pt;
	u64 where;

	(void)state;
	create(&pt);
	assert_int_equal(audit(&pt, &where), PT_AS_IT_SHOULD);
	assert_int_equal(pt_audit(&pt, regions, 2, NULL), PT_EXTRA);

	assert_int_equal(pt_map(&pt, IPA(BIT(39) - PAGE_SIZE), PA(0), PAGE_SIZE,
				attr(PT_READ, PT_NORMAL)),
			 0);
	assert_int_equal(audit(&pt, &where), PT_EXTRA);
	assert_int_equal(where, BIT(39) - PAGE_SIZE);
	assert_int_equal(pt_unmap(&pt, IPA(BIT(39) - PAGE_SIZE), PAGE_SIZE), 0);

	assert_int_equal(pt_unmap(&pt, IPA(2 * GiB + 5 * MiB), PAGE_SIZE), 0);
	assert_int_equal(audit(&pt, &where), PT_HOLE);
	assert_int_equal(where, 2 * GiB + 5 * MiB);
	assert_int_equal(pt_map(&pt, IPA(2 * GiB + 5 * MiB), PA(0x7000), PAGE_SIZE,
				attr(RWX, PT_NORMAL)),
			 0);
	assert_int_equal(audit(&pt, &where), PT_OUTPUT);
	assert_int_equal(pt_unmap(&pt, IPA(2 * GiB + 5 * MiB), PAGE_SIZE), 0);
	assert_int_equal(pt_map(&pt, IPA(2 * GiB + 5 * MiB), PA(5 * GiB + 5 * MiB), PAGE_SIZE,
				attr(RW, PT_NORMAL)),
			 0);
	assert_int_equal(audit(&pt, &where), PT_ATTR);
	assert_int_equal(where, 2 * GiB + 5 * MiB);
	assert_int_equal(pt_protect(&pt, IPA(2 * GiB), GiB, RWX), 0);
	assert_int_equal(audit(&pt, &where), PT_AS_IT_SHOULD);
	pt_destroy(&pt);
}

/* Memory of a pool: anywhere in it, all or some, and with the right attributes */
static void B10_pool_memory_lies_in_its_pool(void **state)
{
	struct pt_region region = { IPA(GiB + 2 * MiB),	  PA(4 * GiB), 8 * MiB,
				    { RW, PT_NORMAL, 0 }, 64 * MiB,    false };
	ipaddr_t where;
	struct pt pt;

	(void)state;
	fake_new(&pt, 39);
	assert_int_equal(pt_audit(&pt, &region, 1, &where), PT_HOLE);
	assert_int_equal(where.v, region.ipa.v);
	/* A block, pages in any order, nothing at the end */
	assert_int_equal(pt_map(&pt, region.ipa, PA(4 * GiB + 62 * MiB), 2 * MiB, region.attr), 0);
	for (u64 i = 0; i < 4 * MiB; i += PAGE_SIZE)
		assert_int_equal(pt_map(&pt, IPA(GiB + 4 * MiB + i),
					PA(4 * GiB + 32 * MiB - PAGE_SIZE - i), PAGE_SIZE,
					region.attr),
				 0);
	assert_int_equal(pt_audit(&pt, &region, 1, &where), PT_HOLE);
	assert_int_equal(where.v, GiB + 8 * MiB);
	region.lazy = true;
	assert_int_equal(pt_audit(&pt, &region, 1, &where), PT_AS_IT_SHOULD);
	/* A hole in between */
	assert_int_equal(pt_unmap(&pt, IPA(GiB + 5 * MiB), PAGE_SIZE), 0);
	assert_int_equal(pt_audit(&pt, &region, 1, &where), PT_AS_IT_SHOULD);
	region.lazy = false;
	assert_int_equal(pt_audit(&pt, &region, 1, &where), PT_HOLE);
	assert_int_equal(where.v, GiB + 5 * MiB);
	region.lazy = true;
	/* The page before the pool, the one behind it, one within a block that sticks out */
	for (u64 pa = 4 * GiB - PAGE_SIZE; pa <= 4 * GiB + 64 * MiB; pa += 64 * MiB + PAGE_SIZE) {
		assert_int_equal(pt_map(&pt, IPA(GiB + 5 * MiB), PA(pa), PAGE_SIZE, region.attr),
				 0);
		assert_int_equal(pt_audit(&pt, &region, 1, &where), PT_OUTPUT);
		assert_int_equal(where.v, GiB + 5 * MiB);
		assert_int_equal(pt_unmap(&pt, IPA(GiB + 5 * MiB), PAGE_SIZE), 0);
	}
	region.pool_size = 63 * MiB;
	assert_int_equal(pt_audit(&pt, &region, 1, &where), PT_OUTPUT);
	assert_int_equal(where.v, region.ipa.v);
	region.pool_size = 64 * MiB;
	assert_int_equal(pt_protect(&pt, IPA(GiB + 6 * MiB), PAGE_SIZE, PT_READ), 0);
	assert_int_equal(pt_audit(&pt, &region, 1, &where), PT_ATTR);
	assert_int_equal(where.v, GiB + 6 * MiB);
	assert_int_equal(pt_protect(&pt, IPA(GiB + 6 * MiB), PAGE_SIZE, RW), 0);
	/* A leaf over the end of the region, or beside it */
	region.size = 5 * MiB;
	assert_int_equal(pt_audit(&pt, &region, 1, &where), PT_EXTRA);
	assert_int_equal(where.v, GiB + 7 * MiB);
	pt_destroy(&pt);
}

static void B10_no_table_reaches_the_hypervisor(void **state)
{
	ipaddr_t where;
	struct pt pt;

	(void)state;
	create(&pt);
	assert_false(pt_reaches(&pt, PA(0x40000000), 0x4000000, &where));
	assert_false(pt_reaches(&pt, PA(0), 0x9000000, &where));
	assert_false(pt_reaches(&pt, PA(6 * GiB + 3 * MiB), ~0ull >> 16, &where));
	assert_true(pt_reaches(&pt, PA(6 * GiB + 3 * MiB - 1), 1, &where));
	assert_int_equal(where.v, 3 * GiB + 3 * MiB - 1);
	/* a page in the middle of someone's block */
	assert_true(pt_reaches(&pt, PA(5 * GiB + 0x12345000), PAGE_SIZE, &where));
	assert_int_equal(where.v, 2 * GiB + 0x12345000);
	/* not even without permissions */
	assert_int_equal(pt_map(&pt, IPA(0), PA(0x40001000), PAGE_SIZE, attr(0, PT_NORMAL)), 0);
	assert_true(pt_reaches(&pt, PA(0x40000000), 0x4000000, &where));
	pt_destroy(&pt);
}

static void B10_two_cells_share_only_what_they_may(void **state)
{
	struct pt_span shared[] = { { PA(5 * GiB + MiB), 2 * MiB }, { PA(0x9000000), 0x1000 } };
	struct pt a, b;
	paddr_t where;

	(void)state;
	create(&a);
	fake_new(&b, 40);
	assert_false(pt_share(&a, &b, NULL, 0, NULL));
	assert_int_equal(pt_map(&b, IPA(0), PA(5 * GiB + MiB), 2 * MiB, attr(RW, PT_NORMAL)), 0);
	assert_int_equal(pt_map(&b, IPA(GiB), PA(0x9000000), 0x1000, attr(RW, PT_DEVICE)), 0);
	assert_true(pt_share(&a, &b, shared, 1, &where));
	assert_int_equal(where.v, 0x9000000);
	assert_true(pt_share(&a, &b, shared + 1, 1, &where));
	assert_int_equal(where.v, 5 * GiB + MiB);
	assert_false(pt_share(&a, &b, shared, 2, NULL));
	assert_false(pt_share(&b, &a, shared, 2, NULL));
	/* one page more */
	assert_int_equal(pt_map(&b, IPA(GiB + 0x1000), PA(5 * GiB + 3 * MiB), PAGE_SIZE,
				attr(PT_READ, PT_NORMAL)),
			 0);
	assert_true(pt_share(&a, &b, shared, 2, &where));
	assert_int_equal(where.v, 5 * GiB + 3 * MiB);
	assert_true(pt_share(&b, &a, shared, 2, &where));
	pt_destroy(&a);
	pt_destroy(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(B10_tables_cover_exactly_the_regions),
		TEST(B10_pool_memory_lies_in_its_pool),
		TEST(B10_no_table_reaches_the_hypervisor),
		TEST(B10_two_cells_share_only_what_they_may),
	};

	return cmocka_run_group_tests_name("mm audit", tests, NULL, NULL);
}
