// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operands of TLBI by IPA, read back as the Arm ARM says that a CPU reads them:
 * every page of a range is covered, and none beyond.
 */
#include "fake.h"
#include "mm/s2_tlbi.h"

static const struct s2_features machines[] = {
	{ .ttl = false, .tlbi_ranges = false },
	{ .ttl = true, .tlbi_ranges = false },
	{ .ttl = false, .tlbi_ranges = true },
	{ .ttl = true, .tlbi_ranges = true },
};

#define BOTH (&machines[3])

/* What a CPU takes from the operand of one instruction */
struct meaning {
	u64 first;
	u64 pages;
	unsigned int level; /* of the leaves that go; 0: any */
};

/* TLBI IPAS2E1IS, Xt: TTL [47:44], IPA[47:12] in [35:0]; the rest is RES0 */
static struct meaning by_page(u64 operand)
{
	unsigned int ttl = operand >> 44 & 15, level = ttl & 3;

	assert_int_equal(operand & ~(MASK(47, 44) | MASK(35, 0)), 0);
	/* 00xx: no information; 01xx: 4 KiB granule, of which 0100 is LPA2's */
	assert_true(ttl == 0 || (ttl >> 2 == 1 && level));
	return (struct meaning){ operand & MASK(35, 0), level ? BIT(9 * (3 - level)) : 1, level };
}

/*
 * TLBI RIPAS2E1IS, Xt: TG [47:46], SCALE [45:44], NUM [43:39], TTL [38:37],
 * BaseADDR [36:0]; bits 63:48 are RES0.
 */
static struct meaning by_range(u64 operand)
{
	unsigned int scale = operand >> 44 & 3, num = operand >> 39 & 31;
	unsigned int level = operand >> 37 & 3;
	u64 base = operand & MASK(36, 0);

	assert_int_equal(operand >> 48, 0);
	assert_int_equal(operand >> 46 & 3, 1);
	/* "if the level is 1 (2) and BaseADDR[29:12] ([20:12]) is not 0, no entries
	 * are required to be invalidated"
	 */
	if (level)
		assert_true(IS_ALIGNED(base, BIT(9 * (3 - level))));
	return (struct meaning){ base, (u64)(num + 1) << (5 * scale + 1), level };
}

/* Runs through a range; returns the number of instructions */
static unsigned int cover(const struct s2_features *machine, u64 first, u64 pages,
			  unsigned int level)
{
	u64 at = first, end = first + pages;
	unsigned int n = 0;

	for (; at < end; n++) {
		struct s2_tlbi op = s2_tlbi_first(machine, IPA(at << 12), (end - at) << 12, level);
		struct meaning meaning = op.range ? by_range(op.operand) : by_page(op.operand);

		if (!machine->tlbi_ranges)
			assert_false(op.range);
		assert_int_equal(meaning.level, machine->ttl ? level : 0);
		assert_int_equal(meaning.first, at);
		/* One address stands for all of the leaf that it lies in, hint or not */
		if (!op.range && level)
			meaning.pages = BIT(9 * (3 - level));
		assert_int_equal(op.bytes, meaning.pages << 12);
		at += meaning.pages;
	}
	/* "Each page once" follows: each begins where the one before ended */
	assert_int_equal(at, end);
	return n;
}

static void C5_every_range_is_covered_exactly(void **state)
{
	(void)state;
	for (unsigned int m = 0; m < ARRAY_SIZE(machines); m++) {
		for (u64 pages = 1; pages <= 5000; pages++) {
			unsigned int n = cover(&machines[m], 0x80000 + pages % 7, pages, 0);

			/* For each scale one instruction, and one for an odd page */
			if (machines[m].tlbi_ranges)
				assert_true(n <= 4);
			else
				assert_int_equal(n, pages);
		}
	}
}

static void C5_every_range_of_blocks_is_covered_exactly(void **state)
{
	(void)state;
	for (unsigned int m = 0; m < ARRAY_SIZE(machines); m++) {
		for (unsigned int level = 1; level <= 3; level++) {
			u64 leaf = BIT(9 * (3 - level));

			for (u64 leaves = 1; leaves <= 300; leaves++) {
				unsigned int n =
					cover(&machines[m], 5 * leaf, leaves * leaf, level);

				if (!machines[m].tlbi_ranges)
					assert_int_equal(n, leaves);
				else if (leaves == 1)
					assert_int_equal(n, 1);
				else if (level != 1)
					assert_true(n <= 4);
			}
		}
	}
}

static void C5_all_of_the_widest_space_is_covered(void **state)
{
	(void)state;
	/* 2^36 pages, in steps of 32 * 2^16 */
	assert_int_equal(cover(BOTH, 0, BIT(36), 0), BIT(36 - 21));
	assert_int_equal(cover(BOTH, 0, BIT(36), 1), BIT(36 - 21));
	/* 11 * 2^16 - 1 pages: the last one of each scale */
	assert_int_equal(cover(BOTH, BIT(36) - (11ull << 16) + 1, (11ull << 16) - 1, 0), 5);
	assert_int_equal(cover(&machines[1], BIT(36) - BIT(18), BIT(18), 1), 1);
}

static void C5_golden_operands(void **state)
{
	static const struct {
		unsigned int machine;
		u64 ipa, size;
		unsigned int level;
		u64 operand;
		bool range;
	} golden[] = {
		/* IPA >> 12, and nothing else, on a CPU with neither */
		{ 0, 0x80003000, 0x5000, 3, 0x80003, false },
		{ 0, 0x80000000, 4 * MiB, 2, 0x80000, false },
		/* TTL 0111, 0110, 0101; none for leaves of several levels */
		{ 1, 0x80003000, 0x5000, 3, 0x700000080003, false },
		{ 1, 0x80000000, 4 * MiB, 2, 0x600000080000, false },
		{ 1, 0x80000000, GiB, 1, 0x500000080000, false },
		{ 1, 0x80003000, 0x5000, 0, 0x80003, false },
		/* TG 1 | SCALE 0, NUM 1: 4 of 5 pages, then the last */
		{ 2, 0x80003000, 0x5000, 3, 0x408000080003, true },
		{ 2, 0x80007000, 0x1000, 3, 0x80007, false },
		/* the same with TTL 3 */
		{ 3, 0x80003000, 0x5000, 3, 0x40e000080003, true },
		{ 3, 0x80007000, 0x1000, 3, 0x700000080007, false },
		/* 4 MiB: SCALE 1, NUM 15; TTL 2 */
		{ 3, 0x80000000, 4 * MiB, 2, 0x57c000080000, true },
		/* 2 GiB: SCALE 3, NUM 7; TTL 1 */
		{ 3, 0x80000000, 2 * GiB, 1, 0x73a000080000, true },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(golden); i++) {
		struct s2_tlbi op = s2_tlbi_first(&machines[golden[i].machine], IPA(golden[i].ipa),
						  golden[i].size, golden[i].level);

		assert_int_equal(op.operand, golden[i].operand);
		assert_int_equal(op.range, golden[i].range);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(C5_golden_operands),
		TEST(C5_every_range_is_covered_exactly),
		TEST(C5_every_range_of_blocks_is_covered_exactly),
		TEST(C5_all_of_the_widest_space_is_covered),
	};

	return cmocka_run_group_tests_name("mm tlbi", tests, NULL, NULL);
}
