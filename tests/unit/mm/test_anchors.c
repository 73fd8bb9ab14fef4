// SPDX-License-Identifier: GPL-2.0-only
/*
 * The work by which the engine's cost is compared with that of others: requirements
 * F. Instructions are counted by tests/bench/mm; tables, results and maintenance
 * operations here.
 */
#include "fake.h"

#define G0 GiB
#define PIECE 0x1234000ull
#define ROUNDS 1000000

static struct pt pt;

static void fresh(void)
{
	struct pt_config cfg = fake_config(39, 48);

	assert_int_equal(pt_init(&pt, &cfg), 0);
	fake_forget();
}

/* A map that invalidates nothing, and cleans no line twice (fake.c checks that) */
static void map(u64 ipa, u64 pa, u64 size, u16 flags)
{
	struct pt_attr at = attr(RWX, PT_NORMAL);

	at.flags = flags;
	assert_int_equal(pt_map(&pt, IPA(ipa), PA(pa), size, at), 0);
	assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 0);
}

static void pieces(u64 odd)
{
	for (u64 i = 0; i < 64; i++)
		map(G0 + i * PIECE, G0 + i * PIECE + (i % 2 && odd ? odd : 0x80000000), PIECE, 0);
}

static void gone(void)
{
	assert_int_equal(pt_pages(&pt), 1);
	assert_int_equal(pool_used(&fake.pool), 1);
	/* A subtree is invalidated once */
	assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 1);
	pt_destroy(&pt);
}

static void F_a_b_tables_of_one_gib(void **state)
{
	static const struct {
		u64 ipa, pa;
		u16 flags;
		unsigned int tables;
	} rows[] = {
		{ G0, 0xc0000000, PT_PAGES_ONLY, 514 }, /* a */
		{ G0, 0xc0001000, 0, 514 }, /* a2 */
		{ G0, 0xc0000000, 0, 1 }, /* b */
		{ 0x40200000, 0xc0200000, 0, 3 }, /* b2 */
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		fresh();
		map(rows[i].ipa, rows[i].pa, GiB, rows[i].flags);
		assert_int_equal(pt_pages(&pt), rows[i].tables);
		pt_destroy(&pt);
	}
}

static void F_c_tables_of_64_pieces(void **state)
{
	(void)state;
	fresh();
	pieces(0);
	assert_int_equal(pt_pages(&pt), 67);
	pt_destroy(&pt);
	fresh();
	pieces(0x100001000);
	assert_int_equal(pt_pages(&pt), 329);
	pt_destroy(&pt);
}

/* A sum over random addresses, which a miss or a wrong bit changes */
static u64 sum_of_translations(void)
{
	u64 x = 88172645463325252ull, sum = 0;

	for (unsigned int n = ROUNDS; n; n--) {
		paddr_t pa;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		pa = pt_translate(&pt, IPA(G0 + (x & 0x3fffffff)));
		sum += pa.v == PA_NONE.v ? 1 : pa.v;
	}
	return sum;
}

static void F_d_translations_are_right(void **state)
{
	static const struct {
		u64 ipa, pa, sum;
	} rows[] = {
		{ G0, 0xc0001000, 0xd5a1355d0b731 },
		{ 0x40200000, 0xc0200000, 0xd547f6a942c3f },
		{ G0, 0xc0000000, 0xd5a1261acb731 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		fresh();
		map(rows[i].ipa, rows[i].pa, GiB, 0);
		assert_int_equal(sum_of_translations(), rows[i].sum);
		pt_destroy(&pt);
	}
}

static void F_e_unmap_leaves_the_root(void **state)
{
	(void)state;
	fresh();
	map(G0, 0xc0001000, GiB, 0);
	assert_int_equal(pt_unmap(&pt, IPA(G0), GiB), 0);
	gone();
	fresh();
	pieces(0x100001000);
	assert_int_equal(pt_unmap(&pt, IPA(G0), 64 * PIECE), 0);
	gone();
}

static void F_f_a_page_out_of_a_block(void **state)
{
	(void)state;
	fresh();
	map(G0, 0xc0000000, GiB, 0);
	assert_int_equal(pt_unmap(&pt, IPA(0x50003000), PAGE_SIZE), 0);
	assert_int_equal(pt_pages(&pt), 1 + 2);
	assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 1);
	pt_destroy(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(F_a_b_tables_of_one_gib),	  TEST(F_c_tables_of_64_pieces),
		TEST(F_d_translations_are_right), TEST(F_e_unmap_leaves_the_root),
		TEST(F_f_a_page_out_of_a_block),
	};

	return cmocka_run_group_tests_name("mm anchors", tests, NULL, NULL);
}
