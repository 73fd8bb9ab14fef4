// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that are on their way into a guest, and the registers that tell of them.
 * There is one set of list registers in this machine, that of the CPU that stores.
 */
#include <sysreg.h>

#include "machine.h"

#define LR(n) "S3_4_C12_C12_" #n
#define EISR "S3_4_C12_C11_3"
#define DIR "S3_0_C12_C11_1"
#define ELRSR "S3_4_C12_C11_5"
#define HCR "S3_4_C12_C11_0"

#define PENDING (1ull << 62)
#define ACTIVE (1ull << 63)
#define HW(intid) (1ull << 61 | (u64)(intid) << 32)
#define GROUP1 (1ull << 60)
#define EOI (1ull << 41)

#define CPU 2 /* of cell 1 */
#define SGI_NUMBER 3

static u32 spi;

static u32 bit(void)
{
	return (u32)BIT(spi % 32);
}

static u32 word(u32 reg)
{
	return reg + spi / 32 * 4;
}

/* An SPI of the cell has been taken for it, and waits in the first list register */
static void take(u64 state)
{
	for (spi = 32; !owns(1, spi); spi++)
		;
	PRIV->nr_lrs = 4;
	sysreg_write(LR(0), spi | HW(spi) | GROUP1 | 0xa0ull << 48 | state);
	sysreg_write(LR(1), 0);
	sysreg_write(LR(2), 0);
	sysreg_write(LR(3), 0);
	sysreg_write(ELRSR, 0xe);
	hw.d.active[spi / 32] = bit();
	hw.d.enable[spi / 32] = bit();
	cells[1]->arch.gicd_ctlr = GICD_CTLR_ENABLE_G1A;
	nr_requests = 0;
}

static void what_waits_is_pending(void **state)
{
	(void)state;
	take(PENDING);
	assert_int_equal(load(CPU, GICD(word(GICD_ISACTIVER)), 4), 0);
	/* It has gone back, since that is where all can see it */
	assert_int_equal(sysreg_read(LR(0)), 0);
	assert_int_equal(hw.d.pending[spi / 32], bit());
	take(PENDING);
	assert_int_equal(load(CPU, GICD(word(GICD_ISPENDR)), 4), bit());
	assert_int_equal(nr_requests, 0);
}

static void what_is_handled_stays(void **state)
{
	(void)state;
	take(ACTIVE);
	assert_int_equal(load(CPU, GICD(word(GICD_ISACTIVER)), 4), bit());
	assert_int_equal(load(CPU, GICD(word(GICD_ISPENDR)), 4), 0);
	store(CPU, GICD(word(GICD_ICENABLER)), 4, bit());
	assert_true(sysreg_read(LR(0)) & ACTIVE);
	assert_int_equal(nr_requests, 0);
	store(CPU, GICD(word(GICD_ICACTIVER)), 4, bit());
	assert_int_equal(sysreg_read(LR(0)), 0);
	assert_int_equal(hw.d.active[spi / 32], 0);
}

static void a_disabled_one_is_taken_back(void **state)
{
	(void)state;
	take(PENDING);
	store(CPU, GICD(word(GICD_ICENABLER)), 4, bit());
	assert_int_equal(sysreg_read(LR(0)), 0);
	assert_int_equal(hw.d.pending[spi / 32], bit());
	assert_int_equal(hw.d.enable[spi / 32], 0);
	take(PENDING);
	store(CPU, GICD(word(GICD_ICPENDR)), 4, bit());
	assert_int_equal(sysreg_read(LR(0)), 0);
	assert_int_equal(hw.d.pending[spi / 32], 0);
	assert_int_equal(hw.d.active[spi / 32], 0);
}

/* The guest has ended it, and EL2, which has to end the physical one, was not told yet */
static void an_end_is_not_forgotten(void **state)
{
	(void)state;
	take(0);
	sysreg_write(LR(0), spi | EOI | GROUP1);
	sysreg_write(EISR, 1);
	gic_ops->sync();
	assert_int_equal(sysreg_read(DIR), spi);
	assert_int_equal(sysreg_read(LR(0)), 0);

	sysreg_write(DIR, 0);
	sysreg_write(LR(0), spi | EOI | GROUP1);
	gic_ops->quiesce(true);
	assert_int_equal(sysreg_read(DIR), spi);
	assert_int_equal(sysreg_read(LR(0)), 0);
}

/* Active, and in no list register here: then another CPU has it */
static void others_are_asked(void **state)
{
	(void)state;
	take(0);
	load(CPU, GICD(word(GICD_ISPENDR)), 4);
	assert_int_equal(nr_requests, 1);
	/* Not for what is not asked about */
	store(CPU, GICD(word(GICD_ICPENDR)), 4, 0);
	assert_int_equal(nr_requests, 1);
	hw.d.active[spi / 32] = ~bit() & ~owned_bits(1, spi / 32);
	load(CPU, GICD(word(GICD_ISPENDR)), 4);
	assert_int_equal(nr_requests, 1);
}

/* It has a list register, in which the guest's end of it finds it */
static void what_is_made_active_can_be_ended(void **state)
{
	(void)state;
	take(0);
	hw.d.active[spi / 32] = 0;
	sysreg_write(ELRSR, 0xf);
	store(CPU, GICD(word(GICD_ISACTIVER)), 4, bit() | ~owned_bits(1, spi / 32));
	assert_int_equal(hw.d.active[spi / 32], bit());
	assert_int_equal(sysreg_read(LR(0)) & ~(0xffull << 48), spi | HW(spi) | GROUP1 | ACTIVE);
	/* But one only, if it is active already; what waited is active and pending */
	take(ACTIVE);
	store(CPU, GICD(word(GICD_ISACTIVER)), 4, bit());
	assert_int_equal(sysreg_read(LR(1)), 0);
	take(PENDING);
	sysreg_write(ELRSR, 0xf);
	store(CPU, GICD(word(GICD_ISACTIVER)), 4, bit());
	assert_int_equal(sysreg_read(LR(0)) & ~(0xffull << 48), spi | HW(spi) | GROUP1 | ACTIVE);
	assert_int_equal(hw.d.pending[spi / 32], bit());
	assert_int_equal(hw.d.active[spi / 32], bit());
	store(CPU, GICD(word(GICD_ICACTIVER)), 4, bit());
	assert_int_equal(sysreg_read(LR(0)), 0);
	assert_int_equal(hw.d.active[spi / 32], 0);
	/* Another CPU's guest handles it, or no list register is free: none is overwritten */
	take(ACTIVE);
	sysreg_write(ELRSR, 0);
	hw.d.active[spi / 32] = 0;
	store(CPU, GICD(word(GICD_ISACTIVER)), 4, bit());
	assert_int_equal(sysreg_read(LR(1)) | sysreg_read(LR(2)) | sysreg_read(LR(3)), 0);
}

static void sgis_are_active_in_list_registers_only(void **state)
{
	(void)state;
	take(0);
	hw.d.active[spi / 32] = 0;
	sysreg_write(LR(0), SGI_NUMBER | GROUP1 | ACTIVE | PENDING);
	assert_int_equal(load(CPU, SGI(CPU, GICD_ISACTIVER), 4), BIT(SGI_NUMBER));
	assert_int_equal(sysreg_read(LR(0)), SGI_NUMBER | GROUP1 | ACTIVE);
	assert_int_equal(load(CPU, SGI(CPU, GICD_ISPENDR), 4), BIT(SGI_NUMBER));
	store(CPU, SGI(CPU, GICD_ICACTIVER), 4, BIT(SGI_NUMBER));
	assert_int_equal(sysreg_read(LR(0)), 0);
	assert_int_equal(load(CPU, SGI(CPU, GICD_ISACTIVER), 4), 0);
}

/* A distributor that is off: the virtual CPU interface is */
static void switched_off(void **state)
{
	(void)state;
	take(PENDING);
	store(CPU, GICD(GICD_CTLR), 4, 0);
	assert_int_equal(sysreg_read(HCR) & 1, 0);
	assert_int_equal(nr_requests, 1);
	store(CPU, GICD(GICD_CTLR), 4, 0);
	assert_int_equal(nr_requests, 1);
	store(CPU, GICD(GICD_CTLR), 4, GICD_CTLR_ENABLE_G1A);
	assert_int_equal(sysreg_read(HCR) & 1, 1);
	assert_int_equal(nr_requests, 2);
}

/* In direct mode the registers tell the truth */
static void direct_mode_needs_nothing(void **state)
{
	(void)state;
	take(PENDING);
	PRIV->direct = true;
	assert_int_equal(load(CPU, GICD(word(GICD_ISACTIVER)), 4), bit());
	store(CPU, GICD(word(GICD_ICACTIVER)), 4, bit());
	assert_true(sysreg_read(LR(0)) & PENDING);
	assert_int_equal(nr_requests, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_waits_is_pending),
		TEST(what_is_handled_stays),
		TEST(a_disabled_one_is_taken_back),
		TEST(an_end_is_not_forgotten),
		TEST(others_are_asked),
		TEST(what_is_made_active_can_be_ended),
		TEST(sgis_are_active_in_list_registers_only),
		TEST(switched_off),
		TEST(direct_mode_needs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
