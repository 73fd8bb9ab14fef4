// SPDX-License-Identifier: GPL-2.0-only
/* The power button: every register of its controller, its interrupt, who presses it. */
#include "reach.h"
#include "snapshot.h"
#include "vuart_guest.h"

#define GPIO_IPA 0x09030000ull
#define GPIO_SPI (VUART_SPI + 60)

#define DATA(lines) ((lines)*4u)
#define DIR 0x400
#define IS 0x404
#define IBE 0x408
#define IEV 0x40c
#define IE 0x410
#define G_RIS 0x414
#define G_MIS 0x418
#define IC 0x41c
#define AFSEL 0x420

#define LINE 0x08u
#define OTHERS 0xf7u

/* Cell 1 of the fixture, with an emulated UART and no communication region to be asked by */
static void button_config(struct test_config *c)
{
	vuart_config(c);
	c->cell.power_button.address = GPIO_IPA;
	c->cell.power_button.irq = GPIO_SPI;
	c->cell.flags = CL_CELL_PASSIVE;
}

static u64 button_cell(void)
{
	static struct test_config c;

	button_config(&c);
	return vuart_start(&c);
}

static void job_access(void *arg)
{
	struct vuart_attempt *attempt = arg;

	attempt->done = button_access(this_cpu()->cell, &attempt->access);
}

static bool attempt(u32 cpu, u64 ipa, u32 size, bool write, u64 *value)
{
	struct vuart_attempt a = { .access = { ipa, *value, size, write } };

	assert_int_equal(host_run(cpu, job_access, &a), HOST_IN_GUEST);
	*value = a.access.value;
	return a.done;
}

static u32 get(u32 offset)
{
	u64 value = 0xa5a5a5a5a5a5a5a5;

	assert_true(attempt(3, GPIO_IPA + offset, 4, false, &value));
	return (u32)value;
}

static void set(u32 offset, u32 value)
{
	u64 v = value;

	assert_true(attempt(3, GPIO_IPA + offset, 1, true, &v));
}

static u64 raised(void)
{
	u64 n = host.count[HOST_SPI_RAISE];

	if (n)
		assert_int_equal(last_event(HOST_SPI_RAISE)->a, GPIO_SPI);
	host_forget();
	return n;
}

static void press(u64 id)
{
	assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
}

static void let_go(u64 id)
{
	assert_int_equal(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_RELEASE).ret, -CL_EINPROGRESS);
}

/* What a PL061 holds after power-up */
static u32 at_first(u32 offset)
{
	static const u32 id[] = { 0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	return offset >= 0xfe0 && offset % 4 == 0 ? id[(offset - 0xfe0) / 4] : 0;
}

static void every_register_has_its_first_value(void **state)
{
	(void)state;
	button_cell();
	for (u32 offset = 0; offset < PAGE_SIZE; offset++) {
		for (u32 size = 1; size <= 4; size *= 2) {
			u64 value = ~0ull;

			assert_true(attempt(3, GPIO_IPA + offset, size, false, &value));
			assert_int_equal(value, at_first(offset));
		}
	}
	assert_int_equal(raised(), 0);
}

static void other_addresses_and_cells_are_not_its_business(void **state)
{
	static const u64 others[] = { GPIO_IPA - 4, GPIO_IPA + PAGE_SIZE, VUART_IPA, 0, ~3ull };
	u64 id, value = 0;

	(void)state;
	assert_int_equal(run_cell(0), 1);
	id = button_cell();
	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(attempt(3, others[i], 4, i % 2, &value));
	assert_false(attempt(3, GPIO_IPA, 8, true, &value));
	assert_false(attempt(3, GPIO_IPA, 8, false, &value));
	/* Who has none, root with it: at 0, too */
	assert_false(attempt(2, GPIO_IPA, 4, true, &value));
	assert_false(attempt(2, 0, 4, true, &value));
	assert_false(attempt(ROOT_CPU, GPIO_IPA, 4, true, &value));
	/* A CPU that comes after its cell has ended changes nothing any more */
	__atomic_store_n(&cells[id]->state, CL_CELL_DESTROYING, __ATOMIC_SEQ_CST);
	assert_false(attempt(3, GPIO_IPA + IE, 4, true, &value));
	__atomic_store_n(&cells[id]->state, CL_CELL_RUNNING, __ATOMIC_SEQ_CST);
	assert_int_equal(raised(), 0);
}

static bool keeps(u32 offset)
{
	return (offset >= DIR && offset <= IE) || offset == AFSEL;
}

static void registers_keep_eight_bits(void **state)
{
	(void)state;
	button_cell();
	for (u32 offset = 4; offset < PAGE_SIZE; offset += 4) {
		u64 value = 0xffffffa5;

		if (offset == DIR || offset == IE)
			continue;
		assert_true(attempt(3, GPIO_IPA + offset, 4, true, &value));
		if (offset != G_RIS && offset != G_MIS)
			assert_int_equal(get(offset), keeps(offset) ? 0xa5 : at_first(offset));
		set(offset, 0);
		/* Nor does a part of one count */
		for (u32 part = 1; part < 4; part++) {
			value = 0x7f;
			assert_true(attempt(3, GPIO_IPA + offset + part, 1, true, &value));
		}
		assert_int_equal(get(offset), at_first(offset));
	}
	set(DIR, 0x5a);
	set(IE, 0xc3);
	assert_int_equal(get(DIR), 0x5a);
	assert_int_equal(get(IE), 0xc3);
	assert_int_equal(raised(), 0);
}

/* Bits 9..2 of the address say which lines an access is about */
static void lines_are_read_and_written_by_their_mask(void **state)
{
	u64 id = button_cell();

	(void)state;
	/* An input keeps nothing of what is written to it */
	set(DATA(0xff), 0xff);
	assert_int_equal(get(DATA(0xff)), 0);
	press(id);
	for (u32 mask = 0; mask < 256; mask++)
		assert_int_equal(get(DATA(mask)), mask & LINE);
	let_go(id);
	press(id);
	/* Outputs are as they were written since they are outputs */
	set(DIR, OTHERS);
	assert_int_equal(get(DATA(0xff)), LINE);
	set(DATA(0x0f), 0xf5);
	assert_int_equal(get(DATA(0xff)), 0x05 | LINE);
	set(DATA(0xf0), 0x3f);
	assert_int_equal(get(DATA(0xff)), 0x35 | LINE);
	assert_int_equal(get(DATA(0x30)), 0x30);
	/* Whoever drives the button's line reads that, and no button */
	set(DIR, 0xff);
	assert_int_equal(get(DATA(0xff)), 0x35);
	set(DIR, 0);
	assert_int_equal(get(DATA(0xff)), LINE);
	let_go(id);
	assert_int_equal(get(DATA(0xff)), 0);
	assert_int_equal(raised(), 0);
}

/* As Linux has it: both edges, each cleared by the handler */
static void each_edge_is_an_interrupt(void **state)
{
	u64 id = button_cell();

	(void)state;
	set(IBE, LINE);
	set(IE, LINE);
	assert_int_equal(raised(), 0);
	for (u32 i = 0; i < 3; i++) {
		press(id);
		assert_int_equal(raised(), 1);
		assert_int_equal(get(G_RIS), LINE);
		assert_int_equal(get(G_MIS), LINE);
		set(IC, OTHERS);
		assert_int_equal(get(G_MIS), LINE);
		/* Still there: a level would be, too */
		assert_int_equal(raised(), 1);
		set(IC, LINE);
		assert_int_equal(get(G_RIS), 0);
		/* Held down is no edge, however often root asks */
		press(id);
		press(id);
		assert_int_equal(raised(), 0);
		if (i < 2)
			assert_int_equal(get(DATA(LINE)), LINE);
		/* The guest has looked, or root gives up */
		i < 2 ? press(id) : let_go(id);
		assert_int_equal(raised(), 1);
		assert_int_equal(get(G_MIS), LINE);
		assert_int_equal(get(DATA(LINE)), 0);
		set(IC, 0xff);
		/* Once for each request */
		if (i < 2)
			press(id);
		let_go(id);
		let_go(id);
		assert_int_equal(raised(), 0);
	}
}

/* Only who looks at the line sees it */
static void it_is_held_until_it_is_seen(void **state)
{
	u64 id = button_cell();

	(void)state;
	press(id);
	get(DATA(OTHERS));
	set(DIR, LINE);
	get(DATA(0xff));
	set(DIR, 0);
	get(G_RIS);
	get(G_MIS);
	press(id);
	assert_int_equal(get(DATA(LINE)), LINE);
	/* As often as it likes, until root comes by */
	assert_int_equal(get(DATA(0xff)), LINE);
	press(id);
	assert_int_equal(get(DATA(0xff)), 0);
	press(id);
	assert_int_equal(get(DATA(0xff)), 0);
	let_go(id);
	/* What was seen before is no answer */
	press(id);
	assert_int_equal(get(DATA(0xff)), LINE);
	let_go(id);
	assert_int_equal(get(DATA(0xff)), 0);
	press(id);
	press(id);
	assert_int_equal(get(DATA(0xff)), LINE);
}

static void one_edge_may_be_wanted(void **state)
{
	u64 id = button_cell();

	(void)state;
	set(IE, 0xff);
	set(IEV, LINE);
	press(id);
	assert_int_equal(raised(), 1);
	set(IC, 0xff);
	let_go(id);
	assert_int_equal(raised(), 0);
	set(IEV, OTHERS);
	press(id);
	assert_int_equal(raised(), 0);
	assert_int_equal(get(G_RIS), 0);
	let_go(id);
	assert_int_equal(raised(), 1);
	assert_int_equal(get(G_MIS), LINE);
	/* An edge on a line that is an output is the guest's own matter */
	set(IC, 0xff);
	set(DIR, LINE);
	raised();
	press(id);
	let_go(id);
	set(DIR, 0);
	assert_int_equal(get(G_RIS), 0);
	assert_int_equal(raised(), 0);
}

static void a_mask_holds_it_back(void **state)
{
	u64 id = button_cell();

	(void)state;
	set(IBE, LINE);
	press(id);
	assert_int_equal(raised(), 0);
	assert_int_equal(get(G_RIS), LINE);
	assert_int_equal(get(G_MIS), 0);
	set(IE, OTHERS);
	assert_int_equal(raised(), 0);
	set(IE, LINE);
	assert_int_equal(raised(), 1);
	assert_int_equal(get(G_MIS), LINE);
	set(IE, 0);
	assert_int_equal(raised(), 0);
	assert_int_equal(get(G_MIS), 0);
}

static void a_level_lasts(void **state)
{
	u64 id = button_cell();

	(void)state;
	set(IEV, LINE);
	set(IS, LINE);
	set(IE, LINE);
	assert_int_equal(raised(), 0);
	press(id);
	assert_int_equal(raised(), 1);
	assert_int_equal(get(G_MIS), LINE);
	/* Nothing clears it but its end */
	set(IC, 0xff);
	assert_int_equal(raised(), 1);
	assert_int_equal(get(G_MIS), LINE);
	let_go(id);
	assert_int_equal(get(G_RIS), 0);
	assert_int_equal(raised(), 0);
	/* Low is one, too, and that of what is not connected */
	set(IEV, 0);
	assert_int_equal(get(G_RIS), LINE);
	set(IE, 0xff);
	set(IS, 0xff);
	assert_int_equal(get(G_MIS), 0xff);
	set(DIR, OTHERS);
	assert_int_equal(get(G_MIS), LINE);
	assert_true(raised() > 0);
}

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
		TEST(every_register_has_its_first_value),
		TEST(other_addresses_and_cells_are_not_its_business),
		TEST(registers_keep_eight_bits),
		TEST(lines_are_read_and_written_by_their_mask),
		TEST(each_edge_is_an_interrupt),
		TEST(it_is_held_until_it_is_seen),
		TEST(one_edge_may_be_wanted),
		TEST(a_mask_holds_it_back),
		TEST(a_level_lasts),
		TEST(a_guest_ends_when_it_is_pressed),
		TEST(who_was_asked_to_go_stays_down),
		TEST(others_have_none),
		TEST(each_life_begins_with_a_new_one),
		TEST(it_comes_and_goes_with_its_cell),
		TEST(the_tables_are_wide_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
