// SPDX-License-Identifier: GPL-2.0-only
/* How cells end: asked, forced, by themselves, and by failure. */
#include "fixture.h"
#include "reach.h"

static void shutdown_asks_the_guest(void **state)
{
	u64 id = run_cell(0);
	struct cl_comm_region *comm = comm_of(id);

	(void)state;
	comm->reply_from_cell = CL_REPLY_APPROVED; /* an old one does not count */
	assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
	assert_int_equal(comm->msg_to_cell, CL_MSG_SHUTDOWN_REQUEST);
	assert_int_equal(comm->reply_from_cell, CL_REPLY_NONE);
	/* Sent once, and asked as often as one likes */
	comm->msg_to_cell = CL_MSG_NONE;
	for (u32 i = 0; i < 10; i++)
		assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
	assert_int_equal(comm->msg_to_cell, CL_MSG_NONE);
	assert_int_equal(host_stopped(2), HOST_IN_GUEST);
	comm->reply_from_cell = CL_REPLY_RECEIVED;
	assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	comm->reply_from_cell = CL_REPLY_APPROVED;
	assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
	host_settle();
	assert_done(shutdown_ask(id));
	assert_done(shutdown_ask(id));
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_cpu_off(2);
}

static void a_guest_may_deny(void **state)
{
	static const u32 no[] = { CL_REPLY_DENIED, CL_REPLY_UNKNOWN };
	u64 id = run_cell(0);
	struct cl_comm_region *comm = comm_of(id);

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(no); i++) {
		assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
		comm->reply_from_cell = no[i];
		assert_refused(shutdown_ask(id), CL_EPERM, CELL_DENIED);
		assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
		/* The next time it is asked anew */
		comm->msg_to_cell = CL_MSG_NONE;
		assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
		assert_int_equal(comm->msg_to_cell, CL_MSG_SHUTDOWN_REQUEST);
		comm->reply_from_cell = CL_REPLY_DENIED;
		assert_refused(shutdown_ask(id), CL_EPERM, CELL_DENIED);
	}
	assert_done(shutdown_force(id));
}

static void a_guest_may_lock_itself(void **state)
{
	u64 id = run_cell(0), other = run_cell(1);
	struct cl_comm_region *comm = comm_of(id);

	(void)state;
	comm->cell_state = CL_COMM_RUNNING_LOCKED;
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING_LOCKED);
	assert_refused(shutdown_ask(id), CL_EPERM, CELL_LOCKED);
	assert_refused(destroy_once(id, false), CL_EPERM, CELL_LOCKED);
	assert_refused(start(id), CL_EBUSY, CELL_STATE);
	assert_int_equal(host_stopped(2), HOST_IN_GUEST);
	/* It is the master of itself, not of others */
	assert_done(destroy(other));
	assert_true(create_default(1).ret > 0);
	/* And whoever insists, prevails */
	assert_int_equal(destroy_once(id, true).ret, -CL_EINPROGRESS);
	host_settle();
	assert_done(destroy(id));
	assert_null(cells[id]);
	check_machine();
}

static void force_needs_no_answer(void **state)
{
	u64 id = run_cell(0);

	(void)state;
	comm_of(id)->cell_state = CL_COMM_RUNNING_LOCKED;
	assert_int_equal(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE).ret, -CL_EINPROGRESS);
	host_settle();
	assert_done(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE));
	/* What the region says about a cell that does not run is nothing */
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_done(destroy(id));
}

/* A timeout is the driver's: it asks, and at the end forces */
static void a_guest_that_never_answers_is_waited_for_outside(void **state)
{
	u64 id = run_cell(0);

	(void)state;
	for (u32 i = 0; i < 1000; i++)
		assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
	assert_int_equal(host_stopped(2), HOST_IN_GUEST);
	assert_done(shutdown_force(id));
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
}

static void a_cpu_that_is_late_is_kicked_again(void **state)
{
	u64 id = run_cell(1);

	(void)state;
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	host_forget();
	assert_int_equal(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE).ret, -CL_EINPROGRESS);
	assert_int_equal(host.count[HOST_KICK], 2);
	assert_int_equal(host.count[HOST_KICK_AGAIN], 0);
	assert_int_equal(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE).ret, -CL_EINPROGRESS);
	assert_int_equal(host.count[HOST_KICK_AGAIN], 2);
	/* Only the one that is still missing */
	host_run(3, job_nothing, NULL);
	assert_cpu_off(3);
	assert_int_equal(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_ASK).ret, -CL_EINPROGRESS);
	assert_int_equal(host.count[HOST_KICK_AGAIN], 3);
	assert_int_equal(last_event(HOST_KICK_AGAIN)->a, 4);
	host_settle();
	assert_done(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE));
	assert_int_equal(host.count[HOST_KICK_AGAIN], 3);

	assert_done(start(id));
	host_settle();
	host_forget();
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	assert_int_equal(host.count[HOST_KICK_AGAIN], 0);
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	assert_int_equal(host.count[HOST_KICK_AGAIN], 2);
	assert_done(destroy(id));
}

static void passive_cells_are_not_asked(void **state)
{
	struct test_config c;
	u64 id;

	(void)state;
	cell_config(&c, 0);
	c.cell.flags = CL_CELL_PASSIVE;
	id = load((u64)create(&c).ret);
	assert_done(start(id));
	host_settle();
	comm_of(id)->cell_state = 0x12345678;
	assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
	host_settle();
	assert_done(shutdown_ask(id));
	assert_int_equal(comm_of(id)->msg_to_cell, CL_MSG_NONE);
	assert_done(destroy(id));

	/* Nor those without a region */
	cell_config(&c, 0);
	c.nr_mem = CELL_MEM_COMM;
	id = load((u64)create(&c).ret);
	assert_done(start(id));
	host_settle();
	check_machine();
	assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
	host_settle();
	assert_done(shutdown_ask(id));
}

static void any_words_of_the_guest_are_harmless(void **state)
{
	static const u32 words[] = { 0, 1, 2, 3, 4, 5, 0x7fffffff, 0x80000000, 0xffffffff };
	u64 id = run_cell(0);

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		for (u32 j = 0; j < ARRAY_SIZE(words); j++) {
			struct cl_comm_region *comm = comm_of(id);
			struct answer a;

			memset(comm, 0xff, PAGE_SIZE);
			comm->cell_state = words[i];
			comm->reply_from_cell = words[j];
			a = shutdown_ask(id);
			assert_true(a.ret == -CL_EINPROGRESS || a.ret == -CL_EPERM);
			comm->reply_from_cell = words[j];
			a = shutdown_ask(id);
			assert_true(a.ret == 0 || a.ret == -CL_EINPROGRESS || a.ret == -CL_EPERM);
			host_settle();
			info_of(id);
			assert_done(shutdown_force(id));
			assert_done(start(id));
			host_settle();
		}
	}
	check_machine();
}

static void a_guest_ends_itself(void **state)
{
	u64 id = run_cell(1);

	(void)state;
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	assert_int_equal(host_stopped(4), HOST_IN_GUEST);
	/* PSCI SYSTEM_OFF from the second CPU takes the first with it */
	assert_int_equal(host_run(4, job_end_self, NULL), HOST_WAITS);
	host_settle();
	assert_cpu_off(3);
	assert_cpu_off(4);
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_done(shutdown_ask(id));
	assert_done(start(id));
	host_settle();
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_cpu_off(4);
}

static void a_cell_fails_once_and_says_why(void **state)
{
	u64 id = run_cell(1);
	struct cl_cell_info info;

	(void)state;
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	assert_int_equal(host_run(4, job_fail_self, NULL), HOST_WAITS);
	host_settle();
	info = info_of(id);
	assert_int_equal(info.state, CL_CELL_FAILED);
	assert_int_equal(info.fail_reason, CL_FAIL_VIOLATION);
	assert_int_equal(info.fail_cpu, 4);
	assert_int_equal(info.fail_esr, FAIL_ESR);
	assert_int_equal(info.fail_pc, FAIL_PC);
	assert_int_equal(info.fail_address, FAIL_ADDRESS);
	assert_cpu_off(3);
	/* Asking or forcing it to stop changes nothing any more */
	assert_done(shutdown_ask(id));
	assert_done(shutdown_force(id));
	assert_int_equal(info_of(id).state, CL_CELL_FAILED);
	check_machine();
	load(id);
	assert_done(start(id));
	host_settle();
	info = info_of(id);
	assert_int_equal(info.state, CL_CELL_RUNNING);
	assert_int_equal(info.fail_reason, CL_FAIL_NONE);
	assert_int_equal(info.fail_pc, 0);
}

static void the_last_cpu_off_ends_the_cell(void **state)
{
	u64 id = run_cell(1);

	(void)state;
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	turn_off(3);
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	assert_int_equal(turn_on(4, 3, 0x3000, 5), 0);
	host_settle();
	turn_off(4);
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	turn_off(3);
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_int_equal(info_of(id).fail_reason, CL_FAIL_NONE);
	/* One that said before that it failed has failed */
	assert_done(start(id));
	host_settle();
	comm_of(id)->cell_state = CL_COMM_FAILED;
	turn_off(3);
	assert_int_equal(info_of(id).state, CL_CELL_FAILED);
	assert_int_equal(info_of(id).fail_reason, CL_FAIL_COMM);
}

static void shutdown_before_the_first_start_is_refused(void **state)
{
	u64 id = (u64)create_default(0).ret;

	(void)state;
	assert_refused(shutdown_ask(id), CL_EBUSY, CELL_STATE);
	assert_refused(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE), CL_EBUSY, CELL_STATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shutdown_asks_the_guest),
		TEST(a_guest_may_deny),
		TEST(a_guest_may_lock_itself),
		TEST(force_needs_no_answer),
		TEST(a_guest_that_never_answers_is_waited_for_outside),
		TEST(a_cpu_that_is_late_is_kicked_again),
		TEST(passive_cells_are_not_asked),
		TEST(any_words_of_the_guest_are_harmless),
		TEST(a_guest_ends_itself),
		TEST(a_cell_fails_once_and_says_why),
		TEST(the_last_cpu_off_ends_the_cell),
		TEST(shutdown_before_the_first_start_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
