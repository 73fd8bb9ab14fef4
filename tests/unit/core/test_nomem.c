// SPDX-License-Identifier: GPL-2.0-only
/*
 * Out of hypervisor memory, at every allocation: each request that fails says
 * so and leaves everything as it was, and what gives memory back never fails.
 */
#include "alloc.h"
#include "snapshot.h"

#define FOR_EVER 1000000
#define MAX_ALLOCATIONS 1000

static struct snapshot before;
static struct test_config c;
static void *taken[HOST_MAX_POOL];
static u32 nr_taken;

static int setup(void **state)
{
	memset(&alloc_failure, 0, sizeof(alloc_failure));
	nr_taken = 0;
	return machine_setup(state);
}

static int teardown(void **state)
{
	memset(&alloc_failure, 0, sizeof(alloc_failure));
	return machine_teardown(state);
}

/* All frames of the pool but @left are somebody's */
static void exhaust(u32 left)
{
	void *frame;

	while ((frame = pool_alloc(&frame_pool, 1)))
		taken[nr_taken++] = frame;
	while (left-- && nr_taken)
		assert_int_equal(pool_free(&frame_pool, taken[--nr_taken], 1), 0);
}

static void relax(void)
{
	while (nr_taken)
		assert_int_equal(pool_free(&frame_pool, taken[--nr_taken], 1), 0);
}

/* Many pieces in blocks that other cells have pieces of, too */
#define PIECES 30

static void pieces_config(u32 n)
{
	cell_config(&c, n);
	c.cell.irq_mode = CL_IRQ_DIRECT; /* which takes one more */
	for (u32 i = 0; i < PIECES; i++) {
		struct cl_mem_region *m = &c.mem[c.nr_mem++];

		m->phys_start = CELLS_RAM + 64 * MiB + i * 2 * MiB + n * MiB;
		m->virt_start = 0x20000000 + i * MiB;
		m->size = MiB;
		m->flags = CL_MEM_READ | CL_MEM_WRITE | (i % 2 ? CL_MEM_LOADABLE : 0);
	}
}

static void fail_create_at(u32 at, u32 count, bool *done)
{
	struct answer a;

	snapshot_take(&before);
	alloc_failure.seen = 0;
	alloc_failure.at = at;
	alloc_failure.count = count;
	a = create(&c);
	alloc_failure.at = 0;
	*done = a.ret > 0;
	if (*done) {
		check_machine();
		assert_done(destroy((u64)a.ret));
		before.spi_events = host.count[HOST_SPI];
	} else {
		assert_refused(a, CL_ENOMEM, NO_MEMORY);
	}
	assert_unchanged(&before);
}

static void create_fails_cleanly_at_every_allocation(void **state)
{
	(void)state;
	for (u32 n = 0; n < 3; n++) {
		for (u32 for_ever = 0; for_ever < 2; for_ever++) {
			bool done = false;
			u32 at = 0;

			while (!done) {
				cell_config(&c, 0);
				if (n == 1)
					pieces_config(0);
				/* One that splits a block of root's in four places */
				if (n == 2) {
					c.mem[CELL_MEM_RAM].phys_start += 5 * PAGE_SIZE;
					c.mem[CELL_MEM_RAM].size = 6 * MiB;
				}
				fail_create_at(++at, for_ever ? FOR_EVER : 0, &done);
				assert_true(at < MAX_ALLOCATIONS);
			}
			/* Cell, blob, region, console, tables, root's tables */
			assert_true(at > 8);
		}
	}
}

/* The same with a neighbour that has its part of every block */
static void create_beside_a_neighbour_fails_cleanly(void **state)
{
	bool done = false;
	u32 at = 0;

	(void)state;
	pieces_config(1);
	assert_int_equal(create(&c).ret, 1);
	pieces_config(0);
	while (!done)
		fail_create_at(++at, 0, &done);
	for (done = false, at = 0; !done;)
		fail_create_at(++at, FOR_EVER, &done);
	assert_true(at > 8);
}

static void create_fails_cleanly_with_any_number_of_frames(void **state)
{
	u64 used = pool_used(&frame_pool);
	bool done = false;

	(void)state;
	for (u32 left = 0; !done; left++) {
		exhaust(left);
		/* frames_in_use() cannot know of these */
		snapshot_take(&before);
		cell_config(&c, 0);
		done = create(&c).ret > 0;
		if (done)
			assert_done(destroy(1));
		relax();
		before.pool_used = used;
		before.spi_events = host.count[HOST_SPI];
		assert_unchanged(&before);
		assert_true(left < 100);
	}
}

static void root_needs_its_memory(void **state)
{
	static struct blob blob;
	struct error err;
	u32 at = 0;
	int ret;

	(void)state;
	system_config(&c);
	blob_build(&blob, &c);
	do {
		host_reset();
		err.rule = CL_RULE_NONE;
		alloc_failure.seen = 0;
		alloc_failure.at = ++at;
		ret = host_boot(blob.bytes, blob.size, POOL_PAGES, &err);
		alloc_failure.at = 0;
		if (ret) {
			assert_int_equal(ret, -CL_ENOMEM);
			assert_int_equal(err.rule, CL_RULE_NO_MEMORY);
			assert_null(cells[ROOT_CELL_ID]);
		}
	} while (ret);
	assert_true(at > 5);
	check_machine();
}

static void loading_needs_frames_or_changes_nothing(void **state)
{
	u64 id;
	bool done = false;

	(void)state;
	pieces_config(1);
	assert_int_equal(create(&c).ret, 1);
	pieces_config(0);
	id = (u64)create(&c).ret;
	for (u32 at = 1; !done; at++) {
		struct answer a;

		snapshot_take(&before);
		alloc_failure.seen = 0;
		alloc_failure.at = at;
		a = CALL(CL_HC_CELL_SET_LOADABLE, id);
		alloc_failure.at = 0;
		done = a.ret == 0;
		if (done)
			break;
		assert_refused(a, CL_ENOMEM, NO_MEMORY);
		assert_unchanged(&before);
		/* Nothing has been loaded: there is nothing to start */
		assert_refused(start(id), CL_EINVAL, CELL_NOT_LOADED);
		assert_unchanged(&before);
		assert_true(at < MAX_ALLOCATIONS);
	}
	check_machine();
	/* What was mapped goes again without any frame */
	alloc_failure.seen = 0;
	alloc_failure.at = 1;
	alloc_failure.count = FOR_EVER;
	assert_done(start(id));
	host_settle();
	assert_int_equal(host_stopped(2), HOST_IN_GUEST);
	alloc_failure.at = 0;
	check_machine();
}

/*
 * The blocks that two cells shared are no table of root's any more. Both come
 * back while not one frame is free: everything must.
 */
static void destroy_needs_no_frames(void **state)
{
	(void)state;
	for (u32 loaded = 0; loaded < 2; loaded++) {
		for (u32 first = 1; first <= 2; first++) {
			machine_start(POOL_PAGES);
			snapshot_take(&before);
			pieces_config(0);
			assert_int_equal(create(&c).ret, 1);
			pieces_config(1);
			assert_int_equal(create(&c).ret, 2);
			if (loaded) {
				load(1);
				load(2);
			}
			check_machine();
			exhaust(0);
			assert_done(destroy(first));
			exhaust(0);
			assert_done(destroy(3 - first));
			relax();
			before.spi_events = host.count[HOST_SPI];
			assert_unchanged(&before);
		}
	}
}

int main(void)
{
#define NOMEM(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		NOMEM(create_fails_cleanly_at_every_allocation),
		NOMEM(create_beside_a_neighbour_fails_cleanly),
		NOMEM(create_fails_cleanly_with_any_number_of_frames),
		NOMEM(root_needs_its_memory),
		NOMEM(loading_needs_frames_or_changes_nothing),
		NOMEM(destroy_needs_no_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
