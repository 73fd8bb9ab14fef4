// SPDX-License-Identifier: GPL-2.0-only
/* Virtual addresses of guests: honest tables, and hostile ones. */
#include "gva.h"
#include "reach.h"
#include "snapshot.h"

#define RX (CL_PERM_READ | CL_PERM_EXECUTE)
#define RWX (RX | CL_PERM_WRITE)

static const struct cl_gva *ends(u64 gva, u32 status, u32 level, u64 ipa)
{
	const struct cl_gva *g = gva_of(CPU, gva);

	assert_int_equal(g->status, status);
	assert_int_equal(g->level, level);
	assert_int_equal(g->stage2.ipa, ipa);
	return g;
}

static void both_stages_are_told(void **state)
{
	const struct cl_gva *g = ends(PAGE_VA + 0x123, CL_GVA_MAPPED, 3, 0x5123);

	(void)state;
	assert_int_equal(g->leaf_size, PAGE_SIZE);
	assert_int_equal(g->limit, PAGE_SIZE - 0x123);
	assert_int_equal(g->el1, RWX);
	assert_int_equal(g->el0, CL_PERM_EXECUTE);
	assert_int_equal(g->attr, 0x44);
	assert_int_equal(g->descriptor, 0x5000 | ATTR(2) | PAGE_ENTRY);
	assert_int_equal(g->sctlr, 1);
	assert_int_equal(g->tcr, TCR_39);
	assert_int_equal(g->tcr2, 0);
	assert_int_equal(g->mair, MAIR);
	assert_int_equal(g->ttbr[0], L1);
	assert_int_equal(g->ttbr[1], 0xbad000);
	assert_int_equal(g->stage2.mapped, 1);
	assert_int_equal(g->stage2.pa, CELL_RAM(1) + 0x5123);
	assert_int_equal(g->stage2.perms, RWX);
	assert_int_equal(g->stage2.leaf_size, 2 * MiB);
	assert_int_equal(g->stage2.region, CELL_MEM_RAM);
	/* 3 of the guest's, each by 2 of stage 2, and 2 for the data */
	assert_int_equal(g->reads, 3 + 4 * 2);

	g = ends(BLOCK_VA + 0x1fff00, CL_GVA_MAPPED, 2, 0x1fff00);
	assert_int_equal(g->leaf_size, 2 * MiB);
	assert_int_equal(g->limit, 0x100);
	assert_int_equal(g->el1, RX);
	assert_int_equal(g->el0, RX);
	assert_int_equal(g->attr, 0xff);
}

/* As much as both leaves have in common */
static void the_limit_is_that_of_both_stages(void **state)
{
	const struct cl_gva *g;

	(void)state;
	/* At IPA 2 MiB the cell has 64 KiB more */
	set_entry(L2, 3, 2 * MiB | ATTR(2) | BLOCK_ENTRY);
	g = ends(BLOCK_VA + 2 * MiB + 0x8010, CL_GVA_MAPPED, 2, 2 * MiB + 0x8010);
	assert_int_equal(g->limit, 64 * KiB - 0x8010);
	assert_int_equal(g->stage2.leaf_size, PAGE_SIZE);
	ends(BLOCK_VA + 2 * MiB + 64 * KiB, CL_GVA_STAGE2, 2, CELL_RAM_SIZE);
}

static void without_mmu_there_is_stage_2_only(void **state)
{
	const struct cl_gva *g;

	(void)state;
	regs(CPU)->sctlr = 0;
	regs(CPU)->ttbr[0] = ~0ull;
	g = ends(0x8000, CL_GVA_MAPPED, 0, 0x8000);
	assert_int_equal(g->leaf_size, 0);
	assert_int_equal(g->el1, RWX);
	assert_int_equal(g->attr, 0);
	assert_int_equal(g->limit, CELL_RAM_SIZE - 0x8000);
	ends(CELL_COMM_IPA, CL_GVA_MAPPED, 0, CELL_COMM_IPA);
	g = ends(CELL_RAM_SIZE, CL_GVA_STAGE2, 0, CELL_RAM_SIZE);
	assert_int_equal(g->stage2.mapped, 0);
	assert_int_equal(g->limit, 0);
	ends(~0ull, CL_GVA_ADDRESS_SIZE, 0, ~0ull);
}

static void each_fault_of_stage_1_is_named(void **state)
{
	const struct cl_gva *g;

	(void)state;
	/* No entry, at each level; no table at all: not canonical, disabled */
	ends(2 * GiB, CL_GVA_NO_ENTRY, 1, L1 + 2 * 8);
	ends(0x40000000, CL_GVA_NO_ENTRY, 2, L2);
	g = ends(0x40200000, CL_GVA_NO_ENTRY, 3, L3);
	assert_int_equal(g->reads, 3 + 3 * 2);
	assert_int_equal(g->descriptor, 0);
	g = ends(BIT(39), CL_GVA_NO_ENTRY, 0, 0);
	assert_int_equal(g->reads, 0);
	g = ends(~0ull, CL_GVA_NO_ENTRY, 0, 0);
	assert_int_equal(g->reads, 0);
	set_entry(L3, 2, 0x6000 | 3);
	g = ends(PAGE_VA + 0x1000, CL_GVA_ACCESS_FLAG, 3, L3 + 2 * 8);
	assert_int_equal(g->descriptor, 0x6003);
	/* Above IPS, above what stage 2 has: of a leaf, and of a table */
	set_entry(L3, 3, BIT(40) | PAGE_ENTRY);
	ends(PAGE_VA + 0x2008, CL_GVA_ADDRESS_SIZE, 3, BIT(40) + 8);
	set_entry(L3, 3, BIT(39) | PAGE_ENTRY);
	ends(PAGE_VA + 0x2008, CL_GVA_ADDRESS_SIZE, 3, BIT(39) + 8);
	set_entry(L1, 2, BIT(47) | TABLE_ENTRY);
	ends(2 * GiB, CL_GVA_ADDRESS_SIZE, 2, BIT(47));
	/* What the architecture, or the walk, does not know */
	regs(CPU)->tcr |= 3 << 14;
	ends(PAGE_VA, CL_GVA_UNKNOWN, 0, 0);
	regs(CPU)->tcr = TCR_39;
	regs(CPU)->tcr2 = BIT(5);
	g = ends(PAGE_VA, CL_GVA_UNKNOWN, 0, 0);
	assert_int_equal(g->tcr2, BIT(5));
}

static void granules_of_16_and_64_kib(void **state)
{
	const struct cl_gva *g;

	(void)state;
	/* 64 KiB, 42 bits: levels 2 and 3 */
	regs(CPU)->tcr = 22 | 1 << 14 | BIT(23) | 2ull << 32;
	memset(ram(0x20000), 0, 128 * KiB);
	regs(CPU)->ttbr[0] = 0x20000;
	set_entry(0x20000, 3, 0x30000 | TABLE_ENTRY);
	set_entry(0x30000, 5, 0x40000 | PAGE_ENTRY);
	g = ends((3ull << 29) + (5 << 16) + 0x8765, CL_GVA_MAPPED, 3, 0x48765);
	assert_int_equal(g->leaf_size, 64 * KiB);
	assert_int_equal(g->limit, 64 * KiB - 0x8765);
	/* 16 KiB, 36 bits: the same */
	regs(CPU)->tcr = 28 | 2 << 14 | BIT(23) | 2ull << 32;
	set_entry(0x20000, 3, 0x30000 | TABLE_ENTRY);
	g = ends((3ull << 25) + (5 << 14) + 0x765, CL_GVA_MAPPED, 3, 0x40765);
	assert_int_equal(g->leaf_size, 16 * KiB);
}

/* Wherever a guest says that its tables are, only its own RAM is read */
static void tables_are_where_the_guest_may_read(void **state)
{
	const struct {
		u64 ipa;
		u32 status;
	} cases[] = {
		{ CELL_RAM_SIZE, CL_GVA_TABLE }, /* behind its RAM */
		{ HOST_HV_START, CL_GVA_TABLE }, /* as physical addresses */
		{ CELL_RAM(0), CL_GVA_TABLE },	  { LINUX_RAM, CL_GVA_TABLE },
		{ 0x20000000, CL_GVA_TABLE }, /* a device of its own */
		{ 0x30000000, CL_GVA_TABLE }, /* not cacheable */
		{ CELL_COMM_IPA, CL_GVA_NO_RAM }, /* the hypervisor's frame */
		{ BIT(39), CL_GVA_ADDRESS_SIZE }, { BIT(47), CL_GVA_ADDRESS_SIZE },
	};

	machine_setup(state);
	cell_config(&gva_config, 1);
	gva_config.mem[gva_config.nr_mem++] = (struct cl_mem_region){
		{ DEVICE }, 0x20000000, PAGE_SIZE, CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO
	};
	gva_config.mem[gva_config.nr_mem++] =
		(struct cl_mem_region){ { CELL_RAM(1) + 4 * MiB },
					0x30000000,
					PAGE_SIZE,
					CL_MEM_READ | CL_MEM_WRITE | CL_MEM_NONCACHEABLE };
	gva_cell = load((u64)create(&gva_config).ret);
	assert_done(start(gva_cell));
	host_settle();
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		make_tables();
		regs(CPU)->ttbr[0] = cases[i].ipa;
		host_forget();
		ends(PAGE_VA, cases[i].status, 1, cases[i].ipa + 8);
		set_entry(L1, 1, cases[i].ipa | TABLE_ENTRY);
		regs(CPU)->ttbr[0] = L1;
		ends(PAGE_VA, cases[i].status, 2, cases[i].ipa + 8);
		set_entry(L1, 1, L2 | TABLE_ENTRY);
		set_entry(L2, 1, cases[i].ipa | TABLE_ENTRY);
		ends(PAGE_VA, cases[i].status, 3, cases[i].ipa + 8);
		/* But for root's answers and the tables in its RAM: nothing */
		for (u32 n = 0; n < host.nr_log; n++) {
			if (host.log[n].kind == HOST_WINDOW && host.log[n].a != TARGET)
				assert_in_range(host.log[n].a, CELL_RAM(1) + L1, CELL_RAM(1) + L3);
		}
		assert_int_equal(host.count[HOST_BLOCK], 0);
	}
}

/* A table of its own that is its own entry, and entries of any kind */
static void any_table_ends_the_walk(void **state)
{
	u64 seed = 88172645463325252ull;

	(void)state;
	for (u64 i = 0; i < 512; i++)
		set_entry(L1, i, L1 | PAGE_ENTRY);
	ends(0x40201000, CL_GVA_MAPPED, 3, L1);
	for (u32 round = 0; round < 2000; round++) {
		u64 *words = (u64 *)regs(CPU);

		for (u32 i = 0; i < sizeof(struct s1_registers) / 8 + 16; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			if (i < sizeof(struct s1_registers) / 8)
				words[i] = seed >> (seed & 31);
			else
				set_entry(L1, seed >> 20 & 511, seed >> (seed & 31));
		}
		regs(CPU)->sctlr |= 1;
		if (round & 1) {
			regs(CPU)->tcr = TCR_39;
			regs(CPU)->tcr2 = 0;
			regs(CPU)->ttbr[0] = L1;
		}
		assert_in_range(gva_of(CPU, seed & MASK(38, 0))->status, CL_GVA_MAPPED,
				CL_GVA_NO_RAM);
	}
	check_machine();
}

/* The guest changes an entry while it is looked at: it is read once */
static u32 changes;

static void change_entry(const struct host_event *event)
{
	/* The window on the table is being closed: whatever was read was read */
	if (event->kind == HOST_CLOSE && event->a == CELL_RAM(1) + L2) {
		set_entry(L2, 1, HOST_HV_START | TABLE_ENTRY);
		changes++;
	}
}

static void an_entry_that_changes_is_read_once(void **state)
{
	(void)state;
	host.watch = change_entry;
	changes = 0;
	ends(PAGE_VA, CL_GVA_MAPPED, 3, 0x5000);
	assert_int_equal(changes, 1);
	host.watch = NULL;
	ends(PAGE_VA, CL_GVA_TABLE, 3, HOST_HV_START + 8);
}

static void roots_cpus_have_guests_too(void **state)
{
	const u64 table = LINUX_RAM + 5 * MiB;
	u64 *entries = host_ram(table);

	(void)state;
	/* The upper half, a block of 1 GiB at 0x40000000 */
	entries[0] = 0x40000000 | ATTR(2) | BLOCK_ENTRY;
	*regs(1) = (struct s1_registers){
		.sctlr = 1,
		.tcr = 25 | BIT(7) | 25ull << 16 | 2ull << 30 | 2ull << 32,
		.mair = MAIR,
		.ttbr = { 0, table },
	};
	*regs(ROOT_CPU) = *regs(1);
	/* The caller's own CPU needs nobody's answer */
	assert_int_equal(ask(ROOT_CPU, ~0ull << 39, 0).ret, sizeof(struct cl_gva));
	assert_int_equal(host.count[HOST_KICK], 0);
	for (u32 cpu = 0; cpu < 2; cpu++) {
		const struct cl_gva *g = gva_of(cpu, (~0ull << 39) + 0x123456);

		assert_int_equal(g->status, CL_GVA_MAPPED);
		assert_int_equal(g->stage2.pa, LINUX_RAM + 0x123456);
		assert_int_equal(g->leaf_size, GiB);
		assert_int_equal(gva_of(cpu, 0)->status, CL_GVA_NO_ENTRY);
		/* What it has lent out it does not reach */
		g = gva_of(cpu, (~0ull << 39) + CELL_RAM(1) - LINUX_RAM);
		assert_int_equal(g->status, CL_GVA_STAGE2);
		assert_int_equal(g->stage2.region, SYS_CELLS);
	}
	/* Nor does it have tables there */
	regs(1)->ttbr[1] = CELL_RAM(1);
	assert_int_equal(gva_of(1, ~0ull << 39)->status, CL_GVA_TABLE);
	regs(1)->ttbr[1] = MMCONFIG;
	assert_int_equal(gva_of(1, ~0ull << 39)->status, CL_GVA_TABLE);
}

static void job_touch(void *arg)
{
	assert_true(cell_fault(arg, false));
}

/* Memory of the pools is RAM that no region of the system config names */
static void tables_in_lazy_memory(void **state)
{
	struct aspace_fault fault = { .ipa = IPA(0x60200000), .access = ACCESS_WRITE };
	u64 *page;

	machine_setup(state);
	gva_cell = run_cell(2);
	*regs(5) = (struct s1_registers){ .sctlr = 1, .tcr = TCR_39, .ttbr = { fault.ipa.v } };
	/* Which the guest has not touched yet: a walk of the CPU would map it */
	assert_int_equal(gva_of(5, 0)->status, CL_GVA_TABLE);
	assert_int_equal(gva_of(5, 0)->stage2.mapped, 0);
	host_run(5, job_touch, &fault);
	assert_int_equal(gva_of(5, 0)->status, CL_GVA_NO_ENTRY);
	page = host_ram(gva_of(5, 0)->stage2.pa);
	page[0] = fault.ipa.v | PAGE_ENTRY;
	assert_int_equal(gva_of(5, 0x234)->status, CL_GVA_MAPPED);
	assert_int_equal(gva_of(5, 0x234)->stage2.ipa, fault.ipa.v + 0x234);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, gva_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_stages_are_told),
		TEST(the_limit_is_that_of_both_stages),
		TEST(without_mmu_there_is_stage_2_only),
		TEST(each_fault_of_stage_1_is_named),
		TEST(granules_of_16_and_64_kib),
		TEST(tables_are_where_the_guest_may_read),
		TEST(any_table_ends_the_walk),
		TEST(an_entry_that_changes_is_read_once),
		TEST(roots_cpus_have_guests_too),
		TEST(tables_in_lazy_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
