// SPDX-License-Identifier: GPL-2.0-only
#include "races.h"

u64 race_cell;
u64 race_frames;

int race_result[CL_MAX_CPUS];
u64 race_call[CL_MAX_CPUS][7];

void job_on_4(void *arg)
{
	(void)arg;
	race_result[this_cpu()->id] = CANARY;
	race_result[this_cpu()->id] = cpu_turn_on(this_cpu()->cell, cpus[4].mpidr,
						  0x2000 + this_cpu()->id, this_cpu()->id);
}

static void job_call(void *arg)
{
	hypercall(arg);
}

void post_call(u32 cpu, u64 fn, u64 x1, u64 x2)
{
	u64 *x = race_call[cpu];

	memset(x, 0, sizeof(race_call[cpu]));
	x[0] = fn;
	x[1] = x1;
	x[2] = x2;
	host_post(cpu, job_call, x);
}

s64 called(u32 cpu)
{
	return (s64)race_call[cpu][0];
}

void small_config(struct test_config *c)
{
	cell_config(c, 1);
	c->cpus[2] = 5;
	c->nr_cpus = 3;
	c->nr_spis = 0;
	c->cell.entry = 0;
	c->cell.console.type = CL_CONSOLE_NONE;
	c->mem[CELL_MEM_RAM].size = 2 * PAGE_SIZE;
	c->mem[CELL_MEM_RAM].flags &= ~CL_MEM_LOADABLE;
	c->mem[CELL_MEM_ODD] = c->mem[CELL_MEM_COMM];
	c->nr_mem = 2;
}

void setup_cell(bool running, u32 cpus_on)
{
	static struct test_config c;

	machine_start(64);
	memset(race_result, 0, sizeof(race_result));
	race_frames = pool_used(&frame_pool);
	small_config(&c);
	race_cell = (u64)create(&c).ret;
	assert_int_equal(race_cell, 1);
	if (running) {
		assert_done(start(race_cell));
		host_settle();
	}
	for (u32 cpu = 4; cpu < 3 + cpus_on; cpu++) {
		assert_int_equal(turn_on(3, cpu, 0x1000, 0), 0);
		host_settle();
	}
	host_forget();
}

void check_cell_ended(void)
{
	for (u32 cpu = 3; cpu <= 5; cpu++) {
		assert_int_equal(host_stopped(cpu), HOST_WAITS);
		assert_true(cpu_is_parked(&cpus[cpu]));
	}
}

void check_life_goes_on(void)
{
	if (cell_state(cells[race_cell]) != CL_CELL_DESTROYING) {
		assert_done(shutdown_force(race_cell));
		check_cell_ended();
		host.on_start = NULL;
		assert_done(start(race_cell));
		host_settle();
		assert_int_equal(host_stopped(3), HOST_IN_GUEST);
		assert_int_equal(cpus[3].entry, 0);
		assert_int_equal(host_stopped(4), HOST_WAITS);
		assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
		host_settle();
		assert_int_equal(host_stopped(4), HOST_IN_GUEST);
	}
	assert_done(destroy(race_cell));
	check_cell_ended();
	for (u32 cpu = 3; cpu <= 5; cpu++)
		assert_ptr_equal(cpus[cpu].cell, cells[ROOT_CELL_ID]);
	assert_int_equal(pool_used(&frame_pool), race_frames);
	check_machine();
}

void assert_explored(const struct race *race, const char *what, u32 at_least)
{
	u32 runs = explore(race);

	print_message("           %s: %u orders\n", what, runs);
	assert_true(runs >= at_least);
}

void check_on_shutdown(void)
{
	assert_true(called(ROOT_CPU) == -CL_EINPROGRESS || called(ROOT_CPU) == 0);
	assert_int_equal(cell_state(cells[race_cell]), CL_CELL_SHUT_DOWN);
	check_cell_ended();
	assert_true(race_result[3] == 0 || race_result[3] == -CL_EPERM || race_result[3] == CANARY);
	check_life_goes_on();
}

void check_reset(void)
{
	assert_int_equal(cell_state(cells[race_cell]), CL_CELL_RUNNING);
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_int_equal(host_stopped(4), HOST_WAITS);
	assert_int_equal(cpus[3].entry, 0);
	check_life_goes_on();
}
