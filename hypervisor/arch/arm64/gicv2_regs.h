/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GICv2 (IHI 0048): registers, and what is decided by their values alone, so that
 * tests on any machine can look at it. Also for assembly.
 */
#ifndef ARM64_GICV2_REGS_H
#define ARM64_GICV2_REGS_H

#define GICD_SGIR 0x0f00

#define GICC_CTLR 0x0000
#define GICC_PMR 0x0004
#define GICC_BPR 0x0008
#define GICC_IAR 0x000c
#define GICC_EOIR 0x0010
#define GICC_RPR 0x0014
#define GICC_ABPR 0x001c
#define GICC_APR 0x00d0 /* 4 words */
#define GICC_NSAPR 0x00e0 /* 4 words */
#define GICC_IIDR 0x00fc
#define GICC_DIR 0x1000

#define GICH_HCR 0x0000
#define GICH_VTR 0x0004
#define GICH_VMCR 0x0008
#define GICH_EISR 0x0020
#define GICH_ELRSR 0x0030
#define GICH_APR 0x00f0
#define GICH_LR 0x0100

/* List registers: a pending interrupt with a physical side; places of the fields */
#define GICH_LR_PENDING_HW 0x90000000
#define GICH_LR_PRIORITY_SHIFT 23
#define GICH_LR_PINTID_SHIFT 10

#ifndef __ASSEMBLER__
#include <types.h>

#define GICD_ITARGETSR 0x0800
#define GICD_V2_PIDR2 0x0fe8
#define GICD_CPENDSGIR 0x0f10
#define GICD_SPENDSGIR 0x0f20
#define GICD_IIDR_QEMU 0x43b

/* One state of security, or the non-secure view: bit 0 enables what guests have */
#define GICC_CTLR_ENABLE (1u << 0)
#define GICC_CTLR_BYPASS (15u << 5) /* the firmware's affair */
#define GICC_CTLR_EOIMODE (1u << 9)

#define GICH_HCR_EN (1u << 0)
#define GICH_HCR_UIE (1u << 1) /* no list register in use, or one only */
#define GICH_HCR_NPIE (1u << 3) /* none has a pending interrupt */

#define GICH_LR_HW (1u << 31)
#define GICH_LR_ACTIVE (1u << 29)
#define GICH_LR_PENDING (1u << 28)
#define GICH_LR_EOI (1u << 19) /* without HW: the end of it raises the maintenance interrupt */
#define GICH_LR_PINTID (0x3ffu << GICH_LR_PINTID_SHIFT)
#define GICH_LR_INTID(lr) ((lr)&0x3ff)
#define GICH_LR_SOURCE(lr) ((lr) >> 10 & 7) /* of an SGI */
/* 5 of 8 bits */
#define GICH_LR_PRIORITY(lr) ((u8)((lr) >> GICH_LR_PRIORITY_SHIFT << 3))

#define GICC_IAR_INTID(iar) ((iar)&0x3ff)
#define GICC_IAR_SOURCE(iar) ((iar) >> 10 & 7)

/* A PPI or SPI that is pending for a guest */
static inline u32 gicv2_lr(u32 intid, u8 priority)
{
	return GICH_LR_PENDING_HW | (u32)(priority >> 3) << GICH_LR_PRIORITY_SHIFT |
	       intid << GICH_LR_PINTID_SHIFT | intid;
}

/* An SGI of CPU interface @source; @more: others wait for it to end */
static inline u32 gicv2_sgi_lr(u32 intid, u32 source, u8 priority, bool more)
{
	return GICH_LR_PENDING | (u32)(priority >> 3) << GICH_LR_PRIORITY_SHIFT | source << 10 |
	       intid | (more ? GICH_LR_EOI : 0);
}

/* A CPU interface and its virtual one, as GICH_VMCR has it: Group 0 is what bit 0 enables */
static inline u32 gicv2_vmcr(u32 ctlr, u32 bpr, u32 pmr)
{
	return (ctlr & (GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE)) | (bpr & 7) << 21 |
	       (pmr >> 3 & 31) << 27;
}

#define GICH_VMCR_BPR(vmcr) ((vmcr) >> 21 & 7)
#define GICH_VMCR_PMR(vmcr) ((vmcr) >> 27 << 3)

/**
 * gicv2_sgi_targets() - whom a guest's write to GICD_SGIR is to reach
 * @value: what it wrote
 * @self: its own CPU interface, as a bit
 *
 * Return: CPU interfaces, as bits, of other cells, too.
 */
static inline u32 gicv2_sgi_targets(u32 value, u32 self)
{
	switch (value >> 24 & 3) {
	case 0:
		return value >> 16 & 0xff;
	case 1:
		return 0xff & ~self;
	case 2:
		return self;
	default: /* reserved */
		return 0;
	}
}

/**
 * gicv2_spi_targets() - the byte of GICD_ITARGETSR after a guest's write
 * @old: before
 * @value: what it wrote
 * @cell: CPU interfaces of its cell
 *
 * CPUs of others drop out. If only such were named, all stays as it was.
 */
static inline u8 gicv2_spi_targets(u8 old, u8 value, u8 cell)
{
	return !value || (value & cell) ? value & cell : old;
}

#endif
#endif
