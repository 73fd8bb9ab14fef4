// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* GICv3 (Arm IHI 0069): everything in Group 1 of the guest's own state. */
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

	if (!frame)
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
	return intid < FIRST_SPI ? this_cpu()->gicr + GICR_SGI_FRAME : platform.gicd;
}

void gic_init_cpu(void)
{
	struct guest_cpu *cpu = this_cpu();
	uint64_t sgi;

	if (!platform.gicr)
		return;
	gic_for_each_frame(is_mine, cpu);
	if (!cpu->gicr)
		guest_fail("no redistributor has this CPU's affinity");

	mmio_write32(cpu->gicr + GICR_WAKER,
		     mmio_read32(cpu->gicr + GICR_WAKER) & ~GICR_WAKER_PROCESSOR_SLEEP);
	wait_clear(cpu->gicr + GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP);

	sgi = cpu->gicr + GICR_SGI_FRAME;
	mmio_write32(sgi + GIC_ICENABLER, ~0u);
	mmio_write32(sgi + GIC_IGROUPR, ~0u);
	for (unsigned int i = 0; i < FIRST_SPI; i += 4)
		mmio_write32(sgi + GIC_IPRIORITYR + i, DEFAULT_PRIORITY * 0x01010101u);
	wait_clear(cpu->gicr + GICR_CTLR, GICR_CTLR_RWP);

	write_sysreg(read_sysreg(icc_sre_el1) | 1, icc_sre_el1);
	isb();
	write_sysreg(0, icc_ctlr_el1); /* EOI deactivates */
	write_sysreg(0, icc_bpr1_el1);
	write_sysreg(LOWEST_PRIORITY_MASK, icc_pmr_el1);
	write_sysreg(1, icc_igrpen1_el1);
	isb();
}

void gic_init(void)
{
	const uint32_t wanted = GICD_CTLR_ARE | GICD_CTLR_ENABLE_G1;
	uint32_t ctlr;

	if (platform.gicr && mmu_map(platform.gicd, 0x10000, GUEST_DEVICE))
		platform.gicr = 0;
	if (!platform.gicr) {
		printf("guest: no GICv3, no interrupts\n");
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
	if (platform.gicr && intid < FIRST_SPECIAL_INTID)
		mmio_write8(registers(intid) + GIC_IPRIORITYR + intid, priority);
}

int irq_enable(uint32_t intid, irq_handler handler)
{
	uint32_t bit = 1u << (intid % 32);
	uint64_t word = intid / 32 * 4, base;
	uint64_t mpidr = this_cpu()->mpidr;

	if (!platform.gicr || intid >= FIRST_SPECIAL_INTID || set_handler(intid, handler))
		return -1;
	base = registers(intid);
	if (intid >= FIRST_SPI) {
		mmio_write32(base + GIC_IGROUPR + word,
			     mmio_read32(base + GIC_IGROUPR + word) | bit);
		irq_set_priority(intid, DEFAULT_PRIORITY);
		mmio_write64(base + GICD_IROUTER + intid * 8ull, mpidr);
	}
	mmio_write32(base + GIC_ISENABLER + word, bit);
	return 0;
}

void irq_disable(uint32_t intid)
{
	uint64_t word = intid / 32 * 4;

	if (!platform.gicr || intid >= FIRST_SPECIAL_INTID)
		return;
	mmio_write32(registers(intid) + GIC_ICENABLER + word, 1u << (intid % 32));
	if (intid < FIRST_SPI)
		wait_clear(this_cpu()->gicr + GICR_CTLR, GICR_CTLR_RWP);
	else
		wait_clear(platform.gicd + GICD_CTLR, GICD_CTLR_RWP);
}

void sgi_send(uint64_t mpidr, uint32_t intid)
{
	uint64_t aff0 = mpidr & 0xff, aff1 = mpidr >> 8 & 0xff;
	uint64_t aff2 = mpidr >> 16 & 0xff, aff3 = mpidr >> 32 & 0xff;

	if (!platform.gicr || aff0 > 15 || intid > 15)
		return;
	/* What was written before must be seen by who is interrupted. */
	dsb(ish);
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

void gic_handle(void)
{
	uint32_t intid = read_sysreg(icc_iar1_el1) & 0xffffff;
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
	write_sysreg(intid, icc_eoir1_el1);
	isb();
}
