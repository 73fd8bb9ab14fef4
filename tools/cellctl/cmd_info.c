// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl list` and `cellctl show`. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cellctl.h"

static const char *fail_name(uint32_t reason)
{
	static const char *const names[] = {
		[CL_FAIL_NONE] = "none",
		[CL_FAIL_VIOLATION] = "violation",
		[CL_FAIL_TRAP] = "trap",
		[CL_FAIL_COMM] = "comm",
		[CL_FAIL_HYPERVISOR] = "hypervisor",
		[CL_FAIL_CPU_LOST] = "cpu-lost",
	};

	return reason < ARRAY_SIZE(names) ? names[reason] : "unknown";
}

static const char *fail_text(uint32_t reason)
{
	static const char *const texts[] = {
		[CL_FAIL_NONE] = "none",
		[CL_FAIL_VIOLATION] = "an access that nobody granted",
		[CL_FAIL_TRAP] = "an exception that cannot be given to the guest",
		[CL_FAIL_COMM] = "the guest said so in its communication region",
		[CL_FAIL_HYPERVISOR] = "an error in the hypervisor",
		[CL_FAIL_CPU_LOST] = "a CPU did not come back",
	};

	return reason < ARRAY_SIZE(texts) ? texts[reason] :
					    "a reason that this cellctl does not know";
}

/* Did the CPU trap, so that its registers say why? */
static bool has_syndrome(const struct cl_cell_info *info)
{
	return info->fail_reason == CL_FAIL_VIOLATION || info->fail_reason == CL_FAIL_TRAP ||
	       info->fail_reason == CL_FAIL_HYPERVISOR;
}

static void cell_json(struct json *j, const struct cl_cell_info *info)
{
	char *text = NULL;
	size_t size;
	FILE *f;

	json_object(j, NULL);
	json_number(j, "id", info->id);
	json_string(j, "name", info->name, sizeof(info->name));
	json_string(j, "state", cell_state_name(info->state), SIZE_MAX);
	json_cpus(j, "cpus", info);
	json_number(j, "violations", info->violations);
	json_number(j, "pages", info->pages);
	json_number(j, "console_end", info->console_end);
	if (info->fail_reason != CL_FAIL_NONE) {
		json_object(j, "failure");
		json_string(j, "reason", fail_name(info->fail_reason), SIZE_MAX);
		json_number(j, "cpu", info->fail_cpu);
		json_hex(j, "esr", info->fail_esr);
		f = open_memstream(&text, &size);
		if (f) {
			print_esr(f, info->fail_esr);
			fclose(f);
			json_string(j, "esr_text", text, size);
			free(text);
		}
		json_hex(j, "pc", info->fail_pc);
		json_hex(j, "address", info->fail_address);
		json_end(j);
	}
	json_end(j);
}

static void cell_text(FILE *f, const struct cl_cell_info *info)
{
	fprintf(f, "name:       %s\n", info->name);
	fprintf(f, "id:         %u\n", info->id);
	fprintf(f, "state:      %s\n", cell_state_name(info->state));
	fputs("CPUs:       ", f);
	print_cpus(f, info);
	fprintf(f, "\nviolations: %" PRIu64 "\n", (uint64_t)info->violations);
	fprintf(f, "pages:      %" PRIu64 "\n", (uint64_t)info->pages);
	fprintf(f, "console:    %" PRIu64 " characters\n", (uint64_t)info->console_end);
	if (info->fail_reason == CL_FAIL_NONE)
		return;

	fprintf(f, "failure:    %s, on CPU %u\n", fail_text(info->fail_reason), info->fail_cpu);
	if (!has_syndrome(info))
		return;
	fprintf(f, "  ESR:      0x%08" PRIx64 " ", (uint64_t)info->fail_esr);
	print_esr(f, info->fail_esr);
	fprintf(f, "\n  PC:       0x%" PRIx64 "\n", (uint64_t)info->fail_pc);
	fprintf(f, "  address:  0x%" PRIx64 "\n", (uint64_t)info->fail_address);
}

int cmd_show(struct context *ctx, int argc, char **argv)
{
	struct option_values values;
	struct cl_cell_info info;
	struct cell_ref cell;
	struct json j;
	int status = parse_options(ctx, argc, argv, "json ", &values);

	if (status)
		return status;
	if (values.nr_args != 1)
		return usage_error(ctx, "one cell is needed");
	status = parse_cell(ctx, values.args[0], &cell);
	if (!status)
		status = device_open(ctx);
	if (!status)
		status = read_cell(ctx, &cell, &info);
	if (status)
		return status;

	if (ctx->json) {
		json_start(&j, ctx->out);
		cell_json(&j, &info);
		json_finish(&j);
	} else {
		cell_text(ctx->out, &info);
	}
	return STATUS_OK;
}

/* All cells; one that goes away meanwhile is left out */
static int read_all(struct context *ctx, struct cl_cell_info *cells, unsigned int *count)
{
	struct cl_ioc_status s;
	int status = read_status_enabled(ctx, &s);

	*count = 0;
	for (uint32_t id = 0; !status && id < CL_MAX_CELLS; id++) {
		struct cell_ref cell = { .text = "cells", .id = id };
		struct cl_ioc_error error;
		int err;

		if (!(s.cells >> id & 1))
			continue;
		err = query_cell(ctx, &cell, &cells[*count], &error);
		if (!err)
			++*count;
		else if (err != ENOENT)
			status = fail_ioctl(ctx, NULL, err, &error);
	}
	return status;
}

int cmd_list(struct context *ctx, int argc, char **argv)
{
	struct cl_cell_info cells[CL_MAX_CELLS];
	struct option_values values;
	unsigned int count;
	int width = 4;
	int status = parse_options(ctx, argc, argv, "json ", &values);

	if (status)
		return status;
	if (values.nr_args)
		return usage_error(ctx, "no argument is expected");
	status = device_open(ctx);
	if (!status)
		status = read_all(ctx, cells, &count);
	if (status)
		return status;

	if (ctx->json) {
		struct json j;

		json_start(&j, ctx->out);
		json_array(&j, NULL);
		for (unsigned int i = 0; i < count; i++)
			cell_json(&j, &cells[i]);
		json_finish(&j);
		return STATUS_OK;
	}
	for (unsigned int i = 0; i < count; i++) {
		int length = strlen(cells[i].name);

		width = length > width ? length : width;
	}
	fprintf(ctx->out, "%2s  %-*s  %-14s  %10s  %s\n", "ID", width, "NAME", "STATE",
		"VIOLATIONS", "CPUS");
	for (unsigned int i = 0; i < count; i++) {
		fprintf(ctx->out, "%2u  %-*s  %-14s  %10" PRIu64 "  ", cells[i].id, width,
			cells[i].name, cell_state_name(cells[i].state),
			(uint64_t)cells[i].violations);
		print_cpus(ctx->out, &cells[i]);
		fputc('\n', ctx->out);
	}
	return STATUS_OK;
}
