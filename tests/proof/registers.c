// SPDX-License-Identifier: GPL-2.0-only
/* Registers and widths, for all inputs: there is no bound here. */
#include "mm/pt_arm64_s2.h"
#include "mm/pt_internal.h"
#include "mm/s2_features.h"
#include "prove.h"

static bool width_exists(unsigned int bits)
{
	return bits == 32 || bits == 36 || bits == 39 || bits == 40 || bits == 42 || bits == 43 ||
	       bits == 44 || bits == 48;
}

/* VTCR_EL2 field by field, as the Arm ARM has it */
static void vtcr(void)
{
	unsigned int ipa_bits = nondet_uint(), pa_bits = nondet_uint();
	u64 features = nondet_u64(), root;
	u64 v = s2_vtcr(ipa_bits, pa_bits, features);
	bool ha = features & S2_HA, hd = features & S2_HD;
	static const u8 width[] = { 32, 36, 40, 42, 44, 48 };

	PROVE(!v == !(width_exists(ipa_bits) && ipa_bits <= pa_bits && pa_bits <= 56 &&
		      (ha || !hd)),
	      "0 for exactly what the architecture does not have");
	if (!v)
		return;
	root = ipa_bits >= 44 ? 0 : 1;
	PROVE((v & 63) == 64 - ipa_bits, "T0SZ");
	PROVE((v >> 6 & 3) == 2 - root, "SL0");
	PROVE((v >> 8 & 3) == 1 && (v >> 10 & 3) == 1 && (v >> 12 & 3) == 3 && (v >> 14 & 3) == 0,
	      "IRGN0, ORGN0, SH0, TG0");
	PROVE((v >> 16 & 7) <= 5, "PS is one without LPA2");
	PROVE(width[v >> 16 & 7] <= pa_bits, "PS promises no more than there is");
	PROVE((v >> 16 & 7) == 5 || width[(v >> 16 & 7) + 1] > pa_bits, "PS promises all there is");
	for (unsigned int i = 0; i < ARRAY_SIZE(width); i++)
		PROVE(pa_bits != width[i] || ipa_bits <= width[v >> 16 & 7],
		      "with a PARange that exists, the input is no wider than the output");
	PROVE((v >> 19 & 1) == !!(features & S2_VMID16), "VS");
	PROVE((v >> 21 & 1) == ha && (v >> 22 & 1) == hd, "HA, HD");
	PROVE(!(v & ~(MASK(18, 0) | BIT(19) | BIT(21) | BIT(22) | BIT(31))) && (v & BIT(31)),
	      "nothing else but RES1");
}

static void vttbr(void)
{
	struct pt pt;
	bool cnp = nondet_bool();
	u64 root = nondet_u64(), v;

	ASSUME((root & ~MASK(47, 12)) == 0);
	pt.vmid = nondet_u16();
	pt.phys_to_virt = nondet_u64();
	pt.root = (u64 *)(uintptr_t)(root + pt.phys_to_virt);
	v = s2_vttbr(&pt, cnp);
	PROVE(v >> 48 == pt.vmid && (v & MASK(47, 1)) == root && (v & 1) == cnp,
	      "VMID, root and CnP, each in its place");
}

static void widths(void)
{
	u64 highest = nondet_u64();
	unsigned int pa_bits = nondet_uint(), parange = nondet_uint(), other = nondet_uint();
	int bits = pt_ipa_bits_for(highest, pa_bits);

	if (bits > 0) {
		PROVE(width_exists((unsigned int)bits) && (unsigned int)bits <= pa_bits &&
			      !(highest >> bits),
		      "the width exists, is possible and suffices");
		PROVE(!(width_exists(other) && other < (unsigned int)bits && !(highest >> other)),
		      "no narrower one would do");
	} else {
		PROVE(bits == -CL_ERANGE, "the error is -CL_ERANGE");
		PROVE(!(width_exists(other) && other <= pa_bits && !(highest >> other)),
		      "there is none");
	}
	bits = (int)s2_pa_bits(parange);
	PROVE(bits == 0 ? parange > 7 : parange <= 7 && bits >= 32 && bits <= 56, "PARange");
	PROVE(parange >= 7 || s2_pa_bits(parange) < s2_pa_bits(parange + 1), "PARange grows");
}

/* What all CPUs have is what each has, whatever the ID registers say */
static bool at_most(const struct s2_features *a, const struct s2_features *b)
{
	return a->pa_bits <= b->pa_bits && a->granule_4k <= b->granule_4k &&
	       a->vmid_bits <= b->vmid_bits && a->ha <= b->ha && a->hd <= b->hd &&
	       a->xnx <= b->xnx && a->cnp <= b->cnp && a->fwb <= b->fwb && a->ttl <= b->ttl &&
	       a->bbm <= b->bbm && a->tlbi_ranges <= b->tlbi_ranges;
}

static struct s2_ids any_ids(void)
{
	return (struct s2_ids){
		.mmfr0 = nondet_u64(),
		.mmfr1 = nondet_u64(),
		.mmfr2 = nondet_u64(),
		.isar0 = nondet_u64(),
	};
}

static void features(void)
{
	struct s2_ids a = any_ids(), b = any_ids();
	struct s2_features fa = s2_features_of(&a), fb = s2_features_of(&b);
	struct s2_features both = s2_features_common(&fa, &fb);
	u64 flags = s2_vtcr_flags(&both);

	PROVE(at_most(&both, &fa) && at_most(&both, &fb), "common is no more than each has");
	PROVE(fa.pa_bits <= 48, "48 bits of output are used at most");
	PROVE(fa.vmid_bits == 8 || fa.vmid_bits == 16, "VMIDs have 8 or 16 bits");
	PROVE(both.pa_bits < 32 || s2_vtcr(32, both.pa_bits, flags) != 0,
	      "what the features lead to is a VTCR_EL2 that exists");
}

int main(void)
{
	vtcr();
	vttbr();
	widths();
	features();
	return 0;
}
