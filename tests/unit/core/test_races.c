// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that come and go while root manages their cell, in every order. */
#include <stdio.h>

#include "explore.h"
#include "reach.h"

static u64 id;
static u64 frames_before;

/* What posted jobs answered; CANARY: never came to it */
#define CANARY 0x7777
static int on_result[CL_MAX_CPUS];
static u64 call[CL_MAX_CPUS][7];

static void job_on_4(void *arg)
{
	(void)arg;
	on_result[this_cpu()->id] = CANARY;
	on_result[this_cpu()->id] = cpu_turn_on(this_cpu()->cell, cpus[4].mpidr,
						0x2000 + this_cpu()->id, this_cpu()->id);
}

static void job_on_4_then_off(void *arg)
{
	job_on_4(arg);
	cpu_turn_off();
}

static void job_call(void *arg)
{
	hypercall(arg);
}

static void post_call(u32 cpu, u64 fn, u64 x1, u64 x2)
{
	u64 *x = call[cpu];

	memset(x, 0, sizeof(call[cpu]));
	x[0] = fn;
	x[1] = x1;
	x[2] = x2;
	host_post(cpu, job_call, x);
}

static s64 called(u32 cpu)
{
	return (s64)call[cpu][0];
}

/* CPUs 3, 4 and 5, little memory: the machine is built for each order */
static void small_config(struct test_config *c)
{
	cell_config(c, 1);
	c->cpus[2] = 5;
	c->nr_cpus = 3;
	c->nr_spis = 0;
	c->cell.entry = 0;
	c->cell.console.type = CL_CONSOLE_NONE;
	c->mem[CELL_MEM_RAM].size = 2 * PAGE_SIZE;
	c->mem[CELL_MEM_RAM].flags &= ~CL_MEM_LOADABLE;
	c->mem[CELL_MEM_ODD] = c->mem[CELL_MEM_COMM];
	c->nr_mem = 2;
}

static void setup_cell(bool running, u32 cpus_on)
{
	static struct test_config c;

	machine_start(64);
	memset(on_result, 0, sizeof(on_result));
	frames_before = pool_used(&frame_pool);
	small_config(&c);
	id = (u64)create(&c).ret;
	assert_int_equal(id, 1);
	if (running) {
		assert_done(start(id));
		host_settle();
	}
	for (u32 cpu = 4; cpu < 3 + cpus_on; cpu++) {
		assert_int_equal(turn_on(3, cpu, 0x1000, 0), 0);
		host_settle();
	}
	host_forget();
}

/* A state says it all: no CPU of a cell that has ended runs, nothing is pending */
static void check_cell_ended(void)
{
	for (u32 cpu = 3; cpu <= 5; cpu++) {
		assert_int_equal(host_stopped(cpu), HOST_WAITS);
		assert_true(cpu_is_parked(&cpus[cpu]));
	}
}

static void check_life_goes_on(void)
{
	if (cell_state(cells[id]) != CL_CELL_DESTROYING) {
		assert_done(shutdown_force(id));
		check_cell_ended();
		host.on_start = NULL;
		assert_done(start(id));
		host_settle();
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		assert_int_equal(cpus[3].entry, 0);
		assert_int_equal(host_stopped(4), HOST_WAITS);
		assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
		host_settle();
		assert_int_equal(host_stopped(4), HOST_IN_GUEST);
	}
	assert_done(destroy(id));
	check_cell_ended();
	for (u32 cpu = 3; cpu <= 5; cpu++)
		assert_ptr_equal(cpus[cpu].cell, cells[ROOT_CELL_ID]);
	assert_int_equal(pool_used(&frame_pool), frames_before);
	check_machine();
}

static void assert_explored(const struct race *race, const char *what, u32 at_least)
{
	u32 runs = explore(race);

	print_message("           %s: %u orders\n", what, runs);
	assert_true(runs >= at_least);
}

#define RACE(setup, check) (&(struct race){ setup, check, 1, 3000 })
/* Those with few points */
#define SMALL_RACE(setup, check) (&(struct race){ setup, check, 3, 3000 })

static void setup_on_shutdown(void)
{
	setup_cell(true, 1);
	host_post(3, job_on_4, NULL);
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE);
}

static void check_on_shutdown(void)
{
	assert_true(called(ROOT_CPU) == -CL_EINPROGRESS || called(ROOT_CPU) == 0);
	assert_int_equal(cell_state(cells[id]), CL_CELL_SHUT_DOWN);
	check_cell_ended();
	assert_true(on_result[3] == 0 || on_result[3] == -CL_EPERM || on_result[3] == CANARY);
	check_life_goes_on();
}

static void cpu_on_against_shutdown(void **state)
{
	(void)state;
	assert_explored(RACE(setup_on_shutdown, check_on_shutdown), "shutdown", 100);
}

static void setup_on_destroy(void)
{
	setup_cell(true, 1);
	host_post(3, job_on_4, NULL);
	post_call(ROOT_CPU, CL_HC_CELL_DESTROY, id, CL_SHUTDOWN_FORCE);
}

static void check_on_destroy(void)
{
	assert_int_equal(called(ROOT_CPU), -CL_EINPROGRESS);
	assert_int_equal(cell_state(cells[id]), CL_CELL_DESTROYING);
	check_cell_ended();
	check_life_goes_on();
}

static void cpu_on_against_destroy(void **state)
{
	(void)state;
	assert_explored(RACE(setup_on_destroy, check_on_destroy), "destroy", 100);
}

/* Root does not wait until anything is done before it goes on */
static void job_destroy_all_the_way(void *arg)
{
	struct error err;

	(void)arg;
	for (u32 i = 0; i < 1000; i++) {
		on_result[ROOT_CPU] = cell_destroy(id, false, &err);
		if (on_result[ROOT_CPU] != -CL_EINPROGRESS)
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
	assert_int_equal(on_result[ROOT_CPU], 0);
	assert_null(cells[id]);
	check_cell_ended();
	assert_int_equal(pool_used(&frame_pool), frames_before);
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

static void setup_two_on(void)
{
	setup_cell(true, 3);
	turn_off(4);
	host_forget();
	host_post(3, job_on_4, NULL);
	host_post(5, job_on_4, NULL);
}

static void check_two_on(void)
{
	bool first = on_result[3] == 0;
	int loser = first ? on_result[5] : on_result[3];

	assert_int_equal(host.count[HOST_GUEST_START], 1);
	assert_true(on_result[3] == 0 || on_result[5] == 0);
	assert_true(loser == -CL_EINPROGRESS || loser == -CL_EEXIST);
	assert_int_equal(last_event(HOST_GUEST_START)->a, first ? 0x2003 : 0x2005);
	assert_int_equal(last_event(HOST_GUEST_START)->b, first ? 3 : 5);
	assert_int_equal(host_stopped(4), HOST_IN_GUEST);
	assert_int_equal(cpu_state(&cpus[4]), CPU_ON);
	check_life_goes_on();
}

static void two_starters_are_one_start(void **state)
{
	(void)state;
	assert_explored(SMALL_RACE(setup_two_on, check_two_on), "two starters", 50);
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
	assert_int_equal(on_result[3], 0);
	check_cell_ended();
	assert_int_equal(cell_state(cells[id]), CL_CELL_SHUT_DOWN);
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
	assert_int_equal(cell_state(cells[id]), CL_CELL_SHUT_DOWN);
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
	on_result[ROOT_CPU] = cell_start(id, &err);
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
	if (on_result[ROOT_CPU] == 0) {
		assert_int_equal(cell_state(cells[id]), CL_CELL_RUNNING);
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		started_again++;
	} else {
		assert_int_equal(on_result[ROOT_CPU], -CL_EBUSY);
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
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE);
}

static void check_fail(void)
{
	u32 ended = cell_state(cells[id]);

	check_cell_ended();
	assert_true(ended == CL_CELL_FAILED || ended == CL_CELL_SHUT_DOWN);
	assert_int_equal(cells[id]->fail.reason,
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
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE);
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

static void check_reset(void)
{
	assert_int_equal(cell_state(cells[id]), CL_CELL_RUNNING);
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_int_equal(host_stopped(4), HOST_WAITS);
	assert_int_equal(cpus[3].entry, 0);
	check_life_goes_on();
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
	config = (struct cl_cell *)cells[id]->config.cell;
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
	assert_int_equal(cells[id]->restarts, 1);
	assert_int_equal(cells[id]->fail.reason, CL_FAIL_VIOLATION);
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
	cells[id]->comm->cell_state = CL_COMM_FAILED;
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
	assert_int_equal(cells[id]->restarts, 1);
	assert_int_equal(cells[id]->fail.reason, CL_FAIL_COMM);
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
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE);
}

static void check_failed_shutdown(void)
{
	u32 ended = cell_state(cells[id]);

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
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_ASK);
}

static void check_asked_reset(void)
{
	assert_int_equal(called(ROOT_CPU), -CL_EINPROGRESS);
	assert_int_equal(cell_state(cells[id]), CL_CELL_RUNNING);
	assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
	assert_int_equal(cells[id]->comm->msg_to_cell, CL_MSG_SHUTDOWN_REQUEST);
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
		assert_int_equal(CALL(CL_HC_CELL_DESTROY, id, CL_DESTROY_ABANDON).ret,
				 -CL_EINPROGRESS);
		assert_int_equal(cells[id]->destroy, DESTROY_STOPPING);
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

/* One CPU restarts the cell while another turns a third one on */
static void job_on_5(void *arg)
{
	(void)arg;
	on_result[this_cpu()->id] =
		cpu_turn_on(this_cpu()->cell, cpus[5].mpidr, 0x2000, this_cpu()->id);
}

static void setup_reset_on(void)
{
	setup_cell(true, 2);
	host_post(3, job_on_5, NULL);
	host_post(4, job_reset_self, NULL);
}

/* The third before the one that turns it on, in the order of the config */
static void setup_reset_on_backwards(void)
{
	setup_cell(true, 3);
	turn_off(4);
	host_forget();
	host_post(5, job_on_4, NULL);
	host_post(3, job_reset_self, NULL);
}

static void check_reset_on(void)
{
	/* Not one CPU of the former life goes on */
	assert_int_equal(host_stopped(5), HOST_WAITS);
	assert_int_equal(last_event(HOST_GUEST_START)->cpu, 3);
	assert_int_equal(last_event(HOST_GUEST_START)->a, 0);
	check_reset();
}

static void reset_against_cpu_on(void **state)
{
	(void)state;
	assert_explored(&(struct race){ setup_reset_on, check_reset_on, 2, 6000 }, "reset and on",
			100);
	assert_explored(&(struct race){ setup_reset_on_backwards, check_reset_on, 2, 6000 },
			"reset and on, backwards", 100);
}

/* Root turns the CPU on that it is giving away */
static void setup_create_on(void)
{
	static struct test_config c;
	static struct blob blob;

	machine_start(64);
	frames_before = pool_used(&frame_pool);
	small_config(&c);
	blob_build(&blob, &c);
	memcpy(host_ram(BLOB_PA), blob.bytes, blob.size);
	id = 1;
	post_call(ROOT_CPU, CL_HC_CELL_CREATE, BLOB_PA, blob.size);
	host_post(1, job_on_4, NULL);
}

static void check_create_on(void)
{
	if (called(ROOT_CPU) == 1) {
		/* The cell's, and root does not run there */
		check_cell_ended();
		assert_ptr_equal(cpus[4].cell, cells[1]);
		assert_int_equal(host.count[HOST_GUEST_START], 0);
		assert_done(start(1));
		host_settle();
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		check_life_goes_on();
	} else {
		assert_int_equal(called(ROOT_CPU), -CL_EBUSY);
		assert_int_equal(call[ROOT_CPU][1], CL_RULE_CPU_NOT_OFF);
		assert_null(cells[1]);
		assert_ptr_equal(cpus[4].cell, cells[ROOT_CELL_ID]);
		assert_int_equal(pool_used(&frame_pool), frames_before);
		/* If root was told that its CPU starts, it did */
		if (on_result[1] == 0)
			assert_int_equal(host_stopped(4), HOST_IN_GUEST);
		check_machine();
	}
}

/* The same while root starts the cell at once */
static void job_create_and_start(void *arg)
{
	u64 x[7] = { CL_HC_CELL_START, 1 };

	hypercall(arg);
	on_result[ROOT_CPU] = CANARY;
	if (((u64 *)arg)[0] != 1)
		return;
	hypercall(x);
	on_result[ROOT_CPU] = (int)x[0];
}

static void setup_create_start_on(void)
{
	static struct test_config c;
	static struct blob blob;
	u64 *x = call[ROOT_CPU];

	machine_start(64);
	frames_before = pool_used(&frame_pool);
	small_config(&c);
	c.nr_cpus = 2;
	blob_build(&blob, &c);
	memcpy(host_ram(BLOB_PA), blob.bytes, blob.size);
	x[0] = CL_HC_CELL_CREATE;
	x[1] = BLOB_PA;
	x[2] = blob.size;
	host_post(ROOT_CPU, job_create_and_start, x);
	host_post(1, job_on_4, NULL);
}

/* Where root meant to go on CPU 4 must never be an entry into the cell */
static void check_create_start_on(void)
{
	if (on_result[ROOT_CPU] == 0) {
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		assert_int_equal(cpu_state(&cpus[3]), CPU_ON);
		assert_int_equal(last_event(HOST_GUEST_START)->cpu, 3);
		assert_int_equal(host.count[HOST_GUEST_START], 1);
		assert_true(cpu_is_parked(&cpus[4]));
	} else if (on_result[ROOT_CPU] != CANARY) {
		assert_int_equal(on_result[ROOT_CPU], -CL_EBUSY);
		assert_int_equal(host_stopped(4), HOST_WAITS);
		assert_int_equal(host.count[HOST_GUEST_START], 0);
	}
	if (cells[1])
		assert_done(destroy(1));
	assert_int_equal(pool_used(&frame_pool), frames_before);
	check_machine();
}

static void start_against_cpu_on(void **state)
{
	(void)state;
	assert_explored(&(struct race){ setup_create_start_on, check_create_start_on, 2, 6000 },
			"create and start", 100);
}

static void create_against_cpu_on(void **state)
{
	(void)state;
	assert_explored(&(struct race){ setup_create_on, check_create_on, 2, 3000 }, "create", 100);
}

/* Two CPUs of root manage the same cell */
static void setup_two_managers(void)
{
	setup_cell(false, 1);
	post_call(ROOT_CPU, CL_HC_CELL_START, id, 0);
	post_call(1, CL_HC_CELL_DESTROY, id, CL_SHUTDOWN_FORCE);
}

static void check_two_managers(void)
{
	bool busy = called(ROOT_CPU) == -CL_EAGAIN || called(1) == -CL_EAGAIN;

	if (called(ROOT_CPU) == -CL_EAGAIN)
		assert_int_equal(call[ROOT_CPU][1], CL_RULE_BUSY);
	if (!busy)
		assert_int_equal(called(1), -CL_EINPROGRESS);
	assert_int_equal(cells[id]->s2_lock.next, cells[id]->s2_lock.owner);
	assert_int_equal(management_lock.next, management_lock.owner);
	check_life_goes_on();
}

static void requests_come_one_at_a_time(void **state)
{
	(void)state;
	assert_explored(RACE(setup_two_managers, check_two_managers), "two managers", 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cpu_on_against_shutdown),
		TEST(cpu_on_against_destroy),
		TEST(a_whole_destroy_against_the_end),
		TEST(two_starters_are_one_start),
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
		TEST(reset_against_cpu_on),
		TEST(create_against_cpu_on),
		TEST(start_against_cpu_on),
		TEST(requests_come_one_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
