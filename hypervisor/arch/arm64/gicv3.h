/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_GICV3_H
#define ARM64_GICV3_H

#include <config/error.h>
#include <mmio.h>
#include <private.h>
#include <spinlock.h>

struct cell;
struct cpu;

/* What was found by gic_probe(): the same for all guests */
struct gic {
	u64 gicd_pa;
	u32 typer;
	u32 iidr;
	u32 gicd_pidr2;
	u32 gicr_pidr2;
	u32 max_intid;
};
extern struct gic gic;

/* For whoever changes a part of a GICD_ICFGR, which 16 interrupts share */
extern spinlock_t gicd_config_lock;

/**
 * struct access - one load or store of a guest to a device
 * @offset: from the start of the device
 * @value: stored, or to be loaded
 * @size: 1, 2, 4 or 8 bytes; @offset is a multiple of it
 * @write: store
 */
struct access {
	u64 offset;
	u64 value;
	u32 size;
	bool write;
};

/* Distributor and redistributors as a cell sees them. false: no such access */
bool gicd_access(struct cell *cell, struct access *a);
bool gicr_access(struct cell *cell, struct cpu *cpu, struct access *a);

/* The redistributor frames of @ipa: whose, and where in them; NULL: nobody's */
struct cpu *gicr_find(u64 ipa, u64 *offset);

/* A guest's ICC_SGI1R_EL1 write */
void gic_send_sgi(struct cell *cell, u64 value);

/* A cell's SPIs as after reset, sent to its first CPU */
void gicd_reset_spi(struct cell *cell, u32 spi);

#define GICD_SIZE 0x10000
#define GICD_CTLR 0x0000
#define GICD_TYPER 0x0004
#define GICD_IIDR 0x0008
#define GICD_IGROUPR 0x0080
#define GICD_ISENABLER 0x0100
#define GICD_ICENABLER 0x0180
#define GICD_ISPENDR 0x0200
#define GICD_ICPENDR 0x0280
#define GICD_ISACTIVER 0x0300
#define GICD_ICACTIVER 0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR 0x0c00
#define GICD_IROUTER 0x6000
#define GICD_PIDR2 0xffe8

#define GICD_CTLR_RWP (1u << 31)
#define GICD_CTLR_DS (1u << 6)
#define GICD_CTLR_ARE_NS (1u << 4)
#define GICD_CTLR_ENABLE_G1A (1u << 1)
#define GICD_CTLR_ENABLE_G1 (1u << 0)

#define GICD_TYPER_NMI (1u << 9)
#define GICD_TYPER_SECURITY (1u << 10)
#define GICD_TYPER_NO1N (1u << 25)
/* num_LPIs, MBIS, LPIS, DVIS */
#define GICD_TYPER_MESSAGES (0x1fu << 11 | 7u << 16)

#define GICR_CTLR 0x0000
#define GICR_IIDR 0x0004
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_PROPBASER 0x0070
#define GICR_PENDBASER 0x0078
#define GICR_INVLPIR 0x00a0
#define GICR_INVALLR 0x00b0
#define GICR_SYNCR 0x00c0
#define GICR_PIDR2 0xffe8
#define GICR_CTLR_RWP (1u << 3)
#define GICR_TYPER_PLPIS (1ull << 0)
#define GICR_TYPER_DIRECT_LPI (1ull << 3)
#define GICR_TYPER_LAST (1u << 4)
#define GICR_TYPER_VLPIS (1u << 1)
#define GICR_SGI 0x10000 /* the second frame: registers as in the distributor */
#define GICR_FRAMES_SIZE 0x20000
#define GICR_TYPER_PPINUM(typer) ((u32)((typer) >> 27 & 31))
#define GICD_TYPER_ESPI (1u << 8)

#endif
