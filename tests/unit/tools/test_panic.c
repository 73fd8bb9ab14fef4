// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl show` of a cell whose kernel panicked. */
#include <string.h>

#include "run.h"

#define LINE "Kernel panic - not syncing: VFS: Unable to mount root fs on \"/dev/sda\""

static int panicked(void **state)
{
	setup(state);
	fake_add_cell(1, "linux", CL_CELL_FAILED, 0xc);
	fake.cells[1].fail_reason = CL_FAIL_PANIC;
	fake.cells[1].fail_cpu = 2;
	return 0;
}

static void show(const char *console, const char *line)
{
	char expected[600];

	fake.console[1] = console;
	run("show", "linux");
	assert_int_equal(result.status, STATUS_OK);
	if (line) {
		snprintf(expected, sizeof(expected), " characters\npanic:      %s\nfa", line);
		assert_contains(result.out, expected);
	} else {
		assert_null(strstr(result.out, "panic: "));
	}
}

static void test_words(void **state)
{
	(void)state;
	show("[    0.1] Booting\r\n[    1.2] " LINE "\r\n[    1.3] CPU: 1\r\n", LINE);
	assert_contains(result.out, "failure:    the guest's kernel panicked, on CPU 2\n");
	assert_null(strstr(result.out, "ESR"));
	run("show", "--json", "1");
	assert_contains(result.out, "\"reason\": \"panic\",");
	assert_contains(result.out, "  \"panic\": \"Kernel panic - not syncing: VFS: Unable to "
				    "mount root fs on \\\"/dev/sda\\\"\",\n");
	/* A list is short */
	run("list", "--json");
	assert_null(strstr(result.out, "not syncing"));
	/* One that waits for ever is not at its end */
	fake.cells[1].state = CL_CELL_RUNNING;
	fake.cells[1].fail_reason = CL_FAIL_NONE;
	fake.cells[1].panicked = 1;
	show(LINE "\r\nmore\n---[ end " LINE " ]---\r\n", LINE);
}

static void test_last_words(void **state)
{
	(void)state;
	show("Kernel panic - not syncing: 1\nKernel panic - not syncing: 2\nKernel panic\n",
	     "Kernel panic - not syncing: 2");
	/* As they begin, or as they end */
	show(LINE, LINE);
	show("end " LINE, NULL);
	show("nd " LINE, LINE);
	show(CL_PANIC_WORDS, CL_PANIC_WORDS);
	/* Whatever a guest prints, a terminal is safe */
	show("Kernel panic - not syncing: \x1b[2J\xff\tx\n", "Kernel panic - not syncing: ?[2J??x");
}

static void test_nothing(void **state)
{
	(void)state;
	show("", NULL);
	show("Kernel panic - not synching\n", NULL);
	/* What is not said now was another life's */
	fake.cells[1].fail_reason = CL_FAIL_NONE;
	show(LINE, NULL);
	run("show", "--json", "1");
	assert_null(strstr(result.out, "panic"));
}

/* Longer than a line, longer than a read, and begun in the middle */
static void test_long(void **state)
{
	static char text[10000];
	char line[PANIC_LINE] = "";

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text + 5000, CL_PANIC_WORDS, strlen(CL_PANIC_WORDS));
	memcpy(line, text + 5000, sizeof(line) - 1);
	fake.console_first[1] = 77;
	show(text, line);
	/* A guest that goes on printing does not hold this up */
	fake.flood = true;
	show(text, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, panicked, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_words),
		TEST(test_last_words),
		TEST(test_nothing),
		TEST(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
