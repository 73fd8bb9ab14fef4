// SPDX-License-Identifier: GPL-2.0-only
/* A kernel that panics says so on its UART: what the cell's end is then. */
#include "vuart_guest.h"

#define WORDS "[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n"

static void say(const char *text)
{
	while (*text)
		vuart_store(DR, (u8)*text++);
}

static u64 panic_cell(u32 flags, u32 max_restarts)
{
	static struct test_config c;
	u64 id;

	vuart_config(&c);
	c.cell.flags = flags;
	c.cell.on_failure = max_restarts ? CL_FAILURE_RESTART : CL_FAILURE_STOP;
	c.cell.max_restarts = max_restarts;
	id = (u64)create(&c).ret;
	assert_done(start(id));
	host_settle();
	return id;
}

static void end(host_job job)
{
	host_post(3, job, NULL);
	host_settle();
}

static void its_reset_is_a_failure(void **state)
{
	static const host_job ends[] = { job_reset_self, job_end_self };
	static const u32 flags[] = { 0, CL_CELL_RELOAD };
	u64 id;

	(void)state;
	for (u32 i = 0; i < 4; i++) {
		id = panic_cell(flags[i / 2], 0);
		assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
		host_settle();
		assert_int_equal(info_of(id).panicked, 0);
		say(WORDS);
		/* Until the kernel ends it, it goes on, and tells more */
		assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
		assert_int_equal(info_of(id).panicked, 1);
		say("[    1.234600] CPU: 0 PID: 1 Comm: reboot\r\n");
		end(ends[i % 2]);
		assert_int_equal(info_of(id).state, CL_CELL_FAILED);
		assert_int_equal(info_of(id).fail_reason, CL_FAIL_PANIC);
		assert_int_equal(info_of(id).fail_cpu, 3);
		assert_int_equal(info_of(id).panicked, 1);
		assert_cpu_off(3);
		assert_cpu_off(4);
		/* The next life knows nothing of it */
		assert_done(start(id));
		host_settle();
		assert_int_equal(info_of(id).panicked, 0);
		end(job_end_self);
		assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
		assert_done(destroy(id));
	}
}

static void as_other_failures_it_may_restart(void **state)
{
	u64 id = panic_cell(0, 1);

	(void)state;
	say(WORDS);
	end(job_reset_self);
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	assert_int_equal(info_of(id).restarts, 1);
	assert_int_equal(info_of(id).fail_reason, CL_FAIL_PANIC);
	assert_int_equal(info_of(id).panicked, 0);
	/* A reset is none */
	end(job_reset_self);
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	assert_int_equal(info_of(id).restarts, 1);
	say(WORDS);
	end(job_reset_self);
	assert_int_equal(info_of(id).state, CL_CELL_FAILED);
}

static void assert_panicked(u64 id, const char *text, u32 panicked)
{
	say(text);
	assert_int_equal(info_of(id).panicked, panicked);
	end(job_reset_self);
	assert_int_equal(info_of(id).state, panicked ? CL_CELL_FAILED : CL_CELL_RUNNING);
	if (panicked) {
		assert_done(start(id));
		host_settle();
	}
}

static void only_the_words_count(void **state)
{
	u64 id = panic_cell(0, 0);

	(void)state;
	assert_panicked(id, "Kernel panic - not syncing", 1);
	assert_panicked(id, "Kernel panic - not synching", 0);
	assert_panicked(id, "Kernel panic -\r\nnot syncing", 0);
	assert_panicked(id, "ernel panic - not syncing", 0);
	/* The half of them is forgotten with the life that said it */
	assert_panicked(id, "Kernel panic - no", 0);
	assert_panicked(id, "t syncing", 0);
	/* They begin anew wherever they do */
	assert_panicked(id, "KKernel Kernel panic -Kernel panic - not syncing", 1);
	/* Programs print them, too, but then the kernel tells what it does */
	assert_panicked(id, WORDS "reboot: Restarting system\r\n", 0);
	assert_panicked(id, WORDS "rreboot:", 1);
	assert_panicked(id, "reboot: Restarting system\r\n" WORDS, 1);
	assert_panicked(id, WORDS "reboot: " WORDS, 1);
}

/* Registers of any width, and what is written to others is not said */
static void every_character_is_one(void **state)
{
	static const char words[] = CL_PANIC_WORDS;
	u64 id = panic_cell(0, 0), value;

	(void)state;
	for (u32 i = 0; words[i]; i++) {
		value = 0xab00 | (u8)words[i];
		assert_true(vuart_try(3, VUART_IPA + DR, i % 2 ? 2 : 4, true, &value));
		value = 'x';
		assert_true(vuart_try(3, VUART_IPA + DR + 1, 1, true, &value));
		vuart_store(RSR, 'x');
		vuart_load(DR);
	}
	assert_int_equal(info_of(id).panicked, 1);
}

/* Of a kernel that panics, the other CPUs print on for a while, and wait for no lock */
static void others_print_meanwhile(void **state)
{
	static const char words[] = CL_PANIC_WORDS, end_words[] = "reboot: ";
	u64 id = panic_cell(0, 0), x = 'x', r = 'r', value;

	(void)state;
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	for (u32 i = 0; words[i]; i++) {
		value = (u8)words[i];
		assert_true(vuart_try(4, VUART_IPA + DR, 1, true, &value));
		vuart_store(DR, (u32)x);
	}
	assert_int_equal(info_of(id).panicked, 1);
	for (u32 i = 0; end_words[i]; i++) {
		vuart_store(DR, (u8)end_words[i]);
		assert_true(vuart_try(4, VUART_IPA + DR, 1, true, &r));
	}
	assert_int_equal(info_of(id).panicked, 0);
	/* Half of the words is no more than that of each CPU */
	say("Kernel panic - ");
	for (const char *p = "not syncing"; *p; p++) {
		value = (u8)*p;
		assert_true(vuart_try(4, VUART_IPA + DR, 1, true, &value));
	}
	assert_int_equal(info_of(id).panicked, 0);
	say("not syncing");
	assert_int_equal(info_of(id).panicked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_reset_is_a_failure), TEST(as_other_failures_it_may_restart),
		TEST(only_the_words_count),   TEST(every_character_is_one),
		TEST(others_print_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
