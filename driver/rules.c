// SPDX-License-Identifier: GPL-2.0-only
/* What the rules say in words, for the kernel log. */
#include <linux/kernel.h>

#include <config/text.h>

#include "driver.h"

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
 * cl_print_refusal() - one line for the kernel log
 * @what: the request
 * @code: its negative errno
 * @error: the detail
 */
void cl_print_refusal(const char *what, int code, const struct cl_ioc_error *error)
{
	const struct error err = { error->rule, { error->value[0], error->value[1] } };
	const char *remedy = NULL;
	char text[CONFIG_TEXT_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(remedies); i++) {
		if (remedies[i].rule == error->rule)
			remedy = remedies[i].text;
	}
	config_error_text(text, sizeof(text), &err, NULL);
	pr_err("%s refused (error %d): %s%s%s\n", what, -code, text, remedy ? "; " : "",
	       remedy ? remedy : "");
}
