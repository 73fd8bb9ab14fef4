// SPDX-License-Identifier: GPL-2.0-only
/* System registers of cells: what ID registers tell, and what becomes of what traps. */
#include <arch/arm64/idregs.h>
#include <arch/arm64/sysreg_table.h>

#include "fixture.h"

#define ALL (~0u)

/* The fields that a cell sees, as the Arm ARM names them, and the most they say */
static const struct {
	u32 crm, op2, shift, most;
} seen[] = {
	/* ID_PFR0: State0..3, CSV2, DIT, RAS */
	{ 1, 0, 0, ALL },
	{ 1, 0, 4, ALL },
	{ 1, 0, 8, ALL },
	{ 1, 0, 12, ALL },
	{ 1, 0, 16, ALL },
	{ 1, 0, 24, ALL },
	{ 1, 0, 28, 1 },
	/* ID_PFR1: ProgMod, MProgMod, GenTimer, GIC */
	{ 1, 1, 0, ALL },
	{ 1, 1, 8, ALL },
	{ 1, 1, 16, ALL },
	{ 1, 1, 28, 1 },
	/* ID_DFR0: CopDbg, PerfMon */
	{ 1, 2, 0, ALL },
	{ 1, 2, 24, ALL },
	/* ID_PFR2: CSV3, SSBS */
	{ 3, 4, 0, ALL },
	{ 3, 4, 4, ALL },
	/* ID_AA64PFR0: EL0, EL1, FP, AdvSIMD, GIC, RAS, SVE, DIT, CSV2, CSV3 */
	{ 4, 0, 0, ALL },
	{ 4, 0, 4, 1 },
	{ 4, 0, 16, ALL },
	{ 4, 0, 20, ALL },
	{ 4, 0, 24, 1 },
	{ 4, 0, 28, 1 },
	{ 4, 0, 32, ALL },
	{ 4, 0, 48, ALL },
	{ 4, 0, 56, 1 },
	{ 4, 0, 60, ALL },
	/* ID_AA64PFR1: BT, SSBS, CSV2_frac */
	{ 4, 1, 0, ALL },
	{ 4, 1, 4, ALL },
	{ 4, 1, 32, 1 },
	/* ID_AA64DFR0: DebugVer, PMUVer, BRPs, WRPs, CTX_CMPs, DoubleLock */
	{ 5, 0, 0, ALL },
	{ 5, 0, 8, ALL },
	{ 5, 0, 12, ALL },
	{ 5, 0, 20, ALL },
	{ 5, 0, 28, ALL },
	{ 5, 0, 36, ALL },
	/* ID_AA64ISAR2: WFxT, RPRES, GPA3, APA3, BC, PAC_frac, CLRBHB, PRFMSLC, */
	{ 6, 2, 0, ALL },
	{ 6, 2, 4, ALL },
	{ 6, 2, 8, ALL },
	{ 6, 2, 12, ALL },
	{ 6, 2, 20, ALL },
	{ 6, 2, 24, ALL },
	{ 6, 2, 28, ALL },
	{ 6, 2, 40, ALL },
	/* RPRFM, CSSC, LUT */
	{ 6, 2, 48, ALL },
	{ 6, 2, 52, ALL },
	{ 6, 2, 56, ALL },
	/* ID_AA64MMFR0: PARange, ASIDBits, TGran16, TGran64, TGran4, ExS, ECV */
	{ 7, 0, 0, ALL },
	{ 7, 0, 4, ALL },
	{ 7, 0, 20, ALL },
	{ 7, 0, 24, ALL },
	{ 7, 0, 28, ALL },
	{ 7, 0, 44, ALL },
	{ 7, 0, 60, 1 },
	/* ID_AA64MMFR1: HAFDBS, HPDS, PAN, SpecSEI, ETS, AFP, nTLBPA, TIDCP1, CMOW, ECBHB */
	{ 7, 1, 0, 2 },
	{ 7, 1, 12, ALL },
	{ 7, 1, 20, ALL },
	{ 7, 1, 24, ALL },
	{ 7, 1, 36, ALL },
	{ 7, 1, 44, ALL },
	{ 7, 1, 48, ALL },
	{ 7, 1, 52, ALL },
	{ 7, 1, 56, ALL },
	{ 7, 1, 60, ALL },
	/* ID_AA64MMFR2: CnP, UAO, LSM, IESB, VARange, CCIDX, ST, AT, IDS, TTL, BBM, E0PD */
	{ 7, 2, 0, ALL },
	{ 7, 2, 4, ALL },
	{ 7, 2, 8, ALL },
	{ 7, 2, 12, ALL },
	{ 7, 2, 16, 1 },
	{ 7, 2, 20, ALL },
	{ 7, 2, 28, ALL },
	{ 7, 2, 32, ALL },
	{ 7, 2, 36, 1 },
	{ 7, 2, 48, ALL },
	{ 7, 2, 52, ALL },
	{ 7, 2, 60, ALL },
};

/* Registers of which every field is seen, or all but one */
static u64 seen_whole(u32 crm, u32 op2)
{
	switch (ID_REG(crm, op2)) {
	case ID_REG(1, 4): /* ID_MMFR0..3 */
	case ID_REG(1, 5):
	case ID_REG(1, 6):
	case ID_REG(1, 7):
	case ID_REG(3, 0): /* MVFR0..2 */
	case ID_REG(3, 1):
	case ID_REG(3, 2):
	case ID_REG(3, 6): /* ID_MMFR5 */
		return MASK(31, 0);
	case ID_REG(4, 4): /* ID_AA64ZFR0 */
		return ~0ull;
	case ID_REG(6, 0): /* ID_AA64ISAR0 but TME */
		return ~ID_FIELD_MASK(24) & ~ID_FIELD_MASK(0);
	case ID_REG(6, 1): /* ID_AA64ISAR1 but LS64 */
		return ~ID_FIELD_MASK(60);
	}
	return crm == 2 ? MASK(31, 0) : 0; /* ID_ISAR0..5, ID_MMFR4, ID_ISAR6 */
}

static u64 most_of(u32 reg)
{
	switch (reg) {
#define MOST(crm, op2, most)   \
	case ID_REG(crm, op2): \
		return most;
		ID_REGISTERS(MOST)
#undef MOST
	}
	return 0;
}

static u32 expected(u32 crm, u32 op2, u32 shift, u32 field)
{
	if (seen_whole(crm, op2) & ID_FIELD_MASK(shift))
		return field;
	for (u32 i = 0; i < ARRAY_SIZE(seen); i++) {
		if (seen[i].crm == crm && seen[i].op2 == op2 && seen[i].shift == shift)
			return MIN(field, seen[i].most);
	}
	return 0;
}

/* Each field by itself and all together, with each value */
static void nothing_else_is_told_of(void **state)
{
	(void)state;
	for (u32 crm = 1; crm < 8; crm++) {
		for (u32 n = 0; n < 8 * 16 * 16; n++) {
			u32 op2 = n >> 8, shift = (n >> 4 & 15) * 4, field = n & 15;
			u64 alone = id_limit((u64)field << shift, most_of(ID_REG(crm, op2)));
			u64 all =
				id_limit(field * 0x1111111111111111ull, most_of(ID_REG(crm, op2)));
			u64 want = (u64)expected(crm, op2, shift, field);

			if (alone != want << shift || (all >> shift & 15) != want)
				fail_msg("CRm %u op2 %u, bit %u: %u becomes 0x%llx and 0x%llx", crm,
					 op2, shift, field, (unsigned long long)alone,
					 (unsigned long long)all);
		}
	}
}

static void what_is_not_usable_is_not_told_of(void **state)
{
	const struct id_facts all = { true, true, true, true }, none = { 0 };
	const struct id_facts no_sve = { .gicv3 = true, .pauth = true, .pmu = true };

	(void)state;
	for (u32 reg = 0; reg < 64; reg++)
		assert_int_equal(id_missing(reg, &all), 0);
	assert_int_equal(id_missing(ID_REG(1, 1), &none), 0xf0000000);
	assert_int_equal(id_missing(ID_REG(1, 2), &none), 0x0f000000);
	assert_int_equal(id_missing(ID_REG(4, 0), &none), 0xf0f000000);
	assert_int_equal(id_missing(ID_REG(4, 0), &no_sve), 0xf00000000);
	assert_int_equal(id_missing(ID_REG(4, 4), &no_sve), ~0ull);
	assert_int_equal(id_missing(ID_REG(5, 0), &none), 0xf00);
	assert_int_equal(id_missing(ID_REG(5, 0), &no_sve), 0);
	assert_int_equal(id_missing(ID_REG(6, 1), &none), 0xff000ff0);
	assert_int_equal(id_missing(ID_REG(6, 2), &none), 0x0f00ff00);
}

/* What is not refused, by the encodings in the Arm ARM */
static enum trap_action wanted(u32 op0, u32 op1, u32 crn, u32 crm, u32 op2)
{
	if (op0 != 3 || op1 != 0)
		return TRAP_REFUSE;
	if (crn == 0 && crm >= 1 && crm <= 7)
		return TRAP_ID;
	if (crn == 12 && crm == 11 && (op2 == 6 || op2 == 7))
		return TRAP_IGNORE;
	if ((crn == 1 && crm == 0 && op2 == 1) || (crn == 5 && crm == 3))
		return TRAP_ZERO;
	return TRAP_REFUSE;
}

static void all_else_is_refused(void **state)
{
	(void)state;
	for (u32 n = 0; n < 0x10000; n++) {
		u32 op0 = n >> 14, op1 = n >> 11 & 7, crn = n >> 7 & 15, crm = n >> 3 & 15;
		u32 op2 = n & 7;
		u32 iss = ISS_SYSREG(op0, op1, crn, crm, op2);

		assert_int_equal(iss & ~(u32)ISS_SYSREG_MASK, 0);
		assert_int_equal(ISS_SYSREG_CRM(iss), crm);
		assert_int_equal(ISS_SYSREG_OP2(iss), op2);
		if (trap_action(iss) != wanted(op0, op1, crn, crm, op2))
			fail_msg("s%u_%u_c%u_c%u_%u: action %u", op0, op1, crn, crm, op2,
				 trap_action(iss));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_else_is_told_of),
		cmocka_unit_test(what_is_not_usable_is_not_told_of),
		cmocka_unit_test(all_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
