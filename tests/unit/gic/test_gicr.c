// SPDX-License-Identifier: GPL-2.0-only
/* The redistributors that guests see (IHI 0069, 12.11). */
#include "machine.h"

#define OTHERS (~(u32)BIT(MAINTENANCE))

static const struct bits {
	u32 offset;
	size_t where;
	bool sets;
} bits[] = {
	{ GICD_ISENABLER, offsetof(struct redist, enable), true },
	{ GICD_ICENABLER, offsetof(struct redist, enable), false },
	{ GICD_ISPENDR, offsetof(struct redist, pending), true },
	{ GICD_ICPENDR, offsetof(struct redist, pending), false },
	{ GICD_ISACTIVER, offsetof(struct redist, active), true },
	{ GICD_ICACTIVER, offsetof(struct redist, active), false },
};

/* SGIs and PPIs are those of the CPU, but for the one that is EL2's */
static void own_frame(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bits) * NR_CPUS * NR_CPUS; i++) {
		const struct bits *b = &bits[i / NR_CPUS / NR_CPUS];
		u32 cpu = i / NR_CPUS % NR_CPUS, target = i % NR_CPUS;
		bool mine = CELL_OF(cpu) == CELL_OF(target);
		u32 *reg = (u32 *)((u8 *)&hw.r[target] + b->where), changed;
		struct gic_model before;

		scribble(i);
		before = hw;
		assert_int_equal(load(cpu, SGI(target, b->offset), 4), mine ? *reg & OTHERS : 0);
		store(cpu, SGI(target, b->offset), 4, 0xffff0000);
		changed = b->sets ? *reg | (OTHERS & 0xffff0000) : *reg & ~(OTHERS & 0xffff0000);
		assert_null(trespass(&before, CELL_OF(cpu)));
		store(cpu, SGI(target, b->offset), 4, 0xffff0000);
		if (mine)
			*(u32 *)((u8 *)&before.r[target] + b->where) = changed;
		assert_memory_equal(&before, &hw, sizeof(hw));
	}
}

static void priorities(void **state)
{
	(void)state;
	for (u32 i = 0; i < NR_CPUS * 32; i++) {
		u32 target = i / 32, intid = i % 32;
		bool mine = CELL_OF(target) == 1;
		struct gic_model before;

		scribble(i);
		before = hw;
		assert_int_equal(load(2, SGI(target, GICD_IPRIORITYR + intid), 1),
				 mine && intid != MAINTENANCE ? hw.r[target].priority[intid] : 0);
		store(2, SGI(target, GICD_IPRIORITYR + intid), 1, 0xa0);
		if (mine && intid != MAINTENANCE)
			before.r[target].priority[intid] = 0xa0;
		assert_memory_equal(&before, &hw, sizeof(hw));
		store(2, SGI(target, GICD_IPRIORITYR + intid / 4 * 4), 4, 0xb0b0b0b0);
		for (u32 n = intid / 4 * 4; mine && n < intid / 4 * 4 + 4; n++) {
			if (n != MAINTENANCE)
				before.r[target].priority[n] = 0xb0;
		}
		assert_memory_equal(&before, &hw, sizeof(hw));
	}
}

static void configurations(void **state)
{
	u32 maintenance = 3u << MAINTENANCE % 16 * 2;

	(void)state;
	for (u32 target = 0; target < NR_CPUS; target++) {
		bool mine = CELL_OF(target) == 2;
		struct gic_model before;

		scribble(target);
		before = hw;
		/* SGIs are edges, and nothing else */
		store(4, SGI(target, GICD_ICFGR), 4, 0);
		assert_int_equal(load(4, SGI(target, GICD_ICFGR), 4), mine ? 0xaaaaaaaa : 0);
		assert_int_equal(load(4, SGI(target, GICD_ICFGR + 4), 4),
				 mine ? hw.r[target].config[1] & ~maintenance : 0);
		store(4, SGI(target, GICD_ICFGR + 4), 4, (u32)~hw.r[target].config[1]);
		if (mine)
			before.r[target].config[1] ^= 0xaaaaaaaa & ~maintenance;
		assert_memory_equal(&before, &hw, sizeof(hw));
	}
}

static void groups_are_fixed(void **state)
{
	struct gic_model before;

	(void)state;
	scribble(0);
	before = hw;
	store(2, SGI(2, GICD_IGROUPR), 4, 0);
	store(2, SGI(2, 0xd00), 4, ~0u);
	assert_int_equal(load(2, SGI(2, GICD_IGROUPR), 4) | BIT(MAINTENANCE), 0xffffffff);
	assert_int_equal(load(2, SGI(2, 0xd00), 4), 0);
	assert_memory_equal(&before, &hw, sizeof(hw));
}

/* Whose frame it is, and where the last one is: guests look for their own by that */
static void frames_are_found(void **state)
{
	(void)state;
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		for (u32 i = 0; i < NR_CPUS; i++) {
			u64 typer = load(cpu, GICR(i, GICR_TYPER), 8), m = cpus[i].mpidr;

			assert_int_equal(typer >> 32, (m & 0xffffff) | (m >> 32 & 0xff) << 24);
			assert_int_equal(typer >> 8 & 0xffff, i);
			assert_int_equal(!!(typer & GICR_TYPER_LAST), i == NR_CPUS - 1);
			assert_int_equal(load(cpu, GICR(i, GICR_TYPER), 4), (u32)typer);
			assert_int_equal(load(cpu, GICR(i, GICR_TYPER + 4), 4), typer >> 32);
			assert_int_equal(load(cpu, GICR(i, GICR_PIDR2), 4), kind.pidr2);
			store(cpu, GICR(i, GICR_TYPER), 8, ~0ull);
			assert_int_equal(load(cpu, GICR(i, GICR_TYPER), 8), typer);
		}
	}
}

/* Those who have no LPIs are not told of them; registers of LPIs follow from these */
static void lpis_are_roots(void **state)
{
	struct gic_kind direct = kind;

	(void)state;
	direct.redist = GICR_TYPER_PLPIS | GICR_TYPER_DIRECT_LPI;
	machine_start(&direct);
	assert_int_equal(load(0, GICR(0, GICR_TYPER), 8) & 0xf, direct.redist);
	assert_int_equal(load(2, GICR(2, GICR_TYPER), 8) & 0xf, 0);
}

static const u32 lpi_registers[] = { GICR_CTLR,	       GICR_PROPBASER,	   GICR_PROPBASER + 4,
				     GICR_PENDBASER,   GICR_INVLPIR,	   GICR_PENDBASER + 4,
				     GICR_INVLPIR + 4, GICR_INVALLR,	   GICR_INVALLR + 4,
				     GICR_SYNCR,       0x40 /* SETLPIR */, 0x48 /* CLRLPIR */ };

static void no_cell_has_registers_of_lpis(void **state)
{
	struct gic_model before;

	(void)state;
	scribble(5);
	before = hw;
	for (u32 i = 0; i < ARRAY_SIZE(lpi_registers) * NR_CPUS; i++) {
		u64 reg = GICR(i % NR_CPUS, lpi_registers[i / NR_CPUS]), value;

		store(3, reg, 4, ~0u);
		assert_int_equal(load(3, reg, 4), 0);
		if (try_store(3, reg, 8, ~0ull)) {
			assert_true(try_load(3, reg, 8, &value));
			assert_int_equal(value, 0);
		}
	}
	assert_memory_equal(&before, &hw, sizeof(hw));
}

static void root_has_them_on_its_own_cpus(void **state)
{
	(void)state;
	for (u32 i = 0; i < NR_CPUS; i++) {
		bool mine = i < 2;

		store(1, GICR(i, GICR_PROPBASER), 8, 0x123456789000 + i);
		store(1, GICR(i, GICR_PENDBASER), 4, 0x55550000);
		store(1, GICR(i, GICR_PENDBASER + 4), 4, 0x66);
		store(1, GICR(i, GICR_INVLPIR), 8, 8192);
		store(1, GICR(i, GICR_INVALLR), 4, 1);
		store(1, GICR(i, GICR_CTLR), 4, 1);
		assert_int_equal(hw.r[i].propbaser, mine ? 0x123456789000 + i : 0);
		assert_int_equal(hw.r[i].pendbaser, mine ? 0x6655550000 : 0);
		assert_int_equal(hw.r[i].invlpir, mine ? 8192 : 0);
		assert_int_equal(hw.r[i].invallr, mine ? 1 : 0);
		assert_int_equal(hw.r[i].ctlr, mine ? 1 : 0);
		assert_int_equal(load(1, GICR(i, GICR_PROPBASER), 8), hw.r[i].propbaser);
		assert_int_equal(load(1, GICR(i, GICR_PENDBASER + 4), 4), mine ? 0x66 : 0);
		assert_int_equal(load(1, GICR(i, GICR_CTLR), 4), mine ? 1 : 0);
	}
}

/* IHI 0069, GICR_CTLR.RWP, which a guest polls after it has disabled one of these */
static void a_disable_takes_its_time(void **state)
{
	(void)state;
	kind.rwp = 2;
	for (u32 cpu = 0; cpu < 4; cpu += 2) {
		hw.r[cpu].enable = ~0u;
		hw.r[cpu].ctlr = 1;
		store(cpu, SGI(cpu, GICD_ICENABLER), 4, 1);
		assert_int_equal(load(cpu, GICR(cpu, GICR_CTLR), 4), cpu ? 8 : 9);
		assert_int_equal(load(cpu, GICR(cpu, GICR_CTLR), 4), cpu ? 8 : 9);
		assert_int_equal(load(cpu, GICR(cpu, GICR_CTLR), 4), cpu ? 0 : 1);
	}
}

/* The hardware is awake, and stays so: each is told what it asked for */
static void nobody_sleeps(void **state)
{
	(void)state;
	for (u32 i = 0; i < NR_CPUS; i++) {
		assert_int_equal(load(2, GICR(i, GICR_WAKER), 4), 0);
		store(2, GICR(i, GICR_WAKER), 4, ~0u);
		assert_int_equal(load(2, GICR(i, GICR_WAKER), 4), CELL_OF(i) == 1 ? 6 : 0);
		store(2, GICR(i, GICR_WAKER), 4, 0);
		assert_int_equal(load(2, GICR(i, GICR_WAKER), 4), 0);
		store(2, GICR(i, GICR_IIDR), 4, ~0u);
		assert_int_equal(load(2, GICR(i, GICR_IIDR), 4), CELL_OF(i) == 1 ? MODEL_IIDR : 0);
	}
}

static void every_address(void **state)
{
	(void)state;
	for (u32 cpu = 0; cpu < 4; cpu += 2) {
		struct gic_model before;

		scribble(cpu);
		before = hw;
		for (u64 ipa = GICR(0, 0); ipa < GICR(NR_CPUS, 0); ipa++) {
			for (u32 size = 1; size <= 8; size *= 2) {
				bool loads, stores;
				u64 value;

				loads = try_load(cpu, ipa, size, &value);
				stores = try_store(cpu, ipa, size, ~0ull);
				assert_int_equal(loads, stores);
				if (ipa % size || size == 2)
					assert_false(loads);
				else if (size == 4)
					assert_true(loads);
				if (loads && size < 8)
					assert_int_equal(value >> 8 * size, 0);
			}
		}
		assert_null(trespass(&before, CELL_OF(cpu)));
	}
}

/* GICv4: two more frames for each CPU, which are nobody's */
static void frames_of_virtual_lpis(void **state)
{
	struct gic_kind v4 = kind;

	(void)state;
	v4.redist |= GICR_TYPER_VLPIS;
	v4.pidr2 = 0x4b;
	machine_start(&v4);
	assert_int_equal(GICR(1, 0) - GICR(0, 0), 0x40000);
	frames_are_found(state);
	own_frame(state);
	for (u32 i = 0; i < NR_CPUS; i++) {
		/* GICR_VPROPBASER, GICR_VPENDBASER */
		store(0, GICR(i, 0x20070), 8, ~0ull);
		store(0, GICR(i, 0x20078), 8, ~0ull);
		assert_int_equal(load(0, GICR(i, 0x20070), 8), 0);
	}
}

static void nothing_beside_the_devices(void **state)
{
	static const u64 beside[] = { GICD_PA - 8, GICD_PA + GICD_SIZE, GICR_PA - 8, 0, ~7ull };
	u64 value;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(beside); i++) {
		assert_false(try_load(2, beside[i], 4, &value));
		assert_false(try_store(2, beside[i], 4, 0));
	}
	assert_false(try_load(2, GICR(NR_CPUS, 0), 4, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(own_frame),
		TEST(priorities),
		TEST(configurations),
		TEST(groups_are_fixed),
		TEST(frames_are_found),
		TEST(lpis_are_roots),
		TEST(no_cell_has_registers_of_lpis),
		TEST(root_has_them_on_its_own_cpus),
		TEST(a_disable_takes_its_time),
		TEST(nobody_sleeps),
		TEST(every_address),
		TEST(frames_of_virtual_lpis),
		TEST(nothing_beside_the_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
