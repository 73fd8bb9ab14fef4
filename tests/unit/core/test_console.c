// SPDX-License-Identifier: GPL-2.0-only
/* Rings of text, and what log_printf() makes of its arguments. */
#include <stdio.h>

#include "fixture.h"

#define RING 64

static struct console *new_ring(void)
{
	struct console *con = calloc(1, sizeof(*con) + RING);

	assert_non_null(con);
	con->size = RING;
	return con;
}

static void write_numbers(struct console *con, u32 from, u32 n)
{
	for (u32 i = from; i < from + n; i++) {
		char c = (char)('0' + i % 64);

		console_write(con, &c, 1);
	}
}

static void assert_numbers(const char *buf, u64 from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf[i], '0' + (from + i) % 64);
}

static void a_reader_gets_what_was_written(void **state)
{
	struct console *con = new_ring();
	char buf[RING];
	u64 position = 0;

	(void)state;
	assert_int_equal(console_read(con, &position, buf, sizeof(buf)), 0);
	assert_int_equal(position, 0);
	console_write(con, "hello", 5);
	assert_int_equal(console_read(con, &position, buf, 2), 2);
	assert_memory_equal(buf, "he", 2);
	/* The position is the reader's to move */
	assert_int_equal(position, 0);
	position = 2;
	assert_int_equal(console_read(con, &position, buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "llo", 3);
	position = 5;
	assert_int_equal(console_read(con, &position, buf, sizeof(buf)), 0);
	assert_int_equal(position, 5);
	free(con);
}

static void the_ring_wraps_at_every_position(void **state)
{
	(void)state;
	for (u32 first = 0; first < 2 * RING; first++) {
		struct console *con = new_ring();
		char buf[2 * RING];

		write_numbers(con, 0, first);
		for (u32 n = 1; n <= RING; n++) {
			u64 position = first;

			write_numbers(con, first + n - 1, 1);
			assert_int_equal(console_read(con, &position, buf, sizeof(buf)), n);
			assert_int_equal(position, first);
			assert_numbers(buf, first, n);
		}
		free(con);
	}
}

static void a_late_reader_is_told_what_it_missed(void **state)
{
	struct console *con = new_ring();
	char buf[2 * RING];
	u64 position = 0;

	(void)state;
	write_numbers(con, 0, 100);
	assert_int_equal(console_read(con, &position, buf, sizeof(buf)), RING);
	assert_int_equal(position, 100 - RING);
	assert_numbers(buf, position, RING);
	/* Small buffers get the oldest part first */
	position = 0;
	assert_int_equal(console_read(con, &position, buf, 10), 10);
	assert_int_equal(position, 100 - RING);
	assert_numbers(buf, position, 10);
	free(con);
}

static void positions_of_the_future_are_the_end(void **state)
{
	struct console *con = new_ring();
	char buf[RING];
	u64 position = ~0ull;

	(void)state;
	write_numbers(con, 0, 10);
	assert_int_equal(console_read(con, &position, buf, sizeof(buf)), 0);
	assert_int_equal(position, 10);
	free(con);
}

static const char *logged(void)
{
	static char text[512];
	static u64 position;
	size_t n;

	/* A machine just started has a new log */
	if (position > hv_log->end)
		position = 0;
	n = log_read(&position, text, sizeof(text) - 1);
	position += n;
	text[n] = 0;
	return text;
}

#define LOGGED(text, ...)                            \
	do {                                         \
		log_printf(__VA_ARGS__);             \
		assert_string_equal(logged(), text); \
	} while (0)

static void formats_are_those_of_printf(void **state)
{
	(void)state;
	logged();
	LOGGED("", "%s", "");
	LOGGED("plain\n", "plain\n");
	LOGGED("0 4294967295 10", "%u %u %u", 0u, ~0u, 10u);
	LOGGED("0 ffffffff dead", "%x %x %x", 0u, ~0u, 0xdeadu);
	LOGGED("18446744073709551615", "%llu", ~0ull);
	LOGGED("0xffffffffffffffff", "0x%llx", ~0ull);
	LOGGED("00c0 |  c0|c0", "%04x |%4x|%x", 0xc0u, 0xc0u, 0xc0u);
	LOGGED("12345", "%3u", 12345u);
	LOGGED("a-string-b", "a-%s-b", "string");
	LOGGED("xyz%", "x%sz%%", "y");
}

static void long_lines_are_cut_off(void **state)
{
	char text[400];

	(void)state;
	logged();
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 0;
	log_printf("%s%u", text, 1u);
	assert_int_equal(strlen(logged()), 160);
	log_printf("%0400x", 1u);
	assert_int_equal(strlen(logged()), 160);
	LOGGED("after", "after");
}

static void the_log_goes_to_the_uart_if_there_is_one(void **state)
{
	(void)state;
	host.uart_size = 0;
	log_printf("silent");
	assert_int_equal(host.uart_size, 0);
	log_to_uart = true;
	log_printf("loud %u", 7u);
	log_to_uart = false;
	assert_int_equal(host.uart_size, 6);
	assert_memory_equal(host.uart, "loud 7", 6);
}

static void the_log_wraps(void **state)
{
	char buf[16];
	u64 position = 0;

	(void)state;
	for (u32 i = 0; i < 1000; i++)
		log_printf("%08u", i);
	assert_true(hv_log->end > hv_log->size);
	assert_int_equal(log_read(&position, buf, 8), 8);
	assert_int_equal(position, hv_log->end - hv_log->size);
	position = hv_log->end - 8;
	assert_int_equal(log_read(&position, buf, sizeof(buf)), 8);
	assert_memory_equal(buf, "00000999", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reader_gets_what_was_written),
		TEST(the_ring_wraps_at_every_position),
		TEST(a_late_reader_is_told_what_it_missed),
		TEST(positions_of_the_future_are_the_end),
		TEST(formats_are_those_of_printf),
		TEST(long_lines_are_cut_off),
		TEST(the_log_goes_to_the_uart_if_there_is_one),
		TEST(the_log_wraps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
