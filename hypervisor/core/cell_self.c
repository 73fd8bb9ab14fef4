// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the CPUs of a cell do to it: they turn off, end it, reset it, and fail. Not under
 * the management lock: any CPU of any cell comes here.
 */
#include <arch.h>
#include <cell_life.h>
#include <lib.h>

/* Of each life that root began: a config can allow any number */
#define RESTARTS_LOGGED 8

/* It can take that back at any moment: who wants to know asks once */
static bool says_it_failed(const struct cell *cell)
{
	return cell->comm && guest_word(&cell->comm->cell_state) == CL_COMM_FAILED;
}

static bool all_off(const struct cell *cell)
{
	struct cpu *cpu;

	for_each_cpu_of(cpu, cell) {
		if (cpu_state(cpu) != CPU_OFF)
			return false;
	}
	return true;
}

/*
 * Of CPUs that are off at once, the lock makes one the last. Nobody else ends a running
 * cell without asking this CPU to park, which it has not done then: so root cannot begin
 * another life meanwhile, of which this would be the end. The state comes first: a life
 * that has begun has a CPU that is not off.
 */
void cell_cpu_parked(struct cell *cell)
{
	bool failed = false;

	if (cell_is_root(cell))
		return;
	spin_lock(&cell->s2_lock);
	if (cell_is_running(cell) && all_off(cell)) {
		failed = says_it_failed(cell) && cpu_claim(this_cpu());
		if (!failed)
			cell_leave_running(cell, CL_CELL_SHUT_DOWN);
	}
	spin_unlock(&cell->s2_lock);
	if (failed)
		cell_fail_self(CL_FAIL_COMM, 0, 0, 0);
}

/* The state says it; nobody interrupts root */
static __noreturn void leave_reset_to_root(struct cell *cell)
{
	if (cell_leave_running(cell, CL_CELL_RESET))
		cell_request_all(cell, CPU_REQ_PARK);
	arch_park();
}

/*
 * A warm reset: the RAM stays as it is, all else is as at the start. The calling
 * CPU is not off until the last step, so the cell cannot be destroyed meanwhile; a
 * request to park, which comes first when it shall be, ends the wait. It is the
 * one that has set cell->resetting.
 */
static __noreturn void reset_cell(struct cell *cell)
{
	struct cpu *first = first_cpu(cell);
	struct cpu *cpu;

	if (cell->config.cell->flags & CL_CELL_RELOAD)
		leave_reset_to_root(cell);
	/* It works on the cell, and is not lost: see quarantine_is_possible(). Root looks
	 * at that after it has ended the cell, which is looked at below.
	 */
	__atomic_store_n(&this_cpu()->state, CPU_STARTING, __ATOMIC_SEQ_CST);
	for_each_cpu_of(cpu, cell) {
		if (cpu != this_cpu())
			cpu_request(cpu, CPU_REQ_PARK);
	}
	/* Until all have parked, one may turn another on that was seen parked before.
	 * That does not start while @resetting, so the second time all are at rest.
	 */
	for (u32 round = 0; round < 2; round++) {
		for_each_cpu_of(cpu, cell) {
			while (cpu != this_cpu() && !cpu_is_parked(cpu) && cell_is_running(cell))
				arch_wait();
		}
	}
	if (cell_is_running(cell))
		cell_prepare_life(cell);
	__atomic_store_n(&cell->resetting, false, __ATOMIC_SEQ_CST);
	if (first == this_cpu())
		cpu_restart(first);
	if (cell_is_running(cell)) {
		__atomic_store_n(&first->state, CPU_STARTING, __ATOMIC_SEQ_CST);
		cpu_request(first, CPU_REQ_START);
	}
	arch_park();
}

/* Or else another CPU of the cell is at it, and wants this one parked */
static void become_resetter(struct cell *cell)
{
	if (__atomic_exchange_n(&cell->resetting, true, __ATOMIC_SEQ_CST))
		arch_park();
}

void cell_reset_self(void)
{
	struct cell *cell = this_cpu()->cell;

	if (vuart_panicked(cell))
		cell_fail_self(CL_FAIL_PANIC, 0, 0, 0);
	become_resetter(cell);
	reset_cell(cell);
}

void cell_end_self(void)
{
	struct cell *cell = this_cpu()->cell;

	if (says_it_failed(cell))
		cell_fail_self(CL_FAIL_COMM, 0, 0, 0);
	if (vuart_panicked(cell))
		cell_fail_self(CL_FAIL_PANIC, 0, 0, 0);
	if (cell_leave_running(cell, CL_CELL_SHUT_DOWN))
		cell_request_all(cell, CPU_REQ_PARK);
	arch_park();
}

/*
 * Does the cell start anew after this failure? Then this CPU, of all that failed, is
 * the one that resets it. Not where root wants it to end.
 */
static bool begin_restart(struct cell *cell)
{
	const struct cl_cell *config = cell->config.cell;

	if (config->on_failure != CL_FAILURE_RESTART || is_asked(cell) || !cell_is_running(cell))
		return false;
	become_resetter(cell);
	if (cell->restarts < config->max_restarts) {
		cell->restarts++;
		return true;
	}
	__atomic_store_n(&cell->resetting, false, __ATOMIC_SEQ_CST);
	return false;
}

void cell_fail_self(u32 reason, u64 esr, u64 pc, u64 address)
{
	struct cell *cell = this_cpu()->cell;
	bool restarts = reason != CL_FAIL_HYPERVISOR && begin_restart(cell);

	/* Of several CPUs that fail at once, one tells */
	if (restarts || cell_leave_running(cell, CL_CELL_FAILED)) {
		cell->fail.reason = reason;
		cell->fail.cpu = this_cpu()->id;
		cell->fail.esr = esr;
		cell->fail.pc = pc;
		cell->fail.address = address;
		if (!restarts || cell->restarts <= RESTARTS_LOGGED)
			log_printf("cell %u failed%s: reason %u, CPU %u, ESR 0x%llx, PC 0x%llx, "
				   "address 0x%llx\n",
				   cell->id, restarts ? " and restarts" : "", reason,
				   this_cpu()->id, (unsigned long long)esr, (unsigned long long)pc,
				   (unsigned long long)address);
		if (!restarts)
			cell_request_all(cell, CPU_REQ_PARK);
	}
	if (restarts)
		reset_cell(cell);
	arch_park();
}
