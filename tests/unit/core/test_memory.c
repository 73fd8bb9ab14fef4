// SPDX-License-Identifier: GPL-2.0-only
/* The RAM of cells: whose it is, what is done to it, and by whom. */
#include "snapshot.h"

static struct test_config c;

static u8 pattern(u64 pa)
{
	return (u8)(pa >> 12 ^ pa >> 3 ^ 0x5a);
}

static void paint(u64 pa, u64 size)
{
	u8 *p = host_ram(pa);

	for (u64 i = 0; i < size; i += 64)
		p[i] = pattern(pa + i);
}

static void assert_painted(u64 pa, u64 size)
{
	const u8 *p = host_ram(pa);

	for (u64 i = 0; i < size; i += 64) {
		if (p[i] != pattern(pa + i))
			fail_msg("0x%llx was touched", (unsigned long long)(pa + i));
	}
}

static void assert_zero(u64 pa, u64 size)
{
	const u64 *p = host_ram(pa);

	for (u64 i = 0; i < size / 8; i++) {
		if (p[i])
			fail_msg("0x%llx was not scrubbed", (unsigned long long)(pa + i * 8));
	}
}

/* Total bytes of an event's kind within [start, start + size), each once */
static u64 covered(enum host_event_kind kind, u64 start, u64 size, u32 cpus_allowed)
{
	u64 sum = 0;

	for (u32 i = 0; i < host.nr_log; i++) {
		const struct host_event *e = &host.log[i];

		if (e->kind != kind || !ranges_overlap(e->a, e->b, start, size))
			continue;
		assert_true(range_within(e->a, e->b, start, size));
		assert_true(cpus_allowed & 1u << e->cpu);
		sum += e->b;
	}
	return sum;
}

static void destroyed_memory_is_zero_and_no_more(void **state)
{
	u64 margin = 64 * KiB;
	u64 id;

	(void)state;
	cell_config(&c, 1);
	/* Neither end on a block, and whole blocks between */
	c.mem[CELL_MEM_RAM].phys_start = CELLS_RAM + 16 * MiB + 0x3000;
	c.mem[CELL_MEM_RAM].size = 6 * MiB;
	id = (u64)create(&c).ret;
	load(id);
	paint(CELLS_RAM + 16 * MiB + 0x3000 - 0x3000, 6 * MiB + margin);
	paint(CELL_ODD(1) - margin, 2 * margin);
	host_forget();
	assert_done(destroy(id));
	assert_zero(CELLS_RAM + 16 * MiB + 0x3000, 6 * MiB);
	assert_zero(CELL_ODD(1), CELL_ODD_SIZE);
	assert_painted(CELLS_RAM + 16 * MiB, 0x3000);
	assert_painted(CELLS_RAM + 22 * MiB + 0x3000, margin - 0x3000);
	assert_painted(CELL_ODD(1) - margin, margin);
	assert_painted(CELL_ODD(1) + CELL_ODD_SIZE, margin - CELL_ODD_SIZE);
	/* By the cell's own CPUs, each piece by one of them */
	assert_int_equal(covered(HOST_ZERO, CELLS_RAM + 16 * MiB + 0x3000, 6 * MiB,
				 BIT(3) | BIT(4)),
			 6 * MiB);
	assert_int_equal(covered(HOST_ZERO, CELL_ODD(1), CELL_ODD_SIZE, BIT(3) | BIT(4)),
			 CELL_ODD_SIZE);
	/* Whole blocks are one piece of work each */
	assert_int_equal(host.count[HOST_BLOCK], 2);
}

/* A piece that is a block but for one page, at either end */
static void almost_a_block_is_not_a_block(void **state)
{
	(void)state;
	for (u32 at_start = 0; at_start < 2; at_start++) {
		u64 start = CELLS_RAM + 16 * MiB + (at_start ? 0 : PAGE_SIZE);
		u64 size = 2 * MiB - PAGE_SIZE;

		cell_config(&c, 0);
		c.mem[CELL_MEM_RAM].phys_start = start;
		c.mem[CELL_MEM_RAM].size = size;
		assert_int_equal(create(&c).ret, 1);
		paint(CELLS_RAM + 16 * MiB, 2 * MiB);
		assert_done(destroy(1));
		assert_zero(start, size);
		assert_painted(at_start ? start + size : start - PAGE_SIZE, PAGE_SIZE);
		assert_int_equal(host.count[HOST_BLOCK], 0);
	}
}

static void scrubbing_is_shared(void **state)
{
	u32 by[SYSTEM_CPUS] = { 0 };
	u64 id;

	(void)state;
	cell_config(&c, 1);
	c.mem[CELL_MEM_RAM].size = 8 * MiB;
	id = (u64)create(&c).ret;
	host_forget();
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	host_settle();
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	/* A step here, a step there */
	host.stepping = true;
	while (host_can_step(3) || host_can_step(4)) {
		if (host_can_step(3))
			host_step(3);
		if (host_can_step(4))
			host_step(4);
	}
	host.stepping = false;
	assert_done(destroy_once(id, false));
	for (u32 i = 0; i < host.nr_log; i++) {
		if (host.log[i].kind == HOST_ZERO)
			by[host.log[i].cpu]++;
	}
	assert_true(by[3] && by[4]);
	assert_int_equal(by[3] + by[4], 4 + 3);
	assert_zero(CELL_RAM(1), 8 * MiB);
}

static void shared_memory_is_not_scrubbed(void **state)
{
	(void)state;
	cell_config(&c, 0);
	c.mem[CELL_MEM_ODD].flags |= CL_MEM_ROOTSHARED;
	assert_int_equal(create(&c).ret, 1);
	check_machine();
	paint(CELL_ODD(0), CELL_ODD_SIZE);
	assert_done(destroy(1));
	assert_painted(CELL_ODD(0), CELL_ODD_SIZE);
}

static void caches_hold_nothing_when_a_guest_begins(void **state)
{
	u64 id;

	(void)state;
	id = (u64)create_default(1).ret;
	load(id);
	paint(CELL_RAM(1), CELL_RAM_SIZE);
	host_forget();
	assert_done(start(id));
	host_settle();
	assert_int_equal(covered(HOST_CLEAN, CELL_RAM(1), CELL_RAM_SIZE, BIT(3)), CELL_RAM_SIZE);
	assert_int_equal(covered(HOST_CLEAN, CELL_ODD(1), CELL_ODD_SIZE, BIT(3)), CELL_ODD_SIZE);
	/* The region, which the guest reads before it has caches */
	assert_int_equal(covered(HOST_CLEAN, pool_v2p(&frame_pool, comm_of(id)).v, PAGE_SIZE,
				 BIT(ROOT_CPU)),
			 PAGE_SIZE);
	assert_painted(CELL_RAM(1), CELL_RAM_SIZE);
	/* Once, not for each CPU */
	host_forget();
	assert_int_equal(turn_on(3, 4, 0x2000, 0), 0);
	host_settle();
	assert_int_equal(host.count[HOST_CLEAN], 0);
	/* But in each life anew */
	assert_done(shutdown_force(id));
	host_forget();
	assert_done(start(id));
	host_settle();
	assert_int_equal(covered(HOST_CLEAN, CELL_RAM(1), CELL_RAM_SIZE, BIT(3)), CELL_RAM_SIZE);
}

static void a_destroy_ends_the_work_before_the_start(void **state)
{
	u64 id, blocks;

	(void)state;
	cell_config(&c, 1);
	c.mem[CELL_MEM_RAM].size = 8 * MiB;
	id = (u64)create(&c).ret;
	load(id);
	assert_done(start(id));
	host_forget();
	host.stepping = true;
	while (!host.count[HOST_BLOCK])
		host_step(3);
	host.stepping = false;
	assert_int_equal(destroy_once(id, false).ret, -CL_EINPROGRESS);
	blocks = host.count[HOST_BLOCK];
	assert_int_equal(blocks, 1);
	host_settle();
	assert_int_equal(host.count[HOST_BLOCK], 1);
	assert_int_equal(host.count[HOST_GUEST_START], 0);
	assert_cpu_off(3);
	assert_done(destroy(id));
	check_machine();
}

/* Whether root can write a page, as its tables say */
static bool root_can_load(u64 pa)
{
	struct pt_leaf leaf;

	return pt_query(&cells[ROOT_CELL_ID]->s2.pt, IPA(pa), &leaf) &&
	       leaf.perms == (PT_READ | PT_WRITE) && leaf.pa.v == pa;
}

static void loadable_memory_is_roots_while_the_cell_stands(void **state)
{
	u64 id;

	(void)state;
	id = (u64)create_default(0).ret;
	assert_false(root_can_load(CELL_RAM(0)));
	load(id);
	assert_true(root_can_load(CELL_RAM(0)));
	assert_true(root_can_load(CELL_RAM(0) + CELL_RAM_SIZE - 1));
	assert_false(root_can_load(CELL_ODD(0)));
	check_machine();
	load(id);
	assert_done(start(id));
	/* Gone before the first instruction, from the TLBs, too */
	assert_false(root_can_load(CELL_RAM(0)));
	assert_false(reaches_page(cells[ROOT_CELL_ID], CELL_RAM(0)));
	host_settle();
	check_machine();
	assert_done(shutdown_force(id));
	assert_false(root_can_load(CELL_RAM(0)));
	load(id);
	assert_true(root_can_load(CELL_RAM(0)));
	/* A shared region stays as it is all the time */
	assert_done(destroy(id));
	check_machine();
	cell_config(&c, 0);
	c.mem[CELL_MEM_RAM].flags |= CL_MEM_ROOTSHARED;
	id = (u64)create(&c).ret;
	load(id);
	check_machine();
	assert_done(start(id));
	host_settle();
	check_machine();
}

/* Has root's TLB been told of every page of [start, start + size)? */
static void assert_invalidated(u64 start, u64 size, u16 vmid)
{
	for (u64 pa = start; pa < start + size; pa += PAGE_SIZE) {
		bool found = false;

		for (u32 i = 0; i < host.nr_log && !found; i++) {
			const struct host_event *e = &host.log[i];

			found = e->c == vmid && (e->kind == HOST_TLBI_ALL ||
						 (e->kind == HOST_TLBI_RANGE &&
						  range_within(pa, PAGE_SIZE, e->a, e->b)));
		}
		if (!found)
			fail_msg("no invalidation of 0x%llx", (unsigned long long)pa);
	}
}

static void tlbs_know_nothing_of_what_is_taken(void **state)
{
	u64 id;

	(void)state;
	host_forget();
	id = (u64)create_default(0).ret;
	assert_invalidated(CELL_RAM(0), CELL_RAM_SIZE, 1);
	assert_invalidated(CELL_ODD(0), CELL_ODD_SIZE, 1);
	load(id);
	host_forget();
	assert_done(start(id));
	assert_invalidated(CELL_RAM(0), CELL_RAM_SIZE, 1);
	host_settle();
	host_forget();
	assert_done(destroy(id));
	/* The cell's own, before anyone else has the memory */
	assert_invalidated(0, CELL_RAM_SIZE, (u16)(id + 1));
	assert_invalidated(CELL_COMM_IPA, PAGE_SIZE, (u16)(id + 1));
}

static void guests_do_not_share_their_last_page(void **state)
{
	(void)state;
	for (u32 n = 0; n < 3; n++) {
		cell_config(&c, n);
		c.mem[CELL_MEM_RAM].phys_start = CELLS_RAM + n * 3 * PAGE_SIZE;
		c.mem[CELL_MEM_RAM].size = 3 * PAGE_SIZE;
		assert_int_equal(create(&c).ret, n + 1);
		check_machine();
	}
	for (u32 n = 0; n < 3; n++)
		paint(CELLS_RAM + n * 3 * PAGE_SIZE, 3 * PAGE_SIZE);
	assert_done(destroy(2));
	check_machine();
	assert_painted(CELLS_RAM, 3 * PAGE_SIZE);
	assert_zero(CELLS_RAM + 3 * PAGE_SIZE, 3 * PAGE_SIZE);
	assert_painted(CELLS_RAM + 6 * PAGE_SIZE, 3 * PAGE_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(destroyed_memory_is_zero_and_no_more),
		TEST(almost_a_block_is_not_a_block),
		TEST(scrubbing_is_shared),
		TEST(shared_memory_is_not_scrubbed),
		TEST(caches_hold_nothing_when_a_guest_begins),
		TEST(a_destroy_ends_the_work_before_the_start),
		TEST(loadable_memory_is_roots_while_the_cell_stands),
		TEST(tlbs_know_nothing_of_what_is_taken),
		TEST(guests_do_not_share_their_last_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
