// SPDX-License-Identifier: GPL-2.0-only
/* The AArch64 stage-2 format against values worked out from the Arm ARM by hand. */
#include "fake.h"

static void B2_vtcr_golden_vectors(void **state)
{
	static const struct {
		unsigned int ipa_bits, pa_bits;
		u64 features, vtcr;
	} golden[] = {
		/* RES1 | PS << 16 | SH0 3 | ORGN0 1 | IRGN0 1 | SL0 << 6 | T0SZ */
		{ 32, 32, 0, 0x80003560 },
		{ 32, 48, 0, 0x80053560 },
		{ 36, 36, 0, 0x8001355c },
		{ 39, 40, 0, 0x80023559 },
		{ 40, 40, 0, 0x80023558 },
		{ 40, 44, S2_VMID16, 0x800c3558 },
		{ 42, 42, 0, 0x80033556 },
		{ 43, 44, 0, 0x80043555 },
		{ 44, 44, 0, 0x80043594 },
		{ 48, 48, 0, 0x80053590 },
		/* wider outputs than 48 bits are not used without LPA2 */
		{ 48, 52, S2_VMID16, 0x800d3590 },
		{ 48, 56, S2_HA, 0x80253590 },
		{ 48, 48, S2_HA | S2_HD, 0x80653590 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(golden); i++)
		assert_int_equal(s2_vtcr(golden[i].ipa_bits, golden[i].pa_bits, golden[i].features),
				 golden[i].vtcr);
}

static void B2_impossible_combinations_have_no_value(void **state)
{
	(void)state;
	assert_int_equal(s2_vtcr(41, 48, 0), 0);
	assert_int_equal(s2_vtcr(40, 36, 0), 0);
	assert_int_equal(s2_vtcr(44, 42, 0), 0);
	assert_int_equal(s2_vtcr(48, 57, 0), 0);
	assert_int_equal(s2_vtcr(48, 48, S2_HD), 0);
}

static void B1_pa_range_values(void **state)
{
	static const unsigned int bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

	(void)state;
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(s2_pa_bits(i), bits[i]);
	assert_int_equal(s2_pa_bits(8), 0);
	assert_int_equal(s2_pa_bits(15), 0);
}

static void B1_outputs_above_48_bits_are_refused(void **state)
{
	struct pt_config cfg = fake_config(48, 52);
	struct pt pt;

	(void)state;
	assert_int_equal(pt_init(&pt, &cfg), 0);
	assert_int_equal(pt_map(&pt, IPA(0), PA(BIT(48)), PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_ERANGE);
	assert_int_equal(
		pt_map(&pt, IPA(0), PA(BIT(48) - PAGE_SIZE), PAGE_SIZE, attr(RW, PT_NORMAL)), 0);
	assert_int_equal(pt_translate(&pt, IPA(0)).v, BIT(48) - PAGE_SIZE);
	pt_destroy(&pt);
}

static void B4_vttbr_golden_vectors(void **state)
{
	static const struct {
		unsigned int ipa_bits, root_pages;
	} shape[] = {
		{ 32, 1 }, { 36, 1 },  { 39, 1 }, { 40, 2 },
		{ 42, 8 }, { 43, 16 }, { 44, 1 }, { 48, 1 },
	};
	struct pt pt;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(shape); i++) {
		u64 root;

		fake_new(&pt, shape[i].ipa_bits);
		root = pt_root(&pt).v;
		assert_int_equal(pt_pages(&pt), shape[i].root_pages);
		assert_true(IS_ALIGNED(root, shape[i].root_pages * PAGE_SIZE));
		assert_int_equal(s2_vttbr(&pt, false), 7ull << 48 | root);
		assert_int_equal(s2_vttbr(&pt, true), 7ull << 48 | root | 1);
		pt_destroy(&pt);
	}
}

static u64 desc_of(struct pt *pt, u64 pa, u64 size, struct pt_attr at)
{
	struct pt_leaf leaf;

	assert_int_equal(pt_map(pt, IPA(GiB), PA(pa), size, at), 0);
	assert_true(pt_query(pt, IPA(GiB), &leaf));
	assert_int_equal(pt_unmap(pt, IPA(GiB), size), 0);
	return leaf.desc;
}

static void B5_B6_C3_golden_descriptors(void **state)
{
	struct pt pt;

	(void)state;
	fake_new(&pt, 40);
	/* page | WB 1111 << 2 | S2AP 11 << 6 | SH 11 << 8 | AF */
	assert_int_equal(desc_of(&pt, 0x80000000, PAGE_SIZE, attr(RWX, PT_NORMAL)), 0x800007ff);
	assert_int_equal(desc_of(&pt, 0x80000000, 2 * MiB, attr(RWX, PT_NORMAL)), 0x800007fd);
	assert_int_equal(desc_of(&pt, 0x80000000, GiB, attr(RWX, PT_NORMAL)), 0x800007fd);
	assert_int_equal(desc_of(&pt, 0x80000000, PAGE_SIZE, attr(RW, PT_NORMAL)),
			 0x400000800007ff);
	assert_int_equal(desc_of(&pt, 0x80000000, PAGE_SIZE, attr(RX, PT_NORMAL)), 0x8000077f);
	assert_int_equal(desc_of(&pt, 0xffffffff0000, PAGE_SIZE, attr(PT_READ, PT_NORMAL_NC)),
			 0x40ffffffff0757);
	assert_int_equal(desc_of(&pt, 0x9000000, PAGE_SIZE, attr(RW, PT_DEVICE)), 0x400000090004c7);
	assert_int_equal(desc_of(&pt, 0x40000000, GiB, attr(PT_READ, PT_DEVICE)), 0x40000040000445);
	assert_int_equal(desc_of(&pt, 0x1000, PAGE_SIZE, attr(0, PT_NORMAL)), 0x4000000000173f);
	pt_destroy(&pt);
}

static int no_foreign_bits(const struct pt_visit *visit, void *arg)
{
	(void)arg;
	/* C2: bit 11, 50, 51, 55, 58..63: of stage 1, or reserved */
	assert_int_equal(visit->desc & (BIT(11) | MASK(51, 48) | MASK(63, 55)), 0);
	return 0;
}

static int bare_table(const struct pt_visit *visit, void *arg)
{
	(void)arg;
	assert_int_equal(visit->desc & ~MASK(47, 12), 3);
	return 0;
}

static void C2_no_bits_of_stage_1(void **state)
{
	struct pt_visitor visitor = { no_foreign_bits, bare_table, NULL };
	struct pt pt;

	(void)state;
	fake_new(&pt, 40);
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(pt_map(&pt, IPA(i * 4 * GiB + i % 2 * 0x1000), PA(0), 200 * MiB,
					attr(i % 4, i % 3)),
				 0);
	assert_int_equal(pt_walk(&pt, IPA(0), BIT(40), &visitor, NULL), 0);
	pt_destroy(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(B1_pa_range_values),      TEST(B1_outputs_above_48_bits_are_refused),
		TEST(B2_vtcr_golden_vectors),  TEST(B2_impossible_combinations_have_no_value),
		TEST(B4_vttbr_golden_vectors), TEST(B5_B6_C3_golden_descriptors),
		TEST(C2_no_bits_of_stage_1),
	};

	return cmocka_run_group_tests_name("mm arm64 stage 2", tests, NULL, NULL);
}
