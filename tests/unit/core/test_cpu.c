// SPDX-License-Identifier: GPL-2.0-only
/* CPUs one at a time: what they are asked for, and what they answer. */
#include "fixture.h"
#include "reach.h"

static void job_serve(void *arg)
{
	(void)arg;
	cpu_serve_requests();
}

static void job_restart(void *arg)
{
	(void)arg;
	cpu_restart(this_cpu());
}

struct on {
	u64 mpidr;
	int ret;
};

static void job_on(void *arg)
{
	struct on *on = arg;

	on->ret = cpu_turn_on(this_cpu()->cell, on->mpidr, 0x4000, 9);
}

static int turn_on_mpidr(u32 from, u64 mpidr)
{
	struct on on = { mpidr, 1 };

	assert_int_equal(host_run(from, job_on, &on), HOST_IN_GUEST);
	return on.ret;
}

static void cpus_are_found_by_affinity(void **state)
{
	(void)state;
	for (u32 i = 0; i < SYSTEM_CPUS; i++)
		assert_ptr_equal(cpu_by_mpidr(i / 2 << 8 | i % 2), &cpus[i]);
	assert_null(cpu_by_mpidr(2));
	assert_null(cpu_by_mpidr(~0ull));
	/* What lies behind the last CPU is none */
	assert_null(cpu_by_mpidr(cpus[SYSTEM_CPUS].mpidr | 0x300));
}

static void a_cell_turns_on_its_own_cpus_only(void **state)
{
	static const u64 none[] = { 2, 0x300, 0x80000000, ~0ull };

	(void)state;
	run_cell(1);
	run_cell(0);
	for (u32 i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(turn_on_mpidr(3, none[i]), -CL_ENOENT);
	for (u32 i = 0; i < SYSTEM_CPUS; i++) {
		u32 before = cpu_state(&cpus[i]);

		if (i == 3 || i == 4)
			continue;
		assert_int_equal(turn_on_mpidr(3, cpus[i].mpidr), -CL_ENOENT);
		assert_int_equal(cpu_state(&cpus[i]), before);
		assert_int_equal(cpus[i].request, 0);
	}
	assert_int_equal(turn_on_mpidr(3, cpus[3].mpidr), -CL_EEXIST);
	assert_int_equal(turn_on_mpidr(3, cpus[4].mpidr), 0);
	assert_int_equal(turn_on_mpidr(3, cpus[4].mpidr), -CL_EINPROGRESS);
	host_settle();
	assert_int_equal(turn_on_mpidr(3, cpus[4].mpidr), -CL_EEXIST);
	assert_int_equal(host_stopped(4), HOST_IN_GUEST);
	assert_int_equal(cpus[4].args[0], 9);
	assert_int_equal(cpus[4].args[1] | cpus[4].args[2] | cpus[4].args[3], 0);
	assert_int_equal(last_event(HOST_GUEST_START)->a, 0x4000);
	/* Nor does root turn on what it has given away */
	assert_int_equal(turn_on_mpidr(1, cpus[2].mpidr), -CL_ENOENT);
}

static void a_claim_is_made_once(void **state)
{
	(void)state;
	assert_true(cpu_claim(&cpus[2]));
	assert_int_equal(cpu_state(&cpus[2]), CPU_STARTING);
	assert_false(cpu_claim(&cpus[2]));
	assert_int_equal(turn_on_mpidr(1, cpus[2].mpidr), -CL_EINPROGRESS);
	cpus[2].state = CPU_OFF;
	assert_false(cpu_claim(&cpus[1]));
	assert_int_equal(cpu_state(&cpus[1]), CPU_ON);
}

static void kicks_without_requests_change_nothing(void **state)
{
	(void)state;
	run_cell(1);
	host_forget();
	arch_kick(&cpus[3]);
	arch_signal();
	host_settle();
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_int_equal(host.count[HOST_QUIESCE], 0);
	assert_int_equal(host_run(3, job_serve, NULL), HOST_IN_GUEST);
	/* A start, asked of one that runs, is none of a guest's business */
	cpus[3].request = CPU_REQ_START;
	assert_int_equal(host_run(3, job_serve, NULL), HOST_IN_GUEST);
	cpus[3].request = 0;
}

static void a_request_finds_its_cpu_wherever_it_is(void **state)
{
	u64 id = run_cell(1);

	(void)state;
	host_forget();
	cpu_request(&cpus[3], CPU_REQ_PARK);
	assert_int_equal(last_event(HOST_KICK)->a, 3);
	assert_true(host.count[HOST_SIGNAL] > 0);
	host_settle();
	assert_true(cpu_is_parked(&cpus[3]));
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_int_equal(host.count[HOST_QUIESCE], 1);
	/* One that waits does not leave its loop for it */
	cpu_request(&cpus[3], CPU_REQ_PARK);
	assert_false(cpu_is_parked(&cpus[3]));
	host_settle();
	assert_true(cpu_is_parked(&cpus[3]));
	assert_int_equal(host.count[HOST_QUIESCE], 1);
	/* To itself nobody needs to be kicked */
	host_forget();
	host.selected = 3;
	cpu_request(&cpus[3], CPU_REQ_PARK);
	host.selected = 0;
	assert_int_equal(host.count[HOST_KICK], 0);
	host_settle();
}

static void a_cpu_that_is_released_is_gone(void **state)
{
	(void)state;
	host_forget();
	cpu_request(&cpus[4], CPU_REQ_RELEASE);
	host_settle();
	assert_int_equal(host_stopped(4), HOST_IS_OFF);
	assert_int_equal(cpu_state(&cpus[4]), CPU_LOST);
	assert_int_equal(host.count[HOST_POWER_OFF], 1);
	assert_false(cpu_claim(&cpus[4]));
}

static void a_restart_begins_at_the_entry(void **state)
{
	u64 id = run_cell(1);

	(void)state;
	host_forget();
	cpus[3].entry = 0x8000;
	host_post(3, job_restart, NULL);
	host_settle();
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_int_equal(last_event(HOST_GUEST_START)->a, 0x8000);
	assert_int_equal(host.count[HOST_QUIESCE], 1);
	/* Not into a cell that has ended */
	host_post(3, job_restart, NULL);
	__atomic_store_n(&cells[id]->state, CL_CELL_SHUT_DOWN, __ATOMIC_SEQ_CST);
	host_settle();
	assert_true(cpu_is_parked(&cpus[3]));
	assert_int_equal(host.count[HOST_GUEST_START], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cpus_are_found_by_affinity),
		TEST(a_cell_turns_on_its_own_cpus_only),
		TEST(a_claim_is_made_once),
		TEST(kicks_without_requests_change_nothing),
		TEST(a_request_finds_its_cpu_wherever_it_is),
		TEST(a_cpu_that_is_released_is_gone),
		TEST(a_restart_begins_at_the_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
