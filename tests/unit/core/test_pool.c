// SPDX-License-Identifier: GPL-2.0-only
/* Memory of pools: ALLOC regions are there from the start, LAZY ones grow. */
#include <memory_pool.h>

#include "snapshot.h"

#define ALLOC_IPA 0x40000000ull
#define ALLOC_SIZE (2 * MiB + 64 * KiB)
#define LAZY_IPA 0x4ff00000ull
#define LAZY_SIZE (4 * MiB)
#define RW (CL_MEM_READ | CL_MEM_WRITE)

static struct test_config c;

static void add(u64 ipa, u64 size, u64 flags)
{
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		.pool = 0, .virt_start = ipa, .size = size, .flags = flags | CL_MEM_ALLOC
	};
}

/* Default cell @n with both kinds of memory */
static void with_pool(u32 n)
{
	cell_config(&c, n);
	add(ALLOC_IPA, ALLOC_SIZE, RW | CL_MEM_EXECUTE);
	add(LAZY_IPA, LAZY_SIZE, RW | CL_MEM_LAZY);
}

static u64 run_with_pool(u32 n)
{
	u64 id;

	with_pool(n);
	id = (u64)create(&c).ret;
	load(id);
	assert_done(start(id));
	host_settle();
	return id;
}

/* One access of a guest that ends in a fault */
struct access {
	u64 ipa;
	enum aspace_access what;
	bool on_walk;
	bool again;
};

static void job_access(void *arg)
{
	struct access *a = arg;
	struct aspace_fault fault = {
		.ipa = IPA(a->ipa), .pc = 0x4000, .access = a->what, .cpu = this_cpu()->id
	};

	a->again = cell_fault(&fault, a->on_walk);
}

static bool touch(u32 cpu, u64 ipa, enum aspace_access what)
{
	struct access a = { .ipa = ipa, .what = what };

	host_run(cpu, job_access, &a);
	return a.again;
}

/* Where an address of a cell leads, or 0 */
static u64 pa_of(u64 id, u64 ipa)
{
	u64 pa = pt_translate(&cells[id]->s2.pt, IPA(ipa)).v;

	return pa == PA_NONE.v ? 0 : pa;
}

static void fill(u64 pa, u64 size, u8 byte)
{
	memset(host_ram(pa), byte, size);
}

static bool is_filled(u64 pa, u64 size, u8 byte)
{
	const u8 *p = host_ram(pa);

	for (u64 i = 0; i < size; i++) {
		if (p[i] != byte)
			return false;
	}
	return true;
}

/* CPUs 3 and 4 go on step by step, in random order, until neither can */
static void interleave(u64 *seed)
{
	host.stepping = true;
	while (host_can_step(3) || host_can_step(4)) {
		u32 cpu;

		*seed = *seed * 6364136223846793005 + 1442695040888963407;
		cpu = 3 + (u32)(*seed >> 60) % 2;
		if (host_can_step(cpu))
			host_step(cpu);
	}
	host.stepping = false;
}

static void populated_memory_is_zero_when_the_guest_begins(void **state)
{
	u64 id;

	(void)state;
	fill(POOL, POOL_SIZE, 0xaa);
	with_pool(1);
	id = (u64)create(&c).ret;
	check_machine();
	assert_int_equal(memory_pool_free(0), POOL_SIZE - ALLOC_SIZE);
	/* Root's CPU has touched none of it: that is the cell's own work */
	assert_true(is_filled(POOL, POOL_SIZE, 0xaa));
	load(id);
	assert_done(start(id));
	host_settle();
	for (u64 at = 0; at < ALLOC_SIZE; at += PAGE_SIZE)
		assert_true(is_filled(pa_of(id, ALLOC_IPA + at), PAGE_SIZE, 0));
	/* A block where one fits */
	assert_int_equal(pa_of(id, ALLOC_IPA) % (2 * MiB), 0);
	assert_true(touch(3, ALLOC_IPA, ACCESS_EXEC));
	check_machine();

	/* A second life finds what the first one left, as in all other memory */
	fill(pa_of(id, ALLOC_IPA), PAGE_SIZE, 0x77);
	assert_done(shutdown_force(id));
	assert_done(start(id));
	host_settle();
	assert_true(is_filled(pa_of(id, ALLOC_IPA), PAGE_SIZE, 0x77));
}

static void a_start_that_was_cut_short_zeroes_anew(void **state)
{
	u64 id;

	(void)state;
	fill(POOL, POOL_SIZE, 0xaa);
	with_pool(1);
	id = (u64)create(&c).ret;
	load(id);
	assert_done(start(id));
	host_forget();
	host.stepping = true;
	while (!host.count[HOST_BLOCK])
		host_step(3);
	host.stepping = false;
	assert_done(shutdown_force(id));
	assert_int_equal(host.count[HOST_GUEST_START], 0);
	assert_done(start(id));
	host_settle();
	assert_int_equal(host.count[HOST_GUEST_START], 1);
	for (u64 at = 0; at < ALLOC_SIZE; at += PAGE_SIZE)
		assert_true(is_filled(pa_of(id, ALLOC_IPA + at), PAGE_SIZE, 0));
}

static void lazy_memory_grows_on_access(void **state)
{
	u64 id, used, pa;

	(void)state;
	fill(POOL, POOL_SIZE, 0xaa);
	id = run_with_pool(1);
	used = pool_used(&frame_pool);
	assert_int_equal(memory_pool_free(0), POOL_SIZE - ALLOC_SIZE);
	assert_int_equal(pa_of(id, LAZY_IPA), 0);
	assert_true(touch(3, LAZY_IPA + 0x2008, ACCESS_WRITE));
	pa = pa_of(id, LAZY_IPA + 0x2000);
	assert_true(is_filled(pa, PAGE_SIZE, 0));
	assert_int_equal(pa_of(id, LAZY_IPA + 0x1000), 0);
	assert_int_equal(pa_of(id, LAZY_IPA + 0x3000), 0);
	assert_int_equal(memory_pool_free(0), POOL_SIZE - ALLOC_SIZE - PAGE_SIZE);
	/* The other CPU, too late: the same frame, and what is in it */
	fill(pa, PAGE_SIZE, 0x55);
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	assert_true(touch(4, LAZY_IPA + 0x2ff8, ACCESS_READ));
	assert_int_equal(pa_of(id, LAZY_IPA + 0x2000), pa);
	assert_true(is_filled(pa, PAGE_SIZE, 0x55));
	/* Permissions are the region's, and nothing grows where they deny */
	assert_false(touch(3, LAZY_IPA + 0x5000, ACCESS_EXEC));
	assert_int_equal(pa_of(id, LAZY_IPA + 0x5000), 0);
	assert_false(touch(3, LAZY_IPA + LAZY_SIZE, ACCESS_READ));
	assert_false(touch(3, LAZY_IPA - 1, ACCESS_READ));
	/* The tables were set aside */
	assert_true(touch(3, LAZY_IPA + LAZY_SIZE - 1, ACCESS_READ));
	assert_int_equal(pool_used(&frame_pool), used);
	assert_int_equal(cells[id]->s2.nr_frames, ALLOC_SIZE / PAGE_SIZE + 2);
	check_machine();
}

/* Two CPUs, in any order of their steps that random choices give */
static void two_cpus_on_one_page_get_one_frame(void **state)
{
	u64 id = run_with_pool(1), free, seed = 1;

	(void)state;
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	for (u32 round = 0; round < 1000; round++) {
		u64 ipa = LAZY_IPA + round * PAGE_SIZE;
		struct access a[2] = { { .ipa = ipa, .what = ACCESS_WRITE },
				       { .ipa = ipa + 8, .what = ACCESS_READ } };

		free = memory_pool_free(0);
		host_post(3, job_access, &a[0]);
		host_post(4, job_access, &a[1]);
		interleave(&seed);
		assert_true(a[0].again && a[1].again);
		assert_int_equal(memory_pool_free(0), free - PAGE_SIZE);
		assert_true(is_filled(pa_of(id, ipa), PAGE_SIZE, 0));
	}
	check_machine();
}

static void an_empty_pool_is_the_guests_fault(void **state)
{
	u64 id = run_with_pool(1), got = 0;

	(void)state;
	/* More than there is: a second cell has the rest */
	with_pool(2);
	c.mem[c.nr_mem - 2].size = 5 * MiB;
	assert_int_equal(create(&c).ret, 2);
	while (touch(3, LAZY_IPA + got, ACCESS_WRITE))
		got += PAGE_SIZE;
	assert_int_equal(got, POOL_SIZE - ALLOC_SIZE - CELL_POOL_SIZE - 5 * MiB);
	assert_int_equal(memory_pool_free(0), 0);
	/* What is there stays, and what comes back can be had */
	assert_true(touch(3, LAZY_IPA, ACCESS_WRITE));
	assert_done(destroy(2));
	assert_true(touch(3, LAZY_IPA + got, ACCESS_WRITE));
	assert_int_equal(cells[id]->s2.outcomes[FAULT_NO_MEMORY], 1);
	check_machine();
}

static void frames_go_back_scrubbed(void **state)
{
	u64 id = run_with_pool(1), frames = cells[id]->s2.nr_frames;

	(void)state;
	for (u64 at = 0; at < LAZY_SIZE; at += 0x5000) {
		assert_true(touch(3, LAZY_IPA + at, ACCESS_WRITE));
		fill(pa_of(id, LAZY_IPA + at), PAGE_SIZE, 0x33);
		frames++;
	}
	for (u64 at = 0; at < ALLOC_SIZE; at += PAGE_SIZE)
		fill(pa_of(id, ALLOC_IPA + at), PAGE_SIZE, 0x44);
	assert_int_equal(cells[id]->s2.nr_frames, frames);
	host_forget();
	assert_done(destroy(id));
	assert_int_equal(memory_pool_free(0), POOL_SIZE);
	assert_true(is_filled(POOL, POOL_SIZE, 0));
	/* by the cell's own CPUs */
	for (u32 i = 0; i < host.nr_log; i++) {
		if (host.log[i].kind == HOST_ZERO)
			assert_true(host.log[i].cpu == 3 || host.log[i].cpu == 4);
	}
	check_machine();
	/* One that never ran, too */
	with_pool(1);
	assert_int_equal(create(&c).ret, 1);
	assert_done(destroy(1));
	assert_int_equal(memory_pool_free(0), POOL_SIZE);
}

/* Both CPUs scrub at once, in random order: no frame is missed nor freed too early */
static void two_cpus_scrub_together(void **state)
{
	(void)state;
	for (u32 round = 0; round < 50; round++) {
		u64 id = run_with_pool(1), seed = round + 1;

		for (u64 at = 0; at < LAZY_SIZE; at += 0x9000) {
			assert_true(touch(3, LAZY_IPA + at, ACCESS_WRITE));
			fill(pa_of(id, LAZY_IPA + at), PAGE_SIZE, 0x33);
		}
		assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
		host_settle();
		assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
		interleave(&seed);
		assert_int_equal(memory_pool_free(0), POOL_SIZE);
		assert_true(is_filled(POOL, POOL_SIZE, 0));
		assert_done(destroy_once(id, false));
		check_machine();
	}
}

static void a_create_that_cannot_have_its_memory_takes_none(void **state)
{
	struct answer a;
	u64 used = pool_used(&frame_pool);

	(void)state;
	with_pool(1);
	c.mem[c.nr_mem - 2].size = POOL_SIZE + PAGE_SIZE;
	a = create(&c);
	assert_refused(a, CL_ENOMEM, POOL_EMPTY);
	assert_int_equal(a.value[0], c.nr_mem - 2);
	assert_int_equal(a.value[1], POOL_SIZE);
	assert_int_equal(memory_pool_free(0), POOL_SIZE);
	assert_int_equal(pool_used(&frame_pool), used);
	/* Two regions that do not fit together: the second is named */
	c.mem[c.nr_mem - 2].size = 6 * MiB;
	c.mem[c.nr_mem - 1].flags &= ~CL_MEM_LAZY;
	a = create(&c);
	assert_refused(a, CL_ENOMEM, POOL_EMPTY);
	assert_int_equal(a.value[0], c.nr_mem - 1);
	assert_int_equal(a.value[1], 2 * MiB);
	assert_int_equal(memory_pool_free(0), POOL_SIZE);
	assert_int_equal(pool_used(&frame_pool), used);
	check_machine();
	/* All of it is possible, and lazily more than there is */
	c.mem[c.nr_mem - 2].size = POOL_SIZE;
	c.mem[c.nr_mem - 1].flags |= CL_MEM_LAZY;
	c.mem[c.nr_mem - 1].size = 64 * MiB;
	assert_int_equal(create(&c).ret, 1);
	check_machine();
}

static void two_cells_have_nothing_in_common(void **state)
{
	u64 a = run_with_pool(0), b = run_with_pool(1);

	(void)state;
	for (u64 at = 0; at < MiB; at += PAGE_SIZE) {
		assert_true(touch(2, LAZY_IPA + at, ACCESS_WRITE));
		assert_true(touch(3, LAZY_IPA + at, ACCESS_WRITE));
		fill(pa_of(a, LAZY_IPA + at), PAGE_SIZE, 0x0a);
		fill(pa_of(b, LAZY_IPA + at), PAGE_SIZE, 0x0b);
	}
	check_machine();
	assert_done(destroy(a));
	for (u64 at = 0; at < MiB; at += PAGE_SIZE)
		assert_true(is_filled(pa_of(b, LAZY_IPA + at), PAGE_SIZE, 0x0b));
	check_machine();
}

static void root_reads_the_faults_of_a_cell(void **state)
{
	const struct cl_faults *f = host_ram(LINUX_RAM + 8 * MiB);
	u64 id = run_with_pool(1);
	u64 target = LINUX_RAM + 8 * MiB;

	(void)state;
	assert_int_equal(CALL(CL_HC_READ, CL_READ_FAULTS, id, 0, target, PAGE_SIZE).ret,
			 sizeof(*f));
	assert_int_equal(f->cell, id);
	assert_int_equal(f->nr, 0);
	for (u64 i = 0; i < CL_MAX_FAULTS; i++)
		assert_true(touch(3, LAZY_IPA + i * PAGE_SIZE, ACCESS_WRITE));
	assert_false(touch(3, 0x7000000, ACCESS_READ));
	assert_false(touch(3, LAZY_IPA, ACCESS_EXEC));
	assert_true(touch(3, LAZY_IPA, ACCESS_READ));
	CALL(CL_HC_READ, CL_READ_FAULTS, id, 0, target, PAGE_SIZE);
	assert_int_equal(f->nr, CL_MAX_FAULTS);
	assert_int_equal(f->total, CL_MAX_FAULTS + 3);
	assert_int_equal(f->outcomes[CL_OUTCOME_RESOLVED], CL_MAX_FAULTS);
	assert_int_equal(f->outcomes[CL_OUTCOME_SPURIOUS], 1);
	assert_int_equal(f->outcomes[CL_OUTCOME_NO_REGION], 1);
	assert_int_equal(f->outcomes[CL_OUTCOME_DENIED], 1);
	/* The oldest first */
	assert_int_equal(f->last[0].ipa, LAZY_IPA + 3 * PAGE_SIZE);
	assert_int_equal(f->last[29].ipa, 0x7000000);
	assert_int_equal(f->last[29].pc, 0x4000);
	assert_int_equal(f->last[29].cpu, 3);
	assert_int_equal(f->last[29].outcome, CL_OUTCOME_NO_REGION);
	assert_int_equal(f->last[30].access, CL_ACCESS_EXECUTE);
	assert_int_equal(f->last[30].outcome, CL_OUTCOME_DENIED);
	assert_int_equal(f->last[31].outcome, CL_OUTCOME_SPURIOUS);
}

static void tables_in_device_memory_are_a_fault(void **state)
{
	struct access a = { .ipa = 0x30000000, .what = ACCESS_READ, .on_walk = true };
	u64 id;

	(void)state;
	with_pool(1);
	c.mem[c.nr_mem++] =
		(struct cl_mem_region){ { DEVICE }, 0x30000000, PAGE_SIZE, RW | CL_MEM_IO };
	id = (u64)create(&c).ret;
	load(id);
	assert_done(start(id));
	host_settle();
	host_run(3, job_access, &a);
	assert_false(a.again);
	/* An access to the device is none, and neither are tables that have to grow */
	assert_true(touch(3, 0x30000000, ACCESS_READ));
	a.ipa = LAZY_IPA + 0x7000;
	host_run(3, job_access, &a);
	assert_true(a.again);
}

static void root_never_has_memory_of_a_pool(void **state)
{
	(void)state;
	assert_false(touch(ROOT_CPU, POOL, ACCESS_READ));
	assert_false(touch(ROOT_CPU, POOL + POOL_SIZE - 1, ACCESS_WRITE));
	run_with_pool(1);
	for (u64 pa = POOL; pa < POOL + POOL_SIZE; pa += PAGE_SIZE)
		assert_false(reaches_page(cells[ROOT_CELL_ID], pa));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(populated_memory_is_zero_when_the_guest_begins),
		TEST(a_start_that_was_cut_short_zeroes_anew),
		TEST(lazy_memory_grows_on_access),
		TEST(two_cpus_on_one_page_get_one_frame),
		TEST(an_empty_pool_is_the_guests_fault),
		TEST(frames_go_back_scrubbed),
		TEST(two_cpus_scrub_together),
		TEST(a_create_that_cannot_have_its_memory_takes_none),
		TEST(two_cells_have_nothing_in_common),
		TEST(root_reads_the_faults_of_a_cell),
		TEST(tables_in_device_memory_are_a_fault),
		TEST(root_never_has_memory_of_a_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
