/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONFIG_ERROR_H
#define CONFIG_ERROR_H

#include <cloister/error.h>
#include <cloister/hypercall.h>
#include <config/platform.h>

/**
 * struct error - why a request was refused
 * @rule: enum cl_rule; cellctl has the sentence
 * @value: the two values of that sentence
 */
struct error {
	u32 rule;
	u64 value[2];
};

/**
 * refuse() - fill in an error and hand its errno on
 * @err: filled in
 * @code: negative CL_E*
 * @rule: enum cl_rule
 * @a: first value
 * @b: second value
 *
 * Return: @code
 */
static inline int refuse(struct error *err, int code, enum cl_rule rule, u64 a, u64 b)
{
	err->rule = rule;
	err->value[0] = a;
	err->value[1] = b;
	return code;
}

#endif
