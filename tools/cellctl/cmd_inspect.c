// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl tables` and `cellctl audit`: the live tables. */
#include <inttypes.h>
#include <string.h>

#include "cellctl.h"

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
