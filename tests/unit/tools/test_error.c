// SPDX-License-Identifier: GPL-2.0-only
/* The sentences of error.h with their values, and what stands around them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static char *text;

static const char *rule_text(struct context *ctx, uint32_t rule, uint64_t a, uint64_t b)
{
	struct cl_ioc_error error = { .rule = rule, .value = { a, b } };
	size_t size;
	FILE *f;

	free(text);
	f = open_memstream(&text, &size);
	print_rule(f, ctx, &error);
	fclose(f);
	return text;
}

static void test_values(void **state)
{
	(void)state;
	assert_string_equal(rule_text(NULL, CL_RULE_BLOB_VERSION, 2, 1),
			    "header.version: 2, but version 1 is understood");
	assert_string_equal(rule_text(NULL, CL_RULE_BLOB_CHECKSUM, 0xabc, 0),
			    "header.checksum: says 0xabc, but the content has "
			    "0x0");
	assert_string_equal(rule_text(NULL, CL_RULE_MEM_ROOT_RAM_MISSING, 0x40000000,
				      0xffffffffffffffff),
			    "mem_regions of root: RAM of Linux at "
			    "0x40000000..0xffffffffffffffff is not covered");
	assert_string_equal(rule_text(NULL, CL_RULE_CPU_UNKNOWN, UINT64_MAX, 4),
			    "cpus: CPU 18446744073709551615 is not in the "
			    "system config (it has 4)");
}

static void test_states(void **state)
{
	(void)state;
	assert_string_equal(rule_text(NULL, CL_RULE_CELL_STATE, 2, CL_CELL_RUNNING_LOCKED),
			    "not possible while cell 2 is running-locked");
	assert_string_equal(rule_text(NULL, CL_RULE_CELL_STATE, 2, 6),
			    "not possible while cell 2 is quarantined");
	assert_string_equal(rule_text(NULL, CL_RULE_CELL_STATE, 2, 7),
			    "not possible while cell 2 is reset");
	assert_string_equal(rule_text(NULL, CL_RULE_CELL_STATE, 2, 8),
			    "not possible while cell 2 is in an unknown state");
	assert_contains(rule_text(NULL, CL_RULE_CELL_STATE, 2, 1ull << 32), "in an unknown state");
}

static void test_sections_and_flags(void **state)
{
	(void)state;
	assert_string_equal(rule_text(NULL, CL_RULE_BLOB_SECTION_TWICE, CL_SECTION_MEM, 0),
			    "section MEM_REGIONS stands there twice");
	assert_string_equal(rule_text(NULL, CL_RULE_BLOB_SECTION_TWICE, 77, 0),
			    "section of type 77 stands there twice");
	assert_string_equal(rule_text(NULL, CL_RULE_MEM_NO_ACCESS, 3,
				      CL_MEM_EXECUTE | CL_MEM_LAZY | 1ull << 40),
			    "mem_regions[3].flags: EXECUTE | LAZY | 0x10000000000 has neither READ "
			    "nor WRITE");
	assert_string_equal(rule_text(NULL, CL_RULE_MEM_NO_ACCESS, 3, 0),
			    "mem_regions[3].flags: 0x0 has neither READ nor WRITE");
}

static void test_every_rule(void **state)
{
	static const uint32_t numbers[] = {
#define NUMBER(name, number, text) number,
		CLOISTER_RULES(NUMBER)
#undef NUMBER
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const char *sentence = rule_text(NULL, numbers[i], 1, 2);

		assert_true(strlen(sentence) > 5);
		assert_null(strchr(sentence, '%'));
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(numbers[i], numbers[j]);
	}
	assert_string_equal(rule_text(NULL, 4711, 1, 2),
			    "rule 4711, which is not known here, with 0x1 and 0x2");
}

static void test_names_of_cells(void **state)
{
	struct context ctx = { .ops = &fake_device, .fd = 42 };

	(void)state;
	fake_add_cell(2, "timer", CL_CELL_RUNNING, 2);
	assert_string_equal(rule_text(&ctx, CL_RULE_CPU_TAKEN, 3, 2),
			    "cpus: CPU 3 is in cpus of cell 2 (timer)");
	/* With a place in its config */
	assert_string_equal(rule_text(&ctx, CL_RULE_MEM_TAKEN, 1, 7ull << CL_ERROR_INDEX_SHIFT | 2),
			    "mem_regions[1] overlaps mem_regions[7] of cell 2 (timer)");
	/* Only where the sentence says that the number is a cell */
	assert_string_equal(rule_text(&ctx, CL_RULE_MEM_OVERLAP_VIRT, 2, 2),
			    "mem_regions[2] and mem_regions[2] overlap in the "
			    "cell");
	/* One that is gone, and what cannot be an ID */
	assert_string_equal(rule_text(&ctx, CL_RULE_CELL_UNKNOWN, 3, 0), "there is no cell 3");
	assert_string_equal(rule_text(&ctx, CL_RULE_CELL_UNKNOWN, 1ull << 32, 0),
			    "there is no cell 4294967296");
	assert_string_equal(rule_text(&ctx, CL_RULE_CELL_UNKNOWN, CL_ID_BY_NAME, 0),
			    "there is no cell of this name");
}

static void test_whole_line(void **state)
{
	(void)state;
	fake.fail_request = CL_IOC_CELL_START;
	fake.fail_errno = EINVAL;
	fake.fail_error.rule = CL_RULE_MEM_NOT_ASSIGNABLE;
	fake.fail_error.value[0] = 1;
	fake.fail_error.value[1] = 0x80000000;
	run("start", "timer");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.err,
			    "cellctl: start timer: mem_regions[1]: 0x80000000 is not "
			    "inside a region that the system config declares assignable "
			    "(rule 27 MEM_NOT_ASSIGNABLE, EINVAL)\n");

	fake.fail_error.rule = 4711;
	run("start", "timer");
	assert_string_equal(result.err, "cellctl: start timer: rule 4711, which is not known "
					"here, with 0x1 and 0x80000000 (rule 4711, EINVAL)\n");
}

/* What a guest that does not go leaves to do */
static void test_timeout(void **state)
{
	(void)state;
	fake.fail_request = CL_IOC_CELL_SHUTDOWN;
	fake.fail_errno = ETIMEDOUT;
	fake.fail_error.rule = CL_RULE_CELL_TIMEOUT;
	fake.fail_error.value[0] = 1;
	fake.fail_error.value[1] = 500;
	run("shutdown", "timer");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.err,
			    "cellctl: shutdown timer: cell 1 did not answer within 500 ms (rule "
			    "111 CELL_TIMEOUT, ETIMEDOUT)\n"
			    "cellctl: shutdown: it still runs; --force ends it as it is\n");
	/* Then it is a CPU that does not come */
	run("shutdown", "--force", "timer");
	assert_null(strstr(result.err, "--force"));
	fake.fail_error.rule = CL_RULE_CELL_LOCKED;
	run("shutdown", "timer");
	assert_null(strstr(result.err, "--force"));
}

static void test_no_rule(void **state)
{
	(void)state;
	fake.fail_request = CL_IOC_DISABLE;
	fake.fail_errno = ENODEV;
	run("disable");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.err, "cellctl: disable: No such device (ENODEV)\n");
	/* The device is another's */
	fake.fail_errno = ENOTTY;
	run("--device=/dev/tty", "disable");
	assert_int_equal(result.status, STATUS_FILE);
	assert_string_equal(result.err, "cellctl: disable: /dev/tty: does not know this request: "
					"is it the device of cloister.ko, in this version?\n");
	fake.fail_errno = 4000;
	run("disable");
	assert_string_equal(result.err, "cellctl: disable: Unknown error 4000 (error "
					"4000)\n");
}

static int free_text(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_sections_and_flags),
		cmocka_unit_test(test_every_rule),
		cmocka_unit_test_setup_teardown(test_names_of_cells, setup, teardown),
		cmocka_unit_test_setup_teardown(test_whole_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timeout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_rule, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, free_text);
}
