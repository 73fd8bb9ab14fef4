// SPDX-License-Identifier: GPL-2.0-only
/* The life of a cell: create, load, start, restart, destroy. */
#include "fixture.h"
#include "reach.h"

static void a_cell_lives_and_goes(void **state)
{
	u64 before = pool_used(&frame_pool);
	struct cl_cell_info info;
	u64 id;

	(void)state;
	check_machine();
	id = (u64)create_default(0).ret;
	assert_int_equal(id, 1);
	check_machine();
	info = info_of(id);
	assert_int_equal(info.state, CL_CELL_CREATED);
	assert_string_equal(info.name, "cell-0");
	assert_int_equal(info.cpus[0], BIT(2));
	assert_int_equal(info_of(0).cpus[0], BIT(0) | BIT(1) | BIT(3) | BIT(4) | BIT(5));
	/* and the bitmap of the memory pool */
	assert_int_equal(info.pages + info_of(0).pages + cells[0]->s2.pt.nr_spare + 1,
			 pool_used(&frame_pool));
	load(id);
	check_machine();
	host_forget();
	assert_done(start(id));
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	host_settle();
	check_machine();
	/* On its first CPU, at its entry, with its arguments */
	assert_int_equal(host_stopped(2), HOST_IN_GUEST);
	assert_int_equal(last_event(HOST_GUEST_START)->cpu, 2);
	assert_int_equal(last_event(HOST_GUEST_START)->a, 0x1000);
	assert_int_equal(last_event(HOST_GUEST_START)->b, 0xa0);
	assert_int_equal(cpus[2].args[3], 0xa3);
	assert_int_equal(host.count[HOST_CELL_RESET], 1);
	assert_int_equal(host_run(2, job_nothing, NULL), HOST_IN_GUEST);

	assert_done(destroy(id));
	check_machine();
	assert_null(cells[id]);
	assert_ptr_equal(cpus[2].cell, cells[0]);
	assert_cpu_off(2);
	assert_int_equal(pool_used(&frame_pool), before);
	/* Root can use its CPU again */
	assert_int_equal(turn_on(1, 2, LINUX_RAM, 77), 0);
	host_settle();
	assert_int_equal(host_stopped(2), HOST_IN_GUEST);
	assert_int_equal(last_event(HOST_GUEST_START)->c, ROOT_CELL_ID);
}

static void what_direct_mode_takes_is_given_back(void **state)
{
	u64 before = pool_used(&frame_pool), pages;
	struct test_config c;
	u64 id;

	(void)state;
	id = (u64)create_default(0).ret;
	assert_int_equal(info_of(id).irq_mode, CL_IRQ_VIRTUAL);
	pages = info_of(id).pages;
	assert_done(destroy(id));

	cell_config(&c, 0);
	c.cell.irq_mode = CL_IRQ_DIRECT;
	id = (u64)create(&c).ret;
	assert_int_equal(info_of(id).irq_mode, CL_IRQ_DIRECT);
	assert_int_equal(info_of(id).last_smc, 0);
	assert_int_equal(info_of(id).pages, pages + cells[id]->s2.pt.root_pages);
	assert_int_equal(info_of(id).pages + info_of(0).pages + cells[0]->s2.pt.nr_spare + 1,
			 pool_used(&frame_pool));
	check_machine();
	assert_done(destroy(id));
	assert_int_equal(pool_used(&frame_pool), before);
}

static void starting_needs_an_image_and_a_stopped_cell(void **state)
{
	struct test_config c;
	u64 id;

	(void)state;
	id = (u64)create_default(0).ret;
	assert_refused(start(id), CL_EINVAL, CELL_NOT_LOADED);
	assert_int_equal(info_of(id).state, CL_CELL_CREATED);
	load(id);
	assert_done(start(id));
	/* Not even while it has not begun */
	assert_refused(start(id), CL_EBUSY, CELL_STATE);
	assert_refused(CALL(CL_HC_CELL_SET_LOADABLE, id), CL_EBUSY, CELL_STATE);
	host_settle();
	assert_refused(start(id), CL_EBUSY, CELL_STATE);
	assert_refused(CALL(CL_HC_CELL_SET_LOADABLE, id), CL_EBUSY, CELL_STATE);
	check_machine();

	/* One without loadable memory needs none */
	cell_config(&c, 1);
	c.mem[CELL_MEM_RAM].flags &= ~CL_MEM_LOADABLE;
	id = (u64)create(&c).ret;
	assert_done(start(id));
	host_settle();
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_int_equal(host_stopped(4), HOST_WAITS);
}

static void a_cell_restarts_as_new(void **state)
{
	struct cl_comm_region *comm;
	u64 id, used;

	(void)state;
	id = run_cell(0);
	comm = comm_of(id);
	used = pool_used(&frame_pool);
	for (u32 round = 0; round < 20; round++) {
		memset(comm, 0x5a, PAGE_SIZE);
		cells[id]->violations = 5;
		assert_done(shutdown_force(id));
		assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
		assert_cpu_off(2);
		check_machine();
		/* The RAM is not new, and with or without loading it starts */
		if (round % 2)
			load(id);
		check_machine();
		host_forget();
		assert_done(start(id));
		host_settle();
		assert_int_equal(host.count[HOST_CELL_RESET], 1);
		assert_int_equal(host.count[HOST_GUEST_START], 1);
		assert_memory_equal(comm->signature, "JHCOMM", 6);
		assert_int_equal(comm->cell_state, CL_COMM_RUNNING);
		assert_int_equal(comm->msg_to_cell, CL_MSG_NONE);
		assert_int_equal(comm->reply_from_cell, CL_REPLY_NONE);
		assert_int_equal(((u8 *)comm)[PAGE_SIZE - 1], 0);
		assert_int_equal(info_of(id).violations, 0);
		check_machine();
	}
	assert_int_equal(pool_used(&frame_pool), used);
}

static void the_communication_region_tells_the_machine(void **state)
{
	struct cl_comm_region *comm;
	struct test_config c;
	u64 id;

	(void)state;
	comm = comm_of(run_cell(0));
	assert_int_equal(comm->revision, CL_COMM_REVISION);
	assert_int_equal(comm->flags, CL_COMM_PUTC_PERMITTED | CL_COMM_PUTC_ACTIVE);
	assert_int_equal(comm->console.type, CL_CONSOLE_VIRTUAL);
	assert_int_equal(comm->console.size, 0);
	assert_int_equal(comm->gic_version, 3);
	assert_int_equal(comm->gicd_base, GICD);
	assert_int_equal(comm->gicr_base, GICR);

	cell_config(&c, 2);
	c.cell.console = (struct cl_console){ .type = CL_CONSOLE_PL011, .address = DEVICE };
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ DEVICE }, DEVICE, 4 * KiB, CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO
	};
	id = load((u64)create(&c).ret);
	assert_done(start(id));
	comm = comm_of(id);
	assert_int_equal(comm->flags, 0);
	assert_int_equal(comm->console.type, CL_CONSOLE_PL011);
	assert_int_equal(comm->console.address, DEVICE);
	assert_int_equal(comm->console.size, PAGE_SIZE);
	assert_int_equal(comm->console.flags, 0);

	assert_done(destroy(id));
	c.cell.console.type = CL_CONSOLE_UART8250;
	c.cell.console.flags = CL_UART_STRIDE_4;
	id = load((u64)create(&c).ret);
	assert_done(start(id));
	comm = comm_of(id);
	assert_int_equal(comm->console.type, CL_CONSOLE_UART8250);
	assert_int_equal(comm->console.flags, CL_UART_STRIDE_4);
	assert_int_equal(comm->console.size, 32);
}

static void job_fail_hypervisor(void *arg)
{
	(void)arg;
	cell_fail_self(CL_FAIL_HYPERVISOR, FAIL_ESR, FAIL_PC, FAIL_ADDRESS);
}

static void a_reset_starts_the_cell_anew(void **state)
{
	u64 id = run_cell(1);
	u32 *ram = host_ram(CELL_RAM(1) + 0x4000);

	(void)state;
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	*ram = 0x1234;
	for (u32 from = 3; from <= 4; from++) {
		comm_of(id)->cell_state = 9;
		host_forget();
		host_post(from, job_reset_self, NULL);
		host_settle();
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		assert_cpu_off(4);
		assert_int_equal(host.count[HOST_CELL_RESET], 1);
		assert_int_equal(host.count[HOST_GUEST_START], 1);
		assert_int_equal(last_event(HOST_GUEST_START)->a, 0x1000);
		assert_int_equal(last_event(HOST_GUEST_START)->b, 0xa1);
		assert_int_equal(comm_of(id)->cell_state, CL_COMM_RUNNING);
		assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
		assert_int_equal(*ram, 0x1234);
		assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
		host_settle();
		assert_int_equal(host_stopped(4), HOST_IN_GUEST);
	}
	/* Both at once are one reset */
	host_forget();
	host_post(3, job_reset_self, NULL);
	host_post(4, job_reset_self, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_cpu_off(4);
	assert_done(destroy(id));
}

/* As often as the config says, in each life */
static void a_failure_restarts_the_cell(void **state)
{
	static struct test_config c;
	u64 id;

	(void)state;
	cell_config(&c, 1);
	c.cell.on_failure = CL_FAILURE_RESTART;
	c.cell.max_restarts = 2;
	id = load((u64)create(&c).ret);
	for (u32 life = 0; life < 2; life++) {
		assert_done(start(id));
		host_settle();
		assert_int_equal(info_of(id).restarts, 0);
		assert_int_equal(info_of(id).fail_reason, CL_FAIL_NONE);
		for (u32 i = 1; i <= 2; i++) {
			assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
			host_settle();
			host_forget();
			host_post(2 + i, job_fail_self, NULL);
			host_settle();
			assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
			assert_int_equal(info_of(id).restarts, i);
			assert_int_equal(info_of(id).fail_reason, CL_FAIL_VIOLATION);
			assert_int_equal(info_of(id).fail_cpu, 2 + i);
			assert_int_equal(host.count[HOST_CELL_RESET], 1);
			assert_int_equal(last_event(HOST_GUEST_START)->a, 0x1000);
			assert_int_equal(host_stopped(3), HOST_IN_GUEST);
			assert_cpu_off(4);
		}
		host_post(3, job_fail_self, NULL);
		host_settle();
		assert_int_equal(info_of(id).state, CL_CELL_FAILED);
		assert_int_equal(info_of(id).restarts, 2);
		assert_cpu_off(3);
	}
	/* What is no doing of the guest's is not mended by a restart */
	assert_done(start(id));
	host_settle();
	host_post(3, job_fail_hypervisor, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_FAILED);
	assert_int_equal(info_of(id).restarts, 0);
	assert_done(destroy(id));
	check_machine();
}

/* Where root loads its images anew: the cell stops, and what it did goes on to count */
static void a_reset_may_be_roots(void **state)
{
	static struct test_config c;
	u64 id;

	(void)state;
	cell_config(&c, 1);
	c.cell.flags = CL_CELL_RELOAD;
	c.cell.on_failure = CL_FAILURE_RESTART;
	c.cell.max_restarts = 1;
	id = load((u64)create(&c).ret);
	assert_done(start(id));
	host_settle();
	for (u32 from = 3; from <= 4; from++) {
		assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
		host_settle();
		host_post(from, job_reset_self, NULL);
		host_settle();
		assert_int_equal(info_of(id).state, CL_CELL_RESET);
		assert_cpu_off(3);
		assert_cpu_off(4);
		assert_done(CALL(CL_HC_CELL_SET_LOADABLE, id));
		assert_done(start(id));
		host_settle();
		assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		assert_cpu_off(4);
	}
	/* A failure that is answered by a restart is such a reset, as often as it may be */
	host_post(3, job_fail_self, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_RESET);
	assert_done(start(id));
	host_settle();
	assert_int_equal(info_of(id).restarts, 1);
	assert_int_equal(info_of(id).fail_reason, CL_FAIL_VIOLATION);
	host_post(3, job_fail_self, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_FAILED);
	assert_done(start(id));
	host_settle();
	assert_int_equal(info_of(id).restarts, 0);

	/* Root may want it to end instead, or to go */
	host_post(3, job_reset_self, NULL);
	host_settle();
	assert_done(shutdown_force(id));
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_done(start(id));
	host_settle();
	host_post(3, job_reset_self, NULL);
	host_settle();
	assert_done(destroy(id));
	check_machine();
}

static u64 create_restarting(u32 max_restarts)
{
	static struct test_config c;

	cell_config(&c, 1);
	c.cell.on_failure = CL_FAILURE_RESTART;
	c.cell.max_restarts = max_restarts;
	return load((u64)create(&c).ret);
}

static void begin(u64 id)
{
	assert_done(start(id));
	host_settle();
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
}

/* CPU 4 is the last one, and not the one that begins */
static void all_off(void)
{
	host_post(3, job_turn_off, NULL);
	host_settle();
	host_post(4, job_turn_off, NULL);
	host_settle();
}

static void system_off(void)
{
	host_post(4, job_end_self, NULL);
	host_settle();
}

/* By its word, whichever way it goes off then */
static void a_guest_that_says_it_failed_is_restarted(void **state)
{
	void (*const ways[])(void) = { all_off, system_off };
	u64 id = create_restarting(2);

	(void)state;
	for (u32 way = 0; way < ARRAY_SIZE(ways); way++) {
		begin(id);
		for (u32 i = 1; i <= 2; i++) {
			comm_of(id)->cell_state = CL_COMM_FAILED;
			host_forget();
			ways[way]();
			assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
			assert_int_equal(info_of(id).restarts, i);
			assert_int_equal(info_of(id).fail_reason, CL_FAIL_COMM);
			assert_int_equal(info_of(id).fail_cpu, 4);
			assert_int_equal(comm_of(id)->cell_state, CL_COMM_RUNNING);
			assert_int_equal(host.count[HOST_CELL_RESET], 1);
			assert_int_equal(last_event(HOST_GUEST_START)->a, 0x1000);
			assert_int_equal(host_stopped(3), HOST_IN_GUEST);
			assert_int_equal(cpu_state(&cpus[3]), CPU_ON);
			assert_cpu_off(4);
			assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
			host_settle();
		}
		comm_of(id)->cell_state = CL_COMM_FAILED;
		ways[way]();
		assert_int_equal(info_of(id).state, CL_CELL_FAILED);
		assert_int_equal(info_of(id).fail_reason, CL_FAIL_COMM);
		assert_int_equal(info_of(id).restarts, 2);
		assert_cpu_off(3);
		assert_cpu_off(4);
	}
	/* With one CPU, which is the first, too */
	assert_done(start(id));
	host_settle();
	comm_of(id)->cell_state = CL_COMM_FAILED;
	host_post(3, job_turn_off, NULL);
	host_settle();
	assert_int_equal(info_of(id).restarts, 1);
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_int_equal(cpu_state(&cpus[3]), CPU_ON);
	/* One that does not say so has just ended */
	host_post(3, job_turn_off, NULL);
	host_settle();
	assert_int_equal(info_of(id).state, CL_CELL_SHUT_DOWN);
	assert_done(destroy(id));
	check_machine();
}

static void violate(void)
{
	host_post(4, job_fail_self, NULL);
	host_settle();
}

/* Root wants it to end: it has, if not well */
static void who_fails_while_asked_to_go_stays_down(void **state)
{
	void (*const ways[])(void) = { all_off, system_off, violate };
	u64 id = create_restarting(5);

	(void)state;
	for (u32 way = 0; way < ARRAY_SIZE(ways); way++) {
		begin(id);
		/* A request that it denied is over */
		assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
		comm_of(id)->reply_from_cell = CL_REPLY_DENIED;
		assert_refused(shutdown_ask(id), CL_EPERM, CELL_DENIED);
		comm_of(id)->cell_state = CL_COMM_FAILED;
		ways[way]();
		assert_int_equal(info_of(id).restarts, 1);
		assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
		assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
		host_settle();

		assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
		comm_of(id)->cell_state = CL_COMM_FAILED;
		ways[way]();
		assert_done(shutdown_ask(id));
		assert_int_equal(info_of(id).state, CL_CELL_FAILED);
		assert_int_equal(info_of(id).restarts, 1);
	}
	assert_done(destroy(id));
}

static u32 lines_of_log(const char *text)
{
	u32 n = 0;

	for (u64 i = 0; i < hv_log->end; i++)
		n += !strncmp(hv_log->text + i, text, strlen(text));
	return n;
}

/* The log is not one cell's alone */
static void endless_restarts_do_not_fill_the_log(void **state)
{
	u64 id = create_restarting(~0u);

	(void)state;
	assert_done(start(id));
	host_settle();
	for (u32 i = 0; i < 20; i++) {
		host_post(3, job_fail_self, NULL);
		host_settle();
	}
	assert_int_equal(info_of(id).restarts, 20);
	assert_int_equal(lines_of_log("cell 1 failed and restarts"), 8);
	assert_done(destroy(id));
}

static void destroy_works_in_every_state(void **state)
{
	u64 before = pool_used(&frame_pool);
	u64 id;

	(void)state;
	for (u32 which = 0; which < 6; which++) {
		id = (u64)create_default(1).ret;
		assert_int_equal(id, 1);
		if (which >= 1)
			load(id);
		if (which >= 2)
			assert_done(start(id));
		if (which >= 3)
			host_settle();
		if (which == 4)
			host_run(3, job_fail_self, NULL);
		if (which == 5)
			assert_done(shutdown_force(id));
		assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
		assert_int_equal(info_of(id).state, CL_CELL_DESTROYING);
		/* No way back */
		assert_refused(start(id), CL_EBUSY, CELL_STATE);
		assert_refused(CALL(CL_HC_CELL_SET_LOADABLE, id), CL_EBUSY, CELL_STATE);
		assert_refused(shutdown_ask(id), CL_EBUSY, CELL_STATE);
		assert_done(destroy(id));
		assert_cpu_off(3);
		assert_cpu_off(4);
		assert_refused(destroy_once(id, false), CL_ENOENT, CELL_UNKNOWN);
		check_machine();
		assert_int_equal(pool_used(&frame_pool), before);
	}
}

static void unknown_ids_and_root_are_no_objects(void **state)
{
	static const u64 calls[] = { CL_HC_CELL_SET_LOADABLE, CL_HC_CELL_START, CL_HC_CELL_SHUTDOWN,
				     CL_HC_CELL_DESTROY };
	static const u64 ids[] = { 1, 2, 15, 16, 17, 0xffffffff, BIT(32), BIT(63), ~0ull };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(calls); i++) {
		for (u32 how = 0; how < 2; how++) {
			for (u32 k = 0; k < ARRAY_SIZE(ids); k++) {
				struct answer a = CALL(calls[i], ids[k], how);

				assert_refused(a, CL_ENOENT, CELL_UNKNOWN);
				assert_int_equal(a.value[0], ids[k]);
			}
			assert_refused(CALL(calls[i], 0, how), CL_EINVAL, CELL_ROOT);
		}
	}
	check_machine();
}

static void a_thousand_cells_leave_nothing(void **state)
{
	u64 before = pool_used(&frame_pool);

	(void)state;
	for (u32 i = 0; i < 1000; i++) {
		u64 id = (u64)create_default(i % 3).ret;

		assert_int_equal(id, 1);
		if (i % 2) {
			load(id);
			if (i % 4 == 1)
				assert_done(start(id));
			if (i % 8 == 1)
				host_settle();
		}
		assert_done(destroy(id));
		assert_int_equal(pool_used(&frame_pool), before);
	}
	check_machine();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cell_lives_and_goes),
		TEST(what_direct_mode_takes_is_given_back),
		TEST(starting_needs_an_image_and_a_stopped_cell),
		TEST(a_cell_restarts_as_new),
		TEST(the_communication_region_tells_the_machine),
		TEST(a_reset_starts_the_cell_anew),
		TEST(a_reset_may_be_roots),
		TEST(a_failure_restarts_the_cell),
		TEST(a_guest_that_says_it_failed_is_restarted),
		TEST(who_fails_while_asked_to_go_stays_down),
		TEST(endless_restarts_do_not_fill_the_log),
		TEST(destroy_works_in_every_state),
		TEST(unknown_ids_and_root_are_no_objects),
		TEST(a_thousand_cells_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
