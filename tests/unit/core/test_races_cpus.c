// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that start while root manages their cell, in every order. */
#include "races.h"

static void setup_on_shutdown(void)
{
	setup_cell(true, 1);
	host_post(3, job_on_4, NULL);
	post_call(ROOT_CPU, CL_HC_CELL_SHUTDOWN, race_cell, CL_SHUTDOWN_FORCE);
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
	post_call(ROOT_CPU, CL_HC_CELL_DESTROY, race_cell, CL_SHUTDOWN_FORCE);
}

static void check_on_destroy(void)
{
	assert_int_equal(called(ROOT_CPU), -CL_EINPROGRESS);
	assert_int_equal(cell_state(cells[race_cell]), CL_CELL_DESTROYING);
	check_cell_ended();
	check_life_goes_on();
}

static void cpu_on_against_destroy(void **state)
{
	(void)state;
	assert_explored(RACE(setup_on_destroy, check_on_destroy), "destroy", 100);
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
	bool first = race_result[3] == 0;
	int loser = first ? race_result[5] : race_result[3];

	assert_int_equal(host.count[HOST_GUEST_START], 1);
	assert_true(race_result[3] == 0 || race_result[5] == 0);
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

/* One CPU restarts the cell while another turns a third one on */
static void job_on_5(void *arg)
{
	(void)arg;
	race_result[this_cpu()->id] =
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
	race_frames = pool_used(&frame_pool);
	small_config(&c);
	blob_build(&blob, &c);
	memcpy(host_ram(BLOB_PA), blob.bytes, blob.size);
	race_cell = 1;
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
		assert_int_equal(race_call[ROOT_CPU][1], CL_RULE_CPU_NOT_OFF);
		assert_null(cells[1]);
		assert_ptr_equal(cpus[4].cell, cells[ROOT_CELL_ID]);
		assert_int_equal(pool_used(&frame_pool), race_frames);
		/* If root was told that its CPU starts, it did */
		if (race_result[1] == 0)
			assert_int_equal(host_stopped(4), HOST_IN_GUEST);
		check_machine();
	}
}

/* The same while root starts the cell at once */
static void job_create_and_start(void *arg)
{
	u64 x[7] = { CL_HC_CELL_START, 1 };

	hypercall(arg);
	race_result[ROOT_CPU] = CANARY;
	if (((u64 *)arg)[0] != 1)
		return;
	hypercall(x);
	race_result[ROOT_CPU] = (int)x[0];
}

static void setup_create_start_on(void)
{
	static struct test_config c;
	static struct blob blob;
	u64 *x = race_call[ROOT_CPU];

	machine_start(64);
	race_frames = pool_used(&frame_pool);
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
	if (race_result[ROOT_CPU] == 0) {
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		assert_int_equal(cpu_state(&cpus[3]), CPU_ON);
		assert_int_equal(last_event(HOST_GUEST_START)->cpu, 3);
		assert_int_equal(host.count[HOST_GUEST_START], 1);
		assert_true(cpu_is_parked(&cpus[4]));
	} else if (race_result[ROOT_CPU] != CANARY) {
		assert_int_equal(race_result[ROOT_CPU], -CL_EBUSY);
		assert_int_equal(host_stopped(4), HOST_WAITS);
		assert_int_equal(host.count[HOST_GUEST_START], 0);
	}
	if (cells[1])
		assert_done(destroy(1));
	assert_int_equal(pool_used(&frame_pool), race_frames);
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
	post_call(ROOT_CPU, CL_HC_CELL_START, race_cell, 0);
	post_call(1, CL_HC_CELL_DESTROY, race_cell, CL_SHUTDOWN_FORCE);
}

static void check_two_managers(void)
{
	bool busy = called(ROOT_CPU) == -CL_EAGAIN || called(1) == -CL_EAGAIN;

	if (called(ROOT_CPU) == -CL_EAGAIN)
		assert_int_equal(race_call[ROOT_CPU][1], CL_RULE_BUSY);
	if (!busy)
		assert_int_equal(called(1), -CL_EINPROGRESS);
	assert_int_equal(cells[race_cell]->s2_lock.next, cells[race_cell]->s2_lock.owner);
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
		TEST(cpu_on_against_shutdown),	   TEST(cpu_on_against_destroy),
		TEST(two_starters_are_one_start),  TEST(reset_against_cpu_on),
		TEST(create_against_cpu_on),	   TEST(start_against_cpu_on),
		TEST(requests_come_one_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
