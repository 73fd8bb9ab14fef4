// SPDX-License-Identifier: GPL-2.0-only
/* What the commands ask the driver, and what they print of its answers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

static unsigned int requests(unsigned long request)
{
	return fake.requests[_IOC_NR(request) & 15];
}

static void test_enable(void **state)
{
	char *path = make_file("CLOISTER....", 12);

	(void)state;
	run("enable", path);
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "");
	assert_string_equal(result.err, "");
	assert_int_equal(fake.config_size, 12);
	assert_memory_equal(fake.config, "CLOISTER....", 12);

	run("disable");
	assert_int_equal(result.status, STATUS_OK);
	assert_int_equal(requests(CL_IOC_DISABLE), 1);
}

static void test_enable_warns_of_dma(void **state)
{
	char *path = make_file("CLOISTER....", 12);

	(void)state;
	fake.status.dma_masters = 1;
	run("enable", path);
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.err,
			    "cellctl: enable: warning: no IOMMU contains DMA: 1 device can read "
			    "and write the memory of the hypervisor and of cells; `dmesg` names "
			    "it\n");
	fake.status.dma_masters = 12;
	run("enable", path);
	assert_contains(result.err, "12 devices can read");
	run("status", "--json");
	assert_contains(result.out, "\"dma_masters\": 12");
}

static void test_create(void **state)
{
	char *path = make_file("CLOISTER....", 12);

	(void)state;
	run("create", path);
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "7\n");
	run("create", path, "--json");
	assert_string_equal(result.out, "{\n  \"id\": 7\n}\n");
	run("--json", "create", path);
	assert_string_equal(result.out, "{\n  \"id\": 7\n}\n");
}

static void test_config_files(void **state)
{
	char *empty = make_file("", 0), *large, *content;

	(void)state;
	content = calloc(1, CL_BLOB_MAX_SIZE + 1);
	large = make_file(content, CL_BLOB_MAX_SIZE + 1);
	run("enable", large);
	assert_int_equal(result.status, STATUS_FILE);
	assert_contains(result.err, "has 65537 bytes, at most 65536 are possible");
	assert_int_equal(requests(CL_IOC_ENABLE), 0);
	assert_int_equal(truncate(large, CL_BLOB_MAX_SIZE), 0);
	run("enable", large);
	assert_int_equal(result.status, STATUS_OK);
	free(content);

	/* The driver has the words for what is wrong with it. */
	run("create", empty);
	assert_int_equal(requests(CL_IOC_CELL_CREATE), 1);
	assert_int_equal(fake.config_size, 0);

	run("create", "/nonexistent/a.cell");
	assert_int_equal(result.status, STATUS_FILE);
	assert_string_equal(result.err, "cellctl: create: /nonexistent/a.cell: "
					"No such file or directory\n");
	run("create", "/");
	assert_int_equal(result.status, STATUS_FILE);
	assert_contains(result.err, "is not a regular file");
	run("create", "/dev/zero");
	assert_contains(result.err, "is not a regular file");
	run("create", "");
	assert_int_equal(result.status, STATUS_FILE);
}

static void test_load(void **state)
{
	char *a = make_file("image A", 7), *b = make_file("B", 1);

	(void)state;
	run("load", "timer", a);
	assert_int_equal(result.status, STATUS_OK);
	assert_int_equal(fake.nr_loads, 1);
	assert_int_equal(fake.loads[0].arg.id, CL_ID_BY_NAME);
	assert_string_equal(fake.loads[0].arg.name, "timer");
	assert_int_equal(fake.loads[0].arg.target, 0);
	assert_int_equal(fake.loads[0].arg.image_size, 7);
	assert_memory_equal(fake.loads[0].first_bytes, "image A", 7);

	fake.nr_loads = 0;
	run("load", "2", a, "-a", "0x80000", b, "--address=4096");
	assert_int_equal(result.status, STATUS_OK);
	assert_int_equal(fake.nr_loads, 2);
	assert_int_equal(fake.loads[0].arg.id, 2);
	assert_int_equal(fake.loads[0].arg.target, 0x80000);
	assert_int_equal(fake.loads[1].arg.target, 4096);
	assert_memory_equal(fake.loads[1].first_bytes, "B", 1);

	fake.nr_loads = 0;
	run("load", "timer", a, b, "-a", "0xfffffffffffff000");
	assert_int_equal(fake.nr_loads, 2);
	assert_int_equal(fake.loads[0].arg.target, 0);
	assert_true(fake.loads[1].arg.target == 0xfffffffffffff000);

	/* "--" ends the options, not the images */
	run("load", "--", "timer", a);
	assert_int_equal(result.status, STATUS_OK);
}

static void test_load_usage(void **state)
{
	static const struct {
		char *words[8];
		const char *message;
	} cases[] = {
		{ { "" }, "a cell and an image are needed" },
		{ { "timer" }, "a cell and an image are needed" },
		{ { "-a", "0", "timer", "x" }, "stands before the image" },
		{ { "timer", "-a", "0", "x" }, "stands before the image" },
		{ { "timer", "x", "-a" }, "-a needs a value" },
		{ { "timer", "x", "-a", "5", "-a", "6" }, "two addresses" },
		{ { "timer", "x", "-a", "-5" }, "'-5' is no address" },
		{ { "timer", "x", "-a", "0x" }, "'0x' is no address" },
		{ { "timer", "x", "-a", "0x10000000000000000" }, "no address" },
		{ { "timer", "x", "y" }, "y needs an address" },
		{ { "timer", "x", "-a", "5", "y" }, "y needs an address" },
		{ { "timer", "x", "-q" }, "there is no option -q" },
		{ { "timer", "x", "--json" }, "there is no option --json" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *words[12] = { "cellctl", "load" };

		memcpy(words + 2, cases[i].words, sizeof(cases[i].words));
		run_words(words);
		assert_int_equal(result.status, STATUS_USAGE);
		assert_contains(result.err, cases[i].message);
		assert_int_equal(fake.nr_loads, 0);
	}
}

static void test_load_many(void **state)
{
	char *words[64] = { "cellctl", "load", "timer", "x" };

	(void)state;
	for (int i = 4; i < 60; i += 3) {
		words[i] = "x";
		words[i + 1] = "-a";
		words[i + 2] = "1";
	}
	run_words(words);
	assert_int_equal(result.status, STATUS_USAGE);
	assert_contains(result.err, "more than 16 images");
}

static void test_load_files(void **state)
{
	char *a = make_file("image A", 7), *empty = make_file("", 0);

	(void)state;
	run("load", "timer", empty);
	assert_int_equal(result.status, STATUS_FILE);
	assert_contains(result.err, "is empty");
	assert_int_equal(fake.nr_loads, 0);

	/* What comes after a failure is not loaded. */
	run("load", "timer", "/nonexistent", a, "-a", "5");
	assert_int_equal(result.status, STATUS_FILE);
	assert_int_equal(fake.nr_loads, 0);

	fake.fail_request = CL_IOC_CELL_LOAD;
	fake.fail_errno = EINVAL;
	fake.fail_error.rule = CL_RULE_CELL_LOAD_RANGE;
	fake.fail_error.value[0] = 0x1000;
	fake.fail_error.value[1] = 0x1007;
	run("load", "timer", a, "-a", "0x1000");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "cellctl: load timer /tmp/");
	assert_contains(result.err, ": 0x1000..0x1007 is not inside a loadable "
				    "region of the cell (rule 108 "
				    "CELL_LOAD_RANGE, EINVAL)\n");
}

/* The name of the file is told to its end */
static void test_load_long_name(void **state)
{
	char path[600] = "/", *a = make_file("image A", 7);

	(void)state;
	while (strlen(path) < 500)
		strcat(path, "./");
	strcat(path, a);
	fake.fail_request = CL_IOC_CELL_LOAD;
	fake.fail_errno = EINVAL;
	fake.fail_error.rule = CL_RULE_CELL_LOAD_RANGE;
	run("load", "timer", path);
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, path);
	assert_contains(result.err, ": 0x0..0x0 is not inside a loadable region");
}

static void test_status(void **state)
{
	(void)state;
	fake_add_cell(3, "timer", CL_CELL_RUNNING, 8);
	run("status");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "hypervisor:  enabled\n"
					"ABI version: 1\n"
					"version:     1.2.3\n"
					"CPUs:        4\n"
					"cells:       2\n"
					"memory pool: 100 of 900 pages in use\n"
					"DMA masters: 0 that no IOMMU contains\n");
	fake.status.enabled = 0;
	run("status");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "hypervisor:  disabled\n"
					"ABI version: 1\n");
	/* Not terminated */
	fake.status.enabled = 1;
	memset(fake.status.version, 'v', sizeof(fake.status.version));
	run("status");
	assert_int_equal(result.status, STATUS_OK);
}

static void test_list(void **state)
{
	(void)state;
	fake_add_cell(3, "a-long-name", CL_CELL_RUNNING_LOCKED, 0xa);
	fake.cells[3].violations = 12;
	run("list");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "ID  NAME         STATE           VIOLATIONS  CPUS\n"
					" 0  root         running                  0  0,2\n"
					" 3  a-long-name  running-locked          12  1,3\n");

	fake.status.enabled = 0;
	run("list");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.err, "cellctl: list: the hypervisor is not enabled "
					"(rule 131 NOT_ENABLED, ENODEV)\n");
}

static void test_cpu_lists(void **state)
{
	static const struct {
		uint64_t bits;
		const char *text;
	} cases[] = {
		{ 0, "-" },	     { 1, "0" },	   { 0xf, "0-3" },
		{ 0x36, "1-2,4-5" }, { 1ull << 63, "63" }, { UINT64_MAX, "0-63" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cl_cell_info info = { .cpus = { cases[i].bits } };
		char text[64] = "";
		FILE *f = fmemopen(text, sizeof(text), "w");

		print_cpus(f, &info);
		fclose(f);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_show(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_FAILED, 8);
	fake.cells[1].violations = 2;
	fake.cells[1].pages = 5;
	fake.cells[1].console_end = 77;
	run("show", "timer");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "name:       timer\n"
					"id:         1\n"
					"state:      failed\n"
					"CPUs:       3\n"
					"interrupts: virtual\n"
					"violations: 2\n"
					"pages:      5\n"
					"console:    77 characters\n"
					"faults:     0 on stage 2\n");

	fake.cells[1].irq_mode = CL_IRQ_DIRECT;
	run("show", "timer");
	assert_contains(result.out, "CPUs:       3\ninterrupts: direct\nviolations: 2\n");

	fake.cells[1].restarts = 3;
	fake.cells[1].smcs_refused = 300;
	fake.cells[1].last_smc = 0x82000011;
	run("show", "timer");
	assert_contains(
		result.out,
		"violations: 2\nrestarts:   3\nSMCs:       300 refused, the last 0x82000011\n"
		"pages: ");
	run("show", "--json", "timer");
	assert_contains(result.out, "\"restarts\": 3,\n  \"smcs_refused\": 300,\n");
	assert_contains(result.out, "\"last_refused_smc\": \"0x82000011\",\n");

	fake.cells[1].fail_reason = CL_FAIL_VIOLATION;
	fake.cells[1].fail_cpu = 3;
	fake.cells[1].fail_esr = 0x93830047;
	fake.cells[1].fail_pc = 0x1234;
	fake.cells[1].fail_address = 0xdead0000;
	run("show", "1");
	assert_contains(result.out, "failure:    an access that nobody granted, on CPU 3\n"
				    "  ESR:      0x93830047 data abort of the guest: write "
				    "of 4 bytes from w3, translation fault at level 3\n"
				    "  PC:       0x1234\n"
				    "  address:  0xdead0000\n");

	fake.cells[1].fail_reason = CL_FAIL_CPU_LOST;
	run("show", "1");
	assert_contains(result.out, "failure:    a CPU did not come back, on "
				    "CPU 3\n");
	assert_null(strstr(result.out, "ESR"));
	fake.cells[1].fail_reason = 99;
	run("show", "1");
	assert_contains(result.out, "a reason that this cellctl does not know");

	/* The last five that were refused, the latest first */
	fake.faults.nr = 8;
	fake.faults.total = 1000;
	fake.faults.outcomes[CL_OUTCOME_RESOLVED] = 992;
	fake.faults.outcomes[CL_OUTCOME_NO_REGION] = 7;
	fake.faults.outcomes[CL_OUTCOME_DENIED] = 1;
	for (unsigned int i = 0; i < 8; i++)
		fake.faults.last[i] = (struct cl_fault){ 0x1000 * i, 0x40 + i, i, CL_ACCESS_WRITE,
							 CL_OUTCOME_NO_REGION };
	fake.faults.last[6].outcome = CL_OUTCOME_RESOLVED;
	fake.faults.last[7].access = CL_ACCESS_EXECUTE;
	fake.faults.last[7].outcome = CL_OUTCOME_DENIED;
	run("show", "1");
	assert_contains(result.out,
			"faults:     1000 on stage 2, 992 resolved, 7 no-region, 1 not-permitted\n"
			"last of them that were refused:\n"
			"  CPU 7: execute of 0x7000 by PC 0x47: not-permitted\n"
			"  CPU 5: write of 0x5000 by PC 0x45: no-region\n"
			"  CPU 4: write of 0x4000 by PC 0x44: no-region\n"
			"  CPU 3: write of 0x3000 by PC 0x43: no-region\n"
			"  CPU 2: write of 0x2000 by PC 0x42: no-region\n");
	assert_null(strstr(result.out, "CPU 1:"));
	/* A list of another version's length */
	fake.faults.nr = 4000;
	run("show", "1");
	assert_int_equal(result.status, STATUS_OK);

	run("show", "nobody");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.err, "cellctl: show nobody: there is no cell of this "
					"name (rule 102 CELL_UNKNOWN, ENOENT)\n");
}

static void test_short_answers(void **state)
{
	(void)state;
	fake.short_reads = true;
	run("show", "root");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "(EPROTO)");
	run("stats", "--cpu", "0");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "stats CPU 0:");
	assert_contains(result.err, "(EPROTO)");
}

static void test_stats(void **state)
{
	(void)state;
	run("stats", "--cpu", "2");
	assert_int_equal(result.status, STATUS_OK);
	assert_contains(result.out, "CPU                       2\n"
				    "cell                      1\n"
				    "total                  2000\n"
				    "irq                    2001\n");
	assert_contains(result.out, "other                  2011\n");

	run("stats", "root");
	assert_contains(result.out, "CPU                       0              2\n");
	fake.status.nr_cpus = 6;
	run("stats");
	assert_contains(result.out, "1014           2014           3014\n\n"
				    "CPU                       4              5\n");
	run("stats", "--cpu", "6");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "cellctl: stats CPU 6: cpus: CPU 6 is not "
				    "in the system config");
	run("stats", "nobody");
	assert_int_equal(result.status, STATUS_REFUSED);
	fake.status.enabled = 0;
	run("stats");
	assert_contains(result.err, "not enabled");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_enable),	   TEST(test_enable_warns_of_dma),
		TEST(test_create),	   TEST(test_config_files),
		TEST(test_load),	   TEST(test_load_usage),
		TEST(test_load_many),	   TEST(test_load_files),
		TEST(test_load_long_name), TEST(test_status),
		TEST(test_list),	   TEST(test_cpu_lists),
		TEST(test_show),	   TEST(test_short_answers),
		TEST(test_stats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
