/* SPDX-License-Identifier: GPL-2.0-only */
/* Configs as structures that tests can change, and the blobs made of them. */
#ifndef TEST_CORE_BLOB_H
#define TEST_CORE_BLOB_H

#include <cloister/config.h>
#include <types.h>

#define KiB 1024ull
#define MiB (1024 * KiB)
#define GiB (1024 * MiB)

/* With room for one more of each than is allowed */
struct test_config {
	bool is_system;
	struct cl_system system;
	struct cl_cell cell;
	u64 cpus[CL_MAX_CPUS + 1];
	u32 nr_cpus;
	struct cl_mem_region mem[CL_MAX_MEM_REGIONS + 1];
	u32 nr_mem;
	u32 spis[CL_MAX_SPIS + 1];
	u32 nr_spis;
	struct cl_range pools[CL_MAX_POOLS + 1];
	u32 nr_pools;
	struct cl_smc_rule smc[CL_MAX_SMC_RULES + 1];
	u32 nr_smc;
	struct cl_pci_device pci[CL_MAX_PCI_DEVICES + 1];
	u32 nr_pci;
	struct cl_iommu iommus[CL_MAX_IOMMUS + 1];
	u32 nr_iommus;
	struct cl_device devices[CL_MAX_DEVICES + 1];
	u32 nr_devices;
};

struct blob {
	u8 bytes[CL_BLOB_MAX_SIZE + 8] __aligned(8);
	u32 size;
};

/* A system whose every rule is met: see SYSTEM_* below */
void system_config(struct test_config *c);

/* A cell that fits into it; those with different @n can exist side by side */
void cell_config(struct test_config *c, u32 n);

void blob_build(struct blob *b, const struct test_config *c);

/* Size and checksum for what the blob holds now */
void blob_seal(struct blob *b);

u32 slow_crc32(const u8 *p, size_t n);

/* Checksum only */
void blob_checksum(struct blob *b);

struct cl_blob_header *blob_header(struct blob *b);
struct cl_section *blob_section(struct blob *b, u32 i);

#define SYSTEM_CPUS 6
#define GICD 0x08000000ull
#define GICR 0x080a0000ull
#define GICR_SIZE (SYSTEM_CPUS * 0x20000ull)
#define UART 0x09000000ull
#define DEVICE 0x09040000ull /* may be given to cells */
#define LINUX_RAM 0x40000000ull
#define LINUX_RAM_SIZE (256 * MiB)
#define CELLS_RAM 0x50000000ull /* may be given to cells */
#define CELLS_RAM_SIZE (128 * MiB)
#define ODD_RAM 0x70001000ull /* the same, not aligned to any block */
#define ODD_RAM_SIZE 0x7ff000ull
#define POOL 0x72000000ull /* for memory without an address of its own */
#define POOL_SIZE (8 * MiB)
#define MMCONFIG 0x4010000000ull
#define MMCONFIG_SIZE (16 * MiB)

/* Indices into the system's mem */
enum { SYS_LOW, SYS_UART, SYS_RTC, SYS_DEVICE, SYS_LINUX, SYS_CELLS, SYS_ODD, SYS_NR };

/* What the cell @n has */
#define CELL_RAM(n) (CELLS_RAM + (n)*8 * MiB)
#define CELL_POOL_SIZE (64 * KiB)
#define CELL_RAM_SIZE (2 * MiB + 64 * KiB)
#define CELL_ODD(n) (ODD_RAM + 0xff000 + (n)*0x3000)
#define CELL_ODD_SIZE 0x3000ull
#define CELL_ODD_IPA 0x10000000ull
#define CELL_COMM_IPA 0x80000000ull
#define CELL_SPI(n) (40 + (n))

/* Indices into a cell's mem */
enum { CELL_MEM_RAM, CELL_MEM_ODD, CELL_MEM_COMM, CELL_MEM_NR };

#endif
