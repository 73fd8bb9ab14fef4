// SPDX-License-Identifier: GPL-2.0-only
/* GICv2 in direct mode, and a CPU interface and an interrupt that change hands. */
#include <subpage.h>

#include "gicv2_test.h"

#define GICC_DIR_PA (GICC_PA + GICC_DIR)

static void direct_sgis_are_sent_as_they_are(void **state)
{
	(void)state;
	/* exits.S looks at all stores: it may take those of this mode only */
	for (u32 i = 0; i < NR_CPUS; i++) {
		on_cpu(i);
		assert_true(PRIV->sgir.ipa == SGIR_IPA_NONE);
	}
	go_direct(2);
	assert_true(PRIV->sgir.ipa == GICD(GICD_SGIR));
	store(2, GICD(GICD_SGIR), 4, 0xffu << 16 | 0x800c);
	assert_int_equal(nr_sgir, 1);
	assert_int_equal(sgir, 0xcu << 16 | 12);
	store(2, GICD(GICD_SGIR), 4, 1u << 24 | 3);
	assert_int_equal(sgir, 8u << 16 | 3);
	store(2, GICD(GICD_SGIR), 4, 0xf3u << 16 | 3);
	/* A list without anybody sends nothing */
	assert_int_equal(sgir, 3);
	assert_int_equal(waiting(2, 12) | waiting(3, 12), 0);
}

static bool write_dir(u64 ipa, u32 value, u32 size)
{
	struct mmio_access a = { .ipa = ipa, .value = value, .size = size, .write = true };

	nr_dir = 0;
	return gicv2_direct_mmio(&a);
}

static void foreign_interrupts_are_not_ended(void **state)
{
	struct mmio_access a = { .ipa = GICC_DIR_PA, .value = 7, .size = 4 };

	(void)state;
	go_direct(2);
	for (u32 mode = 0; mode < 2; mode++) {
		hw2.cpu[2].ctlr = mode ? GICC_CTLR_EOIMODE : 0;
		for (u32 intid = 0; intid < 1024; intid++) {
			bool own = intid < 32 ? intid != MAINTENANCE : owns(1, intid);

			assert_true(write_dir(GICC_DIR_PA, intid, 4));
			assert_int_equal(nr_dir, own && mode);
			if (nr_dir)
				assert_int_equal(dir, intid);
		}
	}
	/* An SGI with its sender */
	assert_true(write_dir(GICC_DIR_PA, 3 << 10 | 5, 4));
	assert_int_equal(dir, 3 << 10 | 5);
	/* Other registers, widths, addresses */
	assert_true(write_dir(GICC_DIR_PA + 4, 5, 4));
	assert_int_equal(nr_dir, 0);
	assert_false(write_dir(GICC_DIR_PA, 5, 1));
	assert_false(write_dir(GICC_DIR_PA - 4, 5, 4));
	assert_false(write_dir(GICC_DIR_PA + 0x1000, 5, 4));
	assert_true(gicv2_direct_mmio(&a));
	assert_int_equal(a.value, 0);
}

static void assert_at_rest(const struct interface *me)
{
	assert_int_equal(me->ctlr & ~GICC_CTLR_BYPASS, 0);
	assert_int_equal(me->pmr | me->bpr | me->abpr, 0);
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(me->apr[i] | me->nsapr[i], 0);
	for (u32 i = 0; i < 16; i++)
		assert_int_equal(me->sgis[i], 0);
	assert_int_equal((me->enable & 0xffff0000) | me->pending | me->active, 0);
}

static void wreck(struct interface *me)
{
	memset(me->apr, 0xff, sizeof(me->apr));
	memset(me->nsapr, 0xff, sizeof(me->nsapr));
	memset(me->sgis, 0xff, sizeof(me->sgis));
	memset(me->priority, 0x55, sizeof(me->priority));
	me->ctlr = 0x7ff;
	me->pmr = me->bpr = me->abpr = 0x7;
	me->enable = me->active = ~0u;
	me->pending = 0xffff0000;
}

static void an_interface_changes_hands(void **state)
{
	struct interface *me = &hw2.cpu[2];

	(void)state;
	wreck(me);
	go_direct(2);
	assert_at_rest(me);
	assert_int_equal(me->hcr, 0);
	for (u32 i = 0; i < 32; i++)
		assert_int_equal(me->priority[i], i == MAINTENANCE ? 0x55 : 0);
	wreck(me);
	gic_ops->leave_direct();
	PRIV->direct = false;
	assert_at_rest(me);
	assert_true(PRIV->sgir.ipa == SGIR_IPA_NONE);
	gic_ops->quiesce(false);
	/* And EL2's own: kick and maintenance, most urgent */
	assert_int_equal(me->ctlr, GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE);
	assert_int_equal(me->pmr, 0xff);
	assert_int_equal(me->hcr, GICH_HCR_EN);
	assert_int_equal(me->enable & 0xffff0000, BIT(MAINTENANCE));
	assert_int_equal(me->priority[MAINTENANCE] | me->priority[KICK_SGI], 0);
	assert_int_equal(me->pending | me->active, 0);
	/* SGIs of a sibling that was late; a kick may be meant for the next guest */
	memset(me->sgis, 0xff, sizeof(me->sgis));
	gic_ops->reset_cpu();
	for (u32 i = 0; i < 16; i++)
		assert_int_equal(me->sgis[i], i == KICK_SGI ? 0xff : 0);
}

static void an_interrupt_changes_hands(void **state)
{
	struct gicv2_model before;

	(void)state;
	scribble_v2();
	before = hw2;
	on_cpu(0);
	arch_spi_assign(cells[2], 42);
	before.enable[1] &= ~(u32)BIT(10);
	before.pending[1] &= ~(u32)BIT(10);
	before.active[1] &= ~(u32)BIT(10);
	before.priority[42] = 0;
	before.config[2] &= ~(3u << 20);
	before.targets[42] = BIT(4);
	assert_memory_equal(&before, &hw2, sizeof(hw2));
	/* CPU 1 leaves root: its interrupts go to the others that there are, or to this one */
	hw2.targets[44] = 2;
	arch_cpu_assign(&cpus[1]);
	assert_int_equal(hw2.targets[44], 1);
	assert_int_equal(hw2.targets[45], 1);
	assert_int_equal(hw2.targets[40], 0xc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		V2(direct_sgis_are_sent_as_they_are),
		V2(foreign_interrupts_are_not_ended),
		V2(an_interface_changes_hands),
		V2(an_interrupt_changes_hands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
