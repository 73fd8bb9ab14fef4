// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The CPU interface of a GICv2: what a former guest left there, and the worst to leave. */
#include "fault.h"

#define GICD_ISENABLER 0x100
#define GICD_ISPENDR 0x200
#define GICD_ISACTIVER 0x300
#define GICD_IPRIORITYR 0x400
#define GICD_ICFGR1 0xc04
#define GICD_SGIR 0xf00

#define GICC_CTLR 0x00
#define GICC_PMR 0x04
#define GICC_BPR 0x08
#define GICC_IAR 0x0c
#define GICC_EOIR 0x10
#define GICC_RPR 0x14
#define GICC_HPPIR 0x18
#define GICC_ABPR 0x1c
#define GICC_APR 0xd0
#define GICC_NSAPR 0xe0
#define GICC_DIR 0x1000
#define GICC_CTLR_BYPASS 0x1e0
#define GICC_CTLR_FIQ 0x8
#define GICC_CTLR_EOIMODES 0x600

static void show(const char *what, uint32_t value)
{
	printf("fault: interface: %s 0x%x\n", what, value);
}

/* A reader compares one life's lines with another's. The library has set CTLR, PMR and BPR. */
static void look(uint64_t gicd, uint64_t gicc)
{
	show("CTLR", mmio_read32(gicc + GICC_CTLR) & ~GICC_CTLR_BYPASS);
	show("PMR", mmio_read32(gicc + GICC_PMR));
	show("BPR", mmio_read32(gicc + GICC_BPR));
	show("ABPR", mmio_read32(gicc + GICC_ABPR));
	show("RPR", mmio_read32(gicc + GICC_RPR));
	show("HPPIR", mmio_read32(gicc + GICC_HPPIR));
	for (unsigned int i = 0; i < 16; i += 4) {
		show("APR", mmio_read32(gicc + GICC_APR + i));
		show("NSAPR", mmio_read32(gicc + GICC_NSAPR + i));
	}
	show("enabled", mmio_read32(gicd + GICD_ISENABLER));
	show("pending", mmio_read32(gicd + GICD_ISPENDR));
	show("active", mmio_read32(gicd + GICD_ISACTIVER));
	show("edges", mmio_read32(gicd + GICD_ICFGR1));
}

static void end_everything(uint64_t gicc, uint32_t ctlr)
{
	struct guest_fault fault;

	mmio_write32(gicc + GICC_CTLR, ctlr);
	for (uint32_t intid = 0; intid < 1024; intid++) {
		mmio_write32(gicc + GICC_EOIR, intid);
		/* Behind an interface that traps this is another's page */
		if (!try_write(gicc + GICC_DIR, 4, intid, &fault)) {
			report_fault("GICC_DIR", &fault, EC_DATA_ABORT);
			return;
		}
	}
}

void mode_interface(const uint64_t args[3])
{
	uint64_t gicd = platform.gicd, gicc = platform.gicc;

	if (platform.gic != 2)
		return;
	asm volatile("msr daifset, #3");
	look(gicd, gicc);
	end_everything(gicc, 1);
	end_everything(gicc, 1 | GICC_CTLR_EOIMODES);
	/* One that is active, and others that wait behind it */
	mmio_write32(gicd + GICD_ISENABLER, ~0u);
	for (uint32_t intid = 0; intid < 16; intid++)
		mmio_write32(gicd + GICD_SGIR, 2u << 24 | intid);
	show("taken", mmio_read32(gicc + GICC_IAR));
	mmio_write32(gicd + GICD_ISPENDR, ~0u);
	mmio_write32(gicd + GICD_ISACTIVER, 0x5555ffff);
	mmio_write32(gicd + GICD_ICFGR1, ~0u);
	for (unsigned int i = 0; i < 32; i += 4)
		mmio_write32(gicd + GICD_IPRIORITYR + i, ~0u);
	for (unsigned int i = 0; i < 16; i += 4) {
		mmio_write32(gicc + GICC_APR + i, ~0u);
		mmio_write32(gicc + GICC_NSAPR + i, ~0u);
	}
	mmio_write32(gicc + GICC_PMR, 0);
	mmio_write32(gicc + GICC_BPR, 7);
	mmio_write32(gicc + GICC_ABPR, 7);
	mmio_write32(gicc + GICC_CTLR, GICC_CTLR_EOIMODES | GICC_CTLR_FIQ | GICC_CTLR_BYPASS);
	printf("fault: spinning\n");
	for (;;)
		cpu_relax();
}
