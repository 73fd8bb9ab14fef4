// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "blob.h"

#define RAM_FLAGS (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_DMA)
#define POOL_FLAGS (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_ALLOC)
#define IO_FLAGS (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO)

static struct cl_mem_region identity(u64 start, u64 size, u64 flags)
{
	return (struct cl_mem_region){ { start }, start, size, flags };
}

void system_config(struct test_config *c)
{
	memset(c, 0, sizeof(*c));
	c->is_system = true;
	c->system = (struct cl_system){
		.hypervisor_memory = { 0x60000000, 4 * MiB },
		.debug_console = { .type = CL_CONSOLE_PL011, .address = UART },
		.gic = {
			.version = 3,
			.maintenance_irq = 25,
			.gicd_base = GICD,
			.gicr = { { GICR, GICR_SIZE } },
		},
		.pci = { .mmconfig_base = MMCONFIG, .end_bus = 15 },
	};
	strcpy(c->cell.name, "root");
	for (u32 i = 0; i < SYSTEM_CPUS; i++)
		c->cpus[c->nr_cpus++] = i / 2 << 8 | i % 2;
	c->mem[SYS_LOW] = identity(0, 128 * MiB, IO_FLAGS);
	c->mem[SYS_UART] = identity(UART, 4 * KiB, IO_FLAGS | CL_MEM_ASSIGNABLE);
	c->mem[SYS_RTC] = identity(0x09010000, 4 * KiB, IO_FLAGS);
	c->mem[SYS_DEVICE] = identity(DEVICE, 4 * KiB, IO_FLAGS | CL_MEM_ASSIGNABLE);
	c->mem[SYS_LINUX] = identity(LINUX_RAM, LINUX_RAM_SIZE, RAM_FLAGS);
	c->mem[SYS_CELLS] = identity(CELLS_RAM, CELLS_RAM_SIZE, RAM_FLAGS | CL_MEM_ASSIGNABLE);
	c->mem[SYS_ODD] = identity(ODD_RAM, ODD_RAM_SIZE, RAM_FLAGS | CL_MEM_ASSIGNABLE);
	c->nr_mem = SYS_NR;
	c->pools[c->nr_pools++] = (struct cl_range){ POOL, POOL_SIZE };
}

void cell_config(struct test_config *c, u32 n)
{
	memset(c, 0, sizeof(*c));
	c->cell.entry = 0x1000;
	c->cell.console.type = CL_CONSOLE_VIRTUAL;
	c->cell.args[0] = 0xa0 + n;
	c->cell.args[3] = 0xa3;
	snprintf(c->cell.name, sizeof(c->cell.name), "cell-%u", n);
	/* Cell 1 has two CPUs, the others one */
	c->cpus[c->nr_cpus++] = n == 0 ? 2 : n == 1 ? 3 : 5;
	if (n == 1)
		c->cpus[c->nr_cpus++] = 4;
	c->mem[CELL_MEM_RAM] = (struct cl_mem_region){
		{ CELL_RAM(n) }, 0, CELL_RAM_SIZE, RAM_FLAGS | CL_MEM_LOADABLE
	};
	c->mem[CELL_MEM_ODD] = (struct cl_mem_region){
		{ CELL_ODD(n) }, CELL_ODD_IPA, CELL_ODD_SIZE, CL_MEM_READ | CL_MEM_WRITE
	};
	c->mem[CELL_MEM_COMM] = (struct cl_mem_region){
		{ 0 }, CELL_COMM_IPA, 4 * KiB, CL_MEM_READ | CL_MEM_WRITE | CL_MEM_COMM
	};
	c->nr_mem = CELL_MEM_NR;
	/* Cell 2 has memory of the pool, too */
	if (n == 2) {
		c->mem[c->nr_mem++] =
			(struct cl_mem_region){ { 0 }, 0x60000000, CELL_POOL_SIZE, POOL_FLAGS };
		c->mem[c->nr_mem++] =
			(struct cl_mem_region){ { 0 }, 0x60200000, MiB, POOL_FLAGS | CL_MEM_LAZY };
	}
	c->spis[c->nr_spis++] = CELL_SPI(n);
	c->spis[c->nr_spis++] = CELL_SPI(n) + 60;
}

struct cl_blob_header *blob_header(struct blob *b)
{
	return (struct cl_blob_header *)b->bytes;
}

struct cl_section *blob_section(struct blob *b, u32 i)
{
	return (struct cl_section *)(b->bytes + sizeof(struct cl_blob_header)) + i;
}

static void add_section(struct blob *b, u32 type, const void *content, u32 count, u32 entry_size)
{
	struct cl_section *s = blob_section(b, blob_header(b)->nr_sections++);

	*s = (struct cl_section){ type, b->size, count * entry_size, entry_size };
	memcpy(b->bytes + b->size, content, s->size);
	b->size = (u32)ALIGN_UP(b->size + s->size, 8);
}

/* One bit at a time, straight from IEEE 802.3: nothing in common with lib.c */
u32 slow_crc32(const u8 *p, size_t n)
{
	u32 crc = ~0u;

	while (n--) {
		crc ^= *p++;
		for (u32 bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

void blob_checksum(struct blob *b)
{
	struct cl_blob_header *h = blob_header(b);

	h->checksum = 0;
	h->checksum = slow_crc32(b->bytes, b->size);
}

void blob_seal(struct blob *b)
{
	blob_header(b)->size = b->size;
	blob_checksum(b);
}

void blob_build(struct blob *b, const struct test_config *c)
{
	struct cl_blob_header *h = blob_header(b);

	memset(b, 0, sizeof(*b));
	memcpy(h->magic, CL_BLOB_MAGIC, sizeof(h->magic));
	h->version = CL_BLOB_VERSION;
	h->arch = CL_ARCH_ARM64;
	h->kind = c->is_system ? CL_KIND_SYSTEM : CL_KIND_CELL;
	b->size = (u32)ALIGN_UP(sizeof(*h) + 8 * sizeof(struct cl_section), 8);
	if (c->is_system)
		add_section(b, CL_SECTION_SYSTEM, &c->system, 1, sizeof(c->system));
	add_section(b, CL_SECTION_CELL, &c->cell, 1, sizeof(c->cell));
	add_section(b, CL_SECTION_CPUS, c->cpus, c->nr_cpus, sizeof(u64));
	add_section(b, CL_SECTION_MEM, c->mem, c->nr_mem, sizeof(struct cl_mem_region));
	if (!c->is_system)
		add_section(b, CL_SECTION_SPIS, c->spis, c->nr_spis, sizeof(u32));
	else
		add_section(b, CL_SECTION_POOLS, c->pools, c->nr_pools, sizeof(struct cl_range));
	/* These few have: a section that is empty says nothing */
	if (c->nr_smc)
		add_section(b, CL_SECTION_SMC, c->smc, c->nr_smc, sizeof(c->smc[0]));
	if (c->nr_pci)
		add_section(b, CL_SECTION_PCI, c->pci, c->nr_pci, sizeof(c->pci[0]));
	if (c->nr_iommus)
		add_section(b, CL_SECTION_IOMMUS, c->iommus, c->nr_iommus, sizeof(c->iommus[0]));
	if (c->nr_devices)
		add_section(b, CL_SECTION_DEVICES, c->devices, c->nr_devices,
			    sizeof(c->devices[0]));
	blob_seal(b);
}
