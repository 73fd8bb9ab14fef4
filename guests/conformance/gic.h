/* SPDX-License-Identifier: GPL-2.0-only */
/* GICv3 (IHI 0069) and GICv2 (IHI 0048) as the checks use them, with interrupts masked. */
#ifndef CONFORMANCE_GIC_H
#define CONFORMANCE_GIC_H

#include "check.h"

#define GICD_CTLR 0x0000
#define GICD_TYPER 0x0004
#define GICD_IIDR 0x0008
#define GIC_IGROUPR 0x0080
#define GIC_ISENABLER 0x0100
#define GIC_ICENABLER 0x0180
#define GIC_ISPENDR 0x0200
#define GIC_ICPENDR 0x0280
#define GIC_ISACTIVER 0x0300
#define GIC_ICACTIVER 0x0380
#define GIC_IPRIORITYR 0x0400
#define GICD_ITARGETSR 0x0800
#define GIC_ICFGR 0x0c00
#define GICD_SGIR 0x0f00
#define GICD_CPENDSGIR 0x0f10
#define GICD_SPENDSGIR 0x0f20
#define GICD_IROUTER 0x6000
#define GICD_PIDR2_V2 0x0fe8
#define GICD_PIDR2 0xffe8
#define GICD_CTLR_RWP (1u << 31)
#define GICD_CTLR_DS (1u << 6)
#define GICD_CTLR_ARE (1u << 4)

#define GICR_CTLR 0x0000
#define GICR_IIDR 0x0004
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_SGI 0x10000
#define GICR_CTLR_RWP (1u << 3)

#define GICC_CTLR 0x0000
#define GICC_PMR 0x0004
#define GICC_BPR 0x0008
#define GICC_IAR 0x000c
#define GICC_EOIR 0x0010
#define GICC_RPR 0x0014
#define GICC_HPPIR 0x0018
#define GICC_APR 0x00d0
#define GICC_DIR 0x1000
#define GICC_EOIMODE (1u << 9)

#define ICC_CTLR_EOIMODE (1u << 1)

#define SPURIOUS 1023
#define NO_PRIORITY 0xff
#define PPI 22 /* one that no machine here uses */

/* Where the registers of an interrupt are that every interrupt has */
static inline uint64_t bank(uint32_t intid)
{
	return intid < 32 && platform.gic == 3 ? this_cpu()->gicr + GICR_SGI : platform.gicd;
}

static inline uint32_t bit_of(uint32_t intid)
{
	return 1u << intid % 32;
}

static inline uint64_t word_of(uint32_t reg, uint32_t intid)
{
	return bank(intid) + reg + intid / 32 * 4;
}

static inline bool test_bit(uint32_t reg, uint32_t intid)
{
	return mmio_read32(word_of(reg, intid)) & bit_of(intid);
}

static inline void set_bit(uint32_t reg, uint32_t intid)
{
	mmio_write32(word_of(reg, intid), bit_of(intid));
	dsb(sy);
}

static inline bool is_pending(uint32_t intid)
{
	return test_bit(GIC_ISPENDR, intid);
}

static inline bool is_active(uint32_t intid)
{
	return test_bit(GIC_ISACTIVER, intid);
}

/* Until a write to CTLR, or one that disables an interrupt, has its effect */
void wait_rwp(uint32_t intid);
void enable(uint32_t intid);
void disable(uint32_t intid);
void set_priority(uint32_t intid, uint8_t priority);
/* Two bits: 0 level, 2 edge */
uint32_t get_config(uint32_t intid);
void set_config(uint32_t intid, uint32_t config);
/* To a CPU of the guest, by its index there; GICv2: to CPU interfaces by index */
void set_route(uint32_t spi, uint32_t cpu);

/* All interrupts that checks use as after reset, but with group 1, priority 0xa0, edge */
void reset_interrupts(void);

/* Of a GICv2: this CPU's, as a bit. With one CPU there is nothing to read it from. */
static inline uint8_t own_interface(void)
{
	return this_cpu()->interface ? (uint8_t)this_cpu()->interface : 1;
}

/* The CPU interface */
uint32_t acknowledge(void); /* INTID, for a GICv2's SGI with the sender above it */
void end(uint32_t iar);
void deactivate(uint32_t iar);
uint32_t highest_pending(void);
uint32_t running_priority(void);
void set_mask(uint32_t pmr);
uint32_t get_mask(void);
void set_bpr(uint32_t bpr);
uint32_t get_bpr(void);
void set_eoimode(bool separate);
void set_group(bool enabled); /* of the CPU interface */
void set_distributor(bool enabled);
/* Everything open, nothing active */
void reset_interface(void);

/* Is an interrupt signalled to this CPU? Waits for it, or makes sure of the contrary */
bool arrives(void);
bool stays_away(void);

/* An interrupt arrives, is this one, is ended, and nothing else comes */
bool comes_once(uint32_t intid);

#endif
