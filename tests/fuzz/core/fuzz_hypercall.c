// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sequences of what root and guests can do: calls with any arguments, words in
 * the communication regions, CPUs that come and go, calls of the firmware, accesses
 * to devices of which several have a part, and a CPU whose turn does not come. Each
 * step is a few bytes of the input. However it goes, nobody reaches what is not theirs,
 * no cell starts anew more often than it may, and in the end every cell can be
 * destroyed and no frame is missing.
 */
#include <smc.h>
#include <subpage.h>
#include <vuart.h>

#include "reach.h"

#define NR_BLOBS 4
#define MAX_STEPS 64
#define SMC_FUNCTION 0x82000010
#define DEVICE_IPA 0x20000000
#define NOBODY SYSTEM_CPUS
#define VUART_IPA 0x20001000
#define BUTTON_IPA 0x20002000

static const u8 *input;
static size_t left;

static u8 next_byte(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

/* The CPU whose turn does not come, or NOBODY; not that of most requests */
static u32 lost;

static bool can_act(u32 cpu)
{
	return cpu != lost && host_stopped(cpu) == HOST_IN_GUEST;
}

/* As host_settle(), of the others */
static void settle(void)
{
	bool any = lost != NOBODY;

	if (!any)
		host_settle();
	while (any) {
		any = false;
		for (u32 i = 0; i < nr_cpus; i++) {
			if (i == lost || !host_can_step(i))
				continue;
			host_step(i);
			any = true;
		}
	}
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

	if (!can_act(cpu))
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

	u64 how = which / 32 % 4;
	struct answer a = CALL(fn[which % 4], which / 4 % 5, how);

	/* No call knows 3 */
	if (which % 4 >= 2 && how > CL_SHUTDOWN_RELEASE && a.ret != -CL_EINVAL)
		abort();
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

	if (!can_act(cpu))
		return;
	if (which & 0x80)
		turn_on(cpu, which / 8 % SYSTEM_CPUS, next_argument(), next_argument());
	else if (!roots || which / 8 % 4 == 0)
		host_post(cpu, job[which / 8 % 4], NULL);
}

/* An interrupt that is raised is the one of a cell that runs, by it or by root */
static void check_raised(const struct host_event *e)
{
	const struct cell *cell = cpus[e->cpu].cell;

	for (u32 id = 1; id < CL_MAX_CELLS; id++) {
		if (cells[id] &&
		    (cells[id]->config.cell->console_irq == e->a ||
		     cells[id]->config.cell->power_button.irq == e->a) &&
		    cell_owns_spi(cells[id], (u32)e->a) && cell_is_running(cells[id]) &&
		    (cell_is_root(cell) || cell == cells[id]))
			return;
	}
	abort();
}

/* May the owner of the CPU do that to the device? By the configs, not by the code */
static void check_device(const struct host_event *e)
{
	const struct cell *cell = cpus[e->cpu].cell;
	u64 flags = CL_MEM_IO | (e->c ? CL_MEM_WRITE : CL_MEM_READ) | CL_MEM_IO_8 * e->b;
	bool granted = false;

	if (e->kind == HOST_SPI_RAISE)
		check_raised(e);
	if (e->kind != HOST_DEVICE)
		return;
	for (u32 id = 1; id < CL_MAX_CELLS; id++) {
		for (u32 i = 0; cells[id] && i < cells[id]->config.nr_mem; i++) {
			const struct cl_mem_region *m = &cells[id]->config.mem[i];

			if (!(m->flags & CL_MEM_IO) ||
			    !ranges_overlap(e->a, e->b, m->phys_start, m->size))
				continue;
			/* Root has what is left, and what is shared */
			if (cell_is_root(cell) && !(m->flags & CL_MEM_ROOTSHARED))
				abort();
			granted |= cells[id] == cell && (m->flags & flags) == flags &&
				   range_within(e->a, e->b, m->phys_start, m->size);
		}
	}
	if (!granted && !cell_is_root(cell))
		abort();
}

static void job_device(void *arg)
{
	struct mmio_access *a = arg;
	const struct cell *cell = this_cpu()->cell;
	bool done = vuart_access(this_cpu()->cell, a);

	if (done && (!cell->vuart || ALIGN_DOWN(a->ipa, PAGE_SIZE) != VUART_IPA || a->size > 4))
		abort();
	if (!done && button_access(this_cpu()->cell, a)) {
		if (!button_exists(cell) || ALIGN_DOWN(a->ipa, PAGE_SIZE) != BUTTON_IPA ||
		    a->size > 4 || (!a->write && a->value > 0xff))
			abort();
		done = true;
	}
	if (!done)
		subpage_access(this_cpu()->cell, a);
	if (cell->vuart && cell->vuart->head - cell->vuart->tail > VUART_RING)
		abort();
}

static void device(u8 which)
{
	u32 cpu = which % SYSTEM_CPUS;
	struct mmio_access a = { .size = 1u << which / 8 % 4, .write = which / 32 % 2 };

	if (!can_act(cpu))
		return;
	a.ipa = (cell_is_root(cpus[cpu].cell) ? DEVICE : DEVICE_IPA) + 2 * next_byte();
	/* The registers of the UART are in the first of its page, those of the button's
	 * controller, but for its lines, at 0x400
	 */
	if (which & 0x80)
		a.ipa = a.ipa & 0x100 ? BUTTON_IPA + 0x3e0 + a.ipa % 0x100 / 2 :
					VUART_IPA + a.ipa % 0x80;
	a.value = next_argument();
	host_run(cpu, job_device, &a);
}

/* Firmware is called if a rule says so, and for no other reason */
static void job_smc(void *arg)
{
	const struct cell *cell = this_cpu()->cell;
	const u64 *x = arg;
	bool covered = false;

	if (cell_is_root(cell))
		return;
	for (u32 i = 0; i < cell->config.nr_smc; i++) {
		const struct cl_smc_rule *r = &cell->config.smc[i];
		bool fits = ((u32)x[0] | r->ignore) == (r->function | r->ignore);

		for (u32 k = 0; k < 4; k++)
			fits = fits && (x[1 + k] & r->args[k].mask) == r->args[k].value;
		covered |= fits;
	}
	if (smc_allowed(cell, (u32)x[0], &x[1]) != covered)
		abort();
	if (covered && !smc_allowed(cell, (u32)x[0], NULL))
		abort();
	if (!covered)
		smc_refused(this_cpu()->cell, (u32)x[0]);
}

static void smc(u8 which)
{
	u32 cpu = which % SYSTEM_CPUS;
	u64 x[5] = { SMC_FUNCTION ^ next_byte() };

	if (!can_act(cpu))
		return;
	for (u32 i = 1; i < ARRAY_SIZE(x); i++)
		x[i] = next_argument();
	host_run(cpu, job_smc, x);
}

/* Calls with an argument that counts, and a part of a page of registers */
static void add_firmware_and_device(struct test_config *c, u32 n)
{
	c->smc[c->nr_smc++] = (struct cl_smc_rule){
		.function = SMC_FUNCTION,
		.ignore = n,
		.args = { { 0xf0, n << 4 }, { ~0ull, 0 } },
	};
	c->mem[c->nr_mem++] = (struct cl_mem_region){
		{ DEVICE + n * 0x80 },
		DEVICE_IPA + n * 0x80,
		0x80,
		CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO | CL_MEM_IO_8 | CL_MEM_IO_32,
	};
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
		add_firmware_and_device(&c, i);
		if (i == 1) {
			c.cell.console.type = CL_CONSOLE_SBSA_UART;
			c.cell.console.address = VUART_IPA;
			c.cell.console_irq = c.spis[0];
			c.cell.flags = CL_CELL_PASSIVE;
			c.cell.power_button.address = BUTTON_IPA;
			c.cell.power_button.irq = c.spis[1];
		}
		if (i == 3)
			c.mem[c.nr_mem - 1].flags |= CL_MEM_ROOTSHARED;
		if (i == 1 || i == 3) {
			c.cell.on_failure = CL_FAILURE_RESTART;
			c.cell.max_restarts = i;
		}
		blob_build(&blob, &c);
		memcpy(host_ram(blob_pa(i)), blob.bytes, blob.size);
		blob_size[i] = blob.size;
	}
}

static void check_restarts(void)
{
	for (u32 id = 1; id < CL_MAX_CELLS; id++) {
		const struct cell *cell = cells[id];

		if (cell && cell->restarts > cell->config.cell->max_restarts)
			abort();
	}
}

static void step(void)
{
	u8 what = next_byte(), which = next_byte();

	switch (what % 9) {
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
		((u8 *)host_ram(blob_pa(which % NR_BLOBS)))[next_argument() % 1024] ^= which;
		break;
	case 6:
		device(which);
		break;
	case 7:
		smc(which);
		break;
	case 8:
		lost = 1 + which % NOBODY;
		break;
	}
	settle();
	check_restarts();
}

/* More often than the memory of a cell makes necessary */
#define MAX_CALLS 16

/* As the driver does, when it has waited long enough */
static void abandon_all(void)
{
	for (u32 id = 1; id < CL_MAX_CELLS; id++) {
		for (u32 i = 0; cells[id] && i < MAX_CALLS; i++) {
			if (CALL(CL_HC_CELL_DESTROY, id, CL_DESTROY_ABANDON).ret != -CL_EINPROGRESS)
				break;
			settle();
		}
	}
	check_machine();
	lost = NOBODY;
	settle();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u64 used;

	input = data;
	left = size;
	lost = NOBODY;
	machine_start(POOL_PAGES);
	host_device(DEVICE);
	host.watch = check_device;
	make_blobs();
	used = pool_used(&frame_pool);
	for (u32 i = 0; i < MAX_STEPS && left; i++)
		step();
	check_machine();
	if (lost != NOBODY)
		abandon_all();
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
