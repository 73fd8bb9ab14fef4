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
		TEST(destroy_works_in_every_state),
		TEST(unknown_ids_and_root_are_no_objects),
		TEST(a_thousand_cells_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
