/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's own translation, done in software: stage 1 of AArch64 EL1&0, every
 * table address going through stage 2. For tools, for faults without a valid
 * HPFAR_EL2, and to count what a TLB miss costs.
 */
#ifndef MM_S1_WALK_H
#define MM_S1_WALK_H

#include "mm/pt.h"

/**
 * struct s1_registers - a guest's registers, as one of its CPUs has them
 * @sctlr: SCTLR_EL1
 * @tcr: TCR_EL1
 * @tcr2: TCR2_EL1, or 0 if the CPU has none
 * @mair: MAIR_EL1
 * @ttbr: TTBR0_EL1 and TTBR1_EL1
 */
struct s1_registers {
	u64 sctlr;
	u64 tcr;
	u64 tcr2;
	u64 mair;
	u64 ttbr[2];
};

/**
 * struct s1_regime - a guest's translation
 * @ttbr: TTBR0_EL1 and TTBR1_EL1
 * @tcr: TCR_EL1
 * @mair: MAIR_EL1
 * @mmu: SCTLR_EL1.M
 * @wxn: SCTLR_EL1.WXN
 * @big_endian: SCTLR_EL1.EE
 * @unknown: TCR2_EL1 has a feature enabled that changes descriptors
 * @read: reads 8 bytes of the guest's memory at a physical address, which is a
 *	multiple of 8; false where that is not possible
 * @ctx: for @read
 */
struct s1_regime {
	u64 ttbr[2];
	u64 tcr;
	u64 mair;
	bool mmu;
	bool wxn;
	bool big_endian;
	bool unknown;
	bool (*read)(void *ctx, paddr_t pa, u64 *value);
	void *ctx;
};

/**
 * enum s1_status - how a walk ended
 * @S1_OK: the address is mapped in both stages
 * @S1_TRANSLATION: stage 1 has no mapping; s1_result.level
 * @S1_ADDRESS_SIZE: an address above TCR_EL1.IPS, or above stage 2's width
 * @S1_ACCESS_FLAG: the leaf's access flag is clear, TCR_EL1.HA too
 * @S1_RESERVED: TCR_EL1 holds a value that the architecture does not define, or
 *	one that makes addresses longer than 48 bits; or s1_regime.unknown
 * @S1_STAGE2_TABLE: stage 2 does not let the table at s1_result.ipa be read, or has
 *	a device there (HCR_EL2.PTW), or memory that is not cacheable
 * @S1_STAGE2: stage 2 has no mapping for the result, s1_result.ipa
 * @S1_UNREADABLE: the read function failed
 */
enum s1_status {
	S1_OK,
	S1_TRANSLATION,
	S1_ADDRESS_SIZE,
	S1_ACCESS_FLAG,
	S1_RESERVED,
	S1_STAGE2_TABLE,
	S1_STAGE2,
	S1_UNREADABLE,
};

/**
 * struct s1_result - what a walk found
 * @ipa: where stage 1 leads, or what stage 2 has refused
 * @pa: where stage 2 leads; valid with S1_OK
 * @level: stage-1 level at which the walk ended
 * @size: bytes that the leaf of stage 1 maps; 0 without one
 * @desc: the last stage-1 descriptor
 * @attr: byte of MAIR_EL1 that the leaf names; 0, Device-nGnRnE, with the MMU off
 * @el1: PT_* that stage 1 gives to EL1, without PAN
 * @el0: the same for EL0
 * @reads: descriptors read, of both stages
 */
struct s1_result {
	ipaddr_t ipa;
	paddr_t pa;
	int level;
	u64 size;
	u64 desc;
	u8 attr;
	u8 el1;
	u8 el0;
	unsigned int reads;
};

/**
 * s1_regime_set() - what registers say
 * @regime: all but s1_regime.read and s1_regime.ctx is filled in
 * @regs: any values
 */
void s1_regime_set(struct s1_regime *regime, const struct s1_registers *regs);

/**
 * s1_walk() - translate a guest virtual address
 * @pt: the guest's stage 2
 * @regime: its stage 1
 * @gva: any address
 * @result: to be filled in as far as the walk gets
 *
 * Granules of 4, 16 and 64 KiB, addresses of up to 48 bits.
 *
 * Return: enum s1_status.
 */
enum s1_status s1_walk(const struct pt *pt, const struct s1_regime *regime, gvaddr_t gva,
		       struct s1_result *result);

/**
 * pt_worst_reads() - descriptor reads of a TLB miss at worst
 * @pt: a guest's stage 2, as it is now
 * @s1_levels: levels of the guest's stage 1: 3 or 4
 *
 * Each level of stage 1 is read through stage 2, and so is the data. Its own
 * read is not counted.
 *
 * Return: s1_levels + (s1_levels + 1) * levels of stage 2 down to its smallest leaf.
 */
unsigned int pt_worst_reads(const struct pt *pt, unsigned int s1_levels);

#endif
