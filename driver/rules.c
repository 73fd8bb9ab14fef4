// SPDX-License-Identifier: GPL-2.0-only
/* What the rules say in words, for the kernel log. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "driver.h"

#define RULE_TEXT(name, number, text) { CL_RULE_##name, text },

static const struct {
	enum cl_rule rule;
	const char *text;
} rule_texts[] = { CLOISTER_RULES(RULE_TEXT) };

/* What to do about it, where the rule's own text does not say so */
static const struct {
	enum cl_rule rule;
	const char *text;
} remedies[] = {
	{ CL_RULE_CPU_NO_EL2, "the firmware must start Linux at EL2; it is a guest otherwise" },
	{ CL_RULE_IMAGE_MISSING, "install it in /lib/firmware" },
	{ CL_RULE_IMAGE_MAGIC, "install the one that belongs to this driver" },
	{ CL_RULE_ABI_VERSION, "install both from the same release" },
	{ CL_RULE_CPU_COUNT, "correct the config, or bring all CPUs online first" },
	{ CL_RULE_CPU_MPIDR, "correct the config" },
	{ CL_RULE_MEM_ROOT_RAM_MISSING,
	  "add it to the config, or keep Linux away from it with mem=" },
	{ CL_RULE_MEM_NOT_RAM, "correct the address in the config" },
	{ CL_RULE_HV_MEM_SMALL, "make it larger in the config" },
};

/**
 * cl_state_name() - the state of a cell in words
 * @state: enum cl_cell_state
 */
const char *cl_state_name(u64 state)
{
	static const char *const names[] = {
		[CL_CELL_CREATED] = "created",
		[CL_CELL_RUNNING] = "running",
		[CL_CELL_RUNNING_LOCKED] = "running-locked",
		[CL_CELL_SHUT_DOWN] = "shut-down",
		[CL_CELL_FAILED] = "failed",
		[CL_CELL_DESTROYING] = "destroying",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

/* Appends one value; @p points behind the '%'. Return: behind what it took. */
static const char *append_value(char *buf, size_t size, const char *p,
				const struct cl_ioc_error *error)
{
	u64 value = error->value[*p++ == '2'];

	if (*p == 'd') {
		scnprintf(buf, size, "%llu", value);
		return p + 1;
	}
	if (*p == 's') {
		scnprintf(buf, size, "%s", cl_state_name(value));
		return p + 1;
	}
	scnprintf(buf, size, "0x%llx", value);
	return p;
}

static void rule_text(char *buf, size_t size, const struct cl_ioc_error *error)
{
	const char *p = NULL;
	size_t n = 0, i;

	for (i = 0; i < ARRAY_SIZE(rule_texts); i++) {
		if (rule_texts[i].rule == error->rule)
			p = rule_texts[i].text;
	}
	if (!p) {
		scnprintf(buf, size, "rule %u", error->rule);
		return;
	}
	while (*p && n + 1 < size) {
		if (p[0] == '%' && (p[1] == '1' || p[1] == '2')) {
			p = append_value(buf + n, size - n, p + 1, error);
			n += strlen(buf + n);
		} else {
			buf[n++] = *p++;
		}
	}
	buf[n] = '\0';
}

/**
 * cl_print_refusal() - one line for the kernel log
 * @what: the request
 * @code: its negative errno
 * @error: the detail
 */
void cl_print_refusal(const char *what, int code, const struct cl_ioc_error *error)
{
	const char *remedy = NULL;
	char text[200];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(remedies); i++) {
		if (remedies[i].rule == error->rule)
			remedy = remedies[i].text;
	}
	rule_text(text, sizeof(text), error);
	pr_err("%s refused (error %d): %s%s%s\n", what, -code, text, remedy ? "; " : "",
	       remedy ? remedy : "");
}
