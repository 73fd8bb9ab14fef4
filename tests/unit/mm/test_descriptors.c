// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every descriptor the engine can make, bit by bit, against the tables of the
 * Arm ARM; and for all formats, that what goes in comes out.
 */
#include "fake.h"

#define SIZES 3

static const u64 sizes[SIZES] = { PAGE_SIZE, 2 * MiB, GiB }; /* at levels 3, 2, 1 */

/* "Stage 2 block and page descriptors": what each field must be */
static u64 by_the_book(u64 pa, unsigned int level, unsigned int perms, enum pt_type type)
{
	/* S2AP[7:6]: 00 none, 01 read, 10 write, 11 both */
	static const u64 s2ap[4] = { 0x00, 0x40, 0x80, 0xc0 };
	/* MemAttr[5:2]: write-back 1111, non-cacheable 0101, nGnRE 0001 */
	static const u64 memattr[PT_NR_TYPES] = { 0xf << 2, 0x5 << 2, 0x1 << 2 };
	u64 desc = pa;

	desc |= level == 3 ? 0x3 : 0x1; /* 11 page, 01 block */
	desc |= memattr[type];
	desc |= s2ap[perms & 3];
	desc |= type == PT_DEVICE ? 0 : 0x300; /* SH[9:8] = 11 */
	desc |= 0x400; /* AF */
	if (!(perms & PT_EXEC))
		desc |= 0x40000000000000; /* XN[54:53] = 10 */
	return desc;
}

static bool possible(unsigned int perms, enum pt_type type)
{
	return type != PT_DEVICE || !(perms & PT_EXEC);
}

static void B5_B6_B8_C3_every_leaf_by_the_book(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 40);
	for (unsigned int type = 0; type < PT_NR_TYPES; type++)
		for (unsigned int perms = 0; perms < PT_NR_PERMS; perms++)
			for (unsigned int i = 0; i < SIZES && possible(perms, type); i++) {
				u64 pa = 0xabcdc0000000;
				struct pt_leaf leaf;

				assert_int_equal(pt_map(&pt, IPA(GiB), PA(pa), sizes[i],
							attr(perms, type)),
						 0);
				assert_true(pt_query(&pt, IPA(GiB), &leaf));
				assert_int_equal(leaf.desc, by_the_book(pa, 3 - i, perms, type));
				assert_int_equal(pt_unmap(&pt, IPA(GiB), sizes[i]), 0);
			}
	pt_destroy(&pt);
}

/* Changed by pt_protect() and cut out of a block, a leaf is what it would be if
 * it had been mapped like that
 */
static void B7_E2_every_protected_and_split_leaf_by_the_book(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 40);
	for (unsigned int type = 0; type < PT_NR_TYPES; type++)
		for (unsigned int from = 0; from < PT_NR_PERMS; from++)
			for (unsigned int to = 0; to < PT_NR_PERMS && possible(from, type); to++) {
				unsigned int now = possible(to, type) ? to : to & ~PT_EXEC;
				struct pt_leaf leaf;

				assert_int_equal(pt_map(&pt, IPA(GiB), PA(5 * GiB), GiB,
							attr(from, type)),
						 0);
				assert_int_equal(pt_protect(&pt, IPA(GiB + 0x7000), PAGE_SIZE, to),
						 0);
				assert_true(pt_query(&pt, IPA(GiB + 0x7000), &leaf));
				assert_int_equal(leaf.desc & ~BIT(52),
						 by_the_book(5 * GiB + 0x7000, now == from ? 1 : 3,
							     now, type) &
							 ~(now == from ? 0x7000ull : 0));
				assert_true(pt_query(&pt, IPA(GiB + 4 * MiB), &leaf));
				assert_int_equal(leaf.desc & ~(BIT(52) | MASK(47, 12)),
						 by_the_book(0, 1, from, type));
				assert_int_equal(pt_unmap(&pt, IPA(GiB), GiB), 0);
			}
	pt_destroy(&pt);
}

struct count {
	unsigned int leaves[4];
	unsigned int tables;
};

static int count_leaf(const struct pt_visit *visit, void *arg)
{
	((struct count *)arg)->leaves[visit->level]++;
	return 0;
}

static int check_table(const struct pt_visit *visit, void *arg)
{
	/* 11, and nothing of what stage 1 has in bits 63:59 of a table's entry */
	assert_int_equal(visit->desc & ~MASK(47, 12), 3);
	((struct count *)arg)->tables++;
	return 0;
}

static void B5_no_leaves_of_512_gib(void **state)
{
	struct pt_visitor visitor = { count_leaf, check_table, NULL };
	struct count count = { 0 };
	struct pt pt;

	(void)state;
	fake_new(&pt, 48);
	assert_int_equal(pt_map(&pt, IPA(BIT(39)), PA(BIT(40)), BIT(40), attr(RW, PT_NORMAL)), 0);
	assert_int_equal(pt_walk(&pt, IPA(0), BIT(48), &visitor, &count), 0);
	assert_int_equal(count.leaves[0], 0);
	assert_int_equal(count.leaves[1], 1024);
	assert_int_equal(count.tables, 2);
	pt_destroy(&pt);
}

/* The table of VTCR_EL2 in the requirements, line by line */
static void B2_C1_shapes_of_all_widths(void **state)
{
	static const struct {
		unsigned int bits, t0sz, sl0, root_pages;
	} shape[] = {
		{ 32, 32, 1, 1 }, { 36, 28, 1, 1 },  { 39, 25, 1, 1 }, { 40, 24, 1, 2 },
		{ 42, 22, 1, 8 }, { 43, 21, 1, 16 }, { 44, 20, 2, 1 }, { 48, 16, 2, 1 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(shape); i++) {
		u64 vtcr = s2_vtcr(shape[i].bits, 48, 0);
		struct pt pt;

		assert_int_equal(vtcr & 63, shape[i].t0sz);
		assert_int_equal(vtcr >> 6 & 3, shape[i].sl0);
		assert_int_equal(vtcr >> 8 & 3, 1);
		assert_int_equal(vtcr >> 10 & 3, 1);
		assert_int_equal(vtcr >> 12 & 3, 3);
		assert_int_equal(vtcr >> 14 & 3, 0);
		assert_int_equal(vtcr >> 31, 1);
		fake_new(&pt, shape[i].bits);
		assert_int_equal(pt_pages(&pt), shape[i].root_pages);
		/* 512 entries are 39 bits: what is more is concatenated */
		assert_int_equal(pt.root_entries * 8 > PAGE_SIZE, shape[i].root_pages > 1);
		pt_destroy(&pt);
	}
	/* from PARange to width to levels, at run time */
	assert_int_equal(s2_vtcr(pt_ipa_bits_for(BIT(40) - 1, s2_pa_bits(2)), 40, 0) >> 6 & 3, 1);
	assert_int_equal(s2_vtcr(pt_ipa_bits_for(BIT(44) - 1, s2_pa_bits(4)), 44, 0) >> 6 & 3, 2);
	assert_int_equal(pt_ipa_bits_for(BIT(40), s2_pa_bits(2)), -CL_ERANGE);
}

static void new_of(struct pt *pt, const struct pt_format *fmt, unsigned int bits)
{
	struct pt_config cfg = fake_config(bits, 56);

	cfg.fmt = fmt;
	assert_int_equal(pt_init(pt, &cfg), 0);
}

/* The first level at which a leaf may stand has the largest size */
static void A4_permissions_survive_in_every_format(void **state)
{
	static const struct {
		const struct pt_format *fmt;
		unsigned int bits;
		struct hw_result (*walk)(u64 mode, u64 root, u64 ipa);
		u64 mode;
	} machine[] = {
		{ &pt_arm64_s2, 40, hw_walk, 0x80053558 },
		{ &pt_ept, 48, hw_walk_ept, 0 },
		{ &pt_riscv, 41, hw_walk_riscv, 8 },
		{ &pt_riscv, 50, hw_walk_riscv, 9 },
	};

	(void)state;
	for (unsigned int m = 0; m < ARRAY_SIZE(machine); m++)
		for (unsigned int n = 0; n < PT_NR_PERMS * PT_NR_TYPES * SIZES; n++) {
			unsigned int perms = n % 8, type = n / 8 % 3, i = n / 24;
			bool none = machine[m].fmt->perm[perms] == PT_NO_PERM;
			struct hw_result hw;
			struct pt_leaf leaf;
			struct pt pt;
			int err;

			new_of(&pt, machine[m].fmt, machine[m].bits);
			err = pt_map(&pt, IPA(GiB), PA(9 * GiB), sizes[i], attr(perms, type));
			if (none || !possible(perms, type)) {
				assert_int_equal(err, -CL_EINVAL);
				pt_destroy(&pt);
				continue;
			}
			assert_int_equal(err, 0);
			assert_true(pt_query(&pt, IPA(GiB + sizes[i] - 1), &leaf));
			assert_int_equal(leaf.perms, perms);
			assert_int_equal(leaf.type, type);
			assert_int_equal(leaf.size, sizes[i]);
			assert_int_equal(leaf.pa.v, 9 * GiB + sizes[i] - 1);
			/* and the machine takes it the same way, where it is anything to it */
			hw = machine[m].walk(machine[m].mode, pt_root(&pt).v, GiB + sizes[i] - 1);
			assert_int_equal(hw.fault, !perms && machine[m].fmt == &pt_ept);
			if (!hw.fault) {
				assert_int_equal(hw.perms, perms);
				assert_int_equal(hw.type, type);
				assert_int_equal(hw.pa, leaf.pa.v);
			}
			pt_destroy(&pt);
		}
}

/* Seed 000: new, map, unmap, translate, token */
static void A7_the_guest_tables_of_the_founding_document(void **state)
{
	struct pt_config cfg = fake_config(39, 48);
	struct pt pt;
	u64 token;

	(void)state;
	assert_int_equal(pt_init(&pt, &cfg), 0); /* new */
	token = pt_root(&pt).v;
	assert_true(IS_ALIGNED(token, PAGE_SIZE));
	assert_int_equal(pt_map(&pt, IPA(0x80000000), PA(0x40000000), MiB, attr(RWX, PT_NORMAL)),
			 0);
	assert_int_equal(pt_translate(&pt, IPA(0x80012345)).v, 0x40012345);
	/* VMID and CnP are added by who loads it */
	assert_int_equal(s2_vttbr(&pt, false) & MASK(47, 1), token);
	assert_int_equal(hw_walk(s2_vtcr(39, 48, 0), token, 0x80012345).pa, 0x40012345);
	assert_int_equal(pt_unmap(&pt, IPA(0x80000000), MiB), 0);
	assert_int_equal(pt_translate(&pt, IPA(0x80012345)).v, PA_NONE.v);
	assert_int_equal(pt_root(&pt).v, token);
	pt_destroy(&pt);
}

static void A3_a_new_root_is_zeroed(void **state)
{
	static const unsigned int widths[] = { 32, 40, 43, 48 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(widths); i++) {
		struct pt pt;

		/* the frames of fake.c are full of 0xa5 */
		fake_new(&pt, widths[i]);
		for (unsigned int j = 0; j < pt_pages(&pt) * PT_ENTRIES; j++)
			assert_int_equal(pt.root[j], 0);
		pt_destroy(&pt);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(A3_a_new_root_is_zeroed),
		TEST(A4_permissions_survive_in_every_format),
		TEST(A7_the_guest_tables_of_the_founding_document),
		TEST(B2_C1_shapes_of_all_widths),
		TEST(B5_B6_B8_C3_every_leaf_by_the_book),
		TEST(B5_no_leaves_of_512_gib),
		TEST(B7_E2_every_protected_and_split_leaf_by_the_book),
	};

	return cmocka_run_group_tests_name("mm descriptors", tests, NULL, NULL);
}
