// SPDX-License-Identifier: GPL-2.0-only
/* The power button: who presses it, and what becomes of it with its cell. */
#include "button_guest.h"
#include "reach.h"
#include "snapshot.h"

/* root asks, the guest goes, root sees that */
static void a_guest_ends_when_it_is_pressed(void **state)
{
	u64 id = button_cell();

	(void)state;
	set(IBE, LINE);
	set(IE, LINE);
	press(id);
	assert_int_equal(raised(), 1);
	let_go(id);
	let_go(id);
	/* One that has other plans runs on, and is asked anew */
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	set(IC, 0xff);
	raised();
	press(id);
	assert_int_equal(raised(), 1);
	host_run(3, job_end_self, NULL);
	host_settle();
	assert_done(shutdown_ask(id));
	assert_done(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_RELEASE));
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	/* Whoever insists need not press */
	assert_done(start(id));
	host_settle();
	host_forget();
	assert_done(shutdown_force(id));
	assert_int_equal(raised(), 0);
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_refused(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_RELEASE + 1), CL_EINVAL,
		       NOT_SUPPORTED);
	assert_done(destroy(id));
	check_machine();
}

/* A cell that fails on its way out is not begun anew; before, it is */
static void who_was_asked_to_go_stays_down(void **state)
{
	static struct test_config c;
	u64 id;

	(void)state;
	button_config(&c);
	c.cell.on_failure = CL_FAILURE_RESTART;
	c.cell.max_restarts = 9;
	id = (u64)create(&c).ret;
	assert_done(start(id));
	host_settle();
	/* Nobody was asked by a hand that is not there */
	let_go(id);
	host_run(3, job_fail_self, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	/* Nor does root want it any more once it has given up */
	press(id);
	let_go(id);
	host_run(3, job_fail_self, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	assert_int_equal(info_of(id).restarts, 2);
	press(id);
	host_run(3, job_fail_self, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_FAILED);
}

/* Without a button all is as it was */
static void others_have_none(void **state)
{
	struct test_config c;
	u64 id = run_cell(0), passive;

	(void)state;
	assert_int_equal(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_RELEASE).ret, -CL_EINPROGRESS);
	assert_int_equal(comm_of(id)->msg_to_cell, CL_MSG_SHUTDOWN_REQUEST);
	cell_config(&c, 1);
	c.cell.flags = CL_CELL_PASSIVE;
	passive = load((u64)create(&c).ret);
	assert_done(start(passive));
	host_settle();
	assert_int_equal(shutdown_ask(passive).ret, -CL_EINPROGRESS);
	host_settle();
	assert_done(shutdown_ask(passive));
	assert_int_equal(raised(), 0);
}

/* Of the machine's reset, which makes the interrupt as new, comes first what raises it */
static void check_order(const struct host_event *e)
{
	if (e->kind == HOST_CELL_RESET)
		assert_int_equal(cells[e->a]->button.regs[GPIO_IE], 0);
}

static void each_life_begins_with_a_new_one(void **state)
{
	u64 id = button_cell();

	(void)state;
	for (u32 life = 0; life < 2; life++) {
		set(DIR, OTHERS);
		set(DATA(0xff), 0xff);
		set(AFSEL, 0xff);
		set(IBE, LINE);
		set(IE, 0xff);
		press(id);
		assert_int_equal(get(G_MIS), LINE);
		host.watch = check_order;
		if (life) {
			assert_done(shutdown_force(id));
			assert_done(start(id));
		} else {
			host_run(3, job_reset_self, NULL);
		}
		host_settle();
		for (u32 offset = 0; offset < PAGE_SIZE; offset += 4)
			assert_int_equal(get(offset), at_first(offset));
		host_forget();
		/* What comes late of a hand that held it then does nothing */
		let_go(id);
		set(IE, 0xff);
		set(DIR, 0xff);
		assert_int_equal(get(DATA(0xff)), 0);
		assert_int_equal(raised(), 0);
		set(DIR, 0);
	}
}

static void it_comes_and_goes_with_its_cell(void **state)
{
	static struct snapshot before;
	u64 id;

	(void)state;
	snapshot_take(&before);
	before.spi_events = 4;
	id = button_cell();
	set(IE, 0xff);
	press(id);
	check_machine();
	assert_done(destroy(id));
	check_machine();
	before.spi_events = 2;
	assert_unchanged(&before);
}

/* The tables reach to where the page is, so that an access ends where one is told of it */
static void the_tables_are_wide_enough(void **state)
{
	static struct test_config c;
	u64 top = BIT(40) - PAGE_SIZE;
	struct answer a;

	(void)state;
	button_config(&c);
	c.cell.power_button.address = top;
	a = create(&c);
	assert_true(a.ret > 0);
	assert_true(cells[a.ret]->s2.pt.ipa_last >= top + PAGE_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_guest_ends_when_it_is_pressed),
		TEST(who_was_asked_to_go_stays_down),
		TEST(others_have_none),
		TEST(each_life_begins_with_a_new_one),
		TEST(it_comes_and_goes_with_its_cell),
		TEST(the_tables_are_wide_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
