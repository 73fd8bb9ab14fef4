// SPDX-License-Identifier: GPL-2.0-only
/* The life of a cell: create, load, start, shut down, restart, destroy. */
#include "fixture.h"
#include "reach.h"

static void job_spin_once(void *arg)
{
	(void)arg;
}

static void a_cell_lives_and_goes(void **state)
{
	u64 before = pool_used(&frame_pool);
	u64 id;

	(void)state;
	check_machine();
	id = run_cell(0);
	assert_int_equal(id, 1);
	assert_int_equal(CALL(CL_HC_CELL_STATE, id).ret, -CL_ENOSYS);
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
	assert_int_equal(host_run(2, job_spin_once, NULL), HOST_IN_GUEST);
	check_machine();
	assert_done(destroy(id));
	check_machine();
	assert_null(cells[id]);
	assert_ptr_equal(cpus[2].cell, cells[0]);
	assert_int_equal(pool_used(&frame_pool), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cell_lives_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
