// SPDX-License-Identifier: GPL-2.0-only
/* Calls of guests and of root, with arguments of every kind. */
#include <stdio.h>

#include "snapshot.h"

#define NOT_SUPPORTED (-1)
#define TARGET (LINUX_RAM + 3 * MiB)

static const u64 management[] = {
	CL_HC_CELL_CREATE,  CL_HC_CELL_SET_LOADABLE, CL_HC_CELL_START, CL_HC_CELL_SHUTDOWN,
	CL_HC_CELL_DESTROY, CL_HC_CELL_STATE,	     CL_HC_READ,       CL_HC_SYSTEM_INFO,
};

static struct answer guest_call(u32 cpu, u64 fn, u64 x1)
{
	return call_from(cpu, fn, x1, 0, 0, 0, 0, 0);
}

static void everybody_may_ask_who_is_there(void **state)
{
	static const u32 cpu[] = { ROOT_CPU, 1, 3 };

	(void)state;
	run_cell(1);
	for (u32 i = 0; i < ARRAY_SIZE(cpu); i++) {
		struct answer a = guest_call(cpu[i], CL_HC_UID, 0);

		assert_int_equal(a.ret, CL_UID_0);
		assert_int_equal(a.rule, CL_UID_1);
		assert_int_equal(a.value[0], CL_UID_2);
		assert_int_equal(a.value[1], CL_UID_3);
		a = guest_call(cpu[i], CL_HC_REVISION, 99);
		assert_int_equal(a.ret, CL_ABI_VERSION);
		assert_int_equal(a.rule, 0);
		assert_int_equal(guest_call(cpu[i], CL_HC_NULL, 5).ret, 0);
		a = guest_call(cpu[i], CL_HC_INFO, 0);
		assert_int_equal(a.ret, CL_ABI_VERSION);
		assert_int_equal(a.rule, cpu[i] == 3 ? 1 : 0);
		assert_int_equal(a.value[0], cpu[i]);
		/* Only 32 bits name the function */
		assert_int_equal(guest_call(cpu[i], BIT(40) | CL_HC_NULL, 5).ret, 0);
	}
}

static void management_is_roots(void **state)
{
	static struct snapshot before;

	(void)state;
	run_cell(1);
	snapshot_take(&before);
	for (u32 i = 0; i < ARRAY_SIZE(management); i++) {
		for (u64 x1 = 0; x1 < 3; x1++)
			assert_int_equal(guest_call(3, management[i], x1).ret, NOT_SUPPORTED);
	}
	assert_unchanged(&before);
}

static void unknown_functions_are_not_supported(void **state)
{
	static struct snapshot before;

	(void)state;
	run_cell(1);
	snapshot_take(&before);
	for (u64 n = 0; n < 0x1000; n++) {
		u64 fn[] = { CL_HC(n), 0x86000000 + n, n, 0xffffffff - n };

		for (u32 i = 0; i < ARRAY_SIZE(fn); i++) {
			bool known = fn[i] == CL_HC_UID || fn[i] == CL_HC_REVISION ||
				     (fn[i] >= CL_HC_NULL && fn[i] <= CL_HC_CONSOLE_WRITE);
			bool managing = fn[i] >= CL_HC_CELL_CREATE && fn[i] <= CL_HC_CONSOLE_INPUT;

			if (!known)
				assert_int_equal(guest_call(3, fn[i], 1).ret, NOT_SUPPORTED);
			if (!known && !managing)
				assert_int_equal(guest_call(1, fn[i], 1).ret, NOT_SUPPORTED);
		}
	}
	assert_unchanged(&before);
}

static struct answer read_for_root(u64 what, u64 id, u64 offset, u64 pa, u64 size)
{
	return CALL(CL_HC_READ, what, id, offset, pa, size);
}

static void a_guest_writes_to_its_console(void **state)
{
	char text[] = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
	u64 id = run_cell(1);
	u64 x[5];
	struct answer a;

	(void)state;
	memcpy(x, text, sizeof(x));
	for (u64 n = 1; n <= 40; n++) {
		a = call_from(3, CL_HC_CONSOLE_WRITE, x[0], x[1], x[2], x[3], x[4], n);
		assert_int_equal(a.ret, 0);
	}
	for (u32 i = 0; i < 4; i++) {
		static const u64 bad[] = { 0, 41, 1ull << 32, ~0ull };

		a = call_from(3, CL_HC_CONSOLE_WRITE, x[0], x[1], x[2], x[3], x[4], bad[i]);
		assert_int_equal(a.ret, -CL_EINVAL);
	}
	assert_int_equal(guest_call(3, CL_HC_CONSOLE_PUTC, 'Z').ret, 0);
	assert_int_equal(info_of(id).console_end, 40 * 41 / 2 + 1);
	a = read_for_root(CL_READ_CONSOLE, id, 40 * 41 / 2 - 40, TARGET, PAGE_SIZE);
	assert_int_equal(a.ret, 41);
	assert_int_equal(a.rule, 40 * 41 / 2 - 40);
	assert_memory_equal(host_ram(TARGET), text, 40);
	assert_int_equal(((char *)host_ram(TARGET))[40], 'Z');
	/* Root has none, and a cell may have none */
	assert_int_equal(guest_call(ROOT_CPU, CL_HC_CONSOLE_PUTC, 'x').ret, NOT_SUPPORTED);
}

static void a_console_that_ran_ahead_says_so(void **state)
{
	u64 id = run_cell(1);
	struct answer a;

	(void)state;
	for (u32 i = 0; i < CONSOLE_SIZE + 100; i++)
		guest_call(3, CL_HC_CONSOLE_PUTC, 'a' + i % 26);
	a = read_for_root(CL_READ_CONSOLE, id, 0, TARGET, 26);
	assert_int_equal(a.ret, 26);
	assert_int_equal(a.rule, 100);
	assert_int_equal(*(char *)host_ram(TARGET), 'a' + 100 % 26);
	a = read_for_root(CL_READ_CONSOLE, id, ~0ull, TARGET, 26);
	assert_int_equal(a.ret, 0);
	assert_int_equal(a.rule, CONSOLE_SIZE + 100);
	/* In a new life it is the same stream */
	assert_done(shutdown_force(id));
	assert_done(start(id));
	host_settle();
	assert_int_equal(info_of(id).console_end, CONSOLE_SIZE + 100);
}

static void the_log_is_console_0(void **state)
{
	struct answer a;

	(void)state;
	log_printf("marker %u", 42u);
	a = read_for_root(CL_READ_CONSOLE, 0, hv_log->end - 9, TARGET, PAGE_SIZE);
	assert_int_equal(a.ret, 9);
	assert_memory_equal(host_ram(TARGET), "marker 42", 9);
}

static void reads_answer_what_they_are_asked(void **state)
{
	struct cl_cpu_stats *stats = host_ram(TARGET);
	struct answer a;
	u64 id = run_cell(1);

	(void)state;
	for (u32 i = 0; i < 16; i++)
		cpus[3].arch.exits[i] = 1000 + i;
	a = read_for_root(CL_READ_CPU_STATS, 3, 0, TARGET, sizeof(*stats));
	assert_int_equal(a.ret, sizeof(*stats));
	assert_int_equal(stats->cpu, 3);
	assert_int_equal(stats->cell, id);
	for (u32 i = 0; i < 16; i++)
		assert_int_equal(stats->exits[i], 1000 + i);
	assert_refused(read_for_root(CL_READ_CPU_STATS, 6, 0, TARGET, 512), CL_ENOENT, CPU_UNKNOWN);
	assert_refused(read_for_root(CL_READ_CPU_STATS, BIT(32), 0, TARGET, 512), CL_ENOENT,
		       CPU_UNKNOWN);
	assert_refused(read_for_root(CL_READ_CPU_STATS, 3, 0, TARGET, sizeof(*stats) - 1),
		       CL_EINVAL, STRUCT_SIZE);
	assert_refused(read_for_root(CL_READ_CELL, id, 0, TARGET, sizeof(struct cl_cell_info) - 1),
		       CL_EINVAL, STRUCT_SIZE);
	assert_refused(read_for_root(CL_READ_CELL, 5, 0, TARGET, 512), CL_ENOENT, CELL_UNKNOWN);
	assert_refused(read_for_root(CL_READ_CONSOLE, 5, 0, TARGET, 512), CL_ENOENT, CELL_UNKNOWN);
	assert_refused(read_for_root(1000, 0, 0, TARGET, 512), CL_EINVAL, NOT_SUPPORTED);
	assert_refused(read_for_root(~0ull, 0, 0, TARGET, 512), CL_EINVAL, NOT_SUPPORTED);
	assert_refused(read_for_root(BIT(32) | CL_READ_CELL, id, 0, TARGET, 512), CL_EINVAL,
		       NOT_SUPPORTED);
}

static u64 exits_of(u32 cpu)
{
	struct cl_cpu_stats *stats = host_ram(TARGET);

	assert_int_equal(read_for_root(CL_READ_CPU_STATS, cpu, 0, TARGET, sizeof(*stats)).ret,
			 sizeof(*stats));
	return stats->exits[5];
}

/* Although the next cell lies where the former one did */
static void exits_are_those_of_the_owner(void **state)
{
	struct cell *former;
	u64 id = run_cell(1);

	(void)state;
	former = cells[id];
	cpus[3].arch.exits[5] = 77;
	assert_done(shutdown_force(id));
	assert_int_equal(exits_of(3), 77);
	assert_done(start(id));
	host_settle();
	assert_int_equal(exits_of(3), 77);
	assert_done(destroy(id));
	assert_int_equal(exits_of(3), 0);
	id = (u64)create_default(1).ret;
	assert_ptr_equal(cells[id], former);
	assert_int_equal(exits_of(3), 0);
	assert_done(start(load(id)));
	host_settle();
	assert_int_equal(exits_of(3), 0);
	cpus[3].arch.exits[5] = 78;
	assert_int_equal(exits_of(3), 78);
	assert_done(destroy(id));
}

static void the_target_of_a_read_is_roots_ram(void **state)
{
	static struct snapshot before;
	u64 size = sizeof(struct cl_cell_info);
	const u64 bad[] = { DEVICE,
			    UART,
			    0,
			    GICD,
			    MMCONFIG,
			    HOST_HV_START,
			    CELL_RAM(1),
			    CELL_ODD(1),
			    0x90000000,
			    BIT(40),
			    BIT(63),
			    ~0ull - 4095,
			    CELLS_RAM + CELLS_RAM_SIZE,
			    HOST_HV_START + HOST_HV_SIZE - PAGE_SIZE };
	u64 id = run_cell(1);

	(void)state;
	memset(host_ram(CELL_RAM(1)), 0x77, PAGE_SIZE);
	snapshot_take(&before);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct answer a = read_for_root(CL_READ_CELL, id, 0, bad[i], size);

		assert_refused(a, CL_EFAULT, USER_MEMORY);
		assert_int_equal(a.value[0], bad[i]);
	}
	assert_int_equal(*(u8 *)host_ram(CELL_RAM(1)), 0x77);
	/* Within one page, and not nothing */
	assert_refused(read_for_root(CL_READ_CELL, id, 0, TARGET, 0), CL_EINVAL, USER_MEMORY);
	assert_refused(read_for_root(CL_READ_CELL, id, 0, TARGET, PAGE_SIZE + 1), CL_EINVAL,
		       USER_MEMORY);
	assert_refused(read_for_root(CL_READ_CELL, id, 0, TARGET, ~0ull), CL_EINVAL, USER_MEMORY);
	assert_refused(read_for_root(CL_READ_CELL, id, 0, TARGET, 0ull - TARGET), CL_EINVAL,
		       USER_MEMORY);
	assert_refused(read_for_root(CL_READ_CELL, id, 0, TARGET + 1, PAGE_SIZE), CL_EINVAL,
		       USER_MEMORY);
	assert_refused(read_for_root(CL_READ_CELL, id, 0, TARGET + PAGE_SIZE - size + 1, size),
		       CL_EINVAL, USER_MEMORY);
	assert_refused(read_for_root(CL_READ_CELL, id, 0, ~0ull, 1), CL_EINVAL, STRUCT_SIZE);
	assert_int_equal(read_for_root(CL_READ_CELL, id, 0, TARGET + PAGE_SIZE - size, size).ret,
			 size);
	assert_unchanged(&before);
}

/* What is not root's to write must not be written on its behalf */
static void read_only_memory_is_not_written(void **state)
{
	static struct test_config c;
	static struct blob blob;
	struct error err;

	(void)state;
	host_reset();
	system_config(&c);
	c.mem[SYS_CELLS].flags = CL_MEM_READ;
	c.mem[SYS_ODD].flags = CL_MEM_WRITE | CL_MEM_ASSIGNABLE;
	blob_build(&blob, &c);
	assert_int_equal(host_boot(blob.bytes, blob.size, POOL_PAGES, &err), 0);
	assert_refused(read_for_root(CL_READ_CELL, 0, 0, CELLS_RAM, 512), CL_EFAULT, USER_MEMORY);
	assert_int_equal(*(u32 *)host_ram(CELLS_RAM), 0);
	assert_int_equal(read_for_root(CL_READ_CELL, 0, 0, ODD_RAM, 512).ret,
			 sizeof(struct cl_cell_info));
	/* And from write-only memory nothing is read */
	assert_refused(CALL(CL_HC_CELL_CREATE, ODD_RAM, 512), CL_EFAULT, USER_MEMORY);
	assert_refused(CALL(CL_HC_CELL_CREATE, CELLS_RAM, 512), CL_EINVAL, BLOB_MAGIC);
}

static void the_system_counts(void **state)
{
	(void)state;
	assert_int_equal(CALL(CL_HC_SYSTEM_INFO, CL_INFO_CELLS).ret, 1);
	assert_int_equal(CALL(CL_HC_SYSTEM_INFO, CL_INFO_POOL_PAGES).ret, POOL_PAGES - 1);
	assert_int_equal(CALL(CL_HC_SYSTEM_INFO, CL_INFO_POOL_USED).ret, frames_in_use());
	run_cell(1);
	assert_int_equal(CALL(CL_HC_SYSTEM_INFO, CL_INFO_CELLS).ret, 2);
	assert_int_equal(CALL(CL_HC_SYSTEM_INFO, CL_INFO_POOL_USED).ret, frames_in_use());
	assert_refused(CALL(CL_HC_SYSTEM_INFO, 1000), CL_EINVAL, NOT_SUPPORTED);
	assert_refused(CALL(CL_HC_SYSTEM_INFO, BIT(32)), CL_EINVAL, NOT_SUPPORTED);
}

static void unknown_arguments_are_refused(void **state)
{
	static const u64 unknown[] = { 3, 4, 8, 0xffffffff, BIT(32), BIT(32) | 1, BIT(63), ~0ull };
	static struct snapshot before;
	u64 id = run_cell(1);
	struct answer a;

	(void)state;
	snapshot_take(&before);
	for (u32 i = 0; i < ARRAY_SIZE(unknown); i++) {
		a = CALL(CL_HC_CELL_SHUTDOWN, id, unknown[i]);
		assert_refused(a, CL_EINVAL, NOT_SUPPORTED);
		assert_int_equal(a.value[0], CL_HC_CELL_SHUTDOWN);
		a = CALL(CL_HC_CELL_DESTROY, id, unknown[i]);
		assert_refused(a, CL_EINVAL, NOT_SUPPORTED);
		assert_int_equal(a.value[0], CL_HC_CELL_DESTROY);
		a = CALL(CL_HC_READ, CL_READ_GVA, 3, 0, TARGET, PAGE_SIZE, unknown[i]);
		assert_refused(a, CL_EINVAL, NOT_SUPPORTED);
		assert_int_equal(a.value[0], CL_HC_READ);
	}
	host_settle();
	assert_unchanged(&before);
	assert_int_equal(info_of(id).state, CL_CELL_RUNNING);
}

static void states_are_told(void **state)
{
	u64 id;

	(void)state;
	assert_int_equal(CALL(CL_HC_CELL_STATE, 0).ret, CL_CELL_RUNNING);
	assert_refused(CALL(CL_HC_CELL_STATE, 1), CL_ENOENT, CELL_UNKNOWN);
	id = (u64)create_default(0).ret;
	assert_int_equal(CALL(CL_HC_CELL_STATE, id).ret, CL_CELL_CREATED);
	load(id);
	assert_done(start(id));
	host_settle();
	assert_int_equal(CALL(CL_HC_CELL_STATE, id).ret, CL_CELL_RUNNING);
	comm_of(id)->cell_state = CL_COMM_RUNNING_LOCKED;
	assert_int_equal(CALL(CL_HC_CELL_STATE, id).ret, CL_CELL_RUNNING_LOCKED);
	assert_done(shutdown_force(id));
	assert_int_equal(CALL(CL_HC_CELL_STATE, id).ret, CL_CELL_SHUT_DOWN);
}

static void one_request_at_a_time(void **state)
{
	static struct snapshot before;

	(void)state;
	run_cell(1);
	snapshot_take(&before);
	/* Another CPU of root is at it */
	management_lock.next++;
	for (u32 i = 0; i < ARRAY_SIZE(management); i++)
		assert_refused(CALL(management[i], 1), CL_EAGAIN, BUSY);
	assert_int_equal(CALL(CL_HC_NULL).ret, 0);
	management_lock.next--;
	assert_unchanged(&before);
}

static u64 random_state = 0x853c49e6748fea9bull;

static u64 random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Numbers that mean something, and numbers that mean nothing */
static u64 random_argument(void)
{
	static const u64 known[] = { 0,		1,	    2,
				     3,		TARGET,	    BLOB_PA,
				     DEVICE,	GICD,	    HOST_HV_START,
				     PAGE_SIZE, ~0ull,	    BIT(63),
				     MMCONFIG,	0x50000000, 16,
				     40,	4095,	    512 };

	switch (random64() % 4) {
	case 0:
		return random64();
	case 1:
		return known[random64() % ARRAY_SIZE(known)] + random64() % 3 - 1;
	default:
		return known[random64() % ARRAY_SIZE(known)];
	}
}

static void random_arguments_are_harmless(void **state)
{
	(void)state;
	run_cell(1);
	create_default(0);
	for (u32 i = 0; i < 20000; i++) {
		u32 cpu = (u32[]){ ROOT_CPU, 1, 3 }[i % 3];
		u64 fn = CL_HC(random64() % 0x22);

		/* A cell may be gone, and the CPU with it */
		host_settle();
		if (host_stopped(cpu) != HOST_IN_GUEST)
			continue;
		call_from(cpu, fn, random_argument(), random_argument(), random_argument(),
			  random_argument(), random_argument(), random_argument());
		if (i % 512 == 0)
			check_machine();
	}
	host_settle();
	check_machine();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everybody_may_ask_who_is_there),
		TEST(management_is_roots),
		TEST(unknown_functions_are_not_supported),
		TEST(a_guest_writes_to_its_console),
		TEST(a_console_that_ran_ahead_says_so),
		TEST(the_log_is_console_0),
		TEST(reads_answer_what_they_are_asked),
		TEST(exits_are_those_of_the_owner),
		TEST(the_target_of_a_read_is_roots_ram),
		TEST(read_only_memory_is_not_written),
		TEST(the_system_counts),
		TEST(unknown_arguments_are_refused),
		TEST(states_are_told),
		TEST(one_request_at_a_time),
		TEST(random_arguments_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
