/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The config format: how a config is written in C, and how its bytes lie.
 *
 * A config is a C file that fills named sections:
 *
 *	#include <cloister/config.h>
 *
 *	CELL {
 *		.name = "timer",
 *		.entry = 0x0,
 *		.console = { .type = CL_CONSOLE_VIRTUAL },
 *	};
 *	CPUS { 3 };
 *	MEM_REGIONS {
 *		{
 *			.phys_start = 0x80000000, .virt_start = 0, .size = 64 * KiB,
 *			.flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_LOADABLE,
 *		},
 *	};
 *
 * The linker script configs/config.lds turns it into a blob: header, section
 * table, sections; counts are the linker's, never typed by hand. The blob is
 * then sealed (size and checksum) by `cellconf seal`. All fields are
 * little-endian; every structure has no padding of the compiler's own.
 */
#ifndef CLOISTER_CONFIG_H
#define CLOISTER_CONFIG_H

#ifdef __KERNEL__
#include <linux/types.h>
typedef __u8 cl_u8;
typedef __u16 cl_u16;
typedef __u32 cl_u32;
typedef __u64 cl_u64;
typedef __s32 cl_s32;
#else
#include <stdint.h>
typedef uint8_t cl_u8;
typedef uint16_t cl_u16;
typedef uint32_t cl_u32;
typedef uint64_t cl_u64;
typedef int32_t cl_s32;
#endif

#define CL_BLOB_MAGIC "CLOISTER" /* 8 bytes, no terminator */
#define CL_BLOB_VERSION 1

enum cl_arch { CL_ARCH_ARM64 = 1 };
enum cl_kind { CL_KIND_SYSTEM = 1, CL_KIND_CELL = 2 };

/* Bounds of every blob: checked by the reader before anything else is used. */
#define CL_BLOB_MAX_SIZE (64 * 1024)
#define CL_MAX_SECTIONS 16
#define CL_MAX_CPUS 64
#define CL_MAX_MEM_REGIONS 128
#define CL_MAX_SPIS 988
#define CL_MAX_POOLS 8
#define CL_MAX_CELLS 16 /* root included */
#define CL_MAX_SMC_RULES 32
#define CL_MAX_PCI_DEVICES 64
#define CL_MAX_IOMMUS 8
#define CL_MAX_DEVICES 32
#define CL_POOL_MAX_SIZE (64ull << 30) /* bytes */
#define CL_NAME_SIZE 32

/**
 * struct cl_blob_header - the first bytes of every config
 * @magic: CL_BLOB_MAGIC
 * @version: CL_BLOB_VERSION; another version is refused, naming both
 * @arch: enum cl_arch
 * @kind: enum cl_kind
 * @size: bytes of the whole blob, header included
 * @checksum: CRC-32 (IEEE 802.3, as zlib's) over the blob with this field 0
 * @nr_sections: entries of the table that follows, 1..CL_MAX_SECTIONS
 */
struct cl_blob_header {
	cl_u8 magic[8];
	cl_u16 version;
	cl_u8 arch;
	cl_u8 kind;
	cl_u32 size;
	cl_u32 checksum;
	cl_u32 nr_sections;
};

enum cl_section_type {
	CL_SECTION_SYSTEM = 1, /* one struct cl_system; systems only */
	CL_SECTION_CELL = 2, /* one struct cl_cell; in a system: the root cell */
	CL_SECTION_CPUS = 3, /* cl_u64 each: in a system MPIDR affinities, in a cell CPU numbers */
	CL_SECTION_MEM = 4, /* struct cl_mem_region */
	CL_SECTION_SPIS = 5, /* cl_u32 INTIDs; cells only */
	CL_SECTION_PCI = 6, /* struct cl_pci_device; cells only */
	CL_SECTION_SMC = 7, /* struct cl_smc_rule; cells only */
	CL_SECTION_POOLS = 8, /* struct cl_range; systems only */
	CL_SECTION_IOMMUS = 9, /* struct cl_iommu; systems only */
	CL_SECTION_DEVICES = 10, /* struct cl_device; cells only */
};

/**
 * struct cl_section - one entry of the section table
 * @type: enum cl_section_type
 * @offset: from the start of the blob, a multiple of 8
 * @size: bytes; a multiple of @entry_size
 * @entry_size: bytes of one entry, as the writer knew it
 */
struct cl_section {
	cl_u32 type;
	cl_u32 offset;
	cl_u32 size;
	cl_u32 entry_size;
};

struct cl_range {
	cl_u64 start;
	cl_u64 size;
};

enum cl_console_type {
	CL_CONSOLE_NONE = 0,
	CL_CONSOLE_PL011 = 1, /* a UART; for a cell: its region must be in mem_regions */
	CL_CONSOLE_VIRTUAL = 2, /* cells: a ring in the hypervisor, read by `cellctl console` */
	CL_CONSOLE_UART8250 = 3, /* a UART of the 8250's family, as the 16550 */
	CL_CONSOLE_SBSA_UART = 4, /* cells: an SBSA UART that the hypervisor emulates */
};

/* struct cl_console: flags; the first two are for CL_CONSOLE_UART8250 */
#define CL_UART_STRIDE_4 (1u << 0) /* a register every 4 bytes, not every byte */
#define CL_UART_WIDTH_4 (1u << 1) /* accesses of 4 bytes, not of one; with CL_UART_STRIDE_4 */
#define CL_UART_LOG (1u << 2) /* debug_console: all of the log, not only fatal errors */

/**
 * struct cl_console - a UART, or a cell's virtual console
 * @address: physical address of the UART, in a cell its IPA; 0 for a virtual console
 * @type: enum cl_console_type
 * @flags: CL_UART_*
 */
struct cl_console {
	cl_u64 address;
	cl_u32 type;
	cl_u32 flags;
};

#define CL_MAX_GICR_REGIONS 4

/**
 * struct cl_gic - the interrupt controller
 * @version: 3 (GICv4, too) or 2
 * @maintenance_irq: INTID of the GIC maintenance PPI, 16..31 (25 on most machines)
 * @gicd_base: distributor, 64 KiB; GICv2: 4 KiB
 * @gicr: GICv3 redistributor regions; unused ones have size 0
 * @gicc: GICv2 CPU interface: 8 KiB, or 128 KiB where its first 4 KiB page fills
 *	the first 64 KiB, and its second page the rest
 * @gich: GICv2 virtual interface control
 * @gicv: GICv2 virtual CPU interface, as large as @gicc: what guests see there
 * @unused: GICv2: 0
 */
struct cl_gic {
	cl_u32 version;
	cl_u32 maintenance_irq;
	cl_u64 gicd_base;
	union {
		struct cl_range gicr[CL_MAX_GICR_REGIONS];
		struct {
			struct cl_range gicc;
			struct cl_range gich;
			struct cl_range gicv;
			struct cl_range unused;
		};
	};
};

/* GICv2 has no more (IHI 0048, 1.2) */
#define CL_MAX_GICV2_CPUS 8

/**
 * struct cl_pci - PCI host bridge
 * @mmconfig_base: physical address of bus 0's configuration space, 0: none
 * @end_bus: last bus number, 0..255; the space has (end_bus + 1) MiB
 * @domain: PCI domain as Linux numbers it
 */
struct cl_pci {
	cl_u64 mmconfig_base;
	cl_u32 end_bus;
	cl_u32 domain;
};

/**
 * struct cl_system - what the machine is
 * @hypervisor_memory: RAM that Linux never sees; 2 MiB aligned
 * @debug_console: where the hypervisor itself prints
 * @gic: interrupt controller
 * @pci: PCI host bridge, mapped into root only
 * @flags: CL_SYSTEM_*
 */
struct cl_system {
	struct cl_range hypervisor_memory;
	struct cl_console debug_console;
	struct cl_gic gic;
	struct cl_pci pci;
	cl_u64 flags;
};

/*
 * Nothing is done against guests that train branch predictors for attacks on the
 * hypervisor: exits are shorter. For machines where all guests are trusted.
 */
#define CL_SYSTEM_NO_MITIGATIONS (1ull << 0)

/* What struct cl_system had in the first version of the format: see config_parse() */
#define CL_LEAST_SIZE_SYSTEM 136

/* How interrupts reach a cell */
enum cl_irq_mode {
	CL_IRQ_VIRTUAL = 0, /* by the hypervisor */
	CL_IRQ_DIRECT = 1, /* from the GIC */
	CL_IRQ_DIRECT_EOI = 2, /* the same for root, without an exit at their end */
};

/* What happens when the cell accesses what nobody granted */
enum cl_on_violation {
	CL_VIOLATION_INJECT = 0, /* an external abort in the guest, counted and logged */
	CL_VIOLATION_FAIL = 1, /* the cell fails */
};

/* What happens to a cell that failed */
enum cl_on_failure {
	CL_FAILURE_STOP = 0, /* its CPUs stop; root decides what comes next */
	/* As PSCI SYSTEM_RESET, @max_restarts times; not after an error of the hypervisor */
	CL_FAILURE_RESTART = 1,
};

/**
 * struct cl_power_button - how a guest is asked to end that knows no hypercall
 * @address: IPA of a page with an Arm PL061, whose line 3 is the button; 0: there is none
 * @irq: its SPI, one of the cell's that no device of the machine has
 * @reserved: 0
 */
struct cl_power_button {
	cl_u64 address;
	cl_u32 irq;
	cl_u32 reserved;
};

/**
 * struct cl_cell - one cell
 * @name: unique, terminated; A-Z a-z 0-9 . _ -
 * @entry: IPA of the first instruction of the cell's first CPU
 * @console: the cell's console
 * @irq_mode: enum cl_irq_mode
 * @on_violation: enum cl_on_violation
 * @shutdown_timeout_ms: how long `cellctl shutdown` waits for the guest; 0: 1000
 * @flags: CL_CELL_*
 * @args: arrive in x0..x3 of the first CPU
 * @on_failure: enum cl_on_failure
 * @max_restarts: with CL_FAILURE_RESTART: how often in one life, at least 1; else 0
 * @console_irq: with CL_CONSOLE_SBSA_UART: its SPI, one of the cell's that no device of
 *	the machine has; with a UART of the machine: the one it has, for the device tree
 *	of `cellctl linux`, or 0; else 0
 * @reserved: 0
 * @power_button: emulated, and pressed by `cellctl shutdown`; not for guests that are
 *	asked by their communication region
 */
struct cl_cell {
	char name[CL_NAME_SIZE];
	cl_u64 entry;
	struct cl_console console;
	cl_u32 irq_mode;
	cl_u32 on_violation;
	cl_u32 shutdown_timeout_ms;
	cl_u32 flags;
	cl_u64 args[4];
	cl_u32 on_failure;
	cl_u32 max_restarts;
	cl_u32 console_irq;
	cl_u32 reserved;
	struct cl_power_button power_button;
};

#define CL_LEAST_SIZE_CELL 104

/*
 * The guest does not know the communication region: it is asked by its power button, or
 * stopped without being asked.
 */
#define CL_CELL_PASSIVE (1u << 0)
/*
 * A reset of the guest ends the cell, and root begins it anew with its images as they were
 * loaded: for those that do not begin a second time from what they have changed.
 */
#define CL_CELL_RELOAD (1u << 1)

#define CL_MEM_READ (1ull << 0)
#define CL_MEM_WRITE (1ull << 1)
#define CL_MEM_EXECUTE (1ull << 2)
#define CL_MEM_DMA (1ull << 3)
#define CL_MEM_IO (1ull << 4) /* a device: nGnRE unless NONCACHEABLE; never executable */
#define CL_MEM_COMM (1ull << 5) /* the communication region: one page of the hypervisor's */
#define CL_MEM_LOADABLE (1ull << 6) /* root may write it while the cell is stopped */
#define CL_MEM_ROOTSHARED (1ull << 7) /* stays mapped in root */
#define CL_MEM_ASSIGNABLE (1ull << 8) /* system config: may be given to cells */
#define CL_MEM_NONCACHEABLE (1ull << 9) /* normal, non-cacheable */
#define CL_MEM_ALLOC (1ull << 10) /* from the pool @pool of the system config, zeroed */
#define CL_MEM_LAZY (1ull << 11) /* with ALLOC: page by page, each on first access */
/* With IO: a part of a page, by accesses of these widths only, which the hypervisor makes */
#define CL_MEM_IO_8 (1ull << 12)
#define CL_MEM_IO_16 (1ull << 13)
#define CL_MEM_IO_32 (1ull << 14)
#define CL_MEM_IO_64 (1ull << 15)
#define CL_IO_WIDTHS (15ull << 12)

/**
 * struct cl_mem_region - a piece of memory of a cell
 * @phys_start: physical address; 0 for CL_MEM_COMM
 * @pool: with CL_MEM_ALLOC, in its place: which of the system config's pools
 * @virt_start: intermediate physical address (IPA) in the cell; root: equal to @phys_start
 * @size: bytes; addresses and size are multiples of 4 KiB unless CL_IO_WIDTHS are there
 * @flags: CL_MEM_*
 */
struct cl_mem_region {
	union {
		cl_u64 phys_start;
		cl_u64 pool;
	};
	cl_u64 virt_start;
	cl_u64 size;
	cl_u64 flags;
};

/**
 * struct cl_smc_rule - calls that a cell may make of the firmware, by SMC
 * @function: SMCCC function ID of a fast call
 * @ignore: bits of it that may have any value: among bits 15..0, and 30 (SMC64)
 * @args: for x1..x4: allowed if (x & mask) == value; all 0: whatever x is
 *
 * A call is handed on as it is if one rule allows it; all others are not
 * supported. The firmware knows nothing of cells: it takes addresses for
 * physical ones, and what it does to clocks, power or memory it does for any
 * caller. What the hypervisor answers itself (PSCI, and what finds out about
 * SMCCC) cannot be allowed, nor SDEI.
 */
struct cl_smc_rule {
	cl_u32 function;
	cl_u32 ignore;
	struct cl_smc_arg {
		cl_u64 mask;
		cl_u64 value;
	} args[4];
};

/**
 * struct cl_pci_device - a PCI function of a cell; no version implements this yet
 * @domain: that of the system config's host bridge
 * @bdf: bus, device, function: bus << 8 | device << 3 | function
 * @flags: 0
 * @reserved: 0
 */
struct cl_pci_device {
	cl_u32 domain;
	cl_u32 bdf;
	cl_u32 flags;
	cl_u32 reserved;
};

/* struct cl_device: flags */
#define CL_DEVICE_DMA_COHERENT (1u << 0) /* its DMA sees what is in the caches */

#define CL_MAX_DEVICE_IRQS 4
#define CL_COMPATIBLE_SIZE 96

/**
 * struct cl_device - what a device of a cell is, for the device tree of `cellctl linux`
 * @compatible: the words of the node's compatible, a blank between two; terminated
 * @name: of the node, in front of its address; terminated; empty: "device"
 * @address: IPA of its registers, in a region of the cell with CL_MEM_IO
 * @size: their bytes
 * @irqs: its SPIs, of the cell's, in the order that its binding wants; 0 behind the last
 * @edge: bit n: @irqs[n] is an edge (rising), not a level (high)
 * @clock_hz: of a fixed clock that drives it; 0: none
 * @flags: CL_DEVICE_*
 * @reserved: 0
 *
 * What the cell may do says all else of the config: the hypervisor does not read this.
 */
struct cl_device {
	char compatible[CL_COMPATIBLE_SIZE];
	char name[CL_NAME_SIZE];
	cl_u64 address;
	cl_u64 size;
	cl_u32 irqs[CL_MAX_DEVICE_IRQS];
	cl_u32 edge;
	cl_u32 clock_hz;
	cl_u32 flags;
	cl_u32 reserved;
};

enum cl_iommu_type { CL_IOMMU_SMMUV3 = 1 };

/**
 * struct cl_iommu - an IOMMU; no version implements this yet
 * @type: enum cl_iommu_type
 * @flags: 0
 * @regs: its registers: aligned to 64 KiB, and nobody else's
 */
struct cl_iommu {
	cl_u32 type;
	cl_u32 flags;
	struct cl_range regs;
};

/* The language: what a config file in C uses. */
#ifdef CLOISTER_CONFIG
#define KiB 1024ull
#define MiB (1024ull * KiB)
#define GiB (1024ull * MiB)

#define CL_IN_SECTION(s) __attribute__((used, section(".cloister." #s), aligned(8)))
#define SYSTEM const struct cl_system cl_config_system CL_IN_SECTION(system) =
#define CELL const struct cl_cell cl_config_cell CL_IN_SECTION(cell) =
#define ROOT_CELL CELL
#define CPUS const cl_u64 cl_config_cpus[] CL_IN_SECTION(cpus) =
#define MEM_REGIONS const struct cl_mem_region cl_config_mem[] CL_IN_SECTION(mem) =
#define SPIS const cl_u32 cl_config_spis[] CL_IN_SECTION(spis) =
#define PCI_DEVICES const struct cl_pci_device cl_config_pci[] CL_IN_SECTION(pci) =
#define SMC_RULES const struct cl_smc_rule cl_config_smc[] CL_IN_SECTION(smc) =
#define DEVICES const struct cl_device cl_config_devices[] CL_IN_SECTION(devices) =
#define IOMMUS const struct cl_iommu cl_config_iommus[] CL_IN_SECTION(iommus) =
#define PCI_BDF(bus, device, function) ((bus) << 8 | (device) << 3 | (function))
#define POOLS const struct cl_range cl_config_pools[] CL_IN_SECTION(pools) =
#endif

#endif
