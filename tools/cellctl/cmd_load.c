// SPDX-License-Identifier: GPL-2.0-only
/* `cellctl load`: options belong to the image before them, so it parses by itself. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "cellctl.h"

#define MAX_IMAGES 16

/**
 * struct image - an image to load
 * @path: the file
 * @target: IPA
 * @has_target: -a was given
 */
struct image {
	const char *path;
	uint64_t target;
	bool has_target;
};

struct load_args {
	const char *cell;
	struct image images[MAX_IMAGES];
	unsigned int count;
};

static int take_address(struct context *ctx, struct load_args *args, const char *text)
{
	struct image *image;

	if (!args->count)
		return usage_error(ctx, "-a %s stands before the image that it is for", text);
	image = &args->images[args->count - 1];
	if (image->has_target)
		return usage_error(ctx, "%s has two addresses", image->path);
	if (!parse_u64(text, UINT64_MAX, &image->target))
		return usage_error(ctx, "'%s' is no address", text);
	image->has_target = true;
	return STATUS_OK;
}

static int take_word(struct context *ctx, struct load_args *args, const char *word)
{
	if (!args->cell) {
		args->cell = word;
		return STATUS_OK;
	}
	if (args->count == MAX_IMAGES)
		return usage_error(ctx, "more than %d images: use several commands", MAX_IMAGES);
	args->images[args->count++].path = word;
	return STATUS_OK;
}

static int parse_load(struct context *ctx, int argc, char **argv, struct load_args *args)
{
	static const struct option options[] = {
		{ "address", required_argument, NULL, 'a' },
		{ 0 },
	};
	int option, status = STATUS_OK;

	memset(args, 0, sizeof(*args));
	opterr = 0;
	optind = 0; /* forget an earlier command line, glibc's way */
	/* The leading '-' makes getopt return other words as option 1, in order. */
	while (!status && (option = getopt_long(argc, argv, "-:a:", options, NULL)) != -1) {
		if (option == 'a')
			status = take_address(ctx, args, optarg);
		else if (option == 1)
			status = take_word(ctx, args, optarg);
		else if (option == ':')
			status = usage_error(ctx, "%s needs a value", argv[optind - 1]);
		else if (optopt)
			status = usage_error(ctx, "there is no option -%c", optopt);
		else
			status = usage_error(ctx, "there is no option %s", argv[optind - 1]);
	}
	/* What stands behind "--" */
	while (!status && optind < argc)
		status = take_word(ctx, args, argv[optind++]);
	if (status)
		return status;

	if (!args->cell || !args->count)
		return usage_error(ctx, "a cell and an image are needed");
	for (unsigned int i = 1; i < args->count; i++) {
		if (!args->images[i].has_target)
			return usage_error(ctx,
					   "%s needs an address (-a): only the first image"
					   " may go to the default, 0",
					   args->images[i].path);
	}
	return STATUS_OK;
}

static int load_image(struct context *ctx, const struct cell_ref *cell, const struct image *image)
{
	struct cl_ioc_load load = {
		.size = sizeof(load),
		.id = cell->id,
		.target = image->target,
	};
	struct file_bytes file;
	char object[CL_NAME_SIZE + PATH_MAX];
	int status = file_map(ctx, image->path, SIZE_MAX / 2, &file);

	if (status)
		return status;
	if (!file.size)
		return fail_file(ctx, image->path, "is empty");

	memcpy(load.name, cell->name, sizeof(load.name));
	load.image = (uintptr_t)file.data;
	load.image_size = file.size;
	if (ctx->ops->ioctl(ctx->fd, CL_IOC_CELL_LOAD, &load)) {
		int err = errno;

		snprintf(object, sizeof(object), "%s %s", cell->text, image->path);
		status = fail_ioctl(ctx, object, err, &load.error);
	}
	file_unmap(&file);
	return status;
}

int cmd_load(struct context *ctx, int argc, char **argv)
{
	struct load_args args;
	struct cell_ref cell;
	int status = parse_load(ctx, argc, argv, &args);

	if (!status)
		status = parse_cell(ctx, args.cell, &cell);
	if (!status)
		status = device_open(ctx);
	for (unsigned int i = 0; !status && i < args.count; i++)
		status = load_image(ctx, &cell, &args.images[i]);
	return status;
}
