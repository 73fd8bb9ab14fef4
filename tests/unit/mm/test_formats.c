// SPDX-License-Identifier: GPL-2.0-only
/* The founding documents' other two formats, against descriptors made by hand. */
#include "fake.h"

static void create(struct pt *pt, const struct pt_format *fmt, unsigned int ipa_bits)
{
	struct pt_config cfg = fake_config(ipa_bits, 56);

	cfg.fmt = fmt;
	assert_int_equal(pt_init(pt, &cfg), 0);
}

static u64 desc_of(struct pt *pt, u64 pa, u64 size, struct pt_attr at)
{
	struct pt_leaf leaf;

	assert_int_equal(pt_map(pt, IPA(GiB), PA(pa), size, at), 0);
	assert_true(pt_query(pt, IPA(GiB), &leaf));
	assert_int_equal(leaf.pa.v, pa);
	assert_int_equal(leaf.perms, at.perms);
	assert_int_equal(leaf.type, at.type);
	assert_int_equal(leaf.size, size);
	assert_int_equal(pt_unmap(pt, IPA(GiB), size), 0);
	return leaf.desc;
}

static int table_desc(const struct pt_visit *visit, void *arg)
{
	*(u64 *)arg = visit->desc;
	return 1;
}

static void D8_ept_golden_descriptors(void **state)
{
	struct pt_visitor visitor = { .pre = table_desc };
	struct pt pt;
	u64 desc = 0;

	(void)state;
	create(&pt, &pt_ept, 48);
	assert_int_equal(pt_pages(&pt), 1);
	/* WB 6 << 3, RWX 7; bit 7 marks leaves, of every size */
	assert_int_equal(desc_of(&pt, 0x80000000, PAGE_SIZE, attr(RWX, PT_NORMAL)), 0x800000b7);
	assert_int_equal(desc_of(&pt, 0x80000000, 2 * MiB, attr(RWX, PT_NORMAL)), 0x800000b7);
	assert_int_equal(desc_of(&pt, 0x80000000, GiB, attr(RX, PT_NORMAL)), 0x800000b5);
	assert_int_equal(desc_of(&pt, 0xffffffffff000, PAGE_SIZE, attr(PT_READ, PT_NORMAL_NC)),
			 0xffffffffff089);
	assert_int_equal(desc_of(&pt, 0xfee00000, PAGE_SIZE, attr(RW, PT_DEVICE)), 0xfee00083);
	assert_int_equal(pt_map(&pt, IPA(0), PA(0), PAGE_SIZE, attr(PT_WRITE, PT_NORMAL)),
			 -CL_EINVAL);
	assert_int_equal(pt_map(&pt, IPA(0), PA(BIT(52)), PAGE_SIZE, attr(RW, PT_NORMAL)),
			 -CL_ERANGE);
	assert_int_equal(pt_map(&pt, IPA(0), PA(0), PAGE_SIZE, attr(RW, PT_NORMAL)), 0);
	assert_int_equal(pt_walk(&pt, IPA(0), PAGE_SIZE, &visitor, &desc), 1);
	assert_int_equal(desc & ~MASK(51, 12), 7);
	assert_int_equal(pt_pages(&pt), 4);
	pt_destroy(&pt);
}

static void D8_riscv_golden_descriptors(void **state)
{
	static const unsigned int bits[] = { 41, 50 };
	struct pt_visitor visitor = { .pre = table_desc };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct pt pt;
		u64 desc = 0;

		create(&pt, &pt_riscv, bits[i]);
		assert_int_equal(pt_pages(&pt), 4);
		assert_true(IS_ALIGNED(pt_root(&pt).v, 16 * KiB));
		/* PPN << 10 | D 80 | A 40 | U 10 | X 8 | W 4 | R 2 | V 1 */
		assert_int_equal(desc_of(&pt, 0x80000000, PAGE_SIZE, attr(RWX, PT_NORMAL)),
				 0x200000df);
		assert_int_equal(desc_of(&pt, 0x80000000, 2 * MiB, attr(RW, PT_NORMAL)),
				 0x200000d7);
		assert_int_equal(desc_of(&pt, 0x80000000, GiB, attr(RX, PT_NORMAL)), 0x200000db);
		assert_int_equal(desc_of(&pt, 0x1000, PAGE_SIZE, attr(RW, PT_NORMAL_NC)),
				 0x20000000000004d7);
		assert_int_equal(desc_of(&pt, 0x10000000, PAGE_SIZE, attr(PT_READ, PT_DEVICE)),
				 0x40000000040000d3);
		assert_int_equal(desc_of(&pt, BIT(56) - PAGE_SIZE, PAGE_SIZE,
					 attr(PT_EXEC, PT_NORMAL)),
				 0x3ffffffffffcd9);
		assert_int_equal(pt_map(&pt, IPA(0), PA(0), PAGE_SIZE, attr(0, PT_NORMAL)),
				 -CL_EINVAL);
		assert_int_equal(pt_protect(&pt, IPA(0), PAGE_SIZE, PT_EXEC), -CL_EINVAL);
		assert_int_equal(pt_map(&pt, IPA(0), PA(BIT(56)), PAGE_SIZE, attr(RW, PT_NORMAL)),
				 -CL_ERANGE);
		assert_int_equal(pt_map(&pt, IPA(BIT(bits[i]) - PAGE_SIZE), PA(0x5000), PAGE_SIZE,
					attr(RW, PT_NORMAL)),
				 0);
		assert_int_equal(pt_translate(&pt, IPA(BIT(bits[i]) - 1)).v, 0x5fff);
		assert_int_equal(pt_translate(&pt, IPA(BIT(bits[i]))).v, PA_NONE.v);
		assert_int_equal(
			pt_walk(&pt, IPA(BIT(bits[i]) - PAGE_SIZE), PAGE_SIZE, &visitor, &desc), 1);
		assert_int_equal(desc & MASK(9, 0), 1);
		pt_destroy(&pt);
	}
}

static void D8_a_512_gib_leaf_splits_on_riscv(void **state)
{
	struct pt_leaf leaf;
	struct pt pt;

	(void)state;
	create(&pt, &pt_riscv, 50);
	assert_int_equal(pt_map(&pt, IPA(BIT(39)), PA(BIT(40)), BIT(39), attr(RW, PT_NORMAL)), 0);
	assert_int_equal(pt_pages(&pt), 4);
	assert_int_equal(pt_unmap(&pt, IPA(BIT(39) + 0x5000), PAGE_SIZE), 0);
	assert_int_equal(pt_pages(&pt), 7);
	assert_true(pt_query(&pt, IPA(BIT(39) + 0x6000), &leaf));
	assert_int_equal(leaf.pa.v, BIT(40) + 0x6000);
	assert_true(pt_query(&pt, IPA(BIT(40) - 1), &leaf));
	assert_int_equal(leaf.size, GiB);
	pt_destroy(&pt);
}

static void C3_fwb_memory_types(void **state)
{
	struct pt pt;

	(void)state;
	create(&pt, &pt_arm64_s2_fwb, 40);
	/* MemAttr[2:0]: 111 as stage 1 says, 101 non-cacheable, 001 device */
	assert_int_equal(desc_of(&pt, 0x80000000, PAGE_SIZE, attr(RWX, PT_NORMAL)), 0x800007df);
	assert_int_equal(desc_of(&pt, 0x80000000, PAGE_SIZE, attr(RWX, PT_NORMAL_NC)), 0x800007d7);
	assert_int_equal(desc_of(&pt, 0x9000000, PAGE_SIZE, attr(RW, PT_DEVICE)), 0x400000090004c7);
	pt_destroy(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(C3_fwb_memory_types),
		TEST(D8_ept_golden_descriptors),
		TEST(D8_riscv_golden_descriptors),
		TEST(D8_a_512_gib_leaf_splits_on_riscv),
	};

	return cmocka_run_group_tests_name("mm formats", tests, NULL, NULL);
}
