// SPDX-License-Identifier: GPL-2.0-only
/* Which calls of the firmware a cell's rules allow. */
#include <smc.h>

#include "fixture.h"

static struct cell *with_rules(const struct cl_smc_rule *rules, u32 count)
{
	static struct test_config c;

	cell_config(&c, 0);
	memcpy(c.smc, rules, count * sizeof(*rules));
	c.nr_smc = count;
	assert_int_equal(create(&c).ret, 1);
	return cells[1];
}

static bool allowed(const struct cell *cell, u32 function, u64 x1, u64 x2, u64 x3, u64 x4)
{
	const u64 args[] = { x1, x2, x3, x4 };

	return smc_allowed(cell, function, args);
}

static void nothing_is_allowed_without_a_rule(void **state)
{
	const struct cell *cell;

	(void)state;
	assert_int_equal(create_default(0).ret, 1);
	cell = cells[1];
	for (u64 function = 0; function < BIT(32); function += 0x00fffff1) {
		assert_false(allowed(cell, (u32)function, 0, 0, 0, 0));
		assert_false(smc_allowed(cell, (u32)function, NULL));
	}
}

static void a_function_is_that_one_only(void **state)
{
	static const struct cl_smc_rule rules[] = { { .function = 0x82000010 },
						    { .function = 0xc3000001 } };
	const struct cell *cell = with_rules(rules, 2);

	(void)state;
	assert_true(allowed(cell, 0x82000010, 0, 0, 0, 0));
	assert_true(allowed(cell, 0x82000010, ~0ull, 1, 2, 3));
	assert_true(allowed(cell, 0xc3000001, 0, 0, 0, 0));
	for (u32 bit = 0; bit < 32; bit++) {
		assert_false(allowed(cell, 0x82000010 ^ (u32)BIT(bit), 0, 0, 0, 0));
		assert_false(allowed(cell, 0xc3000001 ^ (u32)BIT(bit), 0, 0, 0, 0));
	}
}

static void ignored_bits_may_be_anything(void **state)
{
	static const struct cl_smc_rule rule = { .function = 0x82000010, .ignore = BIT(30) | 0xf };
	const struct cell *cell = with_rules(&rule, 1);

	(void)state;
	for (u32 bit = 0; bit < 32; bit++)
		assert_int_equal(allowed(cell, 0x82000010 ^ (u32)BIT(bit), 0, 0, 0, 0),
				 bit < 4 || bit == 30);
	assert_true(allowed(cell, 0xc200001f, 0, 0, 0, 0));
}

static void arguments_must_have_their_values(void **state)
{
	static const struct cl_smc_rule rules[] = {
		{ .function = 0x82000010, .args = { { 0xff, 0x12 }, { 0 }, { ~0ull, 7 } } },
		{ .function = 0x82000010, .args = { [3] = { 1, 1 } } },
	};
	const struct cell *cell = with_rules(rules, 2);

	(void)state;
	assert_true(allowed(cell, 0x82000010, 0x12, 5, 7, 0));
	assert_true(allowed(cell, 0x82000010, 0xabcd12, 0, 7, 0));
	assert_false(allowed(cell, 0x82000010, 0x13, 5, 7, 0));
	assert_false(allowed(cell, 0x82000010, 0x12, 5, BIT(63) | 7, 0));
	assert_false(allowed(cell, 0x82000010, 0x12, 5, 0, 0));
	/* One rule is enough */
	assert_true(allowed(cell, 0x82000010, 0, 0, 0, 1));
	assert_false(allowed(cell, 0x82000010, 0, 0, 0, 2));
	assert_true(smc_allowed(cell, 0x82000010, NULL));
	assert_false(smc_allowed(cell, 0x82000011, NULL));
}

static u32 lines_of_log(void)
{
	static char text[4096];
	u64 position = 0;
	u32 lines = 0;
	size_t n;

	for (; (n = log_read(&position, text, sizeof(text))); position += n) {
		for (size_t i = 0; i < n; i++)
			lines += text[i] == '\n';
	}
	return lines;
}

static void refusals_are_counted_and_not_all_are_logged(void **state)
{
	u64 id = run_cell(0);
	u32 before = lines_of_log();

	(void)state;
	for (u32 i = 1; i < 100; i++) {
		smc_refused(cells[id], 0x82000000 + i);
		assert_int_equal(info_of(id).smcs_refused, i);
		assert_int_equal(info_of(id).last_smc, 0x82000000 + i);
		assert_int_equal(lines_of_log() - before, MIN(i, 8));
	}
	assert_done(shutdown_force(id));
	assert_done(start(id));
	assert_int_equal(info_of(id).smcs_refused, 0);
	assert_int_equal(info_of(id).last_smc, 0);
}

static bool forwarded(const struct cell *cell, u64 x0, u64 x1)
{
	const u64 x[5] = { x0, x1 };

	return smc_is_forwarded(cell, x);
}

static const u32 mitigations[] = { 0x80008000, 0x80007fff, 0x80003fff };

static bool is_one_of_them(u32 function)
{
	for (u32 i = 0; i < ARRAY_SIZE(mitigations); i++) {
		if (mitigations[i] == function)
			return true;
	}
	return false;
}

static void mitigations_are_for_everybody(void **state)
{
	static const struct cl_smc_rule rule = { .function = 0x84000050, .ignore = 3 };
	const struct cell *cell = with_rules(&rule, 1);

	(void)state;
	for (u64 n = 0; n < 0x10000; n++) {
		u32 fn = 0x80000000 + (u32)n;

		assert_int_equal(forwarded(cell, fn, 0), is_one_of_them(fn));
		/* Does the firmware have it? That it has the question is ours. */
		assert_int_equal(forwarded(cell, 0x80000001, fn), is_one_of_them(fn));
		assert_true(forwarded(cells[0], fn, 0));
	}
	assert_true(forwarded(cell, 0x84000053, 0));
	assert_false(forwarded(cell, 0xc4000053, 0));
	assert_false(forwarded(cell, 0x84000054, 0));
	assert_true(forwarded(cell, 0x80000001, 0x84000050));
	assert_false(forwarded(cell, 0x80000001, 0x84000054));
	/* 32 bits are the function */
	assert_true(forwarded(cell, BIT(40) | 0x80008000, 0));
}

/* DEN0028, table of owning entities */
static void root_reaches_the_firmware_but_for_hypervisors(void **state)
{
	(void)state;
	for (u64 owner = 0; owner < 64; owner++) {
		bool hypervisors = owner == 5 || owner == 6 || (owner >= 7 && owner < 48);

		assert_int_equal(forwarded(cells[0], 0x80000000 | owner << 24 | 7, 0),
				 !hypervisors);
		assert_int_equal(forwarded(cells[0], 0xc0000000 | owner << 24 | 7, 0),
				 !hypervisors);
		/* Yielding calls are of a trusted OS */
		assert_true(forwarded(cells[0], owner << 24 | 7, 0));
	}
	/* PSCI has been looked for before */
	for (u64 n = 0; n < 0x200; n++) {
		bool sdei = n >= 0x20 && n < 0x40, drtm = n >= 0x110 && n < 0x120;

		assert_int_equal(forwarded(cells[0], 0x84000000 + n, 0), !sdei && !drtm);
		assert_int_equal(forwarded(cells[0], 0xc4000000 + n, 0), !sdei && !drtm);
		assert_int_equal(forwarded(cells[0], 0xc4010000 + n, 0), !sdei && !drtm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_allowed_without_a_rule),
		TEST(a_function_is_that_one_only),
		TEST(ignored_bits_may_be_anything),
		TEST(arguments_must_have_their_values),
		TEST(mitigations_are_for_everybody),
		TEST(root_reaches_the_firmware_but_for_hypervisors),
		TEST(refusals_are_counted_and_not_all_are_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
