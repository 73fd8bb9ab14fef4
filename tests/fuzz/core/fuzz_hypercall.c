// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sequences of what root and guests can do: calls with any arguments, words in
 * the communication regions, CPUs that come and go. Each step is a few bytes of
 * the input. However it goes, nobody reaches what is not theirs, and in the end
 * every cell can be destroyed and no frame is missing.
 */
#include "reach.h"

#define NR_BLOBS 4
#define MAX_STEPS 64

static const u8 *input;
static size_t left;

static u8 next_byte(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

static u64 blob_size[NR_BLOBS];

static u64 blob_pa(u32 i)
{
	return BLOB_PA + i * 64 * KiB;
}

/* A number that means something, or any number */
static u64 next_argument(void)
{
	static const u64 known[] = { 0,
				     1,
				     2,
				     3,
				     4,
				     5,
				     15,
				     16,
				     40,
				     200,
				     512,
				     4095,
				     4096,
				     LINUX_RAM + 3 * MiB,
				     LINUX_RAM + 3 * MiB + 4000,
				     DEVICE,
				     GICD,
				     MMCONFIG,
				     HOST_HV_START,
				     CELL_RAM(0),
				     CELL_ODD(1),
				     BIT(32),
				     BIT(40),
				     BIT(63),
				     ~0ull };
	u8 which = next_byte();
	u64 x = 0;

	if (which < ARRAY_SIZE(known))
		return known[which];
	if (which < 0x80)
		return which;
	for (u32 i = 0; i < (which & 7u) + 1; i++)
		x = x << 8 | next_byte();
	return x;
}

static void call(u8 which)
{
	u32 cpu = which % SYSTEM_CPUS;
	u64 x[6], fn = CL_HC(next_byte() % 0x24);

	if (host_stopped(cpu) != HOST_IN_GUEST)
		return;
	for (u32 i = 0; i < ARRAY_SIZE(x); i++)
		x[i] = next_argument();
	call_from(cpu, fn, x[0], x[1], x[2], x[3], x[4], x[5]);
}

static void create_one(u8 which)
{
	u32 i = which % NR_BLOBS;

	CALL(CL_HC_CELL_CREATE, blob_pa(i), blob_size[i]);
}

static void manage(u8 which)
{
	static const u64 fn[] = { CL_HC_CELL_SET_LOADABLE, CL_HC_CELL_START, CL_HC_CELL_SHUTDOWN,
				  CL_HC_CELL_DESTROY };

	CALL(fn[which % 4], which / 4 % 5, which / 32);
}

static void write_comm(u8 which)
{
	const struct cell *cell = cells[which % 5];
	u32 word = which / 5;

	if (cell && cell->comm)
		((u32 *)cell->comm)[word] = (u32)next_argument();
}

static void guest(u8 which)
{
	static const host_job job[] = { job_turn_off, job_end_self, job_fail_self, job_reset_self };
	u32 cpu = 1 + which % (SYSTEM_CPUS - 1);
	bool roots = cell_is_root(cpus[cpu].cell);

	if (host_stopped(cpu) != HOST_IN_GUEST)
		return;
	if (which & 0x80)
		turn_on(cpu, which / 8 % SYSTEM_CPUS, next_argument(), next_argument());
	else if (!roots || which / 8 % 4 == 0)
		host_post(cpu, job[which / 8 % 4], NULL);
}

static void make_blobs(void)
{
	static struct test_config c;
	static struct blob blob;

	for (u32 i = 0; i < NR_BLOBS; i++) {
		cell_config(&c, i % 3);
		/* A few pages each: this is about requests, not about much memory */
		c.mem[CELL_MEM_RAM].size = 2 * PAGE_SIZE;
		if (i == 3) {
			strcpy(c.cell.name, "shares");
			c.cpus[0] = 4;
			c.spis[0] = 99;
			c.mem[CELL_MEM_RAM].phys_start = CELL_RAM(3);
			c.mem[CELL_MEM_ODD].flags |= CL_MEM_ROOTSHARED;
		}
		blob_build(&blob, &c);
		memcpy(host_ram(blob_pa(i)), blob.bytes, blob.size);
		blob_size[i] = blob.size;
	}
}

static void step(void)
{
	u8 what = next_byte(), which = next_byte();

	switch (what % 6) {
	case 0:
		call(which);
		break;
	case 1:
		create_one(which);
		break;
	case 2:
		manage(which);
		break;
	case 3:
		write_comm(which);
		break;
	case 4:
		guest(which);
		break;
	case 5:
		/* Root writes into a blob, which then is whatever it is */
		((u8 *)host_ram(blob_pa(which % NR_BLOBS)))[next_argument() % 512] ^= which;
		break;
	}
	host_settle();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u64 used;

	input = data;
	left = size;
	machine_start(POOL_PAGES);
	make_blobs();
	used = pool_used(&frame_pool);
	for (u32 i = 0; i < MAX_STEPS && left; i++)
		step();
	check_machine();
	for (u32 id = 1; id < CL_MAX_CELLS; id++) {
		struct answer a;

		if (!cells[id])
			continue;
		/* With force, which a guest that locked itself makes necessary */
		a = destroy_once(id, true);
		host_settle();
		if (a.ret && destroy(id).ret)
			abort();
	}
	check_machine();
	if (pool_used(&frame_pool) != used)
		abort();
	return 0;
}
