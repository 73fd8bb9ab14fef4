// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random damage to configs that were valid: MUTATIONS of them (default: 5000),
 * from SEED on. Each is refused, or accepted by a machine on which everybody
 * still has what is theirs, as read from the tables.
 */
#include "accept.h"
#include "fixture.h"
#include "mutate.h"

static void damaged_configs_harm_nobody(void **unused)
{
	static struct blob whole[4], b;
	const char *rounds = getenv("MUTATIONS"), *seed = getenv("SEED");
	u64 count = rounds ? strtoull(rounds, NULL, 0) : 5000, accepted = 0;
	static struct test_config c;

	(void)unused;
	random_seed(seed ? strtoull(seed, NULL, 0) : 1);
	for (u32 i = 0; i < 3; i++) {
		cell_config(&c, i);
		blob_build(&whole[i], &c);
	}
	system_config(&c);
	blob_build(&whole[3], &c);
	for (u64 i = 0; i < count; i++) {
		u32 which = (u32)random_below(ARRAY_SIZE(whole));

		b = whole[which];
		for (u64 n = 1 + random_below(3); n; n--)
			damage_bytes(&b);
		if (random_below(16))
			put_right(&b, which == 3);
		accepted += try_config(&b, which == 3);
	}
	print_message("           %llu damaged configs, of which %llu were accepted\n",
		      (unsigned long long)count, (unsigned long long)accepted);
	/* Neither all nor none: the rest would prove little */
	assert_true(accepted > count / 50 && accepted < count / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_configs_harm_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
