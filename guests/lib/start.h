/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Register values for start.S and mmu.c (Arm ARM, DDI 0487, chapter D19). */
#ifndef GUEST_START_H
#define GUEST_START_H

#define STACK_BYTES 4096 /* of each CPU, as guest.lds has it */

#define HCR_RW (1 << 31)
#define HCR_HCD (1 << 29)
#define CNTHCTL_EL1_ALL 3 /* EL1PCTEN, EL1PCEN */
#define CPTR_NO_TRAPS 0x33ff /* RES1 bits only */
#define ID_PFR0_GIC 24
#define ID_DFR0_PMUVER 8
#define ICC_SRE_SRE 1
#define ICC_SRE_ENABLE 8
#define PMCR_N 11
#define CTR_DMINLINE 16
#define SPSR_EL1H_MASKED 0x3c5

#define SCTLR_RES1 0x30d00800
/* and I, SA, C, M */
#define SCTLR_ON (SCTLR_RES1 | 1 << 12 | 1 << 3 | 1 << 2 | 1 << 0)

/*
 * 39 bits from TTBR0, 4 KiB granule: the walk starts at level 1, and one page
 * holds it. Walks are inner shareable, write-back; TTBR1 is off.
 */
#define TCR_T0SZ 25
#define TCR_VALUE (TCR_T0SZ | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23)
#define TCR_IPS 32

/* Attribute 0: normal, write-back; 1: device nGnRE */
#define MAIR_VALUE 0x04ff

#define TABLE_DESCRIPTOR 3
#define NORMAL_BLOCK 0x0040000000000701 /* UXN, AF, inner shareable, attribute 0 */
#define DEVICE_BLOCK 0x0060000000000405 /* UXN, PXN, AF, attribute 1 */

#define R_AARCH64_RELATIVE 1027

#endif
