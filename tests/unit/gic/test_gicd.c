// SPDX-License-Identifier: GPL-2.0-only
/* The distributor that guests see, register by register (IHI 0069, 12.9). */
#include "machine.h"

#define WORDS ((MAX_INTID + 1) / 32)

/* One bit for each interrupt; and the bits of the model that they show */
static const struct bits {
	u32 offset;
	size_t where;
	bool sets;
} bits[] = {
	{ GICD_ISENABLER, offsetof(struct dist, enable), true },
	{ GICD_ICENABLER, offsetof(struct dist, enable), false },
	{ GICD_ISPENDR, offsetof(struct dist, pending), true },
	{ GICD_ICPENDR, offsetof(struct dist, pending), false },
	{ GICD_ISACTIVER, offsetof(struct dist, active), true },
	{ GICD_ICACTIVER, offsetof(struct dist, active), false },
};

static u32 *hardware(const struct bits *b, u32 n)
{
	return (u32 *)((u8 *)&hw.d + b->where) + n;
}

static void a_store_touches_own_bits_only(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bits) * NR_CELLS * 32; i++) {
		const struct bits *b = &bits[i / 32 / NR_CELLS];
		u32 cell = i / 32 % NR_CELLS, n = i % 32, mine = owned_bits(cell, n);
		u32 was = n && n < WORDS ? (b->sets ? 0 : ~0u) : 0;
		struct gic_model before;

		memset(&hw.d, b->sets ? 0 : 0xff, sizeof(hw.d));
		*hardware(b, n) = was;
		before = hw;
		store(FIRST_CPU(cell), GICD(b->offset + 4 * n), 4, ~0u);
		assert_int_equal(*hardware(b, n), b->sets ? mine : was & ~mine);
		*hardware(b, n) = was;
		assert_memory_equal(&before, &hw, sizeof(hw));
		/* Zeros change nothing */
		store(FIRST_CPU(cell), GICD(b->offset + 4 * n), 4, 0);
		assert_memory_equal(&before, &hw, sizeof(hw));
	}
}

static void a_load_shows_own_bits_only(void **state)
{
	(void)state;
	scribble(1);
	for (u32 i = 0; i < ARRAY_SIZE(bits) * NR_CELLS * 32; i++) {
		const struct bits *b = &bits[i / 32 / NR_CELLS];
		u32 cell = i / 32 % NR_CELLS, n = i % 32;

		assert_int_equal(load(FIRST_CPU(cell), GICD(b->offset + 4 * n), 4),
				 *hardware(b, n) & owned_bits(cell, n));
	}
}

/* All are of group 1, which nobody can change: group 0 would be a FIQ */
static void groups_are_fixed(void **state)
{
	struct gic_model before;

	(void)state;
	scribble(2);
	before = hw;
	for (u32 cell = 0; cell < NR_CELLS; cell++) {
		for (u32 n = 0; n < 32; n++) {
			u64 reg = GICD(GICD_IGROUPR + 4 * n);

			assert_int_equal(load(FIRST_CPU(cell), reg, 4) & owned_bits(cell, n),
					 owned_bits(cell, n));
			assert_int_equal(
				load(FIRST_CPU(cell), reg, 4) & owned_bits((cell + 1) % 3, n), 0);
			store(FIRST_CPU(cell), reg, 4, 0);
			store(FIRST_CPU(cell), reg, 4, ~0u);
		}
	}
	assert_memory_equal(&before, &hw, sizeof(hw));
}

static void a_priority_is_a_byte(void **state)
{
	(void)state;
	for (u32 i = 0; i < NR_CELLS * 1020; i++) {
		u32 cell = i / 1020, intid = i % 1020;
		u64 reg = GICD(GICD_IPRIORITYR + intid);
		struct gic_model before;

		scribble(i);
		before = hw;
		assert_int_equal(load(FIRST_CPU(cell), reg, 1),
				 owns(cell, intid) ? hw.d.priority[intid] : 0);
		/* What is above the byte in the register does not matter */
		store(FIRST_CPU(cell), reg, 1, 0xffffffffffff5500 | (u8)~hw.d.priority[intid]);
		if (owns(cell, intid))
			before.d.priority[intid] ^= 0xff;
		assert_memory_equal(&before, &hw, sizeof(hw));
	}
}

static void priorities_by_the_word(void **state)
{
	(void)state;
	for (u32 i = 0; i < NR_CELLS * 1020; i += 4) {
		u32 cell = i / 1020, intid = i % 1020, seen = 0;
		u64 reg = GICD(GICD_IPRIORITYR + intid);
		struct gic_model before;

		scribble(i);
		before = hw;
		for (u32 n = 0; n < 4; n++) {
			if (!owns(cell, intid + n))
				continue;
			seen |= (u32)hw.d.priority[intid + n] << 8 * n;
			before.d.priority[intid + n] = (u8)(0x11 * (n + 1));
		}
		assert_int_equal(load(FIRST_CPU(cell), reg, 4), seen);
		store(FIRST_CPU(cell), reg, 4, 0x44332211);
		assert_memory_equal(&before, &hw, sizeof(hw));
	}
}

/* Two bits for each interrupt, of which the upper one says edge */
static void configurations_are_pairs_of_bits(void **state)
{
	(void)state;
	for (u32 i = 0; i < NR_CELLS * 64 * 2; i++) {
		u32 cell = i / 128, n = i % 64, value = i / 64 % 2 ? ~0u : 0, mine = 0;
		u64 reg = GICD(GICD_ICFGR + 4 * n);
		struct gic_model before;

		scribble(i);
		before = hw;
		for (u32 k = 0; k < 16; k++)
			mine |= owns(cell, n * 16 + k) ? 3u << 2 * k : 0;
		assert_int_equal(load(FIRST_CPU(cell), reg, 4), hw.d.config[n] & mine);
		store(FIRST_CPU(cell), reg, 4, value);
		before.d.config[n] = (before.d.config[n] & ~mine) | (value & mine & 0xaaaaaaaa);
		assert_memory_equal(&before, &hw, sizeof(hw));
	}
}

/* One register is changed by reading and writing: there must be one lock for that */
static void one_lock_for_the_configurations(void **state)
{
	void *lock;

	(void)state;
	store(2, GICD(GICD_ICFGR + 4 * (40 / 16)), 4, ~0u);
	lock = config_lock_seen;
	assert_non_null(lock);
	config_lock_seen = NULL;
	PRIV->cpu = &cpus[0];
	arch_spi_assign(cells[2], 42);
	assert_ptr_equal(config_lock_seen, lock);
}

static void routes_lead_to_own_cpus(void **state)
{
	(void)state;
	for (u32 i = 0; i < NR_CELLS * 1020 * NR_CPUS; i++) {
		u32 target = i % NR_CPUS, intid = i / NR_CPUS % 1020, cell = i / NR_CPUS / 1020;
		u64 reg = GICD(GICD_IROUTER + 8 * intid), was = 0x0102030405;
		bool mine = owns(cell, intid);

		hw.d.route[intid] = was;
		assert_int_equal(load(FIRST_CPU(cell), reg, 8), mine ? was : 0);
		assert_int_equal(load(FIRST_CPU(cell), reg, 4), mine ? (u32)was : 0);
		assert_int_equal(load(FIRST_CPU(cell), reg + 4, 4), mine ? was >> 32 : 0);
		store(FIRST_CPU(cell), reg, 8, cpus[target].mpidr);
		assert_int_equal(hw.d.route[intid],
				 mine && CELL_OF(target) == cell ? cpus[target].mpidr : was);
	}
}

static void no_other_routes(void **state)
{
	/* 1-of-N, with and without an affinity; CPUs that there are not; reserved bits */
	static const u64 wrong[] = { BIT(31),	      BIT(31) | 0x100, 0x10100,
				     0x102,	      0x100000100,     BIT(24) | 0x100,
				     BIT(40) | 0x100, BIT(63) | 0x100, ~0ull };
	u64 reg = GICD(GICD_IROUTER + 8 * 40);

	(void)state;
	hw.d.route[40] = cpus[3].mpidr;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		store(2, reg, 8, wrong[i]);
		assert_int_equal(hw.d.route[40], cpus[3].mpidr);
	}
	/* One half, with the other as it is; each of what results must be a CPU's */
	store(2, reg, 4, cpus[2].mpidr);
	assert_int_equal(hw.d.route[40], cpus[2].mpidr);
	store(2, reg + 4, 4, 2);
	store(2, reg, 4, 1);
	assert_int_equal(hw.d.route[40], cpus[2].mpidr);
	/* A register's upper half is not part of a store of a word */
	store(2, reg, 4, BIT(32) | (u32)cpus[3].mpidr);
	assert_int_equal(hw.d.route[40], cpus[3].mpidr);
}

static void halves_of_a_far_route(void **state)
{
	u64 reg = GICD(GICD_IROUTER + 8 * 42);

	(void)state;
	hw.d.route[42] = cpus[4].mpidr;
	store(4, reg, 4, (u32)cpus[5].mpidr);
	assert_int_equal(hw.d.route[42], cpus[5].mpidr);
	store(4, reg + 4, 4, cpus[5].mpidr >> 32);
	assert_int_equal(hw.d.route[42], cpus[5].mpidr);
	store(4, reg + 4, 4, 0);
	assert_int_equal(hw.d.route[42], cpus[5].mpidr);
}

/* IHI 0069 12.1.3: which widths a register takes */
static bool takes(u32 offset, u32 size)
{
	if ((offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + 1020) ||
	    (offset >= GICD_ITARGETSR && offset < GICD_ITARGETSR + 1020))
		return size == 1 || size == 4;
	if (offset >= GICD_IROUTER && offset < GICD_IROUTER + 1020 * 8)
		return size == 4 || size == 8;
	return size == 4;
}

/* Every address, every width, every cell; in the end nothing has been touched */
static void every_address(void **state)
{
	(void)state;
	for (u32 cell = 0; cell < NR_CELLS; cell++) {
		struct gic_model before;

		scribble(cell);
		before = hw;
		for (u32 offset = 0; offset < GICD_SIZE; offset++) {
			for (u32 size = 1; size <= 8; size *= 2) {
				bool fine = offset % size == 0 && takes(offset, size);
				u32 cpu = FIRST_CPU(cell);
				u64 value;

				assert_int_equal(try_load(cpu, GICD(offset), size, &value), fine);
				if (fine && size < 8)
					assert_int_equal(value >> 8 * size, 0);
				assert_int_equal(try_store(cpu, GICD(offset), size, ~0ull), fine);
			}
		}
		assert_null(trespass(&before, cell));
		assert_memory_not_equal(&before, &hw, sizeof(hw));
	}
}

/* Of what is not emulated a guest sees nothing: it reads as zero, as IHI 0069 asks */
static void the_rest_is_zero(void **state)
{
	static const u32 offsets[] = { 0x000c, 0x0010, 0x0040, 0x0048, 0x0050, 0x0058,
				       0x0d00, 0x0e00, 0x0f00, 0x0f10, 0x0f20, 0x1000,
				       0x3000, 0x8000, 0x0800, 0xffcc };

	(void)state;
	scribble(3);
	for (u32 i = 0; i < ARRAY_SIZE(offsets); i++) {
		store(2, GICD(offsets[i]), 4, ~0u);
		assert_int_equal(load(2, GICD(offsets[i]), 4), 0);
	}
	assert_int_equal(load(2, GICD(GICD_ITARGETSR + 33), 1), 0);
	assert_int_equal(load(2, GICD(GICD_PIDR2), 4), 0x3b);
	for (u32 offset = GICD_PIDR4; offset < GICD_SIZE; offset += 4) {
		if (offset == GICD_PIDR2)
			continue;
		store(2, GICD(offset), 4, ~0u);
		assert_int_equal(load(2, GICD(offset), 4), MODEL_IDENTIFICATION(offset));
	}
	assert_int_equal(load(2, GICD(GICD_IIDR), 4), MODEL_IIDR);
}

/* The cell's own switches; the hardware's are everybody's */
static void control_is_virtual(void **state)
{
	u32 fixed = GICD_CTLR_ARE_NS | GICD_CTLR_DS;

	(void)state;
	hw.d.ctlr = 0x52;
	assert_int_equal(load(2, GICD(GICD_CTLR), 4), fixed);
	store(2, GICD(GICD_CTLR), 4, ~0u);
	assert_int_equal(load(3, GICD(GICD_CTLR), 4), fixed | 3);
	assert_int_equal(load(4, GICD(GICD_CTLR), 4), fixed);
	store(3, GICD(GICD_CTLR), 4, 2);
	assert_int_equal(load(2, GICD(GICD_CTLR), 4), fixed | 2);
	assert_int_equal(hw.d.ctlr, 0x52);
}

/* IHI 0069, GICD_CTLR.RWP: an interrupt is only off when that is 0 */
static void a_disable_takes_its_time(void **state)
{
	(void)state;
	kind.rwp = 3;
	hw.d.enable[1] = ~0u;
	store(2, GICD(GICD_ICENABLER + 4), 4, ~0u);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(load(2, GICD(GICD_CTLR), 4) & GICD_CTLR_RWP, GICD_CTLR_RWP);
	assert_int_equal(load(2, GICD(GICD_CTLR), 4) & GICD_CTLR_RWP, 0);
}

#define TYPER_NMI BIT(9)
#define TYPER_SECURITY BIT(10)
#define TYPER_NUM_LPIS MASK(15, 11)
#define TYPER_MBIS BIT(16)
#define TYPER_LPIS BIT(17)
#define TYPER_NO1N BIT(25)

/* A guest must not be told of what it does not get */
static void the_type_is_what_there_is(void **state)
{
	const struct gic_kind rich = {
		.typer = 0x05780008 | TYPER_NMI | TYPER_SECURITY | 3 << 11 | TYPER_MBIS |
			 TYPER_LPIS,
		.pidr2 = 0x3b,
		.redist = 1,
	};
	u64 root, cell;

	(void)state;
	machine_start(&rich);
	root = load(0, GICD(GICD_TYPER), 4);
	cell = load(2, GICD(GICD_TYPER), 4);
	/* Routes to any CPU are refused; priorities of no mask are not emulated; and
	 * with GICD_CTLR.DS there is one security state.
	 */
	assert_int_equal(root & (TYPER_NO1N | TYPER_NMI | TYPER_SECURITY), TYPER_NO1N);
	assert_int_equal(cell & (TYPER_NO1N | TYPER_NMI | TYPER_SECURITY), TYPER_NO1N);
	/* Root has LPIs and messages */
	assert_int_equal(root & ~(TYPER_NO1N | TYPER_NMI | TYPER_SECURITY),
			 rich.typer & ~(TYPER_NO1N | TYPER_NMI | TYPER_SECURITY));
	assert_int_equal(cell & (TYPER_NUM_LPIS | TYPER_MBIS | TYPER_LPIS), 0);
	/* Lines, bits of an INTID, and what an affinity may be, are the hardware's */
	assert_int_equal(cell & ~(TYPER_NO1N), 0x05780008);
	/* Read-only */
	store(2, GICD(GICD_TYPER), 4, 0);
	assert_int_equal(load(2, GICD(GICD_TYPER), 4), cell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_store_touches_own_bits_only),
		TEST(a_load_shows_own_bits_only),
		TEST(groups_are_fixed),
		TEST(a_priority_is_a_byte),
		TEST(priorities_by_the_word),
		TEST(configurations_are_pairs_of_bits),
		TEST(one_lock_for_the_configurations),
		TEST(routes_lead_to_own_cpus),
		TEST(no_other_routes),
		TEST(halves_of_a_far_route),
		TEST(every_address),
		TEST(the_rest_is_zero),
		TEST(control_is_virtual),
		TEST(a_disable_takes_its_time),
		TEST(the_type_is_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
