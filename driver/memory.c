// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical memory: what Linux uses, what is RAM at all, and what caches hold
 * of it.
 */
#include <linux/efi.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>

#include "driver.h"

/**
 * cl_clean_invalidate() - let memory hold what the caches hold
 * @p: start, mapped cacheable
 * @size: bytes
 *
 * Who reads the memory with the MMU or the caches off sees memory only: so
 * every line is cleaned to the point of coherency. It is invalidated too, or a
 * later write of the other side would be hidden behind the line that stays
 * here, or be overwritten when that line is evicted.
 *
 * The line size is the smallest in the system, as this thread may migrate.
 */
void cl_clean_invalidate(const void *p, size_t size)
{
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);
	unsigned long line = 4ul << (ctr >> 16 & 0xf); /* DminLine, words */
	unsigned long addr = (unsigned long)p & ~(line - 1);
	unsigned long end = (unsigned long)p + size;

	for (; addr < end; addr += line)
		asm volatile("dc civac, %0" : : "r"(addr) : "memory");
	dsb(sy);
}

/*
 * What the firmware says of memory, copied before the hypervisor is there: UEFI's
 * memory map lies in memory that Linux does not count as its own, so that root may
 * not have it afterwards.
 */
static struct {
	struct cl_range *range;
	unsigned int count;
	unsigned int room;
	bool described;
} ram;

static int add_ram(u64 start, u64 size)
{
	struct cl_range *more;

	if (ram.count == ram.room) {
		more = krealloc(ram.range, (ram.room + 32) * sizeof(*more), GFP_KERNEL);
		if (!more)
			return -ENOMEM;
		ram.range = more;
		ram.room += 32;
	}
	ram.range[ram.count++] = (struct cl_range){ start, size };
	return 0;
}

static int add_efi_ram(void)
{
	efi_memory_desc_t *md;
	int ret = 0;

	if (!efi_enabled(EFI_MEMMAP))
		return 0;
	for_each_efi_memory_desc(md)
	{
		ram.described = true;
		if (!ret && md->type != EFI_MEMORY_MAPPED_IO &&
		    md->type != EFI_MEMORY_MAPPED_IO_PORT_SPACE && md->attribute & EFI_MEMORY_WB)
			ret = add_ram(md->phys_addr, md->num_pages << EFI_PAGE_SHIFT);
	}
	return ret;
}

/* Return: number of ranges, or -ENOMEM */
static int add_node(struct device_node *np)
{
	struct resource res;
	int i;

	for (i = 0; !of_address_to_resource(np, i, &res); i++) {
		int ret = add_ram(res.start, resource_size(&res));

		if (ret)
			return ret;
	}
	return i;
}

/**
 * cl_find_ram() - learn where there is memory
 *
 * By the word of the firmware: UEFI's memory map or the memory nodes of the device
 * tree, which "mem=" does not change, and on-chip SRAM.
 *
 * Return: 0 or -ENOMEM.
 */
int cl_find_ram(void)
{
	struct device_node *np;
	int ret = add_efi_ram();

	for_each_node_by_type(np, "memory")
	{
		int n = ret ? ret : add_node(np);

		if (n < 0)
			ret = n;
		ram.described |= n > 0;
	}
	for_each_compatible_node(np, NULL, "mmio-sram")
	{
		int n = ret ? ret : add_node(np);

		if (n < 0)
			ret = n;
	}
	if (ret)
		cl_forget_ram();
	return ret;
}

/**
 * cl_forget_ram() - the reverse of cl_find_ram()
 */
void cl_forget_ram(void)
{
	kfree(ram.range);
	memset(&ram, 0, sizeof(ram));
}

/*
 * How far RAM reaches from an address on. Return: @addr if there is none at it,
 * and U64_MAX if the firmware says nothing about memory.
 */
static u64 ram_end(u64 addr)
{
	u64 end = addr;
	unsigned int i;

	for (i = 0; i < ram.count; i++) {
		const struct cl_range *r = &ram.range[i];

		if (addr >= r->start && addr - r->start < r->size)
			end = max(end, r->start + r->size);
	}
	return ram.described ? end : U64_MAX;
}

/**
 * cl_check_is_ram() - is there memory behind these addresses?
 * @start: physical address
 * @size: bytes; the end does not wrap
 * @error: filled in on failure
 *
 * An access to nothing ends in an external abort, which the kernel cannot
 * survive in a copy of its own.
 *
 * Return: 0 or -EADDRNOTAVAIL.
 */
int cl_check_is_ram(u64 start, u64 size, struct cl_ioc_error *error)
{
	u64 addr = start;

	while (addr < start + size) {
		u64 end = ram_end(addr);

		if (end == addr)
			return cl_refuse(error, -EADDRNOTAVAIL, CL_RULE_MEM_NOT_RAM, addr,
					 start + size - 1);
		addr = end;
	}
	return 0;
}

static bool is_linux_resource(u64 start, u64 size)
{
	return region_intersects(start, size, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) !=
	       REGION_DISJOINT;
}

/*
 * Resources and the linear map are made from the same list at boot, but only
 * what is not in the linear map is free of cacheable aliases: so both are
 * asked.
 */
static bool is_linux_ram(u64 start, u64 size)
{
	u64 addr;

	if (is_linux_resource(start, size))
		return true;
	for (addr = start; addr < start + size; addr += PAGE_SIZE) {
		if (pfn_is_map_memory(PHYS_PFN(addr)))
			return true;
		if (!(addr % SZ_64M))
			cond_resched();
	}
	return false;
}

/* @busy: what to say where Linux or one of its drivers uses it */
static int claim(const struct cl_range *range, const char *name, enum cl_rule busy,
		 struct cl_ioc_error *error)
{
	int ret = cl_check_is_ram(range->start, range->size, error);

	if (ret)
		return ret;
	if (is_linux_ram(range->start, range->size) ||
	    !request_mem_region(range->start, range->size, name))
		return cl_refuse(error, -EADDRINUSE, busy, range->start, 0);
	return 0;
}

/**
 * cl_claim_memory() - make hypervisor_memory and the pools ours
 * @config: the system config
 * @error: filled in on failure
 *
 * Return: 0, -EADDRINUSE if Linux or one of its drivers uses it,
 * -EADDRNOTAVAIL if there is no memory, or -EINVAL.
 */
int cl_claim_memory(const struct config *config, struct cl_ioc_error *error)
{
	const struct cl_range *range = &config->system->hypervisor_memory;
	u32 i;
	int ret;

	if (!range->size || !IS_ALIGNED(range->start | range->size, SZ_2M) ||
	    range->start + range->size < range->start)
		return cl_refuse(error, -EINVAL, CL_RULE_HV_MEM_ALIGN, range->start, range->size);
	ret = claim(range, "Cloister", CL_RULE_HV_MEM_BUSY, error);
	if (ret)
		return ret;
	cloister.memory = *range;
	for (i = 0; i < config->nr_pools; i++) {
		ret = claim(&config->pools[i], "Cloister pool", CL_RULE_POOL_BUSY, error);
		if (ret) {
			cl_release_memory();
			return ret;
		}
		cloister.pools[cloister.nr_pools++] = config->pools[i];
	}
	return 0;
}

/**
 * cl_release_memory() - the reverse of cl_claim_memory()
 */
void cl_release_memory(void)
{
	while (cloister.nr_pools) {
		const struct cl_range *pool = &cloister.pools[--cloister.nr_pools];

		release_mem_region(pool->start, pool->size);
	}
	release_mem_region(cloister.memory.start, cloister.memory.size);
	memset(&cloister.memory, 0, sizeof(cloister.memory));
}

struct ram_walk {
	const struct config *config;
	struct cl_ioc_error *error;
};

/* Regions count that have just @needed of the flags in @mask */
static int check_range(const struct config *config, u64 start, u64 last, u64 needed, u64 mask,
		       struct cl_ioc_error *error)
{
	u64 addr = start;

	while (addr <= last) {
		u64 end = cl_mem_end(config, addr, needed, mask);

		if (end == addr)
			return cl_refuse(error, -ERANGE, CL_RULE_MEM_ROOT_RAM_MISSING, addr, last);
		addr = end;
	}
	return 0;
}

static int check_covered(struct resource *res, void *arg)
{
	const u64 needed = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE;
	const u64 mask = needed | CL_MEM_IO | CL_MEM_NONCACHEABLE;
	struct ram_walk *walk = arg;

	return check_range(walk->config, res->start, res->end, needed, mask, walk->error);
}

/* What of the firmware Linux goes on using: the runtime services, tables of ACPI */
static bool is_efi_in_use(const efi_memory_desc_t *md)
{
	return md->attribute & EFI_MEMORY_RUNTIME || md->type == EFI_ACPI_RECLAIM_MEMORY ||
	       md->type == EFI_ACPI_MEMORY_NVS;
}

static int check_efi(const struct config *config, struct cl_ioc_error *error)
{
	efi_memory_desc_t *md;
	int ret = 0;

	if (!efi_enabled(EFI_MEMMAP))
		return 0;
	for_each_efi_memory_desc(md)
	{
		if (!ret && is_efi_in_use(md))
			ret = check_range(config, md->phys_addr,
					  md->phys_addr + (md->num_pages << EFI_PAGE_SHIFT) - 1,
					  CL_MEM_READ, CL_MEM_READ, error);
	}
	return ret;
}

/**
 * cl_check_root_ram() - does the root cell have all that Linux runs in?
 * @config: the system config
 * @error: filled in on failure
 *
 * Return: 0 or -ERANGE.
 */
int cl_check_root_ram(const struct config *config, struct cl_ioc_error *error)
{
	struct ram_walk walk = { .config = config, .error = error };
	int ret = walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0,
				      U64_MAX, &walk, check_covered);

	return ret ? ret : check_efi(config, error);
}

/* Is all of it what the hypervisor emulates, or keeps from root on purpose? */
static bool is_emulated(const struct config *config, u64 start, u64 end)
{
	const struct cl_system *sys = config->system;
	const struct cl_range ranges[] = {
		{ sys->gic.gicd_base, gicd_size(&sys->gic) },
		{ sys->pci.mmconfig_base,
		  sys->pci.mmconfig_base ? (sys->pci.end_bus + 1ull) << 20 : 0 },
		sys->hypervisor_memory,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (start >= ranges[i].start && end - ranges[i].start < ranges[i].size)
			return true;
	}
	for (i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		const struct cl_range *r = &sys->gic.gicr[i];

		if (start >= r->start && end - r->start < r->size)
			return true;
	}
	for (i = 0; i < config->nr_pools; i++) {
		const struct cl_range *p = &config->pools[i];

		if (start >= p->start && end - p->start < p->size)
			return true;
	}
	return false;
}

static int warn_not_covered(struct resource *res, void *arg)
{
	const struct config *config = arg;
	u64 addr = res->start;

	if (is_emulated(config, res->start, res->end))
		return 0;
	while (addr <= res->end) {
		u64 end = cl_mem_end(config, addr, CL_MEM_READ, CL_MEM_READ);

		if (end == addr) {
			pr_warn("a driver of Linux uses 0x%llx..0x%llx, but mem_regions of root lack 0x%llx: an access will be a fault\n",
				res->start, res->end, addr);
			break;
		}
		addr = end;
	}
	return 0;
}

/**
 * cl_warn_root_devices() - name the devices that Linux is going to lose
 * @config: the system config
 *
 * No reason to refuse: that a driver has claimed registers does not mean that
 * it needs them. But if it does, this line is what tells why it died.
 */
void cl_warn_root_devices(const struct config *config)
{
	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_MEM | IORESOURCE_BUSY, 0, U64_MAX,
			    (void *)config, warn_not_covered);
}

static int one_is_enough(struct resource *res, void *arg)
{
	return 1;
}

/*
 * Has a driver claimed registers? It would meet an abort in the middle of its work. Where
 * they stay root's, it is its owner who says that they may be shared.
 */
static bool is_claimed_device(const struct cl_mem_region *r)
{
	return !(r->flags & CL_MEM_ROOTSHARED) &&
	       walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_MEM | IORESOURCE_BUSY, r->phys_start,
				   r->phys_start + r->size - 1, NULL, one_is_enough) == 1;
}

/**
 * cl_check_cell_mem() - may a cell have the memory that its config names?
 * @config: the cell's config
 * @error: filled in on failure
 *
 * Only what the hypervisor cannot know: it ensures that the memory is
 * assignable, not that Linux does not use it, nor that there is any.
 *
 * Return: 0, -EBUSY or -EADDRNOTAVAIL.
 */
int cl_check_cell_mem(const struct config *config, struct cl_ioc_error *error)
{
	u32 i;

	for (i = 0; i < config->nr_mem; i++) {
		const struct cl_mem_region *r = &config->mem[i];
		bool used;
		int ret;

		if (r->flags & (CL_MEM_COMM | CL_MEM_ALLOC))
			continue;
		if (r->flags & CL_MEM_IO) {
			used = is_linux_resource(r->phys_start, r->size) || is_claimed_device(r);
		} else {
			ret = cl_check_is_ram(r->phys_start, r->size, error);
			if (ret)
				return ret;
			used = is_linux_ram(r->phys_start, r->size);
		}
		if (used)
			return cl_refuse(error, -EBUSY, CL_RULE_MEM_LINUX_RAM, r->phys_start, 0);
	}
	return 0;
}
