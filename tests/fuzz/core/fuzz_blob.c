// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configs of any content: they are refused, or what is made of them keeps
 * everybody apart. The first byte says which kind it shall be, and whether the
 * header is put right first, so that the rest gets read.
 */
#include "reach.h"

#define MODE_SYSTEM 1
#define MODE_SEAL 2

static struct blob blob;

static void put_right(bool is_system)
{
	struct cl_blob_header *h = blob_header(&blob);

	memcpy(h->magic, CL_BLOB_MAGIC, sizeof(h->magic));
	h->version = CL_BLOB_VERSION;
	h->arch = CL_ARCH_ARM64;
	h->kind = is_system ? CL_KIND_SYSTEM : CL_KIND_CELL;
	blob_seal(&blob);
}

/* By itself, in memory that ends where it does */
static bool parses(const u8 *data, size_t size, enum cl_kind kind, struct config *cfg)
{
	u8 *copy = malloc(size ? size : 1);
	struct error err = { .rule = CL_RULE_NONE };
	int ret;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	ret = config_parse(copy, size, kind, cfg, &err);
	if (!ret && kind == CL_KIND_SYSTEM)
		ret = config_check_system(cfg, 40, &err);
	/* Whatever is refused is refused for a reason */
	if (ret && err.rule == CL_RULE_NONE)
		abort();
	free(copy);
	return !ret;
}

static void as_system(void)
{
	const struct cl_range *hv;
	struct config cfg;
	struct error err = { .rule = CL_RULE_NONE };

	if (!parses(blob.bytes, blob.size, CL_KIND_SYSTEM, &cfg))
		return;
	if (config_parse(blob.bytes, blob.size, CL_KIND_SYSTEM, &cfg, &err))
		abort();
	/* The machine has its memory where it has it */
	hv = &cfg.system->hypervisor_memory;
	if (hv->start != HOST_HV_START || hv->size != HOST_HV_SIZE)
		return;
	host_reset();
	if (!host_boot(blob.bytes, blob.size, POOL_PAGES, &err))
		check_machine();
	else if (err.rule != CL_RULE_NO_MEMORY)
		abort();
}

static void as_cell(void)
{
	struct config cfg;
	struct answer a;
	u64 used;
	bool fine = parses(blob.bytes, blob.size, CL_KIND_CELL, &cfg);

	machine_start(POOL_PAGES);
	used = pool_used(&frame_pool);
	memcpy(host_ram(BLOB_PA), blob.bytes, blob.size);
	a = CALL(CL_HC_CELL_CREATE, BLOB_PA, blob.size);
	check_machine();
	if (a.ret < 0) {
		if (a.rule == CL_RULE_NONE || pool_used(&frame_pool) != used)
			abort();
		return;
	}
	if (!fine)
		abort();
	CALL(CL_HC_CELL_SET_LOADABLE, 1);
	check_machine();
	start(1);
	host_settle();
	check_machine();
	if (destroy(1).ret || pool_used(&frame_pool) != used)
		abort();
	check_machine();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	bool is_system;

	if (size < 1 || size - 1 > CL_BLOB_MAX_SIZE)
		return 0;
	is_system = data[0] & MODE_SYSTEM;
	memset(&blob, 0, sizeof(blob));
	blob.size = (u32)(size - 1);
	memcpy(blob.bytes, data + 1, size - 1);
	if ((data[0] & MODE_SEAL) && blob.size >= sizeof(struct cl_blob_header))
		put_right(is_system);
	if (is_system)
		as_system();
	else
		as_cell();
	return 0;
}
