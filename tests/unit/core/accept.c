// SPDX-License-Identifier: GPL-2.0-only
#include "accept.h"
#include "reach.h"

/* The machine of the fixture runs, and nothing has happened to it but refusals */
static bool machine_is_fresh;

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
	/* As the driver reads it; the hypervisor does not care what they are */
	if (!ret && kind == CL_KIND_CELL && !config_check_addresses(cfg, 52, &err) &&
	    config_check_devices(cfg, &err) && err.rule == CL_RULE_NONE)
		abort();
	/* Whatever is refused is refused for a reason */
	if (ret && err.rule == CL_RULE_NONE)
		abort();
	free(copy);
	return !ret;
}

static bool as_system(const struct blob *b)
{
	static struct blob copy;
	const struct cl_range *hv;
	struct config cfg;
	struct error err = { .rule = CL_RULE_NONE };

	if (!parses(b->bytes, b->size, CL_KIND_SYSTEM, &cfg))
		return false;
	copy = *b;
	if (config_parse(copy.bytes, copy.size, CL_KIND_SYSTEM, &cfg, &err))
		abort();
	/* The machine has its memory where it has it */
	hv = &cfg.system->hypervisor_memory;
	if (hv->start != HOST_HV_START || hv->size != HOST_HV_SIZE)
		return true;
	machine_is_fresh = false;
	host_reset();
	if (!host_boot(copy.bytes, copy.size, POOL_PAGES, &err))
		check_machine();
	else if (err.rule != CL_RULE_NO_MEMORY && err.rule != CL_RULE_IOMMU_UNSUPPORTED)
		abort();
	return true;
}

static bool as_cell(const struct blob *b)
{
	struct config cfg;
	struct answer a;
	u64 used;
	bool fine = parses(b->bytes, b->size, CL_KIND_CELL, &cfg);

	/* A refusal changes nothing, which is what is checked after each */
	if (!machine_is_fresh)
		machine_start(POOL_PAGES);
	machine_is_fresh = true;
	used = pool_used(&frame_pool);
	memcpy(host_ram(BLOB_PA), b->bytes, b->size);
	a = CALL(CL_HC_CELL_CREATE, BLOB_PA, b->size);
	check_machine();
	if (a.ret < 0) {
		if (a.rule == CL_RULE_NONE || pool_used(&frame_pool) != used)
			abort();
		return false;
	}
	machine_is_fresh = false;
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
	return true;
}

bool try_config(const struct blob *b, bool is_system)
{
	return is_system ? as_system(b) : as_cell(b);
}
