/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICC_SGI1R_EL1 (IHI 0069, 12.2.20) and GICD_SGIR: which values reach whom. Of numbers
 * alone, so that tests on any machine can look at all of them.
 */
#ifndef ARM64_SGI_H
#define ARM64_SGI_H

#include <types.h>

/* A target list of 16 CPUs, and Aff3, RS, Aff2 and Aff1 that say which 16 */
#define SGI1R_TARGETS 0xffffull
#define SGI1R_CLUSTER (MASK(55, 44) | MASK(39, 32) | MASK(23, 16))
#define SGI1R_INTID MASK(27, 24)
#define SGI1R_IRM BIT(40)

/* The value that reaches one CPU, but for the INTID */
static inline u64 sgi_target(u64 mpidr)
{
	u64 aff0 = mpidr & 0xff;

	return BIT(aff0 % 16) | aff0 / 16 << 44 | (mpidr >> 8 & 0xff) << 16 |
	       (mpidr >> 16 & 0xff) << 32 | (mpidr >> 32 & 0xff) << 48;
}

/* Does @value reach the CPU of @target? @self: it is the sender, whom IRM leaves out */
static inline bool sgi_reaches(u64 value, u64 target, bool self)
{
	if (value & SGI1R_IRM)
		return !self;
	return !((value ^ target) & SGI1R_CLUSTER) && (value & target & SGI1R_TARGETS);
}

/**
 * struct sgi_filter - what a CPU may write to the register as it is
 * @cluster: the 16 CPUs that this one is one of
 * @denied: bits that make a value a matter of C where they differ from @cluster:
 *	other clusters, CPUs of other cells, broadcasts, and what is reserved
 */
struct sgi_filter {
	u64 cluster;
	u64 denied;
};

/* Nothing passes but what reaches nobody */
static inline struct sgi_filter sgi_filter_none(void)
{
	return (struct sgi_filter){ 0, ~0ull };
}

/* For the CPU of @target; it reaches itself */
static inline struct sgi_filter sgi_filter_of(u64 target)
{
	return (struct sgi_filter){
		.cluster = target & SGI1R_CLUSTER,
		.denied = ~(SGI1R_INTID | (target & SGI1R_TARGETS)),
	};
}

/* The CPU of @target may be reached, too; if it is in another cluster, not this way */
static inline void sgi_filter_allow(struct sgi_filter *f, u64 target)
{
	if (!((target ^ f->cluster) & SGI1R_CLUSTER))
		f->denied &= ~(target & SGI1R_TARGETS);
}

/* As guest_sysreg_trap in exits.S decides */
static inline bool sgi_passes(const struct sgi_filter *f, u64 value)
{
	return !((value ^ f->cluster) & f->denied);
}

/**
 * struct sgir_filter - what GICD_SGIR of a GICv2 does for a CPU in direct mode
 * @by: by TargetListFilter: bits of a guest's value that count, and bits that are set
 * @ipa: where its guest has the register, or SGIR_IPA_NONE: a store is a matter of C
 */
struct sgir_filter {
	struct {
		u32 taken;
		u32 implied;
	} by[4];
	u64 ipa;
};

#define SGIR_IPA_NONE (~0ull)
#define SGIR_INTID 15u
#define SGIR_TARGETS_SHIFT 16

/* For the CPU of interface @self, in a cell of the interfaces @cell: both as bits */
static inline struct sgir_filter sgir_filter_of(u32 self, u32 cell)
{
	struct sgir_filter f = { .ipa = SGIR_IPA_NONE };

	for (u32 i = 0; i < 3; i++)
		f.by[i].taken = SGIR_INTID;
	f.by[0].taken |= cell << SGIR_TARGETS_SHIFT;
	f.by[1].implied = (cell & ~self) << SGIR_TARGETS_SHIFT;
	f.by[2].implied = (cell & self) << SGIR_TARGETS_SHIFT;
	return f;
}

/*
 * What is written to the register: a list, perhaps an empty one, in which case nothing is
 * sent (IHI 0048, 4.3.15). As store_to_gicv2 in exits.S does it.
 */
static inline u32 sgir_filter_value(const struct sgir_filter *f, u32 value)
{
	u32 which = value >> 24 & 3;

	return (value & f->by[which].taken) | f->by[which].implied;
}

#endif
