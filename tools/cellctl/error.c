// SPDX-License-Identifier: GPL-2.0-only
/* The sentences of error.h, filled in. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cellctl.h"

static const struct rule {
	uint32_t number;
	const char *name;
	const char *text;
} rules[] = {
#define RULE(name, number, text) { number, #name, text },
	CLOISTER_RULES(RULE)
#undef RULE
};

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

const char *cell_state_name(uint32_t state)
{
	static const char *const names[] = {
		[CL_CELL_CREATED] = "created",
		[CL_CELL_RUNNING] = "running",
		[CL_CELL_RUNNING_LOCKED] = "running-locked",
		[CL_CELL_SHUT_DOWN] = "shut-down",
		[CL_CELL_FAILED] = "failed",
		[CL_CELL_DESTROYING] = "destroying",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "in an unknown state";
}

static const struct rule *find_rule(uint32_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].number == number)
			return &rules[i];
	}
	return NULL;
}

/* Does what was printed so far end in "cell "? */
static bool names_cell(const char *text, const char *end)
{
	static const char word[] = "cell ";
	size_t length = sizeof(word) - 1;

	return (size_t)(end - text) >= length && !memcmp(end - length, word, length);
}

/* A cell's ID, with its name if the driver still knows it */
void print_cell_id(FILE *f, struct context *ctx, uint64_t id)
{
	struct cell_ref cell = { .id = (uint32_t)id };
	struct cl_ioc_error error;
	struct cl_cell_info info;

	fprintf(f, "%" PRIu64, id);
	if (ctx && ctx->fd >= 0 && id < CL_MAX_CELLS && !query_cell(ctx, &cell, &info, &error))
		fprintf(f, " (%s)", info.name);
}

static void print_text(FILE *f, struct context *ctx, const char *text, const cl_u64 *value)
{
	for (const char *p = text; *p; p++) {
		uint64_t v;

		if (p[0] != '%' || (p[1] != '1' && p[1] != '2')) {
			fputc(*p, f);
			continue;
		}
		v = value[p[1] - '1'];
		if (p[2] == 'd' && names_cell(text, p))
			print_cell_id(f, ctx, v);
		else if (p[2] == 'd')
			fprintf(f, "%" PRIu64, v);
		else if (p[2] == 's')
			fputs(cell_state_name(v > UINT32_MAX ? UINT32_MAX : v), f);
		else
			fprintf(f, "0x%" PRIx64, v);
		p += p[2] == 'd' || p[2] == 's' ? 2 : 1;
	}
}

/**
 * print_rule() - the sentence of an error
 * @f: where it goes
 * @ctx: the open device, for names of cells; or NULL
 * @error: rule and values
 */
void print_rule(FILE *f, struct context *ctx, const struct cl_ioc_error *error)
{
	const struct rule *rule = find_rule(error->rule);

	if (!rule)
		fprintf(f,
			"refused by a rule that this cellctl does not know, with 0x%" PRIx64
			" and 0x%" PRIx64,
			(uint64_t)error->value[0], (uint64_t)error->value[1]);
	else if (error->rule == CL_RULE_CELL_UNKNOWN && error->value[0] == CL_ID_BY_NAME)
		fputs("there is no cell of this name", f);
	else
		print_text(f, ctx, rule->text, error->value);
}

/**
 * fail_ioctl() - tell why the driver or the hypervisor refused
 * @ctx: the command
 * @object: what the command was about, or NULL
 * @err: errno
 * @error: the detail; with rule 0 there is none
 *
 * Return: STATUS_REFUSED
 */
int fail_ioctl(struct context *ctx, const char *object, int err, const struct cl_ioc_error *error)
{
	const struct rule *rule = find_rule(error->rule);
	const char *name = errno_name(err);

	fprintf(ctx->err, "cellctl: %s%s%s: ", ctx->command, object ? " " : "",
		object ? object : "");
	if (error->rule == CL_RULE_NONE)
		fprintf(ctx->err, "%s (", strerror(err));
	else {
		print_rule(ctx->err, ctx, error);
		fprintf(ctx->err, " (rule %u%s%s, ", (unsigned int)error->rule, rule ? " " : "",
			rule ? rule->name : "");
	}
	if (name)
		fprintf(ctx->err, "%s)\n", name);
	else
		fprintf(ctx->err, "error %d)\n", err);
	return STATUS_REFUSED;
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
