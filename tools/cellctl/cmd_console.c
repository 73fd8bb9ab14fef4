// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl console`: the ring that a cell, or the hypervisor itself, prints to. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cellctl.h"

#define POLL_MS 50

/**
 * struct console - a console being read
 * @cell: whose
 * @position: stream position of the next character
 * @end: where to stop; a guest may print faster than this reads
 * @started: something was read already
 * @raw: pass control characters on to a terminal
 */
struct console {
	struct cell_ref cell;
	uint64_t position;
	uint64_t end;
	bool started;
	bool raw;
};

/*
 * Text of a guest that goes to root's terminal must not be able to drive it:
 * an escape sequence can do more than change colours.
 */
static void put_text(struct context *ctx, const struct console *console, const char *text,
		     size_t size)
{
	if (console->raw || !ctx->tty) {
		fwrite(text, 1, size, ctx->out);
		return;
	}
	for (size_t i = 0; i < size; i++) {
		unsigned char c = text[i];

		if (c == '\n' || c == '\t' || c == '\r' || (c >= 0x20 && c < 0x7f))
			fputc(c, ctx->out);
		else
			fprintf(ctx->out, "\\x%02x", c);
	}
}

static int ask(struct context *ctx, const struct console *console, struct cl_ioc_read *read,
	       char *buffer, size_t size)
{
	*read = (struct cl_ioc_read){
		.size = sizeof(*read),
		.what = CL_READ_CONSOLE,
		.id = console->cell.id,
		.offset = console->position,
		.buffer = (uintptr_t)buffer,
		.buffer_size = size,
	};
	memcpy(read->name, console->cell.name, sizeof(read->name));
	return ctx->ops->ioctl(ctx->fd, CL_IOC_READ, read) ? errno : 0;
}

/* Read once: 0, or a positive errno; *size is 0 when there is nothing new */
static int read_some(struct context *ctx, struct console *console, char *buffer, size_t *size,
		     struct cl_ioc_error *error)
{
	struct cl_ioc_read read;
	int err = ask(ctx, console, &read, buffer, *size);

	if (!err && read.offset < console->position) {
		/* Another cell has the name or ID now: its stream began anew. */
		console->position = 0;
		err = ask(ctx, console, &read, buffer, *size);
	}
	*error = read.error;
	if (!err && read.buffer_size > *size)
		err = EPROTO;
	if (err)
		return err;
	if (read.offset > console->position && console->started)
		fprintf(ctx->err, "cellctl: console: %" PRIu64 " characters are lost\n",
			(uint64_t)(read.offset - console->position));
	*size = read.buffer_size;
	console->position = read.offset + *size;
	console->started = true;
	return 0;
}

/* What a cell has printed until now. (The hypervisor itself prints little.) */
static int find_end(struct context *ctx, struct console *console)
{
	struct cl_cell_info info;
	struct cl_ioc_error error;
	int err;

	console->end = UINT64_MAX;
	if (!console->cell.id && !console->cell.name[0])
		return STATUS_OK;
	err = query_cell(ctx, &console->cell, &info, &error);
	if (err)
		return fail_ioctl(ctx, console->cell.text, err, &error);
	console->end = info.console_end;
	return STATUS_OK;
}

/* Print what there is */
static int drain(struct context *ctx, struct console *console)
{
	struct cl_ioc_error error;
	char buffer[4096];
	size_t size;

	do {
		int err;

		size = sizeof(buffer);
		err = read_some(ctx, console, buffer, &size, &error);
		if (err)
			return fail_ioctl(ctx, console->cell.text, err, &error);
		put_text(ctx, console, buffer, size);
	} while (size && console->position < console->end && !ferror(ctx->out));
	fflush(ctx->out);
	return STATUS_OK;
}

static int print_json(struct context *ctx, struct console *console)
{
	char *text = NULL, buffer[4096];
	struct cl_ioc_error error = { 0 };
	size_t total, size;
	struct json j;
	FILE *f = open_memstream(&text, &total);
	int err = f ? 0 : ENOMEM;

	while (!err && console->position < console->end) {
		size = sizeof(buffer);
		err = read_some(ctx, console, buffer, &size, &error);
		if (err || !size)
			break;
		fwrite(buffer, 1, size, f);
	}
	if (f)
		fclose(f);
	if (!err) {
		json_start(&j, ctx->out);
		json_object(&j, NULL);
		json_string(&j, "cell", console->cell.text, SIZE_MAX);
		json_number(&j, "start", console->position - total);
		json_number(&j, "end", console->position);
		json_bytes(&j, "text", text, total);
		json_finish(&j);
	}
	free(text);
	return err ? fail_ioctl(ctx, console->cell.text, err, &error) : STATUS_OK;
}

static int follow(struct context *ctx, struct console *console)
{
	int status;

	for (;;) {
		struct cl_ioc_error error;
		struct cl_cell_info info;
		/* Asked first, so that what it printed before it ended is read. */
		bool gone = query_cell(ctx, &console->cell, &info, &error);

		if (gone && console->started)
			return STATUS_OK;
		status = drain(ctx, console);
		if (status || gone || ferror(ctx->out))
			return status;
		if (info.state == CL_CELL_SHUT_DOWN || info.state == CL_CELL_FAILED ||
		    info.state == CL_CELL_DESTROYING || info.state == CL_CELL_QUARANTINED)
			return STATUS_OK;
		if (!ctx->ops->sleep_ms(POLL_MS))
			return STATUS_OK;
	}
}

int cmd_console(struct context *ctx, int argc, char **argv)
{
	struct console console = { 0 };
	struct option_values values;
	int status = parse_options(ctx, argc, argv, "json follow hypervisor raw ", &values);

	if (status)
		return status;
	if (values.nr_args != !values.hypervisor)
		return usage_error(ctx, "either one cell or --hypervisor is expected");
	if (values.follow && ctx->json)
		return usage_error(ctx, "--json and --follow exclude each other");
	if (values.hypervisor)
		console.cell.text = "hypervisor"; /* ID 0 */
	else
		status = parse_cell(ctx, values.args[0], &console.cell);
	console.raw = values.raw;
	if (!status)
		status = device_open(ctx);
	if (status)
		return status;

	if (values.follow) {
		console.end = UINT64_MAX;
		return follow(ctx, &console);
	}
	status = find_end(ctx, &console);
	if (status)
		return status;
	return ctx->json ? print_json(ctx, &console) : drain(ctx, &console);
}
