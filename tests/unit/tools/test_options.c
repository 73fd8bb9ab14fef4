// SPDX-License-Identifier: GPL-2.0-only
/* The command line: what is accepted, and what is said about the rest. */
#include <errno.h>
#include <string.h>

#include "run.h"

#define LONGEST "a234567890123456789012345678901" /* 31 characters */

static void assert_usage(const char *message)
{
	assert_int_equal(result.status, STATUS_USAGE);
	assert_string_equal(result.out, "");
	assert_contains(result.err, message);
	assert_contains(result.err, "--help'");
	/* A wrong command line must not reach the driver. */
	for (size_t i = 0; i < ARRAY_SIZE(fake.requests); i++)
		assert_int_equal(fake.requests[i], 0);
}

static void test_global(void **state)
{
	(void)state;
	run();
	assert_usage("cellctl: a command is needed");
	run("frobnicate");
	assert_usage("there is no command 'frobnicate'");
	run("");
	assert_usage("there is no command ''");
	run("--frobnicate", "list");
	assert_usage("there is no option --frobnicate");
	run("--device");
	assert_usage("--device needs a value");
	run("--device=", "list");
	assert_usage("--device needs a value");
	run("--version");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "cellctl test (ABI 1)\n");
	run("--help");
	assert_int_equal(result.status, STATUS_OK);
	assert_contains(result.out, "Usage: cellctl ");
	assert_contains(result.out, "console");
}

static void test_device(void **state)
{
	(void)state;
	run("list");
	assert_string_equal(fake.device, "/dev/cloister");
	run("--device", "/dev/a", "list");
	assert_string_equal(fake.device, "/dev/a");
	run("--device=/dev/b", "list");
	assert_string_equal(fake.device, "/dev/b");
}

static void test_help_of_commands(void **state)
{
	static char *const commands[] = {
		"enable",  "disable", "status",	  "create",  "load",   "start", "list",	     "show",
		"destroy", "stats",   "shutdown", "console", "tables", "audit", "translate",
	};
	char usage[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		snprintf(usage, sizeof(usage), "Usage: cellctl %s", commands[i]);
		run(commands[i], "--help");
		assert_int_equal(result.status, STATUS_OK);
		assert_contains(result.out, usage);
		run(commands[i], "a", "-h");
		assert_int_equal(result.status, STATUS_OK);
		assert_contains(result.out, usage);
		run(commands[i], "--frobnicate");
		assert_usage("there is no option --frobnicate");
		run(commands[i], "-z");
		assert_usage("there is no option -z");
	}
	run("list", "--", "--help");
	assert_usage("no argument is expected");
}

static void test_number_of_arguments(void **state)
{
	(void)state;
	run("enable");
	assert_usage("one system config is needed");
	run("enable", "a", "b");
	assert_usage("one system config is needed");
	run("create");
	assert_usage("one cell config is needed");
	run("disable", "a");
	assert_usage("no argument is expected");
	run("status", "a");
	assert_usage("no argument is expected");
	run("list", "a");
	assert_usage("no argument is expected");
	run("start");
	assert_usage("one cell is needed");
	run("destroy", "a", "b");
	assert_usage("one cell is needed");
	run("show");
	assert_usage("one cell is needed");
	run("stats", "a", "b");
	assert_usage("either one cell or --cpu");
	run("stats", "a", "--cpu", "1");
	assert_usage("either one cell or --cpu");
	run("console");
	assert_usage("either one cell or --hypervisor");
	run("console", "a", "--hypervisor");
	assert_usage("either one cell or --hypervisor");
	run("console", "-i", "--hypervisor");
	assert_int_equal(result.status, STATUS_USAGE);
	run("console", "a", "--json", "-i");
	assert_int_equal(result.status, STATUS_USAGE);
	run("console", "a", "--json", "-f");
	assert_usage("exclude each other");
}

static void test_values(void **state)
{
	(void)state;
	run("stats", "--cpu");
	assert_usage("--cpu needs a value");
	run("stats", "--cpu", "64");
	assert_usage("'64' is no CPU number");
	run("stats", "--cpu", "-1");
	assert_usage("'-1' is no CPU number");
	run("stats", "--cpu=1x");
	assert_usage("'1x' is no CPU number");
	run("stats", "--cpu=");
	assert_usage("'' is no CPU number");
	run("shutdown", "a", "-t");
	assert_usage("-t needs a value");
	run("shutdown", "a", "-t", "0");
	assert_usage("'0' is no time in milliseconds");
	run("shutdown", "a", "-t", "4294967296");
	assert_usage("'4294967296' is no time");
	run("shutdown", "a", "--timeout=99999999999999999999");
	assert_usage("is no time");
	run("list", "--json=yes");
	assert_usage("there is no option --json=yes");
	/* Options of other commands are not accepted silently. */
	run("start", "a", "--force");
	assert_usage("there is no option --force");
	run("destroy", "a", "-t", "5");
	assert_usage("there is no option -t");
	run("console", "-xf", "a");
	assert_usage("there is no option -x");
}

static void test_cells(void **state)
{
	(void)state;
	run("start", "timer");
	assert_int_equal(result.status, STATUS_OK);
	assert_int_equal(fake.cell.id, CL_ID_BY_NAME);
	assert_string_equal(fake.cell.name, "timer");
	run("start", "3");
	assert_int_equal(fake.cell.id, 3);
	assert_string_equal(fake.cell.name, "");
	/* A decimal number, whatever it begins with */
	run("start", "010");
	assert_int_equal(fake.cell.id, 10);
	run("start", "=3");
	assert_int_equal(fake.cell.id, CL_ID_BY_NAME);
	assert_string_equal(fake.cell.name, "3");
	run("start", "3a");
	assert_string_equal(fake.cell.name, "3a");
	run("start", "--", "-a");
	assert_string_equal(fake.cell.name, "-a");
	run("start", LONGEST);
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(fake.cell.name, LONGEST);
}

static void test_wrong_cells(void **state)
{
	char name[4096];

	(void)state;
	run("start", LONGEST "x");
	assert_usage("at most 31 characters");
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	run("start", name);
	assert_usage("at most 31 characters");
	run("start", "");
	assert_usage("not empty");
	run("start", "=");
	assert_usage("not empty");
	/* CL_ID_BY_NAME itself is no ID */
	run("start", "4294967295");
	assert_usage("'4294967295' is no cell ID");
	run("start", "99999999999999999999999999");
	assert_usage("is no cell ID");
}

static void test_cell_options(void **state)
{
	(void)state;
	run("shutdown", "timer");
	assert_int_equal(fake.cell.flags, 0);
	assert_int_equal(fake.cell.timeout_ms, 0);
	run("shutdown", "timer", "-t", "250", "--force");
	assert_int_equal(fake.cell.flags, CL_IOC_FORCE);
	assert_int_equal(fake.cell.timeout_ms, 250);
	run("shutdown", "--timeout=0x10", "timer");
	assert_int_equal(fake.cell.flags, 0);
	assert_int_equal(fake.cell.timeout_ms, 16);
	run("destroy", "--force", "timer");
	assert_int_equal(fake.cell.flags, CL_IOC_FORCE);
	assert_int_equal(fake.requests[_IOC_NR(CL_IOC_CELL_DESTROY) & 15], 1);
}

static void test_parse_u64(void **state)
{
	uint64_t value = 5;

	(void)state;
	assert_true(parse_u64("0xffffffffffffffff", UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_false(parse_u64("0x10000000000000000", UINT64_MAX, &value));
	assert_false(parse_u64(" 1", 10, &value));
	assert_false(parse_u64("+1", 10, &value));
	assert_false(parse_u64("", 10, &value));
	assert_false(parse_u64("0x", 10, &value));
	assert_false(parse_u64("11", 10, &value));
	assert_true(parse_u64("10", 10, &value));
	assert_int_equal(value, 10);
}

static void test_device_errors(void **state)
{
	(void)state;
	fake.open_errno = ENOENT;
	run("list");
	assert_int_equal(result.status, STATUS_FILE);
	assert_string_equal(result.err, "cellctl: list: /dev/cloister: no such device: is "
					"cloister.ko loaded?\n");
	fake.open_errno = EACCES;
	run("disable");
	assert_int_equal(result.status, STATUS_FILE);
	assert_contains(result.err, "only root may use it");
	fake.open_errno = EMFILE;
	run("start", "a");
	assert_int_equal(result.status, STATUS_FILE);
	assert_contains(result.err, "Too many open files");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_global, setup, teardown),
		cmocka_unit_test_setup_teardown(test_device, setup, teardown),
		cmocka_unit_test_setup_teardown(test_help_of_commands, setup, teardown),
		cmocka_unit_test_setup_teardown(test_number_of_arguments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cells, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_cells, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cell_options, setup, teardown),
		cmocka_unit_test(test_parse_u64),
		cmocka_unit_test_setup_teardown(test_device_errors, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
