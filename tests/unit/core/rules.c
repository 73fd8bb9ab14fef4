// SPDX-License-Identifier: GPL-2.0-only
#include "rules.h"

#define PA_BITS 40
#define MAX_SPI 255

void apply_changes(struct test_config *c, const struct rule_case *rc)
{
	for (u32 i = 0; i < MAX_CHANGES; i++) {
		const struct change *change = &rc->change[i];

		/* Little-endian, like the blob */
		if (change->size)
			memcpy((u8 *)c + change->offset, &change->value, change->size);
	}
}

int judge(const struct test_config *c, const struct config *sys, struct error *err)
{
	static struct blob blob;
	struct config cfg;
	int ret;

	blob_build(&blob, c);
	ret = config_parse(blob.bytes, blob.size, c->is_system ? CL_KIND_SYSTEM : CL_KIND_CELL,
			   &cfg, err);
	if (ret)
		return ret;
	if (!sys)
		return config_check_system(&cfg, PA_BITS, err);
	ret = config_check_cell(&cfg, sys, PA_BITS, MAX_SPI, err);
	return ret ? ret : config_check_devices(&cfg, err);
}

void check_cases(const struct test_config *base, const struct config *sys,
		 const struct rule_case *cases, size_t count)
{
	static struct test_config c;

	for (size_t i = 0; i < count; i++) {
		const struct rule_case *rc = &cases[i];
		struct error err = { .rule = CL_RULE_NONE };
		int ret, expected = -CL_EINVAL;

		c = *base;
		apply_changes(&c, rc);
		if (rc->rule == CL_RULE_NONE)
			expected = 0;
		if (rc->rule == CL_RULE_NOT_SUPPORTED)
			expected = -CL_EOPNOTSUPP;
		ret = judge(&c, sys, &err);
		if (ret != expected || err.rule != rc->rule || err.value[0] != rc->value[0] ||
		    err.value[1] != rc->value[1])
			fail_msg("case %zu: %d, rule %u (0x%llx, 0x%llx); expected %d, rule %u "
				 "(0x%llx, 0x%llx)",
				 i, ret, err.rule, (unsigned long long)err.value[0],
				 (unsigned long long)err.value[1], expected, rc->rule,
				 (unsigned long long)rc->value[0],
				 (unsigned long long)rc->value[1]);
	}
}

const struct config *default_system(void)
{
	static struct test_config c;
	static struct blob blob;
	static struct config cfg;
	struct error err = { .rule = CL_RULE_NONE };

	system_config(&c);
	blob_build(&blob, &c);
	assert_int_equal(config_parse(blob.bytes, blob.size, CL_KIND_SYSTEM, &cfg, &err), 0);
	assert_int_equal(config_check_system(&cfg, PA_BITS, &err), 0);
	return &cfg;
}
