// SPDX-License-Identifier: GPL-2.0-only
/* The sentences of error.h, filled in. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <config/text.h>

#include "cellctl.h"

static const struct {
	int number;
	const char *name;
} errnos[] = {
#define ERRNO(name)         \
	{                   \
		name, #name \
	}
	ERRNO(E2BIG),	    ERRNO(EACCES),    ERRNO(EADDRINUSE),   ERRNO(EADDRNOTAVAIL),
	ERRNO(EAGAIN),	    ERRNO(EALREADY),  ERRNO(EBADF),	   ERRNO(EBUSY),
	ERRNO(ECANCELED),   ERRNO(EEXIST),    ERRNO(EFAULT),	   ERRNO(EFBIG),
	ERRNO(EINPROGRESS), ERRNO(EINTR),     ERRNO(EINVAL),	   ERRNO(EIO),
	ERRNO(EISDIR),	    ERRNO(EMFILE),    ERRNO(ENAMETOOLONG), ERRNO(ENODEV),
	ERRNO(ENOENT),	    ERRNO(ENOEXEC),   ERRNO(ENOMEM),	   ERRNO(ENOSPC),
	ERRNO(ENOSYS),	    ERRNO(ENOTDIR),   ERRNO(ENOTTY),	   ERRNO(ENXIO),
	ERRNO(EOPNOTSUPP),  ERRNO(EOVERFLOW), ERRNO(EPERM),	   ERRNO(EPIPE),
	ERRNO(EPROTO),	    ERRNO(ERANGE),    ERRNO(EROFS),	   ERRNO(ESHUTDOWN),
	ERRNO(ESRCH),	    ERRNO(ETIMEDOUT), ERRNO(ETXTBSY),
#undef ERRNO
};

/* EINVAL as "EINVAL", or NULL */
const char *errno_name(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++) {
		if (errnos[i].number == err)
			return errnos[i].name;
	}
	return NULL;
}

/* A cell's ID, with its name if the driver still knows it */
static void describe_cell(void *arg, uint32_t id, char *buf, size_t size)
{
	struct context *ctx = arg;
	struct cell_ref cell = { .id = id };
	struct cl_ioc_error error;
	struct cl_cell_info info;

	if (ctx && ctx->fd >= 0 && id < CL_MAX_CELLS && !query_cell(ctx, &cell, &info, &error))
		snprintf(buf, size, "%" PRIu32 " (%.*s)", id, CL_NAME_SIZE, info.name);
	else
		snprintf(buf, size, "%" PRIu32, id);
}

void print_cell_id(FILE *f, struct context *ctx, uint32_t id)
{
	char text[64];

	describe_cell(ctx, id, text, sizeof(text));
	fputs(text, f);
}

/**
 * print_rule() - the sentence of an error
 * @f: where it goes
 * @ctx: the open device, for names of cells; or NULL
 * @error: rule and values
 */
void print_rule(FILE *f, struct context *ctx, const struct cl_ioc_error *error)
{
	const struct error err = { error->rule, { error->value[0], error->value[1] } };
	const struct error_text how = { describe_cell, ctx };
	char text[CONFIG_TEXT_SIZE];

	if (error->rule == CL_RULE_CELL_UNKNOWN && error->value[0] == CL_ID_BY_NAME) {
		fputs("there is no cell of this name", f);
		return;
	}
	config_error_text(text, sizeof(text), &err, &how);
	fputs(text, f);
}

/**
 * fail_ioctl() - tell why the driver or the hypervisor refused
 * @ctx: the command
 * @object: what the command was about, or NULL
 * @err: errno
 * @error: the detail; with rule 0 there is none
 *
 * Return: STATUS_REFUSED; STATUS_FILE if nobody knew the request
 */
int fail_ioctl(struct context *ctx, const char *object, int err, const struct cl_ioc_error *error)
{
	const char *rule = config_rule_name(error->rule);
	const char *name = errno_name(err);

	/* Whoever answers so is another driver, or one of another version */
	if (err == ENOTTY && error->rule == CL_RULE_NONE)
		return fail_file(ctx, ctx->device,
				 "does not know this request: is it the "
				 "device of cloister.ko, in this version?");
	fprintf(ctx->err, "cellctl: %s%s%s: ", ctx->command, object ? " " : "",
		object ? object : "");
	if (error->rule == CL_RULE_NONE)
		fprintf(ctx->err, "%s (", strerror(err));
	else {
		print_rule(ctx->err, ctx, error);
		fprintf(ctx->err, " (rule %u%s%s, ", (unsigned int)error->rule, rule ? " " : "",
			rule ? rule : "");
	}
	if (name)
		fprintf(ctx->err, "%s)\n", name);
	else
		fprintf(ctx->err, "error %d)\n", err);
	return STATUS_REFUSED;
}

/* As fail_ioctl(), of a rule that cellctl has applied by itself */
int fail_rule(struct context *ctx, const char *object, const struct error *err)
{
	const struct cl_ioc_error error = {
		.rule = err->rule,
		.value = { err->value[0], err->value[1] },
	};

	return fail_ioctl(ctx, object, EINVAL, &error);
}

/**
 * fail_file() - tell what is wrong with a file or the device
 * @ctx: the command
 * @path: the file
 * @what: the reason, or NULL for errno's
 *
 * Return: STATUS_FILE
 */
int fail_file(struct context *ctx, const char *path, const char *what)
{
	fprintf(ctx->err, "cellctl: %s: %s: %s\n", ctx->command, path,
		what ? what : strerror(errno));
	return STATUS_FILE;
}
