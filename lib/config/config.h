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

/* EL2's own addresses end here: hypervisor_memory must lie above */
#define CL_HV_MEM_LOWEST (64ull << 20)

/**
 * struct config - a parsed blob
 * @blob: what all the others point into
 * @size: its bytes
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
 * @smc: calls of the firmware that the cell may make
 * @nr_smc: their number, 0..CL_MAX_SMC_RULES
 * @pci: PCI functions
 * @nr_pci: their number, 0..CL_MAX_PCI_DEVICES
 * @iommus: IOMMUs; systems only
 * @nr_iommus: their number, 0..CL_MAX_IOMMUS
 * @devices: what some of the cell's devices are
 * @nr_devices: their number, 0..CL_MAX_DEVICES
 * @completed: what @system and @cell point to where the blob is of an older
 *	version of the format
 *
 * Not to be copied: it may point into itself.
 */
struct config {
	const void *blob;
	u32 size;
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
	const struct cl_smc_rule *smc;
	u32 nr_smc;
	const struct cl_pci_device *pci;
	u32 nr_pci;
	const struct cl_iommu *iommus;
	u32 nr_iommus;
	const struct cl_device *devices;
	u32 nr_devices;
	struct {
		struct cl_system system;
		struct cl_cell cell;
	} completed;
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
 * config_check_addresses() - the rules without which no sum of addresses is safe
 * @cfg: from config_parse()
 * @pa_bits: physical address bits that the CPUs implement, or may implement
 * @err: filled in on failure
 *
 * Part of the two functions below. The driver, which acts on addresses before
 * the hypervisor has seen a cell's config, needs no more.
 */
int config_check_addresses(const struct config *cfg, unsigned int pa_bits, struct error *err);

/**
 * config_check_system() - the rules that a system config must meet by itself
 * @cfg: from config_parse()
 * @pa_bits: physical address bits that the CPUs implement
 * @err: filled in on failure
 *
 * Return: 0, or a negative CL_E* with the rule that was broken.
 */
int config_check_system(const struct config *cfg, unsigned int pa_bits, struct error *err);

/**
 * config_check_cell() - the rules that a cell config must meet on a machine
 * @cfg: the cell
 * @sys: the system, checked
 * @pa_bits: physical address bits that the CPUs implement
 * @max_spi: highest INTID of an SPI
 * @err: filled in on failure
 *
 * Return: 0, or a negative CL_E* with the rule that was broken.
 */
int config_check_cell(const struct config *cfg, const struct config *sys, unsigned int pa_bits,
		      u32 max_spi, struct error *err);

/**
 * config_check_beside() - the rules for a cell beside those that exist
 * @cfg: the cell, checked by itself
 * @cells: configs by the IDs of their cells, the system's first; NULL: no such cell.
 *	Without a system only what stands between cells is checked.
 * @count: entries of @cells, 1..CL_MAX_CELLS
 * @err: filled in on failure; where it names another cell, value[1] has its ID in
 *	the lower half, and the place in that cell's config in the upper one
 *
 * Return: 0, or a negative CL_E* with the rule that was broken.
 */
int config_check_beside(const struct config *cfg, const struct config *const *cells, u32 count,
			struct error *err);

/**
 * config_check_supported() - does a config want what no version does yet?
 * @cfg: checked by all other rules
 * @err: filled in on failure
 *
 * The last of all: what is wrong in other ways is worth knowing before.
 *
 * Return: 0, or -CL_EOPNOTSUPP.
 */
int config_check_supported(const struct config *cfg, struct error *err);

/**
 * config_check_devices() - the rules for what devices are
 * @cfg: a cell, checked by config_check_addresses(); for a user, who shall hear of
 *	what is first wrong, by config_check_cell()
 * @err: filled in on failure
 *
 * The hypervisor, which does not care, is built without it.
 *
 * Return: 0, or -CL_EINVAL with the rule that was broken.
 */
int config_check_devices(const struct config *cfg, struct error *err);

/* What @r may carry of Normal memory: not a device and not the hypervisor's own page */
static inline bool mem_is_ram(const struct cl_mem_region *r)
{
	return !(r->flags & (CL_MEM_IO | CL_MEM_COMM));
}

/* Is @r a part of a page, to which the hypervisor makes each access? */
static inline bool mem_is_subpage(const struct cl_mem_region *r)
{
	return r->flags & CL_IO_WIDTHS;
}

/* Does @r name physical memory of its own, by @r->phys_start? */
static inline bool mem_has_address(const struct cl_mem_region *r)
{
	return !(r->flags & (CL_MEM_COMM | CL_MEM_ALLOC));
}

/* Bytes of the distributor's registers */
static inline u64 gicd_size(const struct cl_gic *gic)
{
	return gic->version == 2 ? 0x1000 : 0x10000;
}

/*
 * GICv2: where its CPU interface has its first two pages one behind the other. In
 * 128 KiB, each of them is seen 16 times (as boards with pages of 64 KiB want it).
 */
static inline u64 gicc_offset(const struct cl_gic *gic)
{
	return gic->gicc.size == 0x20000 ? 0xf000 : 0;
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
