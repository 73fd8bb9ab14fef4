/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of configs that differ in a few fields from one that is in order. */
#ifndef TEST_CORE_RULES_H
#define TEST_CORE_RULES_H

#include "fixture.h"

/* One field of a struct test_config and its new value */
struct change {
	size_t offset;
	size_t size;
	u64 value;
};

#define SET(field, v)                                                                              \
	{                                                                                          \
		offsetof(struct test_config, field), sizeof(((struct test_config *)0)->field), (v) \
	}

#define MAX_CHANGES 9

/**
 * struct rule_case - what a few changes shall lead to
 * @rule: enum cl_rule; CL_RULE_NONE: accepted
 * @value: the error's values
 * @change: the changes
 */
struct rule_case {
	enum cl_rule rule;
	u64 value[2];
	struct change change[MAX_CHANGES];
};

#define GOOD(...)                       \
	{                               \
		CL_RULE_NONE, { 0, 0 }, \
		{                       \
			__VA_ARGS__     \
		}                       \
	}
#define BAD(rule, a, b, ...)                            \
	{                                               \
		CL_RULE_##rule, { (u64)(a), (u64)(b) }, \
		{                                       \
			__VA_ARGS__                     \
		}                                       \
	}

void apply_changes(struct test_config *c, const struct rule_case *rc);

/* What the reader and the rules say; @sys as in config_check_cell(), NULL: for a system */
int judge(const struct test_config *c, const struct config *sys, struct error *err);

void check_cases(const struct test_config *base, const struct config *sys,
		 const struct rule_case *cases, size_t count);

/* The system of system_config(), parsed and in order */
const struct config *default_system(void);

#endif
