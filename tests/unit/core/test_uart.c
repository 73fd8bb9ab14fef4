// SPDX-License-Identifier: GPL-2.0-only
/* Debug consoles, on a page of registers that remembers what is stored. */
#include <console.h>
#include <cloister/config.h>

#include "fixture.h"

#define POLLS 100000 /* as many as are made of a UART that has no room */
#define UNTOUCHED 0xa5

static u32 regs[16];
static u8 *const bytes = (u8 *)regs;

/* A kind of UART: which byte is its status, what that is when there is room, and not */
struct kind {
	struct cl_console con;
	u32 status;
	u8 room;
	u8 full;
	u8 width;
};

static const struct kind kinds[] = {
	{ { .type = CL_CONSOLE_PL011 }, 0x18, 0x00, 0x20, 4 },
	{ { .type = CL_CONSOLE_PL011, .flags = CL_UART_LOG }, 0x18, 0xdf, 0xff, 4 },
	{ { .type = CL_CONSOLE_UART8250 }, 5, 0x20, 0x00, 1 },
	{ { .type = CL_CONSOLE_UART8250, .flags = CL_UART_LOG }, 5, 0xff, 0xdf, 1 },
	{ { .type = CL_CONSOLE_UART8250, .flags = CL_UART_STRIDE_4 }, 20, 0x60, 0x40, 1 },
	{ { .type = CL_CONSOLE_UART8250, .flags = CL_UART_STRIDE_4 | CL_UART_WIDTH_4 },
	  20,
	  0x60,
	  0x40,
	  4 },
};

static void fresh(const struct kind *kind, u8 status)
{
	memset(regs, UNTOUCHED, sizeof(regs));
	bytes[kind->status] = status;
}

/* The character is in the data register, in the UART's width, and nothing else changed */
static void assert_sent(const struct kind *kind, u8 status, char c)
{
	for (u32 i = 0; i < sizeof(regs); i++) {
		u8 expected = i == kind->status ? status : UNTOUCHED;

		if (i < kind->width)
			expected = i ? 0 : (u8)c;
		assert_int_equal(bytes[i], expected);
	}
}

static void a_character_is_sent_where_there_is_room(void **state)
{
	(void)state;
	host.patience = 0;
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (u32 c = 0; c < 256; c += 51) {
			fresh(&kinds[i], kinds[i].room);
			uart_putc(&kinds[i].con, regs, (char)c);
			assert_sent(&kinds[i], kinds[i].room, (char)c);
		}
	}
}

static void a_uart_that_is_dead_does_not_stop_anybody(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		fresh(&kinds[i], kinds[i].full);
		host.patience = 2 * POLLS;
		uart_putc(&kinds[i].con, regs, 'x');
		assert_int_equal(2 * POLLS - host.patience, POLLS);
		/* Not sent: nothing is as it was only where it is the status */
		for (u32 b = 0; b < sizeof(regs); b++)
			assert_int_equal(bytes[b],
					 b == kinds[i].status ? kinds[i].full : UNTOUCHED);
	}
	host.patience = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_character_is_sent_where_there_is_room),
		cmocka_unit_test(a_uart_that_is_dead_does_not_stop_anybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
