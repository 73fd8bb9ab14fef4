// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Interrupts of others, and the interrupt controller used in odd ways. */
#include "fault.h"

#define GICD_CTLR 0x0000
#define GICD_TYPER 0x0004
#define GICD_SETSPI_NSR 0x0040
#define GIC_IGROUPR 0x0080
#define GIC_ISENABLER 0x0100
#define GIC_ICENABLER 0x0180
#define GIC_ISPENDR 0x0200
#define GIC_ISACTIVER 0x0300
#define GIC_IPRIORITYR 0x0400
#define GICD_ICFGR 0x0c00
#define GICD_ITARGETSR 0x0800
#define GICD_SGIR 0x0f00
#define GICD_SPENDSGIR 0x0f20
#define GICD_IROUTER 0x6000
#define GICR_WAKER 0x0014
#define GICR_PROPBASER 0x0070
#define GICR_PENDBASER 0x0078
#define GICR_PIDR2 0xffe8
#define GICR_SGI_FRAME 0x10000

#define ICC_SGI1R_IRM (1ull << 40)

#define FIRST_SPI 32

static void attempt_write(const char *what, uint64_t address, uint32_t value)
{
	uint64_t before = 0, after = 0;
	struct guest_fault fault;

	if (!try_read(address, 4, &before, &fault) || !try_write(address, 4, value, &fault) ||
	    !try_read(address, 4, &after, &fault)) {
		report_fault(what, &fault, EC_DATA_ABORT);
		return;
	}
	printf("fault: %s: was 0x%lx, wrote 0x%x, is 0x%lx\n", what, before, value, after);
}

static bool touch_frame(uint64_t mpidr, uint64_t frame, void *context)
{
	uint64_t sgi = frame + GICR_SGI_FRAME;

	if (mpidr == this_cpu()->mpidr)
		return true;
	printf("fault: redistributor frame of CPU 0x%lx, PIDR2 0x%x\n", mpidr,
	       mmio_read32(frame + GICR_PIDR2));
	attempt_write("WAKER", frame + GICR_WAKER, 2);
	attempt_write("PROPBASER", frame + GICR_PROPBASER, 0x60000000);
	attempt_write("PENDBASER", frame + GICR_PENDBASER, 0x60000000);
	attempt_write("ISENABLER0", sgi + GIC_ISENABLER, ~0u);
	attempt_write("ICENABLER0", sgi + GIC_ICENABLER, ~0u);
	attempt_write("ISPENDR0", sgi + GIC_ISPENDR, ~0u);
	attempt_write("ISACTIVER0", sgi + GIC_ISACTIVER, ~0u);
	attempt_write("IPRIORITYR0", sgi + GIC_IPRIORITYR, 0);
	return true;
}

static bool send_sgis(uint64_t mpidr, void *context)
{
	if (platform.gic == 3 && mpidr != this_cpu()->mpidr)
		for (uint32_t intid = 0; intid < 16; intid++)
			sgi_send(mpidr, intid);
	return true;
}

static void broadcast_sgis(void)
{
	uint32_t others = 0xff & ~this_cpu()->interface;

	if (platform.gic == 2) {
		/* To those in the list, to all but oneself, and what is reserved */
		for (uint32_t intid = 0; intid < 16; intid++) {
			mmio_write32(platform.gicd + GICD_SGIR, others << 16 | intid);
			mmio_write32(platform.gicd + GICD_SGIR, 1u << 24 | 0xffu << 16 | intid);
			mmio_write32(platform.gicd + GICD_SGIR, 3u << 24 | 0xffu << 16 | intid);
		}
		return;
	}
	for (uint64_t intid = 0; intid < 16; intid++)
		write_sysreg(ICC_SGI1R_IRM | intid << 24, icc_sgi1r_el1);
	isb();
}

static void send_group0(void)
{
	struct guest_fault fault;
	bool sent;

	fault_catch();
	write_sysreg(ICC_SGI1R_IRM, icc_sgi0r_el1);
	write_sysreg(ICC_SGI1R_IRM, icc_asgi1r_el1);
	isb();
	sent = !fault_caught(&fault);
	report_value("Group 0 SGIs sent", sent, sent, &fault);
}

void mode_foreign_gic(const uint64_t args[3])
{
	uint64_t gicd = platform.gicd;
	uint32_t words, ctlr;

	if (!platform.gic)
		return;
	ctlr = mmio_read32(gicd + GICD_CTLR);
	gic_for_each_frame(touch_frame, NULL);

	words = (mmio_read32(gicd + GICD_TYPER) & 0x1f) + 1;
	for (uint32_t word = 1; word < words; word++) {
		uint64_t n = 4 * word;

		printf("fault: SPIs %u..%u\n", 32 * word, 32 * word + 31);
		attempt_write("ISENABLER", gicd + GIC_ISENABLER + n, ~0u);
		attempt_write("ICENABLER", gicd + GIC_ICENABLER + n, ~0u);
		attempt_write("ISPENDR", gicd + GIC_ISPENDR + n, ~0u);
		attempt_write("ISACTIVER", gicd + GIC_ISACTIVER + n, ~0u);
		attempt_write("IGROUPR", gicd + GIC_IGROUPR + n, 0);
		attempt_write("ICFGR", gicd + GICD_ICFGR + 2 * n, ~0u);
		attempt_write("IPRIORITYR", gicd + GIC_IPRIORITYR + 8 * n, 0);
		if (platform.gic == 2)
			attempt_write("ITARGETSR", gicd + GICD_ITARGETSR + 8 * n, ~0u);
		else
			attempt_write("IROUTER", gicd + GICD_IROUTER + 8ull * 32 * word,
				      (uint32_t)this_cpu()->mpidr);
	}
	if (platform.gic == 2) {
		attempt_write("SPENDSGIR", gicd + GICD_SPENDSGIR, ~0u);
		/* A QEMU that is told so has an SGI without a sender, and dies of it */
		attempt_write("SPENDSGIR, none", gicd + GICD_SPENDSGIR + 4, 0);
	}
	attempt_write("GICD_CTLR", gicd + GICD_CTLR, 0);
	attempt_write("GICD_SGIR", gicd + GICD_SGIR, 1 << 24);
	attempt_write("GICD_SETSPI_NSR", gicd + GICD_SETSPI_NSR, FIRST_SPI + 1);
	if (platform.gic == 3)
		attempt_write("IROUTER of no SPI", gicd + GICD_IROUTER + 8 * 1020, 0);

	gic_for_each_cpu(send_sgis, NULL);
	broadcast_sgis();
	printf("fault: SGIs sent to everybody\n");

	if (platform.gic == 3)
		send_group0();
	mmio_write32(gicd + GICD_CTLR, ctlr); /* the guest needs its own */
}

void mode_sgi_storm(const uint64_t args[3])
{
	uint64_t count = 0;

	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST) {
		gic_for_each_cpu(send_sgis, NULL);
		broadcast_sgis();
		count++;
		cpu_relax();
	}
	printf("fault: %lu rounds of SGIs\n", count);
}

static void let_it_pend(uint32_t intid)
{
	(void)intid;
}

/* The handler does not turn the timer off: it interrupts again before anything else runs */
void mode_irq_storm(const uint64_t args[3])
{
	irq_enable(TIMER_INTID, let_it_pend);
	printf("fault: the timer interrupts\n");
	write_sysreg(0, cntv_cval_el0);
	write_sysreg(1, cntv_ctl_el0);
	isb();
	for (;;)
		cpu_relax();
}

#define ODD_AT(base, what, code)                                                             \
	do {                                                                                 \
		uint64_t address_ = (base), value_ = 0, more_ = 0;                           \
		struct guest_fault fault_;                                                   \
		fault_catch();                                                               \
		asm volatile(code : "+r"(value_), "+r"(more_), "+r"(address_) : : "memory"); \
		report_value(what, !fault_caught(&fault_), value_, &fault_);                 \
	} while (0)
#define ODD(what, code) ODD_AT(gicd, what, code)

/* A register that takes bytes, with the sign bit set: the priority of an SGI */
static void signed_loads(void)
{
	uint64_t priority = this_cpu()->gicr + GICR_SGI_FRAME + GIC_IPRIORITYR + 8;

	mmio_write32(priority, 0x10a0);
	ODD_AT(priority, "unsigned byte", "mov %0, #-1\n\tldrb %w0, [%2]");
	ODD_AT(priority, "signed byte to w", "mov %0, #-1\n\tldrsb %w0, [%2]");
	ODD_AT(priority, "signed byte to x", "mov %0, #-1\n\tldrsb %0, [%2]");
	ODD_AT(priority, "positive byte to x", "mov %0, #-1\n\tldrsb %0, [%2, #1]");
	ODD_AT(priority, "word to x", "mov %0, #-1\n\tldr %w0, [%2]");
	ODD_AT(priority, "stored byte", "mov %0, #0xffb0\n\tstrb %w0, [%2]\n\tldr %w0, [%2]");
	ODD_AT(priority, "stored xzr", "strb wzr, [%2]\n\tldr %w0, [%2]");
}

/*
 * ESR_EL2 does not describe most of these (ISV = 0). The base is the
 * distributor's GICD_CTLR, GICD_TYPER behind it.
 */
void mode_odd_mmio(const uint64_t args[3])
{
	uint64_t gicd = platform.gicd, value;
	struct guest_fault fault;
	uint32_t ctlr;

	if (!platform.gicr)
		return;
	ctlr = mmio_read32(gicd + GICD_CTLR);
	ODD("load with post-index", "ldr %w0, [%2], #4");
	ODD("load with pre-index", "ldr %w0, [%2, #4]!");
	ODD("load pair", "ldp %w0, %w1, [%2]");
	ODD("load pair of words", "ldpsw %0, %1, [%2]");
	ODD("signed byte", "ldrsb %0, [%2, #4]");
	ODD("signed half word", "ldrsh %w0, [%2, #4]");
	ODD("signed word", "ldrsw %0, [%2, #4]");
	ODD("byte", "ldrb %w0, [%2, #5]");
	ODD("half word across", "ldrh %w0, [%2, #3]");
	ODD("double word", "ldr %0, [%2]");
	ODD("double word, misaligned", "ldr %0, [%2, #4]");
	ODD("acquire", "ldar %w0, [%2]");
	ODD("exclusive", "ldxr %w0, [%2]");
	ODD("exclusive pair", "ldxp %w0, %w1, [%2]");
	ODD("unprivileged", "ldtr %w0, [%2]");
	ODD("load to xzr", "ldr wzr, [%2]");
	ODD("store with post-index", "str wzr, [%2], #4");
	ODD("store pair", "stp wzr, wzr, [%2, #4]");
	ODD("prefetch", "prfm pldl1keep, [%2]");
	ODD("clean", "dc cvac, %2");
	ODD("invalidate", "dc ivac, %2");
	ODD("zero", "dc zva, %2");
	ODD("translate", "at s1e1r, %2");
	ODD("last word of the distributor", "mov x9, #0xfffc\n\t"
					    "ldr %w0, [%2, x9]");
	mmio_write32(gicd + GICD_CTLR, ctlr); /* stores have changed it */
	signed_loads();

	/* Beyond the distributor's 64 KiB: nothing, or a device of others */
	if (try_read(gicd + 0x10000, 4, &value, &fault))
		report_value("behind the distributor", true, value, &fault);
	else
		report_fault("behind the distributor", &fault, EC_DATA_ABORT);
	if (try_call(gicd, &fault))
		printf("fault: execute the distributor: NO fault\n");
	else
		report_fault("execute the distributor", &fault, EC_INSTRUCTION_ABORT);
}
