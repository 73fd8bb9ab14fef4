// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that do not come: here, those whose turn does not come. */
#include "fixture.h"
#include "reach.h"

static struct answer abandon(u64 id)
{
	return CALL(CL_HC_CELL_DESTROY, id, CL_DESTROY_ABANDON);
}

/* The other CPUs have their turn, this one has none */
static void settle_without(u32 lost)
{
	bool any;

	do {
		any = false;
		for (u32 i = 0; i < nr_cpus; i++) {
			if (i == lost || !host_can_step(i))
				continue;
			host_step(i);
			any = true;
		}
	} while (any);
}

/* Until it is quarantined, or there is nothing to quarantine */
static struct answer abandon_until_done(u64 id, u32 *calls)
{
	struct answer a;

	*calls = 0;
	do {
		a = abandon(id);
		(*calls)++;
	} while (a.ret == -CL_EINPROGRESS);
	return a;
}

/* A cell of one CPU: root does all the work itself */
static void a_cpu_that_does_not_come_is_quarantined(void **state)
{
	u64 used = pool_used(&frame_pool), id = run_cell(0);
	u32 lost = (u32)cells[id]->config.cpus[0], calls;
	u8 *ram = host_ram(CELL_RAM(0));
	struct answer a;

	(void)state;
	ram[0] = 1;
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	assert_int_equal(ram[0], 1);

	a = abandon_until_done(id, &calls);
	assert_refused(a, CL_ETIMEDOUT, CELL_CPU_LOST);
	assert_int_equal(a.value[0], lost);
	assert_int_equal(a.value[1], id);
	assert_true(calls > 1);
	assert_int_equal(ram[0], 0);
	assert_int_equal(info_of(id).state, CL_CELL_QUARANTINED);
	assert_int_equal(info_of(id).fail_reason, CL_FAIL_CPU_LOST);
	assert_int_equal(info_of(id).fail_cpu, lost);
	assert_int_equal(info_of(id).cpus[0], BIT(lost));
	check_machine();

	/* All but the CPU can be another's */
	assert_refused(create_default(0), CL_EEXIST, CELL_NAME_TAKEN);
	assert_refused(start(id), CL_EBUSY, CELL_STATE);
	assert_refused(shutdown_ask(id), CL_EBUSY, CELL_STATE);
	assert_refused(CALL(CL_HC_CELL_SET_LOADABLE, id), CL_EBUSY, CELL_STATE);
	assert_refused(destroy_once(id, false), CL_ETIMEDOUT, CELL_CPU_LOST);
	assert_refused(abandon(id), CL_ETIMEDOUT, CELL_CPU_LOST);

	/* And when it comes it parks, and is root's after the next destroy */
	host_settle();
	assert_cpu_off(lost);
	assert_refused(start(id), CL_EBUSY, CELL_STATE);
	assert_done(destroy_once(id, false));
	assert_int_equal(pool_used(&frame_pool), used);
	check_machine();
	run_cell(0);
	check_machine();
}

static void other_cpus_and_the_memory_are_roots_again(void **state)
{
	struct test_config c;
	u64 id = run_cell(1), other;
	u32 calls;

	(void)state;
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	settle_without(4);
	assert_cpu_off(3);
	assert_refused(abandon_until_done(id, &calls), CL_ETIMEDOUT, CELL_CPU_LOST);
	assert_ptr_equal(cpus[3].cell, cells[0]);
	assert_ptr_equal(cpus[4].cell, cells[id]);

	cell_config(&c, 1);
	strcpy(c.cell.name, "another");
	c.nr_cpus = 1;
	other = (u64)create(&c).ret;
	assert_true(other > 0 && other < CL_MAX_CELLS);
	assert_done(start(load(other)));
	host_settle();
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_cpu_off(4);
	check_machine();
	assert_done(destroy(id));
	assert_done(destroy(other));
	check_machine();
}

static void one_that_comes_meanwhile_ends_it(void **state)
{
	u64 used = pool_used(&frame_pool), id = run_cell(0);
	u32 calls;

	(void)state;
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	assert_int_equal(abandon(id).ret, -CL_EINPROGRESS);
	host_settle();
	assert_done(abandon_until_done(id, &calls));
	assert_refused(abandon(id), CL_ENOENT, CELL_UNKNOWN);
	assert_int_equal(pool_used(&frame_pool), used);
	check_machine();
}

/* Zeroing memory for example: it will come, and must not find its memory gone */
static void a_cpu_in_the_hypervisor_is_not_lost(void **state)
{
	u64 id = load((u64)create_default(1).ret);

	(void)state;
	assert_done(start(id)); /* has not had its turn */
	assert_int_equal(cpu_state(&cpus[3]), CPU_STARTING);
	for (u32 i = 0; i < 10; i++)
		assert_int_equal(abandon(id).ret, -CL_EINPROGRESS);
	assert_int_equal(info_of(id).state, CL_CELL_DESTROYING);
	host_settle();
	assert_done(destroy(id));
	check_machine();
}

static void without_memory_it_can_be_tried_again(void **state)
{
	u64 id = run_cell(0);
	u32 calls;

	(void)state;
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	host.fail_cell_revoke = -CL_ENOMEM;
	assert_refused(abandon(id), CL_ENOMEM, NO_MEMORY);
	assert_int_equal(info_of(id).state, CL_CELL_DESTROYING);
	host.fail_cell_revoke = 0;
	assert_refused(abandon_until_done(id, &calls), CL_ETIMEDOUT, CELL_CPU_LOST);
	host_settle();
	assert_done(destroy_once(id, false));
	check_machine();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cpu_that_does_not_come_is_quarantined),
		TEST(other_cpus_and_the_memory_are_roots_again),
		TEST(one_that_comes_meanwhile_ends_it),
		TEST(a_cpu_in_the_hypervisor_is_not_lost),
		TEST(without_memory_it_can_be_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
