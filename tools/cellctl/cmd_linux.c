// SPDX-License-Identifier: GPL-2.0-only
/*
 * `cellctl linux`: first everything that can be wrong with files and configs, then the
 * cell. What was made is taken back if a later step fails.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <zlib.h>

#include <config/config.h>
#include <dt/dt.h>

#include "cellctl.h"
#include "kernel.h"

/* What any arm64 may have: the hypervisor knows how much this one has, and checks again */
#define MOST_PA_BITS 52
#define MOST_SPI 1019

/**
 * struct linux_boot - all that it takes
 * @options: of the command line
 * @config_path: the cell's config
 * @kernel_path: the kernel, or NULL
 * @buffers: the configs of the machine, of the cell and of one that exists, and the
 *	device tree
 * @blob_size: the bytes of the cell's config
 * @system: the machine
 * @cell: the cell
 * @file: the kernel's file
 * @kernel: what is in it
 * @initrd: the ramdisk's file
 * @at: where they go
 * @name: the cell, as the driver is told
 * @created: that the cell is new
 */
struct linux_boot {
	const struct option_values *options;
	const char *config_path;
	const char *kernel_path;
	struct {
		uint64_t system[CL_BLOB_MAX_SIZE / 8];
		uint64_t cell[CL_BLOB_MAX_SIZE / 8];
		uint64_t other[CL_BLOB_MAX_SIZE / 8];
		uint64_t tree[DT_MAX_SIZE / 8];
	} * buffers;
	size_t blob_size;
	struct config system;
	struct config cell;
	struct file_bytes file;
	struct kernel kernel;
	struct file_bytes initrd;
	struct placement at;
	struct cell_ref name;
	bool created;
};

static int read_system(struct context *ctx, struct linux_boot *b)
{
	const struct cell_ref root = { .text = "root" };
	struct cl_ioc_error error;
	struct error err;
	size_t size;
	int ret = read_config(ctx, &root, b->buffers->system, &size, &error);

	if (ret)
		return fail_ioctl(ctx, NULL, ret, &error);
	if (config_parse(b->buffers->system, size, CL_KIND_SYSTEM, &b->system, &err))
		return fail_rule(ctx, "the system's config", &err);
	return STATUS_OK;
}

static int read_cell_config(struct context *ctx, struct linux_boot *b)
{
	struct file_bytes file;
	struct error err;
	int status = file_map(ctx, b->config_path, CL_BLOB_MAX_SIZE, &file);

	if (status)
		return status;
	memcpy(b->buffers->cell, file.data, file.size);
	b->blob_size = file.size;
	file_unmap(&file);
	if (config_parse(b->buffers->cell, b->blob_size, CL_KIND_CELL, &b->cell, &err) ||
	    config_check_cell(&b->cell, &b->system, MOST_PA_BITS, MOST_SPI, &err) ||
	    config_check_devices(&b->cell, &err))
		return fail_rule(ctx, b->config_path, &err);
	b->name = (struct cell_ref){ .text = b->cell.cell->name, .id = CL_ID_BY_NAME };
	memcpy(b->name.name, b->cell.cell->name, sizeof(b->name.name));
	return STATUS_OK;
}

static int check_page_size(struct context *ctx, const struct linux_boot *b)
{
	static const struct {
		uint32_t size;
		uint32_t flag;
	} granules[] = {
		{ 4096, CL_GRANULE_4K },
		{ 16384, CL_GRANULE_16K },
		{ 65536, CL_GRANULE_64K },
	};
	struct cl_ioc_status s;
	char text[120] = "";
	int status = read_status(ctx, &s), length;

	if (status || !b->kernel.page_size)
		return status;
	length = snprintf(text, sizeof(text), "needs pages of %u KiB, but these CPUs have only",
			  b->kernel.page_size / 1024);
	for (size_t i = 0; i < ARRAY_SIZE(granules); i++) {
		if (!(s.granules & granules[i].flag))
			continue;
		if (granules[i].size == b->kernel.page_size)
			return STATUS_OK;
		length += snprintf(text + length, sizeof(text) - length, " %u KiB",
				   granules[i].size / 1024);
	}
	return fail_file(ctx, b->kernel_path, text);
}

static int read_images(struct context *ctx, struct linux_boot *b)
{
	static const struct kernel least = { .needed = 1 };
	const char *initrd = b->options->initrd;
	struct kernel_why why;
	int status = file_map(ctx, b->kernel_path, SIZE_MAX / 2, &b->file);

	if (!status && initrd)
		status = file_map(ctx, initrd, SIZE_MAX / 2, &b->initrd);
	if (status)
		return status;
	if (initrd && !b->initrd.size)
		return fail_file(ctx, initrd, "is empty");
	/* Before anything is unpacked for it: has the cell room for any kernel? */
	if (find_places(&b->cell, &least, 0, &b->at, &why) != FITS)
		return fail_file(ctx, b->config_path, why.text);
	if (!kernel_open(b->file.data, b->file.size, largest_room(&b->cell), &b->kernel, &why))
		return fail_file(ctx, b->kernel_path, why.text);
	status = check_page_size(ctx, b);
	if (status)
		return status;
	switch (find_places(&b->cell, &b->kernel, b->initrd.size, &b->at, &why)) {
	case FITS:
		return STATUS_OK;
	case MISFIT_CONFIG:
		return fail_file(ctx, b->config_path, why.text);
	case MISFIT_KERNEL:
		return fail_file(ctx, b->kernel_path, why.text);
	case MISFIT_INITRD:
		break;
	}
	return fail_file(ctx, initrd, why.text);
}

static int random_bytes(struct context *ctx, void *to, size_t size)
{
	ssize_t n;

	do
		n = getrandom(to, size, 0);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)size)
		return STATUS_OK;
	fprintf(ctx->err, "cellctl: %s: the kernel has no random numbers: %s\n", ctx->command,
		strerror(errno));
	return STATUS_FILE;
}

static int make_tree(struct context *ctx, struct linux_boot *b, bool seeds)
{
	const char *user = b->options->dtb;
	struct dt_boot boot = { .bootargs = b->options->append };
	struct file_bytes file;
	struct dt_why why;
	int status = STATUS_OK;

	if (b->initrd.size) {
		boot.initrd_start = b->at.initrd;
		boot.initrd_end = b->at.initrd + b->initrd.size;
	}
	if (seeds) {
		boot.has_seeds = true;
		status = random_bytes(ctx, boot.kaslr_seed, sizeof(boot.kaslr_seed));
		if (!status)
			status = random_bytes(ctx, boot.rng_seed, sizeof(boot.rng_seed));
	}
	if (!status && user)
		status = file_map(ctx, user, DT_MAX_SIZE, &file);
	if (status)
		return status;
	if (!dt_build(b->buffers->tree, DT_MAX_SIZE, &b->system, &b->cell, &boot, &why))
		return fail_file(ctx, b->config_path, why.text);
	if (user && !dt_merge(b->buffers->tree, DT_MAX_SIZE, file.data, file.size, &boot, &why))
		status = fail_file(ctx, user, why.text);
	if (user)
		file_unmap(&file);
	return status;
}

/* What is mapped would change while it is in use, and the user's file is lost */
static int check_output(struct context *ctx, const struct linux_boot *b)
{
	const char *const inputs[] = { b->config_path, b->kernel_path, b->options->initrd,
				       b->options->dtb };
	struct stat out, in;

	if (stat(b->options->write_dtb, &out))
		return STATUS_OK;
	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
		if (inputs[i] && !stat(inputs[i], &in) && in.st_dev == out.st_dev &&
		    in.st_ino == out.st_ino)
			return fail_file(ctx, b->options->write_dtb,
					 "is read, too: the device tree needs a file of its own");
	}
	return STATUS_OK;
}

/* The tree that `cellconf dt` makes, too: seeds are not for files */
static int write_tree(struct context *ctx, struct linux_boot *b)
{
	int status;

	if (!b->options->write_dtb)
		return STATUS_OK;
	status = check_output(ctx, b);
	if (!status)
		status = make_tree(ctx, b, false);
	return status ? status :
			file_write(ctx, b->options->write_dtb, b->buffers->tree,
				   dt_size(b->buffers->tree));
}

/* Where the blob itself has the cell: parsed, an older version's is a copy */
static struct cl_cell *cell_in(void *blob)
{
	struct cl_blob_header *h = blob;
	const struct cl_section *s = (const struct cl_section *)(h + 1);

	while (s->type != CL_SECTION_CELL)
		s++;
	return (struct cl_cell *)((char *)blob + s->offset);
}

static void seal(void *blob, size_t size)
{
	struct cl_blob_header *h = blob;

	h->checksum = 0;
	h->checksum = crc32(0, blob, size);
}

/* How an arm64 kernel is entered: x0 is the device tree, x1 to x3 are 0 */
static void set_entry(void *blob, size_t size, uint64_t entry, uint64_t dtb)
{
	struct cl_cell *cell = cell_in(blob);
	const uint64_t args[] = { dtb, 0, 0, 0 };

	cell->entry = entry;
	memcpy(cell->args, args, sizeof(args));
	seal(blob, size);
}

/* Is the cell that is there the one that is wanted? */
static int use_again(struct context *ctx, struct linux_boot *b, size_t size)
{
	void *other = b->buffers->other;
	const struct cl_cell *has = cell_in(other);
	uint64_t entry = has->entry, dtb = has->args[0];

	if (size == b->blob_size && !memcmp(other, b->buffers->cell, size))
		return STATUS_OK;
	set_entry(other, size, b->at.kernel, b->at.dtb);
	if (size == b->blob_size && !memcmp(other, b->buffers->cell, size))
		fprintf(ctx->err,
			"cellctl: linux: cell %s begins at 0x%" PRIx64 " with its device tree at "
			"0x%" PRIx64 ", but with %s these are 0x%" PRIx64 " and 0x%" PRIx64
			": destroy it first\n",
			b->name.text, entry, dtb, b->kernel_path, b->at.kernel, b->at.dtb);
	else
		fprintf(ctx->err,
			"cellctl: linux: cell %s exists with another config than %s: destroy it "
			"first\n",
			b->name.text, b->config_path);
	return STATUS_REFUSED;
}

static int make_cell(struct context *ctx, struct linux_boot *b)
{
	struct cl_ioc_create create = {
		.size = sizeof(create),
		.config = (uintptr_t)b->buffers->cell,
		.config_size = b->blob_size,
	};
	struct cl_ioc_error error;
	struct config other;
	struct error err;
	size_t size;
	int ret = read_config(ctx, &b->name, b->buffers->other, &size, &error);

	if (!ret && config_parse(b->buffers->other, size, CL_KIND_CELL, &other, &err))
		return fail_rule(ctx, b->name.text, &err);
	if (!ret)
		return use_again(ctx, b, size);
	if (error.rule != CL_RULE_CELL_UNKNOWN)
		return fail_ioctl(ctx, b->name.text, ret, &error);
	if (ctx->ops->ioctl(ctx->fd, CL_IOC_CELL_CREATE, &create))
		return fail_ioctl(ctx, b->config_path, errno, &create.error);
	b->created = true;
	return STATUS_OK;
}

/* Between two requests: then what was made can be taken back */
static bool interrupted(struct context *ctx)
{
	bool stop = ctx->ops->stop_asked();

	if (stop)
		fputs("cellctl: linux: interrupted\n", ctx->err);
	return stop;
}

static int load(struct context *ctx, const struct linux_boot *b, const char *path, const void *data,
		size_t size, uint64_t target, uint32_t flags)
{
	struct cl_ioc_load arg = {
		.size = sizeof(arg),
		.id = CL_ID_BY_NAME,
		.image = (uintptr_t)data,
		.image_size = size,
		.target = target,
		.flags = flags,
	};

	if (!size)
		return STATUS_OK;
	if (interrupted(ctx))
		return STATUS_REFUSED;
	memcpy(arg.name, b->name.name, sizeof(arg.name));
	return ctx->ops->ioctl(ctx->fd, CL_IOC_CELL_LOAD, &arg) ?
		       fail_ioctl(ctx, path, errno, &arg.error) :
		       STATUS_OK;
}

static int load_and_start(struct context *ctx, const struct linux_boot *b)
{
	struct cl_ioc_cell start = { .size = sizeof(start), .id = CL_ID_BY_NAME };
	const void *tree = b->buffers->tree;
	/* Of a cell that is used again, what it had before is of no more use */
	int status = load(ctx, b, b->kernel_path, b->kernel.image, b->kernel.size, b->at.kernel,
			  CL_IOC_FIRST);

	if (!status)
		status = load(ctx, b, b->options->initrd, b->initrd.data, b->initrd.size,
			      b->at.initrd, 0);
	if (!status)
		status = load(ctx, b, "the device tree", tree, dt_size(tree), b->at.dtb, 0);
	if (!status && interrupted(ctx))
		status = STATUS_REFUSED;
	if (status)
		return status;
	memcpy(start.name, b->name.name, sizeof(start.name));
	return ctx->ops->ioctl(ctx->fd, CL_IOC_CELL_START, &start) ?
		       fail_ioctl(ctx, b->name.text, errno, &start.error) :
		       STATUS_OK;
}

/* Unless somebody else was faster, and has started it */
static void take_back(struct context *ctx, const struct linux_boot *b)
{
	struct cl_ioc_cell destroy = { .size = sizeof(destroy), .id = CL_ID_BY_NAME };
	struct cl_ioc_error error;
	struct cl_cell_info info;

	if (!query_cell(ctx, &b->name, &info, &error) && info.state != CL_CELL_CREATED)
		return;
	memcpy(destroy.name, b->name.name, sizeof(destroy.name));
	if (ctx->ops->ioctl(ctx->fd, CL_IOC_CELL_DESTROY, &destroy))
		fail_ioctl(ctx, b->name.text, errno, &destroy.error);
}

static int tell(struct context *ctx, const struct linux_boot *b)
{
	size_t tree_size = dt_size(b->buffers->tree);
	struct cl_cell_info info;
	struct json j;
	int status = read_cell(ctx, &b->name, &info);

	if (status)
		return status;
	if (ctx->json) {
		json_start(&j, ctx->out);
		json_object(&j, NULL);
		json_number(&j, "id", info.id);
		json_hex(&j, "kernel", b->at.kernel);
		if (b->initrd.size)
			json_hex(&j, "initrd", b->at.initrd);
		json_hex(&j, "device_tree", b->at.dtb);
		json_finish(&j);
		return STATUS_OK;
	}
	fprintf(ctx->out, "cell:        %u (%s)\n", info.id, b->name.text);
	fprintf(ctx->out, "kernel:      0x%" PRIx64 ", %zu bytes\n", b->at.kernel, b->kernel.size);
	if (b->initrd.size)
		fprintf(ctx->out, "initrd:      0x%" PRIx64 ", %zu bytes\n", b->at.initrd,
			b->initrd.size);
	fprintf(ctx->out, "device tree: 0x%" PRIx64 ", %zu bytes\n", b->at.dtb, tree_size);
	return STATUS_OK;
}

/* A signal that asks to stop ends cellctl as soon as no cell is left behind by that */
static int make_and_start(struct context *ctx, struct linux_boot *b)
{
	int status;

	ctx->ops->hold_signals(true);
	status = make_cell(ctx, b);
	if (!status)
		status = load_and_start(ctx, b);
	if (!status)
		status = tell(ctx, b);
	else if (b->created)
		take_back(ctx, b);
	fflush(ctx->out);
	ctx->ops->hold_signals(false);
	return status;
}

static int boot_linux(struct context *ctx, struct linux_boot *b)
{
	int status = read_system(ctx, b);

	if (!status)
		status = read_cell_config(ctx, b);
	if (!status && b->kernel_path)
		status = read_images(ctx, b);
	if (!status)
		status = write_tree(ctx, b);
	if (status || !b->kernel_path)
		return status;

	status = make_tree(ctx, b, true);
	if (status)
		return status;
	set_entry(b->buffers->cell, b->blob_size, b->at.kernel, b->at.dtb);
	return make_and_start(ctx, b);
}

int cmd_linux(struct context *ctx, int argc, char **argv)
{
	struct option_values values;
	struct linux_boot b = { .options = &values };
	int status = parse_options(ctx, argc, argv, "json initrd append dtb write-dtb ", &values);

	if (status)
		return status;
	if (values.nr_args < 1 || values.nr_args > 2)
		return usage_error(ctx, "a cell config and a kernel are needed");
	b.config_path = values.args[0];
	b.kernel_path = values.nr_args == 2 ? values.args[1] : NULL;
	if (!b.kernel_path && !values.write_dtb)
		return usage_error(ctx, "without a kernel there is nothing to do but --write-dtb");
	if (!b.kernel_path && values.initrd)
		return usage_error(ctx, "without a kernel no --initrd has a place");
	b.buffers = malloc(sizeof(*b.buffers));
	if (!b.buffers) {
		fprintf(ctx->err, "cellctl: linux: %s\n", strerror(ENOMEM));
		return STATUS_FILE;
	}
	status = device_open(ctx);
	if (!status)
		status = boot_linux(ctx, &b);
	kernel_close(&b.kernel);
	file_unmap(&b.file);
	file_unmap(&b.initrd);
	free(b.buffers);
	return status;
}
