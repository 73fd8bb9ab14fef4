// SPDX-License-Identifier: GPL-2.0-only
/* What cellctl says of page tables. */
#include <errno.h>
#include <string.h>

#include "run.h"

static int setup_cells(void **state)
{
	setup(state);
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake_add_cell(2, "smp", CL_CELL_RUNNING, 2);
	fake.translation.region = UINT32_MAX;
	return 0;
}

static void test_translate(void **state)
{
	struct cl_translation *t = &fake.translation;

	(void)state;
	t->mapped = 1;
	t->pa = 0x71201234;
	t->leaf_size = 4096;
	t->limit = 0x1000 - 0x234;
	t->perms = CL_PERM_READ | CL_PERM_WRITE;
	t->level = 3;
	t->region = 1;
	t->region_start = 0x1000;
	t->region_size = 0x3000;
	t->region_flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_ROOTSHARED;
	run("translate", "timer", "0x1234");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.err, "");
	assert_string_equal(result.out, "cell:        1 (timer)\n"
					"address:     0x1234\n"
					"physical:    0x71201234\n"
					"permissions: rw-\n"
					"type:        normal\n"
					"leaf:        4 KiB, level 3\n"
					"limit:       3532 bytes, to 0x1fff\n"
					"region:      1, 0x1000..0x3fff: READ WRITE ROOTSHARED\n");

	t->perms = CL_PERM_EXECUTE;
	t->type = CL_TYPE_NONCACHEABLE;
	t->leaf_size = 1 << 30;
	t->level = 1;
	t->region = UINT32_MAX;
	run("translate", "1", "8");
	assert_contains(result.out, "permissions: --x\ntype:        noncacheable\n"
				    "leaf:        1 GiB, level 1\n");
	assert_contains(result.out, "region:      none\n");
	t->type = CL_TYPE_DEVICE;
	run("translate", "1", "0");
	assert_contains(result.out, "type:        device\n");
	t->type = 77;
	run("translate", "1", "0xffffffffffffffff");
	assert_contains(result.out, "address:     0xffffffffffffffff\n");
	assert_contains(result.out, "type:        unknown\n");
}

static void test_not_mapped(void **state)
{
	(void)state;
	run("translate", "timer", "0x70000000");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.out, "");
	assert_string_equal(result.err,
			    "cellctl: translate timer 0x70000000: cell 1 (timer) has nothing "
			    "mapped at 0x70000000, which is in no region\n");

	fake.translation.region = 4;
	fake.translation.region_start = 0x71000000;
	fake.translation.region_size = 0x100000;
	run("translate", "2", "0x71000001");
	assert_string_equal(result.err,
			    "cellctl: translate 2 0x71000001: cell 2 (smp) has nothing mapped at "
			    "0x71000001, which is in its region 4 (0x71000000..0x710fffff)\n");
	run("translate", "root", "0x71000001");
	assert_contains(result.err, "region 4 (0x71000000..0x710fffff): a cell has it\n");
	fake.translation.region_flags = CL_MEM_READ | CL_MEM_IO | CL_MEM_IO_8;
	run("translate", "2", "0x71000001");
	assert_contains(result.err, "0x710fffff): the hypervisor makes each access\n");

	/* Who reads JSON gets it in both cases */
	run("translate", "--json", "timer", "5");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.out, "\"mapped\": false,\n  \"region\": {\n");
	assert_contains(result.err, "nothing mapped at 0x5");
}

static void test_usage(void **state)
{
	(void)state;
	run("translate", "timer");
	assert_int_equal(result.status, STATUS_USAGE);
	assert_contains(result.err, "a cell and an address are needed");
	run("translate", "timer", "1", "2");
	assert_int_equal(result.status, STATUS_USAGE);
	run("translate", "timer", "-1");
	assert_int_equal(result.status, STATUS_USAGE);
	run("translate", "timer", "12x");
	assert_int_equal(result.status, STATUS_USAGE);
	assert_contains(result.err, "'12x' is no address");
	run("tables");
	assert_int_equal(result.status, STATUS_USAGE);
	assert_contains(result.err, "one cell is needed");
	run("audit", "timer");
	assert_int_equal(result.status, STATUS_USAGE);
	assert_contains(result.err, "no argument is expected");
	for (size_t i = 0; i < ARRAY_SIZE(fake.requests); i++)
		assert_int_equal(fake.requests[i], 0);
}

static void test_refused(void **state)
{
	(void)state;
	run("translate", "nobody", "0");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "cellctl: translate nobody: there is no cell of this name");
	run("tables", "3");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "CELL_UNKNOWN, ENOENT");

	/* A driver or a hypervisor that does not know of it */
	fake.short_reads = true;
	run("tables", "timer");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "(EPROTO)");
	fake.short_reads = false;
	fake.fail_request = CL_IOC_READ;
	fake.fail_errno = EINVAL;
	fake.fail_error.rule = CL_RULE_NOT_SUPPORTED;
	run("audit");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "cellctl: audit: ");
	assert_contains(result.err, "NOT_SUPPORTED, EINVAL");

	fake.fail_request = 0;
	fake.status.enabled = 0;
	run("audit");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "NOT_ENABLED");
}

static void test_tables(void **state)
{
	struct cl_tables *t = &fake.tables;

	(void)state;
	t->regions = 3;
	t->ipa_bits = 32;
	t->levels = 3;
	t->pages = 6;
	t->leaves[2] = 1;
	t->leaves[3] = 20;
	t->contiguous = 16;
	t->frames = 17;
	t->mapped = (2 << 20) + (20 << 12);
	t->worst_reads[0] = 15;
	t->worst_reads[1] = 19;
	run("tables", "timer");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "cell:         1 (timer)\n"
					"regions:      3\n"
					"mapped:       2128 KiB\n"
					"leaves:       21\n"
					"  2 MiB       1\n"
					"  4 KiB       20\n"
					"  contiguous  16\n"
					"pool frames:  17\n"
					"table pages:  6\n"
					"address bits: 32\n"
					"levels:       3\n"
					"memory accesses after a TLB miss, at worst:\n"
					"  guest with 3 levels: 15 of tables + 1 of the data\n"
					"  guest with 4 levels: 19 of tables + 1 of the data\n");
	t->leaves[0] = 7;
	t->leaves[1] = 9;
	t->mapped = 0;
	run("tables", "root");
	assert_contains(result.out, "mapped:       0 bytes\nleaves:       37\n"
				    "  512 GiB     7\n  1 GiB       9\n");
}

static void test_audit(void **state)
{
	struct cl_audit *a = &fake.audit;

	(void)state;
	a->leaves = 321;
	run("audit");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.err, "");
	assert_string_equal(result.out, "OK: 321 leaves of 3 cells are as the configs say\n");

	a->nr_shared = 2;
	a->shared[0].pa = 0x9000000;
	a->shared[0].size = 0x1000;
	a->shared[0].cells = 1 | 1 << 2;
	a->shared[1].pa = 0x71000000;
	a->shared[1].size = 0x100000;
	/* One that has gone meanwhile */
	a->shared[1].cells = 1 | 1ull << 1 | 1ull << 3;
	run("audit");
	assert_int_equal(result.status, STATUS_OK);
	assert_contains(result.out, "shared 0x9000000..0x9000fff: 0 (root), 2 (smp)\n"
				    "shared 0x71000000..0x710fffff: 0 (root), 1 (timer), 3\n");
	/* Whatever the hypervisor says of its list */
	a->nr_shared = UINT32_MAX;
	run("audit");
	assert_int_equal(result.status, STATUS_OK);
	assert_contains(result.out, "shared: no more than these are listed\n");
	run("audit", "--json");
	assert_int_equal(result.status, STATUS_OK);

	a->nr_shared = 0;
	fake_reset();
	run("audit");
	assert_string_equal(result.out, "OK: 0 leaves of 1 cell are as the configs say\n");
}

static void test_findings(void **state)
{
	static const struct {
		uint32_t verdict;
		const char *name;
		const char *sentence;
	} cases[] = {
		{ CL_AUDIT_HYPERVISOR, "hypervisor",
		  "has 0x4000 mapped to 0x70001000, which is hypervisor memory" },
		{ CL_AUDIT_SHARED, "shared",
		  "has 0x4000 mapped to 0x70001000, which cell 2 (smp) reaches, too, and their "
		  "configs do not share it" },
		{ CL_AUDIT_HOLE, "hole",
		  "has nothing mapped at 0x4000, which is in one of its regions" },
		{ CL_AUDIT_EXTRA, "extra",
		  "has 0x4000 mapped to 0x70001000, which is in none of its regions" },
		{ CL_AUDIT_OUTPUT, "output",
		  "has 0x4000 mapped to 0x70001000, which is not where its region leads" },
		{ CL_AUDIT_ATTR, "attr",
		  "has 0x4000 mapped to 0x70001000, with other permissions or another memory "
		  "type than its region has" },
		{ CL_AUDIT_GIC, "gic",
		  "has 0x4000 mapped to 0x70001000, which is the interrupt controller" },
		{ 99, "unknown",
		  "has 0x4000 mapped to 0x70001000, which is wrong for a reason that this cellctl "
		  "does not know (99)" },
	};
	char text[256];

	(void)state;
	fake.audit.cell = 1;
	fake.audit.other = 2;
	fake.audit.ipa = 0x4000;
	fake.audit.pa = 0x70001000;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fake.audit.verdict = cases[i].verdict;
		run("audit");
		assert_int_equal(result.status, STATUS_REFUSED);
		assert_string_equal(result.out, "");
		snprintf(text, sizeof(text), "cellctl: audit: cell 1 (timer) %s\n",
			 cases[i].sentence);
		assert_string_equal(result.err, text);

		run("audit", "--json");
		assert_int_equal(result.status, STATUS_REFUSED);
		assert_string_equal(result.err, text);
		snprintf(text, sizeof(text),
			 "{\n  \"verdict\": \"%s\",\n  \"cell\": 1,\n%s  \"address\": \"0x4000\",\n"
			 "  \"physical\": \"0x70001000\",\n",
			 cases[i].name,
			 cases[i].verdict == CL_AUDIT_SHARED ? "  \"other\": 2,\n" : "");
		assert_contains(result.out, text);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_cells, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_translate), TEST(test_not_mapped), TEST(test_usage),
		TEST(test_refused),   TEST(test_tables),     TEST(test_audit),
		TEST(test_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
