/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one reader of config blobs, and the one set of rules that they must meet:
 * compiled into the hypervisor, the driver, the tools and their tests. It needs
 * nothing but platform.h.
 *
 * It keeps pointers into the blob, which therefore must be a private copy:
 * nothing that anybody else can write.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <cloister/config.h>
#include <config/error.h>

/**
 * struct config - a parsed blob
 * @system: the machine, NULL in a cell's config
 * @cell: the cell; in a system's config the root cell
 * @cpus: MPIDR affinities in a system's config, CPU numbers in a cell's
 * @nr_cpus: their number, 0..CL_MAX_CPUS
 * @mem: memory regions
 * @nr_mem: their number, 0..CL_MAX_MEM_REGIONS
 * @spis: INTIDs
 * @nr_spis: their number
 * @pools: memory that cells get page by page; systems only
 * @nr_pools: their number, 0..CL_MAX_POOLS
 */
struct config {
	const struct cl_system *system;
	const struct cl_cell *cell;
	const u64 *cpus;
	u32 nr_cpus;
	const struct cl_mem_region *mem;
	u32 nr_mem;
	const u32 *spis;
	u32 nr_spis;
	const struct cl_range *pools;
	u32 nr_pools;
};

/**
 * config_parse() - check a blob's structure and find its sections
 * @blob: private copy, aligned to 8 bytes
 * @size: its bytes
 * @kind: CL_KIND_SYSTEM or CL_KIND_CELL
 * @cfg: filled in
 * @err: filled in on failure
 *
 * Return: 0, or -CL_EINVAL with the rule that was broken.
 */
int config_parse(const void *blob, u64 size, enum cl_kind kind, struct config *cfg,
		 struct error *err);

/**
 * config_check_system() - the rules that a system config must meet by itself
 * @cfg: from config_parse()
 * @pa_bits: physical address bits that the CPUs implement
 * @err: filled in on failure
 */
int config_check_system(const struct config *cfg, unsigned int pa_bits, struct error *err);

/**
 * config_check_cell() - the rules that a cell config must meet on a machine
 * @cfg: the cell
 * @sys: the system
 * @pa_bits: physical address bits that the CPUs implement
 * @max_spi: highest INTID of an SPI
 * @err: filled in on failure
 *
 * What depends on the other cells is not checked here, see cell_create().
 */
int config_check_cell(const struct config *cfg, const struct config *sys, unsigned int pa_bits,
		      u32 max_spi, struct error *err);

/* What @r may carry of Normal memory: not a device and not the hypervisor's own page */
static inline bool mem_is_ram(const struct cl_mem_region *r)
{
	return !(r->flags & (CL_MEM_IO | CL_MEM_COMM));
}

/* Does @r name physical memory of its own, by @r->phys_start? */
static inline bool mem_has_address(const struct cl_mem_region *r)
{
	return !(r->flags & (CL_MEM_COMM | CL_MEM_ALLOC));
}

/**
 * name_equal() - compare two names in fixed-size fields
 * @a: terminated within CL_NAME_SIZE
 * @b: the same
 */
bool name_equal(const char *a, const char *b);

/* The cell's communication region, or NULL */
const struct cl_mem_region *config_comm_region(const struct config *cfg);

#endif
