// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * GICv3 (Arm IHI 0069), everything in Group 1 of the guest's own state, and GICv2
 * (IHI 0048), everything in what its CPU interface's first bit enables: without a
 * second security state that is group 0, as interrupts are after reset.
 */
#include "internal.h"

/* Distributor */
#define GICD_CTLR 0x0000
#define GICD_CTLR_ENABLE_G1 (1 << 1)
#define GICD_CTLR_ARE (1 << 4)
#define GICD_CTLR_RWP (1u << 31)
#define GICD_IROUTER 0x6000

/* Distributor, and for INTIDs below 32 the SGI frame of the redistributor */
#define GIC_IGROUPR 0x0080
#define GIC_ISENABLER 0x0100
#define GIC_ICENABLER 0x0180
#define GIC_IPRIORITYR 0x0400

/* Redistributor */
#define GICR_CTLR 0x0000
#define GICR_CTLR_RWP (1 << 3)
#define GICR_TYPER 0x0008
#define GICR_TYPER_VLPIS (1 << 1)
#define GICR_TYPER_LAST (1 << 4)
#define GICR_WAKER 0x0014
#define GICR_WAKER_PROCESSOR_SLEEP (1 << 1)
#define GICR_WAKER_CHILDREN_ASLEEP (1 << 2)
#define GICR_SGI_FRAME 0x10000
#define GICR_FRAME_SIZE 0x20000

/* GICv2: distributor, CPU interface */
#define GICD_ENABLE 1
#define GICD_ITARGETSR 0x0800
#define GICD_SGIR 0x0f00
#define GICC_CTLR 0x0000
#define GICC_PMR 0x0004
#define GICC_BPR 0x0008
#define GICC_IAR 0x000c
#define GICC_EOIR 0x0010
#define GICC_BYTES 0x2000
#define GICV2_CPUS 8

#define FIRST_SPI 32
#define FIRST_SPECIAL_INTID 1020
#define DEFAULT_PRIORITY 0xa0
#define LOWEST_PRIORITY_MASK 0xff
#define MAX_HANDLERS 16

/* How often a register is read before the guest stops waiting for it */
#define SPINS 1000000

struct handler {
	uint32_t intid;
	irq_handler function;
};

static struct handler handlers[MAX_HANDLERS];
static unsigned int nr_handlers;
static spinlock_t lock;

static void wait_clear(uint64_t address, uint32_t bits)
{
	for (unsigned int i = 0; i < SPINS; i++) {
		if (!(mmio_read32(address) & bits))
			return;
		cpu_relax();
	}
}

void gic_for_each_frame(guest_frame_visitor visit, void *context)
{
	uint64_t frame = platform.gicr;
	uint64_t typer, aff;

	if (platform.gic != 3)
		return;
	do {
		if (mmu_map(frame, GICR_FRAME_SIZE, GUEST_DEVICE) ||
		    !try_read(frame + GICR_TYPER, 8, &typer, NULL))
			return;
		aff = typer >> 32;
		if (!visit((aff & 0xff000000) << 8 | (aff & 0xffffff), frame, context))
			return;
		frame += GICR_FRAME_SIZE;
		if (typer & GICR_TYPER_VLPIS)
			frame += GICR_FRAME_SIZE;
	} while (!(typer & GICR_TYPER_LAST));
}

struct cpu_walk {
	guest_cpu_visitor visit;
	void *context;
};

static bool visit_cpu(uint64_t mpidr, uint64_t frame, void *context)
{
	struct cpu_walk *walk = context;

	return walk->visit(mpidr, walk->context);
}

void gic_for_each_cpu(guest_cpu_visitor visit, void *context)
{
	struct cpu_walk walk = { visit, context };

	gic_for_each_frame(visit_cpu, &walk);
	if (platform.gic != 2)
		return;
	for (uint64_t i = 0; i < GICV2_CPUS * GICV2_CPUS; i++)
		if (!visit(i / GICV2_CPUS << 8 | i % GICV2_CPUS, context))
			return;
}

static bool is_mine(uint64_t mpidr, uint64_t frame, void *context)
{
	struct guest_cpu *cpu = context;

	if (mpidr != cpu->mpidr)
		return true;
	cpu->gicr = frame;
	return false;
}

/* The block of registers that has an INTID's bits */
static uint64_t registers(uint32_t intid)
{
	return intid < FIRST_SPI && platform.gic == 3 ? this_cpu()->gicr + GICR_SGI_FRAME :
							platform.gicd;
}

static void init_private(uint64_t base)
{
	mmio_write32(base + GIC_ICENABLER, ~0u);
	if (platform.gic == 3)
		mmio_write32(base + GIC_IGROUPR, ~0u);
	for (unsigned int i = 0; i < FIRST_SPI; i += 4)
		mmio_write32(base + GIC_IPRIORITYR + i, DEFAULT_PRIORITY * 0x01010101u);
}

static void init_cpu_gicv2(struct guest_cpu *cpu)
{
	cpu->interface = mmio_read32(platform.gicd + GICD_ITARGETSR) & 0xff;
	init_private(platform.gicd);
	mmio_write32(platform.gicc + GICC_PMR, LOWEST_PRIORITY_MASK);
	mmio_write32(platform.gicc + GICC_BPR, 0);
	mmio_write32(platform.gicc + GICC_CTLR, 1); /* EOI deactivates */
}

void gic_init_cpu(void)
{
	struct guest_cpu *cpu = this_cpu();

	if (platform.gic == 2)
		init_cpu_gicv2(cpu);
	if (platform.gic != 3)
		return;
	gic_for_each_frame(is_mine, cpu);
	if (!cpu->gicr)
		guest_fail("no redistributor has this CPU's affinity");

	mmio_write32(cpu->gicr + GICR_WAKER,
		     mmio_read32(cpu->gicr + GICR_WAKER) & ~GICR_WAKER_PROCESSOR_SLEEP);
	wait_clear(cpu->gicr + GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP);

	init_private(cpu->gicr + GICR_SGI_FRAME);
	wait_clear(cpu->gicr + GICR_CTLR, GICR_CTLR_RWP);

	write_sysreg(read_sysreg(icc_sre_el1) | 1, icc_sre_el1);
	isb();
	write_sysreg(0, icc_ctlr_el1); /* EOI deactivates */
	write_sysreg(0, icc_bpr1_el1);
	write_sysreg(LOWEST_PRIORITY_MASK, icc_pmr_el1);
	write_sysreg(1, icc_igrpen1_el1);
	isb();
}

static void init_distributor(void)
{
	const uint32_t wanted = GICD_CTLR_ARE | GICD_CTLR_ENABLE_G1;
	uint32_t ctlr;

	if (platform.gic == 2) {
		mmio_write32(platform.gicd + GICD_CTLR, GICD_ENABLE);
		return;
	}
	ctlr = mmio_read32(platform.gicd + GICD_CTLR);
	if ((ctlr & wanted) != wanted) {
		/* Affinity routing first: it must not change with a group on */
		mmio_write32(platform.gicd + GICD_CTLR, GICD_CTLR_ARE);
		wait_clear(platform.gicd + GICD_CTLR, GICD_CTLR_RWP);
		mmio_write32(platform.gicd + GICD_CTLR, wanted);
		wait_clear(platform.gicd + GICD_CTLR, GICD_CTLR_RWP);
	}
}

void gic_init(void)
{
	if (platform.gic && mmu_map(platform.gicd, 0x10000, GUEST_DEVICE))
		platform.gic = 0;
	if (platform.gic == 2 && mmu_map(platform.gicc, GICC_BYTES, GUEST_DEVICE))
		platform.gic = 0;
	if (!platform.gic) {
		printf("guest: no GIC, no interrupts\n");
		return;
	}
	init_distributor();
	gic_init_cpu();
}

/* Entries are never removed, so that readers need no lock. */
static int set_handler(uint32_t intid, irq_handler function)
{
	uint64_t flags = irq_save();
	unsigned int i;
	int ret = 0;

	spin_lock(&lock);
	for (i = 0; i < nr_handlers; i++)
		if (handlers[i].intid == intid)
			break;
	if (i < MAX_HANDLERS) {
		handlers[i].intid = intid;
		__atomic_store_n(&handlers[i].function, function, __ATOMIC_RELAXED);
		if (i == nr_handlers)
			__atomic_store_n(&nr_handlers, i + 1, __ATOMIC_RELEASE);
	} else {
		ret = -1;
	}
	spin_unlock(&lock);
	irq_restore(flags);
	return ret;
}

void irq_set_priority(uint32_t intid, uint8_t priority)
{
	if (platform.gic && intid < FIRST_SPECIAL_INTID)
		mmio_write8(registers(intid) + GIC_IPRIORITYR + intid, priority);
}

int irq_enable(uint32_t intid, irq_handler handler)
{
	uint32_t bit = 1u << (intid % 32);
	uint64_t word = intid / 32 * 4, base;
	uint64_t mpidr = this_cpu()->mpidr;

	if (!platform.gic || intid >= FIRST_SPECIAL_INTID || set_handler(intid, handler))
		return -1;
	base = registers(intid);
	if (intid >= FIRST_SPI) {
		irq_set_priority(intid, DEFAULT_PRIORITY);
		if (platform.gic == 2) {
			mmio_write8(base + GICD_ITARGETSR + intid, (uint8_t)this_cpu()->interface);
		} else {
			mmio_write32(base + GIC_IGROUPR + word,
				     mmio_read32(base + GIC_IGROUPR + word) | bit);
			mmio_write64(base + GICD_IROUTER + intid * 8ull, mpidr);
		}
	}
	mmio_write32(base + GIC_ISENABLER + word, bit);
	return 0;
}

void irq_disable(uint32_t intid)
{
	uint64_t word = intid / 32 * 4;

	if (!platform.gic || intid >= FIRST_SPECIAL_INTID)
		return;
	mmio_write32(registers(intid) + GIC_ICENABLER + word, 1u << (intid % 32));
	if (platform.gic == 2)
		return;
	if (intid < FIRST_SPI)
		wait_clear(this_cpu()->gicr + GICR_CTLR, GICR_CTLR_RWP);
	else
		wait_clear(platform.gicd + GICD_CTLR, GICD_CTLR_RWP);
}

/* A CPU that is not the guest's: by its number, as most machines have it */
static uint32_t interface_of(uint64_t mpidr)
{
	for (unsigned int i = 0; i < GUEST_MAX_CPUS; i++)
		if (guest_cpus[i].interface && guest_cpus[i].mpidr == mpidr)
			return guest_cpus[i].interface;
	return 1u << mpidr % GICV2_CPUS;
}

void sgi_send(uint64_t mpidr, uint32_t intid)
{
	uint64_t aff0 = mpidr & 0xff, aff1 = mpidr >> 8 & 0xff;
	uint64_t aff2 = mpidr >> 16 & 0xff, aff3 = mpidr >> 32 & 0xff;

	if (!platform.gic || aff0 > 15 || intid > 15)
		return;
	/* What was written before must be seen by who is interrupted. */
	dsb(ish);
	if (platform.gic == 2) {
		mmio_write32(platform.gicd + GICD_SGIR, interface_of(mpidr) << 16 | intid);
		return;
	}
	write_sysreg(aff3 << 48 | aff2 << 32 | (uint64_t)intid << 24 | aff1 << 16 | 1ull << aff0,
		     icc_sgi1r_el1);
	isb();
}

static irq_handler find_handler(uint32_t intid)
{
	unsigned int n = __atomic_load_n(&nr_handlers, __ATOMIC_ACQUIRE);

	for (unsigned int i = 0; i < n; i++)
		if (handlers[i].intid == intid)
			return __atomic_load_n(&handlers[i].function, __ATOMIC_RELAXED);
	return NULL;
}

/* INTID, and with GICv2 the sender of an SGI */
static uint32_t acknowledge(void)
{
	if (platform.gic == 2)
		return mmio_read32(platform.gicc + GICC_IAR);
	return read_sysreg(icc_iar1_el1) & 0xffffff;
}

void gic_handle(void)
{
	uint32_t iar = acknowledge();
	uint32_t intid = platform.gic == 2 ? iar & 0x3ff : iar;
	irq_handler handler;

	if (intid >= FIRST_SPECIAL_INTID && intid <= 1023)
		return;
	dsb(sy); /* the acknowledge takes effect before the device is touched */
	handler = find_handler(intid);
	if (handler) {
		handler(intid);
	} else {
		/* Nobody would silence it: see it once only. */
		irq_disable(intid);
		printf("guest: interrupt %u without a handler\n", intid);
	}
	if (platform.gic == 2)
		mmio_write32(platform.gicc + GICC_EOIR, iar);
	else
		write_sysreg(intid, icc_eoir1_el1);
	isb();
}
