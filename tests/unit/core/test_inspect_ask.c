// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that are asked for their registers: off, gone, anew. */
#include "explore.h"
#include "gva.h"
#include "reach.h"

static void cpus_that_cannot_be_asked(void **state)
{
	(void)state;
	/* No such CPU */
	assert_refused(ask(SYSTEM_CPUS, 0, 0), CL_ENOENT, CPU_UNKNOWN);
	assert_refused(ask(CL_MAX_CPUS, 0, 1), CL_ENOENT, CPU_UNKNOWN);
	assert_refused(ask(~0ull, 0, 0), CL_ENOENT, CPU_UNKNOWN);
	assert_refused(ask(BIT(32) | CPU, 0, 0), CL_ENOENT, CPU_UNKNOWN);
	/* Off: in a cell, in root */
	assert_refused(ask(4, 0, 0), CL_EBUSY, CPU_IS_OFF);
	assert_int_equal(ask(4, 0, 1).value[1], gva_cell);
	assert_refused(ask(5, 0, 0), CL_EBUSY, CPU_IS_OFF);
	assert_int_equal(ask(5, 0, 0).value[0], 5);
	assert_int_equal(ask(5, 0, 0).value[1], 0);
	assert_int_equal(host.count[HOST_KICK], 0);
	/* No room for the answer, before anybody is asked */
	assert_refused(CALL(CL_HC_READ, CL_READ_GVA, CPU, 0, TARGET, sizeof(struct cl_gva) - 1),
		       CL_EINVAL, STRUCT_SIZE);
	assert_int_equal(host.count[HOST_KICK], 0);
	assert_int_equal(cpus[CPU].request, 0);
	/* Nobody but root */
	assert_int_equal(call_from(CPU, CL_HC_READ, CL_READ_GVA, CPU, 0, TARGET, PAGE_SIZE, 0).ret,
			 -1);
}

static void nobody_waits_for_the_answer(void **state)
{
	(void)state;
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(ask(CPU, PAGE_VA, i > 0).ret, -CL_EINPROGRESS);
		assert_int_equal(cpus[CPU].request, CPU_REQ_TELL);
		assert_int_equal(host.count[HOST_KICK], i + 1);
	}
	host_settle();
	assert_int_equal(cpus[CPU].request, 0);
	assert_int_equal(host_stopped(CPU), HOST_IN_GUEST);
	/* What it has told stays as it was then, and a new question is another */
	regs(CPU)->sctlr = 0;
	assert_int_equal(ask(CPU, PAGE_VA, 1).ret, sizeof(struct cl_gva));
	assert_int_equal(((struct cl_gva *)host_ram(TARGET))->sctlr, 1);
	assert_int_equal(ask(CPU, PAGE_VA, 0).ret, -CL_EINPROGRESS);
	host_settle();
	assert_int_equal(ask(CPU, PAGE_VA, 1).ret, sizeof(struct cl_gva));
	assert_int_equal(((struct cl_gva *)host_ram(TARGET))->sctlr, 0);
}

/* What a guest told is not taken for what the next one on that CPU has */
static void a_new_guest_has_not_told(void **state)
{
	(void)state;
	assert_int_equal(ask(CPU, PAGE_VA, 0).ret, -CL_EINPROGRESS);
	host_settle();
	assert_done(destroy(gva_cell));
	assert_refused(ask(CPU, PAGE_VA, 1), CL_EBUSY, CPU_IS_OFF);
	cell_config(&gva_config, 1);
	gva_config.mem[CELL_MEM_RAM].phys_start = CELL_RAM(5);
	gva_cell = load((u64)create(&gva_config).ret);
	assert_done(start(gva_cell));
	host_settle();
	*regs(CPU) = (struct s1_registers){ 0 };
	assert_int_equal(ask(CPU, 0x1000, 1).ret, -CL_EINPROGRESS);
	host_settle();
	assert_int_equal(ask(CPU, 0x1000, 1).ret, sizeof(struct cl_gva));
	assert_int_equal(((struct cl_gva *)host_ram(TARGET))->sctlr, 0);
	assert_int_equal(((struct cl_gva *)host_ram(TARGET))->stage2.pa, CELL_RAM(5) + 0x1000);
}

/* Asked at the last moment: it is off, and that is all that there is to say of it */
static void a_cpu_that_parks_has_nothing_to_tell(void **state)
{
	(void)state;
	assert_int_equal(ask(CPU, PAGE_VA, 0).ret, -CL_EINPROGRESS);
	turn_off(CPU);
	assert_refused(ask(CPU, PAGE_VA, 1), CL_EBUSY, CPU_IS_OFF);
	assert_cpu_off(CPU);
	/* A question that comes too late is no obstacle to the next start */
	cpus[CPU].request = CPU_REQ_TELL;
	assert_true(cpu_is_parked(&cpus[CPU]));
	assert_done(start(gva_cell));
	host_settle();
	assert_int_equal(host_stopped(CPU), HOST_IN_GUEST);
	assert_int_equal(gva_of(CPU, PAGE_VA)->status, CL_GVA_MAPPED);
}

static struct answer asked[2];
static u32 nr_told;

/* It has been asked before, and may have answered */
static void job_ask(void *arg)
{
	(void)arg;
	for (u64 i = 0; i < 2; i++) {
		u64 x[7] = { CL_HC_READ, CL_READ_GVA, CPU, PAGE_VA, TARGET, PAGE_SIZE, !i };

		hypercall(x);
		asked[i] = (struct answer){ (s64)x[0], x[1], { x[2], x[3] } };
	}
}

static void job_destroy(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < 3; i++) {
		u64 x[7] = { CL_HC_CELL_DESTROY, gva_cell };

		hypercall(x);
	}
}

static void setup_destroy_race(void)
{
	machine_start(64);
	cell_config(&gva_config, 1);
	gva_config.cell.entry = 0;
	gva_config.cell.console.type = CL_CONSOLE_NONE;
	gva_config.mem[CELL_MEM_RAM].size = 0x13000;
	gva_config.mem[CELL_MEM_RAM].flags &= ~CL_MEM_LOADABLE;
	gva_config.nr_mem = 1;
	gva_cell = (u64)create(&gva_config).ret;
	assert_done(start(gva_cell));
	host_settle();
	make_tables();
	memset(asked, 0, sizeof(asked));
	assert_int_equal(ask(CPU, PAGE_VA, 0).ret, -CL_EINPROGRESS);
	host_post(ROOT_CPU, job_ask, NULL);
	host_post(1, job_destroy, NULL);
}

static void check_destroy_race(void)
{
	const struct cl_gva *g = host_ram(TARGET);

	assert_int_equal(cpus[CPU].request, 0);
	for (u32 i = 0; i < 2; i++) {
		if (asked[i].ret == (s64)sizeof(*g)) {
			assert_int_equal(g->status, CL_GVA_MAPPED);
			assert_int_equal(g->stage2.pa, CELL_RAM(1) + 0x5000);
			nr_told++;
		} else if (asked[i].ret == -CL_EBUSY) {
			assert_int_equal(asked[i].rule, CL_RULE_CPU_IS_OFF);
		} else {
			assert_true(asked[i].ret == -CL_EINPROGRESS || asked[i].ret == -CL_EAGAIN);
		}
	}
	if (cells[gva_cell])
		assert_done(destroy(gva_cell));
	assert_cpu_off(CPU);
	check_machine();
}

static void a_question_against_the_end_of_the_cell(void **state)
{
	const struct race race = { setup_destroy_race, check_destroy_race, 1, 3000 };
	u32 runs;

	(void)state;
	nr_told = 0;
	runs = explore(&race);
	print_message("           %u orders, %u answers\n", runs, nr_told);
	assert_true(runs >= 100);
	assert_in_range(nr_told, 1, runs - 1);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, gva_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cpus_that_cannot_be_asked),
		TEST(nobody_waits_for_the_answer),
		TEST(a_new_guest_has_not_told),
		TEST(a_cpu_that_parks_has_nothing_to_tell),
		TEST(a_question_against_the_end_of_the_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
