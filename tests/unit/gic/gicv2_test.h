/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of a GICv2 have in common. */
#ifndef TEST_GIC_GICV2_TEST_H
#define TEST_GIC_GICV2_TEST_H

#include <gicv2.h>

#include "gicv2_model.h"
#include "machine.h"

static inline int setup(void **state)
{
	(void)state;
	machine_start_gicv2();
	nr_sgir = nr_eoir = nr_dir = 0;
	return 0;
}

/* As arch_guest_start() does it */
static inline void go_direct(u32 cpu)
{
	on_cpu(cpu);
	gic_ops->reset_cpu();
	gic_ops->enter_direct();
	PRIV->direct = true;
}

/* What CPU @cpu has not looked at yet: for each CPU interface that sent SGI @intid, a bit */
static inline u32 waiting(u32 cpu, u32 intid)
{
	return cpus[cpu].arch.sgis[intid / 8] >> intid % 8 * 8 & 0xff;
}

#define V2(name) cmocka_unit_test_setup(name, setup)

#endif
