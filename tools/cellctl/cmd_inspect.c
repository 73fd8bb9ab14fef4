// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl translate`, `cellctl tables` and `cellctl audit`: the live tables. */
#include <inttypes.h>
#include <string.h>

#include "cellctl.h"

static const char *const flag_names[] = {
	"READ",	      "WRITE",	      "EXECUTE", "DMA",	 "IO",	 "COMM",  "LOADABLE", "ROOTSHARED",
	"ASSIGNABLE", "NONCACHEABLE", "ALLOC",	 "LAZY", "IO_8", "IO_16", "IO_32",    "IO_64",
};

static const char *type_name(uint32_t type)
{
	static const char *const names[] = {
		[CL_TYPE_NORMAL] = "normal",
		[CL_TYPE_NONCACHEABLE] = "noncacheable",
		[CL_TYPE_DEVICE] = "device",
	};

	return type < ARRAY_SIZE(names) ? names[type] : "unknown";
}

/* As "r-x"; @text has room for 4 characters */
static const char *perms_text(uint32_t perms, char *text)
{
	text[0] = perms & CL_PERM_READ ? 'r' : '-';
	text[1] = perms & CL_PERM_WRITE ? 'w' : '-';
	text[2] = perms & CL_PERM_EXECUTE ? 'x' : '-';
	text[3] = 0;
	return text;
}

/* In the largest unit that needs no fraction */
static void print_size(FILE *f, uint64_t size)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB" };
	size_t unit = 0;

	while (size && size % 1024 == 0 && unit + 1 < ARRAY_SIZE(units)) {
		size /= 1024;
		unit++;
	}
	fprintf(f, "%" PRIu64 " %s", size, units[unit]);
}

static void print_range(FILE *f, uint64_t start, uint64_t size)
{
	fprintf(f, "0x%" PRIx64 "..0x%" PRIx64, start, start + size - 1);
}

/* What an answer says instead of a result: a sentence follows */
static FILE *complain(struct context *ctx, const char *object)
{
	fprintf(ctx->err, "cellctl: %s%s%s: ", ctx->command, object ? " " : "",
		object ? object : "");
	return ctx->err;
}

static void translation_json(struct context *ctx, const struct cl_translation *t)
{
	char perms[4];
	struct json j;

	json_start(&j, ctx->out);
	json_object(&j, NULL);
	json_number(&j, "cell", t->cell);
	json_hex(&j, "address", t->ipa);
	json_bool(&j, "mapped", t->mapped);
	if (t->mapped) {
		json_hex(&j, "physical", t->pa);
		json_string(&j, "permissions", perms_text(t->perms, perms), SIZE_MAX);
		json_string(&j, "type", type_name(t->type), SIZE_MAX);
		json_number(&j, "leaf_size", t->leaf_size);
		json_number(&j, "level", t->level);
		json_number(&j, "limit", t->limit);
	}
	if (t->region != UINT32_MAX) {
		json_object(&j, "region");
		json_number(&j, "index", t->region);
		json_hex(&j, "start", t->region_start);
		json_number(&j, "size", t->region_size);
		json_array(&j, "flags");
		for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
			if (t->region_flags >> i & 1)
				json_string(&j, NULL, flag_names[i], SIZE_MAX);
		}
	}
	json_finish(&j);
}

static void translation_text(struct context *ctx, const struct cl_translation *t)
{
	FILE *f = ctx->out;
	char perms[4];

	fputs("cell:        ", f);
	print_cell_id(f, ctx, t->cell);
	fprintf(f, "\naddress:     0x%" PRIx64 "\n", (uint64_t)t->ipa);
	fprintf(f, "physical:    0x%" PRIx64 "\n", (uint64_t)t->pa);
	fprintf(f, "permissions: %s\n", perms_text(t->perms, perms));
	fprintf(f, "type:        %s\n", type_name(t->type));
	fputs("leaf:        ", f);
	print_size(f, t->leaf_size);
	fprintf(f, ", level %u\nlimit:       ", t->level);
	print_size(f, t->limit);
	fprintf(f, ", to 0x%" PRIx64 "\nregion:      ", (uint64_t)(t->ipa + t->limit - 1));
	if (t->region == UINT32_MAX) {
		fputs("none\n", f);
		return;
	}
	fprintf(f, "%u, ", t->region);
	print_range(f, t->region_start, t->region_size);
	fputc(':', f);
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (t->region_flags >> i & 1)
			fprintf(f, " %s", flag_names[i]);
	}
	fputc('\n', f);
}

static int not_mapped(struct context *ctx, const char *object, const struct cl_translation *t)
{
	FILE *f = complain(ctx, object);

	fputs("cell ", f);
	print_cell_id(f, ctx, t->cell);
	fprintf(f, " has nothing mapped at 0x%" PRIx64 ", which is in ", (uint64_t)t->ipa);
	if (t->region == UINT32_MAX) {
		fputs("no region\n", f);
	} else {
		fprintf(f, "its region %u (", t->region);
		print_range(f, t->region_start, t->region_size);
		fprintf(f, ")%s\n",
			t->region_flags & CL_IO_WIDTHS ? ": the hypervisor makes each access" :
			t->cell			       ? "" :
							 ": a cell has it");
	}
	return STATUS_REFUSED;
}

int cmd_translate(struct context *ctx, int argc, char **argv)
{
	struct option_values values;
	struct cl_translation t;
	struct cell_ref cell;
	uint64_t address;
	char object[64];
	int status = parse_options(ctx, argc, argv, "json ", &values);

	if (status)
		return status;
	if (values.nr_args != 2)
		return usage_error(ctx, "a cell and an address are needed");
	status = parse_cell(ctx, values.args[0], &cell);
	if (status)
		return status;
	if (!parse_u64(values.args[1], UINT64_MAX, &address))
		return usage_error(ctx, "'%s' is no address", values.args[1]);
	status = device_open(ctx);
	if (!status)
		status = read_about(ctx, &cell, CL_READ_TRANSLATION, address, &t, sizeof(t));
	if (status)
		return status;

	if (ctx->json)
		translation_json(ctx, &t);
	else if (t.mapped)
		translation_text(ctx, &t);
	snprintf(object, sizeof(object), "%s 0x%" PRIx64, cell.text, address);
	return t.mapped ? STATUS_OK : not_mapped(ctx, object, &t);
}

/* By level of the tables */
static const char *const leaf_names[] = { "512 GiB", "1 GiB", "2 MiB", "4 KiB" };

static void tables_json(struct context *ctx, const struct cl_tables *t)
{
	static const char *const keys[] = { "512g", "1g", "2m", "4k" };
	struct json j;

	json_start(&j, ctx->out);
	json_object(&j, NULL);
	json_number(&j, "cell", t->cell);
	json_number(&j, "regions", t->regions);
	json_number(&j, "mapped", t->mapped);
	json_object(&j, "leaves");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		json_number(&j, keys[i], t->leaves[i]);
	json_number(&j, "contiguous", t->contiguous);
	json_end(&j);
	json_number(&j, "pool_frames", t->frames);
	json_number(&j, "table_pages", t->pages);
	json_number(&j, "address_bits", t->ipa_bits);
	json_number(&j, "levels", t->levels);
	json_object(&j, "worst_reads");
	json_number(&j, "3_levels", t->worst_reads[0]);
	json_number(&j, "4_levels", t->worst_reads[1]);
	json_finish(&j);
}

static void tables_text(struct context *ctx, const struct cl_tables *t)
{
	FILE *f = ctx->out;
	uint64_t leaves = 0;

	fputs("cell:         ", f);
	print_cell_id(f, ctx, t->cell);
	fprintf(f, "\nregions:      %u\nmapped:       ", t->regions);
	print_size(f, t->mapped);
	for (size_t i = 0; i < ARRAY_SIZE(leaf_names); i++)
		leaves += t->leaves[i];
	fprintf(f, "\nleaves:       %" PRIu64 "\n", leaves);
	for (size_t i = 0; i < ARRAY_SIZE(leaf_names); i++) {
		if (t->leaves[i])
			fprintf(f, "  %-7s     %" PRIu64 "\n", leaf_names[i],
				(uint64_t)t->leaves[i]);
	}
	fprintf(f, "  contiguous  %" PRIu64 "\n", (uint64_t)t->contiguous);
	fprintf(f, "pool frames:  %" PRIu64 "\n", (uint64_t)t->frames);
	fprintf(f, "table pages:  %" PRIu64 "\n", (uint64_t)t->pages);
	fprintf(f, "address bits: %u\n", t->ipa_bits);
	fprintf(f, "levels:       %u\n", t->levels);
	fputs("memory accesses after a TLB miss, at worst:\n", f);
	for (unsigned int i = 0; i < ARRAY_SIZE(t->worst_reads); i++)
		fprintf(f, "  guest with %u levels: %u of tables + 1 of the data\n", 3 + i,
			t->worst_reads[i]);
}

int cmd_tables(struct context *ctx, int argc, char **argv)
{
	struct option_values values;
	struct cl_tables t;
	struct cell_ref cell;
	int status = parse_options(ctx, argc, argv, "json ", &values);

	if (status)
		return status;
	if (values.nr_args != 1)
		return usage_error(ctx, "one cell is needed");
	status = parse_cell(ctx, values.args[0], &cell);
	if (!status)
		status = device_open(ctx);
	if (!status)
		status = read_about(ctx, &cell, CL_READ_TABLES, 0, &t, sizeof(t));
	if (status)
		return status;

	if (ctx->json)
		tables_json(ctx, &t);
	else
		tables_text(ctx, &t);
	return STATUS_OK;
}

static const char *verdict_name(uint32_t verdict)
{
	static const char *const names[] = {
		[CL_AUDIT_OK] = "ok",	      [CL_AUDIT_HYPERVISOR] = "hypervisor",
		[CL_AUDIT_SHARED] = "shared", [CL_AUDIT_HOLE] = "hole",
		[CL_AUDIT_EXTRA] = "extra",   [CL_AUDIT_OUTPUT] = "output",
		[CL_AUDIT_ATTR] = "attr",     [CL_AUDIT_GIC] = "gic",
	};

	return verdict < ARRAY_SIZE(names) ? names[verdict] : "unknown";
}

/* Entries of its list, which may hold no more than this cellctl knows */
static uint32_t shared_count(const struct cl_audit *a)
{
	return a->nr_shared < CL_AUDIT_MAX_SHARED ? a->nr_shared : CL_AUDIT_MAX_SHARED;
}

static void audit_json(struct context *ctx, const struct cl_audit *a, unsigned int cells)
{
	struct json j;

	json_start(&j, ctx->out);
	json_object(&j, NULL);
	json_string(&j, "verdict", verdict_name(a->verdict), SIZE_MAX);
	if (a->verdict != CL_AUDIT_OK) {
		json_number(&j, "cell", a->cell);
		if (a->verdict == CL_AUDIT_SHARED)
			json_number(&j, "other", a->other);
		json_hex(&j, "address", a->ipa);
		json_hex(&j, "physical", a->pa);
	}
	json_number(&j, "leaves", a->leaves);
	json_number(&j, "cells", cells);
	json_array(&j, "shared");
	for (uint32_t i = 0; i < shared_count(a); i++) {
		json_object(&j, NULL);
		json_hex(&j, "start", a->shared[i].pa);
		json_number(&j, "size", a->shared[i].size);
		json_array(&j, "cells");
		for (uint32_t id = 0; id < CL_MAX_CELLS; id++) {
			if (a->shared[i].cells >> id & 1)
				json_number(&j, NULL, id);
		}
		json_end(&j);
		json_end(&j);
	}
	json_finish(&j);
}

static void audit_text(struct context *ctx, const struct cl_audit *a, unsigned int cells)
{
	FILE *f = ctx->out;

	fprintf(f, "OK: %" PRIu64 " leaves of %u cell%s are as the configs say\n",
		(uint64_t)a->leaves, cells, cells == 1 ? "" : "s");
	for (uint32_t i = 0; i < shared_count(a); i++) {
		const char *separator = ": ";

		fputs("shared ", f);
		print_range(f, a->shared[i].pa, a->shared[i].size);
		for (uint32_t id = 0; id < CL_MAX_CELLS; id++) {
			if (!(a->shared[i].cells >> id & 1))
				continue;
			fputs(separator, f);
			print_cell_id(f, ctx, id);
			separator = ", ";
		}
		fputc('\n', f);
	}
	if (a->nr_shared >= CL_AUDIT_MAX_SHARED)
		fputs("shared: no more than these are listed\n", f);
}

static int audit_found(struct context *ctx, const struct cl_audit *a)
{
	FILE *f = complain(ctx, NULL);

	fputs("cell ", f);
	print_cell_id(f, ctx, a->cell);
	if (a->verdict == CL_AUDIT_HOLE) {
		fprintf(f, " has nothing mapped at 0x%" PRIx64 ", which is in one of its regions\n",
			(uint64_t)a->ipa);
		return STATUS_REFUSED;
	}
	fprintf(f, " has 0x%" PRIx64 " mapped to 0x%" PRIx64, (uint64_t)a->ipa, (uint64_t)a->pa);
	switch (a->verdict) {
	case CL_AUDIT_HYPERVISOR:
		fputs(", which is hypervisor memory\n", f);
		break;
	case CL_AUDIT_SHARED:
		fputs(", which cell ", f);
		print_cell_id(f, ctx, a->other);
		fputs(" reaches, too, and their configs do not share it\n", f);
		break;
	case CL_AUDIT_EXTRA:
		fputs(", which is in none of its regions\n", f);
		break;
	case CL_AUDIT_OUTPUT:
		fputs(", which is not where its region leads\n", f);
		break;
	case CL_AUDIT_ATTR:
		fputs(", with other permissions or another memory type than its region has\n", f);
		break;
	case CL_AUDIT_GIC:
		fputs(", which is the interrupt controller\n", f);
		break;
	default:
		fprintf(f, ", which is wrong for a reason that this cellctl does not know (%u)\n",
			a->verdict);
	}
	return STATUS_REFUSED;
}

int cmd_audit(struct context *ctx, int argc, char **argv)
{
	struct cell_ref all = { .text = NULL };
	struct option_values values;
	struct cl_ioc_status s;
	struct cl_audit a;
	unsigned int cells;
	int status = parse_options(ctx, argc, argv, "json ", &values);

	if (status)
		return status;
	if (values.nr_args)
		return usage_error(ctx, "no argument is expected");
	status = device_open(ctx);
	if (!status)
		status = read_status_enabled(ctx, &s);
	if (!status)
		status = read_about(ctx, &all, CL_READ_AUDIT, 0, &a, sizeof(a));
	if (status)
		return status;

	cells = (unsigned int)__builtin_popcountll(s.cells);
	if (ctx->json)
		audit_json(ctx, &a, cells);
	else if (a.verdict == CL_AUDIT_OK)
		audit_text(ctx, &a, cells);
	return a.verdict == CL_AUDIT_OK ? STATUS_OK : audit_found(ctx, &a);
}
