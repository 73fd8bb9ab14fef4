// SPDX-License-Identifier: GPL-2.0-only
/* cloister.bin: find it, see whether it can be used, put it in its place. */
#include <linux/firmware.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "driver.h"

#define IMAGE_NAME "cloister.bin"

static int bad_image(struct cl_ioc_error *error, const char *why)
{
	pr_debug(IMAGE_NAME ": %s\n", why);
	return cl_refuse(error, -ENOEXEC, CL_RULE_IMAGE_MAGIC, 0, 0);
}

/* Is [offset, offset + size) inside the image, and not over its header? */
static bool inside(const struct cl_image_header *h, u64 offset, u64 size)
{
	return offset % 8 == 0 && offset >= sizeof(*h) && size <= h->mem_size &&
	       offset <= h->mem_size - size;
}

static int check_header(const struct firmware *fw, struct cl_ioc_error *error)
{
	const struct cl_image_header *h = (const void *)fw->data;

	if (fw->size < sizeof(*h) || memcmp(h->magic, CL_IMAGE_MAGIC, sizeof(h->magic)))
		return bad_image(error, "no image at all");
	if (h->abi_version != CL_ABI_VERSION)
		return cl_refuse(error, -EPROTO, CL_RULE_ABI_VERSION, h->abi_version,
				 CL_ABI_VERSION);
	if (h->file_size != fw->size)
		return bad_image(error, "truncated, or with something behind");
	if (h->mem_size < h->file_size || h->mem_size % CL_PAGE_SIZE)
		return bad_image(error, "mem_size");
	if (!inside(h, h->params_offset, sizeof(struct cl_boot_params)))
		return bad_image(error, "params_offset");
	if (h->log_size < sizeof(struct cl_log) || !inside(h, h->log_offset, h->log_size))
		return bad_image(error, "log_offset");
	return 0;
}

/**
 * cl_image_get() - load the image from the file system
 * @fw: out: for release_firmware()
 * @error: filled in on failure
 *
 * Return: 0; -ENOENT if there is none; -ENOEXEC if it is no image or damaged;
 * -EPROTO if it has another ABI.
 */
int cl_image_get(const struct firmware **fw, struct cl_ioc_error *error)
{
	int ret = firmware_request_nowarn(fw, IMAGE_NAME, &cloister.pdev->dev);

	if (ret)
		return cl_refuse(error, -ENOENT, CL_RULE_IMAGE_MISSING, -ret, 0);
	ret = check_header(*fw, error);
	if (ret)
		release_firmware(*fw);
	return ret;
}

/**
 * struct layout - how hypervisor_memory is used
 * @config: offset of the system config, behind the image
 * @used: bytes from the start that the image may touch with the MMU off
 */
struct layout {
	u64 config;
	u64 used;
};

static int plan(struct layout *l, const struct cl_image_header *h, const struct config *config,
		struct cl_ioc_error *error)
{
	u64 percpu, needed;

	l->config = h->mem_size;
	if (check_mul_overflow(h->percpu_size, (u64)config->nr_cpus, &percpu) ||
	    check_add_overflow(l->config, (u64)config->size, &needed) ||
	    check_add_overflow(needed, (u64)CL_PAGE_SIZE - 1, &needed))
		return bad_image(error, "sizes");
	needed = round_down(needed, CL_PAGE_SIZE);
	if (check_add_overflow(needed, percpu, &needed) ||
	    check_add_overflow(needed, h->min_pool, &needed))
		return bad_image(error, "sizes");
	if (needed > cloister.memory.size)
		return cl_refuse(error, -ENOSPC, CL_RULE_HV_MEM_SMALL, needed,
				 cloister.memory.size);
	l->used = needed;
	return 0;
}

/* The text of a ring, from its oldest character on, line by line */
static void print_ring(const char *text, u32 size, u64 end)
{
	u64 pos = end > size ? end - size : 0;
	char line[120];
	u32 n = 0;

	for (; pos < end; pos++) {
		char c = text[pos & (size - 1)];

		if (c != '\n' && n < sizeof(line) - 1) {
			/* It may be anything that memory held */
			line[n++] = c >= ' ' && c <= '~' ? c : '?';
			if (pos + 1 < end)
				continue;
		}
		line[n] = '\0';
		pr_err("| %s\n", line);
		n = 0;
	}
}

/*
 * A fatal error of the hypervisor may have ended the time before the last
 * reset. What it wrote then lies where it is going to write now: this is the
 * last moment to read it.
 */
static void print_old_log(const void *memory, const struct cl_image_header *h)
{
	const struct cl_log *log = memory + h->log_offset;
	u32 size = READ_ONCE(log->size);

	if (log->magic != CL_LOG_MAGIC || !log->fatal || !is_power_of_2(size) ||
	    size > h->log_size - sizeof(*log))
		return;
	pr_err("the hypervisor had a fatal error before the last reset; its log:\n");
	print_ring(log->text, size, log->end);
}

/**
 * cl_image_place() - fill hypervisor_memory as the boot protocol says
 * @fw: the image
 * @config: the system config
 * @error: filled in on failure
 *
 * No mapping of it is left afterwards: from the take-over on any access of
 * Linux would be a fault.
 *
 * Return: 0, -ENOSPC if the memory is too small, -ENOEXEC or -ENOMEM.
 */
int cl_image_place(const struct firmware *fw, const struct config *config,
		   struct cl_ioc_error *error)
{
	const struct cl_image_header *h = (const void *)fw->data;
	struct cl_boot_params *params;
	struct layout l;
	void *memory;
	int ret;

	ret = plan(&l, h, config, error);
	if (ret)
		return ret;
	memory = memremap(cloister.memory.start, l.used, MEMREMAP_WB);
	if (!memory)
		return -ENOMEM;
	print_old_log(memory, h);

	memcpy(memory, fw->data, fw->size);
	memset(memory + fw->size, 0, h->mem_size - fw->size);
	memcpy(memory + l.config, config->blob, config->size);
	params = memory + h->params_offset;
	params->phys_start = cloister.memory.start;
	params->size = cloister.memory.size;
	params->config_offset = l.config;
	params->config_size = config->size;
	params->nr_cpus = config->nr_cpus;
	strscpy(cloister.version, h->version, sizeof(cloister.version));

	/*
	 * What was not written here is included: the image uses it too before
	 * it turns its MMU on, and lines of whoever had the memory before must
	 * not appear in it later.
	 */
	cl_clean_invalidate(memory, l.used);
	memunmap(memory);
	return 0;
}
