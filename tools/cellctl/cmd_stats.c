// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl stats`: why guests entered the hypervisor, per CPU. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cellctl.h"

static const char *const reasons[CL_NR_EXITS] = {
#define EXIT(name, number, text) [number] = text,
	CL_EXITS(EXIT)
#undef EXIT
};

static int read_cpu(struct context *ctx, uint32_t cpu, struct cl_cpu_stats *stats)
{
	struct cl_ioc_read read = {
		.size = sizeof(read),
		.what = CL_READ_CPU_STATS,
		.id = cpu,
		.buffer = (uintptr_t)stats,
		.buffer_size = sizeof(*stats),
	};
	char object[32];

	snprintf(object, sizeof(object), "CPU %u", cpu);
	memset(stats, 0, sizeof(*stats));
	if (ctx->ops->ioctl(ctx->fd, CL_IOC_READ, &read))
		return fail_ioctl(ctx, object, errno, &read.error);
	if (read.buffer_size < sizeof(*stats))
		return fail_ioctl(ctx, object, EPROTO, &read.error);
	return STATUS_OK;
}

/* The CPUs that the command line asks for, as a list */
static int choose_cpus(struct context *ctx, const struct option_values *values, uint32_t *cpus,
		       unsigned int *count)
{
	struct cl_cell_info info;
	struct cl_ioc_status s;
	struct cell_ref cell;
	int status;

	*count = 0;
	if (values->has_cpu) {
		cpus[(*count)++] = values->cpu;
		return STATUS_OK;
	}
	if (values->nr_args) {
		status = parse_cell(ctx, values->args[0], &cell);
		if (!status)
			status = read_cell(ctx, &cell, &info);
		for (uint32_t cpu = 0; !status && cpu < CL_MAX_CPUS; cpu++) {
			if (cpu_in(&info, cpu))
				cpus[(*count)++] = cpu;
		}
		return status;
	}
	status = read_status_enabled(ctx, &s);
	for (uint32_t cpu = 0; !status && cpu < s.nr_cpus && cpu < CL_MAX_CPUS; cpu++)
		cpus[(*count)++] = cpu;
	return status;
}

static void stats_json(struct context *ctx, const struct cl_cpu_stats *stats, unsigned int count)
{
	struct json j;

	json_start(&j, ctx->out);
	json_array(&j, NULL);
	for (unsigned int i = 0; i < count; i++) {
		json_object(&j, NULL);
		json_number(&j, "cpu", stats[i].cpu);
		json_number(&j, "cell", stats[i].cell);
		json_object(&j, "exits");
		for (unsigned int reason = 0; reason < CL_NR_EXITS; reason++)
			json_number(&j, reasons[reason], stats[i].exits[reason]);
		json_end(&j);
		json_end(&j);
	}
	json_finish(&j);
}

/* Columns are CPUs: there are more reasons than fit a line, and fewer CPUs. */
static void stats_text(FILE *f, const struct cl_cpu_stats *stats, unsigned int count)
{
	const unsigned int per_block = 4;

	for (unsigned int first = 0; first < count; first += per_block) {
		unsigned int end = first + per_block < count ? first + per_block : count;

		if (first)
			fputc('\n', f);
		fprintf(f, "%-12s", "CPU");
		for (unsigned int i = first; i < end; i++)
			fprintf(f, " %14u", stats[i].cpu);
		fprintf(f, "\n%-12s", "cell");
		for (unsigned int i = first; i < end; i++)
			fprintf(f, " %14u", stats[i].cell);
		fputc('\n', f);
		for (unsigned int reason = 0; reason < CL_NR_EXITS; reason++) {
			fprintf(f, "%-12s", reasons[reason]);
			for (unsigned int i = first; i < end; i++)
				fprintf(f, " %14" PRIu64, (uint64_t)stats[i].exits[reason]);
			fputc('\n', f);
		}
	}
}

int cmd_stats(struct context *ctx, int argc, char **argv)
{
	struct cl_cpu_stats stats[CL_MAX_CPUS];
	struct option_values values;
	uint32_t cpus[CL_MAX_CPUS];
	unsigned int count = 0;
	int status = parse_options(ctx, argc, argv, "json cpu ", &values);

	if (status)
		return status;
	if (values.nr_args > 1 || (values.nr_args && values.has_cpu))
		return usage_error(ctx, "either one cell or --cpu is expected");
	status = device_open(ctx);
	if (!status)
		status = choose_cpus(ctx, &values, cpus, &count);
	for (unsigned int i = 0; !status && i < count; i++)
		status = read_cpu(ctx, cpus[i], &stats[i]);
	if (status)
		return status;

	if (ctx->json)
		stats_json(ctx, stats, count);
	else
		stats_text(ctx->out, stats, count);
	return STATUS_OK;
}
