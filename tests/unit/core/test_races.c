// SPDX-License-Identifier: GPL-2.0-only
/* Lives of a cell that end, and begin anew, while root manages it, in every order. */
#include "races.h"

static void job_on_4_then_off(void *arg)
{
	job_on_4(arg);
	cpu_turn_off();
}

/* Root does not wait until anything is done before it goes on */
static void job_destroy_all_the_way(void *arg)
{
	struct error err;

	(void)arg;
	for (u32 i = 0; i < 1000; i++) {
		race_result[ROOT_CPU] = cell_destroy(race_cell, false, &err);
		if (race_result[ROOT_CPU] != -CL_EINPROGRESS)
			return;
		arch_relax();
	}
}

static void setup_on_destroy_fast(void)
{
	setup_cell(true, 2);
	host_post(3, job_turn_off, NULL);
	host_post(4, job_end_self, NULL);
	host_post(ROOT_CPU, job_destroy_all_the_way, NULL);
}

static void check_destroyed(void)
{
	assert_int_equal(race_result[ROOT_CPU], 0);
	assert_null(cells[race_cell]);
	check_cell_ended();
	assert_int_equal(pool_used(&frame_pool), race_frames);
	check_machine();
	/* The CPUs are whole: the next cell runs on them */
	assert_int_equal(create_default(1).ret, 1);
	load(1);
	assert_done(start(1));
	host_settle();
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
}

static void a_whole_destroy_against_the_end(void **state)
{
	(void)state;
	assert_explored(RACE(setup_on_destroy_fast, check_destroyed), "to the end", 100);
}

/* A cell whose CPUs turn each other on and themselves off */
static void setup_last_off(void)
{
	setup_cell(true, 1);
	host.on_start = job_turn_off;
	host_post(3, job_on_4_then_off, NULL);
}

static void check_last_off(void)
{
	assert_int_equal(race_result[3], 0);
	check_cell_ended();
	assert_int_equal(cell_state(cells[race_cell]), CL_CELL_SHUT_DOWN);
	check_life_goes_on();
}

static void the_last_cpu_off_is_never_missed(void **state)
{
	(void)state;
	assert_explored(SMALL_RACE(setup_last_off, check_last_off), "last off", 100);
}

static void setup_all_off(void)
{
	setup_cell(true, 3);
	for (u32 cpu = 3; cpu <= 5; cpu++)
		host_post(cpu, job_turn_off, NULL);
}

static void check_all_off(void)
{
	check_cell_ended();
	assert_int_equal(cell_state(cells[race_cell]), CL_CELL_SHUT_DOWN);
	check_life_goes_on();
}

static void all_cpus_off_at_once_end_the_cell(void **state)
{
	(void)state;
	assert_explored(SMALL_RACE(setup_all_off, check_all_off), "all off", 100);
}

/* Root starts it again as soon as it can: that is another life */
static u32 started_again;

static void job_start(void *arg)
{
	struct error err;

	(void)arg;
	race_result[ROOT_CPU] = cell_start(race_cell, &err);
}

static void setup_start_again(void)
{
	setup_cell(true, 2);
	host_post(3, job_turn_off, NULL);
	host_post(4, job_turn_off, NULL);
	host_post(ROOT_CPU, job_start, NULL);
}

static void check_start_again(void)
{
	if (race_result[ROOT_CPU] == 0) {
		assert_int_equal(cell_state(cells[race_cell]), CL_CELL_RUNNING);
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		started_again++;
	} else {
		assert_int_equal(race_result[ROOT_CPU], -CL_EBUSY);
		check_cell_ended();
	}
	check_life_goes_on();
}

static void the_end_of_one_life_is_not_that_of_the_next(void **state)
{
	(void)state;
	started_again = 0;
	assert_explored(SMALL_RACE(setup_start_again, check_start_again), "start again", 100);
	assert_true(started_again > 10);
}

static void setup_fail(void)
{
	setup_cell(true, 2);
	host_post(3, job_fail_self, NULL);
	host_post(4, job_end_self, NULL);
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, race_cell, CL_SHUTDOWN_FORCE);
}

static void check_fail(void)
{
	u32 ended = cell_state(cells[race_cell]);

	check_cell_ended();
	assert_true(ended == CL_CELL_FAILED || ended == CL_CELL_SHUT_DOWN);
	assert_int_equal(cells[race_cell]->fail.reason,
			 ended == CL_CELL_FAILED ? CL_FAIL_VIOLATION : CL_FAIL_NONE);
	check_life_goes_on();
}

static void a_cell_ends_in_one_way(void **state)
{
	(void)state;
	assert_explored(RACE(setup_fail, check_fail), "three ends", 100);
}

static void setup_reset_shutdown(void)
{
	setup_cell(true, 2);
	host_post(4, job_reset_self, NULL);
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, race_cell, CL_SHUTDOWN_FORCE);
}

static void reset_against_shutdown(void **state)
{
	(void)state;
	assert_explored(RACE(setup_reset_shutdown, check_on_shutdown), "reset", 100);
}

static void setup_two_resets(void)
{
	setup_cell(true, 2);
	host_post(3, job_reset_self, NULL);
	host_post(4, job_reset_self, NULL);
}

static void two_resets_are_one(void **state)
{
	(void)state;
	assert_explored(SMALL_RACE(setup_two_resets, check_reset), "two resets", 100);
}

static void setup_restarting(u32 cpus_on)
{
	struct cl_cell *config;

	setup_cell(true, cpus_on);
	config = (struct cl_cell *)cells[race_cell]->config.cell;
	config->on_failure = CL_FAILURE_RESTART;
	config->max_restarts = 1;
}

static void setup_two_failures(void)
{
	setup_restarting(2);
	host_post(3, job_fail_self, NULL);
	host_post(4, job_fail_self, NULL);
}

/* One life: the second CPU that fails, fails in the same */
static void check_two_failures(void)
{
	assert_int_equal(cells[race_cell]->restarts, 1);
	assert_int_equal(cells[race_cell]->fail.reason, CL_FAIL_VIOLATION);
	check_reset();
}

static void two_failures_are_one_restart(void **state)
{
	(void)state;
	assert_explored(SMALL_RACE(setup_two_failures, check_two_failures), "two failures", 100);
}

static void setup_failed_off(u32 cpus_on)
{
	setup_restarting(cpus_on);
	cells[race_cell]->comm->cell_state = CL_COMM_FAILED;
	for (u32 cpu = 3; cpu < 3 + cpus_on; cpu++)
		host_post(cpu, job_turn_off, NULL);
}

static void setup_two_failed_off(void)
{
	setup_failed_off(2);
}

static void setup_three_failed_off(void)
{
	setup_failed_off(3);
}

static void check_failed_off(void)
{
	assert_int_equal(cells[race_cell]->restarts, 1);
	assert_int_equal(cells[race_cell]->fail.reason, CL_FAIL_COMM);
	check_reset();
}

static void all_off_by_failure_are_one_restart(void **state)
{
	(void)state;
	assert_explored(SMALL_RACE(setup_two_failed_off, check_failed_off), "two failed", 100);
	assert_explored(RACE(setup_three_failed_off, check_failed_off), "three failed", 100);
}

/* Root ends a cell that is about to restart: it has ended, or will be asked again */
static void setup_failed_shutdown(void)
{
	setup_failed_off(2);
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, race_cell, CL_SHUTDOWN_FORCE);
}

static void check_failed_shutdown(void)
{
	u32 ended = cell_state(cells[race_cell]);

	check_cell_ended();
	assert_true(ended == CL_CELL_SHUT_DOWN || ended == CL_CELL_FAILED);
	check_life_goes_on();
}

static void setup_failed_destroy(void)
{
	setup_failed_off(2);
	host_post(ROOT_CPU, job_destroy_all_the_way, NULL);
}

static void restart_against_the_end(void **state)
{
	(void)state;
	assert_explored(&(struct race){ setup_failed_shutdown, check_failed_shutdown, 2, 6000 },
			"restart and shutdown", 100);
	assert_explored(&(struct race){ setup_failed_destroy, check_destroyed, 2, 6000 },
			"restart and destroy", 100);
}

/* Root asks, and the guest, which is anew, must have heard of it when root asks again */
static void setup_asked_reset(void)
{
	setup_cell(true, 1);
	host_post(3, job_reset_self, NULL);
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, race_cell, CL_SHUTDOWN_ASK);
}

static void check_asked_reset(void)
{
	assert_int_equal(called(ROOT_CPU), -CL_EINPROGRESS);
	assert_int_equal(cell_state(cells[race_cell]), CL_CELL_RUNNING);
	assert_int_equal(shutdown_ask(race_cell).ret, -CL_EINPROGRESS);
	assert_int_equal(cells[race_cell]->comm->msg_to_cell, CL_MSG_SHUTDOWN_REQUEST);
	check_life_goes_on();
}

static void a_request_is_not_lost_in_a_reset(void **state)
{
	(void)state;
	assert_explored(RACE(setup_asked_reset, check_asked_reset), "asked and reset", 30);
}

static void stop_in_reset(const struct host_event *event)
{
	if (event->kind == HOST_CELL_RESET)
		host_point();
}

/*
 * Root does not wait before it gives up the CPU that resets its interrupts at the moment:
 * they would be another's
 */
static void who_resets_a_cell_is_not_given_up(void **state)
{
	(void)state;
	setup_cell(true, 1);
	host.watch = stop_in_reset;
	host.stepping = true;
	host_post(3, job_reset_self, NULL);
	while (!host.count[HOST_CELL_RESET]) {
		for (u32 cpu = 3; cpu <= 5; cpu++) {
			if (host_can_step(cpu))
				host_step(cpu);
		}
	}
	host.stepping = false;
	host.watch = NULL;
	for (u32 i = 0; i < 20; i++) {
		assert_int_equal(CALL(CL_HC_CELL_DESTROY, race_cell, CL_DESTROY_ABANDON).ret,
				 -CL_EINPROGRESS);
		assert_int_equal(cells[race_cell]->destroy, DESTROY_STOPPING);
		for (u32 cpu = 4; cpu <= 5; cpu++) {
			while (host_can_step(cpu))
				host_step(cpu);
		}
	}
	check_life_goes_on();
}

static void setup_reset_off(void)
{
	setup_cell(true, 2);
	host_post(3, job_turn_off, NULL);
	host_post(4, job_reset_self, NULL);
}

static void reset_against_cpu_off(void **state)
{
	(void)state;
	assert_explored(SMALL_RACE(setup_reset_off, check_reset), "reset and off", 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_destroy_against_the_end),
		TEST(the_last_cpu_off_is_never_missed),
		TEST(all_cpus_off_at_once_end_the_cell),
		TEST(the_end_of_one_life_is_not_that_of_the_next),
		TEST(a_cell_ends_in_one_way),
		TEST(reset_against_shutdown),
		TEST(two_resets_are_one),
		TEST(two_failures_are_one_restart),
		TEST(all_off_by_failure_are_one_restart),
		TEST(restart_against_the_end),
		TEST(a_request_is_not_lost_in_a_reset),
		TEST(who_resets_a_cell_is_not_given_up),
		TEST(reset_against_cpu_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
