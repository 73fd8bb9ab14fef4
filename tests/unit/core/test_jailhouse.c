// SPDX-License-Identifier: GPL-2.0-only
/* Jailhouse's hypercalls, from cells and from root. */
#include <cloister/jailhouse.h>
#include <jailhouse.h>

#include "snapshot.h"

/* Of the cell that run_cell(1) makes; CPU 1 is root's */
#define CELL_CPU 3

static void job(void *arg)
{
	jailhouse_call(arg);
}

static s64 call(u32 cpu, u64 code, u64 x1, u64 x2)
{
	u64 x[3] = { code, x1, x2 };

	assert_int_equal(host_run(cpu, job, x), HOST_IN_GUEST);
	assert_int_equal(x[1], x1);
	assert_int_equal(x[2], x2);
	return (s64)x[0];
}

static void cells_are_not_managed_by_these(void **state)
{
	static struct snapshot before;
	static const u64 codes[] = { JH_DISABLE,	   JH_CELL_CREATE,  JH_CELL_START,
				     JH_CELL_SET_LOADABLE, JH_CELL_DESTROY, JH_CELL_GET_STATE };

	(void)state;
	run_cell(1);
	snapshot_take(&before);
	for (u32 i = 0; i < ARRAY_SIZE(codes); i++) {
		for (u64 x1 = 0; x1 < 3; x1++) {
			assert_int_equal(call(CELL_CPU, codes[i], x1, 0), -CL_EPERM);
			assert_int_equal(call(ROOT_CPU, codes[i], x1, 0), -CL_EPERM);
		}
	}
	for (u64 code = 9; code < 1000; code++)
		assert_int_equal(call(CELL_CPU, code, 1, 0), -CL_ENOSYS);
	/* All of x0 is the code */
	assert_int_equal(call(CELL_CPU, BIT(32) | JH_DEBUG_CONSOLE_PUTC, 'x', 0), -CL_ENOSYS);
	assert_int_equal(call(CELL_CPU, ~0ull, 0, 0), -CL_ENOSYS);
	assert_unchanged(&before);
}

static void the_hypervisor_is_described(void **state)
{
	(void)state;
	run_cell(1);
	assert_int_equal(call(CELL_CPU, JH_HYPERVISOR_GET_INFO, JH_INFO_POOL_SIZE, 0),
			 pool_total(&frame_pool));
	assert_int_equal(call(CELL_CPU, JH_HYPERVISOR_GET_INFO, JH_INFO_POOL_USED, 0),
			 pool_used(&frame_pool));
	assert_int_equal(call(CELL_CPU, JH_HYPERVISOR_GET_INFO, JH_INFO_REMAP_POOL_SIZE, 0), 0);
	assert_int_equal(call(CELL_CPU, JH_HYPERVISOR_GET_INFO, JH_INFO_REMAP_POOL_USED, 0), 0);
	assert_int_equal(call(CELL_CPU, JH_HYPERVISOR_GET_INFO, JH_INFO_CELLS, 0), 2);
	assert_int_equal(call(CELL_CPU, JH_HYPERVISOR_GET_INFO, 5, 0), -CL_EINVAL);
	assert_int_equal(call(CELL_CPU, JH_HYPERVISOR_GET_INFO, ~0ull, 0), -CL_EINVAL);
}

static void a_cell_sees_its_own_cpus(void **state)
{
	static const u8 which[JH_NR_STATISTICS] = {
		[JH_EXITS_TOTAL] = CL_EXIT_TOTAL,
		[JH_EXITS_HYPERCALL] = CL_EXIT_HVC,
		[JH_EXITS_MAINTENANCE] = CL_EXIT_MAINTENANCE,
		[JH_EXITS_IRQ] = CL_EXIT_IRQ,
		[JH_EXITS_SGI] = CL_EXIT_SGI,
		[JH_EXITS_PSCI] = CL_EXIT_PSCI,
		[JH_EXITS_SMC] = CL_EXIT_SMC,
	};
	u64 *exits = cpus[CELL_CPU].arch.exits;

	(void)state;
	run_cell(1);
	for (u32 i = 0; i < CL_NR_EXITS; i++)
		exits[i] = 1000 + i;
	for (u32 i = 0; i < JH_NR_STATISTICS; i++) {
		s64 wanted = 1000 + which[i];

		if (i == JH_EXITS_MMIO)
			wanted = 4000 + CL_EXIT_GICD + CL_EXIT_GICR + CL_EXIT_VIOLATION +
				 CL_EXIT_DEVICE;
		if (i == JH_EXITS_MANAGEMENT)
			wanted = 0;
		assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, CELL_CPU, JH_CPU_STATISTICS + i),
				 wanted);
		assert_int_equal(call(ROOT_CPU, JH_CPU_GET_INFO, CELL_CPU, JH_CPU_STATISTICS + i),
				 wanted);
		assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, ROOT_CPU, JH_CPU_STATISTICS + i),
				 -CL_EPERM);
	}
	/* Never like an error */
	exits[CL_EXIT_TOTAL] = ~0ull;
	assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, CELL_CPU, JH_CPU_STATISTICS), 0x7fffffff);
	assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, CELL_CPU,
			      JH_CPU_STATISTICS + JH_NR_STATISTICS),
			 -CL_EINVAL);
	assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, CELL_CPU, ~0ull), -CL_EINVAL);
	assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, CELL_CPU, 1), -CL_EINVAL);
	assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, CELL_CPU, 999), -CL_EINVAL);
	assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, nr_cpus, JH_CPU_STATE), -CL_EINVAL);
	assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, ~0ull, JH_CPU_STATE), -CL_EINVAL);
	assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, 2, JH_CPU_STATE), -CL_EPERM);
	assert_int_equal(call(CELL_CPU, JH_CPU_GET_INFO, CELL_CPU, JH_CPU_STATE), JH_CPU_RUNNING);
	cpus[2].state = CPU_LOST;
	assert_int_equal(call(ROOT_CPU, JH_CPU_GET_INFO, 2, JH_CPU_STATE), JH_CPU_FAILED);
	cpus[2].state = CPU_OFF;
}

static void characters_go_to_the_virtual_console(void **state)
{
	char text[8] = "";
	u64 position = 0;

	(void)state;
	run_cell(1);
	assert_int_equal(call(CELL_CPU, JH_DEBUG_CONSOLE_PUTC, 0x100 | 'a', 0), 0);
	assert_int_equal(call(CELL_CPU, JH_DEBUG_CONSOLE_PUTC, 'b', 0), 0);
	assert_int_equal(console_read(cells[1]->console, &position, text, sizeof(text)), 2);
	assert_string_equal(text, "ab");
	/* Root has none, and a cell need not have one */
	assert_int_equal(call(ROOT_CPU, JH_DEBUG_CONSOLE_PUTC, 'c', 0), -CL_EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cells_are_not_managed_by_these),
		TEST(the_hypervisor_is_described),
		TEST(a_cell_sees_its_own_cpus),
		TEST(characters_go_to_the_virtual_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
