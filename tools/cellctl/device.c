// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cellctl.h"

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t stop_requested;

static void on_stop(int signal)
{
	(void)signal;
	stop_requested = 1;
}

static int real_open(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC);
}

static int real_ioctl(int fd, unsigned long request, void *argument)
{
	int ret = ioctl(fd, request, argument);

	/* No request of ours has a positive answer. */
	if (ret > 0) {
		errno = EPROTO;
		ret = -1;
	}
	return ret;
}

/*
 * The handlers are installed only once something waits: until then, ^C ends
 * cellctl as it ends any program.
 */
static void install_handlers(void)
{
	static bool installed;
	/*
	 * An ioctl goes on, the sleep ends. The second ^C ends cellctl at once: it may
	 * be waiting for who reads its output.
	 */
	struct sigaction action = {
		.sa_handler = on_stop,
		.sa_flags = SA_RESTART | SA_RESETHAND,
	};

	if (installed)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(stop_signals); i++)
		sigaction(stop_signals[i], &action, NULL);
	installed = true;
}

static bool real_sleep_ms(unsigned int ms)
{
	struct timespec duration = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	install_handlers();
	if (!stop_requested)
		nanosleep(&duration, NULL);
	return !stop_requested;
}

/*
 * Each key goes to the cell, those that mean a signal, too. What is printed passes as
 * before, so that a guest that ends lines by \n alone is readable.
 */
static bool real_raw_terminal(bool on)
{
	static struct termios before;
	struct termios raw;

	if (!on)
		return !tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	if (tcgetattr(STDIN_FILENO, &before))
		return false;
	/* Nothing may end this without putting it right: nor that nobody reads the output */
	install_handlers();
	signal(SIGPIPE, SIG_IGN);
	raw = before;
	cfmakeraw(&raw);
	raw.c_oflag = before.c_oflag;
	return !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static sigset_t held;

/*
 * By the mask, so that no request ends in its middle, and that they end cellctl as ever
 * once they are let go. Not those that are ignored (nohup): they would wait, too.
 */
static void real_hold_signals(bool on)
{
	static sigset_t before;
	struct sigaction action;

	if (!on) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		return;
	}
	sigprocmask(SIG_BLOCK, NULL, &before);
	sigemptyset(&held);
	for (size_t i = 0; i < ARRAY_SIZE(stop_signals); i++) {
		if (!sigismember(&before, stop_signals[i]) &&
		    !sigaction(stop_signals[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(&held, stop_signals[i]);
	}
	sigprocmask(SIG_BLOCK, &held, NULL);
}

static bool real_stop_asked(void)
{
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < ARRAY_SIZE(stop_signals); i++) {
		if (sigismember(&held, stop_signals[i]) && sigismember(&pending, stop_signals[i]))
			return true;
	}
	return false;
}

static int real_read_input(char *buffer, size_t size, unsigned int ms)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t n;

	install_handlers();
	if (stop_requested)
		return INPUT_STOP;
	if (poll(&fd, size ? 1 : 0, ms) <= 0)
		return stop_requested ? INPUT_STOP : 0;
	n = read(STDIN_FILENO, buffer, size);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return stop_requested ? INPUT_STOP : 0;
	return n > 0 ? n : INPUT_END;
}

const struct device_ops real_device = {
	.open = real_open,
	.ioctl = real_ioctl,
	.close = close,
	.sleep_ms = real_sleep_ms,
	.raw_terminal = real_raw_terminal,
	.hold_signals = real_hold_signals,
	.stop_asked = real_stop_asked,
	.read_input = real_read_input,
};

/**
 * device_open() - open the driver's device
 * @ctx: gets the file descriptor
 *
 * Return: STATUS_OK, or STATUS_FILE after a message.
 */
int device_open(struct context *ctx)
{
	if (ctx->fd >= 0)
		return STATUS_OK;
	ctx->fd = ctx->ops->open(ctx->device);
	if (ctx->fd >= 0)
		return STATUS_OK;
	switch (errno) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return fail_file(ctx, ctx->device, "no such device: is cloister.ko loaded?");
	case EACCES:
	case EPERM:
		return fail_file(ctx, ctx->device, "permission denied: only root may use it");
	default:
		return fail_file(ctx, ctx->device, NULL);
	}
}

void device_close(struct context *ctx)
{
	if (ctx->fd >= 0)
		ctx->ops->close(ctx->fd);
	ctx->fd = -1;
}

/**
 * read_status() - CL_IOC_STATUS
 * @ctx: the open device
 * @status: filled in
 *
 * Return: STATUS_OK, or another status after a message.
 */
int read_status(struct context *ctx, struct cl_ioc_status *status)
{
	memset(status, 0, sizeof(*status));
	status->size = sizeof(*status);
	if (ctx->ops->ioctl(ctx->fd, CL_IOC_STATUS, status))
		return fail_ioctl(ctx, NULL, errno, &status->error);
	status->version[sizeof(status->version) - 1] = 0;
	return STATUS_OK;
}

/*
 * As read_status(), for what is about cells and CPUs: an empty answer would
 * not tell that the hypervisor does not run.
 */
int read_status_enabled(struct context *ctx, struct cl_ioc_status *status)
{
	static const struct cl_ioc_error not_enabled = {
		.rule = CL_RULE_NOT_ENABLED,
	};
	int result = read_status(ctx, status);

	if (result == STATUS_OK && !status->enabled)
		return fail_ioctl(ctx, NULL, ENODEV, &not_enabled);
	return result;
}

/* One structure that the hypervisor has; 0, or a positive errno with @error */
static int query(struct context *ctx, const struct cell_ref *cell, uint32_t what, uint64_t offset,
		 void *to, size_t size, struct cl_ioc_error *error)
{
	struct cl_ioc_read read = {
		.size = sizeof(read),
		.what = what,
		.id = cell->id,
		.offset = offset,
		.buffer = (uintptr_t)to,
		.buffer_size = size,
	};

	memset(to, 0, size);
	memset(error, 0, sizeof(*error));
	memcpy(read.name, cell->name, sizeof(read.name));
	if (ctx->ops->ioctl(ctx->fd, CL_IOC_READ, &read)) {
		*error = read.error;
		return errno;
	}
	/* A driver that knows less of it than we do */
	return read.buffer_size < size ? EPROTO : 0;
}

/**
 * query_cell() - CL_READ_CELL, quietly
 * @ctx: the open device
 * @cell: which one
 * @info: filled in
 * @error: filled in on failure
 *
 * Return: 0, or a positive errno.
 */
int query_cell(struct context *ctx, const struct cell_ref *cell, struct cl_cell_info *info,
	       struct cl_ioc_error *error)
{
	int err = query(ctx, cell, CL_READ_CELL, 0, info, sizeof(*info), error);

	info->name[sizeof(info->name) - 1] = 0;
	return err;
}

/* As query_cell(), but returns a status, after a message if it is not STATUS_OK */
int read_cell(struct context *ctx, const struct cell_ref *cell, struct cl_cell_info *info)
{
	struct cl_ioc_error error;
	int err = query_cell(ctx, cell, info, &error);

	return err ? fail_ioctl(ctx, cell->text, err, &error) : STATUS_OK;
}

/**
 * read_config() - CL_READ_CONFIG, quietly
 * @ctx: the open device
 * @cell: which one; root: the system's
 * @to: filled in: CL_BLOB_MAX_SIZE bytes
 * @size: filled in
 * @error: filled in on failure
 *
 * Return: 0, or a positive errno.
 */
int read_config(struct context *ctx, const struct cell_ref *cell, void *to, size_t *size,
		struct cl_ioc_error *error)
{
	struct cl_ioc_read read = {
		.size = sizeof(read),
		.what = CL_READ_CONFIG,
		.id = cell->id,
		.buffer = (uintptr_t)to,
		.buffer_size = CL_BLOB_MAX_SIZE,
	};

	memset(error, 0, sizeof(*error));
	memcpy(read.name, cell->name, sizeof(read.name));
	if (ctx->ops->ioctl(ctx->fd, CL_IOC_READ, &read)) {
		*error = read.error;
		return errno;
	}
	*size = read.buffer_size;
	return *size > CL_BLOB_MAX_SIZE ? EPROTO : 0;
}

/**
 * read_about() - CL_IOC_READ of a structure
 * @ctx: the open device
 * @cell: what it is about
 * @what: enum cl_read, not CL_READ_CONSOLE
 * @offset: for CL_READ_TRANSLATION
 * @to: filled in
 * @size: of the structure
 *
 * Return: STATUS_OK, or STATUS_REFUSED after a message.
 */
int read_about(struct context *ctx, const struct cell_ref *cell, uint32_t what, uint64_t offset,
	       void *to, size_t size)
{
	struct cl_ioc_error error;
	int err = query(ctx, cell, what, offset, to, size, &error);

	return err ? fail_ioctl(ctx, cell->text, err, &error) : STATUS_OK;
}
