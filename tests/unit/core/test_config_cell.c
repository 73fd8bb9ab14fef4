// SPDX-License-Identifier: GPL-2.0-only
/* Every rule for cell configs by themselves, on both sides of each bound. */
#include "rules.h"

#define TOP BIT(40)
#define RW (CL_MEM_READ | CL_MEM_WRITE)
#define HV 0x60000000ull
#define NEW CELL_MEM_NR

#define FROM_POOL (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_ALLOC)

#define ADD(pa, ipa, bytes, bits)                                                          \
	SET(nr_mem, NEW + 1), SET(mem[NEW].phys_start, pa), SET(mem[NEW].virt_start, ipa), \
		SET(mem[NEW].size, bytes), SET(mem[NEW].flags, bits)
/* At an address of the cell's where nothing else is */
#define ADD_PHYS(pa, bytes, bits) ADD(pa, 0x20000000, bytes, bits)

#define UART_AT(ipa) SET(cell.console.type, CL_CONSOLE_PL011), SET(cell.console.address, ipa)
#define COMM_FLAGS (RW | CL_MEM_COMM)
#define MORE_RAM (CELLS_RAM + 64 * MiB)

static const struct rule_case memory[] = {
	GOOD(ADD_PHYS(MORE_RAM, 4 * KiB, RW)),
	BAD(MEM_ALIGN, NEW, MORE_RAM + 4, ADD_PHYS(MORE_RAM + 4, 4 * KiB, RW)),
	BAD(MEM_ALIGN, NEW, 0x20000001, ADD(MORE_RAM, 0x20000001, 4 * KiB, RW)),
	BAD(MEM_ALIGN, NEW, 0x1001, ADD_PHYS(MORE_RAM, 0x1001, RW)),
	BAD(MEM_EMPTY, NEW, 0, ADD_PHYS(MORE_RAM, 0, RW)),
	BAD(MEM_WRAP, NEW, MORE_RAM, ADD_PHYS(MORE_RAM, -(4 * KiB), RW)),
	BAD(MEM_WRAP, NEW, TOP, ADD_PHYS(TOP, 4 * KiB, RW)),
	BAD(MEM_WRAP, NEW, TOP, ADD(MORE_RAM, TOP, 4 * KiB, RW)),
	BAD(MEM_WRAP, NEW, TOP - 4 * KiB, ADD(MORE_RAM, TOP - 4 * KiB, 8 * KiB, RW)),
	GOOD(ADD(MORE_RAM, TOP - 8 * KiB, 8 * KiB, RW)),
	BAD(MEM_WRAP, NEW, -(4 * KiB), ADD(MORE_RAM, -(4 * KiB), 8 * KiB, RW)),
	BAD(MEM_NO_ACCESS, NEW, 0, ADD_PHYS(MORE_RAM, 4 * KiB, 0)),
	BAD(MEM_FLAGS, NEW, BIT(63), ADD_PHYS(MORE_RAM, 4 * KiB, RW | BIT(63))),
	BAD(MEM_CELL_FLAGS, NEW, RW | CL_MEM_ASSIGNABLE,
	    ADD_PHYS(MORE_RAM, 4 * KiB, RW | CL_MEM_ASSIGNABLE)),
	BAD(POOL_FLAGS, NEW, RW | CL_MEM_LAZY, ADD_PHYS(MORE_RAM, 4 * KiB, RW | CL_MEM_LAZY)),
	BAD(POOL_FLAGS, NEW, FROM_POOL | CL_MEM_DMA, ADD_PHYS(0, 4 * KiB, FROM_POOL | CL_MEM_DMA)),
	BAD(POOL_FLAGS, NEW, FROM_POOL | CL_MEM_IO, ADD_PHYS(0, 4 * KiB, FROM_POOL | CL_MEM_IO)),
	BAD(POOL_FLAGS, NEW, FROM_POOL | CL_MEM_COMM,
	    ADD_PHYS(0, 4 * KiB, FROM_POOL | CL_MEM_COMM)),
	BAD(POOL_FLAGS, NEW, FROM_POOL | CL_MEM_LOADABLE,
	    ADD_PHYS(0, 4 * KiB, FROM_POOL | CL_MEM_LOADABLE)),
	BAD(POOL_FLAGS, NEW, FROM_POOL | CL_MEM_ROOTSHARED,
	    ADD_PHYS(0, 4 * KiB, FROM_POOL | CL_MEM_ROOTSHARED)),
	BAD(POOL_FLAGS, NEW, FROM_POOL | CL_MEM_NONCACHEABLE,
	    ADD_PHYS(0, 4 * KiB, FROM_POOL | CL_MEM_NONCACHEABLE)),
	BAD(POOL_UNKNOWN, NEW, 1, ADD_PHYS(1, 4 * KiB, FROM_POOL)),
	BAD(POOL_UNKNOWN, NEW, POOL, ADD_PHYS(POOL, 4 * KiB, FROM_POOL)),
	BAD(MEM_ALIGN, NEW, 0x800, ADD_PHYS(0, 0x800, FROM_POOL)),
	BAD(MEM_WRAP, NEW, TOP, ADD(0, TOP, 4 * KiB, FROM_POOL)),
	BAD(MEM_WRAP, NEW, 0, ADD_PHYS(0, TOP + 4 * KiB, FROM_POOL)),
	BAD(MEM_IO_FLAGS, NEW, RW | CL_MEM_IO | CL_MEM_LOADABLE,
	    ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO | CL_MEM_LOADABLE)),
	BAD(MEM_IO_FLAGS, NEW, RW | CL_MEM_IO | CL_MEM_COMM,
	    ADD_PHYS(0, 4 * KiB, RW | CL_MEM_IO | CL_MEM_COMM)),
	BAD(MEM_IO_FLAGS, NEW, RW | CL_MEM_IO | CL_MEM_EXECUTE,
	    ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO | CL_MEM_EXECUTE)),
	GOOD(ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO | CL_MEM_NONCACHEABLE)),
	GOOD(ADD_PHYS(MORE_RAM, 4 * KiB, CL_MEM_READ | CL_MEM_ROOTSHARED)),
	GOOD(ADD_PHYS(MORE_RAM, 4 * KiB, RW | CL_MEM_NONCACHEABLE)),
	BAD(MEM_OVERLAP_VIRT, CELL_MEM_RAM, NEW, ADD(MORE_RAM, 4 * KiB, 4 * KiB, RW)),
	BAD(MEM_OVERLAP_VIRT, CELL_MEM_COMM, NEW, ADD(MORE_RAM, CELL_COMM_IPA, 4 * KiB, RW)),
	GOOD(ADD(MORE_RAM, CELL_COMM_IPA + 4 * KiB, 4 * KiB, RW)),
	BAD(MEM_OVERLAP_PHYS, CELL_MEM_ODD, NEW, ADD_PHYS(CELL_ODD(0), 4 * KiB, RW)),
	/* The communication region has no physical address: that 0 meets nothing */
	GOOD(SET(mem[CELL_MEM_RAM].virt_start, 0x40000000), SET(cell.entry, 0x40000000),
	     SET(mem[CELL_MEM_COMM].virt_start, 0)),
	BAD(MEM_HYPERVISOR, NEW, HV, ADD_PHYS(HV, 4 * KiB, RW)),
	BAD(MEM_HYPERVISOR, NEW, HV + 4 * MiB - 4 * KiB,
	    ADD_PHYS(HV + 4 * MiB - 4 * KiB, 8 * KiB, RW)),
	BAD(MEM_HYPERVISOR, NEW, HV, ADD_PHYS(HV, 4 * KiB, RW | CL_MEM_ROOTSHARED)),
	BAD(MEM_GIC, NEW, GICD, ADD_PHYS(GICD, 4 * KiB, RW | CL_MEM_IO)),
	BAD(MEM_GIC, NEW, GICR + GICR_SIZE - 4 * KiB,
	    ADD_PHYS(GICR + GICR_SIZE - 4 * KiB, 4 * KiB, RW | CL_MEM_IO)),
	/* Where guests see the interrupt controller */
	BAD(MEM_GIC, NEW, GICD + 0xf000, ADD(MORE_RAM, GICD + 0xf000, 4 * KiB, RW)),
	BAD(MEM_GIC, NEW, GICR - 4 * KiB, ADD(MORE_RAM, GICR - 4 * KiB, 8 * KiB, RW)),
	BAD(MEM_GIC, CELL_MEM_COMM, GICD, SET(mem[CELL_MEM_COMM].virt_start, GICD)),
	GOOD(ADD(MORE_RAM, GICD + 0x10000, 4 * KiB, RW)),
	BAD(MEM_NOT_ASSIGNABLE, NEW, LINUX_RAM, ADD_PHYS(LINUX_RAM, 4 * KiB, RW)),
	BAD(MEM_NOT_ASSIGNABLE, NEW, 0x90000000, ADD_PHYS(0x90000000, 4 * KiB, RW)),
	BAD(MEM_NOT_ASSIGNABLE, NEW, ODD_RAM - 4 * KiB, ADD_PHYS(ODD_RAM - 4 * KiB, 8 * KiB, RW)),
	GOOD(ADD_PHYS(CELLS_RAM + CELLS_RAM_SIZE - 4 * KiB, 4 * KiB, RW)),
	BAD(MEM_NOT_ASSIGNABLE, NEW, CELLS_RAM + CELLS_RAM_SIZE - 4 * KiB,
	    ADD_PHYS(CELLS_RAM + CELLS_RAM_SIZE - 4 * KiB, 8 * KiB, RW)),
	BAD(MEM_NOT_ASSIGNABLE, NEW, 0x09010000, ADD_PHYS(0x09010000, 4 * KiB, RW | CL_MEM_IO)),
	BAD(MEM_NOT_ASSIGNABLE, NEW, MMCONFIG, ADD_PHYS(MMCONFIG, 4 * KiB, RW | CL_MEM_IO)),
	GOOD(ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO)),
	/* Neither may a device become RAM nor RAM a device */
	BAD(MEM_NOT_ASSIGNABLE, NEW, DEVICE, ADD_PHYS(DEVICE, 4 * KiB, RW)),
	BAD(MEM_NOT_ASSIGNABLE, NEW, MORE_RAM, ADD_PHYS(MORE_RAM, 4 * KiB, RW | CL_MEM_IO)),
	BAD(MEM_COMM, CELL_MEM_COMM, 8 * KiB, SET(mem[CELL_MEM_COMM].size, 8 * KiB)),
	BAD(MEM_COMM_ADDRESS, CELL_MEM_COMM, MORE_RAM,
	    SET(mem[CELL_MEM_COMM].phys_start, MORE_RAM)),
	BAD(MEM_COMM_FLAGS, CELL_MEM_COMM, COMM_FLAGS | CL_MEM_EXECUTE,
	    SET(mem[CELL_MEM_COMM].flags, COMM_FLAGS | CL_MEM_EXECUTE)),
	BAD(MEM_COMM_FLAGS, CELL_MEM_COMM, COMM_FLAGS | CL_MEM_ROOTSHARED,
	    SET(mem[CELL_MEM_COMM].flags, COMM_FLAGS | CL_MEM_ROOTSHARED)),
	BAD(MEM_COMM_FLAGS, CELL_MEM_COMM, COMM_FLAGS | CL_MEM_LOADABLE,
	    SET(mem[CELL_MEM_COMM].flags, COMM_FLAGS | CL_MEM_LOADABLE)),
	BAD(MEM_COMM, NEW, 4 * KiB, ADD_PHYS(0, 4 * KiB, COMM_FLAGS)),
	GOOD(SET(nr_mem, 2)),
	BAD(MEM_COUNT, CL_MAX_MEM_REGIONS + 1, CL_MAX_MEM_REGIONS,
	    SET(nr_mem, CL_MAX_MEM_REGIONS + 1)),
	BAD(CELL_ENTRY, 0x1000, 0, SET(nr_mem, 0)),
	GOOD(SET(cell.entry, 0)),
	GOOD(SET(cell.entry, CELL_RAM_SIZE - 4)),
	BAD(CELL_ENTRY, CELL_RAM_SIZE, 0, SET(cell.entry, CELL_RAM_SIZE)),
	BAD(CELL_ENTRY, 0x1002, 0, SET(cell.entry, 0x1002)),
	BAD(CELL_ENTRY, CELL_ODD_IPA, 0, SET(cell.entry, CELL_ODD_IPA)),
	BAD(CELL_ENTRY, ~3ull, 0, SET(cell.entry, ~3ull)),
};

#define WORDS (RW | CL_MEM_IO | CL_MEM_IO_32)
#define ANY (CL_MEM_READ | CL_MEM_IO | CL_IO_WIDTHS)

static const struct rule_case subpages[] = {
	GOOD(ADD_PHYS(DEVICE, 4, WORDS)),
	GOOD(ADD_PHYS(DEVICE, 4 * KiB, WORDS)),
	GOOD(ADD(DEVICE + 0xfff, 0x20000fff, 1, CL_MEM_WRITE | CL_MEM_IO | CL_MEM_IO_8)),
	GOOD(ADD(DEVICE + 0x7f0, 0x200007f0, 0x13, ANY | CL_MEM_ROOTSHARED)),
	BAD(MEM_EMPTY, NEW, 0, ADD_PHYS(DEVICE, 0, WORDS)),
	/* Within one page, at the same place in it */
	BAD(MEM_SUBPAGE, NEW, DEVICE + 4, ADD(DEVICE + 4, 0x20000008, 4, WORDS)),
	BAD(MEM_SUBPAGE, NEW, DEVICE + 0xffc, ADD(DEVICE + 0xffc, 0x20000ffc, 8, WORDS)),
	BAD(MEM_SUBPAGE, NEW, DEVICE, ADD_PHYS(DEVICE, 4 * KiB + 1, WORDS)),
	BAD(MEM_SUBPAGE, NEW, DEVICE, ADD_PHYS(DEVICE, ~0ull, WORDS)),
	BAD(MEM_SUBPAGE, NEW, DEVICE + 4, ADD(DEVICE + 4, 0x20000004, -4, WORDS)),
	BAD(MEM_WRAP, NEW, TOP, ADD(TOP, 0x20000000, 4, WORDS)),
	BAD(MEM_WRAP, NEW, -16, ADD(DEVICE + 0xff0, -16, 16, WORDS)),
	/* Without widths it is a matter of pages */
	BAD(MEM_ALIGN, NEW, 4, ADD_PHYS(DEVICE, 4, RW | CL_MEM_IO)),
	/* Nothing that is mapped, or no device */
	BAD(MEM_WIDTHS, NEW, RW | CL_MEM_IO_32, ADD_PHYS(MORE_RAM, 4, RW | CL_MEM_IO_32)),
	BAD(MEM_WIDTHS, NEW, WORDS | CL_MEM_DMA, ADD_PHYS(DEVICE, 4, WORDS | CL_MEM_DMA)),
	BAD(MEM_WIDTHS, NEW, WORDS | CL_MEM_NONCACHEABLE,
	    ADD_PHYS(DEVICE, 4, WORDS | CL_MEM_NONCACHEABLE)),
	BAD(MEM_WIDTHS, NEW, FROM_POOL | CL_MEM_IO_8, ADD_PHYS(0, 4, FROM_POOL | CL_MEM_IO_8)),
	BAD(MEM_WIDTHS, NEW, RW | CL_MEM_COMM | CL_MEM_IO_64,
	    ADD_PHYS(0, 4 * KiB, RW | CL_MEM_COMM | CL_MEM_IO_64)),
	BAD(MEM_IO_FLAGS, NEW, WORDS | CL_MEM_LOADABLE,
	    ADD_PHYS(DEVICE, 4, WORDS | CL_MEM_LOADABLE)),
	BAD(MEM_IO_FLAGS, NEW, WORDS | CL_MEM_EXECUTE, ADD_PHYS(DEVICE, 4, WORDS | CL_MEM_EXECUTE)),
	BAD(MEM_NO_ACCESS, NEW, CL_MEM_IO | CL_MEM_IO_32,
	    ADD_PHYS(DEVICE, 4, CL_MEM_IO | CL_MEM_IO_32)),
	BAD(MEM_CELL_FLAGS, NEW, WORDS | CL_MEM_ASSIGNABLE,
	    ADD_PHYS(DEVICE, 4, WORDS | CL_MEM_ASSIGNABLE)),
	BAD(MEM_NOT_ASSIGNABLE, NEW, 0x09010000, ADD_PHYS(0x09010000, 4, WORDS)),
	BAD(MEM_NOT_ASSIGNABLE, NEW, MORE_RAM, ADD_PHYS(MORE_RAM, 4, WORDS)),
	BAD(MEM_GIC, NEW, GICD + 0x80, ADD(GICD + 0x80, 0x20000080, 4, WORDS)),
	BAD(MEM_GIC, NEW, GICD, ADD(DEVICE, GICD, 4, WORDS)),
	BAD(MEM_HYPERVISOR, NEW, HV, ADD_PHYS(HV, 4, WORDS)),
	/* Byte by byte */
	BAD(MEM_OVERLAP_VIRT, CELL_MEM_COMM, NEW, ADD(DEVICE, CELL_COMM_IPA, 4, WORDS)),
	GOOD(SET(mem[CELL_MEM_ODD].phys_start, DEVICE), SET(mem[CELL_MEM_ODD].flags, WORDS),
	     SET(mem[CELL_MEM_ODD].size, 8), ADD(DEVICE + 8, CELL_ODD_IPA + 8, 8, WORDS)),
	BAD(MEM_OVERLAP_VIRT, CELL_MEM_ODD, NEW, SET(mem[CELL_MEM_ODD].phys_start, DEVICE),
	    SET(mem[CELL_MEM_ODD].flags, WORDS), SET(mem[CELL_MEM_ODD].size, 9),
	    ADD(DEVICE + 8, CELL_ODD_IPA + 8, 8, WORDS)),
	BAD(MEM_OVERLAP_PHYS, CELL_MEM_ODD, NEW, SET(mem[CELL_MEM_ODD].phys_start, DEVICE),
	    SET(mem[CELL_MEM_ODD].flags, WORDS), SET(mem[CELL_MEM_ODD].size, 9),
	    ADD(DEVICE + 8, 0x20000008, 8, WORDS)),
	/* A console may be one */
	GOOD(UART_AT(0x20000010), ADD(DEVICE + 0x10, 0x20000010, 0x20, WORDS)),
	BAD(CELL_CONSOLE_ADDRESS, 0x20000030, 0, UART_AT(0x20000030),
	    ADD(DEVICE + 0x10, 0x20000010, 0x20, WORDS)),
};

static const struct rule_case others[] = {
	BAD(CPU_NONE, 0, 0, SET(nr_cpus, 0)),
	GOOD(SET(nr_cpus, 2), SET(cpus[1], 5)),
	BAD(CPU_TWICE, 2, 0, SET(nr_cpus, 2), SET(cpus[1], 2)),
	BAD(CPU_UNKNOWN, SYSTEM_CPUS, SYSTEM_CPUS, SET(cpus[0], SYSTEM_CPUS)),
	BAD(CPU_UNKNOWN, ~0ull, SYSTEM_CPUS, SET(cpus[0], ~0ull)),
	BAD(CPU_UNKNOWN, BIT(32), SYSTEM_CPUS, SET(cpus[0], BIT(32))),
	BAD(CPU_TOO_MANY, CL_MAX_CPUS + 1, CL_MAX_CPUS, SET(nr_cpus, CL_MAX_CPUS + 1)),
	GOOD(SET(spis[0], 32), SET(spis[1], 255)),
	BAD(SPI_RANGE, 31, 255, SET(spis[0], 31)),
	BAD(SPI_RANGE, 256, 255, SET(spis[1], 256)),
	BAD(SPI_RANGE, ~0u, 255, SET(spis[1], ~0u)),
	BAD(SPI_TWICE, 50, 0, SET(spis[0], 50), SET(spis[1], 50)),
	GOOD(SET(nr_spis, 0)),
	BAD(SPI_COUNT, CL_MAX_SPIS + 1, CL_MAX_SPIS, SET(nr_spis, CL_MAX_SPIS + 1)),
	GOOD(SET(cell.console.type, CL_CONSOLE_NONE)),
	BAD(CELL_CONSOLE_ADDRESS, DEVICE, 0, SET(cell.console.address, DEVICE)),
	BAD(CELL_CONSOLE_ADDRESS, DEVICE, 0, SET(cell.console.type, CL_CONSOLE_NONE),
	    SET(cell.console.address, DEVICE)),
	/* A UART where the guest can write it: it is an IPA that is told */
	GOOD(UART_AT(0x20000000), ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO)),
	GOOD(UART_AT(0x20000ffc), ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO)),
	BAD(CELL_CONSOLE_ADDRESS, DEVICE, 0, UART_AT(DEVICE),
	    ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO)),
	BAD(CELL_CONSOLE_ADDRESS, 0x20001000, 0, UART_AT(0x20001000),
	    ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO)),
	BAD(CELL_CONSOLE_ADDRESS, 0x20000000, 0, UART_AT(0x20000000),
	    ADD_PHYS(DEVICE, 4 * KiB, CL_MEM_READ | CL_MEM_IO)),
	BAD(CELL_CONSOLE_ADDRESS, 0, 0, UART_AT(0)),
	BAD(CELL_CONSOLE_FLAGS, 1, CL_CONSOLE_VIRTUAL, SET(cell.console.flags, 1)),
	BAD(CELL_CONSOLE_FLAGS, 3, CL_CONSOLE_PL011, UART_AT(0x20000000),
	    SET(cell.console.flags, 3), ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO)),
	GOOD(UART_AT(0x20000007), SET(cell.console.type, CL_CONSOLE_UART8250),
	     SET(cell.console.flags, CL_UART_STRIDE_4 | CL_UART_WIDTH_4),
	     ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO)),
	/* All of the log is the hypervisor's own */
	BAD(CELL_CONSOLE_FLAGS, CL_UART_LOG, CL_CONSOLE_UART8250, UART_AT(0x20000000),
	    SET(cell.console.type, CL_CONSOLE_UART8250), SET(cell.console.flags, CL_UART_LOG),
	    ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO)),
	BAD(CELL_CONSOLE_ADDRESS, DEVICE, 0, SET(cell.console.type, CL_CONSOLE_UART8250),
	    SET(cell.console.address, DEVICE)),
	BAD(CELL_CONSOLE, 5, 0, SET(cell.console.type, 5)),
	BAD(CELL_CONSOLE, ~0u, 0, SET(cell.console.type, ~0u)),
	GOOD(SET(cell.irq_mode, CL_IRQ_DIRECT)),
	BAD(CELL_IRQ_MODE, 2, 0, SET(cell.irq_mode, 2)),
	BAD(CELL_IRQ_MODE, ~0u, 0, SET(cell.irq_mode, ~0u)),
	GOOD(SET(cell.on_violation, CL_VIOLATION_FAIL)),
	BAD(CELL_ON_VIOLATION, 2, 0, SET(cell.on_violation, 2)),
	GOOD(SET(cell.flags, CL_CELL_PASSIVE)),
	GOOD(SET(cell.flags, CL_CELL_RELOAD | CL_CELL_PASSIVE)),
	BAD(CELL_FLAGS, 4, 0, SET(cell.flags, 4 | CL_CELL_PASSIVE)),
	BAD(CELL_FLAGS, BIT(31), 0, SET(cell.flags, BIT(31))),
	BAD(CELL_ON_FAILURE, 2, 0, SET(cell.on_failure, 2)),
	GOOD(SET(cell.on_failure, CL_FAILURE_RESTART), SET(cell.max_restarts, 1)),
	GOOD(SET(cell.on_failure, CL_FAILURE_RESTART), SET(cell.max_restarts, ~0u)),
	BAD(CELL_RESTARTS, 0, CL_FAILURE_RESTART, SET(cell.on_failure, CL_FAILURE_RESTART)),
	BAD(CELL_RESTARTS, 7, CL_FAILURE_STOP, SET(cell.max_restarts, 7)),
	BAD(CELL_ON_FAILURE, ~0u, 0, SET(cell.on_failure, ~0u)),
	GOOD(SET(cell.shutdown_timeout_ms, ~0u)),
	BAD(CELL_NAME, 0, 0, SET(cell.name[0], 0)),
	BAD(CELL_NAME, 0, 0, SET(cell.name[0], ' ')),
	BAD(CELL_NAME, 0, 0, SET(cell.name[3], '/')),
	BAD(CELL_NAME, 0, 0, SET(cell.name[3], 0x80)),
	GOOD(SET(cell.name[0], '.'), SET(cell.name[1], '_'), SET(cell.name[2], 'Z'),
	     SET(cell.name[3], '9')),
	/* Behind the terminator nobody looks */
	GOOD(SET(cell.name[CL_NAME_SIZE - 1], '/')),
};

#define EMULATED(ipa)                                                                 \
	SET(cell.console.type, CL_CONSOLE_SBSA_UART), SET(cell.console.address, ipa), \
		SET(cell.console_irq, CELL_SPI(0))

static const struct rule_case emulated_uart[] = {
	GOOD(EMULATED(UART)),
	GOOD(EMULATED(UART), SET(cell.console_irq, CELL_SPI(0) + 60)),
	/* Where the machine has something else is no matter: it is an IPA */
	GOOD(EMULATED(LINUX_RAM)),
	GOOD(EMULATED(TOP - 4 * KiB)),
	BAD(CELL_UART_ADDRESS, TOP, 0, EMULATED(TOP)),
	BAD(CELL_UART_ADDRESS, -(4 * KiB), 0, EMULATED(-(4 * KiB))),
	BAD(CELL_UART_ADDRESS, UART + 0x800, 0, EMULATED(UART + 0x800)),
	BAD(CELL_UART_ADDRESS, UART + 1, 0, EMULATED(UART + 1)),
	BAD(CELL_UART_GIC, GICD, 0, EMULATED(GICD)),
	BAD(CELL_UART_GIC, GICD + 0xf000, 0, EMULATED(GICD + 0xf000)),
	GOOD(EMULATED(GICD + 0x10000)),
	BAD(CELL_UART_GIC, GICR + GICR_SIZE - 4 * KiB, 0, EMULATED(GICR + GICR_SIZE - 4 * KiB)),
	BAD(CELL_UART_MEM, 0, CELL_MEM_RAM, EMULATED(0)),
	BAD(CELL_UART_MEM, CELL_RAM_SIZE - 4 * KiB, CELL_MEM_RAM,
	    EMULATED(CELL_RAM_SIZE - 4 * KiB)),
	GOOD(EMULATED(CELL_RAM_SIZE)),
	BAD(CELL_UART_MEM, CELL_COMM_IPA, CELL_MEM_COMM, EMULATED(CELL_COMM_IPA)),
	GOOD(EMULATED(CELL_COMM_IPA - 4 * KiB)),
	/* Not even registers of a page that it would have for itself */
	BAD(CELL_UART_MEM, 0x20000000, NEW, EMULATED(0x20000000),
	    ADD(DEVICE, 0x20000000, 4, WORDS)),
	BAD(CELL_CONSOLE_IRQ, 0, CL_CONSOLE_SBSA_UART, EMULATED(UART), SET(cell.console_irq, 0)),
	BAD(CELL_CONSOLE_IRQ, CELL_SPI(0) + 1, CL_CONSOLE_SBSA_UART, EMULATED(UART),
	    SET(cell.console_irq, CELL_SPI(0) + 1)),
	BAD(CELL_CONSOLE_IRQ, CELL_SPI(0), CL_CONSOLE_SBSA_UART, EMULATED(UART), SET(nr_spis, 0)),
	BAD(SPI_RANGE, 31, 255, EMULATED(UART), SET(spis[0], 31), SET(cell.console_irq, 31)),
	BAD(CELL_CONSOLE_IRQ, CELL_SPI(0), CL_CONSOLE_VIRTUAL, SET(cell.console_irq, CELL_SPI(0))),
	GOOD(UART_AT(0x20000000), ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO),
	     SET(cell.console_irq, CELL_SPI(0))),
	BAD(CELL_CONSOLE_IRQ, CELL_SPI(0), CL_CONSOLE_PL011, UART_AT(0x20000000),
	    ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO), SET(cell.console_irq, CELL_SPI(0)),
	    SET(nr_spis, 0)),
	BAD(CELL_CONSOLE_IRQ, CELL_SPI(0) + 1, CL_CONSOLE_PL011, UART_AT(0x20000000),
	    ADD_PHYS(DEVICE, 4 * KiB, RW | CL_MEM_IO), SET(cell.console_irq, CELL_SPI(0) + 1)),
	BAD(CELL_CONSOLE_FLAGS, CL_UART_STRIDE_4, CL_CONSOLE_SBSA_UART, EMULATED(UART),
	    SET(cell.console.flags, CL_UART_STRIDE_4)),
	BAD(CELL_RESERVED, 1, 0, SET(cell.reserved, 1)),
	BAD(CELL_RESERVED, ~0u, 0, EMULATED(UART), SET(cell.reserved, ~0u)),
};

#define BUTTON(ipa)                                                            \
	SET(cell.flags, CL_CELL_PASSIVE), SET(cell.power_button.address, ipa), \
		SET(cell.power_button.irq, CELL_SPI(0) + 60)
#define GPIO (UART + 0x30000)

static const struct rule_case power_button[] = {
	GOOD(BUTTON(GPIO)),
	GOOD(BUTTON(GPIO), EMULATED(UART)),
	GOOD(BUTTON(LINUX_RAM)),
	GOOD(BUTTON(TOP - 4 * KiB)),
	BAD(CELL_BUTTON_ADDRESS, TOP, 0, BUTTON(TOP)),
	BAD(CELL_BUTTON_ADDRESS, -(4 * KiB), 0, BUTTON(-(4 * KiB))),
	BAD(CELL_BUTTON_ADDRESS, GPIO + 4, 0, BUTTON(GPIO + 4)),
	BAD(CELL_BUTTON_ADDRESS, 1, 0, BUTTON(1)),
	BAD(CELL_BUTTON_GIC, GICD, 0, BUTTON(GICD)),
	BAD(CELL_BUTTON_GIC, GICR + GICR_SIZE - 4 * KiB, 0, BUTTON(GICR + GICR_SIZE - 4 * KiB)),
	GOOD(BUTTON(GICD + 0x10000)),
	BAD(CELL_BUTTON_MEM, 4 * KiB, CELL_MEM_RAM, BUTTON(4 * KiB)),
	BAD(CELL_BUTTON_MEM, CELL_COMM_IPA, CELL_MEM_COMM, BUTTON(CELL_COMM_IPA)),
	BAD(CELL_BUTTON_MEM, 0x20000000, NEW, BUTTON(0x20000000),
	    ADD(DEVICE, 0x20000000, 4, WORDS)),
	BAD(CELL_BUTTON_UART, UART, 0, BUTTON(UART), EMULATED(UART)),
	GOOD(BUTTON(UART + 4 * KiB), EMULATED(UART)),
	BAD(CELL_BUTTON_IRQ, CELL_SPI(0), 0, BUTTON(GPIO), EMULATED(UART),
	    SET(cell.power_button.irq, CELL_SPI(0))),
	BAD(CELL_BUTTON_IRQ, 0, 0, BUTTON(GPIO), SET(cell.power_button.irq, 0)),
	BAD(CELL_BUTTON_IRQ, CELL_SPI(0) + 1, 0, BUTTON(GPIO),
	    SET(cell.power_button.irq, CELL_SPI(0) + 1)),
	BAD(CELL_BUTTON_IRQ, CELL_SPI(0) + 60, 0, BUTTON(GPIO), SET(nr_spis, 0)),
	BAD(CELL_BUTTON_IRQ, CELL_SPI(0), 0, SET(cell.power_button.irq, CELL_SPI(0))),
	/* Who has a region to be asked by does not look at a button, too */
	BAD(CELL_BUTTON_COMM, 0, 0, BUTTON(GPIO), SET(cell.flags, 0)),
	BAD(CELL_BUTTON_COMM, CL_CELL_RELOAD, 0, BUTTON(GPIO), SET(cell.flags, CL_CELL_RELOAD)),
	GOOD(BUTTON(GPIO), SET(cell.flags, 0), SET(nr_mem, CELL_MEM_COMM)),
	BAD(CELL_RESERVED, 1, 0, BUTTON(GPIO), SET(cell.power_button.reserved, 1)),
	BAD(CELL_RESERVED, ~0u, 0, SET(cell.power_button.reserved, ~0u)),
};

#define SMC(fn) SET(nr_smc, 1), SET(smc[0].function, fn)

static const struct rule_case smc[] = {
	GOOD(SMC(0x82000000)), /* SiP */
	GOOD(SMC(0xc300ffff)), /* OEM */
	GOOD(SMC(0x81000000)), /* CPU */
	GOOD(SMC(0x80000002)), /* architecture */
	BAD(SMC_FUNCTION, 0, 0x80000000, SMC(0x80000000)),
	BAD(SMC_FUNCTION, 0, 0xc0000001, SMC(0xc0000001)),
	GOOD(SMC(0x84000050)), /* TRNG */
	GOOD(SMC(0x84000040)),
	BAD(SMC_FUNCTION, 0, 0x84000000, SMC(0x84000000)),
	BAD(SMC_FUNCTION, 0, 0xc400001f, SMC(0xc400001f)),
	BAD(SMC_FUNCTION, 0, 0xc400003f, SMC(0xc400003f)),
	BAD(SMC_FUNCTION, 0, 0x85000000, SMC(0x85000000)),
	BAD(SMC_FUNCTION, 0, 0x86000000, SMC(0x86000000)),
	BAD(SMC_FUNCTION, 0, 0x95c1ba5e, SMC(0x95c1ba5e)),
	BAD(SMC_FUNCTION, 0, 0xaf000000, SMC(0xaf000000)),
	GOOD(SMC(0xb0000000)), /* trusted applications */
	GOOD(SMC(0xbf00ffff)),
	/* A yielding call, and a function number of more than 16 bits */
	BAD(SMC_FUNCTION, 0, 0x02000000, SMC(0x02000000)),
	BAD(SMC_FUNCTION, 0, 0x82010000, SMC(0x82010000)),
	BAD(SMC_FUNCTION, 0, 0x82800000, SMC(0x82800000)),
	GOOD(SMC(0x82000000), SET(smc[0].ignore, BIT(30) | 0xffff)),
	BAD(SMC_IGNORE, 0, BIT(16), SMC(0x82000000), SET(smc[0].ignore, BIT(16))),
	BAD(SMC_IGNORE, 0, BIT(31), SMC(0x82000000), SET(smc[0].ignore, BIT(31))),
	BAD(SMC_IGNORE, 0, BIT(24), SMC(0x82000000), SET(smc[0].ignore, BIT(24))),
	/* What it ignores must not reach what is not to be had */
	BAD(SMC_FUNCTION, 0, 0x84000050, SMC(0x84000050), SET(smc[0].ignore, 0x40)),
	GOOD(SMC(0x84000050), SET(smc[0].ignore, 0x2f)),
	BAD(SMC_FUNCTION, 0, 0x80000002, SMC(0x80000002), SET(smc[0].ignore, 2)),
	GOOD(SMC(0x82000000), SET(smc[0].args[3].mask, 0xf0), SET(smc[0].args[3].value, 0x30)),
	BAD(SMC_VALUE, 0, 3, SMC(0x82000000), SET(smc[0].args[3].mask, 0xf0),
	    SET(smc[0].args[3].value, 0x31)),
	BAD(SMC_VALUE, 1, 0, SMC(0x82000000), SET(nr_smc, 2), SET(smc[1].function, 0x82000001),
	    SET(smc[1].args[0].value, 1)),
	BAD(SMC_COUNT, CL_MAX_SMC_RULES + 1, CL_MAX_SMC_RULES, SET(nr_smc, CL_MAX_SMC_RULES + 1)),
};

#define PCI(n) SET(nr_pci, 1), SET(pci[0].bdf, n)

static const struct rule_case pci[] = {
	BAD(PCI_COUNT, CL_MAX_PCI_DEVICES + 1, CL_MAX_PCI_DEVICES,
	    SET(nr_pci, CL_MAX_PCI_DEVICES + 1)),
	GOOD(PCI(0x0fff)),
	BAD(PCI_ADDRESS, 0, 0x1000, PCI(0x1000)),
	BAD(PCI_ADDRESS, 0, 0x10008, PCI(0x10008)),
	BAD(PCI_ADDRESS, 0, 8, PCI(8), SET(pci[0].domain, 1)),
	BAD(PCI_FLAGS, 0, 4, PCI(8), SET(pci[0].flags, 4)),
	BAD(PCI_FLAGS, 0, 1, PCI(8), SET(pci[0].reserved, 1)),
	GOOD(SET(nr_pci, 2), SET(pci[0].bdf, 8), SET(pci[1].bdf, 16)),
	BAD(PCI_TWICE, 8, 0, SET(nr_pci, 2), SET(pci[0].bdf, 8), SET(pci[1].bdf, 8)),
};

static void memory_rules(void **state)
{
	static struct test_config c;

	(void)state;
	cell_config(&c, 0);
	check_cases(&c, default_system(), memory, ARRAY_SIZE(memory));
	check_cases(&c, default_system(), subpages, ARRAY_SIZE(subpages));
}

static void other_rules(void **state)
{
	static struct test_config c;

	(void)state;
	cell_config(&c, 0);
	check_cases(&c, default_system(), others, ARRAY_SIZE(others));
	check_cases(&c, default_system(), emulated_uart, ARRAY_SIZE(emulated_uart));
	check_cases(&c, default_system(), power_button, ARRAY_SIZE(power_button));
}

static void rules_for_the_firmware_and_pci(void **state)
{
	static struct test_config c;

	(void)state;
	cell_config(&c, 0);
	check_cases(&c, default_system(), smc, ARRAY_SIZE(smc));
	check_cases(&c, default_system(), pci, ARRAY_SIZE(pci));
}

static void without_a_host_bridge_there_is_no_pci_device(void **state)
{
	static struct test_config c, s;
	static struct blob blob;
	struct error err = { .rule = CL_RULE_NONE };
	struct config sys;

	(void)state;
	system_config(&s);
	s.system.pci.mmconfig_base = 0;
	blob_build(&blob, &s);
	assert_int_equal(config_parse(blob.bytes, blob.size, CL_KIND_SYSTEM, &sys, &err), 0);
	cell_config(&c, 0);
	c.pci[c.nr_pci++].bdf = 8;
	assert_int_equal(judge(&c, &sys, &err), -CL_EINVAL);
	assert_int_equal(err.rule, CL_RULE_PCI_ADDRESS);
}

static void names_have_their_length_and_characters(void **state)
{
	static struct test_config c;
	struct error err = { .rule = CL_RULE_NONE };

	(void)state;
	cell_config(&c, 0);
	memset(c.cell.name, 'x', CL_NAME_SIZE - 1);
	assert_int_equal(judge(&c, default_system(), &err), 0);
	c.cell.name[CL_NAME_SIZE - 1] = 'x';
	assert_int_equal(judge(&c, default_system(), &err), -CL_EINVAL);
	assert_int_equal(err.rule, CL_RULE_CELL_NAME);

	for (u32 ch = 1; ch < 256; ch++) {
		bool good = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
			    (ch >= '0' && ch <= '9') || ch == '.' || ch == '_' || ch == '-';

		cell_config(&c, 0);
		c.cell.name[2] = (char)ch;
		assert_int_equal(judge(&c, default_system(), &err), good ? 0 : -CL_EINVAL);
	}
}

static void as_many_interrupts_as_there_can_be(void **state)
{
	static struct test_config c;
	static struct blob blob;
	struct error err = { .rule = CL_RULE_NONE };
	struct config cfg;

	(void)state;
	cell_config(&c, 0);
	for (c.nr_spis = 0; c.nr_spis < CL_MAX_SPIS; c.nr_spis++)
		c.spis[c.nr_spis] = 32 + c.nr_spis;
	blob_build(&blob, &c);
	assert_int_equal(config_parse(blob.bytes, blob.size, CL_KIND_CELL, &cfg, &err), 0);
	assert_int_equal(config_check_cell(&cfg, default_system(), 40, 1019, &err), 0);
	assert_int_equal(config_check_cell(&cfg, default_system(), 40, 1018, &err), -CL_EINVAL);
	assert_int_equal(err.rule, CL_RULE_SPI_RANGE);
}

static void the_communication_region_is_found(void **state)
{
	static struct test_config c;
	static struct blob blob;
	struct error err = { .rule = CL_RULE_NONE };
	struct config cfg;

	(void)state;
	cell_config(&c, 0);
	blob_build(&blob, &c);
	assert_int_equal(config_parse(blob.bytes, blob.size, CL_KIND_CELL, &cfg, &err), 0);
	assert_ptr_equal(config_comm_region(&cfg), &cfg.mem[CELL_MEM_COMM]);
	c.nr_mem = CELL_MEM_COMM;
	blob_build(&blob, &c);
	assert_int_equal(config_parse(blob.bytes, blob.size, CL_KIND_CELL, &cfg, &err), 0);
	assert_null(config_comm_region(&cfg));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_rules),
		cmocka_unit_test(other_rules),
		cmocka_unit_test(rules_for_the_firmware_and_pci),
		cmocka_unit_test(without_a_host_bridge_there_is_no_pci_device),
		cmocka_unit_test(names_have_their_length_and_characters),
		cmocka_unit_test(as_many_interrupts_as_there_can_be),
		cmocka_unit_test(the_communication_region_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
