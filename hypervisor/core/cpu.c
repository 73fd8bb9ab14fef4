// SPDX-License-Identifier: GPL-2.0-only
#include <arch.h>
#include <cell.h>
#include <cpu.h>
#include <inspect.h>

struct cpu cpus[CL_MAX_CPUS];
u32 nr_cpus;

struct cpu *cpu_by_mpidr(u64 mpidr)
{
	for (u32 i = 0; i < nr_cpus; i++) {
		if (cpus[i].mpidr == mpidr)
			return &cpus[i];
	}
	return NULL;
}

void cpu_request(struct cpu *cpu, u32 bits)
{
	__atomic_fetch_or(&cpu->request, bits, __ATOMIC_SEQ_CST);
	if (cpu == this_cpu())
		return;
	/* Whether it runs a guest or waits: one of the two reaches it */
	arch_kick(cpu);
	arch_signal();
}

static void set_state(struct cpu *cpu, u32 state)
{
	__atomic_store_n(&cpu->state, state, __ATOMIC_SEQ_CST);
}

/* Apart, so that a kick without a request costs nothing more */
static __attribute__((noinline)) void serve(u32 request)
{
	if (request & CPU_REQ_TELL)
		inspect_tell();
	if (request & CPU_REQ_SYNC)
		arch_sync();
	if (request & ~CPU_REQ_SERVICE)
		arch_park();
}

void cpu_serve_requests(void)
{
	u32 request = __atomic_load_n(&this_cpu()->request, __ATOMIC_SEQ_CST) & ~CPU_REQ_START;

	if (request)
		serve(request);
}

static bool may_start(const struct cell *cell)
{
	return cell_is_running(cell) && !__atomic_load_n(&cell->resetting, __ATOMIC_SEQ_CST);
}

/*
 * A start that raced with the end of its cell must not happen. The stopper
 * first leaves the running state, then asks each CPU to park; here the request
 * is taken first and the state looked at afterwards. Whatever the interleaving,
 * one of the two sees the other. The same goes for a reset. Returns if the start
 * was not to be.
 */
static void start_guest(struct cpu *cpu)
{
	if (!may_start(cpu->cell))
		return;
	cell_prepare_memory(cpu->cell);
	if (!may_start(cpu->cell))
		return;
	set_state(cpu, CPU_ON);
	arch_guest_start(cpu);
}

void cpu_park_loop(void)
{
	struct cpu *cpu = this_cpu();
	/* Once this CPU is OFF, root may give it to another cell */
	struct cell *cell = cpu->cell;

	arch_cpu_quiesce();
	inspect_forget();
	set_state(cpu, CPU_OFF);
	cell_cpu_parked(cell);
	arch_signal();
	for (;;) {
		u32 request = __atomic_load_n(&cpu->request, __ATOMIC_SEQ_CST);

		if (!request) {
			arch_wait();
			continue;
		}
		if (request & CPU_REQ_RELEASE)
			arch_cpu_power_off();
		/* The work comes before the bit is cleared: who waits for the
		 * bit to go waits for the work.
		 */
		if (request & CPU_REQ_SCRUB)
			cell_scrub(cpu->cell);
		__atomic_fetch_and(&cpu->request, ~request, __ATOMIC_SEQ_CST);
		arch_signal();
		if (request & CPU_REQ_START) {
			if (!(request & CPU_REQ_PARK))
				start_guest(cpu);
			set_state(cpu, CPU_OFF);
			arch_signal();
		}
	}
}

void cpu_restart(struct cpu *cpu)
{
	arch_cpu_quiesce();
	cell_prepare_memory(cpu->cell);
	if (!cell_is_running(cpu->cell))
		arch_park();
	set_state(cpu, CPU_ON);
	arch_guest_start(cpu);
}

int cpu_turn_on(struct cell *cell, u64 mpidr, u64 entry, u64 arg)
{
	struct cpu *cpu = cpu_by_mpidr(mpidr);
	u32 expected = CPU_OFF;

	if (!cpu || cpu->cell != cell)
		return -CL_ENOENT;
	if (!__atomic_compare_exchange_n(&cpu->state, &expected, CPU_STARTING, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return expected == CPU_STARTING ? -CL_EINPROGRESS : -CL_EEXIST;

	/* Between its two checks the owner may have changed: root gave it away */
	if (cpu->cell != cell || !cell_is_running(cell)) {
		set_state(cpu, CPU_OFF);
		return -CL_EPERM;
	}
	cpu->entry = entry;
	cpu->args[0] = arg;
	cpu->args[1] = 0;
	cpu->args[2] = 0;
	cpu->args[3] = 0;
	cpu_request(cpu, CPU_REQ_START);
	return 0;
}

void cpu_turn_off(void)
{
	arch_park();
}
