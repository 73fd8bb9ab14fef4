// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl list` and `cellctl show`. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <config/text.h>

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
		[CL_FAIL_PANIC] = "panic",
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
		[CL_FAIL_PANIC] = "the guest's kernel panicked",
	};

	return reason < ARRAY_SIZE(texts) ? texts[reason] :
					    "a reason that this cellctl does not know";
}

static const char *const access_names[] = { "read", "write", "execute" };

static const char *access_name(uint32_t access)
{
	return access < ARRAY_SIZE(access_names) ? access_names[access] : "unknown";
}

#define OUTCOME_TEXT(name, number, text) [number] = (text),
static const char *const outcome_texts[] = { CL_OUTCOMES(OUTCOME_TEXT) };

static const char *outcome_text(uint32_t outcome)
{
	return outcome < ARRAY_SIZE(outcome_texts) ? outcome_texts[outcome] : "unknown";
}

static bool is_refused(const struct cl_fault *fault)
{
	return fault->outcome != CL_OUTCOME_RESOLVED && fault->outcome != CL_OUTCOME_SPURIOUS;
}

/* How many of the last faults there are: no more than this cellctl knows */
static uint32_t fault_count(const struct cl_faults *faults)
{
	return faults->nr < CL_MAX_FAULTS ? faults->nr : CL_MAX_FAULTS;
}

static void faults_json(struct json *j, const struct cl_faults *faults)
{
	json_object(j, "faults");
	json_number(j, "total", faults->total);
	json_object(j, "outcomes");
	for (uint32_t i = 0; i < CL_NR_OUTCOMES; i++)
		json_number(j, outcome_text(i), faults->outcomes[i]);
	json_end(j);
	json_array(j, "last");
	for (uint32_t i = 0; i < fault_count(faults); i++) {
		const struct cl_fault *fault = &faults->last[i];

		json_object(j, NULL);
		json_number(j, "cpu", fault->cpu);
		json_string(j, "access", access_name(fault->access), SIZE_MAX);
		json_hex(j, "address", fault->ipa);
		json_hex(j, "pc", fault->pc);
		json_string(j, "outcome", outcome_text(fault->outcome), SIZE_MAX);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

/* A few of those that were refused; --json has all */
#define SHOWN_FAULTS 5

static void faults_text(FILE *f, const struct cl_faults *faults)
{
	uint32_t shown = 0;

	fprintf(f, "faults:     %" PRIu64 " on stage 2", (uint64_t)faults->total);
	for (uint32_t i = 0; i < CL_NR_OUTCOMES; i++) {
		if (faults->outcomes[i])
			fprintf(f, ", %" PRIu64 " %s", (uint64_t)faults->outcomes[i],
				outcome_text(i));
	}
	fputc('\n', f);
	for (uint32_t i = fault_count(faults); i-- > 0 && shown < SHOWN_FAULTS;) {
		const struct cl_fault *fault = &faults->last[i];

		if (!is_refused(fault))
			continue;
		if (!shown++)
			fputs("last of them that were refused:\n", f);
		fprintf(f, "  CPU %u: %s of 0x%" PRIx64 " by PC 0x%" PRIx64 ": %s\n", fault->cpu,
			access_name(fault->access), (uint64_t)fault->ipa, (uint64_t)fault->pc,
			outcome_text(fault->outcome));
	}
}

/* Did the CPU trap, so that its registers say why? */
static bool has_syndrome(const struct cl_cell_info *info)
{
	return info->fail_reason == CL_FAIL_VIOLATION || info->fail_reason == CL_FAIL_TRAP ||
	       info->fail_reason == CL_FAIL_HYPERVISOR;
}

static const char *irq_mode_name(uint32_t mode)
{
	static const char *const names[] = {
		[CL_IRQ_VIRTUAL] = "virtual",
		[CL_IRQ_DIRECT] = "direct",
		[CL_IRQ_DIRECT_EOI] = "direct-eoi",
	};

	return mode < ARRAY_SIZE(names) ? names[mode] : "unknown";
}

/* @panic, @faults: NULL: are not told */
static void cell_json(struct json *j, const struct cl_cell_info *info, const char *panic,
		      const struct cl_faults *faults)
{
	char *text = NULL;
	size_t size;
	FILE *f;

	json_object(j, NULL);
	json_number(j, "id", info->id);
	json_string(j, "name", info->name, sizeof(info->name));
	json_string(j, "state", config_state_name(info->state), SIZE_MAX);
	json_cpus(j, "cpus", info);
	json_string(j, "interrupts", irq_mode_name(info->irq_mode), SIZE_MAX);
	json_number(j, "violations", info->violations);
	json_number(j, "restarts", info->restarts);
	json_number(j, "smcs_refused", info->smcs_refused);
	json_hex(j, "last_refused_smc", info->last_smc);
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
	if (panic && *panic)
		json_string(j, "panic", panic, SIZE_MAX);
	if (faults)
		faults_json(j, faults);
	json_end(j);
}

static void cell_text(FILE *f, const struct cl_cell_info *info, const char *panic)
{
	fprintf(f, "name:       %s\n", info->name);
	fprintf(f, "id:         %u\n", info->id);
	fprintf(f, "state:      %s\n", config_state_name(info->state));
	fputs("CPUs:       ", f);
	print_cpus(f, info);
	fprintf(f, "\ninterrupts: %s\n", irq_mode_name(info->irq_mode));
	fprintf(f, "violations: %" PRIu64 "\n", (uint64_t)info->violations);
	if (info->restarts)
		fprintf(f, "restarts:   %u\n", info->restarts);
	if (info->smcs_refused)
		fprintf(f, "SMCs:       %" PRIu64 " refused, the last 0x%x\n",
			(uint64_t)info->smcs_refused, info->last_smc);
	fprintf(f, "pages:      %" PRIu64 "\n", (uint64_t)info->pages);
	fprintf(f, "console:    %" PRIu64 " characters\n", (uint64_t)info->console_end);
	if (*panic)
		fprintf(f, "panic:      %s\n", panic);
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
	struct cl_faults faults;
	struct cell_ref cell;
	char panic[PANIC_LINE];
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
	if (!status)
		status = read_about(ctx, &cell, CL_READ_FAULTS, 0, &faults, sizeof(faults));
	if (status)
		return status;
	panic_line(ctx, &cell, &info, panic);

	if (ctx->json) {
		json_start(&j, ctx->out);
		cell_json(&j, &info, panic, &faults);
		json_finish(&j);
	} else {
		cell_text(ctx->out, &info, panic);
		faults_text(ctx->out, &faults);
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
			cell_json(&j, &cells[i], NULL, NULL);
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
			cells[i].name, config_state_name(cells[i].state),
			(uint64_t)cells[i].violations);
		print_cpus(ctx->out, &cells[i]);
		fputc('\n', ctx->out);
	}
	return STATUS_OK;
}
