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
 * @start: stream position of the first character that was read
 * @position: stream position of the next character
 * @end: where to stop; a guest may print faster than this reads
 * @started: something was read already
 * @raw: pass control characters on to a terminal
 */
struct console {
	struct cell_ref cell;
	uint64_t start;
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
	if (!console->started)
		console->start = read.offset;
	*size = read.buffer_size;
	console->position = read.offset + *size;
	console->started = true;
	return 0;
}

/*
 * What a cell has printed until now, and its state. The hypervisor itself prints
 * little. 0, or a positive errno.
 */
static int find_end(struct context *ctx, struct console *console, uint32_t *state,
		    struct cl_ioc_error *error)
{
	struct cl_cell_info info;
	int err = query_cell(ctx, &console->cell, &info, error);

	*state = info.state;
	console->end = console->cell.id || console->cell.name[0] ? info.console_end : UINT64_MAX;
	return err;
}

/* Print what there is: 0, or a positive errno */
static int drain(struct context *ctx, struct console *console, struct cl_ioc_error *error)
{
	char buffer[4096];
	size_t size;
	int err;

	do {
		size = sizeof(buffer);
		err = read_some(ctx, console, buffer, &size, error);
		if (!err)
			put_text(ctx, console, buffer, size);
	} while (!err && size && console->position < console->end && !ferror(ctx->out));
	fflush(ctx->out);
	return err;
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
		json_number(&j, "start", console->start);
		json_number(&j, "end", console->position);
		json_bytes(&j, "text", text, total);
		json_finish(&j);
	}
	free(text);
	return err ? fail_ioctl(ctx, console->cell.text, err, &error) : STATUS_OK;
}

static bool has_ended(uint32_t state)
{
	return state == CL_CELL_SHUT_DOWN || state == CL_CELL_FAILED ||
	       state == CL_CELL_DESTROYING || state == CL_CELL_QUARANTINED;
}

/* @input: what goes the other way, or NULL */
static int follow(struct context *ctx, struct console *console, struct input *input)
{
	int status = STATUS_OK;

	for (;;) {
		struct cl_ioc_error error;
		uint64_t position = console->position;
		uint32_t state;
		/* Asked first, so that what it printed before it ended is read. */
		int err = find_end(ctx, console, &state, &error);

		if (!err)
			err = drain(ctx, console, &error);
		/* The cell is destroyed, or the hypervisor is gone */
		if (console->started && (err == ENOENT || err == ENODEV))
			return STATUS_OK;
		if (err)
			return fail_ioctl(ctx, console->cell.text, err, &error);
		if (ferror(ctx->out) || has_ended(state))
			return STATUS_OK;
		/* What prints without end does not keep ^C from being noticed */
		if (input ? !input_step(ctx, &console->cell, input, console->position, &status) :
			    !ctx->ops->sleep_ms(console->position == position ? POLL_MS : 1))
			return status;
	}
}

static int interact(struct context *ctx, struct console *console)
{
	struct input input;
	int status = input_open(ctx, &console->cell, &input);

	if (status)
		return status;
	status = follow(ctx, console, &input);
	return input_close(ctx, &input, status);
}

int cmd_console(struct context *ctx, int argc, char **argv)
{
	struct console console = { 0 };
	struct option_values values;
	struct cl_ioc_error error;
	uint32_t state;
	int err, status = parse_options(ctx, argc, argv, "json follow interactive hypervisor raw ",
					&values);

	if (status)
		return status;
	if (values.nr_args != !values.hypervisor)
		return usage_error(ctx, "either one cell or --hypervisor is expected");
	if ((values.follow || values.interactive) && ctx->json)
		return usage_error(ctx, "--json and --%s exclude each other",
				   values.follow ? "follow" : "interactive");
	if (values.interactive && values.hypervisor)
		return usage_error(ctx, "the hypervisor takes no input");
	if (values.hypervisor)
		console.cell.text = "hypervisor"; /* ID 0 */
	else
		status = parse_cell(ctx, values.args[0], &console.cell);
	/* Whoever works there needs its colours and its cursor */
	console.raw = values.raw || values.interactive;
	if (!status)
		status = device_open(ctx);
	if (status)
		return status;

	if (values.interactive)
		return interact(ctx, &console);
	if (values.follow)
		return follow(ctx, &console, NULL);
	err = find_end(ctx, &console, &state, &error);
	if (!err && ctx->json)
		return print_json(ctx, &console);
	if (!err)
		err = drain(ctx, &console, &error);
	return err ? fail_ioctl(ctx, console.cell.text, err, &error) : STATUS_OK;
}
