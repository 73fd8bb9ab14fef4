// SPDX-License-Identifier: GPL-2.0-only
/* What root is told about live tables: where addresses lead, and what tables cost. */
#include "live_tables.h"

static struct test_config c;

static const struct cl_translation *translate(u64 id, u64 ipa)
{
	const struct cl_translation *t = ask(CL_READ_TRANSLATION, id, ipa, sizeof(*t));

	assert_int_equal(t->cell, id);
	assert_int_equal(t->ipa, ipa);
	return t;
}

static void assert_leads(u64 id, u64 ipa, u64 pa, u64 leaf_size, u64 limit)
{
	const struct cl_translation *t = translate(id, ipa);

	assert_int_equal(t->mapped, 1);
	assert_int_equal(t->pa, pa);
	assert_int_equal(t->leaf_size, leaf_size);
	assert_int_equal(t->level, leaf_size == GiB ? 1 : leaf_size == 2 * MiB ? 2 : 3);
	assert_int_equal(t->limit, limit);
}

static void assert_kind(u64 id, u64 ipa, u32 perms, u32 type)
{
	const struct cl_translation *t = translate(id, ipa);

	assert_int_equal(t->mapped, 1);
	assert_int_equal(t->perms, perms);
	assert_int_equal(t->type, type);
}

static void assert_nowhere(u64 id, u64 ipa, u32 region)
{
	const struct cl_translation *t = translate(id, ipa);

	assert_int_equal(t->mapped, 0);
	assert_int_equal(t->pa, 0);
	assert_int_equal(t->leaf_size, 0);
	assert_int_equal(t->limit, 0);
	assert_int_equal(t->region, region);
}

static void a_region_is_named(void **state)
{
	const struct cl_translation *t;
	u64 id = (u64)create_default(1).ret;

	(void)state;
	t = translate(id, CELL_ODD_IPA + 0x1234);
	assert_int_equal(t->region, CELL_MEM_ODD);
	assert_int_equal(t->region_start, CELL_ODD_IPA);
	assert_int_equal(t->region_size, CELL_ODD_SIZE);
	assert_int_equal(t->region_flags, CL_MEM_READ | CL_MEM_WRITE);
	t = translate(0, DEVICE + 8);
	assert_int_equal(t->region, SYS_DEVICE);
	assert_int_equal(t->region_start, DEVICE);
	assert_refused(CALL(CL_HC_READ, CL_READ_TRANSLATION, 7, 0, TARGET, PAGE_SIZE), CL_ENOENT,
		       CELL_UNKNOWN);
	assert_refused(CALL(CL_HC_READ, CL_READ_TRANSLATION, id, 0, TARGET,
			    sizeof(struct cl_translation) - 1),
		       CL_EINVAL, STRUCT_SIZE);
}

static void every_kind_of_region_translates(void **state)
{
	u64 id, pa;

	(void)state;
	cell_config(&c, 0);
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ DEVICE }, 0x20000000, PAGE_SIZE, CL_MEM_READ | CL_MEM_IO
	};
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ CELL_RAM(0) + 4 * MiB }, 0x30000000, PAGE_SIZE, CL_MEM_READ | CL_MEM_NONCACHEABLE
	};
	id = (u64)create(&c).ret;
	pa = CELL_RAM(0);
	assert_kind(id, 0, RWX, CL_TYPE_NORMAL);
	assert_leads(id, 0, pa, 2 * MiB, CELL_RAM_SIZE);
	assert_leads(id, 0x1fffff, pa + 0x1fffff, 2 * MiB, CELL_RAM_SIZE - 0x1fffff);
	assert_leads(id, 2 * MiB, pa + 2 * MiB, 4 * KiB, 64 * KiB);
	assert_leads(id, CELL_RAM_SIZE - 1, pa + CELL_RAM_SIZE - 1, 4 * KiB, 1);
	assert_kind(id, CELL_ODD_IPA, RW, CL_TYPE_NORMAL);
	assert_leads(id, CELL_ODD_IPA + 0x10, CELL_ODD(0) + 0x10, 4 * KiB, CELL_ODD_SIZE - 0x10);
	assert_kind(id, CELL_COMM_IPA, RW, CL_TYPE_NORMAL);
	assert_leads(id, CELL_COMM_IPA, pool_v2p(&frame_pool, comm_of(id)).v, 4 * KiB, 4 * KiB);
	assert_kind(id, 0x20000000, PT_READ, CL_TYPE_DEVICE);
	assert_leads(id, 0x20000ff8, DEVICE + 0xff8, 4 * KiB, 8);
	assert_kind(id, 0x30000000, PT_READ, CL_TYPE_NONCACHEABLE);
}

static void holes_lead_nowhere(void **state)
{
	u64 id = (u64)create_default(0).ret;

	(void)state;
	assert_nowhere(id, CELL_RAM_SIZE, ~0u);
	assert_nowhere(id, CELL_ODD_IPA - 1, ~0u);
	assert_nowhere(id, CELL_ODD_IPA + CELL_ODD_SIZE, ~0u);
	assert_nowhere(id, CELL_RAM(0), ~0u);
	/* Beyond what the tables can hold */
	assert_nowhere(id, BIT(40), ~0u);
	assert_nowhere(id, ~0ull, ~0u);
	assert_nowhere(0, HOST_HV_START, ~0u);
	assert_nowhere(0, GICD, ~0u);
	assert_nowhere(0, NOBODYS, ~0u);
}

static void what_root_has_lent_out_is_missing(void **state)
{
	u64 id, gap = CELL_RAM(2) - CELL_RAM(1);

	(void)state;
	assert_leads(0, CELLS_RAM + 1, CELLS_RAM + 1, 2 * MiB, CELLS_RAM_SIZE - 1);
	create_default(0);
	id = (u64)create_default(1).ret;
	assert_nowhere(0, CELL_RAM(1), SYS_CELLS);
	assert_nowhere(0, CELL_RAM(1) + CELL_RAM_SIZE - 1, SYS_CELLS);
	/* As far as the next cell's, and to the region's end behind the last */
	assert_leads(0, CELL_RAM(0) + CELL_RAM_SIZE, CELL_RAM(0) + CELL_RAM_SIZE, 4 * KiB,
		     gap - CELL_RAM_SIZE);
	assert_leads(0, CELL_RAM(2), CELL_RAM(2), 2 * MiB,
		     CELLS_RAM + CELLS_RAM_SIZE - CELL_RAM(2));
	load(id);
	assert_kind(0, CELL_RAM(1), RW, CL_TYPE_NORMAL);
	assert_leads(0, CELL_RAM(1), CELL_RAM(1), 2 * MiB, CELL_RAM_SIZE);
	assert_nowhere(0, CELL_ODD(1), SYS_ODD);
	/* Which no region names */
	assert_leads(0, MMCONFIG + 4, MMCONFIG + 4, 2 * MiB, MMCONFIG_SIZE - 4);
	assert_int_equal(translate(0, MMCONFIG)->region, ~0u);
}

static void tables_are_counted(void **state)
{
	const struct cl_tables *t;
	u64 id = (u64)create_default(0).ret, mapped;

	(void)state;
	t = tables(id);
	assert_int_equal(t->regions, CELL_MEM_NR);
	assert_int_equal(t->ipa_bits, 32);
	assert_int_equal(t->levels, 3);
	assert_int_equal(t->leaves[0], 0);
	assert_int_equal(t->leaves[1], 0);
	assert_int_equal(t->leaves[2], 1);
	assert_int_equal(t->leaves[3], 16 + 3 + 1);
	assert_int_equal(t->contiguous, 16);
	assert_int_equal(t->mapped, CELL_RAM_SIZE + CELL_ODD_SIZE + 4 * KiB);
	/* The root, one for each of two GiB, one for each piece in pages */
	assert_int_equal(t->pages, 1 + 2 + 3);
	assert_int_equal(t->worst_reads[0], 3 + 4 * 3);
	assert_int_equal(t->worst_reads[1], 4 + 5 * 3);
	mapped = tables(0)->mapped;
	destroy(id);
	assert_int_equal(tables(0)->mapped, mapped + CELL_RAM_SIZE + CELL_ODD_SIZE);
	assert_refused(CALL(CL_HC_READ, CL_READ_TABLES, id, 0, TARGET, PAGE_SIZE), CL_ENOENT,
		       CELL_UNKNOWN);
}

/* With nothing smaller than a block there is a level less to read */
static void tables_of_blocks_are_less_deep(void **state)
{
	const struct cl_tables *t;
	u64 id;

	(void)state;
	cell_config(&c, 0);
	c.mem[CELL_MEM_RAM].size = 4 * MiB;
	c.nr_mem = 1;
	id = (u64)create(&c).ret;
	t = tables(id);
	assert_int_equal(t->leaves[2], 2);
	assert_int_equal(t->leaves[3], 0);
	assert_int_equal(t->contiguous, 0);
	assert_int_equal(t->worst_reads[0], 3 + 4 * 2);
	assert_int_equal(t->worst_reads[1], 4 + 5 * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_region_is_named),  TEST(every_kind_of_region_translates),
		TEST(holes_lead_nowhere), TEST(what_root_has_lent_out_is_missing),
		TEST(tables_are_counted), TEST(tables_of_blocks_are_less_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
