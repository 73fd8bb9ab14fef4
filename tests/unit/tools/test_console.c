// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl console`, once and following. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static void test_once(void **state)
{
	(void)state;
	fake.console[0] = "log\n";
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	run("console", "timer");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "");
	fake.console[1] = "tick\ntick\n";
	run("console", "timer");
	assert_string_equal(result.out, "tick\ntick\n");
	run("console", "1");
	assert_string_equal(result.out, "tick\ntick\n");
	run("console", "--hypervisor");
	assert_string_equal(result.out, "log\n");
	assert_int_equal(fake.sleeps, 0);

	run("console", "nobody");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.out, "");
	assert_contains(result.err, "there is no cell of this name");
}

/* More than fits one read */
static void test_long(void **state)
{
	static char text[10000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = text;
	run("console", "timer");
	assert_string_equal(result.out, text);
	/* The ring has moved on before we came: no loss worth a word */
	fake.console_first[1] = 100000;
	run("console", "timer");
	assert_string_equal(result.out, text);
	assert_string_equal(result.err, "");
}

/* A guest that prints as fast as this reads: what was there is what is shown */
static void test_flood(void **state)
{
	(void)state;
	fake_add_cell(1, "flood", CL_CELL_RUNNING, 8);
	fake.cells[1].console_end = 10000;
	fake.flood = true;
	run("console", "flood");
	assert_int_equal(result.status, STATUS_OK);
	assert_true(strlen(result.out) >= 10000 && strlen(result.out) < 10000 + 4096);
	run("console", "flood", "--json");
	assert_int_equal(result.status, STATUS_OK);
}

static void test_control_characters(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = "a\tb\r\n\x1b[2J\xff\x7f";
	run("console", "timer");
	assert_string_equal(result.out, fake.console[1]);
	result.tty = true;
	run("console", "timer");
	assert_string_equal(result.out, "a\tb\r\n\\x1b[2J\\xff\\x7f");
	run("console", "timer", "--raw");
	assert_string_equal(result.out, fake.console[1]);
}

static void test_json(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = "a \"b\"\n\xff";
	fake.console_first[1] = 10;
	run("console", "timer", "--json");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "{\n"
					"  \"cell\": \"timer\",\n"
					"  \"start\": 10,\n"
					"  \"end\": 17,\n"
					"  \"text\": \"a \\\"b\\\"\\n\\u00ff\"\n"
					"}\n");
	run("console", "nobody", "--json");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.out, "");
}

static void move_on(struct fake *f)
{
	if (f->requests[_IOC_NR(CL_IOC_READ) & 15] > 2)
		f->console_first[1] = 5000;
}

/* The ring moves on while it is read: what is lost is between start and end */
static void test_json_lost(void **state)
{
	static char text[6001];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = text;
	fake.on_read = move_on;
	run("console", "timer", "--json");
	assert_int_equal(result.status, STATUS_OK);
	assert_contains(result.out, "\"start\": 0,\n");
	assert_contains(result.err, "characters are lost\n");
}

static bool print_more_then_stop(struct fake *f)
{
	f->console[1] = "one\ntwo\n";
	return f->sleeps < 2;
}

static void test_follow_until_stopped(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = "one\n";
	fake.on_sleep = print_more_then_stop;
	run("console", "-f", "timer");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "one\ntwo\n");
	assert_int_equal(fake.sleeps, 2);
}

static bool print_and_shut_down(struct fake *f)
{
	f->console[1] = "one\nbye\n";
	f->cells[1].state = CL_CELL_SHUT_DOWN;
	return true;
}

static void test_follow_until_shut_down(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_CREATED, 8);
	fake.console[1] = "one\n";
	fake.on_sleep = print_and_shut_down;
	run("console", "--follow", "timer");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "one\nbye\n");
	assert_int_equal(fake.sleeps, 1);
}

static bool destroy(struct fake *f)
{
	memset(&f->cells[1], 0, sizeof(f->cells[1]));
	return true;
}

static void test_follow_until_destroyed(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = "one\n";
	fake.on_sleep = destroy;
	run("console", "-f", "timer");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.err, "");
	/* One that never was is an error. */
	run("console", "-f", "timer");
	assert_int_equal(result.status, STATUS_REFUSED);
}

static void vanish(struct fake *f)
{
	memset(&f->cells[1], 0, sizeof(f->cells[1]));
}

/* Between the question how far it is and the reading */
static bool vanish_at_read(struct fake *f)
{
	f->on_read = vanish;
	return f->sleeps < 2;
}

static void test_follow_until_vanished(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = "one\n";
	fake.on_sleep = vanish_at_read;
	run("console", "-f", "timer");
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.out, "one\n");
	assert_string_equal(result.err, "");
	assert_int_equal(fake.sleeps, 1);
}

static bool break_down(struct fake *f)
{
	f->fail_request = CL_IOC_READ;
	f->fail_errno = EIO;
	return f->sleeps < 2;
}

/* What is no end of the cell is told */
static void test_follow_error(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = "one\n";
	fake.on_sleep = break_down;
	run("console", "-f", "timer");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.out, "one\n");
	assert_string_equal(result.err, "cellctl: console timer: Input/output error (EIO)\n");
}

static bool stop_at_third(struct fake *f)
{
	return f->sleeps < 3;
}

/* ^C is noticed where something sleeps: so this must, however fast the guest prints */
static void test_follow_flood(void **state)
{
	(void)state;
	fake_add_cell(1, "flood", CL_CELL_RUNNING, 8);
	fake.cells[1].console_end = 10000;
	fake.flood = true;
	fake.on_sleep = stop_at_third;
	run("console", "-f", "flood");
	assert_int_equal(result.status, STATUS_OK);
	assert_int_equal(fake.sleeps, 3);
	assert_true(strlen(result.out) >= 10000);
}

static bool overrun(struct fake *f)
{
	f->console[1] = "rest\n";
	f->console_first[1] = 50;
	return f->sleeps < 2;
}

static void test_follow_lost(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = "one\n";
	fake.on_sleep = overrun;
	run("console", "-f", "timer");
	assert_string_equal(result.out, "one\nrest\n");
	assert_string_equal(result.err, "cellctl: console: 46 characters are lost\n");
}

static bool made_anew(struct fake *f)
{
	f->console[1] = "new\n";
	return f->sleeps < 2;
}

static void test_follow_another(void **state)
{
	(void)state;
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	fake.console[1] = "a long line of the first cell\n";
	fake.on_sleep = made_anew;
	run("console", "-f", "timer");
	assert_string_equal(result.out, "a long line of the first cell\nnew\n");
	assert_string_equal(result.err, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_once),
		TEST(test_long),
		TEST(test_flood),
		TEST(test_control_characters),
		TEST(test_json),
		TEST(test_json_lost),
		TEST(test_follow_until_stopped),
		TEST(test_follow_until_shut_down),
		TEST(test_follow_until_destroyed),
		TEST(test_follow_until_vanished),
		TEST(test_follow_error),
		TEST(test_follow_flood),
		TEST(test_follow_lost),
		TEST(test_follow_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
