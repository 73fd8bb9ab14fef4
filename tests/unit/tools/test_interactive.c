// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl console -i`: what is typed or piped, and when that is over. */
#include <errno.h>
#include <string.h>

#include "run.h"

/* Standard input: one of these at a time, then the end */
static const char *const *lines;

static int feed(struct fake *f, char *buffer, size_t size)
{
	size_t n;

	(void)f;
	if (!size)
		return 0;
	if (!*lines)
		return INPUT_END;
	n = strlen(*lines);
	assert_true(n <= size);
	memcpy(buffer, *lines++, n);
	return (int)n;
}

static void begin(const char *const *input)
{
	fake_add_cell(1, "linux", CL_CELL_RUNNING, 8);
	fake.room = sizeof(fake.typed);
	fake.on_input = feed;
	lines = input;
}

static void assert_typed(const char *text)
{
	assert_int_equal(fake.nr_typed, strlen(text));
	assert_memory_equal(fake.typed, text, fake.nr_typed);
}

/* The cell answers some time after the end of the input, and then falls silent */
static int feed_and_answer(struct fake *f, char *buffer, size_t size)
{
	if (f->inputs == 20)
		f->console[1] = "login: root\n";
	if (f->inputs == 60)
		f->console[1] = "login: root\n# ";
	return feed(f, buffer, size);
}

static void test_piped(void **state)
{
	static const char *const input[] = { "ro", "ot\n", NULL };

	(void)state;
	begin(input);
	fake.console[1] = "login: ";
	fake.on_input = feed_and_answer;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_OK);
	assert_typed("root\n");
	assert_string_equal(result.out, "login: root\n# ");
	assert_string_equal(result.err, "");
	/* A second of silence, and not much more */
	assert_in_range(fake.inputs, 60 + 1000 / INPUT_POLL_MS, 63 + 1000 / INPUT_POLL_MS);
	assert_int_equal(fake.sleeps, 0);
}

/* Nothing of it is a key there */
static void test_piped_bytes(void **state)
{
	static const char *const input[] = { "\x1d\x03\xff", NULL };

	(void)state;
	begin(input);
	run("console", "--interactive", "1");
	assert_int_equal(result.status, STATUS_OK);
	assert_typed("\x1d\x03\xff");
}

static void test_terminal(void **state)
{
	static const char *const input[] = { "ls\r", "\x03", "ex\x1dit", NULL };

	(void)state;
	begin(input);
	fake.terminal = true;
	fake.console[1] = "\x1b[1m# ";
	result.tty = true;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_OK);
	assert_typed("ls\r\x03"
		     "ex");
	assert_string_equal(result.out, "\x1b[1m# ");
	assert_string_equal(result.err, "cellctl: console: ^] leaves\n\n");
	assert_false(fake.raw);
}

/* It reads a few at a time, and then none for a while */
static int feed_slowly(struct fake *f, char *buffer, size_t size)
{
	/* As long as some are left, no others are asked for */
	if (f->nr_typed % 10)
		assert_int_equal(size, 0);
	if (f->inputs % 7 == 0)
		f->room = 3;
	return feed(f, buffer, size);
}

static void test_full(void **state)
{
	static const char *const input[] = { "0123456789", "abcdefghij", NULL };

	(void)state;
	begin(input);
	fake.room = 3;
	fake.on_input = feed_slowly;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_OK);
	assert_typed("0123456789abcdefghij");
	assert_string_equal(result.err, "");
}

static void test_not_taken(void **state)
{
	static const char *const input[] = { "0123456789", NULL };

	(void)state;
	begin(input);
	fake.room = 4;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_typed("0123");
	assert_string_equal(result.err, "cellctl: console: 6 characters were not taken\n");
	assert_in_range(fake.inputs, 500, 505);
}

static int feed_then_end(struct fake *f, char *buffer, size_t size)
{
	if (f->inputs == 5)
		f->cells[1].state = CL_CELL_SHUT_DOWN;
	return feed(f, buffer, size);
}

static void test_cell_ends(void **state)
{
	static const char *const input[] = { "0123456789", NULL };

	(void)state;
	begin(input);
	fake.terminal = true;
	fake.room = 4;
	fake.console[1] = "bye\n";
	fake.on_input = feed_then_end;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.out, "bye\n");
	assert_contains(result.err, "6 characters were not taken");
	assert_false(fake.raw);
}

/* Between two lines of a pipe */
static void test_cell_ends_early(void **state)
{
	static const char *const input[] = { "1\n", "2\n", "3\n", "4\n", "5\n", "6\n", NULL };

	(void)state;
	begin(input);
	fake.on_input = feed_then_end;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_typed("1\n2\n3\n4\n");
	assert_contains(result.err, "2 characters were not taken");
	/* It does not wait for another life */
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "not possible while cell 1 (linux) is shut-down");
}

static void end(struct fake *f)
{
	f->cells[1].state = CL_CELL_SHUT_DOWN;
}

/* What ends by what is typed leaves no time to see that it was all, or was not */
static void test_cell_ends_by_it(void **state)
{
	static const char *const all[] = { "off\n", NULL };
	static const char *const more[] = { "off\n", "too late\n", NULL };

	(void)state;
	begin(all);
	fake.on_typed = end;
	run("console", "-i", "linux");
	assert_typed("off\n");
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, STATUS_OK);
	fake.cells[1].state = CL_CELL_RUNNING;
	lines = more;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_typed("off\noff\n");
	assert_contains(result.err, "9 characters were not taken");
}

static int stop(struct fake *f, char *buffer, size_t size)
{
	(void)f;
	(void)buffer;
	(void)size;
	return INPUT_STOP;
}

static void test_signal(void **state)
{
	(void)state;
	begin(NULL);
	fake.terminal = true;
	fake.on_input = stop;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_OK);
	assert_int_equal(fake.inputs, 1);
	assert_false(fake.raw);
	fake.terminal = false;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "not read to its end");
}

/* What is typed before the cell is started waits for that */
static int feed_and_start(struct fake *f, char *buffer, size_t size)
{
	if (f->inputs == 30)
		f->cells[1].state = CL_CELL_RUNNING;
	return feed(f, buffer, size);
}

static void test_not_started(void **state)
{
	static const char *const input[] = { "x", NULL };

	(void)state;
	begin(input);
	fake.cells[1].state = CL_CELL_CREATED;
	fake.on_input = feed_and_start;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_OK);
	assert_typed("x");
}

static void test_refused(void **state)
{
	(void)state;
	begin(NULL);
	fake.terminal = true;
	fake.fail_request = CL_IOC_CONSOLE_INPUT;
	fake.fail_errno = EOPNOTSUPP;
	fake.fail_error.rule = CL_RULE_CELL_NO_INPUT;
	fake.fail_error.value[0] = 1;
	fake.fail_error.value[1] = CL_CONSOLE_VIRTUAL;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "cell 1 (linux) has no console that takes input");
	assert_contains(result.err, "CELL_NO_INPUT");
	assert_int_equal(fake.inputs, 0);
	run("console", "-i", "nobody");
	assert_int_equal(result.status, STATUS_REFUSED);
}

/* Destroyed, with another ioctl in between: the terminal is left as it was */
static int feed_and_fail(struct fake *f, char *buffer, size_t size)
{
	f->fail_request = CL_IOC_CONSOLE_INPUT;
	f->fail_errno = EIO;
	return feed(f, buffer, size);
}

static void test_fails_later(void **state)
{
	static const char *const input[] = { "x", NULL };

	(void)state;
	begin(input);
	fake.terminal = true;
	fake.on_input = feed_and_fail;
	run("console", "-i", "linux");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "1 characters were not taken");
	assert_false(fake.raw);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_piped),	    TEST(test_piped_bytes),
		TEST(test_terminal),	    TEST(test_full),
		TEST(test_not_taken),	    TEST(test_cell_ends),
		TEST(test_cell_ends_early), TEST(test_cell_ends_by_it),
		TEST(test_signal),	    TEST(test_not_started),
		TEST(test_refused),	    TEST(test_fails_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
