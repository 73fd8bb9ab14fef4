/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every config blob has in common; linked in front of each of them.
 *
 * The linker script writes header and section table, but only the compiler
 * knows the numbers of config.h: they are handed over as absolute symbols.
 */
#include <cloister/config.h>

const cl_u8 cl_config_magic[8] __attribute__((used, section(".cloister.magic"))) = CL_BLOB_MAGIC;

_Static_assert(sizeof(struct cl_blob_header) == 24, "config.lds writes the fields of the header");
_Static_assert(sizeof(struct cl_section) == 16, "config.lds writes four words per section");

#define SYMBOL(name, value) asm volatile(".globl " #name "\n\t.set " #name ", %c0" ::"i"(value))

/* Never called and not part of the blob: carries the symbols only. */
__attribute__((used, section(".cloister.symbols"))) static void symbols(void)
{
	SYMBOL(cl_version, CL_BLOB_VERSION);
	SYMBOL(cl_arch, CL_ARCH_ARM64);

	SYMBOL(cl_max_size, CL_BLOB_MAX_SIZE);
	SYMBOL(cl_max_cpus, CL_MAX_CPUS);
	SYMBOL(cl_max_mem, CL_MAX_MEM_REGIONS);
	SYMBOL(cl_max_spis, CL_MAX_SPIS);
	SYMBOL(cl_max_pools, CL_MAX_POOLS);
	SYMBOL(cl_max_pci, CL_MAX_PCI_DEVICES);
	SYMBOL(cl_max_smc, CL_MAX_SMC_RULES);
	SYMBOL(cl_max_iommus, CL_MAX_IOMMUS);
	SYMBOL(cl_max_devices, CL_MAX_DEVICES);

	SYMBOL(cl_type_system, CL_SECTION_SYSTEM);
	SYMBOL(cl_type_cell, CL_SECTION_CELL);
	SYMBOL(cl_type_cpus, CL_SECTION_CPUS);
	SYMBOL(cl_type_mem, CL_SECTION_MEM);
	SYMBOL(cl_type_spis, CL_SECTION_SPIS);
	SYMBOL(cl_type_pools, CL_SECTION_POOLS);
	SYMBOL(cl_type_pci, CL_SECTION_PCI);
	SYMBOL(cl_type_smc, CL_SECTION_SMC);
	SYMBOL(cl_type_iommus, CL_SECTION_IOMMUS);
	SYMBOL(cl_type_devices, CL_SECTION_DEVICES);

	SYMBOL(cl_sizeof_system, sizeof(struct cl_system));
	SYMBOL(cl_sizeof_cell, sizeof(struct cl_cell));
	SYMBOL(cl_sizeof_cpu, sizeof(cl_u64));
	SYMBOL(cl_sizeof_mem, sizeof(struct cl_mem_region));
	SYMBOL(cl_sizeof_spi, sizeof(cl_u32));
	SYMBOL(cl_sizeof_pool, sizeof(struct cl_range));
	SYMBOL(cl_sizeof_pci, sizeof(struct cl_pci_device));
	SYMBOL(cl_sizeof_smc, sizeof(struct cl_smc_rule));
	SYMBOL(cl_sizeof_iommu, sizeof(struct cl_iommu));
	SYMBOL(cl_sizeof_device, sizeof(struct cl_device));
}
