// SPDX-License-Identifier: GPL-2.0-only
/* A cell that begins anew: by a reset, by a failure, and what root has to do with it. */
#include "fixture.h"
#include "reach.h"

static void job_fail_hypervisor(void *arg)
{
	(void)arg;
	cell_fail_self(CL_FAIL_HYPERVISOR, FAIL_ESR, FAIL_PC, FAIL_ADDRESS);
}

static void a_reset_starts_the_cell_anew(void **state)
{
	u64 id = run_cell(1);
	u32 *ram = host_ram(CELL_RAM(1) + 0x4000);

	(void)state;
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	*ram = 0x1234;
	for (u32 from = 3; from <= 4; from++) {
		comm_of(id)->cell_state = 9;
		host_forget();
		host_post(from, job_reset_self, NULL);
		host_settle();
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		assert_cpu_off(4);
		assert_int_equal(host.count[HOST_CELL_RESET], 1);
		assert_int_equal(host.count[HOST_GUEST_START], 1);
		assert_int_equal(last_event(HOST_GUEST_START)->a, 0x1000);
		assert_int_equal(last_event(HOST_GUEST_START)->b, 0xa1);
		assert_int_equal(comm_of(id)->cell_state, CL_COMM_RUNNING);
		assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
		assert_int_equal(*ram, 0x1234);
		assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
		host_settle();
		assert_int_equal(host_stopped(4), HOST_IN_GUEST);
	}
	/* Both at once are one reset */
	host_forget();
	host_post(3, job_reset_self, NULL);
	host_post(4, job_reset_self, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_cpu_off(4);
	assert_done(destroy(id));
}

/* As often as the config says, in each life */
static void a_failure_restarts_the_cell(void **state)
{
	static struct test_config c;
	u64 id;

	(void)state;
	cell_config(&c, 1);
	c.cell.on_failure = CL_FAILURE_RESTART;
	c.cell.max_restarts = 2;
	id = load((u64)create(&c).ret);
	for (u32 life = 0; life < 2; life++) {
		assert_done(start(id));
		host_settle();
		assert_int_equal(info_of(id).restarts, 0);
		assert_int_equal(info_of(id).fail_reason, CL_FAIL_NONE);
		for (u32 i = 1; i <= 2; i++) {
			assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
			host_settle();
			host_forget();
			host_post(2 + i, job_fail_self, NULL);
			host_settle();
			assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
			assert_int_equal(info_of(id).restarts, i);
			assert_int_equal(info_of(id).fail_reason, CL_FAIL_VIOLATION);
			assert_int_equal(info_of(id).fail_cpu, 2 + i);
			assert_int_equal(host.count[HOST_CELL_RESET], 1);
			assert_int_equal(last_event(HOST_GUEST_START)->a, 0x1000);
			assert_int_equal(host_stopped(3), HOST_IN_GUEST);
			assert_cpu_off(4);
		}
		host_post(3, job_fail_self, NULL);
		host_settle();
		assert_int_equal(info_of(id).state, CL_CELL_FAILED);
		assert_int_equal(info_of(id).restarts, 2);
		assert_cpu_off(3);
	}
	/* What is no doing of the guest's is not mended by a restart */
	assert_done(start(id));
	host_settle();
	host_post(3, job_fail_hypervisor, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_FAILED);
	assert_int_equal(info_of(id).restarts, 0);
	assert_done(destroy(id));
	check_machine();
}

/* Where root loads its images anew: the cell stops, and what it did goes on to count */
static void a_reset_may_be_roots(void **state)
{
	static struct test_config c;
	u64 id;

	(void)state;
	cell_config(&c, 1);
	c.cell.flags = CL_CELL_RELOAD;
	c.cell.on_failure = CL_FAILURE_RESTART;
	c.cell.max_restarts = 1;
	id = load((u64)create(&c).ret);
	assert_done(start(id));
	host_settle();
	for (u32 from = 3; from <= 4; from++) {
		assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
		host_settle();
		host_post(from, job_reset_self, NULL);
		host_settle();
		assert_int_equal(info_of(id).state, CL_CELL_RESET);
		assert_cpu_off(3);
		assert_cpu_off(4);
		assert_done(CALL(CL_HC_CELL_SET_LOADABLE, id));
		assert_done(start(id));
		host_settle();
		assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		assert_cpu_off(4);
	}
	/* A failure that is answered by a restart is such a reset, as often as it may be */
	host_post(3, job_fail_self, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_RESET);
	assert_done(start(id));
	host_settle();
	assert_int_equal(info_of(id).restarts, 1);
	assert_int_equal(info_of(id).fail_reason, CL_FAIL_VIOLATION);
	host_post(3, job_fail_self, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_FAILED);
	assert_done(start(id));
	host_settle();
	assert_int_equal(info_of(id).restarts, 0);

	/* Root may want it to end instead, or to go */
	host_post(3, job_reset_self, NULL);
	host_settle();
	assert_done(shutdown_force(id));
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_done(start(id));
	host_settle();
	host_post(3, job_reset_self, NULL);
	host_settle();
	assert_done(destroy(id));
	check_machine();
}

static u64 create_restarting(u32 max_restarts)
{
	static struct test_config c;

	cell_config(&c, 1);
	c.cell.on_failure = CL_FAILURE_RESTART;
	c.cell.max_restarts = max_restarts;
	return load((u64)create(&c).ret);
}

static void begin(u64 id)
{
	assert_done(start(id));
	host_settle();
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
}

/* CPU 4 is the last one, and not the one that begins */
static void all_off(void)
{
	host_post(3, job_turn_off, NULL);
	host_settle();
	host_post(4, job_turn_off, NULL);
	host_settle();
}

static void system_off(void)
{
	host_post(4, job_end_self, NULL);
	host_settle();
}

/* By its word, whichever way it goes off then */
static void a_guest_that_says_it_failed_is_restarted(void **state)
{
	void (*const ways[])(void) = { all_off, system_off };
	u64 id = create_restarting(2);

	(void)state;
	for (u32 way = 0; way < ARRAY_SIZE(ways); way++) {
		begin(id);
		for (u32 i = 1; i <= 2; i++) {
			comm_of(id)->cell_state = CL_COMM_FAILED;
			host_forget();
			ways[way]();
			assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
			assert_int_equal(info_of(id).restarts, i);
			assert_int_equal(info_of(id).fail_reason, CL_FAIL_COMM);
			assert_int_equal(info_of(id).fail_cpu, 4);
			assert_int_equal(comm_of(id)->cell_state, CL_COMM_RUNNING);
			assert_int_equal(host.count[HOST_CELL_RESET], 1);
			assert_int_equal(last_event(HOST_GUEST_START)->a, 0x1000);
			assert_int_equal(host_stopped(3), HOST_IN_GUEST);
			assert_int_equal(cpu_state(&cpus[3]), CPU_ON);
			assert_cpu_off(4);
			assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
			host_settle();
		}
		comm_of(id)->cell_state = CL_COMM_FAILED;
		ways[way]();
		assert_int_equal(info_of(id).state, CL_CELL_FAILED);
		assert_int_equal(info_of(id).fail_reason, CL_FAIL_COMM);
		assert_int_equal(info_of(id).restarts, 2);
		assert_cpu_off(3);
		assert_cpu_off(4);
	}
	/* With one CPU, which is the first, too */
	assert_done(start(id));
	host_settle();
	comm_of(id)->cell_state = CL_COMM_FAILED;
	host_post(3, job_turn_off, NULL);
	host_settle();
	assert_int_equal(info_of(id).restarts, 1);
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_int_equal(cpu_state(&cpus[3]), CPU_ON);
	/* One that does not say so has just ended */
	host_post(3, job_turn_off, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_done(destroy(id));
	check_machine();
}

static void violate(void)
{
	host_post(4, job_fail_self, NULL);
	host_settle();
}

/* Root wants it to end: it has, if not well */
static void who_fails_while_asked_to_go_stays_down(void **state)
{
	void (*const ways[])(void) = { all_off, system_off, violate };
	u64 id = create_restarting(5);

	(void)state;
	for (u32 way = 0; way < ARRAY_SIZE(ways); way++) {
		begin(id);
		/* A request that it denied is over */
		assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
		comm_of(id)->reply_from_cell = CL_REPLY_DENIED;
		assert_refused(shutdown_ask(id), CL_EPERM, CELL_DENIED);
		comm_of(id)->cell_state = CL_COMM_FAILED;
		ways[way]();
		assert_int_equal(info_of(id).restarts, 1);
		assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
		assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
		host_settle();

		assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
		comm_of(id)->cell_state = CL_COMM_FAILED;
		ways[way]();
		assert_done(shutdown_ask(id));
		assert_int_equal(info_of(id).state, CL_CELL_FAILED);
		assert_int_equal(info_of(id).restarts, 1);
	}
	assert_done(destroy(id));
}

static u32 lines_of_log(const char *text)
{
	u32 n = 0;

	for (u64 i = 0; i < hv_log->end; i++)
		n += !strncmp(hv_log->text + i, text, strlen(text));
	return n;
}

/* The log is not one cell's alone */
static void endless_restarts_do_not_fill_the_log(void **state)
{
	u64 id = create_restarting(~0u);

	(void)state;
	assert_done(start(id));
	host_settle();
	for (u32 i = 0; i < 20; i++) {
		host_post(3, job_fail_self, NULL);
		host_settle();
	}
	assert_int_equal(info_of(id).restarts, 20);
	assert_int_equal(lines_of_log("cell 1 failed and restarts"), 8);
	assert_done(destroy(id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reset_starts_the_cell_anew),
		TEST(a_reset_may_be_roots),
		TEST(a_failure_restarts_the_cell),
		TEST(a_guest_that_says_it_failed_is_restarted),
		TEST(who_fails_while_asked_to_go_stays_down),
		TEST(endless_restarts_do_not_fill_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
