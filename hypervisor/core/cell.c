// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cells that there are, and what is told of them.
 */
#include <arch.h>
#include <cell_life.h>
#include <lib.h>
#include <system.h>

struct frame_pool frame_pool;
spinlock_t management_lock;
struct cell *cells[CL_MAX_CELLS];

int refuse_no_frames(struct error *err, u32 wanted)
{
	return refuse(err, -CL_ENOMEM, CL_RULE_NO_MEMORY, wanted,
		      pool_total(&frame_pool) - pool_used(&frame_pool));
}

struct cell *cell_find(u64 id, struct error *err)
{
	if (id < CL_MAX_CELLS && cells[id])
		return cells[id];
	refuse(err, -CL_ENOENT, CL_RULE_CELL_UNKNOWN, id, 0);
	return NULL;
}

u32 cell_count(void)
{
	u32 n = 0;

	for (u32 i = 0; i < CL_MAX_CELLS; i++)
		n += cells[i] != NULL;
	return n;
}

void cell_request_all(const struct cell *cell, u32 bits)
{
	struct cpu *cpu;

	for_each_cpu_of(cpu, cell) {
		cpu_request(cpu, bits);
	}
}

bool cell_leave_running(struct cell *cell, u32 state)
{
	u32 expected = CL_CELL_RUNNING;

	return __atomic_compare_exchange_n(&cell->state, &expected, state, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static bool is_locked(const struct cell *cell)
{
	return cell->comm && cell_is_running(cell) &&
	       guest_word(&cell->comm->cell_state) == CL_COMM_RUNNING_LOCKED;
}

u32 cell_shown_state(const struct cell *cell)
{
	return is_locked(cell) ? CL_CELL_RUNNING_LOCKED : cell_state(cell);
}

void cell_get_info(struct cell *cell, struct cl_cell_info *info)
{
	memset(info, 0, sizeof(*info));
	info->id = cell->id;
	info->state = cell_shown_state(cell);
	memcpy(info->name, cell->config.cell->name, sizeof(info->name));
	for (u32 i = 0; i < nr_cpus; i++) {
		if (cpus[i].cell == cell)
			info->cpus[i / 64] |= BIT(i % 64);
	}
	info->fail_reason = cell->fail.reason;
	info->fail_cpu = cell->fail.cpu;
	info->fail_esr = cell->fail.esr;
	info->fail_pc = cell->fail.pc;
	info->fail_address = cell->fail.address;
	info->violations = cell->violations;
	info->smcs_refused = cell->smcs_refused;
	info->last_smc = cell->last_smc;
	info->restarts = MIN(cell->restarts, cell->config.cell->max_restarts);
	info->pages = 1 + cell->blob_pages + cell->area_pages + cell->arch_pages +
		      (cell->comm ? 1 : 0) + (cell->console ? CONSOLE_PAGES : 0) +
		      pt_pages(&cell->s2.pt);
	info->panicked = vuart_panicked(cell);
	info->console_end = cell->console ? cell->console->end : 0;
	info->irq_mode = cell->config.cell->irq_mode;
}
