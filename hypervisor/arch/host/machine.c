// SPDX-License-Identifier: GPL-2.0-only
/* The rest of the machine: boot, page-table surroundings, interrupts, log. */
#include <stdio.h>
#include <string.h>

#include <host.h>
#include <mm/mm_ops.h>
#include <mm/pool.h>
#include <mm/pt_arm64_s2.h>
#include <system.h>

#define LOG_TEXT 4096

struct host host;

static union {
	struct cl_log log;
	char bytes[sizeof(struct cl_log) + LOG_TEXT];
} log_memory;

struct cl_log *const hv_log = &log_memory.log;
bool log_to_uart;

void host_note(enum host_event_kind kind, u64 a, u64 b, u64 c)
{
	struct host_event event = { kind, host_this_cpu(), a, b, c };

	host.count[kind]++;
	if (host.nr_log < HOST_MAX_LOG)
		host.log[host.nr_log++] = event;
	if (host.watch)
		host.watch(&event);
}

void host_forget(void)
{
	host.nr_log = 0;
	memset(host.count, 0, sizeof(host.count));
}

void host_reset(void)
{
	memset(&host, 0, sizeof(host));
	host.pa_bits = 40;
	host.max_spi = 255;
	memset(&log_memory, 0, sizeof(log_memory));
	hv_log->magic = CL_LOG_MAGIC;
	hv_log->size = LOG_TEXT;
	log_to_uart = false;
	memset(cpus, 0, sizeof(cpus));
	nr_cpus = 0;
	memset(cells, 0, sizeof(cells));
	memset(&frame_pool, 0, sizeof(frame_pool));
	memset(&management_lock, 0, sizeof(management_lock));
	host_cpus_reset();
	host_memory_reset();
}

int host_boot(const void *blob, u64 size, u64 pool_pages, struct error *err)
{
	void *copy = host_hv_memory(host_hv_start);
	u64 pool = host_hv_start + HOST_BLOB_SPACE;
	struct config cfg;
	int ret;

	if (size > HOST_BLOB_SPACE || pool_pages > HOST_MAX_POOL)
		host_panic("what is to be booted does not fit in");
	memcpy(copy, blob, size);
	if (pool_init(&frame_pool, PA(pool), host_hv_memory(pool), pool_pages))
		host_panic("no pool");
	ret = config_parse(copy, size, CL_KIND_SYSTEM, &cfg, err);
	if (ret)
		return ret;
	ret = cell_init_root(copy, size, err);
	if (ret)
		return ret;
	nr_cpus = cfg.nr_cpus;
	for (u32 i = 0; i < nr_cpus; i++) {
		cpus[i].id = i;
		cpus[i].mpidr = cfg.cpus[i];
		cpus[i].state = CPU_ON;
		cpus[i].cell = cells[ROOT_CELL_ID];
		host_cpu_boot(i);
	}
	return 0;
}

void arch_debug_putc(char c)
{
	if (host.uart_size < HOST_MAX_UART)
		host.uart[host.uart_size] = c;
	host.uart_size++;
}

void arch_read_exits(const struct cpu *cpu, u64 *exits, unsigned int n)
{
	for (unsigned int i = 0; i < MIN(n, ARRAY_SIZE(cpu->arch.exits)); i++)
		exits[i] = cpu->arch.counted_for == cpu->owners ? cpu->arch.exits[i] : 0;
}

void arch_read_stage1(struct s1_registers *regs)
{
	*regs = host.stage1[host_this_cpu()];
}

unsigned int arch_pa_bits(void)
{
	return host.pa_bits;
}

int arch_cell_init(struct cell *cell)
{
	host_note(HOST_CELL_INIT, cell->id, 0, 0);
	if (cell->config.cell->irq_mode == CL_IRQ_DIRECT) {
		cell->arch.frames = pool_alloc_raw(&frame_pool, cell->s2.pt.root_pages);
		if (!cell->arch.frames)
			return -CL_ENOMEM;
		cell->arch_pages = cell->s2.pt.root_pages;
	}
	return host.fail_cell_init;
}

int arch_cell_revoke(struct cell *cell)
{
	(void)cell;
	return host.fail_cell_revoke;
}

void arch_cell_exit(struct cell *cell)
{
	if (cell->arch.frames && pool_free(&frame_pool, cell->arch.frames, cell->arch_pages))
		host_panic("a frame is freed that is not in use");
	cell->arch.frames = NULL;
}

void arch_cell_reset(struct cell *cell)
{
	cell->arch.resets++;
	host_note(HOST_CELL_RESET, cell->id, 0, 0);
}

void arch_spi_assign(struct cell *cell, u32 spi)
{
	host_note(HOST_SPI, spi, cell->id, 0);
}

void arch_spi_raise(u32 spi)
{
	host_note(HOST_SPI_RAISE, spi, 0, 0);
}

void arch_cpu_assign(struct cpu *cpu)
{
	if (cpu->cell != cells[ROOT_CELL_ID] || cpu == this_cpu())
		host_panic("CPU %u is not root's to be given away", cpu->id);
	host_note(HOST_CPU_ASSIGN, cpu->id, 0, 0);
}

u32 arch_max_spi(void)
{
	return host.max_spi;
}

static void *mm_alloc(void *ctx, unsigned int count)
{
	void *frames = pool_alloc_raw(ctx, count);

	/* The engine must not rely on zeroed frames */
	if (frames)
		memset(frames, 0xa5, count * PAGE_SIZE);
	return frames;
}

static void mm_free(void *ctx, void *frames, unsigned int count)
{
	/* Whoever still walks it shall notice */
	memset(frames, 0xff, count * PAGE_SIZE);
	if (pool_free(ctx, frames, count))
		host_panic("a frame is freed that is not in use");
}

static void mm_barrier(void *ctx)
{
	(void)ctx;
	host_note(HOST_BARRIER, 0, 0, 0);
}

static void mm_tlbi_range(void *ctx, u16 vmid, ipaddr_t ipa, u64 size, unsigned int level)
{
	(void)ctx;
	(void)level;
	host_note(HOST_TLBI_RANGE, ipa.v, size, vmid);
}

static void mm_tlbi_all(void *ctx, u16 vmid)
{
	(void)ctx;
	host_note(HOST_TLBI_ALL, 0, 0, vmid);
}

const struct mm_ops arch_mm_ops = {
	.alloc = mm_alloc,
	.free = mm_free,
	.barrier = mm_barrier,
	.tlbi_range = mm_tlbi_range,
	.tlbi_all = mm_tlbi_all,
};

const struct pt_format *const arch_stage2_format = &pt_arm64_s2;
