/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Errors: one list for the hypervisor, the driver and the tools.
 *
 * Whatever refuses a request answers with a negative errno, the rule that was
 * broken, and up to two values (addresses, counts, IDs) that let a person find
 * the place. The hypervisor knows numbers only; the sentences below are
 * printed by cellctl and by the driver.
 *
 * A rule's number never changes and is never used again: new ones go last.
 */
#ifndef CLOISTER_ERROR_H
#define CLOISTER_ERROR_H

/* Where a value names a cell and a place in its config: from this bit on is the place */
#define CL_ERROR_INDEX_SHIFT 32

/*
 * CLOISTER_RULES(X): X(NAME, number, text)
 *
 * In a text, "%1" and "%2" stand for the two values in hexadecimal. A letter
 * behind them says how else: see struct error_text in lib/config/text.h.
 */

#define CLOISTER_RULES(X)                                                                                             \
	X(NONE, 0, "no further detail")                                                                               \
	/* the blob */                                                                                                \
	X(BLOB_TRUNCATED, 1, "the config has %1d bytes, its header needs %2d")                                        \
	X(BLOB_MAGIC, 2, "header.magic: this is no Cloister config")                                                  \
	X(BLOB_VERSION, 3, "header.version: %1d, but version %2d is understood")                                      \
	X(BLOB_ARCH, 4, "header.arch: %1d, but this machine is %2d")                                                  \
	X(BLOB_KIND, 5, "header.kind: %1d, expected %2d (1 system, 2 cell, 0 not sealed)")                            \
	X(BLOB_SIZE, 6, "header.size: says %1d bytes, but there are %2d")                                             \
	X(BLOB_CHECKSUM, 7, "header.checksum: says %1, but the content has %2")                                       \
	X(BLOB_SECTION, 8,                                                                                            \
	  "section %1t: offset %2d is no multiple of 8, or it reaches beyond the end")                                \
	X(BLOB_SECTION_TWICE, 9, "section %1t stands there twice")                                                    \
	X(BLOB_SECTION_MISSING, 10, "section %1t is missing")                                                         \
	/* memory */                                                                                                  \
	X(MEM_ALIGN, 20, "mem_regions[%1d]: address or size %2 is not a multiple of 4 KiB")                           \
	X(MEM_EMPTY, 21, "mem_regions[%1d]: size is 0")                                                               \
	X(MEM_WRAP, 22, "mem_regions[%1d]: wraps around or ends above the address width (%2)")                        \
	X(MEM_FLAGS, 23, "mem_regions[%1d].flags: %2 is not known")                                                   \
	X(MEM_OVERLAP_VIRT, 24, "mem_regions[%1d] and mem_regions[%2d] overlap in the cell")                          \
	X(MEM_OVERLAP_PHYS, 25,                                                                                       \
	  "mem_regions[%1d] and mem_regions[%2d] overlap in physical memory")                                         \
	X(MEM_HYPERVISOR, 26, "mem_regions[%1d]: %2 overlaps hypervisor_memory")                                      \
	X(MEM_NOT_ASSIGNABLE, 27,                                                                                     \
	  "mem_regions[%1d]: %2 is not inside a region that the system config declares assignable")                   \
	X(MEM_TAKEN, 28, "mem_regions[%1d] overlaps mem_regions[%2i] of cell %2c")                                    \
	X(MEM_GIC, 29, "mem_regions[%1d]: %2 overlaps the interrupt controller")                                      \
	X(MEM_COUNT, 30, "mem_regions: %1d entries, at most %2d are possible")                                        \
	X(MEM_LINUX_RAM, 31, "mem_regions: what is at %1 is in use by Linux")                                         \
	X(MEM_ROOT_RAM_MISSING, 32, "mem_regions of root: RAM of Linux at %1..%2 is not covered")                     \
	X(MEM_NOT_IDENTITY, 33, "mem_regions[%1d] of root: virt_start differs from phys_start %2")                    \
	X(MEM_CONSOLE, 34, "debug_console: %1 lies inside RAM (mem_regions[%2d])")                                    \
	X(MEM_COMM, 35, "mem_regions[%1d]: the communication region must be one page, once")                          \
	/* CPUs */                                                                                                    \
	X(CPU_NONE, 40, "cpus: the list is empty")                                                                    \
	X(CPU_TWICE, 41, "cpus: CPU %1d is named twice")                                                              \
	X(CPU_UNKNOWN, 42, "cpus: CPU %1d is not in the system config (it has %2d)")                                  \
	X(CPU_TAKEN, 43, "cpus: CPU %1d is in cpus of cell %2c")                                                      \
	X(CPU_LAST, 44, "cpus: root would be left without a CPU")                                                     \
	X(CPU_NOT_OFF, 45, "cpus: CPU %1d is still running in root")                                                  \
	X(CPU_COUNT, 46, "cpus: the system config has %1d CPUs, the machine has %2d online")                          \
	X(CPU_MPIDR, 47, "cpus: the CPU with MPIDR %1 is not in the system config")                                   \
	X(CPU_TOO_MANY, 48, "cpus: %1d entries, at most %2d are possible")                                            \
	X(CPU_MPIDR_TWICE, 49, "cpus: two entries have MPIDR %1")                                                     \
	/* platform */                                                                                                \
	X(HV_MEM_ALIGN, 60, "hypervisor_memory: %1 or its size %2 is not a multiple of 2 MiB")                        \
	X(HV_MEM_SMALL, 61, "hypervisor_memory: %1 bytes are needed, there are %2")                                   \
	X(HV_MEM_LOW, 62,                                                                                             \
	  "hypervisor_memory: %1 lies below %2, where the hypervisor's own addresses are")                            \
	X(HV_MEM_BUSY, 63,                                                                                            \
	  "hypervisor_memory: %1 is in Linux's RAM or in use: reserve it (mem= or a no-map node)")                    \
	X(GIC_VERSION, 64, "gic.version: the config says %1d, the machine has %2d")                                   \
	X(GIC_GICD, 65, "gic.gicd_base: no distributor answers at %1 (PIDR2 %2)")                                     \
	X(GIC_GICR, 66, "gic.gicr: no redistributor of the CPU with MPIDR %1 was found (base %2)")                    \
	X(GIC_SRE, 67, "gic: system register access is not available on CPU %1d")                                     \
	X(GIC_MAINT_IRQ, 68, "gic.maintenance_irq: %1d is not a PPI (16..31)")                                        \
	X(CONSOLE_TYPE, 69, "debug_console.type: %1d is not known")                                                   \
	X(PCI_MMCONFIG, 70,                                                                                           \
	  "pci.mmconfig_base: %1 is not aligned to 1 MiB or end_bus %2 is out of range")                              \
	X(CONSOLE_ALIGN, 71,                                                                                          \
	  "debug_console.address: %1: its registers are not aligned, or not in one page")                             \
	/* CPU features and take-over */                                                                              \
	X(CPU_VHE_ONLY, 80, "CPU %1d cannot clear HCR_EL2.E2H")                                                       \
	X(CPU_GRANULE, 81, "CPU %1d has no 4 KiB stage-2 granule")                                                    \
	X(CPU_EL, 82, "the kernel runs at EL%1d: boot with id_aa64mmfr1.vh=0")                                        \
	X(CPU_STUB, 83, "EL2 belongs to KVM (answer %1): boot with kvm-arm.mode=none")                                \
	X(CPU_PA_RANGE, 84, "hypervisor_memory or a region ends at %1, the CPUs address %2d bits")                    \
	X(ABI_VERSION, 85, "cloister.bin has ABI version %1d, the driver has %2d")                                    \
	X(IMAGE_MAGIC, 86, "cloister.bin is not a Cloister image")                                                    \
	X(IMAGE_MISSING, 87, "the firmware file cloister.bin was not found (error %1d)")                              \
	X(NO_MEMORY, 88, "out of hypervisor memory: %1d pages wanted, %2d free")                                      \
	/* cells and their operations */                                                                              \
	X(CELL_NAME, 100, "name: empty, not terminated or with a character outside A-Za-z0-9._-")                     \
	X(CELL_NAME_TAKEN, 101, "name: cell %1c has the same name")                                                   \
	X(CELL_UNKNOWN, 102, "there is no cell %1d")                                                                  \
	X(CELL_ROOT, 103, "the root cell cannot be the object of this")                                               \
	X(CELL_STATE, 104, "not possible while cell %1c is %2s")                                                      \
	X(CELL_LIMIT, 105, "there are %1d cells already, which is the limit")                                         \
	X(CELL_ENTRY, 106, "entry: %1 is not in a region that the cell may execute")                                  \
	X(CELL_NOT_LOADED, 107, "cell %1c has no image loaded since it was created")                                  \
	X(CELL_LOAD_RANGE, 108, "%1..%2 is not inside a loadable region of the cell")                                 \
	X(CELL_LOCKED, 109, "cell %1c is running-locked")                                                             \
	X(CELL_DENIED, 110, "cell %1c denied the request")                                                            \
	X(CELL_TIMEOUT, 111, "cell %1c did not answer within %2d ms")                                                 \
	X(CELLS_EXIST, 112, "%1d cells exist: destroy them first")                                                    \
	X(CELL_CPU_LOST, 113, "CPU %1d did not leave cell %2c: it stays quarantined")                                 \
	X(CELL_CONSOLE, 114, "console: type %1d is not known")                                                        \
	X(SPI_RANGE, 120, "spis: %1d is not an SPI of this machine (32..%2d)")                                        \
	X(SPI_TAKEN, 121, "spis: %1d is in spis of cell %2c")                                                         \
	X(SPI_TWICE, 122, "spis: %1d is named twice")                                                                 \
	X(BUSY, 130, "another management request is in progress")                                                     \
	X(NOT_ENABLED, 131, "the hypervisor is not enabled")                                                          \
	X(ALREADY_ENABLED, 132, "the hypervisor is already enabled")                                                  \
	X(USER_MEMORY, 133, "the buffer at %1 cannot be accessed")                                                    \
	X(NOT_SUPPORTED, 134, "not supported (function %1)")                                                          \
	X(INTERNAL, 135, "internal error at line %1d")                                                                \
	X(STRUCT_SIZE, 136, "the caller's structure has %1d bytes, %2d were expected")                                \
	X(CPU_HOTPLUG, 137, "Linux could not change the state of CPU %1d (error %2d)")                                \
	X(FILE_SIZE, 138, "%1d bytes are too large, at most %2d are possible")                                        \
	X(MEM_NOT_RAM, 139, "memory at %1..%2 is not RAM that the firmware describes")                                \
	X(CPU_NO_EL2, 140, "CPU %1d has no EL2 that Linux could hand over")                                           \
	X(GIC_EXTENDED, 141, "gic: extended PPIs or SPIs are not supported (MPIDR %1, GICD %2)")                      \
	X(POOL_ALIGN, 142,                                                                                            \
	  "pools[%1d]: start or size %2 is not a multiple of 2 MiB, or size is 0")                                    \
	X(POOL_RANGE, 143, "pools[%1d]: wraps around or ends above the address width (%2)")                           \
	X(POOL_OVERLAP, 144, "pools[%1d] and pools[%2d] overlap")                                                     \
	X(POOL_ROOT, 145, "pools[%1d] and mem_regions[%2d] of root overlap")                                          \
	X(POOL_HYPERVISOR, 146, "pools[%1d]: %2 overlaps hypervisor_memory")                                          \
	X(POOL_DEVICE, 147,                                                                                           \
	  "pools[%1d]: %2 overlaps the interrupt controller, the PCI configuration space or "                         \
	  "debug_console")                                                                                            \
	X(POOL_UNKNOWN, 148, "mem_regions[%1d].pool: there is no pool %2d in the system config")                      \
	X(POOL_FLAGS, 149,                                                                                            \
	  "mem_regions[%1d].flags: %2: memory of a pool (ALLOC, or ALLOC | LAZY) cannot be IO, "                      \
	  "DMA, COMM, LOADABLE, ROOTSHARED or NONCACHEABLE")                                                          \
	X(POOL_EMPTY, 150, "mem_regions[%1d]: only %2 bytes of its pool are free")                                    \
	X(POOL_COUNT, 151, "pools: %1d entries, at most %2d are possible")                                            \
	X(POOL_SIZE, 152, "pools[%1d]: %2 bytes are too large")                                                       \
	X(POOL_BUSY, 153,                                                                                             \
	  "pools: %1 is in Linux's RAM or in use: reserve it (mem= or a no-map node)")                                \
	X(MEM_PIECES, 154, "mem_regions[%1d]: root's memory would be in more than %2d pieces")                        \
	/* the blob, again */                                                                                         \
	X(BLOB_TABLE, 155, "header.nr_sections: %1d is not 1 to 16, or too many for %2d bytes")                       \
	X(BLOB_ENTRY, 156, "section %1t: entry_size %2d is wrong, or size is no multiple of it")                      \
	X(BLOB_SINGLE, 157, "section %1t: %2d entries, there must be one")                                            \
	X(BLOB_SECTION_KIND, 158,                                                                                     \
	  "section %1t is not possible in a config of kind %2d (1 system, 2 cell)")                                   \
	X(BLOB_SECTION_UNKNOWN, 159,                                                                                  \
	  "section %1t is not known: the config is for a newer version")                                              \
	X(BLOB_FIELD_UNKNOWN, 160,                                                                                    \
	  "section %1t: the field at offset %2d is not known: the config is for a newer version")                     \
	X(SPI_COUNT, 161, "spis: %1d entries, at most %2d are possible")                                              \
	/* more about single fields */                                                                                \
	X(MEM_NO_ACCESS, 162, "mem_regions[%1d].flags: %2f has neither READ nor WRITE")                               \
	X(MEM_IO_FLAGS, 163,                                                                                          \
	  "mem_regions[%1d].flags: %2f: IO cannot be EXECUTE, LOADABLE or COMM")                                      \
	X(MEM_ROOT_FLAGS, 164,                                                                                        \
	  "mem_regions[%1d].flags of root: %2f: COMM, LOADABLE, ROOTSHARED, ALLOC and IO_8 to IO_64 are for cells")   \
	X(MEM_CELL_FLAGS, 165, "mem_regions[%1d].flags: %2f: ASSIGNABLE is for the system config")                    \
	X(MEM_COMM_ADDRESS, 166,                                                                                      \
	  "mem_regions[%1d].phys_start: %2, but COMM has none: it must be 0")                                         \
	X(MEM_COMM_FLAGS, 167, "mem_regions[%1d].flags: %2f: COMM can be READ and WRITE only")                        \
	X(MEM_MMCONFIG, 168, "mem_regions[%1d]: %2 overlaps the PCI configuration space")                             \
	X(CPU_MPIDR_BITS, 169, "cpus[%1d]: %2 has bits beside the affinity of an MPIDR")                              \
	X(SYSTEM_FLAGS, 170, "flags: %1 is not known")                                                                \
	X(CONSOLE_FLAGS, 171, "debug_console.flags: %1 is not possible for type %2d")                                 \
	X(CONSOLE_HYPERVISOR, 172, "debug_console.address: %1 lies in hypervisor_memory (%2)")                        \
	X(CONSOLE_DEVICE, 173,                                                                                        \
	  "debug_console.address: %1 lies in the interrupt controller or the PCI configuration space")                \
	X(GIC_GICD_PLACE, 174,                                                                                        \
	  "gic.gicd_base: %1 is no multiple of 64 KiB (GICv2: 4 KiB), or ends above the address width")               \
	X(GIC_GICR_PLACE, 175,                                                                                        \
	  "gic.gicr[%1d]: %2 or its size is no multiple of 64 KiB, or it ends above the address width")               \
	X(GIC_OVERLAP, 176,                                                                                           \
	  "gic.gicr[%1d] (GICv2: 0 gicc, 1 gich, 2 gicv) overlaps other registers of the gic (%2)")                   \
	X(GIC_HYPERVISOR, 177, "hypervisor_memory: %1, %2 bytes, overlaps registers of the gic")                      \
	X(PCI_OVERLAP, 178, "pci.mmconfig_base: %1..%2 overlaps hypervisor_memory or the gic")                        \
	X(ROOT_FIELD, 179,                                                                                            \
	  "root cell: it has a name and irq_mode only, but the byte at offset %1d of struct cl_cell is %2")           \
	X(CELL_CONSOLE_FLAGS, 180, "console.flags: %1 is not possible for type %2d")                                  \
	X(CELL_CONSOLE_ADDRESS, 181,                                                                                  \
	  "console.address: %1 is in no IO region that the cell may write (without a UART: not 0)")                   \
	X(CELL_IRQ_MODE, 182,                                                                                         \
	  "irq_mode: %1d is not known (0 virtual, 1 direct; root: 2 direct-eoi)")                                     \
	X(CELL_ON_VIOLATION, 183, "on_violation: %1d is not known (0 inject, 1 fail)")                                \
	X(CELL_FLAGS, 184, "flags: %1 is not known")                                                                  \
	X(CELL_ON_FAILURE, 185, "on_failure: %1d is not known (0 stop, 1 restart)")                                   \
	/* 186: a field that was reserved, and is max_restarts now */                                                 \
	X(SMC_COUNT, 187, "smc_rules: %1d entries, at most %2d are possible")                                         \
	X(SMC_FUNCTION, 188,                                                                                          \
	  "smc_rules[%1d].function: %2 is no fast call that a firmware answers, or the hypervisor answers it itself") \
	X(SMC_IGNORE, 189, "smc_rules[%1d].ignore: %2 has bits beside 15..0 and 30")                                  \
	X(SMC_VALUE, 190,                                                                                             \
	  "smc_rules[%1d].args[%2d]: value has bits that mask lacks: no call could match")                            \
	X(PCI_COUNT, 191, "pci_devices: %1d entries, at most %2d are possible")                                       \
	X(PCI_ADDRESS, 192,                                                                                           \
	  "pci_devices[%1d].bdf: %2 is not on a bus of the system config, or of another domain")                      \
	X(PCI_TWICE, 193, "pci_devices: %1 is named twice")                                                           \
	X(PCI_FLAGS, 194, "pci_devices[%1d]: flags or reserved (%2) is not 0")                                        \
	X(PCI_TAKEN, 195, "pci_devices: %1 is in pci_devices of cell %2c")                                            \
	X(PCI_UNSUPPORTED, 196,                                                                                       \
	  "pci_devices: this version cannot give PCI devices to cells (there are %1d)")                               \
	X(IOMMU_COUNT, 197, "iommus: %1d entries, at most %2d are possible")                                          \
	X(IOMMU_TYPE, 198, "iommus[%1d].type: %2d is not known (1 SMMUv3)")                                           \
	X(IOMMU_FLAGS, 199, "iommus[%1d].flags: %2 is not known")                                                     \
	X(IOMMU_PLACE, 200,                                                                                           \
	  "iommus[%1d].regs: %2 or its size is no multiple of 64 KiB, or it ends above the address width")            \
	X(IOMMU_OVERLAP, 201,                                                                                         \
	  "iommus[%1d].regs: %2 overlaps hypervisor_memory, another device of the system, or a region of root")       \
	X(IOMMU_UNSUPPORTED, 202,                                                                                     \
	  "iommus: this version has no driver for an IOMMU (there are %1d)")                                          \
	X(CPU_IS_OFF, 203, "CPU %1d, which cell %2c has, is off: no guest runs there")                                \
	X(CPU_SILENT, 204, "CPU %1d did not come to the hypervisor within %2d ms")                                    \
	X(MEM_WIDTHS, 205,                                                                                            \
	  "mem_regions[%1d].flags: %2f: IO_8 to IO_64 are for IO, without DMA and NONCACHEABLE")                      \
	X(MEM_SUBPAGE, 206,                                                                                           \
	  "mem_regions[%1d]: %2: what has IO_8 to IO_64 lies in one page of 4 KiB, at the same offset in the cell's") \
	X(CELL_RESTARTS, 207,                                                                                         \
	  "max_restarts: %1d, but on_failure is %2d (0 stop: none, 1 restart: at least 1)")                           \
	X(GIC_FRAME, 210,                                                                                             \
	  "gic: frame %1d (0 gicc, 1 gich, 2 gicv) at %2 is misplaced, or of a size that a GICv2 does not have")      \
	X(GIC_CPUS, 211, "cpus: %1d entries, with a GICv2 at most %2d are possible")                                  \
	/* 212: direct mode with a GICv2, which was refused */                                                        \
	X(GIC_CPU_INTERFACE, 213, "gic: no GICv2 answers at %1 (%2)")                                                 \
	X(GIC_TARGETS, 214,                                                                                           \
	  "gic: CPU %1d has no CPU interface of its own by GICD_ITARGETSR0 (%2)")                                     \
	X(GIC_ROOT_DIRECT, 215, "root cell: irq_mode %1d needs GICv3, this is version %2d")                           \
	X(GIC_PSEUDO_NMI, 216,                                                                                        \
	  "root cell: irq_mode %1d, but the kernel on CPU %2d masks interrupts by priority (pseudo-NMI)")             \
	X(CELL_UART_ADDRESS, 217,                                                                                     \
	  "console.address: %1 of an SBSA UART is no multiple of 4 KiB, or ends above the address width")             \
	X(CELL_UART_MEM, 218,                                                                                         \
	  "console.address: the page at %1 overlaps mem_regions[%2d] in the cell")                                    \
	X(CELL_UART_GIC, 219, "console.address: the page at %1 overlaps the interrupt controller")                    \
	X(CELL_CONSOLE_IRQ, 220,                                                                                      \
	  "console_irq: %1d, but console.type %2d wants one of spis (4), that or 0 (1, 3), 0 (0, 2)")                 \
	X(CELL_RESERVED, 221, "reserved: %1, but it must be 0")                                                       \
	X(CELL_NO_INPUT, 222, "cell %1c has no console that takes input (console.type %2d)")                          \
	X(CELL_BUTTON_ADDRESS, 223,                                                                                   \
	  "power_button.address: %1 is no multiple of 4 KiB, or ends above the address width")                        \
	X(CELL_BUTTON_MEM, 224,                                                                                       \
	  "power_button.address: the page at %1 overlaps mem_regions[%2d] in the cell")                               \
	X(CELL_BUTTON_GIC, 225,                                                                                       \
	  "power_button.address: the page at %1 overlaps the interrupt controller")                                   \
	X(CELL_BUTTON_UART, 226,                                                                                      \
	  "power_button.address: the page at %1 is that of console.address")                                          \
	X(CELL_BUTTON_IRQ, 227,                                                                                       \
	  "power_button.irq: %1d is console_irq, or not one of spis (without a button: not 0)")                       \
	X(CELL_BUTTON_COMM, 228,                                                                                      \
	  "power_button: the guest is asked by its communication region: flags (%1) lack PASSIVE")                    \
	X(DEVICE_COUNT, 229, "devices: %1d entries, at most %2d are possible")                                        \
	X(DEVICE_COMPATIBLE, 230,                                                                                     \
	  "devices[%1d].compatible: is not words of printable characters, a blank between two of them")               \
	X(DEVICE_NAME, 231,                                                                                           \
	  "devices[%1d].name: is no letter with letters, digits and , . _ + - behind it")                             \
	X(DEVICE_ADDRESS, 232,                                                                                        \
	  "devices[%1d].address: %2 to its end by size is not in one region of the cell with IO")                     \
	X(DEVICE_OVERLAP, 233, "devices[%1d] and devices[%2d] overlap")                                               \
	X(DEVICE_CONSOLE, 234,                                                                                        \
	  "devices[%1d].address: %2 to its end by size overlaps the UART of console")                                 \
	X(DEVICE_IRQ, 235, "devices[%1d].irqs: %2d is not one of spis")                                               \
	X(DEVICE_IRQ_TAKEN, 236,                                                                                      \
	  "devices[%1d].irqs: %2d is console_irq, power_button.irq, or in irqs of devices twice")                     \
	X(DEVICE_EDGE, 237, "devices[%1d].edge: %2 has bits for interrupts that are not in irqs")                     \
	X(DEVICE_FLAGS, 238, "devices[%1d]: flags or reserved (%2) is not known")

#define CLOISTER_RULE_ENUM(name, number, text) CL_RULE_##name = (number),
enum cl_rule { CLOISTER_RULES(CLOISTER_RULE_ENUM) };
#undef CLOISTER_RULE_ENUM

#endif
