// SPDX-License-Identifier: GPL-2.0-only
/* Commands that change a cell's state. */
#include <errno.h>
#include <string.h>

#include "cellctl.h"

int cmd_create(struct context *ctx, int argc, char **argv)
{
	struct cl_ioc_create create = { .size = sizeof(create) };
	struct option_values values;
	struct file_bytes config;
	int status = parse_options(ctx, argc, argv, "json ", &values);
	struct json j;

	if (status)
		return status;
	if (values.nr_args != 1)
		return usage_error(ctx, "one cell config is needed");
	status = file_map(ctx, values.args[0], CL_BLOB_MAX_SIZE, &config);
	if (status)
		return status;
	status = device_open(ctx);
	if (!status) {
		create.config = (uintptr_t)config.data;
		create.config_size = config.size;
		if (ctx->ops->ioctl(ctx->fd, CL_IOC_CELL_CREATE, &create))
			status = fail_ioctl(ctx, values.args[0], errno, &create.error);
	}
	file_unmap(&config);
	if (status)
		return status;

	if (ctx->json) {
		json_start(&j, ctx->out);
		json_object(&j, NULL);
		json_number(&j, "id", create.id);
		json_finish(&j);
	} else {
		fprintf(ctx->out, "%u\n", create.id);
	}
	return STATUS_OK;
}

/* START, SHUTDOWN and DESTROY differ in their number and options only. */
static int cell_command(struct context *ctx, int argc, char **argv, const char *options,
			unsigned long request)
{
	struct cl_ioc_cell arg = { .size = sizeof(arg) };
	struct option_values values;
	struct cell_ref cell;
	int status = parse_options(ctx, argc, argv, options, &values);

	if (status)
		return status;
	if (values.nr_args != 1)
		return usage_error(ctx, "one cell is needed");
	status = parse_cell(ctx, values.args[0], &cell);
	if (!status)
		status = device_open(ctx);
	if (status)
		return status;

	arg.id = cell.id;
	memcpy(arg.name, cell.name, sizeof(arg.name));
	arg.flags = values.force ? CL_IOC_FORCE : 0;
	arg.timeout_ms = values.timeout_ms;
	if (!ctx->ops->ioctl(ctx->fd, request, &arg))
		return STATUS_OK;
	status = fail_ioctl(ctx, cell.text, errno, &arg.error);
	if (request == CL_IOC_CELL_SHUTDOWN && arg.error.rule == CL_RULE_CELL_TIMEOUT &&
	    !values.force)
		fprintf(ctx->err, "cellctl: %s: it still runs; --force ends it as it is\n",
			ctx->command);
	return status;
}

int cmd_start(struct context *ctx, int argc, char **argv)
{
	return cell_command(ctx, argc, argv, "", CL_IOC_CELL_START);
}

int cmd_shutdown(struct context *ctx, int argc, char **argv)
{
	return cell_command(ctx, argc, argv, "force timeout ", CL_IOC_CELL_SHUTDOWN);
}

int cmd_destroy(struct context *ctx, int argc, char **argv)
{
	return cell_command(ctx, argc, argv, "force ", CL_IOC_CELL_DESTROY);
}
