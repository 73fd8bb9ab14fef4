// SPDX-License-Identifier: GPL-2.0-only
/* GICv2: what a guest's loads and stores reach, in both modes; SGIs; list registers. */
#include "gicv2_test.h"

#define PPIS (0xffff0000 & ~(u32)BIT(MAINTENANCE))
#define SPI(n, word) GICD((n) + 4 * (word))

static u32 interfaces(u32 cell)
{
	return 3u << FIRST_CPU(cell);
}

static void check_sgir(u32 cell, bool real)
{
	for (; nr_sgir; nr_sgir--) {
		assert_int_equal(sgir >> 24, 0);
		assert_int_equal(sgir >> 16 & ~interfaces(cell), 0);
		if (!real)
			assert_int_equal(sgir & 0xffff, KICK_SGI);
	}
}

static void try_all(u32 cpu, bool direct)
{
	static const u64 values[] = { ~0ull, 0, 0x0101010101010101, 0x80402010fe7f3f1f };
	static struct gicv2_model before;

	for (u32 offset = 0; offset < 0x1000; offset++) {
		for (u32 size = 1; size <= 8; size *= 2) {
			u64 at = GICD(offset), a, b;
			const char *what;
			bool taken;

			for (u32 i = 0; i < ARRAY_SIZE(values); i++) {
				before = hw2;
				taken = try_store(cpu, at, size, values[i]);
				what = trespass_v2(&before, cpu, direct);
				if (what)
					fail_msg("a store at 0x%llx changed %s",
						 (unsigned long long)at, what);
				check_sgir(CELL_OF(cpu), direct);
				if (size == 2 || size == 8 || offset % size)
					assert_false(taken);
				on_cpu(cpu);
				memset(PRIV->cpu->arch.sgis, 0, sizeof(PRIV->cpu->arch.sgis));
			}
			before = hw2;
			taken = try_load(cpu, at, size, &a);
			assert_memory_equal(&before, &hw2, sizeof(hw2));
			invert_v2(cpu, direct);
			assert_int_equal(try_load(cpu, at, size, &b), taken);
			if (taken && a != b)
				fail_msg("a load at 0x%llx tells of others",
					 (unsigned long long)at);
			hw2 = before;
		}
	}
}

static void every_register(void **state)
{
	(void)state;
	scribble_v2();
	for (u32 cell = 0; cell < NR_CELLS; cell++)
		try_all(FIRST_CPU(cell), false);
	for (u32 cell = 1; cell < NR_CELLS; cell++) {
		go_direct(FIRST_CPU(cell) + 1);
		go_direct(FIRST_CPU(cell));
		try_all(FIRST_CPU(cell), true);
	}
}

static void what_is_owned_is_reached(void **state)
{
	(void)state;
	store(2, SPI(GICD_ISENABLER, 1), 4, ~0u);
	assert_int_equal(hw2.enable[1], owned_bits(1, 1));
	assert_int_equal(load(2, SPI(GICD_ISENABLER, 1), 4), owned_bits(1, 1));
	store(2, GICD(GICD_ISENABLER), 4, ~0u);
	assert_int_equal(hw2.cpu[2].enable & PPIS, PPIS);
	assert_int_equal(load(2, GICD(GICD_ISENABLER), 4), PPIS | 0xffff);
	store(2, GICD(GICD_ITARGETSR + 40), 1, 0xff);
	assert_int_equal(hw2.targets[40], 0xc);
	assert_int_equal(load(2, GICD(GICD_ITARGETSR + 40), 1), 0xc);
	assert_int_equal(load(2, GICD(GICD_ITARGETSR), 4), 0x04040404);
	store(2, GICD(GICD_IPRIORITYR + 40), 1, 0x50);
	assert_int_equal(hw2.priority[40], 0x50);
	store(2, GICD(GICD_ICFGR + 40 / 16 * 4), 4, ~0u);
	assert_int_equal(hw2.config[2], 2u << 32 % 16 * 2 | 2u << 40 % 16 * 2 | 2u << 41 % 16 * 2);
	/* SGIs are kept apart, with 5 bits of priority, for each CPU */
	store(2, GICD(GICD_IPRIORITYR + 4), 4, 0xffeeddcc);
	assert_int_equal(load(2, GICD(GICD_IPRIORITYR + 4), 4), 0xf8e8d8c8);
	assert_int_equal(load(3, GICD(GICD_IPRIORITYR + 4), 4), 0);
	assert_int_equal(load(2, GICD(GICD_ICFGR), 4), 0xaaaaaaaa);
	/* Of all CPUs together */
	hw2.config[1] = 0x8000;
	store(2, GICD(GICD_ICFGR + 4), 4, ~0u);
	assert_int_equal(load(2, GICD(GICD_ICFGR + 4), 4), 0x8000);
	go_direct(2);
	store(2, GICD(GICD_IPRIORITYR + 4), 4, 0xffeeddcc);
	assert_int_equal(hw2.cpu[2].priority[7], 0xff);
	assert_int_equal(load(2, GICD(GICD_ISENABLER), 4), hw2.cpu[2].enable & (PPIS | 0xffff));
}

static void receive(u32 cpu)
{
	on_cpu(cpu);
	guest_irq_gicv2(KICK_SGI);
	assert_int_equal(eoir, KICK_SGI);
	assert_int_equal(dir, KICK_SGI);
}

static void sgis_stay_in_the_cell(void **state)
{
	(void)state;
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		for (u32 filter = 0; filter < 4; filter++) {
			u32 other = cpu ^ 1;

			store(cpu, GICD(GICD_SGIR), 4, filter << 24 | 0xff << 16 | 0x800f);
			check_sgir(CELL_OF(cpu), false);
			for (u32 i = 0; i < NR_CPUS; i++)
				assert_int_equal(waiting(i, 15),
						 i == other && filter < 2 ? BIT(cpu) : 0);
			cpus[other].arch.sgis[1] = 0;
			hw2.cpu[cpu].lr[0] = 0;
		}
	}
}

static void an_sgi_to_oneself_needs_no_interrupt(void **state)
{
	u32 lr = GICH_LR_PENDING | 2 << 10 | 5;

	(void)state;
	store(2, GICD(GICD_SGIR), 4, 2u << 24 | 5);
	assert_int_equal(nr_sgir, 0);
	assert_int_equal(hw2.cpu[2].lr[0], lr);
	assert_int_equal(waiting(2, 5), 0);
	/* It is there: merged on the long way */
	store(2, GICD(GICD_SGIR), 4, 4u << 16 | 5);
	assert_int_equal(nr_sgir, 1);
	assert_int_equal(waiting(2, 5), 4);
	hw2.cpu[2].lr[0] ^= GICH_LR_PENDING | GICH_LR_ACTIVE;
	receive(2);
	assert_int_equal(hw2.cpu[2].lr[0], lr | GICH_LR_ACTIVE);
	assert_int_equal(hw2.cpu[2].lr[1], 0);
	/* Others have their own place, until there is none */
	for (u32 i = 6; i < 6 + MODEL_LRS; i++)
		store(2, GICD(GICD_SGIR), 4, 2u << 24 | i);
	for (u32 i = 1; i < MODEL_LRS; i++)
		assert_int_equal(GICH_LR_INTID(hw2.cpu[2].lr[i]), 5 + i);
	assert_int_equal(waiting(2, 9), 4);
}

static void senders_of_one_number_come_one_by_one(void **state)
{
	(void)state;
	store(3, GICD(GICD_SGIR), 4, 4u << 16 | 1);
	receive(2);
	assert_int_equal(hw2.cpu[2].lr[0], GICH_LR_PENDING | 3 << 10 | 1);
	store(2, GICD(GICD_SGIR), 4, 4u << 16 | 1);
	receive(2);
	/* The end of the first is to be told */
	assert_int_equal(hw2.cpu[2].lr[0], GICH_LR_PENDING | GICH_LR_EOI | 3 << 10 | 1);
	assert_int_equal(hw2.cpu[2].lr[1], 0);
	hw2.cpu[2].lr[0] &= ~GICH_LR_PENDING;
	guest_irq_gicv2(MAINTENANCE);
	assert_int_equal(hw2.cpu[2].lr[0], GICH_LR_PENDING | 2 << 10 | 1);
	assert_int_equal(hw2.cpu[2].hcr, GICH_HCR_EN);
}

static void the_urgent_do_not_wait(void **state)
{
	(void)state;
	on_cpu(2);
	for (u32 i = 0; i < 6; i++) {
		hw2.cpu[2].rpr = 0xa0 - 8 * i;
		guest_irq_gicv2(40 + i);
		assert_int_equal(eoir, 40 + i);
	}
	/* 40 and 41 gave way to 44 and 45 */
	for (u32 i = 0; i < MODEL_LRS; i++) {
		u32 intid = i < 2 ? 44 + i : 40 + i;

		assert_int_equal(hw2.cpu[2].lr[i], gicv2_lr(intid, (u8)(0xa0 - 8 * (intid - 40))));
	}
	assert_int_equal(hw2.cpu[2].hcr, GICH_HCR_EN | GICH_HCR_NPIE);
	hw2.cpu[2].lr[1] = hw2.cpu[2].lr[2] = 0;
	guest_irq_gicv2(MAINTENANCE);
	assert_int_equal(hw2.cpu[2].lr[1], gicv2_lr(41, 0x98));
	assert_int_equal(hw2.cpu[2].lr[2], gicv2_lr(40, 0xa0));
	assert_int_equal(hw2.cpu[2].hcr, GICH_HCR_EN);
	assert_int_equal(nr_dir, 1);
	/* What is spurious is not ended */
	nr_eoir = 0;
	guest_irq_gicv2(1023);
	assert_int_equal(nr_eoir + nr_dir, 1);
}

/* Is the maintenance interrupt asserted? By underflow, which is all that is asked for here */
static bool underflows(void)
{
	const struct interface *me = &hw2.cpu[PRIV->cpu->id];
	u32 used = 0;

	for (u32 i = 0; i < MODEL_LRS; i++)
		used += me->lr[i] & (GICH_LR_PENDING | GICH_LR_ACTIVE) ? 1 : 0;
	return (me->hcr & GICH_HCR_EN) && (me->hcr & GICH_HCR_UIE) && used < 2;
}

static bool is_maintenance_enabled(void)
{
	return hw2.cpu[PRIV->cpu->id].enable & BIT(MAINTENANCE);
}

/*
 * ERRATUM_GICV2_LEVEL: when all list registers have ended the level of the maintenance
 * interrupt changes, without an exit; and otherwise all is as always.
 */
static void qemu_sees_the_last_end(void **state)
{
	struct interface *me = &hw2.cpu[2];
	u32 watcher;

	(void)state;
	machine_start_gicv2_of(GICD_IIDR_QEMU);
	for (u32 life = 0; life < 2; life++) {
		on_cpu(2);
		watcher = me->lr[MODEL_LRS - 1];
		assert_int_equal(watcher & (GICH_LR_PENDING | GICH_LR_ACTIVE), GICH_LR_ACTIVE);
		assert_true(underflows());
		assert_false(is_maintenance_enabled());
		for (u32 i = 0; i < MODEL_LRS - 1; i++) {
			guest_irq_gicv2(40 + i);
			assert_false(underflows());
		}
		memset(me->lr, 0, 4 * (MODEL_LRS - 1));
		assert_true(underflows());
		assert_false(is_maintenance_enabled());
		/* One too many: then it is to be told */
		for (u32 i = 0; i < MODEL_LRS; i++)
			guest_irq_gicv2(40 + i);
		assert_true(is_maintenance_enabled());
		memset(me->lr, 0, 4 * (MODEL_LRS - 1));
		guest_irq_gicv2(MAINTENANCE);
		assert_int_equal(GICH_LR_INTID(me->lr[0]), 40 + MODEL_LRS - 1);
		assert_false(is_maintenance_enabled());
		memset(me->lr, 0, 4 * (MODEL_LRS - 1));
		/* And so is the end of an SGI that another sender waits for */
		store(3, GICD(GICD_SGIR), 4, 4u << 16 | 1);
		receive(2);
		store(2, GICD(GICD_SGIR), 4, 4u << 16 | 1);
		receive(2);
		assert_true(is_maintenance_enabled());
		me->lr[0] &= ~GICH_LR_PENDING;
		guest_irq_gicv2(MAINTENANCE);
		assert_int_equal(me->lr[0], GICH_LR_PENDING | 2 << 10 | 1);
		assert_false(is_maintenance_enabled());
		assert_int_equal(me->lr[MODEL_LRS - 1], watcher);
		/* No end of a guest's can be meant; and it is there again in each life */
		assert_true(GICH_LR_INTID(watcher) >= 1020);
		me->lr[MODEL_LRS - 1] = 0;
		gic_ops->quiesce(true);
		gic_ops->reset_cpu();
	}
	gic_ops->release();
	assert_int_equal(me->lr[MODEL_LRS - 1], 0);
}

/* As in test_sync.c */
static void what_is_made_active_can_be_ended(void **state)
{
	(void)state;
	on_cpu(2);
	hw2.cpu[2].rpr = 0xa0;
	guest_irq_gicv2(40);
	hw2.active[1] = (u32)BIT(8);
	/* 40 has waited: it is active and pending; 41 is active */
	store(2, SPI(GICD_ISACTIVER, 1), 4, BIT(8) | BIT(9) | BIT(10));
	assert_int_equal(hw2.active[1], BIT(8) | BIT(9));
	assert_int_equal(hw2.pending[1], BIT(8));
	for (u32 i = 0; i < 2; i++)
		assert_int_equal(hw2.cpu[2].lr[i],
				 gicv2_lr(40 + i, 0) ^ GICH_LR_PENDING ^ GICH_LR_ACTIVE);
	assert_int_equal(hw2.cpu[2].lr[2], 0);
	store(2, SPI(GICD_ISACTIVER, 1), 4, BIT(8));
	assert_int_equal(hw2.cpu[2].lr[2], 0);
	store(2, SPI(GICD_ICACTIVER, 1), 4, ~0u);
	assert_int_equal(hw2.active[1] | hw2.cpu[2].lr[0] | hw2.cpu[2].lr[1], 0);
}

/* The sender's bit is what the receiver sees, of CPUs of the cell only */
static void pending_sgis_have_senders(void **state)
{
	(void)state;
	for (u32 direct = 0; direct < 2; direct++) {
		if (direct)
			go_direct(2);
		store(2, GICD(GICD_SPENDSGIR + 3), 1, 0xff);
		assert_int_equal(load(2, GICD(GICD_SPENDSGIR), 4), 0xcu << 24);
		assert_int_equal(load(2, GICD(GICD_CPENDSGIR + 3), 1), 0xc);
		assert_int_equal(hw2.cpu[2].sgis[3], direct ? 0xc : 0);
		store(2, GICD(GICD_CPENDSGIR), 4, 4u << 24);
		assert_int_equal(load(2, GICD(GICD_SPENDSGIR + 3), 1), 8);
		if (direct)
			continue;
		assert_int_equal(load(2, GICD(GICD_ISPENDR), 4), BIT(3));
		assert_int_equal(hw2.cpu[2].lr[0], GICH_LR_PENDING | 3 << 10 | 3);
		assert_int_equal(load(3, GICD(GICD_SPENDSGIR + 3), 1), 0);
		store(2, GICD(GICD_CPENDSGIR + 3), 1, 0xff);
		assert_int_equal(hw2.cpu[2].lr[0], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		V2(every_register),
		V2(what_is_owned_is_reached),
		V2(sgis_stay_in_the_cell),
		V2(an_sgi_to_oneself_needs_no_interrupt),
		V2(senders_of_one_number_come_one_by_one),
		V2(the_urgent_do_not_wait),
		V2(qemu_sees_the_last_end),
		V2(what_is_made_active_can_be_ended),
		V2(pending_sgis_have_senders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
