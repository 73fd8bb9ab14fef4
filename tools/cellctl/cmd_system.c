// SPDX-License-Identifier: GPL-2.0-only
/* Commands about the hypervisor as a whole. */
#include <errno.h>
#include <inttypes.h>

#include "cellctl.h"

/* Loud enough for who enables by hand; the kernel's log has the names. */
static void warn_dma(struct context *ctx, unsigned int masters)
{
	if (masters)
		fprintf(ctx->err,
			"cellctl: enable: warning: no IOMMU contains DMA: %u device%s can read and "
			"write the memory of the hypervisor and of cells; `dmesg` names %s\n",
			masters, masters == 1 ? "" : "s", masters == 1 ? "it" : "them");
}

int cmd_enable(struct context *ctx, int argc, char **argv)
{
	struct cl_ioc_enable enable = { .size = sizeof(enable) };
	struct option_values values;
	struct file_bytes config;
	int status = parse_options(ctx, argc, argv, "", &values);

	if (status)
		return status;
	if (values.nr_args != 1)
		return usage_error(ctx, "one system config is needed");
	status = file_map(ctx, values.args[0], CL_BLOB_MAX_SIZE, &config);
	if (status)
		return status;
	status = device_open(ctx);
	if (!status) {
		enable.config = (uintptr_t)config.data;
		enable.config_size = config.size;
		if (ctx->ops->ioctl(ctx->fd, CL_IOC_ENABLE, &enable))
			status = fail_ioctl(ctx, values.args[0], errno, &enable.error);
		else
			warn_dma(ctx, enable.dma_masters);
	}
	file_unmap(&config);
	return status;
}

int cmd_disable(struct context *ctx, int argc, char **argv)
{
	struct cl_ioc_plain disable = { .size = sizeof(disable) };
	struct option_values values;
	int status = parse_options(ctx, argc, argv, "", &values);

	if (status)
		return status;
	if (values.nr_args)
		return usage_error(ctx, "no argument is expected");
	status = device_open(ctx);
	if (status)
		return status;
	if (ctx->ops->ioctl(ctx->fd, CL_IOC_DISABLE, &disable))
		return fail_ioctl(ctx, NULL, errno, &disable.error);
	return STATUS_OK;
}

static unsigned int count_cells(const struct cl_ioc_status *status)
{
	return __builtin_popcountll(status->cells);
}

static void status_json(struct context *ctx, const struct cl_ioc_status *status)
{
	struct json j;

	json_start(&j, ctx->out);
	json_object(&j, NULL);
	json_bool(&j, "enabled", status->enabled);
	json_number(&j, "abi_version", status->abi_version);
	if (status->enabled) {
		json_string(&j, "version", status->version, sizeof(status->version));
		json_number(&j, "cpus", status->nr_cpus);
		json_number(&j, "cells", count_cells(status));
		json_number(&j, "pool_pages", status->pool_pages);
		json_number(&j, "pool_used", status->pool_used);
		json_number(&j, "dma_masters", status->dma_masters);
	}
	json_finish(&j);
}

int cmd_status(struct context *ctx, int argc, char **argv)
{
	struct option_values values;
	struct cl_ioc_status s;
	int status = parse_options(ctx, argc, argv, "json ", &values);

	if (status)
		return status;
	if (values.nr_args)
		return usage_error(ctx, "no argument is expected");
	status = device_open(ctx);
	if (!status)
		status = read_status(ctx, &s);
	if (status)
		return status;

	if (ctx->json) {
		status_json(ctx, &s);
		return STATUS_OK;
	}
	fprintf(ctx->out, "hypervisor:  %s\n", s.enabled ? "enabled" : "disabled");
	fprintf(ctx->out, "ABI version: %u\n", s.abi_version);
	if (s.enabled) {
		fprintf(ctx->out, "version:     %s\n", s.version);
		fprintf(ctx->out, "CPUs:        %u\n", s.nr_cpus);
		fprintf(ctx->out, "cells:       %u\n", count_cells(&s));
		fprintf(ctx->out, "memory pool: %" PRIu64 " of %" PRIu64 " pages in use\n",
			(uint64_t)s.pool_used, (uint64_t)s.pool_pages);
		fprintf(ctx->out, "DMA masters: %u that no IOMMU contains\n", s.dma_masters);
	}
	return STATUS_OK;
}
