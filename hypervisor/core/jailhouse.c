// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jailhouse's hypercalls, as far as its guests make them. What manages cells is the
 * business of root's driver, by calls of this hypervisor's own.
 */
#include <arch.h>
#include <cell.h>
#include <cloister/jailhouse.h>
#include <jailhouse.h>
#include <system.h>

static s64 hypervisor_info(u64 what)
{
	switch (what) {
	case JH_INFO_POOL_SIZE:
		return (s64)pool_total(&frame_pool);
	case JH_INFO_POOL_USED:
		return (s64)pool_used(&frame_pool);
	case JH_INFO_REMAP_POOL_SIZE: /* there is none */
	case JH_INFO_REMAP_POOL_USED:
		return 0;
	case JH_INFO_CELLS:
		return cell_count();
	}
	return -CL_EINVAL;
}

static s64 statistic(const struct cpu *cpu, u64 n)
{
	u64 exits[CL_NR_EXITS] = { 0 };
	u64 counts[JH_NR_STATISTICS];

	if (n >= JH_NR_STATISTICS)
		return -CL_EINVAL;
	arch_read_exits(cpu, exits, CL_NR_EXITS);
	counts[JH_EXITS_TOTAL] = exits[CL_EXIT_TOTAL];
	counts[JH_EXITS_MMIO] = exits[CL_EXIT_GICD] + exits[CL_EXIT_GICR] +
				exits[CL_EXIT_VIOLATION] + exits[CL_EXIT_DEVICE];
	counts[JH_EXITS_MANAGEMENT] = 0; /* the kick counts as maintenance */
	counts[JH_EXITS_HYPERCALL] = exits[CL_EXIT_HVC];
	counts[JH_EXITS_MAINTENANCE] = exits[CL_EXIT_MAINTENANCE];
	counts[JH_EXITS_IRQ] = exits[CL_EXIT_IRQ];
	counts[JH_EXITS_SGI] = exits[CL_EXIT_SGI];
	counts[JH_EXITS_PSCI] = exits[CL_EXIT_PSCI];
	counts[JH_EXITS_SMC] = exits[CL_EXIT_SMC];
	/* 31 bits, or it could be taken for an error */
	return (s64)(counts[n] & MASK(30, 0));
}

/* Root may ask for all CPUs, a cell for its own */
static s64 cpu_info(const struct cell *cell, u64 id, u64 what)
{
	if (id >= nr_cpus)
		return -CL_EINVAL;
	if (!cell_is_root(cell) && cpus[id].cell != cell)
		return -CL_EPERM;
	if (what == JH_CPU_STATE)
		return cpu_state(&cpus[id]) == CPU_LOST ? JH_CPU_FAILED : JH_CPU_RUNNING;
	if (what < JH_CPU_STATISTICS)
		return -CL_EINVAL;
	return statistic(&cpus[id], what - JH_CPU_STATISTICS);
}

static s64 console_putc(struct cell *cell, u64 c)
{
	char text = (char)c;

	if (!cell->console)
		return -CL_EPERM;
	console_write(cell->console, &text, 1);
	return 0;
}

static s64 answer(struct cell *cell, const u64 *x)
{
	switch (x[0]) {
	case JH_DISABLE:
	case JH_CELL_CREATE:
	case JH_CELL_START:
	case JH_CELL_SET_LOADABLE:
	case JH_CELL_DESTROY:
	case JH_CELL_GET_STATE:
		return -CL_EPERM;
	case JH_HYPERVISOR_GET_INFO:
		return hypervisor_info(x[1]);
	case JH_CPU_GET_INFO:
		return cpu_info(cell, x[1], x[2]);
	case JH_DEBUG_CONSOLE_PUTC:
		return console_putc(cell, x[1]);
	}
	return -CL_ENOSYS;
}

void jailhouse_call(u64 *x)
{
	x[0] = (u64)answer(this_cpu()->cell, x);
}
