// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which aborts are accesses to a device, and what a load leaves in its register
 * (Arm ARM, ISS of a data abort); SGIs; interrupts and CPUs that change hands.
 */
#include <setup.h>
#include <sgi.h>
#include <syndrome.h>

#include "machine.h"

#define PRIORITY GICD(GICD_IPRIORITYR + 40)

static void only_what_the_syndrome_describes(void **state)
{
	u64 esr = syndrome(1, true);

	(void)state;
	assert_true(trap(2, PRIORITY, esr, 0x11).handled);
	assert_int_equal(hw.d.priority[40], 0x11);
	/* No syndrome: two registers, an atomic, cache maintenance */
	assert_false(trap(2, PRIORITY, esr & ~ISS_ISV, 0x22).handled);
	/* The guest's own translation tables lie in a device */
	assert_false(trap(2, PRIORITY, esr | ISS_S1PTW, 0x22).handled);
	for (u32 fsc = 0; fsc < 64; fsc++) {
		bool translation = (fsc & 0x3c) == FSC_TRANSLATION;
		struct fast_result r = trap(2, PRIORITY, (esr & ~63ull) | fsc, 0x33);

		assert_int_equal(r.handled, translation);
	}
	assert_int_equal(hw.d.priority[40], 0x33);
}

static void loads_are_extended(void **state)
{
	u64 byte = syndrome(1, false), word = syndrome(4, false);

	(void)state;
	memset(&hw.d.priority[40], 0x80, 4);
	assert_int_equal(trap(2, PRIORITY, byte, ~0ull).value, 0x80);
	assert_int_equal(trap(2, PRIORITY, byte & ~ISS_SF, ~0ull).value, 0x80);
	/* LDRSB to Wt and to Xt */
	assert_int_equal(trap(2, PRIORITY, (byte & ~ISS_SF) | ISS_SSE, 0).value, 0xffffff80);
	assert_int_equal(trap(2, PRIORITY, byte | ISS_SSE, 0).value, 0xffffffffffffff80);
	/* LDR to Wt, LDRSW; of these four interrupts two are the cell's */
	assert_int_equal(trap(2, PRIORITY, word & ~ISS_SF, ~0ull).value, 0x8080);
	assert_int_equal(trap(2, PRIORITY, word | ISS_SSE, ~0ull).value, 0x8080);
	hw.d.enable[1] = ~0u;
	assert_int_equal(trap(0, GICD(GICD_ISENABLER + 4), word | ISS_SSE, 0).value,
			 (u64)(s64)(s32)owned_bits(0, 1));
	hw.d.route[40] = 0x8000000080000000;
	assert_int_equal(trap(2, GICD(GICD_IROUTER + 8 * 40), syndrome(8, false), 0).value,
			 0x8000000080000000);
}

/* Single step and BTI: what an instruction that is done leaves of PSTATE */
static void the_instruction_is_done(void **state)
{
	(void)state;
	write_sysreg(spsr_el2, SPSR_SS_MASK | SPSR_BTYPE_MASK | 5);
	store(2, PRIORITY, 1, 0);
	assert_int_equal(read_sysreg(spsr_el2), 5);
	write_sysreg(spsr_el2, SPSR_SS_MASK | SPSR_BTYPE_MASK | 5);
	assert_false(try_store(2, PRIORITY, 2, 0));
	assert_int_equal(read_sysreg(spsr_el2), SPSR_SS_MASK | SPSR_BTYPE_MASK | 5);
}

static u64 to_40(u64 va)
{
	return (PRIORITY & ~(PAGE_SIZE - 1)) | (va & 0); /* F is 0 */
}

static u64 to_nowhere(u64 va)
{
	return 1 | (va & 0);
}

/* Cortex-A57 erratum 834220: HPFAR_EL2 is not to be believed, stage 1 is asked */
static void an_address_that_is_wrong(void **state)
{
	struct fast_result r;

	(void)state;
	PRIV->errata = ERRATUM_834220;
	translate_va = to_40;
	write_sysreg(par_el1, 0x123);
	/* HPFAR_EL2 says GICD + 0x40000428, FAR_EL2 ends in 0x428 */
	r = trap(2, PRIORITY + BIT(30), syndrome(1, true), 0x77);
	assert_true(r.handled);
	assert_int_equal(hw.d.priority[40], 0x77);
	assert_int_equal(read_sysreg(par_el1), 0x123); /* the guest's */
	translate_va = to_nowhere;
	assert_false(trap(2, PRIORITY, syndrome(1, true), 0x78).handled);
	assert_int_equal(hw.d.priority[40], 0x77);
}

static void an_interrupt_changes_hands(void **state)
{
	struct gic_model before;

	(void)state;
	scribble(1);
	before = hw;
	PRIV->cpu = &cpus[0];
	arch_spi_assign(cells[2], 42);
	before.d.enable[1] &= ~(u32)BIT(10);
	before.d.pending[1] &= ~(u32)BIT(10);
	before.d.active[1] &= ~(u32)BIT(10);
	before.d.priority[42] = 0;
	/* As it was when the hypervisor came, which is zero here */
	before.d.config[2] &= ~(3u << 20);
	before.d.route[42] = cpus[4].mpidr;
	assert_memory_equal(&before, &hw, sizeof(hw));
}

static void a_cpu_leaves_root(void **state)
{
	struct gic_model before;

	(void)state;
	scribble(2);
	for (u32 i = 32; i <= MAX_INTID; i++)
		hw.d.route[i] = cpus[1].mpidr;
	before = hw;
	PRIV->cpu = &cpus[0];
	arch_cpu_assign(&cpus[1]);
	for (u32 i = 32; i <= MAX_INTID; i++)
		before.d.route[i] = owns(0, i) ? cpus[0].mpidr : cpus[1].mpidr;
	assert_memory_equal(&before, &hw, sizeof(hw));
}

/* What was sent, as the CPUs that get it */
static u32 reached(void)
{
	u32 who = 0;

	for (u32 n = 0; n < nr_sgis; n++) {
		assert_int_equal(sgi_log[n] & SGI1R_IRM, 0);
		for (u32 i = 0; i < NR_CPUS; i++) {
			if (sgi_reaches(sgi_log[n], sgi_target(cpus[i].mpidr), false))
				who |= (u32)BIT(i);
		}
	}
	nr_sgis = 0;
	return who;
}

static void sgis_stay_in_the_cell(void **state)
{
	(void)state;
	for (u32 i = 0; i < NR_CPUS; i++) {
		struct cell *cell = cells[CELL_OF(i)];

		PRIV->cpu = &cpus[i];
		for (u32 k = 0; k < NR_CPUS; k++) {
			gic_send_sgi(cell, sgi_target(cpus[k].mpidr) | 9 << 24);
			if (nr_sgis)
				assert_int_equal(sgi_log[0] & SGI1R_INTID, 9 << 24);
			assert_int_equal(reached(), CELL_OF(k) == CELL_OF(i) ? BIT(k) : 0);
		}
		/* All but itself, and that are those of the cell */
		gic_send_sgi(cell, SGI1R_IRM | 1 << 24);
		assert_int_equal(reached(), BIT(i ^ 1));
		/* All 16 of each cluster, with reserved bits */
		for (u32 k = 0; k < NR_CPUS; k++) {
			gic_send_sgi(cell, (sgi_target(cpus[k].mpidr) & SGI1R_CLUSTER) |
						   SGI1R_TARGETS | 0xffull << 56 | 0xfull << 28);
			assert_int_equal(reached() & ~(3u << (i & ~1u)), 0);
		}
	}
}

/*
 * The judge of all this, judged: a bit that is flipped is at most one cell's, and
 * of those that are a cell's there are as many as it can have.
 */
static void no_trespass_goes_unseen(void **state)
{
	u32 frame = 31 * 3 + 31 * 8 + 16 * 2 + 15 * 2;
	u32 allowed[NR_CELLS] = { 0 }, spis[NR_CELLS] = { 0 };
	struct gic_model before;

	(void)state;
	scribble(1);
	for (u32 i = 32; i <= MAX_INTID; i++) {
		for (u32 cell = 0; cell < NR_CELLS; cell++)
			spis[cell] += owns(cell, i);
		hw.d.route[i] = 3u << 30; /* 1-of-N, and a bit more: far from any CPU's */
	}
	before = hw;
	for (u64 bit = 0; bit < sizeof(hw) * 8; bit++) {
		u32 fine = 0;

		((u8 *)&hw)[bit / 8] ^= 1 << bit % 8;
		for (u32 cell = 0; cell < NR_CELLS; cell++) {
			bool mine = !trespass(&before, cell);

			allowed[cell] += mine;
			fine += mine;
		}
		assert_true(fine <= 1);
		hw = before;
	}
	/* Enable, pending, active, 8 bits of priority, 2 of configuration; root's LPIs */
	assert_int_equal(allowed[1], spis[1] * 13 + 2 * frame);
	assert_int_equal(allowed[2], spis[2] * 13 + 2 * frame);
	assert_int_equal(allowed[0], spis[0] * 13 + 2 * (frame + 4 * 64 + 32));
}

static void routes_are_judged_too(void **state)
{
	struct gic_model before;

	(void)state;
	scribble(1);
	hw.d.route[40] = hw.d.route[42] = BIT(31);
	before = hw;
	for (u32 i = 0; i < NR_CPUS; i++) {
		hw.d.route[40] = cpus[i].mpidr;
		for (u32 cell = 0; cell < NR_CELLS; cell++)
			assert_int_equal(!trespass(&before, cell), cell == 1 && CELL_OF(i) == 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_what_the_syndrome_describes),
		TEST(loads_are_extended),
		TEST(the_instruction_is_done),
		TEST(an_address_that_is_wrong),
		TEST(an_interrupt_changes_hands),
		TEST(a_cpu_leaves_root),
		TEST(sgis_stay_in_the_cell),
		TEST(no_trespass_goes_unseen),
		TEST(routes_are_judged_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
