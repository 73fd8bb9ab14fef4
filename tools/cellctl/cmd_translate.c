// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl translate`: where an address of a cell, or of a guest on a CPU, leads. */
#include <inttypes.h>
#include <string.h>

#include "cellctl.h"

static void translation_json(struct context *ctx, const struct cl_translation *t)
{
	struct json j;

	json_start(&j, ctx->out);
	json_object(&j, NULL);
	json_number(&j, "cell", t->cell);
	json_hex(&j, "address", t->ipa);
	json_mapping(&j, t);
	json_finish(&j);
}

static int translate_ipa(struct context *ctx, const char *name, uint64_t address)
{
	struct cl_translation t;
	struct cell_ref cell;
	char object[64];
	int status = parse_cell(ctx, name, &cell);

	if (!status)
		status = device_open(ctx);
	if (!status)
		status = read_about(ctx, &cell, CL_READ_TRANSLATION, address, &t, sizeof(t));
	if (status)
		return status;
	if (ctx->json)
		translation_json(ctx, &t);
	if (!t.mapped) {
		snprintf(object, sizeof(object), "%s 0x%" PRIx64, cell.text, address);
		print_not_mapped(complain(ctx, object), ctx, &t);
		return STATUS_REFUSED;
	}
	if (!ctx->json) {
		fputs("cell:        ", ctx->out);
		print_cell_id(ctx->out, ctx, t.cell);
		fprintf(ctx->out, "\naddress:     0x%" PRIx64 "\n", (uint64_t)t.ipa);
		print_mapping(ctx->out, &t);
	}
	return STATUS_OK;
}

/* Stage 1 has come to its end, at a leaf or without one */
static bool stage1_leads(const struct cl_gva *g)
{
	return g->status == CL_GVA_MAPPED || g->status == CL_GVA_STAGE2;
}

/* Is there an address that stage 2 was asked about? */
static bool has_ipa(const struct cl_gva *g)
{
	return g->status != CL_GVA_UNKNOWN && (g->status != CL_GVA_NO_ENTRY || g->reads);
}

static bool mmu_is_on(const struct cl_gva *g)
{
	return g->sctlr & 1;
}

/* One half of an attribute of normal memory */
static const char *cache_policy(unsigned int half)
{
	static const char *const policies[] = {
		"write-through, transient",
		"write-back, transient",
		"write-through",
		"write-back",
	};

	return half == 4 ? "non-cacheable" : policies[half >> 2];
}

/* A byte of MAIR_EL1, without its allocation hints; @text has room for 80 characters */
static const char *attr_text(unsigned int attr, char *text)
{
	static const char *const devices[] = { "nGnRnE", "nGnRE", "nGRE", "GRE" };
	unsigned int outer = attr >> 4 & 15, inner = attr & 15;

	if (!outer && !(inner & 2))
		snprintf(text, 80, "device %s%s", devices[inner >> 2], inner & 1 ? ", XS 0" : "");
	else if (attr == 0xf0)
		strcpy(text, "normal write-back, tagged");
	else if (attr == 0x40 || attr == 0xa0)
		snprintf(text, 80, "normal %s, XS 0", cache_policy(outer));
	else if (!outer || !inner)
		strcpy(text, "reserved");
	else if (cache_policy(outer) == cache_policy(inner))
		snprintf(text, 80, "normal %s", cache_policy(outer));
	else
		snprintf(text, 80, "normal, outer %s, inner %s", cache_policy(outer),
			 cache_policy(inner));
	return text;
}

/* What TCR_EL1 says of the half of the addresses in which @gva is */
static void print_half(FILE *f, uint64_t tcr, uint64_t gva)
{
	static const char *const granules[2][4] = {
		{ "4", "64", "16", NULL },
		{ NULL, "16", "4", "64" },
	};
	unsigned int upper = gva >> 55 & 1;
	const char *granule = granules[upper][tcr >> (upper ? 30 : 14) & 3];

	fprintf(f, "TTBR%u_EL1 for it, ", upper);
	if (tcr >> (upper ? 23 : 7) & 1)
		fputs("switched off", f);
	else if (granule)
		fprintf(f, "%u bits, granule %s KiB", 64 - (unsigned int)(tcr >> 16 * upper & 63),
			granule);
	else
		fputs("reserved granule", f);
}

static void print_register(FILE *f, const char *name, uint64_t value)
{
	fprintf(f, "\n%-13s0x%" PRIx64, name, value);
}

static void registers_text(struct context *ctx, const struct cl_gva *g)
{
	FILE *f = ctx->out;

	fprintf(f, "CPU:         %u\ncell:        ", g->cpu);
	print_cell_id(f, ctx, g->stage2.cell);
	print_register(f, "address:", g->gva);
	print_register(f, "SCTLR_EL1:", g->sctlr);
	fprintf(f, ", MMU %s", mmu_is_on(g) ? "on" : "off");
	print_register(f, "TCR_EL1:", g->tcr);
	if (mmu_is_on(g)) {
		fputs(", ", f);
		print_half(f, g->tcr, g->gva);
	}
	if (g->tcr2)
		print_register(f, "TCR2_EL1:", g->tcr2);
	print_register(f, "MAIR_EL1:", g->mair);
	print_register(f, "TTBR0_EL1:", g->ttbr[0]);
	print_register(f, "TTBR1_EL1:", g->ttbr[1]);
	fprintf(f, "\nreads:       %u\n", g->reads);
}

static void gva_text(struct context *ctx, const struct cl_gva *g)
{
	FILE *f = ctx->out;
	char text[80];

	registers_text(ctx, g);
	if (!stage1_leads(g))
		return;
	fprintf(f, "stage 1:     0x%" PRIx64 "\n", (uint64_t)g->stage2.ipa);
	if (mmu_is_on(g)) {
		fprintf(f, "entry:       0x%" PRIx64 "\nleaf:        ", (uint64_t)g->descriptor);
		print_size(f, g->leaf_size);
		fprintf(f, ", level %u\n", g->level);
		fprintf(f, "EL1:         %s\n", perms_text(g->el1, text));
		fprintf(f, "EL0:         %s\n", perms_text(g->el0, text));
		fprintf(f, "attributes:  0x%02x, %s\n", g->attr, attr_text(g->attr, text));
	}
	if (g->status != CL_GVA_MAPPED)
		return;
	fputs("contiguous:  ", f);
	print_size(f, g->limit);
	fprintf(f, ", to 0x%" PRIx64 "\nstage 2:\n", (uint64_t)(g->gva + g->limit - 1));
	print_mapping(f, &g->stage2);
}

static const char *gva_status_name(uint32_t status)
{
	static const char *const names[] = {
		[CL_GVA_MAPPED] = "mapped",
		[CL_GVA_NO_ENTRY] = "no-entry",
		[CL_GVA_ADDRESS_SIZE] = "address-size",
		[CL_GVA_ACCESS_FLAG] = "access-flag",
		[CL_GVA_UNKNOWN] = "unknown-registers",
		[CL_GVA_TABLE] = "table",
		[CL_GVA_STAGE2] = "stage2",
		[CL_GVA_NO_RAM] = "no-ram",
	};

	return status < ARRAY_SIZE(names) ? names[status] : "unknown";
}

static void stage1_json(struct json *j, const struct cl_gva *g)
{
	char text[80];

	json_object(j, "stage1");
	json_bool(j, "mmu", mmu_is_on(g));
	json_hex(j, "sctlr", g->sctlr);
	json_hex(j, "tcr", g->tcr);
	json_hex(j, "tcr2", g->tcr2);
	json_hex(j, "mair", g->mair);
	json_hex(j, "ttbr0", g->ttbr[0]);
	json_hex(j, "ttbr1", g->ttbr[1]);
	if (mmu_is_on(g) && g->reads) {
		json_number(j, "level", g->level);
		json_hex(j, "entry", g->descriptor);
	}
	if (mmu_is_on(g) && stage1_leads(g)) {
		json_number(j, "leaf_size", g->leaf_size);
		json_string(j, "el1", perms_text(g->el1, text), SIZE_MAX);
		json_string(j, "el0", perms_text(g->el0, text), SIZE_MAX);
		json_hex(j, "attributes", g->attr);
		json_string(j, "memory", attr_text(g->attr, text), SIZE_MAX);
	}
	json_end(j);
}

static void gva_json(struct context *ctx, const struct cl_gva *g)
{
	struct json j;

	json_start(&j, ctx->out);
	json_object(&j, NULL);
	json_number(&j, "cpu", g->cpu);
	json_number(&j, "cell", g->stage2.cell);
	json_hex(&j, "address", g->gva);
	json_string(&j, "status", gva_status_name(g->status), SIZE_MAX);
	if (g->status == CL_GVA_MAPPED) {
		json_hex(&j, "physical", g->stage2.pa);
		json_number(&j, "limit", g->limit);
	}
	json_number(&j, "reads", g->reads);
	stage1_json(&j, g);
	if (has_ipa(g)) {
		json_object(&j, "stage2");
		json_hex(&j, "address", g->stage2.ipa);
		json_mapping(&j, &g->stage2);
	}
	json_finish(&j);
}

/* The table at which the way ends, that stage 2 does not let be read as one */
static void no_table(FILE *f, struct context *ctx, const struct cl_gva *g)
{
	char perms[4];

	fprintf(f, "stage 1's table of level %u cannot be read: ", g->level);
	if (g->stage2.mapped)
		fprintf(f, "stage 2 has 0x%" PRIx64 " as %s memory, %s\n", (uint64_t)g->stage2.ipa,
			type_name(g->stage2.type), perms_text(g->stage2.perms, perms));
	else
		print_not_mapped(f, ctx, &g->stage2);
}

static int gva_ends(struct context *ctx, const char *object, const struct cl_gva *g)
{
	FILE *f = complain(ctx, object);
	uint64_t ipa = g->stage2.ipa;

	switch (g->status) {
	case CL_GVA_NO_ENTRY:
		if (g->reads)
			fprintf(f,
				"stage 1 has no entry for it: at level %u, address 0x%" PRIx64
				", is 0x%" PRIx64 "\n",
				g->level, ipa, (uint64_t)g->descriptor);
		else
			fputs("stage 1 has no table for it: TCR_EL1 has that half switched off, "
			      "or fewer bits\n",
			      f);
		break;
	case CL_GVA_ADDRESS_SIZE:
		fprintf(f, "%s to 0x%" PRIx64 ", which is longer than %s\n",
			mmu_is_on(g) ? "stage 1 leads" : "with the MMU off it leads", ipa,
			mmu_is_on(g) ? "TCR_EL1.IPS or stage 2 allows" : "stage 2 allows");
		break;
	case CL_GVA_ACCESS_FLAG:
		fprintf(f,
			"stage 1's entry of level %u, 0x%" PRIx64 ", has its access flag clear\n",
			g->level, (uint64_t)g->descriptor);
		break;
	case CL_GVA_UNKNOWN:
		fputs("TCR_EL1 or TCR2_EL1 has what the hypervisor does not know\n", f);
		break;
	case CL_GVA_TABLE:
		no_table(f, ctx, g);
		break;
	case CL_GVA_STAGE2:
		fprintf(f, "stage 1 leads to 0x%" PRIx64 ", but ", ipa);
		print_not_mapped(f, ctx, &g->stage2);
		break;
	case CL_GVA_NO_RAM:
		fprintf(f,
			"stage 1's table of level %u cannot be read: 0x%" PRIx64
			" leads to 0x%" PRIx64 ", which is no RAM of the system config\n",
			g->level, ipa, (uint64_t)g->stage2.pa);
		break;
	default:
		fprintf(f, "it ends for a reason that this cellctl does not know (%u)\n",
			g->status);
	}
	return STATUS_REFUSED;
}

static int translate_gva(struct context *ctx, const char *text, uint64_t address)
{
	struct cell_ref cpu = { .text = text };
	struct cl_gva g;
	uint64_t number;
	char object[64];
	int status;

	if (!parse_u64(text, CL_MAX_CPUS - 1, &number))
		return usage_error(ctx, "'%s' is no CPU number (0..%d)", text, CL_MAX_CPUS - 1);
	cpu.id = number;
	status = device_open(ctx);
	if (!status)
		status = read_about(ctx, &cpu, CL_READ_GVA, address, &g, sizeof(g));
	if (status)
		return status;
	if (ctx->json)
		gva_json(ctx, &g);
	else
		gva_text(ctx, &g);
	snprintf(object, sizeof(object), "--gva %s 0x%" PRIx64, text, address);
	return g.status == CL_GVA_MAPPED ? STATUS_OK : gva_ends(ctx, object, &g);
}

int cmd_translate(struct context *ctx, int argc, char **argv)
{
	struct option_values values;
	uint64_t address;
	int status = parse_options(ctx, argc, argv, "json gva ", &values);

	if (status)
		return status;
	if (values.nr_args != 2)
		return usage_error(ctx, "a %s and an address are needed",
				   values.gva ? "CPU" : "cell");
	if (!parse_u64(values.args[1], UINT64_MAX, &address))
		return usage_error(ctx, "'%s' is no address", values.args[1]);
	if (values.gva)
		return translate_gva(ctx, values.args[0], address);
	return translate_ipa(ctx, values.args[0], address);
}
