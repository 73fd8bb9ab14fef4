// SPDX-License-Identifier: GPL-2.0-only
/*
 * CL_BOOT_INIT: EL2's own translation tables.
 *
 * This runs with the MMU off, at the physical address: no data pointer that
 * the linker put into memory may be used (addresses of symbols are formed
 * relative to the PC and are physical here), accesses must be aligned, and
 * there are no exclusives. Everything written here is later read through
 * caches. The driver cleaned and invalidated the memory, but its cacheable
 * mapping is still there, and a speculative read may have brought old lines
 * back: so they are invalidated again once all is written (Arm ARM D7.4, B2.7).
 */
#include <cloister/image.h>
#include <config/error.h>
#include <layout.h>
#include <lib.h>
#include <private.h>
#include <setup.h>
#include <sysreg.h>

_Static_assert(CL_ABI_VERSION == 1, "the header in entry.S says 1");

struct cl_boot_params boot_params;
struct error early_error;

/* Read with the MMU off by entry.S, which knows the offsets; lines of its own */
struct boot_info boot_info __attribute__((section(".boot.data"), aligned(4096))) = { 0 };

/* What the compiler's stack protector compares with; set by entry.S before any C */
u64 __stack_chk_guard __attribute__((section(".boot.data")));

/* Tables that all CPUs share */
#define BLOCK_SIZE (2ull << 20)

static u64 image_l3[512] __attribute__((section(".bss.pages"), aligned(4096)));
u64 device_l3[512] __attribute__((section(".bss.pages"), aligned(4096)));
static u64 pool_l3[512] __attribute__((section(".bss.pages"), aligned(4096)));

extern char __image_start[], __image_end[], __text_end[], __rodata_end[];

/* Where a symbol is physically: what its address is in code that runs there */
#define PHYS(symbol) ((u64)(uintptr_t)(symbol))

static void invalidate(u64 start, u64 size)
{
	u64 line = 4ull << ((read_sysreg(ctr_el0) >> 16) & 15);

	dsb(sy);
	for (u64 p = ALIGN_DOWN(start, line); p < start + size; p += line)
		asm volatile("dc ivac, %0" ::"r"(p) : "memory");
	dsb(sy);
}

static void fill(u64 *table, u64 va, u64 pa, u64 size, u64 attr)
{
	for (u64 done = 0; done < size; done += PAGE_SIZE)
		table[((va + done) >> PAGE_SHIFT) % 512] = (pa + done) | attr;
}

static void map_image(void)
{
	u64 text = PHYS(__text_end) - PHYS(__image_start);
	u64 rodata = PHYS(__rodata_end) - PHYS(__image_start);
	u64 end = PHYS(__image_end) - PHYS(__image_start);
	u64 pa = PHYS(__image_start);

	fill(image_l3, 0, pa, text, S1_PAGE | S1_NORMAL | S1_RO);
	fill(image_l3, text, pa + text, rodata - text, S1_PAGE | S1_NORMAL | S1_RO | S1_XN);
	fill(image_l3, rodata, pa + rodata, end - rodata, S1_PAGE | S1_NORMAL | S1_XN);
}

/*
 * The config blob and the frame pool, by pages within the first 2 MiB, which
 * also hold the image and the per-CPU areas, and by blocks behind.
 */
static void map_pool(const struct memory_map *map)
{
	u64 base = boot_params.phys_start;
	u64 blob = base + boot_params.config_offset;

	fill(pool_l3, blob, blob, ALIGN_UP(boot_params.config_size, PAGE_SIZE),
	     S1_PAGE | S1_NORMAL | S1_RO | S1_XN);
	fill(pool_l3, map->pool_start, map->pool_start, base + BLOCK_SIZE - map->pool_start,
	     S1_PAGE | S1_NORMAL | S1_XN);
}

/* The tables of one CPU's private part lie in its area, behind page and stack */
static void build_cpu(u64 area, u64 *root, const struct memory_map *map)
{
	u64 *l3 = (u64 *)(area + 3 * PAGE_SIZE);
	u64 *l2 = (u64 *)(area + 4 * PAGE_SIZE);
	u64 base = boot_params.phys_start;

	memset((void *)area, 0, map->percpu_size);
	fill(l3, VA_PRIVATE, area, PAGE_SIZE, S1_PAGE | S1_NORMAL | S1_XN);
	fill(l3, VA_STACK, area + PAGE_SIZE, STACK_SIZE, S1_PAGE | S1_NORMAL | S1_XN);
	fill(l3, VA_PRIVATE_L3, (u64)l3, PAGE_SIZE, S1_PAGE | S1_NORMAL | S1_XN);
	fill(l3, VA_PRIVATE_L2, (u64)l2, PAGE_SIZE, S1_PAGE | S1_NORMAL | S1_XN);
	l2[VA_IMAGE / BLOCK_SIZE] = PHYS(image_l3) | S1_TABLE;
	l2[VA_PRIVATE / BLOCK_SIZE] = (u64)l3 | S1_TABLE;
	l2[VA_DEVICES / BLOCK_SIZE] = PHYS(device_l3) | S1_TABLE;
	l2[VA_POOL / BLOCK_SIZE] = PHYS(pool_l3) | S1_TABLE;
	for (u64 pa = base + BLOCK_SIZE; pa < map->pool_end; pa += BLOCK_SIZE)
		l2[(VA_POOL + pa - base) / BLOCK_SIZE] = pa | S1_BLOCK | S1_NORMAL | S1_XN;
	if (map->va_bits > 39) {
		u64 *l1 = (u64 *)(area + 5 * PAGE_SIZE);

		l1[0] = (u64)l2 | S1_TABLE;
		root[0] = (u64)l1 | S1_TABLE;
	} else {
		root[0] = (u64)l2 | S1_TABLE;
	}
}

/* The table below @entry, from the pages at *@next if there is none yet */
static u64 *next_table(u64 *entry, u64 *next)
{
	if (!*entry) {
		memset((void *)*next, 0, PAGE_SIZE);
		*entry = *next | S1_TABLE;
		*next += PAGE_SIZE;
	}
	return (u64 *)(*entry & MASK(47, 12));
}

/* The level 2 entry for @va in the tables that begin at @root */
static u64 *level2_entry(u64 *root, u64 va, const struct memory_map *map, u64 *next)
{
	u64 *table = root;

	if (map->va_bits > 39)
		table = next_table(&table[(va >> 39) % 512], next);
	table = next_table(&table[(va >> 30) % 512], next);
	return &table[(va >> 21) % 512];
}

/*
 * What is mapped while the MMU is switched: the image at its address, and its
 * first page, which holds entry.S, also where it physically is. At most 6 pages.
 */
static void build_identity(u64 pages, const struct memory_map *map)
{
	u64 pa = PHYS(__image_start);
	u64 *root = (u64 *)pages;
	u64 next = pages + PAGE_SIZE;
	u64 *l3;

	memset(root, 0, PAGE_SIZE);
	*level2_entry(root, VA_IMAGE, map, &next) = PHYS(image_l3) | S1_TABLE;
	l3 = next_table(level2_entry(root, pa, map, &next), &next);
	l3[(pa >> PAGE_SHIFT) % 512] = pa | S1_PAGE | S1_NORMAL | S1_RO;
}

static u64 bits_of(u64 x)
{
	u64 bits = 0;

	for (; x; x >>= 1)
		bits++;
	return bits;
}

/*
 * hypervisor_memory: image, config, per-CPU areas, roots of the CPUs' tables,
 * identity tables, pool.
 */
static int lay_out(struct memory_map *map)
{
	const struct cl_boot_params *p = &boot_params;
	u64 start = ALIGN_UP(p->config_offset + p->config_size, PAGE_SIZE);
	u64 needed;

	if (!p->nr_cpus || p->nr_cpus > CL_MAX_CPUS || p->config_size > CL_BLOB_MAX_SIZE ||
	    p->config_offset != ALIGN_UP(PHYS(__image_end) - PHYS(__image_start), PAGE_SIZE))
		return refuse(&early_error, -CL_EINVAL, CL_RULE_INTERNAL, __LINE__, 0);
	if (p->phys_start != PHYS(__image_start) || !IS_ALIGNED(p->phys_start, BLOCK_SIZE))
		return refuse(&early_error, -CL_EINVAL, CL_RULE_HV_MEM_ALIGN, p->phys_start,
			      p->size);
	if (p->phys_start < VA_END)
		return refuse(&early_error, -CL_EINVAL, CL_RULE_HV_MEM_LOW, p->phys_start, VA_END);

	map->va_bits = MAX(33, bits_of(p->phys_start + p->size - 1));
	map->percpu_start = p->phys_start + start;
	map->percpu_size = (map->va_bits > 39 ? 6 : 5) * PAGE_SIZE;
	map->roots = map->percpu_start + p->nr_cpus * map->percpu_size;
	/* Aligned to its size, and to a cache line */
	map->root_size = MAX(64, 8ull << (map->va_bits - (map->va_bits > 39 ? 39 : 30)));
	map->identity = map->roots + ALIGN_UP(p->nr_cpus * map->root_size, PAGE_SIZE);
	map->pool_start = map->identity + IDENTITY_PAGES * PAGE_SIZE;
	map->pool_end = p->phys_start + MIN(p->size, POOL_BLOCKS * BLOCK_SIZE);

	needed = map->pool_start + MIN_POOL - p->phys_start;
	if (p->size < needed || needed > BLOCK_SIZE)
		return refuse(&early_error, -CL_ENOMEM, CL_RULE_HV_MEM_SMALL, needed,
			      MIN(p->size, BLOCK_SIZE));
	return 0;
}

s64 early_init(void)
{
	struct memory_map *map = &boot_info.map;
	u64 pa_range = MIN(read_sysreg(id_aa64mmfr0_el1) & 15, 5);
	int ret = lay_out(map);

	if (ret)
		return ret;
	map_image();
	map_pool(map);
	memset((void *)map->roots, 0, map->identity - map->roots);
	build_identity(map->identity, map);
	for (u32 i = 0; i < boot_params.nr_cpus; i++) {
		boot_info.ttbr[i] = map->roots + i * map->root_size;
		build_cpu(map->percpu_start + i * map->percpu_size, (u64 *)boot_info.ttbr[i], map);
	}
	boot_info.identity_ttbr = map->identity;
	boot_info.tcr = TCR_RES1 | (64 - map->va_bits) | TCR_WB_INNER_SHAREABLE | pa_range << 16;
	boot_info.mair = MAIR_VALUE;
	boot_info.sctlr = SCTLR_VALUE;
	boot_info.phys_offset = PHYS(__image_start) - VA_IMAGE;

	invalidate(PHYS(&boot_info), sizeof(boot_info));
	invalidate(PHYS(&__stack_chk_guard), sizeof(__stack_chk_guard));
	invalidate(PHYS(image_l3), sizeof(image_l3));
	invalidate(PHYS(pool_l3), sizeof(pool_l3));
	invalidate(map->percpu_start, map->pool_start - map->percpu_start);
	return 0;
}
