// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver's reader of config blobs: structure and bounds, and the few rules
 * that must hold before the driver itself uses a number of the config. All
 * other rules are the hypervisor's, which reads the blob again.
 *
 * Nothing of the kernel is used here, so that this file can be tested on the
 * host.
 */
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <stddef.h>
#include <string.h>
#endif

#include "blob.h"

#define PAGE_4K 4096ull

/* CRC-32 of IEEE 802.3, one bit at a time: a config is a few hundred bytes */
static cl_u32 crc32_add(cl_u32 crc, const cl_u8 *p, cl_u32 n)
{
	while (n--) {
		int bit;

		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

/* The checksum counts as 0 in its own calculation */
static cl_u32 checksum(const struct cl_blob_header *h)
{
	const cl_u32 head = offsetof(struct cl_blob_header, checksum);
	const cl_u8 zero[4] = { 0 };
	const cl_u8 *p = (const cl_u8 *)h;
	cl_u32 crc = ~0u;

	crc = crc32_add(crc, p, head);
	crc = crc32_add(crc, zero, 4);
	crc = crc32_add(crc, p + head + 4, h->size - head - 4);
	return ~crc;
}

static int check_header(const struct cl_blob_header *h, cl_u32 size, enum cl_kind kind,
			struct cl_ioc_error *error)
{
	cl_u32 table, sum;

	if (size < sizeof(*h))
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_TRUNCATED, size, sizeof(*h));
	if (memcmp(h->magic, CL_BLOB_MAGIC, sizeof(h->magic)))
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_MAGIC, 0, 0);
	if (h->version != CL_BLOB_VERSION)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_VERSION, h->version,
				 CL_BLOB_VERSION);
	if (h->arch != CL_ARCH_ARM64)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_ARCH, h->arch, CL_ARCH_ARM64);
	if (h->kind != kind)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_KIND, h->kind, kind);
	if (h->size != size)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_SIZE, h->size, size);
	if (!h->nr_sections || h->nr_sections > CL_MAX_SECTIONS)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_SECTION, 0, h->nr_sections);
	table = h->nr_sections * sizeof(struct cl_section);
	if (size - sizeof(*h) < table)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_TRUNCATED, size,
				 sizeof(*h) + table);
	sum = checksum(h);
	if (h->checksum != sum)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_CHECKSUM, h->checksum, sum);
	return 0;
}

static int check_section(const struct cl_section *s, cl_u32 size, struct cl_ioc_error *error)
{
	if (!s->entry_size || s->size % s->entry_size)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_SECTION, s->type, s->entry_size);
	if (s->offset % 8 || s->offset > size || s->size > size - s->offset)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_SECTION, s->type, s->offset);
	return 0;
}

/*
 * Finds the section of a type, whose entries have a known size. Return: number
 * of entries or a negative errno.
 */
static int find_section(const struct cl_blob *blob, cl_u32 type, cl_u32 entry_size,
			const void **entries, struct cl_ioc_error *error)
{
	const struct cl_blob_header *h = blob->data;
	const struct cl_section *s = (const struct cl_section *)(h + 1);
	const struct cl_section *end = s + h->nr_sections;
	int count = 0;

	*entries = NULL;
	for (; s < end; s++) {
		int ret;

		if (s->type != type)
			continue;
		ret = check_section(s, blob->size, error);
		if (ret)
			return ret;
		if (s->entry_size != entry_size)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_SECTION, type,
					 s->entry_size);
		if (*entries)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_SECTION_TWICE, type, 0);
		*entries = (const cl_u8 *)blob->data + s->offset;
		count = s->size / entry_size;
	}
	return count;
}

/* As find_section(), for what stands there exactly once */
static int find_one(const struct cl_blob *blob, cl_u32 type, cl_u32 size, const void **entry,
		    struct cl_ioc_error *error)
{
	int count = find_section(blob, type, size, entry, error);

	if (count < 0)
		return count;
	if (!*entry)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_SECTION_MISSING, type, 0);
	if (count != 1)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_BLOB_SECTION, type, count);
	return 0;
}

static int check_name(const char *name, struct cl_ioc_error *error)
{
	int i;

	for (i = 0; i < CL_NAME_SIZE && name[i]; i++) {
		char c = name[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '_' && c != '-')
			break;
	}
	if (!i || i == CL_NAME_SIZE || name[i])
		return cl_refuse(error, -CL_EINVAL, CL_RULE_CELL_NAME, 0, 0);
	return 0;
}

/**
 * cl_blob_parse() - check the structure of a config and find its sections
 * @blob: filled in
 * @data: the blob, aligned to 8 bytes; a copy that nobody else can write
 * @size: its bytes
 * @kind: what it must be
 * @error: filled in on failure
 *
 * Return: 0, or a negative errno and the rule that was broken.
 */
int cl_blob_parse(struct cl_blob *blob, const void *data, cl_u32 size, enum cl_kind kind,
		  struct cl_ioc_error *error)
{
	const void *p;
	int ret = check_header(data, size, kind, error);

	if (ret)
		return ret;
	memset(blob, 0, sizeof(*blob));
	blob->data = data;
	blob->size = size;

	if (kind == CL_KIND_SYSTEM) {
		ret = find_one(blob, CL_SECTION_SYSTEM, sizeof(struct cl_system), &p, error);
		if (ret)
			return ret;
		blob->system = p;
	}
	ret = find_one(blob, CL_SECTION_CELL, sizeof(struct cl_cell), &p, error);
	if (ret)
		return ret;
	blob->cell = p;
	ret = check_name(blob->cell->name, error);
	if (ret)
		return ret;

	ret = find_section(blob, CL_SECTION_CPUS, sizeof(cl_u64), &p, error);
	if (ret < 0)
		return ret;
	if (!ret)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_CPU_NONE, 0, 0);
	if (ret > CL_MAX_CPUS)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_CPU_TOO_MANY, ret, CL_MAX_CPUS);
	blob->cpus = p;
	blob->nr_cpus = ret;

	ret = find_section(blob, CL_SECTION_MEM, sizeof(struct cl_mem_region), &p, error);
	if (ret < 0)
		return ret;
	if (ret > CL_MAX_MEM_REGIONS)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_MEM_COUNT, ret, CL_MAX_MEM_REGIONS);
	blob->mem = p;
	blob->nr_mem = ret;

	ret = find_section(blob, CL_SECTION_POOLS, sizeof(struct cl_range), &p, error);
	if (ret < 0)
		return ret;
	if (ret > CL_MAX_POOLS)
		return cl_refuse(error, -CL_EINVAL, CL_RULE_POOL_COUNT, ret, CL_MAX_POOLS);
	blob->pools = p;
	blob->nr_pools = ret;
	return cl_blob_check_mem(blob, error);
}

/**
 * cl_blob_check_mem() - the rules without which no sum of addresses is safe
 * @blob: with its memory regions
 * @error: filled in on failure
 *
 * Return: 0 if every region is aligned, has a size and does not wrap.
 */
int cl_blob_check_mem(const struct cl_blob *blob, struct cl_ioc_error *error)
{
	cl_u32 i;

	for (i = 0; i < blob->nr_mem; i++) {
		const struct cl_mem_region *r = &blob->mem[i];

		/* Instead of an address, memory of a pool has the pool's number */
		const cl_u64 phys = r->flags & CL_MEM_ALLOC ? 0 : r->phys_start;

		if (phys % PAGE_4K)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_MEM_ALIGN, i, r->phys_start);
		if (r->virt_start % PAGE_4K)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_MEM_ALIGN, i, r->virt_start);
		if (r->size % PAGE_4K)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_MEM_ALIGN, i, r->size);
		if (!r->size)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_MEM_EMPTY, i, 0);
		if (phys + r->size < phys)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_MEM_WRAP, i, r->phys_start);
		if (r->virt_start + r->size < r->virt_start)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_MEM_WRAP, i, r->virt_start);
	}
	for (i = 0; i < blob->nr_pools; i++) {
		const struct cl_range *p = &blob->pools[i];

		if (!p->size || (p->start | p->size) % PAGE_4K)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_POOL_ALIGN, i,
					 p->start % PAGE_4K ? p->start : p->size);
		if (p->start + p->size < p->start)
			return cl_refuse(error, -CL_EINVAL, CL_RULE_POOL_RANGE, i, p->start);
	}
	return 0;
}

/**
 * cl_blob_mem_end() - how far the config's regions reach from an address on
 * @blob: a config
 * @addr: physical address
 * @flags: only regions count that have these flags...
 * @mask: ...among these
 *
 * Return: the end of a region that holds @addr, or @addr if there is none.
 */
cl_u64 cl_blob_mem_end(const struct cl_blob *blob, cl_u64 addr, cl_u64 flags, cl_u64 mask)
{
	cl_u32 i;

	for (i = 0; i < blob->nr_mem; i++) {
		const struct cl_mem_region *r = &blob->mem[i];

		if ((r->flags & mask) == flags && addr >= r->phys_start &&
		    addr - r->phys_start < r->size)
			return r->phys_start + r->size;
	}
	return addr;
}
