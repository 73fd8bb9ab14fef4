// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the short way through a trap does for the emulated UART, on both GICs; all else
 * it must leave as it is, to vuart_access().
 */
#include <vuart_inline.h>

#include "machine.h"

#define UART 0x09000000ull
#define CPU 3

static struct vuart uart;
static struct {
	struct console console;
	char text[64];
} out;
static struct cl_cell with_uart = { .console = { .type = CL_CONSOLE_SBSA_UART, .address = UART } };

static void give_uart(void)
{
	struct cell *cell = cells[CELL_OF(CPU)];

	memset(&uart, 0, sizeof(uart));
	memset(&out, 0, sizeof(out));
	out.console.size = sizeof(out.text);
	cell->config.cell = &with_uart;
	cell->vuart = &uart;
	cell->console = &out.console;
	cell->state = CL_CELL_RUNNING;
}

static int setup(void **state)
{
	machine_setup(state);
	give_uart();
	return 0;
}

static int setup_gicv2(void **state)
{
	(void)state;
	machine_start_gicv2();
	give_uart();
	return 0;
}

#define BOTH(name)                                              \
	{ #name, name, setup, NULL, NULL },                     \
	{                                                       \
#name " (GICv2)", name, setup_gicv2, NULL, NULL \
	}

static void characters_are_on_the_console(void **state)
{
	(void)state;
	for (u32 size = 1; size <= 4; size *= 2) {
		assert_int_equal(load(CPU, UART + UARTFR, size) & 0xff, FR_TXFE | FR_RXFE);
		store(CPU, UART + UARTDR, size, 0xffffff00 | 'a');
		store(CPU, UART + UARTDR, size, 'b');
	}
	assert_string_equal(out.text, "ababab");
	assert_int_equal(out.console.end, 6);
	assert_true(uart.sent);
	assert_int_equal(PRIV->exits[CL_EXIT_DEVICE], 9);
}

static void the_ring_goes_round(void **state)
{
	(void)state;
	for (u32 i = 0; i < 1000; i++)
		store(CPU, UART + UARTDR, 4, i);
	assert_int_equal(out.console.end, 1000);
	for (u32 i = 1000 - sizeof(out.text); i < 1000; i++)
		assert_int_equal(out.text[i % sizeof(out.text)], (char)i);
	assert_int_equal(out.console.size, sizeof(out.text));
}

static void flags_tell_of_the_input(void **state)
{
	(void)state;
	uart.head = 1;
	assert_int_equal(load(CPU, UART + UARTFR, 4), FR_TXFE);
	uart.head = VUART_RING;
	assert_int_equal(load(CPU, UART + UARTFR, 4), FR_TXFE | FR_RXFF);
	/* LDRSB */
	assert_int_equal(trap(CPU, UART + UARTFR, syndrome(1, false) | ISS_SSE, 0).value,
			 0xffffffffffffff00 | FR_TXFE | FR_RXFF);
	uart.tail = VUART_RING;
	assert_int_equal(load(CPU, UART + UARTFR, 4), FR_TXFE | FR_RXFE);
}

static void a_panic_is_heard(void **state)
{
	static const char text[] = "KKernel panic - not syncing";

	(void)state;
	for (u32 i = 0; text[i]; i++) {
		assert_false(uart.panicked);
		store(CPU, UART + UARTDR, 4, (u8)text[i]);
	}
	assert_true(uart.panicked);
	for (const char *c = "reboot: "; *c; c++)
		store(CPU, UART + UARTDR, 4, (u8)*c);
	assert_false(uart.panicked);
}

/* Refused, and nothing is different */
static void assert_left(u32 cpu, u64 ipa, u32 size, bool write)
{
	struct vuart before = uart;

	assert_false(trap(cpu, ipa, syndrome(size, write), 'x').handled);
	/* The lock has been taken, perhaps */
	before.lock = uart.lock;
	assert_memory_equal(&uart, &before, sizeof(uart));
	assert_int_equal(out.console.end, 0);
	assert_int_equal(PRIV->exits[CL_EXIT_DEVICE], 0);
}

static void everything_else_is_left(void **state)
{
	(void)state;
	for (u32 offset = 0; offset <= PAGE_SIZE; offset++) {
		for (u32 size = 1; size <= 8; size *= 2) {
			bool one = size <= 4;

			if (!one || offset != UARTFR)
				assert_left(CPU, UART + offset, size, false);
			if (!one || offset != UARTDR)
				assert_left(CPU, UART + offset, size, true);
		}
	}
	assert_left(CPU, UART - 4, 4, true);
	assert_left(CPU, UART + BIT(32), 4, true);
	/* An interrupt would come of it */
	uart.imsc = INT_TX;
	assert_left(CPU, UART + UARTDR, 4, true);
	uart.imsc = 0;
	for (u32 n = 0; n < NR_CPUS; n++) {
		if (CELL_OF(n) != CELL_OF(CPU))
			assert_left(n, UART + UARTDR, 4, true);
	}
}

static void only_of_a_cell_that_runs(void **state)
{
	(void)state;
	for (u32 s = CL_CELL_CREATED; s <= CL_CELL_RESET; s++) {
		bool runs = s == CL_CELL_RUNNING || s == CL_CELL_RUNNING_LOCKED;

		cells[CELL_OF(CPU)]->state = s;
		assert_int_equal(trap(CPU, UART + UARTDR, syndrome(4, true), 'x').handled, runs);
	}
	assert_int_equal(out.console.end, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(characters_are_on_the_console), BOTH(the_ring_goes_round),
		BOTH(flags_tell_of_the_input),	     BOTH(a_panic_is_heard),
		BOTH(everything_else_is_left),	     BOTH(only_of_a_cell_that_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
