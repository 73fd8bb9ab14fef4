// SPDX-License-Identifier: GPL-2.0-only
/*
 * libcloister-dt.so: the device tree of a cell as cellctl makes it, for cellconf,
 * which calls this by ctypes (cloisterconf/dt.py has the structures again).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dt/dt.h>

/**
 * struct cellconf_bytes - a file
 * @data: its bytes, of any alignment; NULL: none
 * @size: their number
 */
struct cellconf_bytes {
	const void *data;
	u64 size;
};

/* A copy that has the alignment which its readers need */
static void *copy_of(const struct cellconf_bytes *b)
{
	void *copy = malloc(b->size ? b->size : 1);

	if (!copy)
		abort();
	memcpy(copy, b->data, b->size);
	return copy;
}

/**
 * cellconf_dt() - make a tree
 * @system: a system config that has been checked
 * @cell: a cell config that has been checked on it
 * @bootargs: the kernel's command line, or NULL
 * @user: a tree to be merged
 * @tree: DT_MAX_SIZE bytes, filled in
 * @why: filled in on failure
 *
 * Return: bytes of the tree; 0: none could be made; -1: @user is at fault.
 */
int cellconf_dt(const struct cellconf_bytes *system, const struct cellconf_bytes *cell,
		const char *bootargs, const struct cellconf_bytes *user, void *tree,
		struct dt_why *why);
int cellconf_dt(const struct cellconf_bytes *system, const struct cellconf_bytes *cell,
		const char *bootargs, const struct cellconf_bytes *user, void *tree,
		struct dt_why *why)
{
	const struct dt_boot boot = { .bootargs = bootargs };
	void *copies[] = { copy_of(system), copy_of(cell) };
	struct config machine, config;
	struct error err;
	int size = 0;

	if (config_parse(copies[0], system->size, CL_KIND_SYSTEM, &machine, &err) ||
	    config_parse(copies[1], cell->size, CL_KIND_CELL, &config, &err))
		snprintf(why->text, sizeof(why->text), "rule %u is broken", err.rule);
	else if (!dt_build(tree, DT_MAX_SIZE, &machine, &config, &boot, why))
		size = 0;
	else if (user->data && !dt_merge(tree, DT_MAX_SIZE, user->data, user->size, &boot, why))
		size = -1;
	else
		size = (int)dt_size(tree);
	free(copies[0]);
	free(copies[1]);
	return size;
}
