// SPDX-License-Identifier: GPL-2.0-only
/* Every rule for system configs, with examples on both sides of each bound. */
#include "rules.h"

#define TOP BIT(40)
#define RW (CL_MEM_READ | CL_MEM_WRITE)
#define HV 0x60000000ull
/* Beyond the regions that the config has */
#define FREE 0x90000000ull
#define NEW SYS_NR

/* One region more, identity mapped */
#define ADD(start, bytes, bits)                                                                    \
	SET(nr_mem, SYS_NR + 1), SET(mem[NEW].phys_start, start), SET(mem[NEW].virt_start, start), \
		SET(mem[NEW].size, bytes), SET(mem[NEW].flags, bits)

#define CONSOLE(kind, at, bits)                                                      \
	SET(system.debug_console.type, kind), SET(system.debug_console.address, at), \
		SET(system.debug_console.flags, bits)
#define UART_WORDS (CL_UART_STRIDE_4 | CL_UART_WIDTH_4)

static const struct rule_case platform[] = {
	GOOD(SET(system.hypervisor_memory.start, 2 * MiB + HV)),
	BAD(HV_MEM_ALIGN, HV + MiB, 4 * MiB, SET(system.hypervisor_memory.start, HV + MiB)),
	BAD(HV_MEM_ALIGN, HV, 3 * MiB, SET(system.hypervisor_memory.size, 3 * MiB)),
	BAD(HV_MEM_ALIGN, HV, 0, SET(system.hypervisor_memory.size, 0)),
	BAD(HV_MEM_LOW, 62 * MiB, 64 * MiB, SET(system.hypervisor_memory.start, 62 * MiB)),
	BAD(HV_MEM_LOW, 0, 64 * MiB, SET(system.hypervisor_memory.start, 0)),
	GOOD(SET(system.hypervisor_memory.start, 64 * MiB), SET(mem[SYS_LOW].size, 64 * MiB)),
	GOOD(SET(system.hypervisor_memory.start, TOP - 4 * MiB)),
	BAD(CPU_PA_RANGE, TOP - 2 * MiB, 40, SET(system.hypervisor_memory.start, TOP - 2 * MiB)),
	BAD(CPU_PA_RANGE, HV, 40, SET(system.hypervisor_memory.size, 2 * TOP)),
	BAD(CPU_PA_RANGE, HV, 40, SET(system.hypervisor_memory.size, -(2 * MiB))),
	BAD(CPU_PA_RANGE, -(2 * MiB), 40, SET(system.hypervisor_memory.start, -(2 * MiB))),
	BAD(GIC_VERSION, 1, 3, SET(system.gic.version, 1)),
	BAD(GIC_VERSION, 4, 3, SET(system.gic.version, 4)),
	BAD(GIC_VERSION, 0, 3, SET(system.gic.version, 0)),
	GOOD(SET(system.gic.maintenance_irq, 16)),
	GOOD(SET(system.gic.maintenance_irq, 31)),
	BAD(GIC_MAINT_IRQ, 15, 0, SET(system.gic.maintenance_irq, 15)),
	BAD(GIC_MAINT_IRQ, 32, 0, SET(system.gic.maintenance_irq, 32)),
	BAD(GIC_GICD_PLACE, GICD + 0x1000, 0, SET(system.gic.gicd_base, GICD + 0x1000)),
	BAD(GIC_GICD_PLACE, TOP, 0, SET(system.gic.gicd_base, TOP)),
	BAD(GIC_GICD_PLACE, -0x10000, 0, SET(system.gic.gicd_base, -0x10000)),
	GOOD(SET(system.gic.gicd_base, TOP - 0x10000)),
	BAD(GIC_HYPERVISOR, HV, 4 * MiB, SET(system.gic.gicd_base, HV)),
	BAD(GIC_HYPERVISOR, HV, 4 * MiB, SET(system.gic.gicd_base, HV + 4 * MiB - 0x10000)),
	GOOD(SET(system.gic.gicd_base, HV + 4 * MiB)),
	GOOD(SET(system.gic.gicd_base, HV - 0x10000)),
	BAD(GIC_GICR_PLACE, 0, GICR + 0x8000, SET(system.gic.gicr[0].start, GICR + 0x8000)),
	BAD(GIC_GICR_PLACE, 0, GICR, SET(system.gic.gicr[0].size, 0x8000)),
	BAD(GIC_GICR_PLACE, 3, TOP, SET(system.gic.gicr[3].start, TOP),
	    SET(system.gic.gicr[3].size, 0x10000)),
	BAD(GIC_GICR_PLACE, 0, GICR, SET(system.gic.gicr[0].size, -0x10000)),
	GOOD(SET(system.gic.gicr[1].start, 0x123)),
	BAD(GIC_OVERLAP, 1, GICD, SET(system.gic.gicr[1].start, GICD),
	    SET(system.gic.gicr[1].size, 0x10000)),
	BAD(GIC_OVERLAP, 2, GICR, SET(system.gic.gicr[2].start, GICR + GICR_SIZE - 0x10000),
	    SET(system.gic.gicr[2].size, 0x20000)),
	GOOD(SET(system.gic.gicr[2].start, GICR + GICR_SIZE),
	     SET(system.gic.gicr[2].size, 0x20000)),
	BAD(GIC_HYPERVISOR, HV, 4 * MiB, SET(system.gic.gicr[1].start, HV),
	    SET(system.gic.gicr[1].size, 0x10000)),
	BAD(CONSOLE_TYPE, 2, 0, SET(system.debug_console.type, CL_CONSOLE_VIRTUAL)),
	/* It prints where one is, be it of that kind */
	BAD(CONSOLE_TYPE, 4, 0, SET(system.debug_console.type, CL_CONSOLE_SBSA_UART)),
	BAD(CONSOLE_TYPE, 4, 0, SET(system.debug_console.type, 4)),
	BAD(CONSOLE_TYPE, ~0u, 0, SET(system.debug_console.type, ~0u)),
	GOOD(SET(system.debug_console.type, CL_CONSOLE_NONE), SET(system.debug_console.address, 1)),
	BAD(CONSOLE_ALIGN, UART + 0x800, 0, SET(system.debug_console.address, UART + 0x800)),
	BAD(CONSOLE_ALIGN, TOP, 0, SET(system.debug_console.address, TOP)),
	GOOD(CONSOLE(CL_CONSOLE_PL011, UART, CL_UART_LOG)),
	BAD(CONSOLE_FLAGS, 1, 1, CONSOLE(CL_CONSOLE_PL011, UART, CL_UART_STRIDE_4)),
	BAD(CONSOLE_FLAGS, 3, 1, CONSOLE(CL_CONSOLE_PL011, UART, UART_WORDS)),
	BAD(CONSOLE_FLAGS, 4, 0, CONSOLE(CL_CONSOLE_NONE, 0, CL_UART_LOG)),
	BAD(CONSOLE_FLAGS, 8, 3, CONSOLE(CL_CONSOLE_UART8250, UART, 8)),
	/* Four bytes, of which the next three are other registers */
	BAD(CONSOLE_FLAGS, 2, 3, CONSOLE(CL_CONSOLE_UART8250, UART, CL_UART_WIDTH_4)),
	/* Anywhere in its page, as long as all of it is there */
	GOOD(CONSOLE(CL_CONSOLE_UART8250, UART, CL_UART_LOG)),
	GOOD(CONSOLE(CL_CONSOLE_UART8250, UART + 0x3f9, 0)),
	GOOD(CONSOLE(CL_CONSOLE_UART8250, UART + 0xff8, 0)),
	BAD(CONSOLE_ALIGN, UART + 0xff9, 0, CONSOLE(CL_CONSOLE_UART8250, UART + 0xff9, 0)),
	GOOD(CONSOLE(CL_CONSOLE_UART8250, UART + 0xfe0, CL_UART_STRIDE_4)),
	GOOD(CONSOLE(CL_CONSOLE_UART8250, UART + 0x4, UART_WORDS)),
	BAD(CONSOLE_ALIGN, UART + 0xfe4, 0, CONSOLE(CL_CONSOLE_UART8250, UART + 0xfe4, UART_WORDS)),
	BAD(CONSOLE_ALIGN, UART + 2, 0, CONSOLE(CL_CONSOLE_UART8250, UART + 2, CL_UART_STRIDE_4)),
	BAD(CONSOLE_ALIGN, TOP, 0, CONSOLE(CL_CONSOLE_UART8250, TOP, 0)),
	BAD(CONSOLE_ALIGN, ~0ull, 0, CONSOLE(CL_CONSOLE_UART8250, ~0ull, 0)),
	BAD(CONSOLE_HYPERVISOR, HV + 0x10, HV, CONSOLE(CL_CONSOLE_UART8250, HV + 0x10, 0)),
	BAD(CONSOLE_DEVICE, GICD + 0x10, 0, CONSOLE(CL_CONSOLE_UART8250, GICD + 0x10, 0)),
	BAD(CONSOLE_FLAGS, BIT(31), 0, SET(system.debug_console.flags, BIT(31)),
	    SET(system.debug_console.type, CL_CONSOLE_NONE)),
	BAD(CONSOLE_DEVICE, GICD + 0xf000, 0, SET(system.debug_console.address, GICD + 0xf000)),
	BAD(CONSOLE_DEVICE, GICR, 0, SET(system.debug_console.address, GICR)),
	BAD(CONSOLE_DEVICE, MMCONFIG, 0, SET(system.debug_console.address, MMCONFIG)),
	GOOD(SET(system.debug_console.address, MMCONFIG + MMCONFIG_SIZE)),
	GOOD(SET(system.flags, CL_SYSTEM_NO_MITIGATIONS)),
	BAD(SYSTEM_FLAGS, 3, 0, SET(system.flags, CL_SYSTEM_NO_MITIGATIONS | 2)),
	BAD(SYSTEM_FLAGS, BIT(63), 0, SET(system.flags, BIT(63))),
	BAD(CONSOLE_HYPERVISOR, HV, HV, SET(system.debug_console.address, HV)),
	BAD(CONSOLE_HYPERVISOR, HV + 4 * MiB - 0x1000, HV,
	    SET(system.debug_console.address, HV + 4 * MiB - 0x1000)),
	GOOD(SET(system.debug_console.address, HV + 4 * MiB)),
};

static const struct rule_case pci[] = {
	GOOD(SET(system.pci.mmconfig_base, 0), SET(system.pci.end_bus, 256)),
	GOOD(SET(system.pci.end_bus, 255)),
	BAD(PCI_MMCONFIG, MMCONFIG, 256, SET(system.pci.end_bus, 256)),
	BAD(PCI_MMCONFIG, MMCONFIG, ~0u, SET(system.pci.end_bus, ~0u)),
	BAD(PCI_MMCONFIG, MMCONFIG + 0x1000, 15, SET(system.pci.mmconfig_base, MMCONFIG + 0x1000)),
	GOOD(SET(system.pci.mmconfig_base, TOP - MMCONFIG_SIZE)),
	BAD(PCI_MMCONFIG, TOP - MMCONFIG_SIZE + MiB, 15,
	    SET(system.pci.mmconfig_base, TOP - MMCONFIG_SIZE + MiB)),
	/* Over what root has, or shall not have */
	BAD(MEM_MMCONFIG, SYS_LINUX, LINUX_RAM, SET(system.pci.mmconfig_base, LINUX_RAM)),
	BAD(PCI_OVERLAP, HV, HV + MMCONFIG_SIZE - 1, SET(system.pci.mmconfig_base, HV)),
	BAD(PCI_OVERLAP, HV - MMCONFIG_SIZE + MiB, HV + MiB - 1,
	    SET(system.pci.mmconfig_base, HV - MMCONFIG_SIZE + MiB)),
	GOOD(SET(system.pci.mmconfig_base, HV - MMCONFIG_SIZE)),
	BAD(PCI_OVERLAP, GICD, GICD + MiB - 1, SET(system.pci.mmconfig_base, GICD),
	    SET(system.pci.end_bus, 0)),
	BAD(PCI_OVERLAP, 0x30000000, 0x30000000 + MMCONFIG_SIZE - 1,
	    SET(system.pci.mmconfig_base, 0x30000000), SET(system.gic.gicr[2].start, 0x30ff0000),
	    SET(system.gic.gicr[2].size, 0x10000)),
};

static const struct rule_case cpus_and_memory[] = {
	BAD(CPU_NONE, 0, 0, SET(nr_cpus, 0)),
	GOOD(SET(nr_cpus, 1)),
	BAD(CPU_MPIDR_TWICE, 0x101, 0, SET(cpus[4], 0x101)),
	BAD(CPU_MPIDR_TWICE, 0, 0, SET(cpus[1], 0)),
	GOOD(SET(cpus[1], 0xff00ffffffull)),
	BAD(CPU_MPIDR_BITS, 1, 0x80000001, SET(cpus[1], 0x80000001)),
	BAD(CPU_MPIDR_BITS, 0, 0x10000000000ull, SET(cpus[0], 0x10000000000ull)),
	BAD(ROOT_FIELD, 32, 1, SET(cell.entry, 1)),
	GOOD(SET(cell.irq_mode, CL_IRQ_DIRECT)),
	GOOD(SET(cell.irq_mode, CL_IRQ_DIRECT_EOI)),
	BAD(CELL_IRQ_MODE, 3, 0, SET(cell.irq_mode, 3)),
	BAD(ROOT_FIELD, 48, CL_CONSOLE_VIRTUAL, SET(cell.console.type, CL_CONSOLE_VIRTUAL)),
	BAD(ROOT_FIELD, 68, CL_CELL_PASSIVE, SET(cell.flags, CL_CELL_PASSIVE)),
	BAD(ROOT_FIELD, 103, 0x80, SET(cell.args[3], BIT(63))),
	BAD(CPU_TOO_MANY, CL_MAX_CPUS + 1, CL_MAX_CPUS, SET(nr_cpus, CL_MAX_CPUS + 1)),
	BAD(MEM_COUNT, CL_MAX_MEM_REGIONS + 1, CL_MAX_MEM_REGIONS,
	    SET(nr_mem, CL_MAX_MEM_REGIONS + 1)),
	GOOD(SET(nr_mem, 0)),
	GOOD(ADD(FREE, 4 * KiB, RW)),
	GOOD(ADD(FREE, 4 * KiB, CL_MEM_READ)),
	GOOD(ADD(FREE, 4 * KiB, CL_MEM_WRITE)),
	GOOD(ADD(FREE, 4 * KiB, RW | CL_MEM_NONCACHEABLE | CL_MEM_EXECUTE | CL_MEM_DMA)),
	BAD(MEM_ALIGN, NEW, FREE + 1, ADD(FREE + 1, 4 * KiB, RW)),
	BAD(MEM_ALIGN, NEW, 0x800, ADD(FREE, 0x800, RW)),
	BAD(MEM_ALIGN, SYS_RTC, FREE + 8, SET(mem[SYS_RTC].virt_start, FREE + 8)),
	BAD(MEM_EMPTY, NEW, 0, ADD(FREE, 0, RW)),
	GOOD(ADD(TOP - 4 * KiB, 4 * KiB, RW)),
	BAD(MEM_WRAP, NEW, TOP - 4 * KiB, ADD(TOP - 4 * KiB, 8 * KiB, RW)),
	BAD(MEM_WRAP, NEW, TOP, ADD(TOP, 4 * KiB, RW)),
	BAD(MEM_WRAP, NEW, FREE, ADD(FREE, -(4 * KiB), RW)),
	BAD(MEM_WRAP, NEW, -(4 * KiB), ADD(-(4 * KiB), 8 * KiB, RW)),
	BAD(MEM_WRAP, SYS_RTC, TOP, SET(mem[SYS_RTC].virt_start, TOP)),
	BAD(MEM_NO_ACCESS, NEW, 0, ADD(FREE, 4 * KiB, 0)),
	BAD(MEM_NO_ACCESS, NEW, CL_MEM_EXECUTE, ADD(FREE, 4 * KiB, CL_MEM_EXECUTE)),
	BAD(MEM_FLAGS, NEW, BIT(16), ADD(FREE, 4 * KiB, RW | BIT(16))),
	BAD(MEM_FLAGS, NEW, BIT(63), ADD(FREE, 4 * KiB, RW | BIT(63))),
	BAD(MEM_ROOT_FLAGS, NEW, RW | CL_MEM_ALLOC, ADD(FREE, 4 * KiB, RW | CL_MEM_ALLOC)),
	BAD(POOL_FLAGS, NEW, RW | CL_MEM_LAZY, ADD(FREE, 4 * KiB, RW | CL_MEM_LAZY)),
	BAD(MEM_ROOT_FLAGS, NEW, RW | CL_MEM_COMM, ADD(FREE, 4 * KiB, RW | CL_MEM_COMM)),
	BAD(MEM_ROOT_FLAGS, NEW, RW | CL_MEM_LOADABLE, ADD(FREE, 4 * KiB, RW | CL_MEM_LOADABLE)),
	BAD(MEM_ROOT_FLAGS, NEW, RW | CL_MEM_ROOTSHARED,
	    ADD(FREE, 4 * KiB, RW | CL_MEM_ROOTSHARED)),
	BAD(MEM_IO_FLAGS, NEW, RW | CL_MEM_IO | CL_MEM_EXECUTE,
	    ADD(FREE, 4 * KiB, RW | CL_MEM_IO | CL_MEM_EXECUTE)),
	GOOD(ADD(FREE, 4 * KiB, RW | CL_MEM_IO | CL_MEM_NONCACHEABLE)),
	BAD(MEM_ROOT_FLAGS, NEW, RW | CL_MEM_IO | CL_MEM_IO_32,
	    ADD(FREE, 4 * KiB, RW | CL_MEM_IO | CL_MEM_IO_32)),
	BAD(MEM_NOT_IDENTITY, SYS_RTC, 0x09010000, SET(mem[SYS_RTC].virt_start, FREE)),
	BAD(MEM_OVERLAP_VIRT, SYS_LINUX, NEW, ADD(LINUX_RAM + 4 * KiB, 4 * KiB, RW)),
	BAD(MEM_OVERLAP_VIRT, SYS_LINUX, NEW, ADD(LINUX_RAM - 4 * KiB, 8 * KiB, RW)),
	BAD(MEM_OVERLAP_VIRT, SYS_ODD, NEW, ADD(ODD_RAM, ODD_RAM_SIZE, RW)),
	GOOD(ADD(LINUX_RAM - 4 * KiB, 4 * KiB, RW)),
	GOOD(ADD(ODD_RAM + ODD_RAM_SIZE, 4 * KiB, RW)),
	BAD(MEM_OVERLAP_PHYS, SYS_RTC, SYS_DEVICE, SET(mem[SYS_DEVICE].phys_start, 0x09010000)),
	BAD(MEM_HYPERVISOR, NEW, HV, ADD(HV, 4 * KiB, RW)),
	BAD(MEM_HYPERVISOR, NEW, HV - 4 * KiB, ADD(HV - 4 * KiB, 8 * KiB, RW)),
	BAD(MEM_HYPERVISOR, NEW, HV + 4 * MiB - 4 * KiB, ADD(HV + 4 * MiB - 4 * KiB, MiB, RW)),
	BAD(MEM_HYPERVISOR, NEW, 0x5f000000, ADD(0x5f000000, 32 * MiB, RW)),
	GOOD(ADD(HV - 4 * KiB, 4 * KiB, RW)),
	GOOD(ADD(HV + 4 * MiB, 4 * KiB, RW)),
	BAD(MEM_GIC, NEW, GICD, ADD(GICD, 4 * KiB, RW | CL_MEM_IO)),
	BAD(MEM_GIC, NEW, GICD + 0xf000, ADD(GICD + 0xf000, 4 * KiB, RW | CL_MEM_IO)),
	GOOD(ADD(GICD + 0x10000, 4 * KiB, RW | CL_MEM_IO)),
	BAD(MEM_GIC, NEW, GICR + GICR_SIZE - 4 * KiB,
	    ADD(GICR + GICR_SIZE - 4 * KiB, 8 * KiB, RW | CL_MEM_IO)),
	GOOD(ADD(GICR + GICR_SIZE, 4 * KiB, RW | CL_MEM_IO)),
	BAD(MEM_MMCONFIG, NEW, MMCONFIG + MMCONFIG_SIZE - 4 * KiB,
	    ADD(MMCONFIG + MMCONFIG_SIZE - 4 * KiB, 4 * KiB, RW | CL_MEM_IO)),
	GOOD(ADD(MMCONFIG + MMCONFIG_SIZE, 4 * KiB, RW | CL_MEM_IO)),
	BAD(MEM_CONSOLE, UART, SYS_UART, SET(mem[SYS_UART].flags, RW)),
};

#define POOL_END (POOL + POOL_SIZE)

static const struct rule_case pools[] = {
	GOOD(SET(nr_pools, 0)),
	BAD(POOL_COUNT, CL_MAX_POOLS + 1, CL_MAX_POOLS, SET(nr_pools, CL_MAX_POOLS + 1)),
	BAD(POOL_ALIGN, 0, POOL + MiB, SET(pools[0].start, POOL + MiB)),
	BAD(POOL_ALIGN, 0, MiB, SET(pools[0].size, MiB)),
	BAD(POOL_ALIGN, 0, 0, SET(pools[0].size, 0)),
	GOOD(SET(pools[0].start, TOP - POOL_SIZE)),
	BAD(POOL_RANGE, 0, TOP - POOL_SIZE + 2 * MiB,
	    SET(pools[0].start, TOP - POOL_SIZE + 2 * MiB)),
	GOOD(SET(pools[0].start, 0x100000000ull), SET(pools[0].size, CL_POOL_MAX_SIZE)),
	BAD(POOL_SIZE, 0, CL_POOL_MAX_SIZE + 2 * MiB, SET(pools[0].start, 0x100000000ull),
	    SET(pools[0].size, CL_POOL_MAX_SIZE + 2 * MiB)),
	BAD(POOL_RANGE, 0, POOL, SET(pools[0].size, -(2 * MiB))),
	BAD(POOL_HYPERVISOR, 0, HV - POOL_SIZE + 2 * MiB,
	    SET(pools[0].start, HV - POOL_SIZE + 2 * MiB)),
	GOOD(SET(pools[0].start, HV - POOL_SIZE)),
	GOOD(SET(pools[0].start, HV + 4 * MiB)),
	BAD(POOL_HYPERVISOR, 0, HV + 2 * MiB, SET(pools[0].start, HV + 2 * MiB)),
	BAD(POOL_DEVICE, 0, MMCONFIG + 8 * MiB, SET(pools[0].start, MMCONFIG + 8 * MiB)),
	BAD(POOL_DEVICE, 0, GICD, SET(pools[0].start, GICD)),
	BAD(POOL_DEVICE, 0, 0x30000000, SET(pools[0].start, 0x30000000),
	    SET(system.gic.gicr[2].start, 0x300f0000), SET(system.gic.gicr[2].size, 0x10000)),
	BAD(POOL_DEVICE, 0, POOL, SET(system.debug_console.address, POOL_END - 4 * KiB)),
	GOOD(SET(system.debug_console.address, POOL_END)),
	BAD(POOL_ROOT, 0, SYS_CELLS, SET(pools[0].start, CELLS_RAM)),
	BAD(POOL_ROOT, 0, NEW, ADD(POOL_END - 4 * KiB, 4 * KiB, RW)),
	GOOD(ADD(POOL_END, 4 * KiB, RW)),
	GOOD(SET(nr_pools, 2), SET(pools[1].start, POOL_END), SET(pools[1].size, 2 * MiB)),
	BAD(POOL_OVERLAP, 0, 1, SET(nr_pools, 2), SET(pools[1].start, POOL_END - 2 * MiB),
	    SET(pools[1].size, 2 * MiB)),
};

#define IOMMU 0x30000000ull
#define SMMU(start_, size_)                                      \
	SET(nr_iommus, 1), SET(iommus[0].type, CL_IOMMU_SMMUV3), \
		SET(iommus[0].regs.start, start_), SET(iommus[0].regs.size, size_)

static const struct rule_case iommus[] = {
	GOOD(SMMU(IOMMU, 0x20000)),
	BAD(IOMMU_COUNT, CL_MAX_IOMMUS + 1, CL_MAX_IOMMUS, SET(nr_iommus, CL_MAX_IOMMUS + 1)),
	BAD(IOMMU_TYPE, 0, 0, SMMU(IOMMU, 0x20000), SET(iommus[0].type, 0)),
	BAD(IOMMU_TYPE, 0, 2, SMMU(IOMMU, 0x20000), SET(iommus[0].type, 2)),
	BAD(IOMMU_FLAGS, 0, 1, SMMU(IOMMU, 0x20000), SET(iommus[0].flags, 1)),
	BAD(IOMMU_PLACE, 0, IOMMU + 0x1000, SMMU(IOMMU + 0x1000, 0x20000)),
	BAD(IOMMU_PLACE, 0, IOMMU, SMMU(IOMMU, 0x1000)),
	BAD(IOMMU_PLACE, 0, IOMMU, SMMU(IOMMU, 0)),
	BAD(IOMMU_PLACE, 0, TOP - 0x10000, SMMU(TOP - 0x10000, 0x20000)),
	GOOD(SMMU(TOP - 0x20000, 0x20000)),
	BAD(IOMMU_PLACE, 0, IOMMU, SMMU(IOMMU, -0x10000)),
	BAD(IOMMU_OVERLAP, 0, HV, SMMU(HV, 0x20000)),
	BAD(IOMMU_OVERLAP, 0, GICD, SMMU(GICD, 0x10000)),
	BAD(IOMMU_OVERLAP, 0, MMCONFIG, SMMU(MMCONFIG, 0x10000)),
	BAD(IOMMU_OVERLAP, 0, POOL, SMMU(POOL, 0x10000)),
	BAD(IOMMU_OVERLAP, 0, UART, SMMU(UART, 0x10000)),
	BAD(IOMMU_OVERLAP, 0, LINUX_RAM, SMMU(LINUX_RAM, 0x10000)),
	BAD(IOMMU_OVERLAP, 1, IOMMU, SMMU(IOMMU, 0x20000), SET(nr_iommus, 2),
	    SET(iommus[1].type, CL_IOMMU_SMMUV3), SET(iommus[1].regs.start, IOMMU),
	    SET(iommus[1].regs.size, 0x10000)),
};

#define CHECK(cases)                                             \
	do {                                                     \
		static struct test_config c;                     \
                                                                 \
		system_config(&c);                               \
		check_cases(&c, NULL, cases, ARRAY_SIZE(cases)); \
	} while (0)

static void platform_rules(void **state)
{
	(void)state;
	CHECK(platform);
}

static void pci_rules(void **state)
{
	(void)state;
	CHECK(pci);
}

static void cpu_and_memory_rules(void **state)
{
	(void)state;
	CHECK(cpus_and_memory);
}

static void pool_rules(void **state)
{
	(void)state;
	CHECK(pools);
}

static void iommu_rules(void **state)
{
	(void)state;
	CHECK(iommus);
}

static void as_much_as_is_allowed_is_accepted(void **state)
{
	static struct test_config c;
	struct error err = { .rule = CL_RULE_NONE };

	(void)state;
	system_config(&c);
	for (; c.nr_cpus < CL_MAX_CPUS; c.nr_cpus++)
		c.cpus[c.nr_cpus] = 0x10000 + c.nr_cpus;
	for (; c.nr_mem < CL_MAX_MEM_REGIONS; c.nr_mem++)
		c.mem[c.nr_mem] = (struct cl_mem_region){
			{ FREE + c.nr_mem * 4 * KiB }, FREE + c.nr_mem * 4 * KiB, 4 * KiB, RW
		};
	assert_int_equal(judge(&c, NULL, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(platform_rules),
		cmocka_unit_test(pci_rules),
		cmocka_unit_test(cpu_and_memory_rules),
		cmocka_unit_test(pool_rules),
		cmocka_unit_test(iommu_rules),
		cmocka_unit_test(as_much_as_is_allowed_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
