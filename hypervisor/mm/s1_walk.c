// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage 1 of AArch64 EL1&0 in software: Arm ARM, "Translation process",
 * "Translation table descriptor formats" and TCR_EL1.
 */
#include "mm/pt_internal.h"
#include "mm/s1_walk.h"

#define DESC_VALID BIT(0)
#define DESC_TABLE_OR_PAGE BIT(1)
#define DESC_ATTR(desc) ((desc) >> 2 & 7)
#define DESC_AP_EL0 BIT(6) /* AP[1] */
#define DESC_AP_RO BIT(7) /* AP[2] */
#define DESC_AF BIT(10)
#define DESC_PXN BIT(53)
#define DESC_UXN BIT(54)
#define TABLE_PXN BIT(59)
#define TABLE_UXN BIT(60)
#define TABLE_NO_EL0 BIT(61) /* APTable[0] */
#define TABLE_RO BIT(62) /* APTable[1] */

#define SCTLR_M BIT(0)
#define SCTLR_WXN BIT(19)
#define SCTLR_EE BIT(25)
#define TCR_HA BIT(39)
#define TCR_DS BIT(59) /* FEAT_LPA2 */
#define TCR_IPS(tcr) ((tcr) >> 32 & 7)
#define IPS_52 6
/* D128; AIE; POE, E0POE and PIE: permissions are elsewhere */
#define TCR2_UNKNOWN MASK(5, 1)

#define OA_BITS 48

/* One half of the address space, out of TCR_EL1 */
struct half {
	u64 ttbr;
	unsigned int bits; /* of input */
	unsigned int granule; /* log2 */
	bool disabled; /* EPD */
	bool ignore_top; /* TBI */
	bool flat; /* HPD: no attributes in tables */
};

static bool decode_half(const struct s1_regime *regime, bool upper, struct half *half)
{
	static const u8 tg0[] = { 12, 16, 14, 0 }, tg1[] = { 0, 14, 12, 16 };
	u64 tcr = regime->tcr;
	unsigned int size = upper ? tcr >> 16 & 63 : tcr & 63;

	half->ttbr = regime->ttbr[upper];
	half->granule = upper ? tg1[tcr >> 30 & 3] : tg0[tcr >> 14 & 3];
	half->disabled = tcr >> (upper ? 23 : 7) & 1;
	half->ignore_top = tcr >> (upper ? 38 : 37) & 1;
	half->flat = tcr >> (upper ? 42 : 41) & 1;
	half->bits = 64 - size;
	return half->granule && size >= 16 && half->bits > half->granule && !(tcr & TCR_DS);
}

static unsigned int ips_bits(u64 tcr)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };

	return bits[TCR_IPS(tcr)];
}

/* Through stage 2; counts its reads */
static bool stage2(const struct pt *pt, struct s1_result *result, struct pt_leaf *leaf)
{
	if (!pt_query(pt, result->ipa, leaf))
		return false;
	result->reads += leaf->level - pt->root_level + 1u;
	return true;
}

static enum s1_status read_desc(const struct pt *pt, const struct s1_regime *regime, u64 at,
				struct s1_result *result)
{
	struct pt_leaf leaf;

	result->ipa = IPA(at);
	if (at > pt->ipa_last || at >> ips_bits(regime->tcr))
		return S1_ADDRESS_SIZE;
	if (!stage2(pt, result, &leaf) || !(leaf.perms & PT_READ) || leaf.type != PT_NORMAL)
		return S1_STAGE2_TABLE;
	if (!regime->read(regime->ctx, leaf.pa, &result->desc))
		return S1_UNREADABLE;
	if (regime->big_endian)
		result->desc = __builtin_bswap64(result->desc);
	result->reads++;
	return S1_OK;
}

static u8 without_exec_if_writable(u8 perms)
{
	return perms & PT_WRITE ? perms & (PT_READ | PT_WRITE) : perms;
}

/* @tables: the attributes of all tables on the way, or-ed */
static void permissions(const struct s1_regime *regime, u64 desc, u64 tables,
			struct s1_result *result)
{
	bool el0 = (desc & DESC_AP_EL0) && !(tables & TABLE_NO_EL0);
	bool ro = (desc & DESC_AP_RO) || (tables & TABLE_RO);

	result->el1 = PT_READ;
	result->el0 = el0 ? PT_READ : 0;
	if (!ro) {
		result->el1 |= PT_WRITE;
		result->el0 |= el0 ? PT_WRITE : 0;
	}
	/* What EL0 may write to, EL1 never executes */
	if (!((desc & DESC_PXN) || (tables & TABLE_PXN) || (el0 && !ro)))
		result->el1 |= PT_EXEC;
	if (!((desc & DESC_UXN) || (tables & TABLE_UXN)))
		result->el0 |= PT_EXEC;
	if (regime->wxn) {
		result->el1 = without_exec_if_writable(result->el1);
		result->el0 = without_exec_if_writable(result->el0);
	}
}

static enum s1_status finish(const struct pt *pt, const struct s1_regime *regime, u64 ipa,
			     struct s1_result *result)
{
	struct pt_leaf leaf;

	result->ipa = IPA(ipa);
	if (ipa > pt->ipa_last || (regime->mmu && ipa >> ips_bits(regime->tcr)))
		return S1_ADDRESS_SIZE;
	if (!stage2(pt, result, &leaf))
		return S1_STAGE2;
	result->pa = leaf.pa;
	return S1_OK;
}

/* FEAT_LPA, with 64 KiB: where OA[51:48] stands in a descriptor, and in TTBR */
static bool is_above_48_bits(const struct s1_regime *regime, const struct half *half, u64 value,
			     unsigned int shift)
{
	return half->granule == 16 && TCR_IPS(regime->tcr) == IPS_52 && (value >> shift & 15);
}

static bool block_possible(const struct half *half, int level)
{
	return level == 2 || (level == 1 && half->granule == 12);
}

static enum s1_status walk_half(const struct pt *pt, const struct s1_regime *regime,
				const struct half *half, u64 va, struct s1_result *result)
{
	unsigned int stride = half->granule - 3;
	unsigned int levels = (half->bits - half->granule + stride - 1) / stride;
	u64 input = va & (BIT(half->bits) - 1);
	unsigned int top = half->bits;
	u64 table, tables = 0;

	result->level = 4 - (int)levels;
	if (is_above_48_bits(regime, half, half->ttbr, 2))
		return S1_ADDRESS_SIZE;
	/* The first table holds just as many entries as are needed, and is aligned to that */
	table = half->ttbr & MASK(OA_BITS - 1, 1);
	table = ALIGN_DOWN(table, BIT(top - (levels - 1) * stride - half->granule + 3));

	for (;; result->level++) {
		unsigned int shift = half->granule + stride * (unsigned int)(3 - result->level);
		u64 index = (input & (BIT(top) - 1)) >> shift;
		enum s1_status status = read_desc(pt, regime, table + index * 8, result);
		u64 desc = result->desc;

		if (status != S1_OK)
			return status;
		if (!(desc & DESC_VALID))
			return S1_TRANSLATION;
		if (is_above_48_bits(regime, half, desc, 12))
			return S1_ADDRESS_SIZE;
		if (result->level == 3 || !(desc & DESC_TABLE_OR_PAGE)) {
			if (result->level == 3 ? !(desc & DESC_TABLE_OR_PAGE) :
						 !block_possible(half, result->level))
				return S1_TRANSLATION;
			if (!(desc & DESC_AF) && !(regime->tcr & TCR_HA))
				return S1_ACCESS_FLAG;
			permissions(regime, desc, tables, result);
			result->size = BIT(shift);
			result->attr = (u8)(regime->mair >> (DESC_ATTR(desc) * 8));
			return finish(pt, regime,
				      (desc & MASK(OA_BITS - 1, shift)) |
					      (input & (BIT(shift) - 1)),
				      result);
		}
		if (!half->flat)
			tables |= desc;
		table = desc & MASK(OA_BITS - 1, half->granule);
		top = shift;
	}
}

void s1_regime_set(struct s1_regime *regime, const struct s1_registers *regs)
{
	regime->ttbr[0] = regs->ttbr[0];
	regime->ttbr[1] = regs->ttbr[1];
	regime->tcr = regs->tcr;
	regime->mair = regs->mair;
	regime->mmu = regs->sctlr & SCTLR_M;
	regime->wxn = regs->sctlr & SCTLR_WXN;
	regime->big_endian = regs->sctlr & SCTLR_EE;
	regime->unknown = regs->tcr2 & TCR2_UNKNOWN;
}

enum s1_status s1_walk(const struct pt *pt, const struct s1_regime *regime, gvaddr_t gva,
		       struct s1_result *result)
{
	bool upper = gva.v >> 55 & 1;
	u64 want = upper ? ~0ull : 0;
	struct half half;
	bool known;
	u64 high;

	*result = (struct s1_result){ .el1 = PT_READ | PT_WRITE | PT_EXEC,
				      .el0 = PT_READ | PT_WRITE | PT_EXEC };
	if (!regime->mmu)
		return finish(pt, regime, gva.v, result);
	known = decode_half(regime, upper, &half) && !regime->unknown;
	/* Then TCR_EL1 may say anything else of it */
	if (half.disabled)
		return S1_TRANSLATION;
	if (!known)
		return S1_RESERVED;

	/* Everything above the input is a copy of bit 55, except a tag that is ignored */
	high = MASK(half.ignore_top ? 55 : 63, half.bits);
	if ((gva.v & high) != (want & high))
		return S1_TRANSLATION;
	return walk_half(pt, regime, &half, gva.v, result);
}

static int deepest(const struct pt_visit *visit, void *arg)
{
	unsigned int *level = arg;

	*level = MAX(*level, visit->level);
	return *level == PT_LAST_LEVEL;
}

unsigned int pt_worst_reads(const struct pt *pt, unsigned int s1_levels)
{
	struct pt_visitor visitor = { .leaf = deepest };
	unsigned int level = pt->root_level, s2_levels;

	pt_walk(pt, IPA(0), pt->ipa_last + 1, &visitor, &level);
	s2_levels = level - pt->root_level + 1;
	return s1_levels + (s1_levels + 1) * s2_levels;
}
