// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root types while CPUs of the cell read, mask and clear, in every order: each character
 * arrives once, and no guest that waits for its interrupt waits for ever.
 */
#include <stdio.h>

#include "explore.h"
#include "vuart_guest.h"

#define TEXT_PA (LINUX_RAM + 4 * MiB)
#define TEXT "abc"

static u64 id;
static u64 typed[7];

/* The distributor's pending bit: set by the hypervisor, cleared as a guest takes it */
static bool pending;

static char got[16];
static u32 nr_got;

static void watch(const struct host_event *e)
{
	if (e->kind == HOST_SPI_RAISE)
		pending = true;
	/* The machine's reset clears it; by then nobody can raise it again */
	if (e->kind == HOST_CELL_RESET)
		pending = false;
}

/* An access of the guest on this CPU */
static u32 access(u32 offset, bool write, u32 value)
{
	struct mmio_access a = { VUART_IPA + offset, value, 4, write };

	assert_true(vuart_access(this_cpu()->cell, &a));
	return (u32)a.value;
}

static void drain(void)
{
	while (!(access(FR, false, 0) & FR_RXFE)) {
		assert_true(nr_got < sizeof(got) - 1);
		got[nr_got] = (char)access(DR, false, 0);
		nr_got++;
	}
}

/* As Linux's driver: until there is no reason left */
static void job_handler(void *arg)
{
	(void)arg;
	pending = false;
	while (access(MIS, false, 0))
		drain();
}

/* As many others: clear, read, go */
static void job_handler_that_clears(void *arg)
{
	(void)arg;
	pending = false;
	access(ICR, true, RX | RT);
	drain();
}

/* One character, and the interrupt is cleared: the next shall bring another */
static void job_handler_of_one(void *arg)
{
	(void)arg;
	pending = false;
	if (access(FR, false, 0) & FR_RXFE)
		return;
	got[nr_got++] = (char)access(DR, false, 0);
	access(ICR, true, RX | RT);
}

/* As Linux opens it */
static void job_open(void *arg)
{
	(void)arg;
	access(ICR, true, RX | RT);
	access(IMSC, true, RX | RT);
}

static void job_mask_for_a_moment(void *arg)
{
	(void)arg;
	access(IMSC, true, 0);
	access(IMSC, true, RX | RT);
}

static void job_type(void *arg)
{
	hypercall(arg);
}

static void (*handler)(void *arg);

static void setup_open(host_job first)
{
	machine_start(POOL_PAGES);
	id = vuart_cell();
	assert_int_equal(turn_on(3, 4, 0x1000, 0), 0);
	host_settle();
	memset(got, 0, sizeof(got));
	nr_got = 0;
	pending = false;
	handler = first;
	host.watch = watch;
	memcpy(host_ram(TEXT_PA), TEXT, strlen(TEXT));
	memcpy(typed, (u64[7]){ CL_HC_CONSOLE_INPUT, id, TEXT_PA, strlen(TEXT) }, sizeof(typed));
	host_post(ROOT_CPU, job_type, typed);
}

/* Whatever is still to come comes by the interrupt */
static void check_all_arrives(void)
{
	assert_int_equal(typed[0], strlen(TEXT));
	for (u32 i = 0; pending && i < 16; i++)
		assert_int_equal(host_run(3, handler, NULL), HOST_IN_GUEST);
	assert_false(pending);
	assert_string_equal(got, TEXT);
	assert_int_equal(cells[id]->vuart->lock.next, cells[id]->vuart->lock.owner);
}

static void setup_handler(host_job first)
{
	setup_open(first);
	vuart_store(IMSC, RX | RT);
	host_post(3, first, NULL);
}

static void setup_reads(void)
{
	setup_handler(job_handler);
}

static void setup_clears(void)
{
	setup_handler(job_handler_that_clears);
}

static void setup_one(void)
{
	setup_handler(job_handler_of_one);
}

static void setup_opens(void)
{
	setup_open(job_handler);
	host_post(3, job_open, NULL);
}

static void setup_two_cpus(void)
{
	setup_handler(job_handler);
	host_post(4, job_mask_for_a_moment, NULL);
}

static void setup_reset(void)
{
	setup_open(job_handler);
	vuart_store(IMSC, RX | RT);
	host_post(3, job_reset_self, NULL);
}

/* What was typed before is gone, what comes later waits; and nothing is on its way */
static void check_reset(void)
{
	u32 left = cells[id]->vuart->head - cells[id]->vuart->tail;

	assert_int_equal(typed[0], strlen(TEXT));
	assert_int_equal(vuart_load(IMSC), 0);
	assert_false(pending);
	assert_true(left == 0 || left == strlen(TEXT));
	for (u32 i = 0; i < left; i++)
		assert_int_equal(vuart_load(DR), TEXT[i]);
}

static void assert_explored(void (*setup)(void), void (*check)(void), const char *what)
{
	u32 runs = explore(&(struct race){ setup, check, 3, 3000 });

	print_message("           %s: %u orders\n", what, runs);
	assert_true(runs >= 100);
}

static void input_against_handlers(void **state)
{
	(void)state;
	assert_explored(setup_reads, check_all_arrives, "reads until there is no reason");
	assert_explored(setup_clears, check_all_arrives, "clears, then reads");
	assert_explored(setup_one, check_all_arrives, "reads one, then clears");
}

static void input_against_an_open(void **state)
{
	(void)state;
	assert_explored(setup_opens, check_all_arrives, "opens");
}

static void input_against_two_cpus(void **state)
{
	(void)state;
	assert_explored(setup_two_cpus, check_all_arrives, "reads, another masks");
}

static void input_against_a_reset(void **state)
{
	(void)state;
	assert_explored(setup_reset, check_reset, "reset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(input_against_handlers),
		TEST(input_against_an_open),
		TEST(input_against_two_cpus),
		TEST(input_against_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
