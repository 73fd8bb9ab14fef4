/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Root on QEMU's machine "virt", see board.h:
 *
 *	qemu-system-aarch64 -machine virt,gic-version=3,virtualization=on -m 2G -smp N
 *
 * QEMU_VIRT_CPUS is N. With QEMU_VIRT_GICV2 it is for gic-version=2, where N is at
 * most 8. The addresses are those of QEMU's hw/arm/virt memory
 * map, which every version of it has kept. Root gets every device that a stock
 * kernel touches, present or not: an access to an absent one is the machine's
 * own answer, as without the hypervisor.
 */
#include "board.h"

#ifndef QEMU_VIRT_CPUS
#define QEMU_VIRT_CPUS 4
#endif

#if QEMU_VIRT_CPUS != 1 && QEMU_VIRT_CPUS != 2 && QEMU_VIRT_CPUS != 4 && \
	QEMU_VIRT_CPUS != 8 && QEMU_VIRT_CPUS != 16
#error "QEMU_VIRT_CPUS must be 1, 2, 4, 8 or 16"
#endif

#if defined(QEMU_VIRT_GICV2) && QEMU_VIRT_CPUS > 8
#error "a GICv2 has at most 8 CPUs"
#endif

/* With GICv3, QEMU puts 16 CPUs into a cluster (Aff1). */
#define MPIDR(n)     ((n) / 16 << 8 | (n) % 16)
#define MPIDR_2(n)   MPIDR(n), MPIDR((n) + 1)
#define MPIDR_4(n)   MPIDR_2(n), MPIDR_2((n) + 2)
#define MPIDR_8(n)   MPIDR_4(n), MPIDR_4((n) + 4)

#define RAM_FLAGS    (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_DMA)
#define DEVICE_FLAGS (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO)

/* Root sees every address where it is. */
#define REGION(start, bytes, attributes)                                       \
	{                                                                      \
		.phys_start = (start), .virt_start = (start), .size = (bytes), \
		.flags = (attributes),                                         \
	}
#define RAM(start, bytes, attributes) \
	REGION(start, bytes, RAM_FLAGS | (attributes))
#define DEVICE(start, bytes, attributes) \
	REGION(start, bytes, DEVICE_FLAGS | (attributes))

SYSTEM {
	.hypervisor_memory = { RAM_HYPERVISOR, RAM_HYPERVISOR_SIZE },
	.debug_console = { .type = CL_CONSOLE_PL011, .address = UART0 },
#ifdef QEMU_VIRT_GICV2
	.gic = {
		.version = 2,
		.maintenance_irq = 25,
		.gicd_base = 0x08000000,
		.gicc = { 0x08010000, 8 * KiB },
		.gich = { 0x08030000, 4 * KiB },
		.gicv = { 0x08040000, 8 * KiB },
	},
#else
	.gic = {
		.version = 3,
		.maintenance_irq = 25,
		.gicd_base = 0x08000000,
		.gicr = { { 0x080a0000, 123 * 128 * KiB } },
	},
#endif
	.pci = { .mmconfig_base = 0x4010000000, .end_bus = 255, .domain = 0 },
};

ROOT_CELL {
	.name = "root",
};

CPUS {
#if QEMU_VIRT_CPUS == 1
	MPIDR(0),
#elif QEMU_VIRT_CPUS == 2
	MPIDR_2(0),
#elif QEMU_VIRT_CPUS == 4
	MPIDR_4(0),
#elif QEMU_VIRT_CPUS == 8
	MPIDR_8(0),
#else
	MPIDR_8(0),
	MPIDR_8(8),
#endif
};

MEM_REGIONS {
	/* flash: UEFI, and cfi-flash probing */
	DEVICE(0x00000000, 128 * MiB, 0),
#ifdef QEMU_VIRT_GICV2
	/* GICv2m */
	DEVICE(0x08020000, 4 * KiB, 0),
#else
	/* GICv3 ITS: not a part of .gic, root drives it itself */
	DEVICE(0x08080000, 128 * KiB, 0),
#endif
	/* PL011: a cell may get it beside root, as its console */
	DEVICE(UART0, 4 * KiB, CL_MEM_ASSIGNABLE),
	/* PL031 RTC */
	DEVICE(0x09010000, 4 * KiB, 0),
	/* fw_cfg */
	DEVICE(0x09020000, 4 * KiB, 0),
	/* PL061 GPIO: the power button */
	DEVICE(0x09030000, 4 * KiB, 0),
	/* second PL011, since QEMU 9 */
	DEVICE(0x09040000, 4 * KiB, CL_MEM_ASSIGNABLE),
	/* SMMUv3 */
	DEVICE(0x09050000, 128 * KiB, 0),
	/* ACPI: memory hotplug, generic event device, NVDIMM */
	DEVICE(0x09070000, 4 * KiB, 0),
	DEVICE(0x09080000, 4 * KiB, 0),
	DEVICE(0x09090000, 4 * KiB, 0),
	/* 32 virtio-mmio transports of 512 bytes */
	DEVICE(0x0a000000, 16 * KiB, 0),
	/* platform bus */
	DEVICE(0x0c000000, 32 * MiB, 0),
	/* PCI: memory windows and port I/O; the ECAM is in .pci */
	DEVICE(0x10000000, 0x2eff0000, 0),
	DEVICE(0x3eff0000, 64 * KiB, 0),
	DEVICE(0x8000000000, 512 * GiB, 0),

	RAM(RAM_LINUX, RAM_LINUX_SIZE, 0),
	RAM(RAM_CELLS, RAM_CELLS_SIZE, CL_MEM_ASSIGNABLE),
};

POOLS {
	{ RAM_POOL, RAM_POOL_SIZE },
};
