// SPDX-License-Identifier: GPL-2.0-only
/* Features from ID registers as CPUs have them. */
#include "fake.h"
#include "mm/s2_features.h"

/* The fields that matter, as CPUs of these generations have them */
static const struct s2_ids cortex_a53 = { 0x1122, 0x0, 0x0, 0x11120 };
static const struct s2_ids cortex_a57 = { 0x1124, 0x0, 0x0, 0x11120 };
static const struct s2_ids neoverse_n1 = { 0x101125, 0x10212122, 0x1011, 0x100010211120 };
static const struct s2_ids made_up_v9 = {
	0x2ull << 40 | 0xfull << 28 | 6,
	0x1ull << 28 | 2 << 4 | 2,
	0x2ull << 52 | 0x1ull << 48 | 0x1ull << 40 | 0x1ull << 28 | 1,
	0x2ull << 56,
};

static void B1_pa_range_and_granule(void **state)
{
	struct s2_ids ids = cortex_a53;

	(void)state;
	assert_int_equal(s2_features_of(&cortex_a53).pa_bits, 40);
	assert_int_equal(s2_features_of(&cortex_a57).pa_bits, 44);
	assert_int_equal(s2_features_of(&neoverse_n1).pa_bits, 48);
	/* 52 bits: 48 are used */
	assert_int_equal(s2_features_of(&made_up_v9).pa_bits, 48);
	assert_true(s2_features_of(&cortex_a53).granule_4k);
	/* stage 2 may have it although stage 1 has not, and the reverse */
	assert_true(s2_features_of(&made_up_v9).granule_4k);
	ids.mmfr0 |= 0x1ull << 40;
	assert_false(s2_features_of(&ids).granule_4k);
	ids.mmfr0 = 0xfull << 28;
	assert_false(s2_features_of(&ids).granule_4k);
	/* a reserved PARange leaves nothing that can be used */
	ids.mmfr0 = 9;
	assert_int_equal(s2_features_of(&ids).pa_bits, 0);
}

static void B2_B8_features_by_cpu(void **state)
{
	struct s2_features a53 = s2_features_of(&cortex_a53);
	struct s2_features n1 = s2_features_of(&neoverse_n1);
	struct s2_features v9 = s2_features_of(&made_up_v9);

	(void)state;
	assert_int_equal(a53.vmid_bits, 8);
	assert_false(a53.ha || a53.hd || a53.xnx || a53.fwb || a53.cnp || a53.ttl ||
		     a53.tlbi_ranges || a53.bbm);
	assert_int_equal(n1.vmid_bits, 16);
	assert_true(n1.ha && n1.hd && n1.xnx && n1.cnp);
	assert_false(n1.fwb || n1.ttl || n1.tlbi_ranges);
	assert_false(n1.ttst || n1.lpa2);
	assert_true(v9.fwb && v9.ttl && v9.tlbi_ranges && v9.bbm == 2 && v9.ttst);
	assert_false(v9.lpa2);
	assert_int_equal(s2_vtcr_flags(&a53), 0);
	assert_int_equal(s2_vtcr_flags(&n1), S2_VMID16 | S2_HA | S2_HD);
	assert_int_equal(s2_vtcr(40, a53.pa_bits, s2_vtcr_flags(&a53)), 0x80023558);
	assert_int_equal(s2_vtcr(48, n1.pa_bits, s2_vtcr_flags(&n1)), 0x806d3590);
}

/* 52-bit addresses at stage 2: TGran4_2 = 3, or 0 and TGran4 = 1 */
static void B2_lpa2_is_known_and_not_used(void **state)
{
	static const struct {
		u64 tgran4_2, tgran4;
		bool granule, lpa2;
	} cases[] = {
		{ 0, 0, true, false },	{ 0, 1, true, true },  { 0, 15, false, false },
		{ 1, 1, false, false }, { 2, 0, true, false }, { 2, 1, true, false },
		{ 3, 15, true, true },	{ 3, 1, true, true },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct s2_ids ids = { .mmfr0 = cases[i].tgran4_2 << 40 | cases[i].tgran4 << 28 |
					       6 };
		struct s2_features f = s2_features_of(&ids);

		assert_int_equal(f.granule_4k, cases[i].granule);
		assert_int_equal(f.lpa2, cases[i].lpa2);
		assert_int_equal(f.pa_bits, 48);
		/* VTCR_EL2.DS, bit 32, stays 0, and PS is 48 bits */
		assert_int_equal(s2_vtcr(48, f.pa_bits, s2_vtcr_flags(&f)), 0x80053590);
	}
}

static void B1_the_least_of_all_cpus_counts(void **state)
{
	struct s2_features a53 = s2_features_of(&cortex_a53);
	struct s2_features n1 = s2_features_of(&neoverse_n1);
	struct s2_features v9 = s2_features_of(&made_up_v9);
	struct s2_features both = s2_features_common(&a53, &v9);

	(void)state;
	assert_memory_equal(&both, &a53, sizeof(both));
	both = s2_features_common(&v9, &n1);
	assert_int_equal(both.vmid_bits, 16);
	assert_true(both.xnx && both.ha && both.cnp && both.granule_4k);
	assert_false(both.fwb || both.ttl || both.tlbi_ranges || both.bbm || both.ttst);
	both = s2_features_common(&v9, &v9);
	assert_memory_equal(&both, &v9, sizeof(both));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(B1_pa_range_and_granule),
		TEST(B1_the_least_of_all_cpus_counts),
		TEST(B2_B8_features_by_cpu),
		TEST(B2_lpa2_is_known_and_not_used),
	};

	return cmocka_run_group_tests_name("mm features", tests, NULL, NULL);
}
