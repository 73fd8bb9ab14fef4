// SPDX-License-Identifier: GPL-2.0-only
/* Registers of one page that several cells, and root, have parts of. */
#include <inspect.h>
#include <subpage.h>

#include "snapshot.h"

#define IPA_OF_DEVICE 0x20000000ull
#define RO (CL_MEM_READ | CL_MEM_IO)
#define RW (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO)
#define ROOT 0

static struct test_config c;

static void add(u64 offset, u64 size, u64 flags)
{
	c.mem[c.nr_mem++] =
		(struct cl_mem_region){ { DEVICE + offset }, IPA_OF_DEVICE + offset, size, flags };
}

/* A running cell with what @add put into @c */
static u64 run(void)
{
	struct answer a = create(&c);
	u64 id = (u64)a.ret;

	assert_true(a.ret > 0);
	load(id);
	assert_done(start(id));
	host_settle();
	return id;
}

struct attempt {
	struct mmio_access access;
	bool done;
};

static void job_access(void *arg)
{
	struct attempt *attempt = arg;

	attempt->done = subpage_access(this_cpu()->cell, &attempt->access);
}

static u32 cpu_of(u64 id)
{
	return id == ROOT ? ROOT_CPU : (u32)cells[id]->config.cpus[0];
}

static bool access_by(u64 id, u64 offset, u32 size, bool write, u64 *value)
{
	struct attempt a = {
		.access = {
			.ipa = (id == ROOT ? DEVICE : IPA_OF_DEVICE) + offset,
			.value = *value,
			.size = size,
			.write = write,
		},
	};
	u64 before = host.count[HOST_DEVICE];

	assert_int_equal(host_run(cpu_of(id), job_access, &a), HOST_IN_GUEST);
	*value = a.access.value;
	/* The device sees it once, or never */
	assert_int_equal(host.count[HOST_DEVICE] - before, a.done);
	return a.done;
}

static bool reads(u64 id, u64 offset, u32 size, u64 expected)
{
	u64 value = 0;

	if (!access_by(id, offset, size, false, &value))
		return false;
	assert_int_equal(value, expected);
	return true;
}

static bool writes(u64 id, u64 offset, u32 size, u64 value)
{
	return access_by(id, offset, size, true, &value);
}

static u8 *device(void)
{
	u8 *reg = host_device(DEVICE);

	for (u32 i = 0; i < PAGE_SIZE; i++)
		reg[i] = (u8)i;
	return reg;
}

static void a_cell_has_these_bytes_in_these_widths(void **state)
{
	u8 *reg = device();
	u64 id;

	(void)state;
	cell_config(&c, 0);
	add(0x10, 0x10, RW | CL_MEM_IO_8 | CL_MEM_IO_32);
	add(0x20, 0x10, RO | CL_MEM_IO_16 | CL_MEM_IO_64);
	id = run();
	assert_true(reads(id, 0x10, 1, 0x10));
	assert_true(reads(id, 0x1f, 1, 0x1f));
	assert_true(reads(id, 0x1c, 4, 0x1f1e1d1c));
	assert_true(writes(id, 0x14, 4, 0xffffffffa1b2c3d4));
	assert_memory_equal(&reg[0x13], "\x13\xd4\xc3\xb2\xa1\x18", 6);
	assert_true(writes(id, 0x1f, 1, 0xee));
	assert_int_equal(reg[0x1f], 0xee);
	assert_true(reads(id, 0x22, 2, 0x2322));
	assert_true(reads(id, 0x28, 8, 0x2f2e2d2c2b2a2928));
	/* Other widths, other directions, not aligned, over an end, between, outside */
	assert_false(reads(id, 0x10, 2, 0));
	assert_false(reads(id, 0x10, 8, 0));
	assert_false(reads(id, 0x20, 4, 0));
	assert_false(writes(id, 0x20, 2, 0));
	assert_false(reads(id, 0x11, 4, 0));
	assert_false(reads(id, 0x12, 4, 0));
	assert_false(reads(id, 0x0f, 1, 0));
	assert_false(reads(id, 0x0c, 4, 0));
	assert_false(reads(id, 0x18, 8, 0));
	assert_false(reads(id, 0x30, 2, 0));
	assert_false(reads(id, 0xff0, 8, 0));
	assert_false(reads(id, PAGE_SIZE + 0x10, 1, 0));
	assert_false(reads(id, 0ull - IPA_OF_DEVICE, 8, 0));
	assert_false(reads(id, ~7ull - IPA_OF_DEVICE, 8, 0));
	/* Where the others are it is nobody */
	assert_false(reads(id, DEVICE - IPA_OF_DEVICE + 0x10, 1, 0));
	check_machine();
}

/* An end that is in the middle of an access that the width and the start would allow */
static void no_access_sticks_out(void **state)
{
	u64 id;

	(void)state;
	device();
	cell_config(&c, 0);
	add(0x7, 9, RW | CL_IO_WIDTHS);
	id = run();
	assert_false(reads(id, 0x4, 4, 0));
	assert_false(reads(id, 0x6, 2, 0));
	assert_true(reads(id, 0x7, 1, 7));
	assert_true(reads(id, 0x8, 8, 0x0f0e0d0c0b0a0908));
	assert_false(reads(id, 0x10, 1, 0));
}

static void root_has_the_rest_of_the_page(void **state)
{
	u8 *reg = device();
	u64 id;

	(void)state;
	/* While the page is root's, it is mapped, and no business of this */
	assert_false(reads(ROOT, 0x40, 4, 0));
	cell_config(&c, 0);
	add(0x10, 0x10, RO | CL_MEM_IO_32);
	id = run();
	assert_false(reaches_page(cells[ROOT], DEVICE));
	for (u32 size = 1; size <= 8; size *= 2) {
		u64 value = 0;

		memcpy(&value, &reg[0x40], size);
		assert_true(reads(ROOT, 0x40, size, value));
		assert_true(writes(ROOT, 0x20, size, 0x5a5a5a5a5a5a5a5a));
		assert_true(reads(ROOT, 0x08, size,
				  0x0f0e0d0c0b0a0908ull << (64 - 8 * size) >> (64 - 8 * size)));
		assert_false(reads(ROOT, 0x10, size, 0));
		assert_false(writes(ROOT, 0x18, size, 0));
		assert_false(reads(ROOT, 0x41, 2, 0));
	}
	/* Of another page it has either all or nothing */
	assert_false(reads(ROOT, PAGE_SIZE, 4, 0));
	assert_false(reads(ROOT, UART - DEVICE, 4, 0));
	check_machine();
	assert_done(destroy(id));
	assert_true(reaches_page(cells[ROOT], DEVICE));
	assert_false(reads(ROOT, 0x40, 4, 0));
	check_machine();
}

/* Access that reaches into a cell's bytes, and begins before or ends behind them */
static void root_does_not_reach_across(void **state)
{
	(void)state;
	device();
	cell_config(&c, 0);
	add(0x13, 2, RO | CL_MEM_IO_8);
	run();
	assert_false(reads(ROOT, 0x10, 4, 0));
	assert_false(reads(ROOT, 0x10, 8, 0));
	assert_false(reads(ROOT, 0x14, 1, 0));
	assert_true(reads(ROOT, 0x12, 1, 0x12));
	assert_true(reads(ROOT, 0x15, 1, 0x15));
	assert_true(reads(ROOT, 0x18, 8, 0x1f1e1d1c1b1a1918));
}

static void root_has_the_permissions_of_the_system_config(void **state)
{
	static struct blob blob;
	struct error err;

	(void)state;
	host_reset();
	device();
	system_config(&c);
	c.mem[SYS_DEVICE].flags &= ~CL_MEM_WRITE;
	blob_build(&blob, &c);
	assert_int_equal(host_boot(blob.bytes, blob.size, POOL_PAGES, &err), 0);
	turn_off(2);
	cell_config(&c, 0);
	add(0, 4, RO | CL_MEM_IO_32);
	run();
	assert_true(reads(ROOT, 0x10, 1, 0x10));
	assert_false(writes(ROOT, 0x10, 1, 0));
}

/* The page comes back when the last has gone, in whatever order */
static void two_cells_and_root_have_parts_of_one_page(void **state)
{
	static struct snapshot before;
	u64 first, second;

	(void)state;
	device();
	snapshot_take(&before);
	before.spi_events = 8;
	for (u32 order = 0; order < 2; order++) {
		cell_config(&c, 0);
		add(0x10, 0x10, RW | CL_MEM_IO_32);
		add(0x80, 0x10, RW | CL_MEM_IO_32);
		first = run();
		cell_config(&c, 1);
		add(0x20, 0x10, RW | CL_MEM_IO_32);
		second = run();
		check_machine();
		assert_true(writes(first, 0x10, 4, 1));
		assert_true(writes(second, 0x20, 4, 2));
		assert_false(writes(second, 0x10, 4, 3));
		assert_false(writes(first, 0x20, 4, 3));
		assert_true(reads(first, 0x80, 4, order ? 0 : 0x83828180));
		assert_false(reads(ROOT, 0x80, 4, 0));
		assert_true(reads(ROOT, 0x90, 4, 0x93929190));
		assert_done(destroy(order ? second : first));
		check_machine();
		assert_false(reaches_page(cells[ROOT], DEVICE));
		/* What was its own is root's again */
		assert_true(writes(ROOT, order ? 0x20 : 0x80, 4, 0));
		assert_false(writes(ROOT, order ? 0x80 : 0x20, 4, 0));
		assert_done(destroy(order ? first : second));
		assert_true(reaches_page(cells[ROOT], DEVICE));
		assert_unchanged(&before);
		before.spi_events += 8;
	}
}

static void what_is_shared_with_root_stays_there(void **state)
{
	u64 id;

	(void)state;
	device();
	cell_config(&c, 0);
	add(0x10, 0x10, RW | CL_MEM_IO_32 | CL_MEM_ROOTSHARED);
	id = run();
	assert_true(reaches_page(cells[ROOT], DEVICE));
	assert_true(reads(id, 0x10, 4, 0x13121110));
	check_machine();
	/* Until another takes the page: then by trap */
	cell_config(&c, 1);
	add(0x20, 0x10, RW | CL_MEM_IO_32);
	run();
	assert_false(reaches_page(cells[ROOT], DEVICE));
	assert_true(reads(ROOT, 0x10, 4, 0x13121110));
	assert_true(reads(id, 0x10, 4, 0x13121110));
	assert_false(reads(ROOT, 0x20, 4, 0));
	assert_done(destroy(id));
	check_machine();
}

static void a_device_may_refuse(void **state)
{
	struct attempt a = { .access = { .ipa = IPA_OF_DEVICE, .size = 4, .write = true } };
	u64 id;

	(void)state;
	cell_config(&c, 0);
	add(0, 4, RW | CL_MEM_IO_32);
	id = run();
	assert_int_equal(host_run(cpu_of(id), job_access, &a), HOST_IN_GUEST);
	assert_false(a.done);
	a.access.ipa = DEVICE + 8;
	assert_int_equal(host_run(ROOT_CPU, job_access, &a), HOST_IN_GUEST);
	assert_false(a.done);
	assert_int_equal(host.count[HOST_DEVICE], 2);
}

/* A create that fails after the page was taken gives it back */
static void a_cell_that_is_not_made_takes_nothing(void **state)
{
	static struct snapshot before;

	(void)state;
	device();
	cell_config(&c, 1);
	add(0x20, 0x10, RW | CL_MEM_IO_32);
	run();
	snapshot_take(&before);
	cell_config(&c, 0);
	add(0x10, 0x10, RW | CL_MEM_IO_32);
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ CELLS_RAM + 64 * MiB }, 0x30000000, PAGE_SIZE, CL_MEM_READ
	};
	/* Root's memory cannot be cut once more */
	cells[ROOT]->s2.max_areas = cells[ROOT]->s2.nr_areas + cells[ROOT]->s2.nr_lent + 4;
	assert_refused(create(&c), CL_ENOSPC, MEM_PIECES);
	assert_unchanged(&before);
	assert_true(reads(ROOT, 0x10, 4, 0x13121110));
	assert_false(reads(ROOT, 0x20, 4, 0));
}

static const struct cl_audit *audit(void)
{
	u64 pa = LINUX_RAM + 3 * MiB;

	assert_int_equal(CALL(CL_HC_READ, CL_READ_AUDIT, 0, 0, pa, PAGE_SIZE).ret,
			 sizeof(struct cl_audit));
	return host_ram(pa);
}

static void an_audit_knows_that_the_page_is_nobodys(void **state)
{
	static const struct pt_attr attr = { .perms = PT_READ, .type = PT_DEVICE };
	static const u64 ipa[] = { DEVICE, 0x40000000, 0x40000000 };

	(void)state;
	for (u32 id = 0; id < 3; id++) {
		machine_start(POOL_PAGES);
		cell_config(&c, 0);
		add(0x10, 0x10, RW | CL_MEM_IO_32);
		run();
		cell_config(&c, 1);
		add(0x20, 0x10, RW | CL_MEM_IO_32);
		run();
		assert_int_equal(audit()->verdict, CL_AUDIT_OK);
		assert_int_equal(
			pt_map(&cells[id]->s2.pt, IPA(ipa[id]), PA(DEVICE), PAGE_SIZE, attr), 0);
		assert_int_equal(audit()->verdict, CL_AUDIT_SHARED);
		assert_int_equal(audit()->cell, id);
		assert_int_equal(audit()->other, id == 1 ? 2 : 1);
		assert_int_equal(audit()->ipa, ipa[id]);
	}
	/* Nor has its owner more than the configs say */
	machine_start(POOL_PAGES);
	cell_config(&c, 0);
	add(0x10, 0x10, RW | CL_MEM_IO_32);
	run();
	assert_int_equal(pt_map(&cells[1]->s2.pt, IPA(IPA_OF_DEVICE), PA(DEVICE), PAGE_SIZE, attr),
			 0);
	assert_int_equal(audit()->verdict, CL_AUDIT_EXTRA);
}

/* RAM without caches, and a device that is not Device memory: neither is zeroed as RAM is */
static void prefetchable_memory_of_a_device(void **state)
{
	u64 id;

	(void)state;
	cell_config(&c, 0);
	add(0, PAGE_SIZE, RW | CL_MEM_NONCACHEABLE);
	id = run();
	check_machine();
	assert_true(reaches_page(cells[id], DEVICE));
	/* A window on what is no RAM would end the test */
	assert_done(destroy(id));
	check_machine();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cell_has_these_bytes_in_these_widths),
		TEST(no_access_sticks_out),
		TEST(root_has_the_rest_of_the_page),
		TEST(root_does_not_reach_across),
		TEST(root_has_the_permissions_of_the_system_config),
		TEST(two_cells_and_root_have_parts_of_one_page),
		TEST(what_is_shared_with_root_stays_there),
		TEST(a_device_may_refuse),
		TEST(a_cell_that_is_not_made_takes_nothing),
		TEST(an_audit_knows_that_the_page_is_nobodys),
		TEST(prefetchable_memory_of_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
