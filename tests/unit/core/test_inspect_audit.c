// SPDX-License-Identifier: GPL-2.0-only
/* The audit of live tables: as they should be, and damaged. */
#include "live_tables.h"

/* An IPA that no region of a cell has */
#define FREE_IPA 0x40000000ull

static struct test_config c;

static const struct cl_audit *audit(void)
{
	return ask(CL_READ_AUDIT, 0, 0, sizeof(struct cl_audit));
}

/*
 * Cell 1 runs and shares memory with cell 3 and root, cell 2 is being loaded,
 * cell 3 is created.
 */
static void three_cells(void)
{
	cell_config(&c, 0);
	c.mem[CELL_MEM_ODD].flags |= CL_MEM_ROOTSHARED;
	assert_int_equal(create(&c).ret, 1);
	load(1);
	assert_done(start(1));
	host_settle();
	load((u64)create_default(1).ret);
	cell_config(&c, 2);
	c.mem[CELL_MEM_ODD].flags |= CL_MEM_ROOTSHARED;
	c.mem[CELL_MEM_ODD].phys_start = CELL_ODD(0);
	assert_int_equal(create(&c).ret, 3);
}

static void assert_sound(void)
{
	const struct cl_audit *a = audit();

	if (a->verdict)
		fail_msg("verdict %u: cell %u, other %u, ipa 0x%llx, pa 0x%llx", a->verdict,
			 a->cell, a->other, (unsigned long long)a->ipa, (unsigned long long)a->pa);
}

static void an_audit_finds_nothing_wrong(void **state)
{
	const struct cl_audit *a;
	u64 leaves = 0;

	(void)state;
	assert_sound();
	assert_int_equal(audit()->nr_shared, 0);
	three_cells();
	check_machine();
	for (u64 id = 0; id < 4; id++) {
		for (u32 level = 0; level < 4; level++)
			leaves += tables(id)->leaves[level];
	}
	assert_sound();
	a = audit();
	assert_int_equal(a->cell, 0);
	assert_int_equal(a->ipa, 0);
	assert_int_equal(a->pa, 0);
	assert_int_equal(a->leaves, leaves);
	assert_int_equal(a->nr_shared, 2);
	assert_int_equal(a->shared[0].pa, CELL_ODD(0));
	assert_int_equal(a->shared[0].size, CELL_ODD_SIZE);
	assert_int_equal(a->shared[0].cells, BIT(0) | BIT(1) | BIT(3));
	assert_int_equal(a->shared[1].pa, CELL_RAM(1));
	assert_int_equal(a->shared[1].size, CELL_RAM_SIZE);
	assert_int_equal(a->shared[1].cells, BIT(0) | BIT(2));
	/* In every other state of a cell, too */
	assert_done(start(2));
	host_settle();
	assert_sound();
	assert_int_equal(audit()->nr_shared, 1);
	assert_done(shutdown_force(1));
	assert_sound();
	assert_int_equal(destroy_once(2, false).ret, -CL_EINPROGRESS);
	assert_sound();
	host_settle();
	assert_int_equal(destroy_once(2, false).ret, -CL_EINPROGRESS);
	assert_sound();
	assert_done(destroy(2));
	assert_done(destroy(1));
	assert_sound();
	assert_done(destroy(3));
	assert_sound();
	assert_int_equal(audit()->nr_shared, 0);
}

/* More than an answer holds: it is as sound, and lists what it can */
static void the_list_of_shared_memory_is_bounded(void **state)
{
	const struct cl_audit *a;

	(void)state;
	cell_config(&c, 0);
	for (u32 i = 0; i < CL_AUDIT_MAX_SHARED + 3; i++)
		c.mem[c.nr_mem++] = (struct cl_mem_region){
			{ CELLS_RAM + 64 * MiB + i * 8 * KiB },
			0x20000000 + i * 8 * KiB,
			PAGE_SIZE,
			CL_MEM_READ | CL_MEM_ROOTSHARED,
		};
	assert_int_equal(create(&c).ret, 1);
	assert_sound();
	a = audit();
	assert_int_equal(a->nr_shared, CL_AUDIT_MAX_SHARED);
	for (u32 i = 0; i < CL_AUDIT_MAX_SHARED; i++)
		assert_int_equal(a->shared[i].pa, CELLS_RAM + 64 * MiB + i * 8 * KiB);
}

enum damage_kind { MAP, UNMAP, PROTECT, REMAP };

/**
 * struct damage - something that the engine was never asked for
 * @kind: what is done to the tables
 * @cell: whose
 * @ipa: where
 * @pa: for MAP and REMAP
 * @perms: not for UNMAP
 * @type: for MAP and REMAP
 * @verdict: what the audit says of it
 * @other: for CL_AUDIT_SHARED
 */
struct damage {
	enum damage_kind kind;
	u32 cell;
	u64 ipa;
	u64 pa;
	u8 perms;
	u8 type;
	u32 verdict;
	u32 other;
};

static void do_damage(const struct damage *d)
{
	struct pt *pt = &cells[d->cell]->s2.pt;
	struct pt_attr attr = { .perms = d->perms, .type = d->type };

	if (d->kind == UNMAP || d->kind == REMAP)
		assert_int_equal(pt_unmap(pt, IPA(d->ipa), PAGE_SIZE), 0);
	if (d->kind == MAP || d->kind == REMAP)
		assert_int_equal(pt_map(pt, IPA(d->ipa), PA(d->pa), PAGE_SIZE, attr), 0);
	if (d->kind == PROTECT)
		assert_int_equal(pt_protect(pt, IPA(d->ipa), PAGE_SIZE, d->perms), 0);
}

static void assert_found(u32 verdict, u32 cell, u32 other, u64 ipa)
{
	const struct cl_audit *a = audit();
	struct pt_leaf leaf;

	assert_int_equal(a->verdict, verdict);
	assert_int_equal(a->cell, cell);
	assert_int_equal(a->other, other);
	assert_int_equal(a->ipa, ipa);
	if (pt_query(&cells[cell]->s2.pt, IPA(ipa), &leaf))
		assert_int_equal(a->pa, leaf.pa.v);
	else
		assert_int_equal(a->pa, 0);
}

static void every_damage_is_found(void **state)
{
	static const struct damage damages[] = {
		/* Of the hypervisor: the first page, the last, in a cell, in root */
		{ MAP, 2, FREE_IPA, HOST_HV_START, RW, PT_NORMAL, CL_AUDIT_HYPERVISOR, 0 },
		{ MAP, 3, FREE_IPA, HOST_HV_START + HOST_HV_SIZE - PAGE_SIZE, PT_READ, PT_NORMAL,
		  CL_AUDIT_HYPERVISOR, 0 },
		{ MAP, 0, HOST_HV_START, HOST_HV_START, RW, PT_NORMAL, CL_AUDIT_HYPERVISOR, 0 },
		{ MAP, 0, NOBODYS, HOST_HV_START + MiB, 0, PT_NORMAL, CL_AUDIT_HYPERVISOR, 0 },
		/* A region that leads there is worse than one that leads astray */
		{ REMAP, 1, 0x5000, HOST_HV_START, RWX, PT_NORMAL, CL_AUDIT_HYPERVISOR, 0 },
		/* The interrupt controller */
		{ MAP, 1, FREE_IPA, GICD, RW, PT_DEVICE, CL_AUDIT_GIC, 0 },
		{ MAP, 1, GICR, GICR + GICR_SIZE - PAGE_SIZE, RW, PT_DEVICE, CL_AUDIT_GIC, 0 },
		{ MAP, 0, GICD + 0xf000, GICD + 0xf000, RW, PT_DEVICE, CL_AUDIT_GIC, 0 },
		{ MAP, 0, GICR, GICR, PT_READ, PT_DEVICE, CL_AUDIT_GIC, 0 },
		/* Another cell's: of a later one, of an earlier one, and root's */
		{ MAP, 1, FREE_IPA, CELL_RAM(2), RW, PT_NORMAL, CL_AUDIT_SHARED, 3 },
		{ REMAP, 1, 0x1000, CELL_ODD(1), RWX, PT_NORMAL, CL_AUDIT_SHARED, 2 },
		{ MAP, 0, CELL_RAM(0), CELL_RAM(0), RW, PT_NORMAL, CL_AUDIT_SHARED, 1 },
		{ MAP, 0, NOBODYS, CELL_ODD(1), RW, PT_NORMAL, CL_AUDIT_SHARED, 2 },
		/* What a region should have */
		{ UNMAP, 2, 0, 0, 0, 0, CL_AUDIT_HOLE, 0 },
		{ UNMAP, 2, CELL_RAM_SIZE - PAGE_SIZE, 0, 0, 0, CL_AUDIT_HOLE, 0 },
		{ UNMAP, 3, CELL_COMM_IPA, 0, 0, 0, CL_AUDIT_HOLE, 0 },
		{ REMAP, 1, 0x3000, NOBODYS, RWX, PT_NORMAL, CL_AUDIT_OUTPUT, 0 },
		{ REMAP, 1, 0x3000, CELL_RAM(0) + 0x4000, RWX, PT_NORMAL, CL_AUDIT_OUTPUT, 0 },
		{ PROTECT, 2, CELL_ODD_IPA + 0x1000, 0, PT_READ, 0, CL_AUDIT_ATTR, 0 },
		{ PROTECT, 3, CELL_ODD_IPA, 0, RWX, 0, CL_AUDIT_ATTR, 0 },
		{ REMAP, 3, 0x7000, CELL_RAM(2) + 0x7000, RWX, PT_NORMAL_NC, CL_AUDIT_ATTR, 0 },
		/* What no region should have */
		{ MAP, 2, CELL_RAM_SIZE, NOBODYS, RW, PT_NORMAL, CL_AUDIT_EXTRA, 0 },
		{ MAP, 2, FREE_IPA, CELL_RAM(1), RW, PT_NORMAL, CL_AUDIT_EXTRA, 0 },
		{ MAP, 0, NOBODYS, NOBODYS, RW, PT_NORMAL, CL_AUDIT_EXTRA, 0 },
		{ MAP, 0, MMCONFIG + MMCONFIG_SIZE, MMCONFIG + MMCONFIG_SIZE, RW, PT_DEVICE,
		  CL_AUDIT_EXTRA, 0 },
		/* Of root */
		{ REMAP, 0, LINUX_RAM + 0x5000, LINUX_RAM + 0x6000, RWX, PT_NORMAL, CL_AUDIT_OUTPUT,
		  0 },
		{ REMAP, 0, LINUX_RAM + 0x5000, LINUX_RAM + 0x5000, RW, PT_DEVICE, CL_AUDIT_ATTR,
		  0 },
		{ REMAP, 0, MMCONFIG, MMCONFIG, RW, PT_NORMAL, CL_AUDIT_ATTR, 0 },
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(damages); i++) {
		const struct damage *d = &damages[i];

		machine_start(POOL_PAGES);
		three_cells();
		assert_sound();
		do_damage(d);
		assert_found(d->verdict, d->cell, d->other, d->ipa);
	}
}

/* Between two cells it is the first of them in whose table it is looked up */
static void a_page_of_an_earlier_cell_is_found_there(void **state)
{
	static const struct damage d = { MAP, 3,	 FREE_IPA,	  CELL_RAM(1),
					 RW,  PT_NORMAL, CL_AUDIT_SHARED, 0 };

	(void)state;
	three_cells();
	/* Root may load into it, too */
	do_damage(&d);
	assert_found(CL_AUDIT_SHARED, 0, 3, CELL_RAM(1));
	assert_done(start(2));
	assert_found(CL_AUDIT_SHARED, 2, 3, 0);
}

static void a_communication_region_is_one_cells_and_there_once(void **state)
{
	static const struct {
		u32 cell;
		u32 owner;
		u32 verdict;
	} cases[] = {
		{ 0, 2, CL_AUDIT_HYPERVISOR },
		{ 1, 3, CL_AUDIT_HYPERVISOR },
		{ 3, 3, CL_AUDIT_EXTRA },
	};
	struct damage d = { MAP, 0, FREE_IPA, 0, PT_READ, PT_NORMAL, 0, 0 };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		machine_start(POOL_PAGES);
		three_cells();
		d.cell = cases[i].cell;
		d.ipa = d.cell ? FREE_IPA : NOBODYS;
		d.pa = pool_v2p(&frame_pool, comm_of(cases[i].owner)).v;
		do_damage(&d);
		assert_found(cases[i].verdict, d.cell, 0, d.ipa);
	}
	/* Of an earlier cell: both are named */
	machine_start(POOL_PAGES);
	three_cells();
	d.pa = pool_v2p(&frame_pool, comm_of(1)).v;
	do_damage(&d);
	assert_found(CL_AUDIT_SHARED, 1, 3, CELL_COMM_IPA);
}

/* What one of two shares is not the other's */
static void sharing_is_what_both_say(void **state)
{
	static const struct damage d = { MAP, 2,	 FREE_IPA,	  CELL_ODD(0),
					 RW,  PT_NORMAL, CL_AUDIT_SHARED, 0 };

	(void)state;
	three_cells();
	do_damage(&d);
	assert_found(CL_AUDIT_SHARED, 0, 2, CELL_ODD(0));
	/* Nor if root does not have it */
	assert_int_equal(pt_unmap(&cells[0]->s2.pt, IPA(CELL_ODD(0)), CELL_ODD_SIZE), 0);
	assert_found(CL_AUDIT_SHARED, 1, 2, CELL_ODD_IPA);
	/* Nor if it is the second of them who shares */
	assert_done(destroy(1));
	assert_int_equal(pt_unmap(&cells[0]->s2.pt, IPA(CELL_ODD(0)), CELL_ODD_SIZE), 0);
	assert_found(CL_AUDIT_SHARED, 2, 3, FREE_IPA);
}

static void root_has_no_more_permissions_than_configured(void **state)
{
	static struct blob blob;
	struct error err;

	(void)state;
	host_reset();
	system_config(&c);
	c.mem[SYS_RTC].flags = CL_MEM_READ | CL_MEM_IO;
	blob_build(&blob, &c);
	assert_int_equal(host_boot(blob.bytes, blob.size, POOL_PAGES, &err), 0);
	assert_sound();
	assert_int_equal(pt_protect(&cells[0]->s2.pt, IPA(0x09010000), PAGE_SIZE, RW), 0);
	assert_found(CL_AUDIT_ATTR, 0, 0, 0x09010000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_audit_finds_nothing_wrong),
		TEST(the_list_of_shared_memory_is_bounded),
		TEST(every_damage_is_found),
		TEST(a_page_of_an_earlier_cell_is_found_there),
		TEST(a_communication_region_is_one_cells_and_there_once),
		TEST(sharing_is_what_both_say),
		TEST(root_has_no_more_permissions_than_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
