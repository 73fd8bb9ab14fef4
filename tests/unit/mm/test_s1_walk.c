// SPDX-License-Identifier: GPL-2.0-only
/* The guest's stage 1 over stage 2, and what a TLB miss costs. */
#include "fake.h"
#include "mm/s1_walk.h"

#define GUEST_PAGES 64
#define GUEST_PA (FAKE_BASE + 1024 * PAGE_SIZE) /* the guest's RAM, not the pool's */
#define VALID_TABLE 3ull
#define PAGE_BITS (BIT(10) | 3) /* AF, page */
#define AP_RW_EL0 BIT(6)
#define AP_RO BIT(7)

static struct pt pt;
static u64 guest_ipa; /* where the guest sees its RAM */
static unsigned int next_page;
static bool unreadable;

static bool read_guest(void *ctx, paddr_t pa, u64 *value)
{
	(void)ctx;
	assert_true(IS_ALIGNED(pa.v, 8));
	if (unreadable)
		return false;
	assert_true(pa.v >= GUEST_PA && pa.v < GUEST_PA + GUEST_PAGES * PAGE_SIZE);
	*value = *(u64 *)((u8 *)fake.mem + (pa.v - FAKE_BASE));
	return true;
}

static struct s1_regime regime;

static int setup(void **state)
{
	int err = fake_setup(state);

	if (err)
		return err;
	/* The pool ends before the guest's RAM begins */
	err = pool_init(&fake.pool, PA(FAKE_BASE), fake.mem, 1024);
	memset((u8 *)fake.mem + 1024 * PAGE_SIZE, 0, GUEST_PAGES * PAGE_SIZE);
	next_page = 0;
	unreadable = false;
	regime = (struct s1_regime){ .read = read_guest, .mmu = true };
	return err;
}

/* Maps the guest's RAM in pieces of @leaf bytes; other addresses go to nowhere */
static void stage2(unsigned int bits, u64 leaf)
{
	struct pt_config cfg = fake_config(bits, 48);
	struct pt_attr at = attr(RWX, PT_NORMAL);

	assert_int_equal(pt_init(&pt, &cfg), 0);
	/* One leaf that covers all of it; the output keeps the offset within the leaf */
	guest_ipa = 4 * GiB + (GUEST_PA & (leaf - 1));
	if (leaf == PAGE_SIZE) {
		at.flags = PT_PAGES_ONLY;
		assert_int_equal(
			pt_map(&pt, IPA(guest_ipa), PA(GUEST_PA), GUEST_PAGES * PAGE_SIZE, at), 0);
	} else {
		assert_int_equal(
			pt_map(&pt, IPA(4 * GiB), PA(ALIGN_DOWN(GUEST_PA, leaf)), leaf, at), 0);
	}
}

static u64 *guest(u64 ipa)
{
	u64 offset = ipa - guest_ipa;

	assert_true(offset < GUEST_PAGES * PAGE_SIZE);
	return (u64 *)((u8 *)fake.mem + (GUEST_PA - FAKE_BASE) + offset);
}

static u64 new_page(void)
{
	return guest_ipa + next_page++ * PAGE_SIZE;
}

/* Maps one page of 4 KiB in stage 1, with @levels of tables below TTBR0 */
static u64 stage1(unsigned int levels, u64 va, u64 leaf_bits)
{
	u64 table = regime.ttbr[0], page = new_page();

	if (!table)
		table = regime.ttbr[0] = new_page();
	for (unsigned int level = 4 - levels; level < 3; level++) {
		u64 *entry = guest(table) + (va >> (12 + 9 * (3 - level)) & 511);

		if (!*entry)
			*entry = new_page() | VALID_TABLE;
		table = *entry & MASK(47, 12);
	}
	guest(table)[va >> 12 & 511] = page | leaf_bits;
	regime.tcr = levels == 4 ? 16 : 25;
	regime.tcr |= 5ull << 32; /* IPS: 48 bits */
	return page;
}

/*
 * What a CPU reads for one access, the data included, by nothing but the
 * registers: each table of stage 1 stands at an IPA, which takes a walk of
 * stage 2, and then the read itself.
 */
static unsigned int accesses_of(u64 vtcr, unsigned int s1_levels, u64 va)
{
	u64 at = regime.ttbr[0];
	unsigned int n = 0;

	for (unsigned int level = 4 - s1_levels; level <= 3; level++) {
		u64 entry = at + (va >> (39 - 9 * level) & 511) * 8;

		n += hw_walk(vtcr, s2_vttbr(&pt, false), entry).reads + 1;
		at = *guest(entry) & MASK(47, 12);
	}
	return n + hw_walk(vtcr, s2_vttbr(&pt, false), at | (va & 4095)).reads + 1;
}

static void A8_descriptor_reads_of_a_tlb_miss(void **state)
{
	static const struct {
		unsigned int s1_levels, s2_bits;
		u64 leaf;
		unsigned int reads;
	} cases[] = {
		{ 3, 39, PAGE_SIZE, 15 }, { 4, 48, PAGE_SIZE, 24 }, { 3, 39, 2 * MiB, 11 },
		{ 3, 39, GiB, 7 },	  { 4, 39, PAGE_SIZE, 19 }, { 3, 40, PAGE_SIZE, 15 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct s1_result result;
		u64 page;

		if (i) {
			fake_teardown(state);
			setup(state);
		}
		stage2(cases[i].s2_bits, cases[i].leaf);
		page = stage1(cases[i].s1_levels, 0x12345678000, PAGE_BITS);
		if (cases[i].s1_levels == 3)
			page = stage1(3, 0x2345678000, PAGE_BITS);
		assert_int_equal(
			s1_walk(&pt, &regime,
				GVA(cases[i].s1_levels == 3 ? 0x2345678abc : 0x12345678abc),
				&result),
			S1_OK);
		assert_int_equal(result.ipa.v, page + 0xabc);
		assert_int_equal(result.pa.v, page - guest_ipa + GUEST_PA + 0xabc);
		assert_int_equal(result.reads, cases[i].reads);
		assert_int_equal(pt_worst_reads(&pt, cases[i].s1_levels), cases[i].reads);
		assert_int_equal(accesses_of(s2_vtcr(cases[i].s2_bits, 48, 0), cases[i].s1_levels,
					     cases[i].s1_levels == 3 ? 0x2345678abc :
								       0x12345678abc),
				 cases[i].reads + 1);
		print_message(
			"%u levels over %u bits in leaves of %llu KiB: %u reads, %u with the data\n",
			cases[i].s1_levels, cases[i].s2_bits, cases[i].leaf / KiB, result.reads,
			result.reads + 1);
		pt_destroy(&pt);
	}
}

static void D5_addresses_are_checked_against_stage_2(void **state)
{
	struct s1_result result;
	u64 page;

	(void)state;
	stage2(39, PAGE_SIZE);
	page = stage1(3, 0x1000, PAGE_BITS | AP_RW_EL0);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_OK);
	/* the page itself is taken away */
	assert_int_equal(pt_unmap(&pt, IPA(page), PAGE_SIZE), 0);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1008), &result), S1_STAGE2);
	assert_int_equal(result.ipa.v, page + 8);
	/* a table that must not be read, one that is nowhere, one beyond the width */
	assert_int_equal(pt_protect(&pt, IPA(regime.ttbr[0]), PAGE_SIZE, PT_WRITE), 0);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_STAGE2_TABLE);
	assert_int_equal(result.ipa.v, regime.ttbr[0]);
	regime.ttbr[0] = 0x5000;
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_STAGE2_TABLE);
	regime.ttbr[0] = BIT(40);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_ADDRESS_SIZE);
	pt_destroy(&pt);
}

/* Reading a register can have effects: nothing but normal memory is read */
static void D5_tables_are_in_normal_memory(void **state)
{
	static const u8 types[] = { PT_DEVICE, PT_NORMAL_NC };
	struct s1_result result;
	u64 page, root;

	(void)state;
	stage2(39, PAGE_SIZE);
	page = stage1(3, 0x1000, PAGE_BITS);
	root = regime.ttbr[0];
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		assert_int_equal(pt_unmap(&pt, IPA(page), PAGE_SIZE), 0);
		assert_int_equal(pt_map(&pt, IPA(page), PA(page - guest_ipa + GUEST_PA), PAGE_SIZE,
					attr(RW, types[i])),
				 0);
		/* as data it is as good as any */
		assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_OK);
		regime.ttbr[0] = page;
		assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_STAGE2_TABLE);
		assert_int_equal(result.ipa.v, page);
		assert_int_equal(result.level, 1);
		regime.ttbr[0] = root;
	}
	pt_destroy(&pt);
}

static void D5_faults_of_stage_1(void **state)
{
	struct s1_result result;
	u64 page;

	(void)state;
	stage2(39, PAGE_SIZE);
	page = stage1(3, 0x1000, 3); /* access flag clear */
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_ACCESS_FLAG);
	regime.tcr |= BIT(39); /* hardware sets it */
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_OK);
	assert_int_equal(result.ipa.v, page);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x2000), &result), S1_TRANSLATION);
	assert_int_equal(result.level, 3);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x200000), &result), S1_TRANSLATION);
	assert_int_equal(result.level, 2);
	/* not canonical; with a tag that is ignored; the other half, disabled */
	assert_int_equal(s1_walk(&pt, &regime, GVA(BIT(39) | 0x1000), &result), S1_TRANSLATION);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0xaaull << 56 | 0x1000), &result),
			 S1_TRANSLATION);
	regime.tcr |= BIT(37);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0xaaull << 56 | 0x1000), &result), S1_OK);
	/* of which TCR need not say anything else */
	regime.tcr |= BIT(23);
	assert_int_equal(s1_walk(&pt, &regime, GVA(~0ull), &result), S1_TRANSLATION);
	regime.tcr |= 25ull << 16 | 2ull << 30;
	assert_int_equal(s1_walk(&pt, &regime, GVA(~0ull << 39), &result), S1_TRANSLATION);
	/* the other half, enabled */
	regime.tcr &= ~BIT(23);
	regime.ttbr[1] = regime.ttbr[0];
	assert_int_equal(s1_walk(&pt, &regime, GVA(~0ull << 39 | 0x1000), &result), S1_OK);
	/* granule 3 does not exist */
	regime.tcr |= 3ull << 14;
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_RESERVED);
	regime.tcr &= ~(3ull << 14);
	unreadable = true;
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_UNREADABLE);
	pt_destroy(&pt);
}

static void D5_permissions_of_stage_1(void **state)
{
	struct s1_result result;

	(void)state;
	stage2(39, PAGE_SIZE);
	stage1(3, 0x1000, PAGE_BITS | AP_RW_EL0);
	stage1(3, 0x2000, PAGE_BITS | AP_RO | BIT(54));
	stage1(3, 0x40000000, PAGE_BITS | AP_RW_EL0 | BIT(53));
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_OK);
	assert_int_equal(result.el1, RW);
	assert_int_equal(result.el0, RWX);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x2000), &result), S1_OK);
	assert_int_equal(result.el1, RX);
	assert_int_equal(result.el0, 0);
	/* restrictions in tables: read-only, not for EL0 */
	guest(regime.ttbr[0])[1] |= BIT(61) | BIT(62) | BIT(60);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x40000000), &result), S1_OK);
	assert_int_equal(result.el1, PT_READ);
	assert_int_equal(result.el0, 0);
	/* HPD0: tables have no say */
	regime.tcr |= BIT(41);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x40000000), &result), S1_OK);
	assert_int_equal(result.el0, RWX);
	pt_destroy(&pt);
}

static void D5_other_granules_and_blocks(void **state)
{
	struct s1_result result;
	u64 table;

	(void)state;
	stage2(39, PAGE_SIZE);
	next_page = (unsigned int)(-(guest_ipa / PAGE_SIZE) % 16);
	/* 64 KiB granule, 42 bits: two levels; a block of 512 MiB, a page of 64 KiB */
	table = new_page();
	next_page += 15;
	regime.ttbr[0] = table | BIT(48); /* with an ASID */
	regime.tcr = 22 | 1 << 14 | 5ull << 32;
	guest(table)[0] = (guest_ipa & ~MASK(28, 0)) | BIT(10) | 1;
	assert_int_equal(s1_walk(&pt, &regime, GVA((guest_ipa & MASK(28, 0)) + 0x123), &result),
			 S1_OK);
	assert_int_equal(result.ipa.v, guest_ipa + 0x123);
	assert_int_equal(result.level, 2);
	assert_int_equal(result.size, 512 * MiB);
	/* 16 KiB granule, 25 bits: one level */
	regime.tcr = 39 | 2 << 14 | 5ull << 32;
	guest(table)[3] = guest_ipa | PAGE_BITS;
	assert_int_equal(s1_walk(&pt, &regime, GVA(3 * 16 * KiB + 0x321), &result), S1_OK);
	assert_int_equal(result.ipa.v, (guest_ipa & ~MASK(13, 0)) + 0x321);
	assert_int_equal(result.level, 3);
	assert_int_equal(result.size, 16 * KiB);
	/* no translation at all */
	regime.mmu = false;
	assert_int_equal(s1_walk(&pt, &regime, GVA(guest_ipa + 5), &result), S1_OK);
	assert_int_equal(result.pa.v, GUEST_PA + 5);
	assert_int_equal(result.reads, 3);
	assert_int_equal(result.size, 0);
	assert_int_equal(s1_walk(&pt, &regime, GVA(~0ull), &result), S1_ADDRESS_SIZE);
	pt_destroy(&pt);
}

static void D5_registers_are_obeyed(void **state)
{
	struct s1_registers regs = {
		.sctlr = 1,
		.mair = 0xff44000000000004,
	};
	struct s1_result result;
	u64 page;

	(void)state;
	stage2(39, PAGE_SIZE);
	page = stage1(3, 0x1000, PAGE_BITS | AP_RW_EL0 | 6 << 2);
	stage1(3, 0x2000, PAGE_BITS | AP_RO | AP_RW_EL0 | 7 << 2);
	regs.tcr = regime.tcr;
	regs.ttbr[0] = regime.ttbr[0];
	regs.ttbr[1] = 0x5000;
	regime.mmu = false;
	s1_regime_set(&regime, &regs);
	assert_true(regime.mmu && !regime.wxn && !regime.big_endian && !regime.unknown);
	assert_int_equal(regime.ttbr[1], 0x5000);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_OK);
	assert_int_equal(result.attr, 0x44);
	assert_int_equal(result.el0, RWX);
	/* WXN: of both levels, each by what it may write itself */
	regs.sctlr |= BIT(19);
	s1_regime_set(&regime, &regs);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_OK);
	assert_int_equal(result.el0, RW);
	assert_int_equal(result.el1, RW);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x2000), &result), S1_OK);
	assert_int_equal(result.attr, 0xff);
	assert_int_equal(result.el0, RX);
	assert_int_equal(result.el1, RX);
	/* EE: tables the other way round */
	regs.sctlr |= BIT(25);
	s1_regime_set(&regime, &regs);
	assert_int_not_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_OK);
	for (u64 *p = guest(guest_ipa); p < guest(guest_ipa) + GUEST_PAGES * 512; p++)
		*p = __builtin_bswap64(*p);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_OK);
	assert_int_equal(result.ipa.v, page);
	/* Features that give descriptors another meaning */
	for (unsigned int bit = 1; bit <= 5; bit++) {
		regs.tcr2 = BIT(bit);
		s1_regime_set(&regime, &regs);
		assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_RESERVED);
	}
	regs.tcr2 = ~MASK(5, 1);
	s1_regime_set(&regime, &regs);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_OK);
	/* Which is of no account with the MMU off */
	regs.tcr2 = ~0ull;
	regs.sctlr = ~1ull;
	s1_regime_set(&regime, &regs);
	assert_int_equal(s1_walk(&pt, &regime, GVA(guest_ipa), &result), S1_OK);
	assert_int_equal(result.attr, 0);
	pt_destroy(&pt);
}

/* With them, descriptors and TTBR have bits of the address elsewhere */
static void D5_addresses_of_more_than_48_bits_are_told_apart(void **state)
{
	struct s1_result result;
	u64 table;

	(void)state;
	stage2(39, PAGE_SIZE);
	stage1(3, 0x1000, PAGE_BITS);
	/* FEAT_LPA2 */
	regime.tcr |= BIT(59);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_RESERVED);
	/* FEAT_LVA */
	regime.tcr = 15 | 5ull << 32;
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_RESERVED);
	regime.tcr = 12 | 1 << 14 | 6ull << 32;
	assert_int_equal(s1_walk(&pt, &regime, GVA(0x1000), &result), S1_RESERVED);
	assert_int_equal(result.reads, 0);
	/* FEAT_LPA: in a leaf, in a table's entry, in TTBR */
	next_page = (unsigned int)(-(guest_ipa / PAGE_SIZE) % 16);
	table = new_page();
	regime.ttbr[0] = table;
	regime.tcr = 22 | 1 << 14 | 6ull << 32;
	guest(table)[0] = (guest_ipa & ~MASK(28, 0)) | BIT(10) | 1;
	assert_int_equal(s1_walk(&pt, &regime, GVA(guest_ipa & MASK(28, 0)), &result), S1_OK);
	guest(table)[0] |= BIT(12);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0), &result), S1_ADDRESS_SIZE);
	guest(table)[0] = table | BIT(15) | VALID_TABLE;
	assert_int_equal(s1_walk(&pt, &regime, GVA(0), &result), S1_ADDRESS_SIZE);
	assert_int_equal(result.level, 2);
	regime.ttbr[0] |= BIT(5);
	assert_int_equal(s1_walk(&pt, &regime, GVA(0), &result), S1_ADDRESS_SIZE);
	assert_int_equal(result.reads, 0);
	/* Of no meaning with fewer bits */
	regime.tcr = 22 | 1 << 14 | 5ull << 32;
	guest(table)[0] = (guest_ipa & ~MASK(28, 0)) | MASK(15, 12) | BIT(10) | 1;
	assert_int_equal(s1_walk(&pt, &regime, GVA(guest_ipa & MASK(28, 0)), &result), S1_OK);
	assert_int_equal(result.ipa.v, guest_ipa);
	pt_destroy(&pt);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(A8_descriptor_reads_of_a_tlb_miss),
		TEST(D5_addresses_are_checked_against_stage_2),
		TEST(D5_tables_are_in_normal_memory),
		TEST(D5_faults_of_stage_1),
		TEST(D5_permissions_of_stage_1),
		TEST(D5_other_granules_and_blocks),
		TEST(D5_registers_are_obeyed),
		TEST(D5_addresses_of_more_than_48_bits_are_told_apart),
	};

	return cmocka_run_group_tests_name("mm stage 1", tests, NULL, NULL);
}
