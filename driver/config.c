// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader of configs, which is the hypervisor's and the tools' too. It is
 * built here as a part of this file, because Kbuild wants all sources in one
 * folder. What the driver does not act on is left to the hypervisor, which reads
 * the config again and applies all rules but those for what devices are.
 */
#include <config/blob.c>
#include <config/devices.c>
#include <config/memory.c>
#include <config/text.c>
#include <config/uart.c>

#include "driver.h"

/* More than any CPU has; the hypervisor knows how many there are */
#define MOST_PA_BITS 52

/**
 * cl_parse_config() - find the parts of a config
 * @config: filled in; not to be copied
 * @data: the blob; a copy that nobody else can write
 * @size: its bytes
 * @kind: what it must be
 * @error: filled in on failure
 *
 * Return: 0, and sums of its addresses are safe; or a negative errno and the rule
 * that was broken.
 */
int cl_parse_config(struct config *config, const void *data, u32 size, enum cl_kind kind,
		    struct cl_ioc_error *error)
{
	struct error err;
	int ret = config_parse(data, size, kind, config, &err);

	if (!ret)
		ret = config_check_addresses(config, MOST_PA_BITS, &err);
	if (!ret)
		ret = config_check_devices(config, &err);
	return ret ? cl_refuse(error, ret, err.rule, err.value[0], err.value[1]) : 0;
}

/**
 * cl_mem_end() - how far the config's regions reach from an address on
 * @config: a config
 * @addr: physical address
 * @flags: only regions count that have these flags...
 * @mask: ...among these
 *
 * Return: the end of a region that holds @addr, or @addr if there is none.
 */
u64 cl_mem_end(const struct config *config, u64 addr, u64 flags, u64 mask)
{
	u32 i;

	for (i = 0; i < config->nr_mem; i++) {
		const struct cl_mem_region *r = &config->mem[i];

		if ((r->flags & mask) == flags && addr >= r->phys_start &&
		    addr - r->phys_start < r->size)
			return r->phys_start + r->size;
	}
	return addr;
}
