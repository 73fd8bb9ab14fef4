/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CPU_H
#define CORE_CPU_H

#include <mm/addr.h>
#include <arch_cpu.h>
#include <cloister/config.h>
#include <types.h>

struct cell;

/*
 * A CPU is OFF when it waits in the hypervisor (in terms of PSCI: off), ON in a
 * guest, and STARTING between the two.
 */
enum cpu_state { CPU_OFF = 0, CPU_STARTING = 1, CPU_ON = 2, CPU_LOST = 3 };

/* What others may ask of a CPU, as bits of cpu->request */
#define CPU_REQ_START 0x1u /* begin at cpu->entry */
#define CPU_REQ_PARK 0x2u /* leave the guest and wait */
#define CPU_REQ_SCRUB 0x4u /* zero the RAM of cpu->cell, together with its other CPUs */
#define CPU_REQ_RELEASE 0x8u /* the hypervisor goes: turn off for real */
#define CPU_REQ_TELL 0x10u /* inspect_tell(); a CPU that is OFF has nothing to tell */
#define CPU_REQ_SYNC 0x20u /* arch_sync(); likewise */
/* What a guest does not notice */
#define CPU_REQ_SERVICE (CPU_REQ_TELL | CPU_REQ_SYNC)

/**
 * struct cpu - what others may know of a CPU
 * @id: its number in the system config
 * @state: enum cpu_state; changed with atomics only
 * @request: CPU_REQ_* bits; set by others with cpu_request(), cleared by the CPU
 * @cell: owner; changed only while the CPU is OFF, under the management lock
 * @owners: how many it has had, before this one. Cells come and go at the same address
 * @mpidr: affinity fields of MPIDR_EL1
 * @entry: where it begins at CPU_REQ_START
 * @args: x0..x3 there
 * @arch: the machine's part
 *
 * Everything that is nobody else's business lies in the CPU's private pages.
 */
struct cpu {
	u32 id;
	u32 state;
	u32 request;
	u32 owners;
	struct cell *cell;
	u64 mpidr;
	u64 entry;
	u64 args[4];
	struct arch_cpu arch;
} __aligned(64);

extern struct cpu cpus[CL_MAX_CPUS];
extern u32 nr_cpus;

static inline u32 cpu_state(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->state, __ATOMIC_SEQ_CST);
}

/*
 * Does @cpu wait, with nothing left to do? The state is looked at first: a request that
 * was made while the CPU was ON is seen then, as it stays until after the CPU is OFF.
 */
static inline bool cpu_is_parked(const struct cpu *cpu)
{
	return cpu_state(cpu) == CPU_OFF &&
	       !(__atomic_load_n(&cpu->request, __ATOMIC_SEQ_CST) & ~CPU_REQ_SERVICE);
}

/* From OFF to STARTING, which only one can do; returns whether it was the caller */
static inline bool cpu_claim(struct cpu *cpu)
{
	u32 expected = CPU_OFF;

	return __atomic_compare_exchange_n(&cpu->state, &expected, CPU_STARTING, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Of a CPU that is OFF, under the management lock */
static inline void cpu_change_owner(struct cpu *cpu, struct cell *cell)
{
	cpu->cell = cell;
	cpu->owners++;
}

/* The CPU with affinity @mpidr, or NULL */
struct cpu *cpu_by_mpidr(u64 mpidr);

/* Ask something of a CPU, and make sure that it looks */
void cpu_request(struct cpu *cpu, u32 bits);

/**
 * cpu_serve_requests() - do what others asked of this CPU
 *
 * Called with nothing of value on the stack whenever a kick arrived while a
 * guest ran. Returns if the guest may go on.
 */
void cpu_serve_requests(void);

/* The calling CPU leaves its guest and begins again at cpu->entry */
void cpu_restart(struct cpu *cpu) __noreturn;

/* The waiting loop of a CPU that is OFF; never returns but into a guest */
void cpu_park_loop(void) __noreturn;

/**
 * cpu_turn_on() - start a CPU of a running cell (PSCI CPU_ON)
 * @cell: the caller's cell
 * @mpidr: affinity of the CPU
 * @entry: IPA
 * @arg: arrives in x0
 *
 * Return: 0, -CL_ENOENT (no such CPU in the cell), -CL_EEXIST (is on),
 * -CL_EINPROGRESS (is being started), -CL_EPERM (the cell is stopping).
 */
int cpu_turn_on(struct cell *cell, u64 mpidr, u64 entry, u64 arg);

/* This CPU turns off (PSCI CPU_OFF) */
void cpu_turn_off(void) __noreturn;

#endif
