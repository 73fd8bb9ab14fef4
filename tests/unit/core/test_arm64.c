// SPDX-License-Identifier: GPL-2.0-only
/* What arch/arm64 decides by numbers alone. */
#include <arch/arm64/inject.h>
#include <arch/arm64/mitigation.h>
#include <arch/arm64/sgi.h>
#include <arch/arm64/spsr.h>

#include "fixture.h"

/*
 * SGIs, seen from the other side: ICC_SGI1R_EL1 taken apart as IHI 0069 12.2.20 has
 * it, and the CPUs by their affinities.
 */
static bool names(u64 value, u64 mpidr)
{
	u64 aff3 = value >> 48 & 0xff, rs = value >> 44 & 0xf;
	u64 aff2 = value >> 32 & 0xff, aff1 = value >> 16 & 0xff;

	if (mpidr >> 8 != (aff3 << 24 | aff2 << 8 | aff1))
		return false;
	return (mpidr & 0xff) / 16 == rs && (value >> (mpidr & 15) & 1);
}

#define RESERVED (0xffull << 56 | 7ull << 41 | 0xfull << 28)

/* 8 of one cluster, and some elsewhere: each differs from the first in one field */
static const u64 machine[] = {
	0x0100030200, 0x0100030201, 0x0100030202, 0x0100030203, 0x0100030204, 0x0100030205,
	0x0100030206, 0x010003020f, 0x0100030210, 0x0100030300, 0x0100040200, 0x0200030200,
};
#define IN_CLUSTER 8

static struct sgi_filter filter_of(u32 self, u32 cell)
{
	struct sgi_filter f = sgi_filter_of(sgi_target(machine[self]));

	for (u32 i = 0; i < ARRAY_SIZE(machine); i++) {
		if (cell & BIT(i))
			sgi_filter_allow(&f, sgi_target(machine[i]));
	}
	return f;
}

/* What must not, and what must get through to the register */
static void check_value(const struct sgi_filter *f, u32 self, u32 cell, u64 value)
{
	u64 own_cluster = sgi_target(machine[self]) & SGI1R_CLUSTER;
	u64 list = 0;
	bool ours;

	for (u32 i = 0; i < ARRAY_SIZE(machine); i++) {
		if (!(cell & BIT(i)) && names(value, machine[i]) && sgi_passes(f, value))
			fail_msg("0x%llx reaches CPU %u", (unsigned long long)value, i);
		if ((cell & BIT(i)) && (sgi_target(machine[i]) & SGI1R_CLUSTER) == own_cluster)
			list |= BIT(machine[i] & 15);
	}
	/* CPUs that the machine does not have are no cell's either */
	ours = (value & SGI1R_CLUSTER) == own_cluster && !(value & 0xffff & ~list) &&
	       !(value & (RESERVED | BIT(40)));
	if (sgi_passes(f, value) != ours)
		fail_msg("0x%llx: passes %d", (unsigned long long)value, sgi_passes(f, value));
}

static void sgis_reach_who_they_name(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(machine); i++) {
		u64 target = sgi_target(machine[i]);

		for (u32 j = 0; j < ARRAY_SIZE(machine); j++) {
			u64 other = sgi_target(machine[j]);

			assert_int_equal(names(target, machine[j]), i == j);
			assert_int_equal(sgi_reaches(target, other, false), i == j);
			assert_int_equal(sgi_reaches(target, other, true), i == j);
			assert_int_equal(sgi_reaches(BIT(40) | target, other, false), true);
			assert_int_equal(sgi_reaches(BIT(40) | target, other, true), false);
		}
		for (u32 bit = 0; bit < 64; bit++) {
			u64 value = target ^ BIT(bit);

			if (bit != 40)
				assert_int_equal(sgi_reaches(value, target, false),
						 names(value, machine[i]));
		}
	}
}

/* Each set of CPUs of a cluster as a cell, each target list */
static void every_target_list_is_filtered(void **state)
{
	(void)state;
	for (u32 cell = 1; cell < 1 << IN_CLUSTER; cell++) {
		u32 self = (u32)__builtin_ctz(cell);
		struct sgi_filter f = filter_of(self, cell);
		u64 cluster = sgi_target(machine[self]) & SGI1R_CLUSTER;

		for (u64 list = 0; list <= 0xffff; list++)
			check_value(&f, self, cell, cluster | 5ull << 24 | list);
	}
}

/* Each value of every other field, alone and against a list that is allowed */
static void every_other_field_is_filtered(void **state)
{
	static const struct {
		u32 shift, bits;
	} fields[] = { { 16, 8 }, { 24, 4 }, { 28, 4 }, { 32, 8 }, { 40, 1 },
		       { 41, 3 }, { 44, 4 }, { 48, 8 }, { 56, 8 } };

	(void)state;
	for (u32 self = 0; self < ARRAY_SIZE(machine); self++) {
		/* Alone, with a neighbour, with one elsewhere, with all */
		u32 sets[] = { 0, BIT(1), BIT(9), BIT(ARRAY_SIZE(machine)) - 1 };

		for (u32 set = 0; set < ARRAY_SIZE(sets); set++) {
			u32 cell = sets[set] | (u32)BIT(self);
			struct sgi_filter f = filter_of(self, cell);

			for (u32 i = 0; i < ARRAY_SIZE(fields); i++) {
				u64 mask =
					MASK(fields[i].shift + fields[i].bits - 1, fields[i].shift);

				for (u64 n = 0; n < BIT(fields[i].bits); n++) {
					u64 value = sgi_target(machine[self]);

					value = (value & ~mask) | n << fields[i].shift;
					check_value(&f, self, cell, value);
					check_value(&f, self, cell, value & ~SGI1R_TARGETS);
				}
			}
		}
	}
}

/* Root's CPUs come and go: what it says passes only if it says nothing */
static void root_is_never_let_through(void **state)
{
	struct sgi_filter f = sgi_filter_none();

	(void)state;
	assert_true(sgi_passes(&f, 0));
	for (u32 bit = 0; bit < 64; bit++)
		assert_false(sgi_passes(&f, BIT(bit)));
	for (u32 i = 0; i < ARRAY_SIZE(machine); i++)
		assert_false(sgi_passes(&f, sgi_target(machine[i])));
}

/* IHI 0048, 4.3.15: whom a value is for, but CPUs of others */
static u32 sgir_targets(u32 value, u32 self, u32 cell)
{
	u32 lists[] = { value >> 16 & 0xff, ~self, self, 0 };

	return lists[value >> 24 & 3] & cell;
}

static void check_sgir(u32 self, u32 cell)
{
	struct sgir_filter f = sgir_filter_of(self, cell);

	assert_true(f.ipa == SGIR_IPA_NONE);
	for (u32 filter = 0; filter < 4; filter++) {
		for (u32 list = 0; list < 256; list++) {
			u32 value = filter << 24 | list << 16;
			u32 to = sgir_targets(value, self, cell) << 16;

			assert_int_equal(sgir_filter_value(&f, value), to);
			if (filter == 3)
				continue;
			/* NSATT and what is reserved do not count */
			assert_int_equal(sgir_filter_value(&f, value | 0xfc00fff5), to | 5);
			assert_int_equal(sgir_filter_value(&f, value | 0x800a), to | 10);
		}
	}
}

static void every_gicv2_list_is_filtered(void **state)
{
	(void)state;
	for (u32 cell = 1; cell < 256; cell++) {
		for (u32 self = 1; self < 256; self <<= 1) {
			if (cell & self)
				check_sgir(self, cell);
		}
	}
}

/* Arm ARM, AArch32.ITAdvance(), on ITSTATE itself */
static u64 it_advance(u64 it)
{
	return (it & 7) == 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
}

static u64 with_it(u64 it)
{
	return (it >> 2) << 10 | (it & 3) << 25;
}

static void an_instruction_leaves_its_pstate(void **state)
{
	const u64 others64 = ~(BIT(21) | BIT(11) | BIT(10) | BIT(4));
	const u64 others32 = ~(BIT(21) | with_it(0xff));

	(void)state;
	assert_int_equal(spsr_after(~BIT(4)), others64);
	assert_int_equal(spsr_after(BIT(21) | 3ull << 10 | 5), 5);
	assert_int_equal(spsr_after(5), 5);
	for (u64 it = 0; it < 256; it++) {
		assert_int_equal(spsr_after(BIT(4) | BIT(21) | with_it(it)),
				 BIT(4) | with_it(it_advance(it)));
		assert_int_equal(spsr_after(others32 | with_it(it)),
				 others32 | with_it(it_advance(it)));
	}
}

/* ESR_EL2 of the fault, SPSR_EL2, and what EL1 gets, by hand from the Arm ARM */
static const struct {
	u64 esr, spsr, injected, vector;
} aborts[] = {
	/* Loads and stores from EL1h, EL1t, EL0; at levels 1 to 3; of which all is known */
	{ 0x92000007, 0x3c5, 0x96000010, 0x200 },
	{ 0x93c20045, 0x3c5, 0x96000050, 0x200 },
	{ 0x93c20046, 0x3c4, 0x96000050, 0 },
	{ 0x93820007, 0x3c0, 0x92000010, 0x400 },
	/* Permission fault; cache maintenance; on a walk */
	{ 0x9200004f, 0x3c5, 0x96000050, 0x200 },
	{ 0x92000147, 0x3c5, 0x96000150, 0x200 },
	{ 0x92000087, 0x3c0, 0x92000010, 0x400 },
	/* 16-bit and 32-bit instructions of AArch32 */
	{ 0x91810007, 0x1f0, 0x92000010, 0x600 },
	{ 0x93810047, 0x1d0, 0x92000050, 0x600 },
	/* Fetches; the bits of a data abort have no meaning there */
	{ 0x82000007, 0x3c5, 0x86000010, 0x200 },
	{ 0x8200000f, 0x3c0, 0x82000010, 0x400 },
	{ 0x82000087, 0x1d0, 0x82000010, 0x600 },
};

static void aborts_are_told_as_they_would_be(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(aborts); i++) {
		assert_int_equal(external_abort(aborts[i].esr, aborts[i].spsr), aborts[i].injected);
		assert_int_equal(exception_vector(0x10000, aborts[i].spsr),
				 0x10000 + aborts[i].vector);
	}
}

/*
 * What vectors.S does on which CPU: the identification of a CPU, what its firmware
 * says of the two calls (0: needed), and the outcome.
 */
#define CALL_1 SMCCC_ARCH_WORKAROUND_1
#define CALL_3 SMCCC_ARCH_WORKAROUND_3
#define CSV2_IS(n) ((u64)(n) << 56)
#define ECBHB (1ull << 60)
#define CLRBHB (1ull << 28)

static const struct {
	const char *what;
	struct branch_ids ids;
	struct mitigation want;
} mitigations[] = {
	{ "A53, old firmware", { 0x410fd034, 0, 0, 0, -1, -1 }, { 0, 0, 0 } },
	{ "A53, which never needs it", { 0x410fd034, 0, 0, 0, 0, 0 }, { 0, 0, 0 } },
	{ "A72, old firmware", { 0x410fd083, 0, 0, 0, -1, -1 }, { 8, 0, MITIGATION_OPEN } },
	{ "A72, firmware of 2018", { 0x410fd083, 0, 0, 0, 0, -1 }, { 8, CALL_1, 0 } },
	{ "A72, both in one", { 0x410fd083, 0, 0, 0, 0, 0 }, { 0, CALL_3, 0 } },
	{ "A72 r1p0", { 0x411fd080, CSV2_IS(1), 0, 0, 1, 0 }, { 8, 0, 0 } },
	{ "A73, firmware of 2018", { 0x410fd090, 0, 0, 0, 0, -1 }, { 0, CALL_1, MITIGATION_OPEN } },
	{ "A73, both in one", { 0x410fd090, 0, 0, 0, 0, 0 }, { 0, CALL_3, 0 } },
	{ "A75 r3, history only", { 0x413fd0a0, CSV2_IS(1), 0, 0, 1, 0 }, { 0, CALL_3, 0 } },
	{ "A76", { 0x414fd0b1, CSV2_IS(1), 0, 0, -1, -1 }, { 24, 0, 0 } },
	{ "A76, firmware has more", { 0x414fd0b1, CSV2_IS(1), 0, 0, 1, 1 }, { 24, 0, 0 } },
	{ "N1", { 0x414fd0c1, CSV2_IS(1), 0, 0, -1, -1 }, { 24, 0, 0 } },
	{ "X3", { 0x410fd4e1, CSV2_IS(2), 0, 0, 1, 1 }, { 132, 0, 0 } },
	{ "X3, which has the instruction",
	  { 0x410fd4e1, CSV2_IS(2), 0, CLRBHB, 1, 1 },
	  { 0, 0, MITIGATION_CLEAR } },
	{ "another, with CSV2_3", { 0x000f0510, CSV2_IS(3), 0, CLRBHB, -1, -1 }, { 0, 0, 0 } },
	{ "another, with ECBHB", { 0x000f0510, CSV2_IS(2), ECBHB, CLRBHB, -1, -1 }, { 0, 0, 0 } },
	{ "another, with CSV2", { 0x000f0510, CSV2_IS(2), 0, 0, -1, -1 }, { 0, 0, 0 } },
	{ "another, with nothing", { 0x000f0510, 0, 0, 0, -1, -1 }, { 0, 0, MITIGATION_OPEN } },
	{ "another, whose firmware knows", { 0x000f0510, 0, 0, 0, 0, 0 }, { 0, CALL_3, 0 } },
	{ "Ampere1", { 0xc00fac30, CSV2_IS(2), 0, 0, 1, 1 }, { 11, 0, 0 } },
	{ "Kryo 4xx Gold", { 0x51df804e, CSV2_IS(1), 0, 0, 1, 1 }, { 24, 0, 0 } },
};

static void each_cpu_has_its_mitigation(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(mitigations); i++) {
		struct mitigation m = mitigation_of(&mitigations[i].ids);

		if (memcmp(&m, &mitigations[i].want, sizeof(m)))
			fail_msg("%s: %u loops, call 0x%x, flags %u", mitigations[i].what, m.loops,
				 m.call, m.flags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sgis_reach_who_they_name),
		cmocka_unit_test(every_target_list_is_filtered),
		cmocka_unit_test(every_other_field_is_filtered),
		cmocka_unit_test(root_is_never_let_through),
		cmocka_unit_test(every_gicv2_list_is_filtered),
		cmocka_unit_test(an_instruction_leaves_its_pstate),
		cmocka_unit_test(aborts_are_told_as_they_would_be),
		cmocka_unit_test(each_cpu_has_its_mitigation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
