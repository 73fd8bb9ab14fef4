// SPDX-License-Identifier: GPL-2.0-only
/* The power button: every register of its controller, and its interrupt. */
#include "button_guest.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
