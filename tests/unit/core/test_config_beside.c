// SPDX-License-Identifier: GPL-2.0-only
/* The rules for cells that exist at the same time, and for what is not there yet. */
#include "rules.h"

#define ID 3
#define NAMED(index) ((u64)(index) << CL_ERROR_INDEX_SHIFT | ID)

static struct test_config a, b;

/* The cell @b beside @a, which has the ID 3: what is said */
static int beside(const struct config *sys, struct error *err)
{
	static struct blob blob_a, blob_b;
	struct config cfg_a, cfg_b;
	const struct config *cells[CL_MAX_CELLS] = { [0] = sys, [ID] = &cfg_a };

	blob_build(&blob_a, &a);
	blob_build(&blob_b, &b);
	assert_int_equal(config_parse(blob_a.bytes, blob_a.size, CL_KIND_CELL, &cfg_a, err), 0);
	assert_int_equal(config_parse(blob_b.bytes, blob_b.size, CL_KIND_CELL, &cfg_b, err), 0);
	return config_check_beside(&cfg_b, cells, CL_MAX_CELLS, err);
}

static void fresh(void)
{
	cell_config(&a, 0);
	cell_config(&b, 1);
}

static void assert_fine(void)
{
	struct error err = { .rule = CL_RULE_NONE };

	assert_int_equal(beside(default_system(), &err), 0);
	assert_int_equal(beside(NULL, &err), 0);
}

static void assert_conflict(int code, enum cl_rule rule, u64 value0, u64 value1)
{
	const struct config *systems[] = { default_system(), NULL };

	/* Between two cells it does not matter whether there is a machine */
	for (u32 i = 0; i < ARRAY_SIZE(systems); i++) {
		struct error err = { .rule = CL_RULE_NONE };

		assert_int_equal(beside(systems[i], &err), -code);
		assert_int_equal(err.rule, rule);
		assert_true(err.value[0] == value0 && err.value[1] == value1);
	}
}

static void neighbours_have_nothing_in_common(void **state)
{
	(void)state;
	fresh();
	assert_fine();
}

static void names_are_unique(void **state)
{
	struct error err = { .rule = CL_RULE_NONE };

	(void)state;
	fresh();
	strcpy(b.cell.name, a.cell.name);
	assert_conflict(CL_EEXIST, CL_RULE_CELL_NAME_TAKEN, ID, 0);
	fresh();
	strcpy(b.cell.name, "root");
	assert_int_equal(beside(default_system(), &err), -CL_EEXIST);
	assert_int_equal(err.rule, CL_RULE_CELL_NAME_TAKEN);
	assert_int_equal(err.value[0], 0);
	assert_int_equal(beside(NULL, &err), 0);
}

static void cpus_and_interrupts_have_one_owner(void **state)
{
	(void)state;
	fresh();
	a.cpus[a.nr_cpus++] = 5;
	b.cpus[1] = 5;
	assert_conflict(CL_EBUSY, CL_RULE_CPU_TAKEN, 5, NAMED(1));
	b.cpus[1] = 4;
	assert_fine();
	b.spis[0] = a.spis[1];
	assert_conflict(CL_EBUSY, CL_RULE_SPI_TAKEN, a.spis[1], NAMED(1));
}

static void pci_devices_have_one_owner(void **state)
{
	(void)state;
	fresh();
	a.pci[a.nr_pci++].bdf = 8;
	a.pci[a.nr_pci++].bdf = 16;
	b.pci[b.nr_pci++].bdf = 24;
	assert_fine();
	b.pci[b.nr_pci++].bdf = 16;
	assert_conflict(CL_EBUSY, CL_RULE_PCI_TAKEN, 16, NAMED(1));
}

static void memory_is_shared_if_both_say_so(void **state)
{
	struct cl_mem_region *mine = &b.mem[CELL_MEM_ODD];

	(void)state;
	fresh();
	mine->phys_start = a.mem[CELL_MEM_RAM].phys_start + CELL_RAM_SIZE - PAGE_SIZE;
	assert_conflict(CL_EBUSY, CL_RULE_MEM_TAKEN, CELL_MEM_ODD, NAMED(CELL_MEM_RAM));
	mine->flags |= CL_MEM_ROOTSHARED;
	assert_conflict(CL_EBUSY, CL_RULE_MEM_TAKEN, CELL_MEM_ODD, NAMED(CELL_MEM_RAM));
	a.mem[CELL_MEM_RAM].flags |= CL_MEM_ROOTSHARED;
	assert_fine();
	mine->flags &= ~CL_MEM_ROOTSHARED;
	assert_conflict(CL_EBUSY, CL_RULE_MEM_TAKEN, CELL_MEM_ODD, NAMED(CELL_MEM_RAM));
	mine->phys_start += PAGE_SIZE;
	assert_fine();
}

static void registers_of_a_page_are_shared_by_bytes(void **state)
{
	struct cl_mem_region part = {
		{ DEVICE + 8 }, 0x20000008, 8, CL_MEM_READ | CL_MEM_IO | CL_MEM_IO_32
	};

	(void)state;
	fresh();
	a.mem[a.nr_mem++] = part;
	part.phys_start += 8;
	part.virt_start += 8;
	b.mem[b.nr_mem++] = part;
	assert_fine();
	b.mem[CELL_MEM_NR].phys_start -= 1;
	b.mem[CELL_MEM_NR].virt_start -= 1;
	assert_conflict(CL_EBUSY, CL_RULE_MEM_TAKEN, CELL_MEM_NR, NAMED(CELL_MEM_NR));
	/* The page as a whole is not to be had any more */
	b.mem[CELL_MEM_NR] =
		(struct cl_mem_region){ { DEVICE }, DEVICE, PAGE_SIZE, CL_MEM_READ | CL_MEM_IO };
	assert_conflict(CL_EBUSY, CL_RULE_MEM_TAKEN, CELL_MEM_NR, NAMED(CELL_MEM_NR));
}

static void from_pool(struct test_config *c, u64 ipa, u64 size, u64 flags)
{
	c->mem[c->nr_mem++] = (struct cl_mem_region){
		{ 0 }, ipa, size, CL_MEM_READ | CL_MEM_WRITE | CL_MEM_ALLOC | flags
	};
}

static void pools_hold_what_all_take_at_once(void **state)
{
	struct error err = { .rule = CL_RULE_NONE };

	(void)state;
	fresh();
	from_pool(&a, 0x60000000, POOL_SIZE - 4 * MiB, 0);
	from_pool(&a, 0x70000000, GiB, CL_MEM_LAZY);
	from_pool(&b, 0x60000000, 2 * MiB, 0);
	from_pool(&b, 0x70000000, 2 * MiB, 0);
	assert_fine();
	b.mem[b.nr_mem - 1].size += PAGE_SIZE;
	assert_int_equal(beside(default_system(), &err), -CL_ENOMEM);
	assert_int_equal(err.rule, CL_RULE_POOL_EMPTY);
	assert_int_equal(err.value[0], b.nr_mem - 1);
	assert_int_equal(err.value[1], 2 * MiB);
	b.mem[b.nr_mem - 1].flags |= CL_MEM_LAZY;
	assert_fine();
}

static void root_keeps_a_cpu(void **state)
{
	struct error err = { .rule = CL_RULE_NONE };

	(void)state;
	fresh();
	for (a.nr_cpus = 0; a.nr_cpus < SYSTEM_CPUS - 3; a.nr_cpus++)
		a.cpus[a.nr_cpus] = a.nr_cpus;
	b.cpus[0] = SYSTEM_CPUS - 3;
	b.cpus[1] = SYSTEM_CPUS - 2;
	assert_fine();
	b.cpus[b.nr_cpus++] = SYSTEM_CPUS - 1;
	assert_int_equal(beside(default_system(), &err), -CL_EINVAL);
	assert_int_equal(err.rule, CL_RULE_CPU_LAST);
}

/* Refused last of all, and naming what it is */
static void what_is_not_there_yet_is_refused(void **state)
{
	static struct test_config c;
	static struct blob blob;
	struct error err = { .rule = CL_RULE_NONE };
	struct answer answer;
	struct config cfg;

	(void)state;
	machine_start(POOL_PAGES);
	cell_config(&c, 0);
	c.pci[c.nr_pci++].bdf = 8;
	answer = create(&c);
	assert_int_equal(answer.ret, -CL_EOPNOTSUPP);
	assert_int_equal(answer.rule, CL_RULE_PCI_UNSUPPORTED);
	assert_int_equal(answer.value[0], 1);
	c.spis[0] = 31;
	assert_int_equal(create(&c).rule, CL_RULE_SPI_RANGE);

	system_config(&c);
	c.iommus[c.nr_iommus++] = (struct cl_iommu){ CL_IOMMU_SMMUV3, 0, { 0x30000000, 0x20000 } };
	blob_build(&blob, &c);
	assert_int_equal(config_parse(blob.bytes, blob.size, CL_KIND_SYSTEM, &cfg, &err), 0);
	assert_int_equal(config_check_system(&cfg, 40, &err), 0);
	host_reset();
	assert_int_equal(host_boot(blob.bytes, blob.size, POOL_PAGES, &err), -CL_EOPNOTSUPP);
	assert_int_equal(err.rule, CL_RULE_IOMMU_UNSUPPORTED);
	assert_int_equal(err.value[0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_have_nothing_in_common),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(cpus_and_interrupts_have_one_owner),
		cmocka_unit_test(pci_devices_have_one_owner),
		cmocka_unit_test(memory_is_shared_if_both_say_so),
		cmocka_unit_test(registers_of_a_page_are_shared_by_bytes),
		cmocka_unit_test(pools_hold_what_all_take_at_once),
		cmocka_unit_test(root_keeps_a_cpu),
		cmocka_unit_test(what_is_not_there_yet_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
