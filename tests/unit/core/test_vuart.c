// SPDX-License-Identifier: GPL-2.0-only
/* The emulated UART: every register, its interrupt, its ring, its resets. */
#include "snapshot.h"
#include "vuart_guest.h"

/* What registers of a PL011 hold after power-up, as far as an SBSA UART has them */
static u32 at_first(u32 offset)
{
	static const u32 id[] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	if (offset == FR)
		return FR_TXFE | FR_RXFE;
	return offset >= 0xfe0 ? id[(offset - 0xfe0) / 4] : 0;
}

static void every_register_has_its_first_value(void **state)
{
	(void)state;
	vuart_cell();
	for (u32 offset = 0; offset < PAGE_SIZE; offset++) {
		for (u32 size = 1; size <= 4; size *= 2) {
			u64 value = ~0ull;

			assert_true(vuart_try(3, VUART_IPA + offset, size, false, &value));
			assert_int_equal(value, offset % 4 ? 0 : at_first(offset));
		}
	}
	assert_int_equal(vuart_raised(), 0);
}

static void other_addresses_and_cells_are_not_its_business(void **state)
{
	static const u64 others[] = { VUART_IPA - 4, VUART_IPA + PAGE_SIZE, 0, ~3ull };
	u64 value = 0;

	(void)state;
	assert_int_equal(run_cell(0), 1);
	vuart_cell();
	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(vuart_try(3, others[i], 4, i % 2, &value));
	/* An UART has no registers of 64 bits */
	assert_false(vuart_try(3, VUART_IPA, 8, true, &value));
	assert_false(vuart_try(3, VUART_IPA + FR, 8, false, &value));
	/* Whose console is another */
	assert_false(vuart_try(2, VUART_IPA, 4, true, &value));
	assert_false(vuart_try(ROOT_CPU, VUART_IPA, 4, true, &value));
	assert_string_equal(vuart_output(2, 0), "");
}

static void what_is_no_register_ignores_writes(void **state)
{
	(void)state;
	vuart_cell();
	for (u32 offset = 4; offset < PAGE_SIZE; offset += 4) {
		if (offset == IMSC)
			continue;
		vuart_store(offset, ~0u);
		assert_int_equal(vuart_load(offset), at_first(offset));
	}
	/* Nor does a part of one count */
	for (u32 part = 1; part < 4; part++) {
		u64 value = 0x7f;

		assert_true(vuart_try(3, VUART_IPA + IMSC + part, 1, true, &value));
		assert_true(vuart_try(3, VUART_IPA + DR + part, 1, true, &value));
	}
	assert_int_equal(vuart_load(IMSC), 0);
	assert_int_equal(vuart_load(RIS), 0);
	assert_string_equal(vuart_output(1, 0), "");
	assert_int_equal(vuart_raised(), 0);
}

static void what_is_sent_is_on_the_console(void **state)
{
	u64 id = vuart_cell();
	u64 value;

	(void)state;
	for (u32 size = 1; size <= 4; size *= 2) {
		/* Bits that are no character's do no harm */
		value = 0xffffff00u | (u32)('0' + size);
		assert_true(vuart_try(3, VUART_IPA + DR, size, true, &value));
		assert_int_equal(vuart_load(FR), FR_TXFE | FR_RXFE);
	}
	assert_string_equal(vuart_output(id, 0), "124");
	/* The calls lead to the same place, and the guest is told where it is */
	assert_int_equal(call_from(3, CL_HC_CONSOLE_PUTC, '!', 0, 0, 0, 0, 0).ret, 0);
	assert_string_equal(vuart_output(id, 0), "124!");
	assert_int_equal(comm_of(id)->console.type, CL_CONSOLE_SBSA_UART);
	assert_int_equal(comm_of(id)->console.address, VUART_IPA);
	assert_int_equal(comm_of(id)->console.size, PAGE_SIZE);
	assert_int_equal(comm_of(id)->flags, CL_COMM_PUTC_PERMITTED);
	/* There is always room; what is lost is what nobody has read */
	for (u32 i = 0; i < 2 * CONSOLE_SIZE; i++)
		vuart_store(DR, 'a' + i % 26);
	assert_int_equal(vuart_load(FR), FR_TXFE | FR_RXFE);
	assert_int_equal(info_of(id).console_end, 4 + 2 * CONSOLE_SIZE);
	check_machine();
}

static void what_is_typed_arrives_in_order(void **state)
{
	u64 id = vuart_cell();

	(void)state;
	assert_int_equal(vuart_type(id, "a\0\xff", 3).ret, 3);
	assert_int_equal(vuart_load(FR), FR_TXFE);
	assert_int_equal(vuart_load(DR), 'a');
	assert_int_equal(vuart_load(RSR), 0);
	assert_int_equal(vuart_load(DR), 0);
	assert_int_equal(vuart_load(FR), FR_TXFE);
	assert_int_equal(vuart_load(DR), 0xff);
	assert_int_equal(vuart_load(FR), FR_TXFE | FR_RXFE);
	/* Nothing there is nothing, and takes nothing away */
	assert_int_equal(vuart_load(DR), 0);
	assert_int_equal(vuart_type(id, "b", 1).ret, 1);
	assert_int_equal(vuart_load(DR), 'b');
}

static void a_full_ring_takes_no_more(void **state)
{
	static char text[VUART_RING + 8];
	u64 id = vuart_cell();
	u32 sent = 0, got = 0;

	(void)state;
	vuart_store(IMSC, RX | RT);
	/* With all positions of its ends, and each time more than fits */
	for (u32 round = 0; round < 40; round++) {
		u32 take = round * 97 % VUART_RING + 1;
		struct answer a;

		for (u32 i = 0; i < sizeof(text); i++)
			text[i] = (char)((sent + i) * 7);
		a = vuart_type(id, text, sizeof(text));
		assert_int_equal(a.ret, VUART_RING - (sent - got));
		assert_int_equal(vuart_raised(), 1);
		sent += (u32)a.ret;
		assert_int_equal(vuart_load(FR), FR_TXFE | FR_RXFF);
		/* Nothing has happened then */
		assert_int_equal(vuart_type(id, text, 1).ret, 0);
		assert_int_equal(vuart_raised(), 0);
		for (u32 i = 0; i < take; i++, got++)
			assert_int_equal(vuart_load(DR), (u8)(got * 7));
		assert_int_equal(vuart_load(FR), FR_TXFE | (got == sent ? FR_RXFE : 0));
	}
}

static void a_character_that_comes_is_an_interrupt(void **state)
{
	u64 id = vuart_cell();

	(void)state;
	/* Not while it is masked */
	assert_int_equal(vuart_type(id, "ab", 2).ret, 2);
	assert_int_equal(vuart_raised(), 0);
	assert_int_equal(vuart_load(RIS), RX | RT);
	assert_int_equal(vuart_load(MIS), 0);
	/* As soon as it is not */
	vuart_store(IMSC, RT);
	assert_int_equal(vuart_raised(), 1);
	assert_int_equal(vuart_load(MIS), RT);
	vuart_store(IMSC, RT | RX);
	assert_int_equal(vuart_raised(), 1);
	/* The same mask again is nothing new, nor is less of it */
	vuart_store(IMSC, RT | RX);
	vuart_store(IMSC, RX);
	assert_int_equal(vuart_raised(), 0);
	assert_int_equal(vuart_load(MIS), RX);
	/* More of them while some are there: whoever reads may have just seen the last */
	assert_int_equal(vuart_type(id, "c", 1).ret, 1);
	assert_int_equal(vuart_raised(), 1);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(vuart_load(RIS), RX | RT);
		assert_int_equal(vuart_load(DR), 'a' + i);
	}
	/* Read is cleared */
	assert_int_equal(vuart_load(RIS), 0);
	assert_int_equal(vuart_load(MIS), 0);
	vuart_store(IMSC, 0);
	vuart_store(IMSC, RX | RT);
	assert_int_equal(vuart_raised(), 0);
	assert_int_equal(vuart_type(id, "d", 1).ret, 1);
	assert_int_equal(vuart_raised(), 1);
}

static void a_character_that_waits_is_not_cleared_away(void **state)
{
	u64 id = vuart_cell();

	(void)state;
	vuart_store(IMSC, RX);
	assert_int_equal(vuart_type(id, "ab", 2).ret, 2);
	assert_int_equal(vuart_raised(), 1);
	/* A handler that takes one, and clears */
	assert_int_equal(vuart_load(DR), 'a');
	vuart_store(ICR, RX | RT);
	assert_int_equal(vuart_load(RIS), RX | RT);
	assert_int_equal(vuart_raised(), 1);
	/* Of other interrupts that is no matter */
	vuart_store(ICR, ~(u32)(RX | RT));
	assert_int_equal(vuart_raised(), 0);
	vuart_store(ICR, RT);
	assert_int_equal(vuart_raised(), 0);
	assert_int_equal(vuart_load(DR), 'b');
	vuart_store(ICR, ~0u);
	assert_int_equal(vuart_raised(), 0);
	assert_int_equal(vuart_load(ICR), 0);
}

static void room_for_more_is_an_interrupt(void **state)
{
	(void)state;
	vuart_cell();
	/* Nothing was sent: as on a PL011 there is no reason yet */
	vuart_store(IMSC, TX);
	assert_int_equal(vuart_raised(), 0);
	assert_int_equal(vuart_load(RIS), 0);
	vuart_store(DR, 'x');
	assert_int_equal(vuart_load(RIS), TX);
	assert_int_equal(vuart_load(MIS), TX);
	assert_int_equal(vuart_raised(), 1);
	/* Each character is gone at once, whether the last one's was cleared or not */
	vuart_store(DR, 'y');
	assert_int_equal(vuart_raised(), 1);
	vuart_store(ICR, ~(u32)TX);
	assert_int_equal(vuart_load(MIS), TX);
	vuart_store(ICR, TX);
	assert_int_equal(vuart_load(RIS), 0);
	assert_int_equal(vuart_raised(), 0);
	vuart_store(IMSC, 0);
	vuart_store(DR, 'z');
	assert_int_equal(vuart_load(RIS), TX);
	assert_int_equal(vuart_load(MIS), 0);
	assert_int_equal(vuart_raised(), 0);
	vuart_store(IMSC, RX | RT);
	assert_int_equal(vuart_raised(), 0);
	vuart_store(IMSC, RX | TX | RT);
	assert_int_equal(vuart_raised(), 1);
}

static void masks_are_those_of_the_standard(void **state)
{
	(void)state;
	vuart_cell();
	vuart_store(IMSC, ~0u);
	assert_int_equal(vuart_load(IMSC), 0x7f0);
	vuart_store(IMSC, 0x12345);
	assert_int_equal(vuart_load(IMSC), 0x340);
	vuart_store(RIS, ~0u);
	vuart_store(MIS, ~0u);
	assert_int_equal(vuart_load(RIS), 0);
	assert_int_equal(vuart_load(MIS), 0);
}

static void assert_reset(u64 id)
{
	assert_int_equal(vuart_load(IMSC), 0);
	assert_int_equal(vuart_load(RIS), 0);
	assert_int_equal(vuart_load(FR), FR_TXFE | FR_RXFE);
	assert_int_equal(vuart_load(DR), 0);
	/* All of the ring is there again */
	assert_int_equal(vuart_type(id, "again", 5).ret, 5);
	assert_int_equal(vuart_raised(), 0);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(vuart_load(DR), "again"[i]);
}

static void use(u64 id, char c)
{
	vuart_store(IMSC, RX | TX | RT);
	vuart_store(DR, (u8)c);
	assert_int_equal(vuart_type(id, "left", 4).ret, 4);
	assert_int_equal(vuart_load(MIS), RX | TX | RT);
	assert_true(vuart_raised() > 0);
}

/* Of the machine's reset, which makes the interrupt as new, comes first what raises it */
static void check_order(const struct host_event *e)
{
	if (e->kind == HOST_CELL_RESET)
		assert_int_equal(cells[e->a]->vuart->imsc, 0);
}

static void each_life_begins_with_a_new_one(void **state)
{
	u64 id = vuart_cell();

	(void)state;
	use(id, '1');
	host.watch = check_order;
	host_run(3, job_reset_self, NULL);
	host_settle();
	assert_reset(id);
	use(id, '2');
	assert_done(shutdown_force(id));
	assert_done(start(id));
	host_settle();
	assert_reset(id);
	assert_string_equal(vuart_output(id, 0), "12");
}

static void who_cannot_be_typed_to(void **state)
{
	static struct test_config c;
	u64 id, other;

	(void)state;
	vuart_config(&c);
	id = (u64)create(&c).ret;
	/* At its start it would be lost */
	assert_refused(vuart_type(id, "x", 1), CL_EBUSY, CELL_STATE);
	assert_done(start(id));
	host_settle();
	other = run_cell(0);
	assert_refused(vuart_type(other, "x", 1), CL_EOPNOTSUPP, CELL_NO_INPUT);
	assert_int_equal(vuart_type(other, "x", 1).value[0], other);
	assert_int_equal(vuart_type(other, "x", 1).value[1], CL_CONSOLE_VIRTUAL);
	assert_refused(vuart_type(ROOT_CELL_ID, "x", 1), CL_EOPNOTSUPP, CELL_NO_INPUT);
	assert_refused(vuart_type(7, "x", 1), CL_ENOENT, CELL_UNKNOWN);
	assert_refused(vuart_type(~0ull, "x", 1), CL_ENOENT, CELL_UNKNOWN);
	assert_done(shutdown_force(id));
	assert_refused(vuart_type(id, "x", 1), CL_EBUSY, CELL_STATE);
	/* Another cell than root cannot type at all */
	assert_int_equal(call_from(2, CL_HC_CONSOLE_INPUT, id, 0, 1, 0, 0, 0).ret, -1);
}

static void what_is_typed_is_in_a_page_of_root(void **state)
{
	u64 id = vuart_cell(), page = LINUX_RAM + 4 * MiB;

	(void)state;
	/* Nothing is in any */
	assert_done(CALL(CL_HC_CONSOLE_INPUT, id, ~0ull, 0));
	assert_refused(CALL(CL_HC_CONSOLE_INPUT, id, page, PAGE_SIZE + 1), CL_EINVAL, USER_MEMORY);
	assert_refused(CALL(CL_HC_CONSOLE_INPUT, id, page + 1, PAGE_SIZE), CL_EINVAL, USER_MEMORY);
	assert_refused(CALL(CL_HC_CONSOLE_INPUT, id, page, ~0ull), CL_EINVAL, USER_MEMORY);
	assert_refused(CALL(CL_HC_CONSOLE_INPUT, id, CELL_RAM(1), 1), CL_EFAULT, USER_MEMORY);
	assert_refused(CALL(CL_HC_CONSOLE_INPUT, id, HOST_HV_START, 1), CL_EFAULT, USER_MEMORY);
	assert_refused(CALL(CL_HC_CONSOLE_INPUT, id, DEVICE, 1), CL_EFAULT, USER_MEMORY);
	assert_int_equal(vuart_load(FR), FR_TXFE | FR_RXFE);
	assert_int_equal(CALL(CL_HC_CONSOLE_INPUT, id, page, PAGE_SIZE).ret, VUART_RING);
	assert_int_equal(vuart_load(FR), FR_TXFE | FR_RXFF);
}

/* A CPU that comes after its cell has ended changes nothing any more */
static void an_ended_cell_has_none(void **state)
{
	u64 id = vuart_cell(), value = IMSC;

	(void)state;
	vuart_store(IMSC, TX);
	__atomic_store_n(&cells[id]->state, CL_CELL_DESTROYING, __ATOMIC_SEQ_CST);
	assert_false(vuart_try(3, VUART_IPA + DR, 4, true, &value));
	assert_int_equal(vuart_raised(), 0);
	__atomic_store_n(&cells[id]->state, CL_CELL_RUNNING, __ATOMIC_SEQ_CST);
	assert_string_equal(vuart_output(id, 0), "");
}

/* It has no memory of its own, and leaves none behind */
static void it_comes_and_goes_with_its_cell(void **state)
{
	static struct snapshot before;
	u64 id;

	(void)state;
	snapshot_take(&before);
	before.spi_events = 4;
	id = vuart_cell();
	use(id, 'x');
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
	vuart_config(&c);
	c.cell.console.address = top;
	a = create(&c);
	assert_true(a.ret > 0);
	assert_true(cells[a.ret]->s2.pt.ipa_last >= top + PAGE_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_register_has_its_first_value),
		TEST(other_addresses_and_cells_are_not_its_business),
		TEST(what_is_no_register_ignores_writes),
		TEST(what_is_sent_is_on_the_console),
		TEST(what_is_typed_arrives_in_order),
		TEST(a_full_ring_takes_no_more),
		TEST(a_character_that_comes_is_an_interrupt),
		TEST(a_character_that_waits_is_not_cleared_away),
		TEST(room_for_more_is_an_interrupt),
		TEST(masks_are_those_of_the_standard),
		TEST(each_life_begins_with_a_new_one),
		TEST(who_cannot_be_typed_to),
		TEST(what_is_typed_is_in_a_page_of_root),
		TEST(an_ended_cell_has_none),
		TEST(it_comes_and_goes_with_its_cell),
		TEST(the_tables_are_wide_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
