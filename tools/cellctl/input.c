// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl console -i`: standard input, to the UART of a cell. */
#include <errno.h>
#include <string.h>

#include "cellctl.h"

#define LEAVE_KEY 0x1d /* ^] */

/* Without a word of the cell, once there is no more to be sent, or while it takes nothing */
#define IDLE_MS 1000
#define STUCK_MS 10000

/* What the cell takes of it; 0, or a positive errno */
static int send_bytes(struct context *ctx, const struct cell_ref *cell, const char *bytes,
		      size_t *size, struct cl_ioc_error *error)
{
	struct cl_ioc_input arg = {
		.size = sizeof(arg),
		.id = cell->id,
		.buffer = (uintptr_t)bytes,
		.buffer_size = *size,
	};
	int err;

	memcpy(arg.name, cell->name, sizeof(arg.name));
	err = ctx->ops->ioctl(ctx->fd, CL_IOC_CONSOLE_INPUT, &arg) ? errno : 0;
	*error = arg.error;
	if (!err && arg.buffer_size > *size)
		return EPROTO;
	*size = err ? 0 : arg.buffer_size;
	/* It does not run yet, or not any more: what comes next tells */
	if (err == EAGAIN || (err == EBUSY && error->rule == CL_RULE_CELL_STATE))
		return 0;
	return err;
}

/**
 * input_open() - begin to hand standard input to a cell
 * @ctx: the open device
 * @cell: whose console it is
 * @input: filled in
 *
 * A terminal is raw from here on, until input_close().
 *
 * Return: STATUS_OK, or STATUS_REFUSED after a message.
 */
int input_open(struct context *ctx, const struct cell_ref *cell, struct input *input)
{
	struct cl_ioc_error error;
	size_t none = 0;
	int err = send_bytes(ctx, cell, "", &none, &error);

	/* What is typed now waits for the first start, but not for another life */
	if (!err && error.rule == CL_RULE_CELL_STATE && error.value[1] != CL_CELL_CREATED)
		err = EBUSY;
	if (err)
		return fail_ioctl(ctx, cell->text, err, &error);
	memset(input, 0, sizeof(*input));
	input->terminal = ctx->ops->raw_terminal(true);
	if (input->terminal)
		fprintf(ctx->err, "cellctl: console: ^] leaves\n");
	return STATUS_OK;
}

/* As long as the cell has not taken the last bytes, no others are read */
static bool read_bytes(struct context *ctx, struct input *input, unsigned int wait_ms)
{
	size_t size = input->start == input->end && !input->ended ? sizeof(input->bytes) : 0;
	int n = ctx->ops->read_input(input->bytes, size, wait_ms);
	char *leave;

	if (n == INPUT_END)
		input->ended = true;
	if (n <= 0)
		return n != INPUT_STOP;
	input->start = 0;
	input->end = n;
	leave = input->terminal ? memchr(input->bytes, LEAVE_KEY, n) : NULL;
	if (leave) {
		input->end = leave - input->bytes;
		input->leave = true;
	}
	return true;
}

/*
 * Has it been quiet for so long that nothing more is to be expected? Who sits at a
 * terminal sees that himself.
 */
static bool is_over(struct input *input, uint64_t position, bool taken)
{
	bool left = input->start != input->end;

	if (taken || position != input->position)
		input->idle_ms = 0;
	else if (input->ended || (left && !input->terminal))
		input->idle_ms += INPUT_POLL_MS;
	input->position = position;
	return input->idle_ms >= (left ? STUCK_MS : IDLE_MS);
}

/**
 * input_step() - wait a little for input, and send it
 * @ctx: the open device
 * @cell: to whom
 * @input: from input_open()
 * @position: of what the cell has printed
 * @status: set if there was a message
 *
 * Return: false if that was all.
 */
bool input_step(struct context *ctx, const struct cell_ref *cell, struct input *input,
		uint64_t position, int *status)
{
	struct cl_ioc_error error;
	size_t size;
	int err;

	if (!read_bytes(ctx, input, INPUT_POLL_MS))
		return false;
	size = input->end - input->start;
	if (size) {
		err = send_bytes(ctx, cell, input->bytes + input->start, &size, &error);
		if (err) {
			*status = fail_ioctl(ctx, cell->text, err, &error);
			return false;
		}
		input->start += size;
	}
	return !input->leave && !is_over(input, position, size);
}

/**
 * input_close() - the terminal is as before
 * @ctx: the open device
 * @input: from input_open()
 * @status: so far
 *
 * Return: the status, with what the cell has not taken.
 */
int input_close(struct context *ctx, struct input *input, int status)
{
	size_t left;

	/* The cell may have ended by the last bytes: was there more? */
	if (!input->terminal)
		read_bytes(ctx, input, 0);
	left = input->end - input->start;
	if (input->terminal) {
		ctx->ops->raw_terminal(false);
		fputc('\n', ctx->err);
	}
	if (left)
		fprintf(ctx->err, "cellctl: console: %zu characters were not taken\n", left);
	else if (!input->terminal && !input->ended)
		fprintf(ctx->err, "cellctl: console: the input was not read to its end\n");
	else
		return status;
	return status ? status : STATUS_REFUSED;
}
