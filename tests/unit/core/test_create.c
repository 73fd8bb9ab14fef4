// SPDX-License-Identifier: GPL-2.0-only
/* What a new cell may not take from others, and that a refusal changes nothing. */
#include <stdio.h>

#include "snapshot.h"

static struct snapshot before;
static struct test_config c;

/* The request fails like this, and nothing else happens */
#define assert_create_fails(code, rule_name)                 \
	do {                                                 \
		snapshot_take(&before);                      \
		assert_refused(create(&c), code, rule_name); \
		assert_unchanged(&before);                   \
	} while (0)

static void names_are_taken_once(void **state)
{
	struct answer a;

	(void)state;
	assert_int_equal(create_default(0).ret, 1);
	cell_config(&c, 1);
	strcpy(c.cell.name, "cell-0");
	assert_create_fails(CL_EEXIST, CELL_NAME_TAKEN);
	a = create(&c);
	assert_int_equal(a.value[0], 1);
	strcpy(c.cell.name, "root");
	assert_create_fails(CL_EEXIST, CELL_NAME_TAKEN);
	strcpy(c.cell.name, "cell-00");
	assert_int_equal(create(&c).ret, 2);
	/* And twice the same cell */
	cell_config(&c, 0);
	assert_create_fails(CL_EEXIST, CELL_NAME_TAKEN);
}

static void cpus_must_be_roots_and_off(void **state)
{
	struct answer a;

	(void)state;
	assert_int_equal(create_default(0).ret, 1);
	cell_config(&c, 1);
	c.cpus[1] = 2;
	assert_create_fails(CL_EBUSY, CPU_TAKEN);
	a = create(&c);
	assert_int_equal(a.value[0], 2);
	assert_int_equal(a.value[1], 1);
	/* CPU 1 runs Linux */
	c.cpus[1] = 1;
	assert_create_fails(CL_EBUSY, CPU_NOT_OFF);
	assert_int_equal(create(&c).value[0], 1);
	/* CPU 4 is on its way */
	c.cpus[1] = 4;
	assert_int_equal(turn_on(1, 4, LINUX_RAM, 0), 0);
	assert_create_fails(CL_EBUSY, CPU_NOT_OFF);
	host_settle();
	assert_create_fails(CL_EBUSY, CPU_NOT_OFF);
	turn_off(4);
	assert_int_equal(create(&c).ret, 2);
}

static void root_keeps_a_cpu(void **state)
{
	(void)state;
	cell_config(&c, 0);
	c.cpus[0] = ROOT_CPU;
	assert_create_fails(CL_EINVAL, CPU_LAST);
	/* All of them, the one that asks included */
	for (c.nr_cpus = 0; c.nr_cpus < SYSTEM_CPUS; c.nr_cpus++)
		c.cpus[c.nr_cpus] = SYSTEM_CPUS - 1 - c.nr_cpus;
	turn_off(1);
	assert_create_fails(CL_EINVAL, CPU_LAST);
	/* All but that one */
	c.nr_cpus--;
	assert_int_equal(create(&c).ret, 1);
	check_machine();
	cell_config(&c, 1);
	assert_create_fails(CL_EBUSY, CPU_TAKEN);
	assert_done(destroy(1));
	assert_int_equal(create(&c).ret, 1);
}

static void interrupts_are_taken_once(void **state)
{
	struct cell *root = cells[ROOT_CELL_ID];
	struct answer a;

	(void)state;
	assert_true(cell_owns_spi(root, CELL_SPI(0)));
	host_forget();
	assert_int_equal(create_default(0).ret, 1);
	assert_int_equal(host.count[HOST_SPI], 2);
	assert_int_equal(last_event(HOST_SPI)->a, CELL_SPI(0) + 60);
	assert_int_equal(last_event(HOST_SPI)->b, 1);
	assert_false(cell_owns_spi(root, CELL_SPI(0)));
	assert_true(cell_owns_spi(cells[1], CELL_SPI(0)));
	assert_true(cell_owns_spi(root, CELL_SPI(1)));
	cell_config(&c, 1);
	c.spis[1] = CELL_SPI(0);
	assert_create_fails(CL_EBUSY, SPI_TAKEN);
	a = create(&c);
	assert_int_equal(a.value[0], CELL_SPI(0));
	assert_int_equal(a.value[1], 1);
	host_forget();
	assert_done(destroy(1));
	assert_int_equal(host.count[HOST_SPI], 2);
	assert_int_equal(last_event(HOST_SPI)->b, ROOT_CELL_ID);
	assert_true(cell_owns_spi(root, CELL_SPI(0)));
	assert_int_equal(create(&c).ret, 1);
}

static void memory_is_taken_once(void **state)
{
	struct cl_mem_region *m = &c.mem[CELL_MEM_ODD];
	static const s64 shift[] = { -0x2000, -0x1000, 0, 0x1000, 0x2000 };
	struct answer a;

	(void)state;
	assert_int_equal(create_default(0).ret, 1);
	for (u32 i = 0; i < ARRAY_SIZE(shift); i++) {
		cell_config(&c, 1);
		m->phys_start = CELL_ODD(0) + (u64)shift[i];
		assert_create_fails(CL_EBUSY, MEM_TAKEN);
		a = create(&c);
		assert_int_equal(a.value[0], CELL_MEM_ODD);
		assert_int_equal(a.value[1], (u64)CELL_MEM_ODD << CL_ERROR_INDEX_SHIFT | 1);
		/* Sharing needs both */
		m->flags |= CL_MEM_ROOTSHARED;
		assert_create_fails(CL_EBUSY, MEM_TAKEN);
	}
	/* Around it */
	cell_config(&c, 1);
	m->phys_start = CELL_ODD(0) - 0x5000;
	m->size = 0x20000;
	assert_create_fails(CL_EBUSY, MEM_TAKEN);
	/* Right beside it is nobody's */
	m->phys_start = CELL_ODD(0) + CELL_ODD_SIZE;
	m->size = PAGE_SIZE;
	assert_int_equal(create(&c).ret, 2);
	check_machine();
}

static void memory_is_shared_by_consent(void **state)
{
	struct cl_mem_region *m = &c.mem[CELL_MEM_ODD];

	(void)state;
	for (u32 n = 0; n < 3; n++) {
		cell_config(&c, n);
		m->phys_start = CELL_ODD(0);
		m->flags |= CL_MEM_ROOTSHARED;
		assert_int_equal(create(&c).ret, n + 1);
		check_machine();
		assert_true(reaches_page(cells[n + 1], CELL_ODD(0)));
		assert_true(reaches_page(cells[ROOT_CELL_ID], CELL_ODD(0)));
	}
	/* Now nobody can have it alone */
	assert_done(destroy(3));
	cell_config(&c, 2);
	m->phys_start = CELL_ODD(0);
	assert_create_fails(CL_EBUSY, MEM_TAKEN);
	assert_done(destroy(1));
	check_machine();
	assert_true(reaches_page(cells[2], CELL_ODD(0)));
	assert_done(destroy(2));
	check_machine();
	assert_int_equal(create(&c).ret, 1);
	assert_false(reaches_page(cells[ROOT_CELL_ID], CELL_ODD(0)));
}

static void memory_has_the_attributes_of_the_config(void **state)
{
	static const u64 flags[] = { CL_MEM_READ,
				     CL_MEM_WRITE,
				     CL_MEM_READ | CL_MEM_EXECUTE,
				     CL_MEM_READ | CL_MEM_WRITE | CL_MEM_NONCACHEABLE,
				     CL_MEM_READ | CL_MEM_EXECUTE | CL_MEM_NONCACHEABLE,
				     CL_MEM_READ | CL_MEM_WRITE | CL_MEM_DMA,
				     CL_MEM_READ | CL_MEM_ROOTSHARED };

	(void)state;
	cell_config(&c, 0);
	for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
		c.mem[c.nr_mem++] = (struct cl_mem_region){ { CELL_RAM(4) + i * 2 * PAGE_SIZE },
							    0x30000000 + i * 2 * PAGE_SIZE,
							    PAGE_SIZE,
							    flags[i] };
	assert_int_equal(create(&c).ret, 1);
	/* Compares them all, with what the descriptors say */
	check_machine();
	assert_done(destroy(1));
	check_machine();
}

static void a_device_goes_with_its_cell(void **state)
{
	(void)state;
	cell_config(&c, 0);
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ DEVICE }, 0x30000000, PAGE_SIZE, CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO
	};
	assert_int_equal(create(&c).ret, 1);
	check_machine();
	assert_false(reaches_page(cells[ROOT_CELL_ID], DEVICE));
	host_forget();
	assert_done(destroy(1));
	/* Scrubbing is for RAM: no window ever shows a device (the machine checks) */
	assert_true(host.count[HOST_ZERO] > 0);
	assert_true(reaches_page(cells[ROOT_CELL_ID], DEVICE));
	check_machine();
}

/* B4: never 0, which Linux ran with, within 8 bits, and each once */
static void check_vmids(void)
{
	bool taken[256] = { true };

	for (u32 i = 0; i < CL_MAX_CELLS; i++) {
		u16 vmid = cells[i]->s2.pt.vmid;

		assert_true(vmid < ARRAY_SIZE(taken) && !taken[vmid]);
		taken[vmid] = true;
	}
}

/* As many small cells as the table of cells holds, with a system that has the CPUs */
static void the_number_of_cells_is_bounded(void **state)
{
	static struct blob blob;
	struct error err;

	(void)state;
	host_reset();
	system_config(&c);
	for (c.nr_cpus = 0; c.nr_cpus < CL_MAX_CELLS + 2; c.nr_cpus++)
		c.cpus[c.nr_cpus] = c.nr_cpus;
	blob_build(&blob, &c);
	assert_int_equal(host_boot(blob.bytes, blob.size, HOST_MAX_POOL, &err), 0);
	for (u32 i = 1; i < nr_cpus; i++)
		turn_off(i);
	for (u32 n = 1; n <= CL_MAX_CELLS; n++) {
		cell_config(&c, 0);
		snprintf(c.cell.name, sizeof(c.cell.name), "n%u", n);
		c.cpus[0] = n;
		c.mem[CELL_MEM_RAM].phys_start = CELL_RAM(n % 14);
		c.mem[CELL_MEM_RAM].size = PAGE_SIZE;
		c.mem[CELL_MEM_RAM].phys_start += n * PAGE_SIZE;
		c.cell.entry = 0;
		c.mem[CELL_MEM_ODD].phys_start = CELL_ODD(n);
		c.nr_spis = 0;
		if (n < CL_MAX_CELLS)
			assert_int_equal(create(&c).ret, n);
		else
			assert_create_fails(CL_ENOSPC, CELL_LIMIT);
	}
	assert_int_equal(cell_count(), CL_MAX_CELLS);
	check_vmids();
	check_machine();
	assert_done(destroy(7));
	assert_int_equal(create(&c).ret, 7);
	check_machine();
}

static void the_machine_may_refuse(void **state)
{
	(void)state;
	snapshot_take(&before);
	host.fail_cell_init = -CL_EIO;
	assert_int_equal(create_default(0).ret, -CL_EIO);
	assert_unchanged(&before);
}

static void addresses_beyond_the_widths_are_refused(void **state)
{
	(void)state;
	cell_config(&c, 0);
	c.mem[CELL_MEM_ODD].virt_start = BIT(40) - CELL_ODD_SIZE;
	assert_int_equal(create(&c).ret, 1);
	check_machine();
	cell_config(&c, 1);
	c.mem[CELL_MEM_ODD].virt_start = BIT(40) - PAGE_SIZE;
	assert_create_fails(CL_EINVAL, MEM_WRAP);
}

/* A page that may hold root's blob is read by root's rights: not everything is */
static void the_blob_must_be_in_roots_ram(void **state)
{
	static struct blob blob;
	static const u64 bad[] = { DEVICE,
				   0x60000000,
				   0x60000000 - PAGE_SIZE,
				   HOST_HV_START + HOST_HV_SIZE - PAGE_SIZE,
				   0x90000000,
				   GICD,
				   MMCONFIG,
				   CELL_RAM(1),
				   CELL_RAM(1) - 16,
				   BIT(40),
				   BIT(40) - 8,
				   ~0ull,
				   ~0ull - 100,
				   BIT(63) };

	(void)state;
	assert_int_equal(create_default(1).ret, 1);
	cell_config(&c, 0);
	blob_build(&blob, &c);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct answer a;

		snapshot_take(&before);
		a = CALL(CL_HC_CELL_CREATE, bad[i], blob.size);
		assert_refused(a, CL_EFAULT, USER_MEMORY);
		assert_int_equal(a.value[0], bad[i]);
		assert_unchanged(&before);
	}
}

static void the_blobs_size_is_bounded(void **state)
{
	static const u64 sizes[] = { 0, 1, sizeof(struct cl_blob_header) - 1 };
	static const u64 huge[] = { CL_BLOB_MAX_SIZE + 1, BIT(32), BIT(63), ~0ull };

	(void)state;
	create_default(0);
	assert_done(destroy(1));
	snapshot_take(&before);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_refused(CALL(CL_HC_CELL_CREATE, BLOB_PA, sizes[i]), CL_EINVAL,
			       BLOB_TRUNCATED);
	for (u32 i = 0; i < ARRAY_SIZE(huge); i++)
		assert_refused(CALL(CL_HC_CELL_CREATE, BLOB_PA, huge[i]), CL_E2BIG, FILE_SIZE);
	assert_unchanged(&before);
	/* A size that is not the blob's */
	assert_refused(CALL(CL_HC_CELL_CREATE, BLOB_PA, 512), CL_EINVAL, BLOB_SIZE);
	assert_refused(CALL(CL_HC_CELL_CREATE, BLOB_PA, CL_BLOB_MAX_SIZE), CL_EINVAL, BLOB_SIZE);
	assert_unchanged(&before);
}

/* It may lie anywhere, over any number of pages */
static void blobs_may_straddle_pages(void **state)
{
	static struct blob blob;

	(void)state;
	cell_config(&c, 0);
	blob_build(&blob, &c);
	blob.size = CL_BLOB_MAX_SIZE;
	blob_seal(&blob);
	for (u32 i = 0; i < 5; i++) {
		u64 pa = BLOB_PA + 4095 - i;

		memcpy(host_ram(pa), blob.bytes, blob.size);
		assert_int_equal(CALL(CL_HC_CELL_CREATE, pa, blob.size).ret, 1);
		check_machine();
		assert_done(destroy(1));
	}
	/* Up to the last byte of what root has */
	blob_build(&blob, &c);
	memcpy(host_ram(LINUX_RAM + LINUX_RAM_SIZE - blob.size), blob.bytes, blob.size);
	assert_int_equal(
		CALL(CL_HC_CELL_CREATE, LINUX_RAM + LINUX_RAM_SIZE - blob.size, blob.size).ret, 1);
}

static const struct blob *second;

/* Root's other CPU writes while the blob is being read: right behind the reader */
static void scribble(const struct host_event *event)
{
	if (event->kind == HOST_CLOSE)
		memset(host_ram(event->a), 0xff, PAGE_SIZE);
}

/* The same with a blob that is in order, too, but another one */
static void replace(const struct host_event *event)
{
	if (event->kind == HOST_CLOSE)
		memcpy(host_ram(event->a), second->bytes + (event->a - BLOB_PA), PAGE_SIZE);
}

static void a_blob_is_read_once(void **state)
{
	static struct blob other;
	struct test_config wanted;

	(void)state;
	host.watch = scribble;
	assert_int_equal(create_default(0).ret, 1);
	host.watch = NULL;
	check_machine();
	assert_string_equal(info_of(1).name, "cell-0");
	assert_done(CALL(CL_HC_CELL_SET_LOADABLE, 1));
	assert_done(destroy(1));

	cell_config(&wanted, 1);
	cell_config(&c, 2);
	c.mem[CELL_MEM_RAM].phys_start = LINUX_RAM;
	blob_build(&other, &c);
	second = &other;
	host.watch = replace;
	assert_int_equal(create(&wanted).ret, 1);
	host.watch = NULL;
	check_machine();
	assert_int_equal(cells[1]->config.mem[CELL_MEM_RAM].phys_start, CELL_RAM(1));
	assert_done(CALL(CL_HC_CELL_SET_LOADABLE, 1));
	assert_done(start(1));
	host_settle();
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	assert_done(destroy(1));
	check_machine();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_taken_once),
		TEST(cpus_must_be_roots_and_off),
		TEST(root_keeps_a_cpu),
		TEST(interrupts_are_taken_once),
		TEST(memory_is_taken_once),
		TEST(memory_is_shared_by_consent),
		TEST(memory_has_the_attributes_of_the_config),
		TEST(a_device_goes_with_its_cell),
		TEST(the_number_of_cells_is_bounded),
		TEST(the_machine_may_refuse),
		TEST(addresses_beyond_the_widths_are_refused),
		TEST(the_blob_must_be_in_roots_ram),
		TEST(the_blobs_size_is_bounded),
		TEST(blobs_may_straddle_pages),
		TEST(a_blob_is_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
