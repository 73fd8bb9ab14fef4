// SPDX-License-Identifier: GPL-2.0-only
/*
 * libcloister-config.so: the reader and the rules of the hypervisor, for cellconf,
 * which calls them by ctypes (cloisterconf/library.py has the structures again).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <config/config.h>
#include <config/text.h>

#define NO_FILE 0xffffffffu
/* No system config: whatever an address of arm64 can have */
#define MOST_PA_BITS 52

/**
 * struct cellconf_file - one config
 * @data: its bytes, of any alignment
 * @size: their number
 */
struct cellconf_file {
	const void *data;
	u64 size;
};

/**
 * struct cellconf_problem - one rule that is broken
 * @file: index of the config
 * @other: of the one that it is in conflict with, or NO_FILE
 * @rule: enum cl_rule
 * @together: the rule is about cells that exist at the same time
 * @name: the rule's name
 * @text: its sentence
 */
struct cellconf_problem {
	u32 file;
	u32 other;
	u32 rule;
	u32 together;
	char name[32];
	char text[CONFIG_TEXT_SIZE];
};

struct checked {
	void *copy;
	struct config config;
	bool valid;
};

/* What is found goes here; what does not fit is counted */
struct report {
	struct cellconf_problem *problems;
	u32 max;
	u32 n;
	bool together;
};

static void name_cell(void *ctx, u32 id, char *buf, size_t size)
{
	const struct config *const *cells = ctx;

	snprintf(buf, size, "%.*s", CL_NAME_SIZE, cells[id]->cell->name);
}

static void add(struct report *r, u32 file, u32 other, const struct error *err,
		const struct config *const *cells)
{
	const struct error_text how = { name_cell, (void *)cells };
	struct cellconf_problem *p = &r->problems[r->n];

	if (r->n++ >= r->max)
		return;
	memset(p, 0, sizeof(*p));
	p->file = file;
	p->other = other;
	p->rule = err->rule;
	p->together = r->together;
	snprintf(p->name, sizeof(p->name), "%s", config_rule_name(err->rule));
	config_error_text(p->text, sizeof(p->text), err, cells ? &how : NULL);
}

/* The kind that a blob says it is; a cell, if it says nothing of use */
static enum cl_kind kind_of(const struct cellconf_file *f)
{
	const struct cl_blob_header *h = f->data;

	return f->size >= sizeof(*h) && h->kind == CL_KIND_SYSTEM ? CL_KIND_SYSTEM : CL_KIND_CELL;
}

/* Reads one file into a copy that has the alignment the reader needs */
static bool read_file(struct checked *c, const struct cellconf_file *f, enum cl_kind kind,
		      struct error *err)
{
	c->copy = malloc(f->size ? f->size : 1);
	if (!c->copy)
		abort();
	memcpy(c->copy, f->data, f->size);
	c->valid = !config_parse(c->copy, f->size, kind, &c->config, err);
	return c->valid;
}

/* Is every file what it says? Return: the first system config, or NULL. */
static struct checked *read_files(struct checked *c, const struct cellconf_file *files, u32 count,
				  unsigned int pa_bits, struct report *r)
{
	struct checked *system = NULL;
	struct error err;

	for (u32 i = 0; i < count; i++) {
		if (!read_file(&c[i], &files[i], kind_of(&files[i]), &err)) {
			add(r, i, NO_FILE, &err, NULL);
			continue;
		}
		if (!c[i].config.system)
			continue;
		if (!system)
			system = &c[i];
		c[i].valid = !config_check_system(&c[i].config, pa_bits, &err) &&
			     !config_check_supported(&c[i].config, &err);
		if (!c[i].valid)
			add(r, i, NO_FILE, &err, NULL);
	}
	return system && system->valid ? system : NULL;
}

/* The rules that a cell must meet by itself; without a machine, as many as there are */
static bool check_alone(const struct config *cfg, u32 file, const struct config *system,
			unsigned int pa_bits, u32 max_spi, struct report *r)
{
	struct error err;
	int ret;

	if (system)
		ret = config_check_cell(cfg, system, pa_bits, max_spi, &err);
	else
		ret = config_check_addresses(cfg, MOST_PA_BITS, &err);
	if (!ret)
		ret = config_check_devices(cfg, &err);
	if (!ret && system)
		ret = config_check_beside(cfg, &system, 1, &err);
	if (ret)
		add(r, file, NO_FILE, &err, &system);
	return !ret;
}

/* The cells so far: @config and @file of the first entry are the machine's */
struct others {
	const struct config **config;
	u32 *file;
	u32 n;
};

/* Which of them does an error name? */
static u32 named_file(const struct error *err, const u32 *files)
{
	switch (err->rule) {
	case CL_RULE_CELL_NAME_TAKEN:
		return files[(u32)err->value[0]];
	case CL_RULE_CPU_TAKEN:
	case CL_RULE_SPI_TAKEN:
	case CL_RULE_PCI_TAKEN:
	case CL_RULE_MEM_TAKEN:
		return files[(u32)err->value[1]];
	}
	return NO_FILE;
}

/* Beside each of them, so that all conflicts are told; then beside all of them */
static void check_together(const struct config *cfg, u32 file, const struct others *o,
			   struct report *r)
{
	bool fine = true;
	struct error err;

	for (u32 i = 1; i < o->n; i++) {
		const struct config *two[] = { NULL, o->config[i] };
		const u32 files[] = { o->file[0], o->file[i] };

		if (!config_check_beside(cfg, two, 2, &err))
			continue;
		add(r, file, named_file(&err, files), &err, two);
		fine = false;
	}
	if (!fine || !o->config[0])
		return;
	if (config_check_beside(cfg, o->config, o->n, &err)) {
		add(r, file, NO_FILE, &err, o->config);
	} else if (o->n >= CL_MAX_CELLS) {
		err = (struct error){ CL_RULE_CELL_LIMIT, { CL_MAX_CELLS, 0 } };
		add(r, file, NO_FILE, &err, o->config);
	}
}

static void check_supported(const struct config *cfg, u32 file, struct report *r)
{
	struct error err;

	if (config_check_supported(cfg, &err))
		add(r, file, NO_FILE, &err, NULL);
}

/**
 * cellconf_check() - apply all rules
 * @files: configs, of which the first system config is the machine
 * @count: their number
 * @pa_bits: physical address bits of its CPUs
 * @max_spi: its highest SPI
 * @problems: filled in: files that are no config, or no machine, then cells in their order
 * @max: entries of @problems
 *
 * Return: how many there are, even if more than @max.
 */
u32 cellconf_check(const struct cellconf_file *files, u32 count, u32 pa_bits, u32 max_spi,
		   struct cellconf_problem *problems, u32 max);
u32 cellconf_check(const struct cellconf_file *files, u32 count, u32 pa_bits, u32 max_spi,
		   struct cellconf_problem *problems, u32 max)
{
	struct report report = { problems, max, 0, false };
	struct checked *c = calloc(count + 1, sizeof(*c)), *system;
	struct others others = { calloc(count + 1, sizeof(*others.config)),
				 calloc(count + 1, sizeof(*others.file)), 1 };

	if (!c || !others.config || !others.file)
		abort();
	system = read_files(c, files, count, pa_bits, &report);
	others.config[0] = system ? &system->config : NULL;
	for (u32 i = 0; i < count; i++) {
		const struct config *cfg = &c[i].config;

		if (!c[i].valid || cfg->system)
			continue;
		if (!check_alone(cfg, i, others.config[0], pa_bits, max_spi, &report))
			continue;
		report.together = true;
		check_together(cfg, i, &others, &report);
		report.together = false;
		check_supported(cfg, i, &report);
		others.config[others.n] = cfg;
		others.file[others.n++] = i;
	}
	for (u32 i = 0; i < count; i++)
		free(c[i].copy);
	free(c);
	free(others.config);
	free(others.file);
	return report.n;
}

/**
 * cellconf_parse() - apply the rules on structure to one config
 * @file: the config
 * @kind: enum cl_kind; 0: what it says it is
 * @problem: filled in if it breaks one
 *
 * Return: whether it is a config.
 */
bool cellconf_parse(const struct cellconf_file *file, u32 kind, struct cellconf_problem *problem);
bool cellconf_parse(const struct cellconf_file *file, u32 kind, struct cellconf_problem *problem)
{
	struct report report = { problem, 1, 0, false };
	struct checked c;
	struct error err;

	if (!read_file(&c, file, kind ? kind : kind_of(file), &err))
		add(&report, 0, NO_FILE, &err, NULL);
	free(c.copy);
	return c.valid;
}
