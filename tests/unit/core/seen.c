// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which rules of the library some test has met: the functions that can refuse a
 * config are wrapped, and at its end each test appends the names to the file
 * RULES_SEEN. `make run` compares them with the rules that the library knows.
 */
#include <stdio.h>
#include <stdlib.h>

#include <config/config.h>
#include <config/text.h>

static bool seen[1024];

static int note(int ret, const struct error *err)
{
	if (ret && err->rule < sizeof(seen))
		seen[err->rule] = true;
	return ret;
}

#define WRAP(name, params, args)                      \
	int __real_##name params;                     \
	int __wrap_##name params;                     \
	int __wrap_##name params                      \
	{                                             \
		return note(__real_##name args, err); \
	}

/* clang-format off */
WRAP(config_parse, (const void *blob, u64 size, enum cl_kind kind, struct config *cfg,
		    struct error *err), (blob, size, kind, cfg, err))
WRAP(config_check_system, (const struct config *cfg, unsigned int pa_bits, struct error *err),
     (cfg, pa_bits, err))
WRAP(config_check_cell, (const struct config *cfg, const struct config *sys, unsigned int pa_bits,
			 u32 max_spi, struct error *err), (cfg, sys, pa_bits, max_spi, err))
WRAP(config_check_beside, (const struct config *cfg, const struct config *const *cells, u32 count,
			   struct error *err), (cfg, cells, count, err))
WRAP(config_check_supported, (const struct config *cfg, struct error *err), (cfg, err))
WRAP(config_check_devices, (const struct config *cfg, struct error *err), (cfg, err))
/* clang-format on */

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("RULES_SEEN");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!f)
		return;
	for (u32 i = 0; i < sizeof(seen); i++) {
		if (seen[i])
			fprintf(f, "%s\n", config_rule_name(i));
	}
	fclose(f);
}
