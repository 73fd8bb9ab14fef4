// SPDX-License-Identifier: GPL-2.0-only
/* What the commands' arguments have in common. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cellctl.h"

/* Options without a letter of their own */
enum {
	OPT_FORCE = 256,
	OPT_HYPERVISOR,
	OPT_RAW,
	OPT_CPU,
	OPT_JSON,
	OPT_GVA,
	OPT_INITRD,
	OPT_APPEND,
	OPT_DTB,
	OPT_WRITE_DTB
};

/**
 * usage_error() - complain about the command line
 * @ctx: the command
 * @format: as printf's
 *
 * Return: STATUS_USAGE
 */
int usage_error(struct context *ctx, const char *format, ...)
{
	va_list args;

	fprintf(ctx->err, "cellctl: %s%s", ctx->command ? ctx->command : "",
		ctx->command ? ": " : "");
	va_start(args, format);
	vfprintf(ctx->err, format, args);
	va_end(args);
	fprintf(ctx->err, "\nTry 'cellctl %s%s--help'.\n", ctx->command ? ctx->command : "",
		ctx->command ? " " : "");
	return STATUS_USAGE;
}

/**
 * parse_u64() - a whole argument as a number
 * @text: decimal, hexadecimal with 0x or octal with 0
 * @max: the largest value that is accepted
 * @value: filled in
 *
 * Return: false if it is no such number. strtoull() alone would accept a sign,
 * white space, and anything behind the number.
 */
bool parse_u64(const char *text, uint64_t max, uint64_t *value)
{
	unsigned long long number;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || *end || number > max)
		return false;
	*value = number;
	return true;
}

static int parse_option(struct context *ctx, int option, const char *word,
			struct option_values *values)
{
	uint64_t number;

	switch (option) {
	case OPT_JSON:
		ctx->json = true;
		return STATUS_OK;
	case OPT_FORCE:
		values->force = true;
		return STATUS_OK;
	case OPT_GVA:
		values->gva = true;
		return STATUS_OK;
	case OPT_HYPERVISOR:
		values->hypervisor = true;
		return STATUS_OK;
	case OPT_INITRD:
		values->initrd = optarg;
		return STATUS_OK;
	case OPT_APPEND:
		values->append = optarg;
		return STATUS_OK;
	case OPT_DTB:
		values->dtb = optarg;
		return STATUS_OK;
	case OPT_WRITE_DTB:
		values->write_dtb = optarg;
		return STATUS_OK;
	case OPT_RAW:
		values->raw = true;
		return STATUS_OK;
	case OPT_CPU:
		if (!parse_u64(optarg, CL_MAX_CPUS - 1, &number))
			return usage_error(ctx, "'%s' is no CPU number (0..%d)", optarg,
					   CL_MAX_CPUS - 1);
		values->has_cpu = true;
		values->cpu = number;
		return STATUS_OK;
	case 'f':
		values->follow = true;
		return STATUS_OK;
	case 'i':
		values->interactive = true;
		return STATUS_OK;
	case 't':
		if (!parse_u64(optarg, UINT32_MAX, &number) || !number)
			return usage_error(ctx, "'%s' is no time in milliseconds (1..%u)", optarg,
					   UINT32_MAX);
		values->timeout_ms = number;
		return STATUS_OK;
	case ':':
		return usage_error(ctx, "%s needs a value", word);
	default:
		return usage_error(ctx, "there is no option %s", word);
	}
}

/**
 * parse_options() - the options of a command, before and behind its arguments
 * @ctx: --json is stored there
 * @argc: of the command
 * @argv: of the command; is reordered
 * @allowed: names of the long options that it has, each followed by a space
 * @values: filled in
 *
 * Return: STATUS_OK, or STATUS_USAGE after a message.
 */
int parse_options(struct context *ctx, int argc, char **argv, const char *allowed,
		  struct option_values *values)
{
	static const struct option all[] = {
		{ "json", no_argument, NULL, OPT_JSON },
		{ "force", no_argument, NULL, OPT_FORCE },
		{ "gva", no_argument, NULL, OPT_GVA },
		{ "hypervisor", no_argument, NULL, OPT_HYPERVISOR },
		{ "raw", no_argument, NULL, OPT_RAW },
		{ "cpu", required_argument, NULL, OPT_CPU },
		{ "follow", no_argument, NULL, 'f' },
		{ "interactive", no_argument, NULL, 'i' },
		{ "timeout", required_argument, NULL, 't' },
		{ "initrd", required_argument, NULL, OPT_INITRD },
		{ "append", required_argument, NULL, OPT_APPEND },
		{ "dtb", required_argument, NULL, OPT_DTB },
		{ "write-dtb", required_argument, NULL, OPT_WRITE_DTB },
	};
	struct option options[ARRAY_SIZE(all) + 1] = { 0 };
	char letters[8] = ":";
	size_t count = 0;
	int option;

	memset(values, 0, sizeof(*values));
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const char *found = strstr(allowed, all[i].name);

		if (!found || found[strlen(all[i].name)] != ' ')
			continue;
		options[count++] = all[i];
		if (all[i].val < OPT_FORCE) {
			size_t length = strlen(letters);

			letters[length++] = all[i].val;
			if (all[i].has_arg)
				letters[length] = ':';
		}
	}

	opterr = 0;
	optind = 0; /* forget an earlier command line, glibc's way */
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		char letter[] = { '-', optopt, 0 };
		const char *word = argv[optind - 1];
		int status;

		/* Only an unknown letter is not the whole of the word before. */
		if (option == '?' && optopt && optopt < OPT_FORCE && !strchr(letters, optopt))
			word = letter;
		status = parse_option(ctx, option, word, values);
		if (status)
			return status;
	}
	values->args = argv + optind;
	values->nr_args = argc - optind;
	return STATUS_OK;
}

/**
 * parse_cell() - a cell as the user names it
 * @ctx: for complaints
 * @text: an ID, a name, or a name behind '=' (one that consists of digits)
 * @cell: filled in
 *
 * Return: STATUS_OK, or STATUS_USAGE after a message.
 */
int parse_cell(struct context *ctx, const char *text, struct cell_ref *cell)
{
	const char *name = text + (*text == '=');
	size_t length = strlen(name);

	memset(cell, 0, sizeof(*cell));
	cell->text = text;
	if (name == text && length && strspn(text, "0123456789") == length) {
		char *end;
		unsigned long id;

		errno = 0;
		id = strtoul(text, &end, 10);
		if (errno || id >= CL_ID_BY_NAME)
			return usage_error(ctx, "'%s' is no cell ID", text);
		cell->id = id;
		return STATUS_OK;
	}
	if (!length)
		return usage_error(ctx, "the name of a cell is not empty");
	if (length >= CL_NAME_SIZE)
		return usage_error(ctx, "'%.*s...': the name of a cell has at most %d characters",
				   CL_NAME_SIZE, name, CL_NAME_SIZE - 1);
	cell->id = CL_ID_BY_NAME;
	memcpy(cell->name, name, length);
	return STATUS_OK;
}
